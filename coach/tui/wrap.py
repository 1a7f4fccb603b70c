"""Wrapping for Chinese and Latin text together: by cells, no forbidden line starts or ends, Latin words kept whole.

Textual breaks a line anywhere between two ideographs, so that a «，» or «。» can begin the next one. Here a closing
mark stays with what it closes, an opening one with what it opens, and a figure with its measure word (12.5万).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content

NO_START = frozenset("，。；：！？、」』）》】〕〉”’…—·～％,.;:!?)]}%")
"""No line begins with one of these."""
NO_END = frozenset("「『（《【〔〈“‘([{")
"""No line ends with one of these."""
_MEASURE = frozenset("万亿元年月日号岁天次位份户条张笔件个点分时级段")
_WIDE = re.compile(r"[⺀-鿿豈-﫿︰-﹏＀-￯　-〿“”‘’…—·]")
"""Ideographs and marks, around which a line may be broken; anything else but a space belongs to a Latin word."""


@lru_cache(maxsize=8192)
def _in_word(character: str) -> bool:
    return not character.isspace() and _WIDE.match(character) is None


def _breakable(before: str, after: str) -> bool:
    """Whether a line may end with one character and the next begin with the other."""
    if before.isspace() or after.isspace():
        return True
    if after in NO_START or before in NO_END or (after in _MEASURE and before.isdigit()):
        return False
    return not (_in_word(before) and _in_word(after))


def _line_spans(line: str, width: int) -> Iterator[tuple[int, int]]:
    sizes = [get_character_cell_size(character) for character in line]
    start, count = 0, len(line)
    while start < count:
        end, cells = start, 0
        while end < count and cells + sizes[end] <= width:
            cells += sizes[end]
            end += 1
        if end < count:
            at = end
            while at > start and not _breakable(line[at - 1], line[at]):
                at -= 1
            end = at if at > start else max(end, start + 1)  # nothing better: cut by cells
        stop = end
        while stop > start and line[stop - 1].isspace():
            stop -= 1
        if stop > start:
            yield start, stop
        start = end
        while start < count and line[start].isspace():
            start += 1


@lru_cache(maxsize=4096)
def spans(text: str, width: int) -> tuple[tuple[int, int], ...]:
    """(start, end) of every line of a text in so many cells; an empty line is an empty span."""
    width = max(width, 2)
    found: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        parts = list(_line_spans(line, width)) or [(0, 0)]
        found.extend((at + a, at + b) for a, b in parts)
        at += len(line) + 1
    return tuple(found)


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text, none wider than ``width`` cells (one wide character at the least)."""
    return [text[a:b] for a, b in spans(text, width)]


def wrap_content(content: Content, width: int, *, hang: int = 0) -> list[Content]:
    """Styled text in lines, its styles and links kept; from the second line on with ``hang`` cells of indent."""
    first = spans(content.plain, width)
    if not hang or len(first) < 2:
        return [content[a:b] for a, b in first]
    head = first[0][1]
    rest = content[head:]
    skip = len(rest.plain) - len(rest.plain.lstrip())
    rest = rest[skip:]
    indent = " " * hang
    return [content[first[0][0]:head], *(Content(indent) + rest[a:b] for a, b in spans(rest.plain, width - hang))]


def cut(text: str, width: int) -> str:
    """The text in at most ``width`` cells; what was cut off is shown by one «~»."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    kept, cells = [], 0
    for character in text:
        wide = get_character_cell_size(character)
        if cells + wide > width - 1:
            break
        kept.append(character)
        cells += wide
    return "".join(kept) + "~"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text cut or filled to exactly ``width`` cells; ``right`` = to the right edge."""
    text = cut(text, width)
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap

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
_TOKEN = re.compile(r"[ \t]+|[^\s⺀-鿿豈-﫿︰-﹏＀-￯　-〿“”‘’…—·]+|.", re.DOTALL)
"""Spaces; a run of anything that is not wide or a mark (a Latin word, a figure); one wide character."""


def _units(line: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the pieces between which the line may be broken; spaces are pieces of their own."""
    start = end = -1
    for token in _TOKEN.finditer(line):
        text, (a, b) = token[0], token.span()
        if start < 0:
            start, end = a, b
            continue
        before = line[end - 1]
        joined = (
            not before.isspace() and not text[0].isspace()
            and (text[0] in NO_START or before in NO_END or (before.isdigit() and text[0] in _MEASURE))
        )
        if joined:
            end = b
        else:
            yield start, end
            start, end = a, b
    if start >= 0:
        yield start, end


def _pieces(line: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    """A unit wider than the line, cut by cells where nothing better is possible."""
    at, cells = start, 0
    for index in range(start, end):
        wide = get_character_cell_size(line[index])
        if cells + wide > width and index > at:
            yield at, index
            at, cells = index, 0
        cells += wide
    yield at, end


def _line_spans(line: str, width: int) -> Iterator[tuple[int, int]]:
    start, end, cells = -1, -1, 0
    for a, b in _units(line):
        wide = cell_len(line[a:b])
        space = line[a].isspace()
        if start >= 0 and cells + wide <= width:
            cells += wide
            if not space:
                end = b
            continue
        if space and start >= 0:
            continue  # a space that does not fit is where the line is broken
        if start >= 0:
            yield start, end
        if wide <= width:
            start, end, cells = a, b, wide
            continue
        parts = list(_pieces(line, a, b, width))
        yield from parts[:-1]
        start, end = parts[-1]
        cells = cell_len(line[start:end])
    if start >= 0:
        yield start, end


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

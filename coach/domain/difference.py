"""What a person changed in a text: pieces kept, taken out and put in, by words (Chinese: by characters)."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Piece = tuple[str, str]
"""``("=", text)`` kept, ``("-", text)`` taken out, ``("+", text)`` put in."""

LEAST_KEPT = 2
"""Between two changes, fewer words than this in common are chance and count as changed."""

_WORD = re.compile(r"[A-Za-z0-9À-ɏ]+(?:[.,'’:-][A-Za-z0-9À-ɏ]+)*|\s+|.", re.DOTALL)


def difference(before: str, after: str) -> list[Piece]:
    """The pieces in reading order: ``=`` and ``-`` together are the text before, ``=`` and ``+`` the text after."""
    a, b = _WORD.findall(before), _WORD.findall(after)
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    inner_a, inner_b = a[start : len(a) - end], b[start : len(b) - end]
    pieces, out, put = [("=", "".join(a[:start]))], "", ""
    for op, i, j, k, m in SequenceMatcher(None, inner_a, inner_b, autojunk=False).get_opcodes():
        if op == "equal" and j - i >= LEAST_KEPT:
            pieces += [("-", out), ("+", put), ("=", "".join(inner_a[i:j]))]
            out = put = ""
        else:
            out, put = out + "".join(inner_a[i:j]), put + "".join(inner_b[k:m])
    pieces += [("-", out), ("+", put), ("=", "".join(a[len(a) - end :]))]
    return [piece for piece in pieces if piece[1]]


def marked(pieces: list[Piece] | list[list[str]]) -> str:
    """For reading: ``今天[-下午-]{+上午+}来`` (as ``git diff --word-diff`` writes it)."""
    signs = {"-": ("[-", "-]"), "+": ("{+", "+}")}
    return "".join(text.join(signs.get(sign, ("", ""))) for sign, text in pieces)

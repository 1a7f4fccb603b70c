"""Month-end assets as bars: three lines high, a month three cells wide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_EIGHTHS = " ▁▂▃▄▅▆▇█"
HEIGHT = 3
MONTHS = 13


def bars(values: Sequence[int], height: int = HEIGHT) -> list[str]:
    """Bars from the top line down; the largest value is full height, zero is empty, anything above zero is seen."""
    top = max(values, default=0)
    levels = [0 if value <= 0 else max(1, round(value / top * height * 8)) for value in values]
    return [
        " ".join(_EIGHTHS[min(max(level - line * 8, 0), 8)] * 2 for level in levels).rstrip()
        for line in range(height - 1, -1, -1)
    ]


def trend_lines(balances: Sequence[tuple[date, int]]) -> list[str]:
    """The last 13 month-ends drawn, with the first and the last month below; nothing where there are fewer than two."""
    last = balances[-MONTHS:]
    if len(last) < 2:
        return []
    width = len(last) * 3 - 1
    first, final = f"{last[0][0]:%Y-%m}", f"{last[-1][0]:%Y-%m}"
    below = first + " " * max(1, width - len(first) - len(final)) + final
    return [*bars([fen for _, fen in last]), below]

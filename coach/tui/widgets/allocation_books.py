"""The books before and after, a line a person, and by post the highest over the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import DataTable

from coach.domain.words import Lang
from coach.tui.words import say
from coach.tui.wrap import cut, pad

if TYPE_CHECKING:
    from coach.tui.screens.allocation_sheet import BookRow, Ratio, Sheet

_WIDTHS = {"person": 9, "post": 8, "clients": 13, "fair": 6, "assets": 17, "fair_assets": 8, "came": 4, "went": 4}
"""Cells of the columns; together they fit 80."""


def fill(table: DataTable[Content], sheet: Sheet, lang: Lang, row: int) -> None:
    """Every person, each post's ratios below its people. Keys of rows are staff numbers; ``-`` stands before a post."""
    table.clear(columns=True)
    for name, width in _WIDTHS.items():
        heading = say(f"alloc.col.{'fair' if name == 'fair_assets' else name}", lang)
        table.add_column(pad(heading, width, right=name not in ("person", "post")), width=width + 1, key=name)
    told = {ratio.post: ratio for ratio in sheet.ratios}
    for post in dict.fromkeys(book.post for book in sheet.books):
        for book in sheet.books:
            if book.post == post:
                table.add_row(*_book(book, lang), key=book.staff_no)
        if post in told:
            table.add_row(*_ratio(told[post], sheet, lang), key=f"-{post}")
    if table.row_count:
        table.move_cursor(row=min(row, table.row_count - 1), animate=False)


def _short(fen: int, lang: Lang) -> str:
    """万 or 亿; thousands or millions of yuan."""
    if lang == "zh":
        return f"{fen / 10_000_000_000:.2f}亿" if fen >= 10_000_000_000 else f"{fen / 1_000_000:,.0f}万"
    return f"{fen / 100_000_000:,.1f}m" if fen >= 100_000_000 else f"{fen / 100_000:,.0f}k"


def _book(book: BookRow, lang: Lang) -> list[Content]:
    clients = f"{book.before[0]:,} > {book.after[0]:,}" if book.before[0] != book.after[0] else f"{book.after[0]:,}"
    was, now = _short(book.before[1], lang), _short(book.after[1], lang)
    fair = ("-", "-") if book.fair is None else (f"{book.fair[0]:,}", _short(book.fair[1], lang))
    texts = {
        "person": book.name, "post": book.post.rsplit("/", 1)[-1], "clients": clients, "fair": fair[0],
        "assets": f"{was} > {now}" if was != now else now, "fair_assets": fair[1], "came": str(book.came or "-"),
        "went": str(book.went or "-"),
    }  # fmt: skip
    style = {"fair": "$foreground-muted", "fair_assets": "$foreground-muted"}
    return [
        Content.styled(pad(text, _WIDTHS[name], right=name not in ("person", "post")), style.get(name, "")) for name, text in texts.items()
    ]


def _ratio(ratio: Ratio, sheet: Sheet, lang: Lang) -> list[Content]:
    """«最多/平均 1.342 > 1.018»: green within the policy's tolerance."""
    value_most, number_most = sheet.tolerance
    post = ratio.post.rsplit("/", 1)[-1]
    cells = [
        Content.styled(cut(text, _WIDTHS[name]), "bold") for name, text in (("person", say("alloc.ratio", lang)), ("post", post))
    ]
    for name, both, most in (("clients", ratio.number, number_most), ("assets", ratio.value, value_most)):
        told = f"{both[0]:.3f} > {both[1]:.3f}"
        good = both[1] <= most + 0.00005  # as far as three digits are shown
        cells.append(Content.styled(pad(told, _WIDTHS[name], right=True), "bold $text-success" if good else "bold $text-warning"))
        cells.append(Content.styled(pad(f"<{most:.2f}", _WIDTHS["fair"] if name == "clients" else _WIDTHS["fair_assets"], right=True),
                                    "$foreground-muted"))  # fmt: skip
    return [*cells, Content(""), Content("")]

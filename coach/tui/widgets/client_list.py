"""The client list: draws only the lines that are seen, whatever the number of clients.

It holds the client numbers in order and asks for the rows of the window that it draws
(:class:`ClientList.Wanted`); rows that have not come yet show their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from coach.domain.words import Lang
from coach.tui.widgets.client_columns import GAP, Column, cell, columns_for
from coach.tui.widgets.line_list import LineList
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.services.clients import ClientRow

KEEP = 6_000
"""So many rows are kept; beyond that the store is asked again."""


class ClientList(LineList):
    """Clients over a window, with a header that sorts."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--signals", "list--red", "list--waiting", "list--top"}
    HEADS: ClassVar[str] = "clients.col"
    """Where the texts of the columns' heads stand."""
    DEFAULT_CSS = """
    ClientList > .list--signals { color: $text-warning; }
    ClientList > .list--red { color: $text-error; text-style: bold; }
    ClientList > .list--waiting { color: $text-muted; }
    ClientList > .list--top { color: $text-accent; text-style: bold; }
    """

    class Wanted(LineList.Wanted):
        """Rows from one position up to another are drawn and not there."""

    class Moved(LineList.Moved):
        """The cursor stands on another line."""

    class Opened(Message):
        """A client is to be opened."""

        def __init__(self, client_no: str) -> None:
            super().__init__()
            self.client_no = client_no

    class SortBy(Message):
        """A column's head was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(lang, id=id)
        self.numbers: Sequence[str] = ()
        self.sort, self.reverse = "assets", False
        self._rows: dict[str, ClientRow] = {}
        self._signals: Mapping[str, Sequence[str]] = {}
        self.card_names: Mapping[str, str] = {}
        self._number_width = 8

    # what it shows

    def set_numbers(self, numbers: Sequence[str], *, cursor: int = 0, sort: str = "assets", reverse: bool = False) -> None:
        """Another list of clients, in order."""
        self.numbers, self.total, self.sort, self.reverse = numbers, len(numbers), sort, reverse
        self._number_width = max(map(len, numbers), default=8)
        self._asked = None
        self._lay_out()
        self.cursor = max(0, min(cursor, len(numbers) - 1))
        self.reveal(center=True)
        self.refresh()

    def put_rows(self, rows: Iterable[ClientRow]) -> None:
        """Rows that were wanted have come."""
        if len(self._rows) > KEEP:
            self._rows.clear()
        self._rows.update((row.client_no, row) for row in rows)
        self._asked = None
        self.refresh()

    def forget_rows(self) -> None:
        """The records have changed: every row is asked for again, the old one is drawn until then."""
        self._rows = {}
        self._asked = None
        self.refresh()

    def set_signals(self, signals: Mapping[str, Sequence[str]]) -> None:
        """Client number → its signals, most urgent first."""
        self._signals = signals
        self.refresh()

    @property
    def current(self) -> str | None:
        """The client number under the cursor."""
        return self.numbers[self.cursor] if self.numbers else None

    # drawing

    def _columns_in(self, width: int) -> list[Column]:
        return columns_for(width, self.lang, self._number_width)

    def _line(self, place: int, width: int, base: Style, *, under: bool) -> Strip:
        number = self.numbers[place]
        row = self._rows.get(number)
        if row is None:
            self._want(place)
            return self._strip([(" " + number, None if under else "list--waiting")], width, base)
        parts: list[tuple[str, str | None]] = [(" ", None)]
        signals = self._signals.get(number, ())
        for column in self._columns:
            parts.append((cell(row, column, signals, self.lang, self.card_names) + " " * GAP, None if under else self._class(row, column)))
        return self._strip(parts, width, base)

    def _class(self, row: ClientRow, column: Column) -> str | None:
        if column.name == "name" and row.do_not_contact:
            return "list--red"
        if column.name == "tier" and row.tier == "A":
            return "list--top"
        return "list--signals" if column.name == "signals" else None

    def _heading(self) -> str:
        text = " "
        for column in self._columns:
            mark = "" if column.sort is None or column.sort != self.sort else (" v" if self.descending else " ^")
            text += pad(say(f"{self.HEADS}.{column.name}", self.lang) + mark, column.width, right=column.right) + " " * GAP
        return text

    @property
    def descending(self) -> bool:
        """Assets run from the largest down by default, everything else upwards."""
        return (self.sort == "assets") != self.reverse

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def _click_header(self, x: int) -> None:
        at = 1
        for column in self._columns:
            if at <= x < at + column.width + GAP:
                if column.sort:
                    self.post_message(self.SortBy(column.sort))
                return
            at += column.width + GAP

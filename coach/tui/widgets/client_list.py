"""The client list: draws only the lines that are seen, whatever the number of clients.

It holds the client numbers in order and asks for the rows of the window that it draws
(:class:`ClientList.Wanted`); rows that have not come yet show their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from coach.domain.words import Lang
from coach.tui.widgets.client_columns import GAP, Column, cell, columns_for
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.services.clients import ClientRow

KEEP = 6_000
"""So many rows are kept; beyond that the store is asked again."""
AHEAD = 100
"""Rows asked for above and below those that are seen."""


class ClientList(ScrollView, can_focus=True):
    """Rows over a window, a cursor, a header that sorts."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "list--header", "list--cursor", "list--cursor-blurred", "list--signals", "list--red", "list--waiting", "list--top",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False), Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False), Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False), Binding("end", "edge(1)", show=False), Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = """
    ClientList { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    ClientList > .list--header { background: $panel; color: $foreground; text-style: bold; }
    ClientList > .list--cursor { background: $primary; color: $text; text-style: bold; }
    ClientList > .list--cursor-blurred { background: $primary-muted; color: $foreground; }
    ClientList > .list--signals { color: $text-warning; }
    ClientList > .list--red { color: $text-error; text-style: bold; }
    ClientList > .list--waiting { color: $text-muted; }
    ClientList > .list--top { color: $text-accent; text-style: bold; }
    """

    class Wanted(Message):
        """Rows from one position up to another are drawn and not there."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first, self.last = first, last

    class Opened(Message):
        """A client is to be opened."""

        def __init__(self, client_no: str) -> None:
            super().__init__()
            self.client_no = client_no

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    class SortBy(Message):
        """A column's head was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang
        self.numbers: Sequence[str] = ()
        self.cursor = 0
        self.sort, self.reverse = "assets", False
        self._rows: dict[str, ClientRow] = {}
        self._signals: Mapping[str, Sequence[str]] = {}
        self.card_names: Mapping[str, str] = {}
        self._columns: list[Column] = []
        self._number_width = 8
        self._asked: tuple[int, int] | None = None

    # what it shows

    def set_numbers(self, numbers: Sequence[str], *, cursor: int = 0, sort: str = "assets", reverse: bool = False) -> None:
        """Another list of clients, in order."""
        self.numbers, self.sort, self.reverse = numbers, sort, reverse
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

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self._columns = columns_for(max(self.scrollable_content_region.width, 20), self.lang, self._number_width)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.numbers) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._header(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.numbers):
            return Strip.blank(width, self.rich_style)
        number = self.numbers[index]
        row = self._rows.get(number)
        under = index == self.cursor
        base = self.get_component_rich_style("list--cursor" if self.has_focus else "list--cursor-blurred") if under else self.rich_style
        if row is None:
            self._want(index)
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

    def _strip(self, parts: list[tuple[str, str | None]], width: int, base: Style) -> Strip:
        segments = [
            Segment(text, base if name is None else base + self.get_component_rich_style(name, partial=True)) for text, name in parts
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _header(self, width: int) -> Strip:
        base = self.get_component_rich_style("list--header")
        text = " "
        for column in self._columns:
            mark = "" if column.sort != self.sort or column.sort is None else (" ^" if self.descending is False else " v")
            text += pad(say(f"clients.col.{column.name}", self.lang) + mark, column.width, right=column.right) + " " * GAP
        return Strip([Segment(text, base)]).adjust_cell_length(width, base)

    @property
    def descending(self) -> bool:
        """Assets run from the largest down by default, everything else upwards."""
        return (self.sort == "assets") != self.reverse

    def _want(self, index: int) -> None:
        if self._asked is not None and self._asked[0] <= index <= self._asked[1]:
            return
        height = max(self.size.height, 1)
        first = max(0, self.scroll_offset.y - AHEAD)
        self._asked = first, min(len(self.numbers), self.scroll_offset.y + height + AHEAD)
        self.call_later(self._say_wanted, *self._asked)  # not while painting: the screen would be the message's sender

    def _say_wanted(self, first: int, last: int) -> None:
        self.post_message(self.Wanted(first, last))

    # moving

    def move_to(self, position: int) -> None:
        """Put the cursor on a line and show it."""
        position = max(0, min(position, len(self.numbers) - 1))
        if position != self.cursor:
            self.cursor = position
            self.post_message(self.Moved(position))
        self.reveal()
        self.refresh()

    def reveal(self, *, center: bool = False) -> None:
        """Scroll so that the cursor's line is seen below the header."""
        height = max(self.scrollable_content_region.height - 1, 1)
        top = int(self.scroll_target_y)
        if center and not top <= self.cursor < top + height:
            self.scroll_to(y=max(0, self.cursor - height // 2), animate=False)
        elif self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.refresh(Region(0, 0, self.size.width, self.size.height))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, by: int) -> None:
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        self.move_to(self.cursor + by * max(self.scrollable_content_region.height - 2, 1))

    def action_edge(self, which: int) -> None:
        self.move_to(0 if which < 0 else len(self.numbers) - 1)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._click_header(event.x)
            return
        index = event.y - 1 + self.scroll_offset.y
        if index < len(self.numbers):
            again = index == self.cursor
            self.move_to(index)
            if again or event.chain > 1:
                self.action_open()

    def _click_header(self, x: int) -> None:
        at = 1
        for column in self._columns:
            if at <= x < at + column.width + GAP:
                if column.sort:
                    self.post_message(self.SortBy(column.sort))
                return
            at += column.width + GAP

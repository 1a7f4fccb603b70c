"""A list of any length: draws only the lines that are seen, and asks for the rows of the window that it draws.

A row that has not come yet is asked for with those around it (:class:`LineList.Wanted`); a subclass says what a line and the
head look like.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from coach.domain.words import Lang


class LineList(ScrollView, can_focus=True):
    """Lines over a window, a cursor, a head. Subclasses give ``_columns_in``, ``_heading``, ``_line`` and ``action_open``."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--header", "list--cursor", "list--cursor-blurred"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False), Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False), Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False), Binding("end", "edge(1)", show=False), Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = """
    LineList { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    LineList > .list--header { background: $panel; color: $foreground; text-style: bold; }
    LineList > .list--cursor { background: $primary; color: $text; text-style: bold; }
    LineList > .list--cursor-blurred { background: $primary-muted; color: $foreground; }
    """
    AHEAD: ClassVar[int] = 100
    """Rows asked for above and below those that are seen."""

    class Wanted(Message):
        """Rows ``first`` to ``last`` (not included) are drawn and not there."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first, self.last = first, last

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang
        self.total = self.cursor = 0
        self._columns: list[Any] = []
        self._asked: tuple[int, int] | None = None

    # what a subclass says

    def _columns_in(self, width: int) -> list[Any]:
        """The columns that fit so many cells."""
        raise NotImplementedError

    def _heading(self) -> str:
        """The head's text."""
        raise NotImplementedError

    def _line(self, place: int, width: int, base: Style, *, under: bool) -> Strip:
        """One line; ``under``: the cursor stands on it."""
        raise NotImplementedError

    def action_open(self) -> None:
        """Open what the cursor stands on."""
        raise NotImplementedError

    def _click_header(self, x: int) -> None:
        """The head was clicked."""

    # drawing

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self._columns = self._columns_in(max(self.scrollable_content_region.width, 20))
        self.virtual_size = Size(self.scrollable_content_region.width, self.total + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            base = self.get_component_rich_style("list--header")
            return Strip([Segment(self._heading(), base)]).adjust_cell_length(width, base)
        place = y - 1 + self.scroll_offset.y
        if place >= self.total:
            return Strip.blank(width, self.rich_style)
        under = place == self.cursor
        base = self.get_component_rich_style("list--cursor" if self.has_focus else "list--cursor-blurred") if under else self.rich_style
        return self._line(place, width, base, under=under)

    def _strip(self, parts: list[tuple[str, str | None]], width: int, base: Style) -> Strip:
        segments = [
            Segment(text, base if name is None else base + self.get_component_rich_style(name, partial=True)) for text, name in parts
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _want(self, place: int) -> None:
        if self._asked is not None and self._asked[0] <= place < self._asked[1]:
            return
        first = max(0, self.scroll_offset.y - self.AHEAD)
        self._asked = first, min(self.total, self.scroll_offset.y + max(self.size.height, 1) + self.AHEAD)
        self.call_later(self._say_wanted, *self._asked)  # not while painting: the screen would be the message's sender

    def _say_wanted(self, first: int, last: int) -> None:
        self.post_message(self.Wanted(first, last))

    # moving

    def move_to(self, position: int) -> None:
        """Put the cursor on a line and show it."""
        position = max(0, min(position, self.total - 1))
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
        self.move_to(0 if which < 0 else self.total - 1)

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._click_header(event.x)
            return
        place = event.y - 1 + self.scroll_offset.y
        if place < self.total:
            again = place == self.cursor
            self.move_to(place)
            if again or event.chain > 1:
                self.action_open()

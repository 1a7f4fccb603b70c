"""The list of the log's entries: draws only the lines that are seen, and asks for the rows of the window that it draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from coach.domain.words import Lang
from coach.tui.words import say
from coach.tui.wrap import pad

KEEP = 4_000
"""So many rows are kept; beyond that they are asked for again."""
AHEAD = 80
"""Rows asked for above and below those that are seen."""
ROOMY = 100
"""From so many cells on the year stands in the time, and names have more room."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry's cells."""

    entry_no: int
    at: str
    kind: str
    who: str
    client: str
    gist: str
    corrected: bool


class LogList(ScrollView, can_focus=True):
    """Rows over a window, the newest first, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--header", "log--cursor", "log--cursor-blurred", "log--dim", "log--red"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False), Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False), Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False), Binding("end", "edge(1)", show=False), Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = """
    LogList { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    LogList > .log--header { background: $panel; color: $foreground; text-style: bold; }
    LogList > .log--cursor { background: $primary; color: $text; text-style: bold; }
    LogList > .log--cursor-blurred { background: $primary-muted; color: $foreground; }
    LogList > .log--dim { color: $text-muted; }
    LogList > .log--red { color: $text-error; text-style: bold; }
    """

    class Wanted(Message):
        """Rows ``first`` to ``last`` (not included) are wanted."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first, self.last = first, last

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    class Opened(Message):
        """The entry under the cursor is to be opened."""

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang
        self.total = self.cursor = 0
        self.broken: int | None = None
        """Number of the first entry that was found broken."""
        self._lines: dict[int, LogLine] = {}
        self._columns: list[tuple[str, int, bool]] = []
        self._asked: tuple[int, int] | None = None
        self._digits = 5

    # what it shows

    def set_window(self, total: int, newest: int, lines: Iterable[tuple[int, LogLine]], cursor: int) -> None:
        """Another window: so many rows, the highest number, the rows that are there already by place, and the cursor's place."""
        self.total, self._lines, self._asked = total, dict(lines), None
        self._digits = max(len(str(newest)), 4)
        self.cursor = max(0, min(cursor, total - 1))
        self._lay_out()
        self.reveal(center=True)

    def put(self, lines: Iterable[tuple[int, LogLine]]) -> None:
        """Rows that were wanted have come."""
        if len(self._lines) > KEEP:
            self._lines.clear()
        self._lines.update(lines)
        self._asked = None
        self.refresh()

    def set_broken(self, entry_no: int | None) -> None:
        """Mark the first broken entry."""
        self.broken = entry_no
        self.refresh()

    @property
    def current(self) -> LogLine | None:
        """The row under the cursor, where it has come."""
        return self._lines.get(self.cursor) if self.total else None

    # drawing

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        width = max(self.scrollable_content_region.width, 20)
        zh, roomy = self.lang == "zh", width >= ROOMY
        kind = (12 if roomy else 10) if zh else (22 if roomy else 16)
        fixed = [("no", self._digits, True), ("at", 16 if roomy else 11, False), ("kind", kind, False),
                 ("who", 12 if roomy else 8, False), ("client", 12 if roomy else 8, False)]  # fmt: skip
        rest = width - sum(w + 1 for _, w, _ in fixed) - 3
        self._columns = [*fixed, ("gist", rest, False)] if rest >= 6 else fixed
        self.virtual_size = Size(self.scrollable_content_region.width, self.total + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            base = self.get_component_rich_style("log--header")
            text = "  " + "".join(pad(say(f"log.col.{name}", self.lang), w, right=right) + " " for name, w, right in self._columns)
            return Strip([Segment(text, base)]).adjust_cell_length(width, base)
        place = y - 1 + self.scroll_offset.y
        if place >= self.total:
            return Strip.blank(width, self.rich_style)
        under, line = place == self.cursor, self._lines.get(place)
        base = self.get_component_rich_style("log--cursor" if self.has_focus else "log--cursor-blurred") if under else self.rich_style
        if line is None:
            self._want(place)
            return self._strip([("  …", None if under else "log--dim")], width, base)
        broken = line.entry_no == self.broken
        mark = "!" if broken else "~" if line.corrected else " "
        style = None if under else "log--red" if broken else "log--dim" if line.corrected else None
        return self._strip([(f"{mark} " + "".join(self._cell(line, *c) + " " for c in self._columns), style)], width, base)

    def _cell(self, line: LogLine, name: str, width: int, right: bool) -> str:
        if name == "no":
            return pad(str(line.entry_no), width, right=True)
        if name == "at":
            return pad(line.at[: 16] if width >= 16 else line.at[5:16], width)
        return pad(getattr(line, name), width, right=right)

    def _strip(self, parts: list[tuple[str, str | None]], width: int, base: Style) -> Strip:
        segments = [
            Segment(text, base if name is None else base + self.get_component_rich_style(name, partial=True)) for text, name in parts
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _want(self, place: int) -> None:
        if self._asked is not None and self._asked[0] <= place < self._asked[1]:
            return
        first = max(0, self.scroll_offset.y - AHEAD)
        self._asked = first, min(self.total, self.scroll_offset.y + max(self.size.height, 1) + AHEAD)
        self.call_later(self._say_wanted, *self._asked)  # not while painting: the screen would be the message's sender

    def _say_wanted(self, first: int, last: int) -> None:
        self.post_message(self.Wanted(first, last))

    # moving

    def move_to(self, place: int) -> None:
        """Put the cursor on a line and show it."""
        place = max(0, min(place, self.total - 1))
        if place != self.cursor:
            self.cursor = place
            self.post_message(self.Moved(place))
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

    def action_open(self) -> None:
        if self.total:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        place = event.y - 1 + self.scroll_offset.y
        if event.y and place < self.total:
            again = place == self.cursor
            self.move_to(place)
            if again or event.chain > 1:
                self.action_open()

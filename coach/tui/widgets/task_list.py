"""The day's tasks as lines with a cursor; draws only what is seen. A heading stands before what was set aside or done."""

from __future__ import annotations

from datetime import date
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
from coach.tui.today_data import Line
from coach.tui.words import say


class TaskList(ScrollView, can_focus=True):
    """Shows lines in the order given. Posts :class:`Moved` and :class:`Opened`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "task--cursor", "task--cursor-blurred", "task--urgent", "task--late", "task--name", "task--why", "task--faint", "task--heading",
        "task--channel-visit", "task--channel-call", "task--channel-message",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False), Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False), Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False), Binding("end", "edge(1)", show=False), Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = """
    TaskList { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    TaskList > .task--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    TaskList > .task--cursor-blurred { background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground; }
    TaskList > .task--urgent { color: $text-error; text-style: bold; }
    TaskList > .task--late { color: $text-error; }
    TaskList > .task--name { text-style: bold; }
    TaskList > .task--why { color: $text-warning; }
    TaskList > .task--faint { color: $text-muted; }
    TaskList > .task--heading { color: $text-muted; background: $panel; }
    TaskList > .task--channel-visit { color: $text-accent; }
    TaskList > .task--channel-call { color: $text-primary; }
    TaskList > .task--channel-message { color: $text-success; }
    """

    class Moved(Message):
        """The cursor stands on another line (``None`` = there is none)."""

        def __init__(self, line: Line | None) -> None:
            super().__init__()
            self.line = line

    class Opened(Message):
        """A line was chosen by Enter or by a second click on it."""

        def __init__(self, line: Line) -> None:
            super().__init__()
            self.line = line

    def __init__(self, lang: Lang, today: date, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang, self.today = lang, today
        self.lines: list[Line] = []
        self.rows: list[Line | str] = []
        """Lines and, as text, the headings between them."""
        self.cursor = 0
        self.nothing = ""
        """What stands there when there is no line."""

    def show(self, lines: list[Line], key: str, nothing: str = "") -> None:
        """Other lines; the cursor goes to the line with that key, else stays near where it was."""
        self.lines, self.nothing = lines, nothing
        self.rows = []
        state = ""
        for line in lines:
            if line.state != state and line.state in ("skipped", "done"):
                count = sum(1 for other in lines if other.state == line.state)
                self.rows.append(say(f"today.heading.{line.state}", self.lang, n=count))
            state = line.state
            self.rows.append(line)
        at = next((i for i, row in enumerate(self.rows) if isinstance(row, Line) and row.key == key), None)
        self.cursor = self._nearest(self.cursor if at is None else at)
        self._lay_out()
        self.reveal()
        self.post_message(self.Moved(self.current))

    @property
    def current(self) -> Line | None:
        row = self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None
        return row if isinstance(row, Line) else None

    def _nearest(self, at: int) -> int:
        """The line at a position or the next one to it; never a heading."""
        if not self.rows:
            return 0
        at = max(0, min(at, len(self.rows) - 1))
        for near in (*range(at, len(self.rows)), *range(at, -1, -1)):
            if isinstance(self.rows[near], Line):
                return near
        return 0

    # drawing

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, max(len(self.rows), 1))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self.rows and not self.nothing:  # the first frame needs nothing more
            return Strip.blank(width, self.rich_style)
        from coach.tui.task_line import task_parts, widths
        from coach.tui.wrap import pad

        index = y + self.scroll_offset.y
        base = self.rich_style
        if not self.rows and index == 0:
            return Strip([Segment(pad("  " + self.nothing, width), base)])
        if index >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[index]
        if isinstance(row, str):
            return Strip([Segment(pad(f" {row}", width), self.get_component_rich_style("task--heading"))])
        under = index == self.cursor
        if under:
            base = self.get_component_rich_style("task--cursor" if self.has_focus else "task--cursor-blurred")
        segments = [
            Segment(text, base if under else self._style(name, row, base))
            for text, name in task_parts(row, widths(width, self.lang, self.lines), self.lang, self.today)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str, line: Line, base: Style) -> Style:
        if line.state in ("done", "skipped"):
            name = "faint"
        known = f"task--{'faint' if name in ('stage', 'due', 'mark') else name}"
        return base + self.get_component_rich_style(known, partial=True) if known in self.COMPONENT_CLASSES else base

    # moving

    def move_to(self, at: int) -> None:
        """The cursor to a row (the nearest line)."""
        if not self.rows:
            return
        self.cursor = self._nearest(at)
        self.reveal()
        self.refresh()
        self.post_message(self.Moved(self.current))

    def reveal(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def action_move(self, by: int) -> None:
        at = self.cursor + by
        if 0 <= at < len(self.rows) and isinstance(self.rows[at], str):
            at += by
        self.move_to(at)

    def action_page(self, by: int) -> None:
        self.move_to(self.cursor + by * max(1, self.size.height - 1))

    def action_edge(self, way: int) -> None:
        self.move_to(0 if way < 0 else len(self.rows) - 1)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if not (0 <= index < len(self.rows)) or isinstance(self.rows[index], str):
            return
        again = index == self.cursor and event.chain >= 2
        self.move_to(index)
        if again:
            self.action_open()

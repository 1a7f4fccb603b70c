"""The list of the log's entries: draws only the lines that are seen, and asks for the rows of the window that it draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from coach.domain.words import Lang
from coach.tui.widgets.line_list import LineList
from coach.tui.words import say
from coach.tui.wrap import pad

KEEP = 4_000
"""So many rows are kept; beyond that they are asked for again."""
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


class LogList(LineList):
    """Entries over a window, the newest first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--dim", "log--red"}
    DEFAULT_CSS = """
    LogList > .log--dim { color: $text-muted; }
    LogList > .log--red { color: $text-error; text-style: bold; }
    """
    AHEAD = 80

    class Wanted(LineList.Wanted):
        """Rows ``first`` to ``last`` (not included) are wanted."""

    class Moved(LineList.Moved):
        """The cursor stands on another line."""

    class Opened(Message):
        """The entry under the cursor is to be opened."""

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(lang, id=id)
        self.broken: int | None = None
        """Number of the first entry that was found broken."""
        self._lines: dict[int, LogLine] = {}
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

    def _columns_in(self, width: int) -> list[tuple[str, int, bool]]:
        zh, roomy = self.lang == "zh", width >= ROOMY
        kind = (12 if roomy else 10) if zh else (22 if roomy else 16)
        fixed = [("no", self._digits, True), ("at", 16 if roomy else 11, False), ("kind", kind, False),
                 ("who", 12 if roomy else 8, False), ("client", 12 if roomy else 8, False)]  # fmt: skip
        rest = width - sum(w + 1 for _, w, _ in fixed) - 3
        return [*fixed, ("gist", rest, False)] if rest >= 6 else fixed

    def _heading(self) -> str:
        return "  " + "".join(pad(say(f"log.col.{name}", self.lang), w, right=right) + " " for name, w, right in self._columns)

    def _line(self, place: int, width: int, base: Style, *, under: bool) -> Strip:
        line = self._lines.get(place)
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

    def action_open(self) -> None:
        if self.total:
            self.post_message(self.Opened())

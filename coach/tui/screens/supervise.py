"""What the supervisor's screens share: the bar of parts under the sections, one key for each part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from coach.domain.words import Lang
from coach.tui.screens.base import CoachScreen
from coach.tui.words import say

if TYPE_CHECKING:
    from typing import Any

PARTS = ("review", "report", "allocation", "log")
"""The parts of the section in the order of their keys 1 to 4; each is a mode of the app."""


class PartBar(Static):
    """One line: the parts, the present one marked."""

    def __init__(self, part: str, lang: Lang) -> None:
        super().__init__(id="parts")
        self.part, self.lang = part, lang

    def on_mount(self) -> None:
        line = Content(" ")
        for number, name in enumerate(PARTS, start=1):
            piece = Content.styled(f" {number} {say(f'supervise.{name}', self.lang)} ", "reverse" if name == self.part else "")
            line = line + piece.stylize(f"@click=app.part('{name}')") + Content(" ")
        self.update(line)


class SuperviseScreen(CoachScreen):
    """A part of the section. Subclasses give ``PART`` and ``compose_part`` in place of ``compose_body``."""

    SECTION = "supervise"
    PART: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding(str(n), f"app.part('{name}')", show=False) for n, name in enumerate(PARTS, start=1)]

    def compose_body(self) -> ComposeResult:
        yield PartBar(self.PART, self.lang)
        yield from self.compose_part()

    def compose_part(self) -> ComposeResult:
        """The part's own widgets. Called again when the language changes: take the state from ``self``."""
        return iter(())


def review() -> Screen[Any]:
    from coach.tui.screens.review import ReviewScreen

    return ReviewScreen()


def report() -> Screen[Any]:
    from coach.tui.screens.report import ReportScreen

    return ReportScreen()


def allocation() -> Screen[Any]:
    from coach.tui.screens.allocation import AllocationScreen

    return AllocationScreen()


def log() -> Screen[Any]:
    from coach.tui.screens.log import LogScreen

    return LogScreen()

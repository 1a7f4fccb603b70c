"""One of a few: all of them in sight, chosen by arrow, by the key shown beside it, or by a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: its value, its key (shown; pressed in the dialog), its reading."""

    value: str
    key: str
    text: str


class Choice(Widget, can_focus=True):
    """A grid of options of which at most one is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False), Binding("right", "step(1)", show=False),
        Binding("up", "row(-1)", show=False), Binding("down", "row(1)", show=False),
    ]
    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; }
    Choice > .choice--on { background: $primary; color: $text; text-style: bold; }
    Choice > .choice--key { color: $text-muted; }
    Choice:focus > .choice--on { background: $accent; color: $text; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--on", "choice--key"}
    value: reactive[str | None] = reactive(None)

    @dataclass
    class Chosen(Message):
        """The person chose; ``choice`` says where."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: list[Option], *, value: str | None = None, columns: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options, self.columns = options, columns or len(options)
        self.set_reactive(Choice.value, value)

    def render(self) -> Content:
        on, key = self.get_visual_style("choice--on"), self.get_visual_style("choice--key")
        cell = max(cell_len(f" {o.key} {o.text} ") for o in self.options) + 1
        lines: list[Content] = []
        for start in range(0, len(self.options), self.columns):
            line = Content("")
            for option in self.options[start:start + self.columns]:
                chosen = option.value == self.value
                gap = " " if option.key else ""
                text = Content(" ") + Content.styled(option.key, "" if chosen else key) + Content(f"{gap}{option.text} ")
                text = (text.stylize(on) if chosen else text).stylize(f"@click=pick('{option.value}')")
                line = line + text + Content(" " * (cell - text.cell_length))
            lines.append(line)
        return Content("\n").join(lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return -(-len(self.options) // self.columns)

    def action_pick(self, value: str) -> None:
        """Choose one and say so."""
        self.focus()
        self.choose(value)

    def choose(self, value: str) -> None:
        """Choose one from outside, as if a person did."""
        self.value = value
        self.post_message(self.Chosen(self, value))

    def _at(self) -> int:
        return next((i for i, o in enumerate(self.options) if o.value == self.value), -1)

    def action_step(self, by: int) -> None:
        at = self._at()
        self.choose(self.options[(at + by) % len(self.options) if at >= 0 else 0].value)

    def action_row(self, by: int) -> None:
        """A row up or down; beyond the edge, to the field before or after."""
        at = self._at() + by * self.columns
        if self._at() < 0 and by > 0:
            self.choose(self.options[0].value)
        elif 0 <= at < len(self.options):
            self.choose(self.options[at].value)
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

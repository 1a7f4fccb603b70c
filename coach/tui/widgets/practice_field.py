"""One field of the scenario form: what it asks, what was typed, and the checker's words below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from coach.tui.widgets.choice import Choice, Option

if TYPE_CHECKING:
    from coach.tui.screens.practice_draft import Field

_TALL = ("text", "lines", "holdings")


class FormField(Vertical):
    """``label``: what is asked; ``options``: (value, reading) of a choice."""

    DEFAULT_CSS = """
    FormField { height: auto; margin-bottom: 1; padding: 0 1; }
    FormField > .label { color: $text-muted; height: auto; }
    FormField:focus-within > .label { color: $text-accent; }
    FormField > Input { background: $panel; width: 1fr; }
    FormField > TextArea { height: auto; min-height: 2; max-height: 10; border: none; background: $panel; }
    FormField > .problem { color: $text-error; height: auto; display: none; }
    FormField.-bad > .problem { display: block; }
    """

    @dataclass
    class Typed(Message):
        """The field's text is another."""

        field: Field
        text: str

    def __init__(self, field: Field, label: str, text: str, options: list[tuple[str, str]], *, columns: int = 0) -> None:
        super().__init__()
        self.field, self.label, self.text, self.options, self.columns = field, label, text, options, columns

    def compose(self) -> ComposeResult:
        yield Static(self.label, classes="label", markup=False)
        if self.options:
            shown = [Option(value, "", reading) for value, reading in self.options]
            yield Choice(shown, value=self.text or None, columns=min(self.columns or len(shown), len(shown)))
        elif self.field.kind in _TALL:
            yield TextArea(self.text, compact=True)
        else:
            yield Input(self.text, compact=True, select_on_focus=False)
        yield Static("", classes="problem", markup=False)

    def take_focus(self) -> None:
        self.query("Choice, TextArea, Input").first().focus()

    def show_problems(self, lines: list[str]) -> None:
        """The checker's words; none = all well."""
        self.set_class(bool(lines), "-bad")
        self.query_one(".problem", Static).update("\n".join(f"! {line}" for line in lines))

    @on(Input.Changed)
    def _input(self, event: Input.Changed) -> None:
        event.stop()
        self._say(event.value)

    @on(TextArea.Changed)
    def _area(self, event: TextArea.Changed) -> None:
        event.stop()
        self._say(event.text_area.text)

    @on(Choice.Chosen)
    def _choice(self, event: Choice.Chosen) -> None:
        event.stop()
        self._say(event.value)

    def _say(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.post_message(self.Typed(self.field, text))

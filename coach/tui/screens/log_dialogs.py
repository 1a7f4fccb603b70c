"""The log screen's small dialogs: one line typed, and the words of a correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static, TextArea

from coach.tui.dates import parse_day
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.line_input import LineInput


class LineDialog(Dialog["str | None"]):
    """One line: answers with what was typed. ``check`` gives the key of what is wrong with it, or nothing."""

    DEFAULT_CSS = """
    LineDialog { align: center middle; }
    LineDialog > Vertical { width: 64; max-width: 100%; height: auto; border: round $primary; background: $surface; padding: 0 1; }
    LineDialog LineInput { height: 1; border: none; padding: 0 1; background: $boost; margin-bottom: 1; }
    LineDialog .dim { height: auto; }
    LineDialog .error { color: $text-error; height: auto; }
    """

    def __init__(self, title: str, hint: str, value: str = "", check: Callable[[str], str] | None = None) -> None:
        """``title`` and ``hint`` are keys of the texts."""
        super().__init__()
        self.heading, self.hint, self.value, self.check = title, hint, value, check
        self.wrong = ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t(self.heading)
            box.border_subtitle = self.t("log.line.keys")
            yield LineInput(self.value, id="line", compact=True, select_on_focus=False)
            yield Static(self.t(self.wrong or self.hint), id="told", classes="error" if self.wrong else "dim", markup=False)

    @on(LineInput.Changed)
    def _typed(self, event: LineInput.Changed) -> None:
        self.value = event.value

    @on(LineInput.Submitted)
    def _entered(self) -> None:
        self.wrong = self.check(self.value) if self.check is not None else ""
        if not self.wrong:
            self.dismiss(self.value.strip())
            return
        told = self.query_one("#told", Static)
        told.set_classes("error")
        told.update(self.t(self.wrong))


class CorrectDialog(Dialog["str | None"]):
    """What is true instead of an entry: answers with the words."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    CorrectDialog { align: center middle; }
    CorrectDialog > Vertical { width: 64; max-width: 100%; height: auto; border: round $primary; background: $surface; padding: 0 1; }
    CorrectDialog TextArea { height: 5; border: none; background: $boost; margin: 1 0; }
    CorrectDialog Static { height: auto; }
    CorrectDialog .error { color: $text-error; }
    CorrectDialog .buttons { height: 1; margin-top: 1; }
    CorrectDialog .buttons Button { margin-right: 2; }
    """

    def __init__(self, entry_no: int, said: str = "") -> None:
        super().__init__()
        self.entry_no, self.said, self.wrong = entry_no, said, ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t("log.correct.title", no=self.entry_no)
            box.border_subtitle = self.t("log.correct.keys")
            yield TextArea(self.said, id="said", placeholder=self.t("log.correct.hint"), compact=True)
            yield Static(self.t(self.wrong or "log.correct.note"), id="told", classes="error" if self.wrong else "dim", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.t("key.save"), id="save", variant="primary", compact=True)
                yield Button(self.t("key.cancel"), id="cancel", compact=True)

    @property
    def unsaved(self) -> bool:
        return bool(self.said.strip())

    def may_leave(self) -> bool:
        """The first time with something typed it says so."""
        if not self.unsaved or self.wrong == "log.correct.lose":
            return True
        self._tell("log.correct.lose")
        return False

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        if event.text_area.text != self.said:
            self.said = event.text_area.text
            self.wrong = ""

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_leave()

    def action_save(self) -> None:
        self.said = self.query_one(TextArea).text
        if self.said.strip():
            self.dismiss(self.said.strip())
        else:
            self._tell("log.correct.empty")

    def _tell(self, key: str) -> None:
        self.wrong = key
        told = self.query_one("#told", Static)
        told.set_classes("error")
        told.update(self.t(key))


_BETWEEN = ("～", "~", "至", "到", " to ", "..", "—", ",", "，")


def span_of(text: str, today: date) -> tuple[date, date] | None:
    """The days that a text means, both included: one day or two, in the past where no year is said. ``None``: it means none."""
    for mark in _BETWEEN:
        text = text.replace(mark, " ")
    days = [_past(part, today) for part in text.split()]
    if not days or len(days) > 2 or None in days:
        return None
    first, last = min(d for d in days if d), max(d for d in days if d)
    return first, last


def _past(text: str, today: date) -> date | None:
    day = parse_day(text, today)
    if day is None or day <= today or str(day.year) in text:
        return day
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None

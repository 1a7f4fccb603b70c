"""Giving a scenario to people, with a day by which it is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, OptionList, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from coach.domain.format import day as day_text
from coach.domain.words import Lang, label
from coach.tui.dates import parse_day, weekday
from coach.tui.screens.dialog import Dialog
from coach.tui.screens.practice_people import Person
from coach.tui.screens.threads import behind

DAYS = 7
"""Proposed: a week."""


@dataclass(frozen=True, slots=True)
class Assigning:
    """What was assigned."""

    scenario: str
    staff_nos: tuple[str, ...]
    due_on: date
    note: str


class AssignDialog(Dialog["Assigning | None"]):
    """``titles``: scenario ids with their titles, per language. Answers with what was assigned; it is kept then."""

    AUTO_FOCUS = "#people"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    AssignDialog { align: center middle; }
    AssignDialog > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    AssignDialog Label { width: 8; color: $text-muted; }
    AssignDialog .lists { height: 9; margin-bottom: 1; }
    AssignDialog OptionList { width: 1fr; height: 9; border: none; background: $panel; scrollbar-size-vertical: 1; }
    AssignDialog SelectionList { width: 1fr; height: 9; border: none; background: $panel; padding: 0; margin-left: 1; }
    AssignDialog .row { height: 1; margin-bottom: 1; }
    AssignDialog Input { width: 22; background: $panel; }
    AssignDialog #note { width: 1fr; }
    AssignDialog #when { width: 1fr; padding-left: 1; color: $text-success; }
    AssignDialog #error { height: auto; color: $text-error; text-style: bold; }
    AssignDialog .buttons { height: 1; }
    AssignDialog .buttons Button { margin-right: 2; }
    """

    def __init__(
        self, titles: Mapping[Lang, Sequence[tuple[str, str]]], staff: Sequence[Person], by: str, *, scenario: str,
        chosen: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.titles, self.staff, self.by = titles, staff, by
        self.scenario, self.chosen = scenario, tuple(chosen)
        self.due_text, self.note, self.error = f"+{DAYS}", "", ""
        self._before = (scenario, tuple(chosen), self.due_text, "")
        self._leaving = self._saving = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t("practice.assign.title")
            box.border_subtitle = self.t("practice.assign.keys")
            with Horizontal(classes="lists"):
                options = [Option(title, id=name) for name, title in self.titles[self.lang]]
                yield OptionList(*options, id="scenario", markup=False, compact=True)
                yield SelectionList(
                    *(Selection(f"{p.name} {label(p.role, self.lang)}", p.staff_no, p.staff_no in self.chosen) for p in self.staff),
                    id="people", compact=True,
                )  # fmt: skip
            with Horizontal(classes="row"):
                yield Label(self.t("practice.assign.due"))
                yield Input(self.due_text, id="due", placeholder=self.t("practice.assign.due.hint"), compact=True, select_on_focus=False)
                yield Static("", id="when", markup=False)
            with Horizontal(classes="row"):
                yield Label(self.t("practice.assign.note"))
                yield Input(self.note, id="note", compact=True, select_on_focus=False)
            yield Static(self.error, id="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.t("practice.key.assign"), id="save", variant="primary", compact=True)
                yield Button(self.t("key.cancel"), id="cancel", compact=True)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    def _show(self) -> None:
        listed = self.query_one("#scenario", OptionList)
        with self.prevent(OptionList.OptionHighlighted):
            listed.highlighted = next((i for i, (name, _) in enumerate(self.titles[self.lang]) if name == self.scenario), 0)
        self._show_when()

    def _show_when(self) -> None:
        on_day = parse_day(self.due_text, self.coach.today)
        told = f"{day_text(on_day, self.lang, self.coach.today)} {weekday(on_day, self.lang)}" if on_day else "?"
        self.query_one("#when", Static).update(told)

    @property
    def unsaved(self) -> bool:
        return (self.scenario, self.chosen, self.due_text, self.note) != self._before

    def may_leave(self) -> bool:
        if not self.unsaved or self._leaving:
            return not self._saving
        self._leaving = True
        self._say(self.t("practice.assign.leave"))
        return False

    @on(OptionList.OptionHighlighted, "#scenario")
    def _scenario(self, event: OptionList.OptionHighlighted) -> None:
        self.scenario = event.option_id or self.scenario

    @on(SelectionList.SelectedChanged)
    def _people(self, event: SelectionList.SelectedChanged[str]) -> None:
        picked = set(event.selection_list.selected)
        self.chosen = tuple(p.staff_no for p in self.staff if p.staff_no in picked)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.id == "due":
            self.due_text = event.value
            self._show_when()
        else:
            self.note = event.value

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_leave()

    def action_save(self) -> None:
        if self._saving:
            return
        due_on = parse_day(self.due_text, self.coach.today)
        if due_on is None:
            self._say(self.t("practice.assign.due.bad", text=self.due_text))
            self.query_one("#due").focus()
            return
        self._saving = True
        ws, today, made = self.coach.ws, self.coach.today, Assigning(self.scenario, self.chosen, due_on, self.note.strip())
        by = self.by
        assert ws is not None

        def find() -> Assigning:
            from coach.services.practice_training import assign

            assign(ws, made.scenario, made.staff_nos, made.due_on, by, made.note, today=today)
            return made

        behind(self, find, self._saved, self._failed)

    def _saved(self, made: Assigning) -> None:
        self.dismiss(made)

    def _failed(self, line: str) -> None:
        self._saving = False
        self._say(line)

    def _say(self, line: str) -> None:
        self.error = line
        self.query_one("#error", Static).update(line)

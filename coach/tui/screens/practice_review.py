"""A trainer's word on an attempt: a comment, and points where the machine's are not shared. Both stand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static, TextArea

from coach.domain.words import Lang
from coach.tui.screens.dialog import Dialog
from coach.tui.screens.threads import behind
from coach.tui.widgets.practice_score import number
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.practice.scenario import CriterionId
    from coach.services.practice import Attempt

_NAME = {"zh": 11, "en": 22}


class ReviewDialog(Dialog["bool | None"]):
    """``names``: of the criteria, per language. Answers true when the review is kept."""

    AUTO_FOCUS = "#comment"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    ReviewDialog { align: center middle; }
    ReviewDialog > Vertical {
        width: 78; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    ReviewDialog TextArea { height: 4; border: none; background: $panel; margin-bottom: 1; }
    ReviewDialog Grid { grid-size: 2; grid-rows: 1; height: 5; margin-bottom: 1; }
    ReviewDialog .row { height: 1; }
    ReviewDialog .row Label { width: 1fr; }
    ReviewDialog Input { width: 7; background: $panel; margin-right: 1; }
    ReviewDialog #error { height: auto; color: $text-error; text-style: bold; }
    ReviewDialog .buttons { height: 1; }
    ReviewDialog .buttons Button { margin-right: 2; }
    """

    def __init__(self, attempt: Attempt, by: str, names: dict[Lang, dict[str, str]]) -> None:
        super().__init__()
        self.attempt, self.by, self.names = attempt, by, names
        self.comment, self.points, self.error = "", dict[str, str](), ""
        self._leaving = self._saving = False

    def compose(self) -> ComposeResult:
        attempt = self.attempt
        assert attempt.score is not None and attempt.played is not None
        with Vertical() as box:
            title = attempt.played.words(attempt.lang).title
            box.border_title = self.t("practice.review.title", name=attempt.staff_name or "-", title=title)
            box.border_subtitle = self.t("practice.review.keys")
            yield Label(self.t("practice.review.comment"), classes="dim")
            yield TextArea(self.comment, id="comment", compact=True)
            yield Label(self.t("practice.review.points"), classes="dim")
            with Grid():
                for line in attempt.score.criteria:
                    with Horizontal(classes="row"):
                        name = pad(self.names[self.lang].get(line.id, line.id), _NAME[self.lang])
                        yield Label(f"{name} {f'{number(line.score)}/{line.max}':>8}", markup=False)
                        yield Input(self.points.get(line.id, ""), id=f"p-{line.id}", compact=True, select_on_focus=False)
            yield Static(self.error, id="error", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.t("key.save"), id="save", variant="primary", compact=True)
                yield Button(self.t("key.cancel"), id="cancel", compact=True)

    @property
    def unsaved(self) -> bool:
        return bool(self.comment.strip() or any(text.strip() for text in self.points.values()))

    def may_leave(self) -> bool:
        if not self.unsaved or self._leaving:
            return not self._saving
        self._leaving = True
        self._say(self.t("practice.review.leave"))
        return False

    @on(TextArea.Changed)
    def _commented(self, event: TextArea.Changed) -> None:
        self.comment = event.text_area.text

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.points[(event.input.id or "").removeprefix("p-")] = event.value

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_leave()

    def corrected(self) -> dict[CriterionId, float]:
        """The points typed. Raises ``ValueError`` with the line to show."""
        assert self.attempt.score is not None
        found: dict[CriterionId, float] = {}
        for line in self.attempt.score.criteria:
            text = self.points.get(line.id, "").strip()
            if not text:
                continue
            try:
                value = float(text)
            except ValueError:
                value = -1.0
            if not 0 <= value <= line.max:
                name = self.names[self.lang].get(line.id, line.id)
                raise ValueError(self.t("practice.review.bad", name=name, text=text, max=line.max))
            found[line.id] = value
        return found

    def action_save(self) -> None:
        if self._saving:
            return
        self.comment = self.query_one("#comment", TextArea).text
        try:
            corrected = self.corrected()
        except ValueError as error:
            self._say(str(error))
            return
        self._saving = True
        ws, today, by, attempt_no, comment = self.coach.ws, self.coach.today, self.by, self.attempt.attempt_no, self.comment
        assert ws is not None

        def find() -> bool:
            from coach.services.practice_training import review

            review(ws, attempt_no, by, comment, corrected, today=today)
            return True

        behind(self, find, self._saved, self._failed)

    def _saved(self, _: bool) -> None:
        self.notify(self.t("practice.review.saved"))
        self.dismiss(True)

    def _failed(self, line: str) -> None:
        self._saving = False
        self._say(line)

    def _say(self, line: str) -> None:
        self.error = line
        self.query_one("#error", Static).update(line)

"""One quiet line for the day's real clients: what the person was weak at in the last practice. Hidden where nothing was practised."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Static

from coach.tui.words import say
from coach.tui.wrap import cut

if TYPE_CHECKING:
    from coach.tui.app import CoachApp

REST_S = 1.0
"""Seconds after which it is looked up: the day's own list comes first."""


class AdviceLine(Static):
    """Looks for itself; :meth:`look` looks again."""

    DEFAULT_CSS = """
    AdviceLine { height: 1; padding: 0 1; color: $text-muted; display: none; }
    AdviceLine.-said { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("", id="practice-advice", markup=False)
        self.told: tuple[str, str] | None = None
        """The criterion's name and the sentence."""

    @property
    def coach(self) -> CoachApp:
        return cast("CoachApp", self.app)

    def on_mount(self) -> None:
        self.coach.when_ready(lambda: self.set_timer(REST_S, self.look) if self.is_attached else None)

    def on_resize(self) -> None:
        self._show()

    def look(self) -> None:
        """Look it up in a thread; a fault leaves the line as it is: it is told where one practises."""
        from coach.tui.screens.threads import behind

        ws, manager, today, lang = self.coach.ws, self.coach.manager, self.coach.today, self.coach.lang
        if ws is None or not self.coach.ready or not manager or not self.is_attached:
            return

        def find() -> tuple[str, str] | None:
            from coach.practice.kit import kit
            from coach.services.practice_training import advice

            weak = advice(ws, manager, today, lang)
            return (kit().words(lang).criteria[weak[0][0]].name, weak[0][1]) if weak else None

        behind(self.screen, find, self._got, lambda line: None)

    def _got(self, told: tuple[str, str] | None) -> None:
        self.told = told
        if self.is_attached:
            self._show()

    def _show(self) -> None:
        self.set_class(self.told is not None, "-said")
        if self.told is not None:
            name, text = self.told
            self.update(cut(say("practice.advice", self.coach.lang, name=name, text=text), max(self.screen.size.width - 2, 10)))

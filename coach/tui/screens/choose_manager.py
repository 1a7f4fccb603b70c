"""Whose day is shown: a list of everyone who has clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp


def choose_manager(app: CoachApp) -> None:
    """Ask in a dialog; the list is read in a thread."""

    def work() -> None:
        from coach.services.clients import managers
        from coach.tui.errors import expected, one_line

        assert app.ws is not None
        try:
            everyone = managers(app.ws)
        except expected() as error:
            app.call_from_thread(app.notify, one_line(error), severity="error", markup=False)
            return
        app.call_from_thread(_ask, app, everyone)

    app.run_worker(work, thread=True, group="managers", exclusive=True)


def _ask(app: CoachApp, everyone: list[tuple[str, str, int]]) -> None:
    from coach.tui.screens.chooser import Chooser

    if not everyone:
        app.notify(say("manager.none", app.lang), severity="warning")
        return
    names = {number: name for number, name, _ in everyone}

    def chosen(number: str | None) -> None:
        if number is not None and number != app.manager:
            app.set_manager(number, names[number])

    def options() -> list[tuple[str, str]]:
        return [(number, say("manager.line", app.lang, name=name, no=number, n=count)) for number, name, count in everyone]

    app.push_screen(Chooser("manager.title", options, app.manager), chosen)

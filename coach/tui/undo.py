"""Taking back the newest entry, from any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.tui.told import undone_lines
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp


def undo_last(app: CoachApp) -> None:
    """Undo in a thread, tell what changed, load the screens again."""

    def work() -> None:
        from coach.services.clients import ClientQuery, list_clients
        from coach.services.contacts import undo_last as undo
        from coach.tui.errors import expected, one_line

        assert app.ws is not None
        try:
            undone = undo(app.ws, app.acting, app.now())
            rows = list_clients(app.ws, ClientQuery(among=[undone.client_no])) if undone else []
        except expected() as error:
            app.call_from_thread(app.notify, one_line(error), severity="error", markup=False)
            return
        if undone is None:
            app.call_from_thread(app.notify, say("undo.nothing", app.lang), severity="warning")
            return
        lines = undone_lines(undone, rows[0].name if rows else undone.client_no, app.lang)
        app.call_from_thread(app.notify, "\n".join(lines), markup=False)
        app.call_from_thread(app.changed)

    app.run_worker(work, thread=True, group="undo", exclusive=True)

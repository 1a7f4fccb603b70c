"""One quiet line on Today: how many comments are waiting, and the key that opens them. Hidden where none are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Static

from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp


class InboxLine(Static):
    """Shows what :meth:`look` finds."""

    DEFAULT_CSS = """
    InboxLine { height: 1; padding: 0 1; color: $text-accent; display: none; }
    InboxLine.-said { display: block; }
    """

    def __init__(self) -> None:
        super().__init__("", id="review-inbox", markup=False)
        self.waiting: tuple[int, bool] = 0, False
        """How many, and whether answers are among them."""

    @property
    def coach(self) -> CoachApp:
        return cast("CoachApp", self.app)

    def on_mount(self) -> None:
        self._show()

    def look(self) -> None:
        """Look it up in a thread; a fault leaves the line as it is."""
        from coach.tui.screens.threads import behind

        ws, staff_no = self.coach.ws, self.coach.acting
        if ws is None or not self.coach.ready or not staff_no or not self.is_attached:
            return

        def find() -> tuple[int, bool]:
            from coach.services.review_acts import inbox

            found = inbox(ws, staff_no)
            return len(found), any(c.answers is not None for c in found)

        behind(self.screen, find, self._got, lambda line: None)

    def _got(self, waiting: tuple[int, bool]) -> None:
        self.waiting = waiting
        if self.is_attached:
            self._show()

    def _show(self) -> None:
        count, answers = self.waiting
        self.set_class(bool(count), "-said")
        if count:
            self.update(say("inbox.line.both" if answers else "inbox.line", self.coach.lang, n=count))

    async def on_click(self) -> None:
        if self.waiting[0]:
            await self.screen.run_action("inbox")

"""Carrying out an allocation and taking it back: what it stands on, what is asked, whose name it bears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from coach.domain.words import Role
from coach.tui.screens.allocation_dialogs import AskDialog
from coach.tui.screens.allocation_sheet import Sheet, past
from coach.tui.screens.supervise import SuperviseScreen
from coach.tui.screens.threads import behind

if TYPE_CHECKING:
    from coach.services.allocation_runs import Run


DOING = "alloc.doing"


class AllocationActs(SuperviseScreen):
    """The state of the allocation screen and what changes it; what is seen is the subclass's."""

    def __init__(self) -> None:
        super().__init__()
        self.mode = "monthly"
        self.day: date | None = None
        """Another day than today; ``None`` = today."""
        self.gone: tuple[str, ...] = ()
        self.run_no = ""
        self.only = ""
        self.sheet: Sheet | None = None
        self.error = ""
        self.busy = ""
        """Key of what is being done."""
        self._number = 0
        """The number of the newest question: an older one's answer is not shown."""
        self.sort, self.reverse = "assets", False
        self._row = self._line = 0

    @property
    def on_day(self) -> date:
        return self.day or self.coach.today

    @property
    def found(self) -> Sheet | None:
        """What is shown, once it is worked out."""
        return None if self.busy else self.sheet

    def work_out(self, busy: str, find: Callable[[], Sheet], got: Callable[[Sheet], None]) -> None:
        """Find in a thread; an answer that a newer question has overtaken is dropped. What is being carried out is waited for."""
        if self.busy == DOING:
            self.notify(self.t("alloc.wait"))
            return
        self._number += 1
        number, self.busy = self._number, busy
        self.show_head()

        def done(sheet: Sheet) -> None:
            if number == self._number:
                self.busy = ""
                got(sheet)

        def failed(line: str) -> None:
            if number == self._number:
                self.busy, self.error = "", line
                self.sheet = None
                self.show()

        behind(self, find, done, failed)

    def _look_back(self, ask: Callable[[tuple[Run, ...]], None]) -> None:
        ws = self.coach.ws
        if ws is None or not self.coach.ready:
            return

        def find() -> tuple[Run, ...]:
            from coach.services.allocation_runs import runs

            return runs(ws)

        behind(self, find, ask, self._tell)

    def show(self) -> None:
        """Draw the state."""

    def show_head(self) -> None:
        """Draw what is being done."""

    # -- carrying out and taking back

    def action_carry_out(self) -> None:
        sheet = self.found
        if sheet is None:
            self.notify(self.t("alloc.wait") if self.busy else self.error)
        elif sheet.proposal is None:
            self.notify(self.t("alloc.past"))
        elif not sheet.moves:
            self.notify(self.t("alloc.nothing"))
        elif self.on_day != self.coach.today:
            self.notify(self.t("alloc.other_day", on=self.on_day), severity="warning")
        else:
            self._as_whom(lambda by, who: self._ask_to_apply(sheet, by, who))

    def _ask_to_apply(self, sheet: Sheet, by: str | None, who: str) -> None:
        def question() -> str:
            named = self.t("alloc.ask.by", who=who) if who else ""
            return self.t(
                "alloc.ask.apply", mode=self.t(f"alloc.mode.{self.mode}"), n=f"{len(sheet.moves):,}", people=sheet.people, who=named
            )

        self.app.push_screen(AskDialog("alloc.ask.title", question), lambda yes: self._apply(sheet, by) if yes else None)

    def _apply(self, sheet: Sheet, by: str | None) -> None:
        ws, mode, now, gone = self.coach.ws, self.mode, self.coach.now(), self.gone
        assert ws is not None and sheet.proposal is not None
        shown = sheet.proposal.made

        def find() -> Sheet:
            from coach.domain.allocation import Mode
            from coach.services.allocation import apply
            from coach.services.allocation_runs import runs

            done = apply(ws, Mode(mode), now, leaving=gone, by=by, shown=shown)
            return past(ws, next(run for run in runs(ws) if run.run_no == done.run_no))

        self.work_out(DOING, find, self._applied)

    def _applied(self, sheet: Sheet) -> None:
        run = sheet.run
        assert run is not None
        self.sheet, self.error, self.run_no, self.only, self._line = sheet, "", run.run_no, "", 0
        self.show()
        self.notify(self.t("alloc.applied", run=run.run_no, n=f"{run.moves:,}"))
        self.coach.changed()

    def action_take_back(self) -> None:
        def ask(found: tuple[Run, ...]) -> None:
            run = next((run for run in found if run.undone_at is None), None)
            if run is None:
                self.notify(self.t("alloc.none_to_undo"))
            else:
                self._as_whom(lambda by, who: self._ask_to_undo(run, by, who))

        if self.busy:
            self.notify(self.t("alloc.wait"))
        else:
            self._look_back(ask)

    def _ask_to_undo(self, run: Run, by: str | None, who: str) -> None:
        def question() -> str:
            named = self.t("alloc.ask.by", who=who) if who else ""
            mode = self.t(f"alloc.mode.{run.mode}")
            return self.t("alloc.ask.undo", run=run.run_no, mode=mode, on=run.on, n=f"{run.moves:,}", who=named)

        self.app.push_screen(AskDialog("alloc.ask.undo.title", question), lambda yes: self._undo(by) if yes else None)

    def _undo(self, by: str | None) -> None:
        ws, now = self.coach.ws, self.coach.now()
        assert ws is not None

        def find() -> str:
            from coach.services.allocation import undo

            done = undo(ws, now, by=by)
            return self.t("alloc.undone", run=done.run_no, n=f"{done.clients:,}")

        def done(line: str) -> None:
            self.run_no = ""
            self.notify(line)
            self.coach.changed()

        behind(self, find, done, self._tell)

    def _as_whom(self, go: Callable[[str | None, str], None]) -> None:
        """A supervisor's name: the login's person; else whose day is shown where that is one, the only one there is, or the one chosen."""
        from coach.tui.screens.chooser import Chooser

        heads = {m.staff_no: m.name for m in self.sheet.members if m.role == Role.SUPERVISOR} if self.sheet else {}
        own = self.coach.acting
        if self.coach.me or own in heads or len(heads) < 2:
            by = own if self.coach.me or own in heads else next(iter(heads), None)  # the service refuses a login that is no supervisor's
            go(by, f"{heads.get(by, '')} {by}".strip() if by else "")
            return

        def chosen(by: str | None) -> None:
            if by is not None:
                go(by, f"{heads[by]} {by}")

        self.app.push_screen(Chooser("alloc.by.title", lambda: [(no, f"{name} {no}") for no, name in heads.items()]), chosen)

    def _tell(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)

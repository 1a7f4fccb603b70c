"""What can be done on the log screen: verify, correct, export, anchor. Each runs in a thread; the screen shows what came of it."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from coach.tui.screens.log_asking import Found
from coach.tui.screens.log_dialogs import CorrectDialog, LineDialog
from coach.tui.screens.log_filters import LogFilters
from coach.tui.screens.progress import Throttled
from coach.tui.screens.threads import back, behind, told
from coach.tui.widgets.log_entry import Opened

if TYPE_CHECKING:
    from coach.services.log_read import Export
    from coach.services.log_verify import Verdict


class Stopped(Exception):
    """The person stopped verifying."""


class LogDeeds(LogFilters):
    """Keeps what was found out; a subclass shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", show=False), Binding("x", "correct", show=False), Binding("e", "export", show=False),
        Binding("a", "anchor", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: Found | None = None
        self.opened: Opened | None = None
        self.verdict: Verdict | None = None
        self.progress: tuple[int, int] | None = None
        """How far verifying is; ``None``: it is not under way."""
        self._stop = Event()

    @abstractmethod
    def show_verdict(self) -> None:
        """How far verifying is, or what it found."""

    @abstractmethod
    def verified(self, verdict: Verdict) -> None:
        """Verifying came to its end."""

    @abstractmethod
    def corrected(self, entry_no: int) -> None:
        """A correction of an entry was written."""

    def action_verify(self) -> None:
        """Go through the whole log in a thread, with how far it is."""
        ws, found = self.coach.ws, self.found
        if ws is None or found is None or self.progress is not None:
            return
        self.progress, self._stop = (0, found.window.upto), Event()
        self.show_verdict()
        self._verify(self._stop)

    @work(thread=True, exclusive=True, group="log.verify", exit_on_error=False)
    def _verify(self, stop: Event) -> None:
        from coach.services.log_verify import verify

        ws, tell = self.coach.ws, Throttled(self.app, self._verifying)
        assert ws is not None

        def progress(done: int, total: int | None) -> None:
            if stop.is_set() or not self.app.is_running:
                raise Stopped
            tell(done, total)

        try:
            with told(self, self._not_verified):
                back(self, self._verified, verify(ws, progress=progress))
        except Stopped:
            back(self, self._not_verified, self.t("log.verify.stopped"))

    def _verifying(self, done: int, total: int | None) -> None:
        if self.progress is not None and self.query("#verdict"):
            self.progress = done, total or done
            self.show_verdict()

    def _verified(self, verdict: Verdict) -> None:
        self.progress, self.verdict = None, verdict
        self.verified(verdict)

    def stop_verifying(self) -> None:
        """The person does not want to wait."""
        self._stop.set()

    def _not_verified(self, line: str) -> None:
        self.progress = None
        self.show_verdict()
        self.notify(line, severity="warning", markup=False)

    def action_correct(self) -> None:
        """A new entry that says what is true."""
        if self.opened is None:
            return
        number = self.opened.shown.entry.entry_no

        def said(text: str | None) -> None:
            if text:
                self._correct(number, text)

        self.app.push_screen(CorrectDialog(number), said)

    def _correct(self, number: int, text: str) -> None:
        ws, by, at = self.coach.ws, self.coach.manager or None, self.coach.now()
        assert ws is not None

        def write() -> int:
            from coach.services.log_correct import correct

            return correct(ws, number, text, by=None if ws.person is not None else by, at=at).entry_no  # a login speaks for itself

        def written(made: int) -> None:
            self.notify(self.t("log.corrected", no=made))
            self.corrected(number)

        def refused(line: str) -> None:  # what was typed is not lost
            self.notify(line, severity="error", markup=False)
            self.app.push_screen(CorrectDialog(number, text), lambda again: self._correct(number, again) if again else None)

        behind(self, write, written, refused)

    def action_export(self) -> None:
        """The log to a file; an older one is never overwritten."""
        ws = self.coach.ws
        if ws is None:
            return
        usual = ws.home / f"coach-log-{self.coach.now():%Y%m%d-%H%M%S}.jsonl"
        self.app.push_screen(LineDialog("log.export.title", "log.export.hint", str(usual)), lambda to: self._export(to) if to else None)

    def _export(self, to: str) -> None:
        ws, at = self.coach.ws, self.coach.now()
        assert ws is not None
        self.notify(self.t("log.export.running"))

        def write() -> Export:
            from coach.services.log_read import export

            return export(ws, Path(to).expanduser(), at=at)

        def written(made: Export) -> None:
            key = "log.export.done" if made.first_broken is None else "log.export.broken"
            severity: Any = "information" if made.first_broken is None else "error"
            line = self.t(key, n=made.entries, file=made.file, first=made.first_broken)
            self.notify(line, severity=severity, markup=False, timeout=12)

        behind(self, write, written, self._tell)

    def action_anchor(self) -> None:
        ws, at = self.coach.ws, self.coach.now()
        if ws is None:
            return

        def write() -> int:
            from coach.services.log_anchor import anchor_now

            return anchor_now(ws, at=at).count

        def written(count: int) -> None:
            self.notify(self.t("log.anchor.done", n=count))
            self.load()

        behind(self, write, written, self._tell)

    def _tell(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)

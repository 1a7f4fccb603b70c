"""Others' changes on the screen within two seconds, and a word when the connection to the shared database goes and comes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from coach.store import again
from coach.store.listening import BRANCH, Listener
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.workspace import Workspace
    from coach.tui.app import CoachApp

PAUSE = 1.0
"""Seconds between two loadings for others' sake."""

_WHOLE = ("review", "report", "allocation", "log")
"""Modes that show everybody's work."""


class Following:
    """Hears what others write, and has what is seen loaded again: not more than once a second, and never under somebody's typing."""

    def __init__(self, app: CoachApp, ws: Workspace) -> None:
        self._app, self._due, self._last, self._lost = app, False, 0.0, False
        again.watchers.append(self._waits)
        self._listener = Listener.on(ws.engine, self._heard, self._connected)

    def end(self) -> None:
        """Follow no more."""
        with suppress(ValueError):
            again.watchers.remove(self._waits)
        if self._listener is not None:
            self._listener.close()

    # -- in the listening thread, or in one that waits for the connection

    def _heard(self, payload: str) -> None:
        self._there(lambda: self._changed(payload))

    def _connected(self, there: bool) -> None:
        self._there(lambda: self._tell(not there))

    def _waits(self, lost: bool) -> None:
        self._there(lambda: self._tell(lost))

    def _there(self, call: Callable[[], None]) -> None:
        """In the screen's loop; nothing where the program is about to end."""
        if self._app.is_running:
            with suppress(RuntimeError, CancelledError):
                self._app.call_from_thread(call)

    # -- in the screen's loop

    def _tell(self, lost: bool) -> None:
        """Once when it goes, once when it comes."""
        if lost == self._lost:
            return
        self._lost = lost
        text = say("app.lost" if lost else "app.back", self._app.lang)
        self._app.notify(text, severity="warning" if lost else "information", timeout=6 if lost else 3, markup=False)

    def _changed(self, payload: str) -> None:
        app = self._app
        if payload in (BRANCH, _digest(app.manager), _digest(app.me)) or app.current_mode in _WHOLE:
            self._soon()
        else:
            app.revision += 1  # a colleague's book: what shows it loads again when it is next seen

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            self._app.set_timer(max(self._last + PAUSE - time.monotonic(), 0.05), self._load)

    def _load(self) -> None:
        if self._typing():
            self._app.set_timer(PAUSE, self._load)
            return
        self._due, self._last = False, time.monotonic()
        self._app.changed()

    def _typing(self) -> bool:
        """Whether somebody is in the middle of a text; in a dialog it is safe, what lies beneath waits until it is seen again."""
        focused = self._app.screen.focused
        if self._app.screen.is_modal:
            return False
        return (isinstance(focused, Input) and bool(focused.value)) or (isinstance(focused, TextArea) and bool(focused.text))


def _digest(staff_no: str) -> str:
    return hashlib.md5(staff_no.encode(), usedforsecurity=False).hexdigest()

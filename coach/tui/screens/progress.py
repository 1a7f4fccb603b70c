"""Progress from a thread, told to the screen no more often than the eye can follow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App

EVERY = 0.1
"""Seconds between two reports."""


class Throttled:
    """Called in the thread with (done, total); passes on a few of the calls, and the last one."""

    def __init__(self, app: App[Any], show: Callable[[int, int | None], None]) -> None:
        self.app, self.show = app, show
        self._last = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY or (total is not None and done >= total):
            self._last = now
            self.app.call_from_thread(self.show, done, total)

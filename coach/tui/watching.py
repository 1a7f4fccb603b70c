"""Looking on while a model writes: the text so far for the screen, and a stop that reaches the model at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock


class Watching:
    """One writing, seen from two threads: the model's hands in text, the screen's takes it out and may stop it.

    It fulfils :class:`coach.assistant.engine.Watch`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._stop = Event()
        self._calls: list[Callable[[], None]] = []
        self._text = ""
        self._new = False

    # the writer's side

    def wrote(self, text: str) -> None:
        """The text so far, not verified; after a stop nothing is taken any more."""
        with self._lock:
            if not self._stop.is_set():
                self._new = self._new or text != self._text
                self._text = text

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def on_stop(self, call: Callable[[], None]) -> None:
        """Call this when it is stopped; at once where that has happened already."""
        with self._lock:
            if not self._stop.is_set():
                self._calls.append(call)
                return
        _call(call)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the stop; whether it was stopped."""
        return self._stop.wait(seconds)

    # the screen's side

    @property
    def text(self) -> str:
        """What there is so far."""
        return self._text

    def take_new(self) -> bool:
        """Whether the text has grown since this was last asked."""
        with self._lock:
            new, self._new = self._new, False
        return new

    def stop(self) -> None:
        """Stop the writing, from whatever thread; a second time nothing happens."""
        with self._lock:
            if self._stop.is_set():
                return
            self._stop.set()
            calls, self._calls = self._calls, []
        for call in calls:
            _call(call)


def _call(call: Callable[[], None]) -> None:
    """A writer that ended in this very moment cannot be woken any more (its loop is closed), and need not."""
    with suppress(RuntimeError):
        call()

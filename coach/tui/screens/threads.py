"""From a thread back to the screen, and what a service may refuse on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import Any, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.worker import get_current_worker

from coach.tui.errors import expected, one_line

Found = TypeVar("Found")


def back(screen: Screen[Any], call: Callable[..., None], *args: Any) -> None:
    """Call something of a screen in its loop; nothing where the worker was replaced or the screen is gone."""
    if get_current_worker().is_cancelled or not screen.is_attached or not screen.app.is_running:
        return

    def there() -> None:
        if screen.is_attached:
            call(*args)

    screen.app.call_from_thread(there)


@contextmanager
def told(screen: Screen[Any], otherwise: Callable[[str], None] | None = None) -> Iterator[None]:
    """In a thread: an expected error becomes one line of notice, or goes to ``otherwise``."""
    try:
        yield
    except expected() as error:
        line = one_line(error)
        if otherwise is not None:
            back(screen, otherwise, line)
        else:
            back(screen, lambda: screen.notify(line, severity="error"))


def behind(screen: Screen[Any], find: Callable[[], Found], got: Callable[[Found], None], otherwise: Callable[[str], None]) -> None:
    """Find something in a thread that nobody waits for: a model server that does not answer cannot keep the program from closing.

    ``got`` and ``otherwise`` (with one line) are called in the screen's loop, unless the screen is gone. An
    unexpected error is one line too: a model must never take the screen down. ``find`` must not use the screen.
    """
    app = screen.app

    def run() -> None:
        try:
            call = partial(got, find())
        except Exception as error:
            line = one_line(error)
            call = partial(otherwise, line if isinstance(error, expected()) else f"{type(error).__name__}: {line}")
        _hand_over(app, screen, call)

    Thread(target=run, name="behind", daemon=True).start()


def _hand_over(app: App[Any], screen: Screen[Any], call: Callable[[], None]) -> None:
    def there() -> None:
        if screen.is_attached:
            screen.call_later(call)

    if app.is_running:
        with suppress(RuntimeError, CancelledError):  # closed in this very moment
            app.call_from_thread(there)

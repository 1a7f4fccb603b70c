"""From a thread worker back to the screen, and what a service may refuse on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual.screen import Screen
from textual.worker import get_current_worker

from coach.tui.errors import expected, one_line


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

"""Doing again what a lost connection or somebody else's lock has hindered.

Only for what may be done twice without harm: the work carries its own number, made before the first try, so that one whose
commit went through and whose answer was lost is found when it is tried again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from coach.store.faults import Busy, Lost

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 20.0
"""Seconds after which the error is told; a lock that was waited for in vain for longer is told at once."""

_FIRST, _LONGEST = 0.05, 2.0

watchers: list[Callable[[bool], None]] = []
"""Called, in the thread that waits, with true when the connection is lost and with false when it is there again."""


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """Call again after :class:`Lost` or :class:`Busy`, waiting longer each time, for up to ``PATIENCE`` seconds."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        until, wait, lost = time.monotonic() + PATIENCE, _FIRST, False
        try:
            while True:
                try:
                    return function(*args, **kwargs)
                except (Lost, Busy) as error:
                    if time.monotonic() + wait > until:
                        raise
                    if isinstance(error, Lost) and not lost:
                        lost = True
                        _tell(True)
                time.sleep(wait * random.uniform(0.5, 1))
                wait = min(wait * 2, _LONGEST)
        finally:
            if lost:
                _tell(False)

    return run


def _tell(lost: bool) -> None:
    for watcher in list(watchers):
        with suppress(Exception):  # whoever only watches hinders no work
            watcher(lost)

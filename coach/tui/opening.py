"""Opening a workspace in a thread: settings, database, whose day it is. Everything heavy is imported here."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from threading import Event, Thread
from typing import TYPE_CHECKING

from coach.domain.words import Lang

if TYPE_CHECKING:
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace ready for the screens."""

    ws: Workspace
    manager: tuple[str, str]
    """Staff number and name; empty where no client has a manager."""
    demo: bool
    orphans: int
    """Clients in a workspace in which nobody is anyone's manager."""
    me: str = ""
    """Staff number of the person whom the database's login is; empty where it is nobody in particular."""


def failures() -> tuple[type[Exception], ...]:
    """What keeps a workspace from opening and can be told in one line."""
    from sqlalchemy.exc import DBAPIError

    from coach.services.errors import Refused
    from coach.settings import SettingsError
    from coach.store.db import StoreError

    return SettingsError, StoreError, Refused, DBAPIError, OSError


def open_workspace(ws: Workspace | None, lang: Lang) -> Opened:
    """Open settings, policy and database. Raises one of :func:`failures`."""
    from coach.services.workspace import Workspace

    ws = ws or Workspace(lang=lang)
    ws.lang = lang
    _ = ws.policy
    from coach.services.clients import ClientQuery, count_clients, managers
    from coach.services.demo import is_demo

    me, everyone = ws.person, managers(ws)
    own = (me.staff_no, me.name, 0) if me is not None else ("", "", 0)
    first = _first(everyone, ws.settings.manager, own, me is None or me.supervises)
    import coach.tui.task_line
    import coach.tui.task_pane
    import coach.tui.today_text  # noqa: F401  what the day is drawn with: loaded here, not in the screen's own loop

    orphans = 0 if everyone else count_clients(ws, ClientQuery())
    return Opened(ws, first[:2], is_demo(ws.home), orphans, own[0])


def _first(everyone: list[tuple[str, str, int]], remembered: str, own: tuple[str, str, int], chooses: bool) -> tuple[str, str, int]:
    """Whose day is shown first: one's own, unless one may look at others' (then the one looked at last, one's own, anybody's)."""
    if not chooses:
        return own
    known = {m[0]: m for m in everyone}
    return known.get(remembered) or known.get(own[0]) or (everyone[0] if everyone else own)


_SWITCH = 0.001
"""Seconds after which a thread at work must let another one go on, while the program is brought up (Python's own: 0.005)."""
_TIMES = 2
"""So often a process sets its objects aside: when the workspace is open, and when all that is warmed up has been loaded."""
_SELDOM = 5_000, 20, 20
"""When Python collects from then on (its own: 700, 10, 10): what is made while screens are drawn goes by itself, hardly in cycles."""
_set_aside = 0


@contextmanager
def calm() -> Iterator[None]:
    """Keep the screen fluent while a thread imports and builds.

    A full garbage collection stops every thread, for 60 to 150 ms over the objects of a hundred modules; while those are
    made there is next to nothing to collect. They are then set aside for good, so that no later collection walks over them
    either.
    """
    global _set_aside  # noqa: PLW0603
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    gc.disable()
    try:
        yield
    finally:
        if _set_aside < _TIMES:
            gc.freeze()
            gc.set_threshold(*_SELDOM)
            _set_aside += 1
        gc.enable()
        sys.setswitchinterval(before)


def start_warming(ws: Workspace, done: Event) -> Thread:
    """Warm up in a thread that nobody waits for: leaving the program while the index is built takes no time."""

    def work() -> None:
        try:
            with calm():
                warm(ws)
        finally:
            done.set()

    thread = Thread(target=work, name="warming", daemon=True)
    thread.start()
    return thread


def warm(ws: Workspace) -> None:
    """Bring up what the first suggestion needs, and every screen's own modules; a fault is told when it is needed."""
    with suppress(Exception):
        import coach.tui.screens.client
        import coach.tui.screens.clients
        from coach.services.knowledge import retriever

        _ = ws.playbook, ws.rules
        retriever(ws).search("到期" if ws.lang == "zh" else "maturity", lang=ws.lang, k=1)  # loads what the first search loads
        import coach.services.suggestions  # noqa: F401
    with suppress(Exception):
        from coach.tui import screens

        for module in iter_modules(screens.__path__):  # a screen first gone to would load its own in the loop, for 50 to 150 ms
            import_module(f"{screens.__name__}.{module.name}")

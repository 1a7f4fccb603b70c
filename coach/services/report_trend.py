"""How the figures went over the last weeks, for everyone: what the plots draw whatever period the report is of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from coach.domain.report import Period, count
from coach.services.report import Part, Stopped
from coach.services.report_data import load
from coach.services.workspace import Workspace
from coach.store.db import session

WEEKS = 12


def trend(ws: Workspace, end: date, today: date, *, weeks: int = WEEKS, stop: Callable[[], bool] = lambda: False) -> tuple[Part, ...]:
    """The weeks (Monday to Sunday) up to the one of ``end``, the last cut off there; who had nothing in a week has no figures in it.

    ``stop`` is asked before each week; true raises :class:`~coach.services.report.Stopped`.
    """
    end = min(end, today)
    monday = end - timedelta(days=end.weekday())
    spans = [
        Period(start, min(start + timedelta(days=6), end), today)
        for start in (monday - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1))
    ]
    with session(ws.engine, write=False, lang=ws.lang) as s:
        records = load(s.connection(), ws.policy, Period(spans[0].start, end, today))
    made = []
    for span in spans:
        if stop():
            raise Stopped
        made.append(Part(span, count(records, ws.policy, span)))
    return tuple(made)

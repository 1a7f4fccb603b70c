"""Working days of a branch in mainland China: public holidays and make-up days.

The dates come from ``chinesecalendar``, which holds what the State Council has published. A year that it
does not know yet counts Monday to Friday, and :func:`calendar_known` says so.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def _year_known(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def calendar_known(d: date) -> bool:
    """Whether the holidays of that year are published and known; if not, Monday to Friday is assumed."""
    return _year_known(d.year)


@lru_cache(maxsize=8192)
def is_working_day(d: date) -> bool:
    """Whether the branch's staff work on a day: no weekend, no public holiday, or a make-up day."""
    return bool(chinese_calendar.is_workday(d)) if _year_known(d.year) else d.weekday() < 5


def next_working_day(d: date) -> date:
    """The day itself where it is a working day, else the first one after it."""
    while not is_working_day(d):
        d += _DAY
    return d


def previous_working_day(d: date) -> date:
    """The day itself where it is a working day, else the last one before it."""
    while not is_working_day(d):
        d -= _DAY
    return d


def working_days(start: date, end: date) -> list[date]:
    """The working days from ``start`` to ``end``, both included; empty where ``end`` lies before ``start``."""
    return [d for d in (start + timedelta(days=i) for i in range((end - start).days + 1)) if is_working_day(d)]

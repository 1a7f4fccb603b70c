"""Anniversaries in the solar and the lunar calendar, and when they come round next.

A lunar day is written ``MM-DD``, or ``闰MM-DD`` for a day of a leap month. Customs followed: in a year
without that leap month the day is kept in the ordinary month of the same number; a 30th that the month
does not have is kept on its last day; 29 February is kept on the 28th in a common year (nobody is
congratulated late).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarYear, Solar

_MONTH_DAY = re.compile(r"^(闰?)(\d{1,2})-(\d{1,2})$")


@lru_cache(maxsize=256)
def _months(year: int) -> dict[int, tuple[date, int]]:
    """The months of a lunar year (negative = leap): first solar day and length. A year costs milliseconds: kept."""
    months = {}
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        months[month.getMonth()] = date(first.getYear(), first.getMonth(), first.getDay()), month.getDayCount()
    return months


def parse_lunar(text: str | None) -> tuple[int, int] | None:
    """``"08-15"`` → (8, 15), ``"闰06-01"`` → (-6, 1); ``None`` for anything that is no lunar day."""
    match = _MONTH_DAY.match(text.strip()) if text else None
    if match is None:
        return None
    month, day = int(match.group(2)), int(match.group(3))
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    return (-month if match.group(1) else month), day


@lru_cache(maxsize=16384)
def lunar_to_solar(year: int, month: int, day: int) -> date:
    """The solar date on which a lunar day is kept in a lunar year (see the customs above)."""
    months = _months(year)
    first, length = months.get(month) or months[abs(month)]
    return first + timedelta(days=min(day, length) - 1)


def next_lunar(text: str | None, today: date) -> date | None:
    """The first solar date from ``today`` on at which a lunar ``MM-DD`` is kept; ``None`` for no lunar day."""
    parsed = parse_lunar(text)
    return None if parsed is None else _next_lunar(*parsed, today)


def _next_lunar(month: int, day: int, start: date) -> date:
    # A lunar year begins in January or February of its solar year and ends in the next one.
    return next(d for year in range(start.year - 1, start.year + 3) if (d := lunar_to_solar(year, month, day)) >= start)


def _solar(year: int, month: int, day: int) -> date:
    return date(year, 2, 28) if (month, day) == (2, 29) and not _leap(year) else date(year, month, day)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def next_anniversary(day: date, calendar: str | None, today: date) -> date:
    """When a date comes round next, from ``today`` on and never before the date itself.

    ``calendar`` "lunar": the date's month and day are a lunar month and day (lunar 1990-08-15 is the
    Mid-Autumn day of that lunar year); otherwise they are solar.
    """
    if calendar == "lunar":
        start = today if day.year < today.year - 1 else max(today, lunar_to_solar(day.year, day.month, day.day))
        return _next_lunar(day.month, day.day, start)
    start = max(today, day)
    this_year = _solar(start.year, day.month, day.day)
    return this_year if this_year >= start else _solar(start.year + 1, day.month, day.day)


def next_anniversaries(days: Iterable[tuple[date, str | None]], today: date) -> dict[tuple[date, str | None], date]:
    """:func:`next_anniversary` for many dates; each distinct pair is worked out once."""
    return {pair: next_anniversary(pair[0], pair[1], today) for pair in set(days)}

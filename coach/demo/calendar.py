"""Dates of the demo branch: month-ends, months added, working days at random."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from coach.domain.lunar import lunar_to_solar
from coach.domain.working_days import previous_working_day


def month_ends(today: date, count: int) -> list[date]:
    """The last ``count`` month-ends before ``today``, oldest first."""
    out: list[date] = []
    day = today
    for _ in range(count):
        day = day.replace(day=1) - timedelta(days=1)
        out.append(day)
    return out[::-1]


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where it has none."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month0 == 11), (month0 + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month0 + 1, min(day.day, last))


def days(count: float) -> timedelta:
    return timedelta(days=int(count))


def at_work(rng: Random, day: date) -> datetime:
    """A time in contact hours on that day, or on the last working day before it."""
    hour = rng.choice((9, 9, 10, 10, 11, 14, 14, 15, 15, 16, 17, 18))
    return datetime.combine(previous_working_day(day), time(hour, rng.randrange(0, 60, 5)))


@lru_cache(maxsize=256)
def know_lunar_year(year: int) -> None:
    """Look up the months of a lunar year one after the other: the calendar works out a whole year at a time."""
    for month in range(1, 13):
        lunar_to_solar(year, month, 1)


def last_festival(month: int, day: int, today: date) -> date:
    """When a lunar feast (1-1 New Year, 8-15, 9-9) was last, before ``today``."""
    years = (today.year - 2, today.year - 1, today.year)
    for year in years:
        know_lunar_year(year)
    return max(d for year in years if (d := lunar_to_solar(year, month, day)) < today)


def past_birthday(birthday: date, today: date) -> date:
    """The last birthday before ``today``."""

    def kept(year: int) -> date:
        return add_months(birthday, (year - birthday.year) * 12)

    return kept(today.year) if kept(today.year) < today else kept(today.year - 1)

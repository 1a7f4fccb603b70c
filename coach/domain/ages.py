"""Counting in years and months: one way for ages and for how long an assessment holds."""

from __future__ import annotations

import calendar
from datetime import date


def age_on(birthday: date, today: date) -> int:
    """Full years of age on a day."""
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


def add_months(start: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    years, month0 = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month0 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))

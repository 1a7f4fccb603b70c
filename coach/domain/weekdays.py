"""The names of the days; alone in a module because the first frame needs nothing more of dates."""

from __future__ import annotations

from datetime import date

from coach.domain.words import Lang

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def weekday(value: date, lang: Lang) -> str:
    """周二 / Tue."""
    return WEEKDAYS[0 if lang == "zh" else 1][value.weekday()]

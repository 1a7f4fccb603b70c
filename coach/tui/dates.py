"""Dates as a person types them: ``12-01``, ``+3``, ``3天``, ``下周一``, ``next mon``, ``2026-12-01``.

A date without a year that has gone by this year is next year's. A weekday alone is the next one to
come; with 下/next it is that of the week after this one (weeks begin on Monday).
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta

from coach.domain.weekdays import WEEKDAYS, weekday

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FARTHEST_DAYS = 3660
__all__ = ["add_months", "parse_day", "weekday"]

_RELATIVE = {"今天": 0, "today": 0, "明天": 1, "tomorrow": 1, "后天": 2, "大后天": 3}
_ZH_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
_COUNT = re.compile(r"\+?\s*(\d{1,4}|[一二两三四五六七八九十])\s*(?:个)?(天|日|周|星期|月|d|days?|w|weeks?|m|months?)?(?:后|以后|later)?")
_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_DAY = re.compile(r"(\d{1,2})[-/.月](\d{1,2})[日号]?")
_DAY_ONLY = re.compile(r"(\d{1,2})[日号]")
_EN_DAY = re.compile(r"(?:(\d{1,2})\s*([a-z]{3})[a-z]*|([a-z]{3})[a-z]*\s*(\d{1,2}))")
_ZH_WEEKDAY = re.compile(r"(下下|下|本|这)?(?:周|星期|礼拜)([一二三四五六日天])")
_EN_WEEKDAY = re.compile(r"(next|this)?\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*")


def parse_day(text: str, today: date) -> date | None:
    """The date that a text means, seen from ``today``; ``None`` where it means none or one that does not exist."""
    said = unicodedata.normalize("NFKC", text).strip().lower().replace("号", "日")
    if not said:
        return None
    if said in _RELATIVE:
        return today + timedelta(days=_RELATIVE[said])
    try:
        return _written(said, today) or _weekday(said, today) or _counted(said, today)
    except (ValueError, OverflowError):
        return None


def _written(said: str, today: date) -> date | None:
    if found := _ISO.fullmatch(said) or _COMPACT.fullmatch(said):
        return date(*(int(part) for part in found.groups()))
    if found := _MONTH_DAY.fullmatch(said):
        return _ahead(int(found[1]), int(found[2]), today)
    if (found := _EN_DAY.fullmatch(said)) and (found[2] or found[3]) in MONTHS:
        return _ahead(MONTHS.index(found[2] or found[3]) + 1, int(found[1] or found[4]), today)
    if (found := _DAY_ONLY.fullmatch(said)) and int(found[1]) > today.day and "日" in said:
        return today.replace(day=int(found[1]))
    if said in ("月底", "月末", "month end", "end of month"):
        return today.replace(day=monthrange(today.year, today.month)[1])
    return None


def _ahead(month: int, day: int, today: date) -> date:
    this_year = date(today.year, month, day) if (month, day) != (2, 29) else _next_leap_day(today)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _next_leap_day(today: date) -> date:
    year = next(y for y in range(today.year, today.year + 9) if monthrange(y, 2)[1] == 29 and date(y, 2, 29) >= today)
    return date(year, 2, 29)


def _weekday(said: str, today: date) -> date | None:
    if found := _ZH_WEEKDAY.fullmatch(said):
        ahead, wanted = found[1] or "", "一二三四五六日".index(found[2].replace("天", "日"))
    elif found := _EN_WEEKDAY.fullmatch(said):
        ahead = {"next": "下", "this": "本"}.get(found[1] or "", "")
        wanted = [name.lower() for name in WEEKDAYS[1]].index(found[2])
    else:
        return None
    monday = today - timedelta(days=today.weekday())
    if ahead:
        return monday + timedelta(days=7 * ahead.count("下") + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _counted(said: str, today: date) -> date | None:
    found = _COUNT.fullmatch(said)
    if not found or not (found[2] or said.startswith("+")):
        return None
    count = int(found[1]) if found[1].isdigit() else _ZH_DIGITS[found[1]]
    unit = (found[2] or "d")[0]
    if unit in "月m":
        return add_months(today, count)
    days = count * (7 if unit in "周星w" else 1)
    return today + timedelta(days=days) if days <= FARTHEST_DAYS else None


def add_months(start: date, months: int) -> date:
    """The same day so many months later, or the month's last."""
    years, month0 = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month0 + 1, min(start.day, monthrange(year, month0 + 1)[1]))

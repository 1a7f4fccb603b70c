"""Figures in a text, each with what it counts: an amount, a share, a date, a span, an hour, a weekday.

Two texts agree on a figure when they mean the same, however it is written: 12.5万元 is 125,000元, 11月24日 is
2026-11-24, 三天 is 3天. That is how a figure that was made up is told from one that stands in a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from coach.domain.words import Lang

Kind = Literal["money", "percent", "date", "month", "day", "span", "hour", "weekday", "relative", "number"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure: what it counts, its value in the kind's own form, and the words it stands in."""

    kind: Kind
    value: tuple[Decimal | int | str, ...]
    text: str


_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_SCALES = {"十": 10, "百": 100, "千": 1_000}
_HAN_NUMBER = "零〇一二两三四五六七八九十百千"
_EN_NUMBERS = {w: i for i, w in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 2)}
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPANS = {
    "天": "day", "日内": "day", "周": "week", "星期": "week", "个星期": "week", "个月": "month", "年": "year", "岁": "age",
    "小时": "hour", "分钟": "minute", "个工作日": "workday", "day": "day", "week": "week", "month": "month", "year": "year",
    "hour": "hour", "minute": "minute", "working day": "workday",
}  # fmt: skip
_N = r"(?:\d[\d,]*(?:\.\d+)?)"
_Z = rf"[{_HAN_NUMBER}]+(?:点[{_HAN_NUMBER}]+)?"

_ZH = re.compile(
    rf"""
    (?P<y>\d{{4}})[-/年.](?P<m>\d{{1,2}})[-/月.](?P<d>\d{{1,2}})日?
  | (?P<ym>\d{{4}})年(?P<mm>\d{{1,2}})月(?!\d)
  | (?P<m2>\d{{1,2}})月(?P<d2>\d{{1,2}})[日号]
  | (?P<d3>\d{{1,2}})[号](?![线楼码])
  | (?P<pct>{_N})\s*[%％]
  | 百分之(?P<zpct>{_N}|{_Z})
  | (?P<hh>\d{{1,2}})[:：](?P<mi>\d{{2}})
  | (?P<hz>\d{{1,2}}|[{_HAN_NUMBER}]{{1,3}})点(?:钟|整|半|[前后]|(?=[，。！？、；]|$))
  | (?P<money>{_N}|{_Z})\s*(?P<scale>万|亿|千万|百万)?(?P<yuan>元|块钱|块(?!儿)|人民币)
  | (?P<money2>{_N}|{_Z})\s*(?P<scale2>千万|百万|万|亿)
  | (?<!第)(?P<span>{_N}|{_Z})\s*(?P<unit>个工作日|个星期|个月|星期|小时|分钟|天|日内|周(?![一二三四五六日末])|年(?!级)|岁)
  | [下本这上]?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天])
  | (?P<rel>明天|后天|大后天|明早|明晚|昨天|前天|下周|本周|这周|上周|下个?月|本月|这个月|月底|月初|年底|明年|去年)
  | (?P<num>{_N})
    """,
    re.VERBOSE,
)
_EN = re.compile(
    rf"""
    (?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})
  | \b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{"|".join(m.capitalize() for m in _MONTHS)})(?:,?\s+(?P<y2>\d{{4}}))?
  | \b(?P<mon3>{"|".join(m.capitalize() for m in _MONTHS)})\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y3>\d{{4}}))?
  | \b(?P<mon4>{"|".join(m.capitalize() for m in _MONTHS)})\s+(?P<y4>\d{{4}})
  | (?P<pct>{_N})\s*(?:%|per\s?cent\b)
  | \b(?P<hh>\d{{1,2}}):(?P<mi>\d{{2}})
  | \b(?P<hz>\d{{1,2}})\s*(?P<ap>am|pm|a\.m\.|p\.m\.|o'clock)
  | (?:CNY|RMB|¥|￥)\s*(?P<money>{_N})\s*(?P<scale>million|thousand|k\b|m\b)?
  | (?P<money2>{_N})\s*(?P<scale2>million|thousand|k)?\s*(?:yuan|CNY|RMB)\b
  | (?P<money3>{_N})\s*(?P<scale3>million|thousand)\b
  | \b(?P<span>{_N}|{"|".join(_EN_NUMBERS)})[\s-]+(?P<unit>working\sday|day|week|month|year|hour|minute)s?\b
  | \b(?P<wd>{"|".join(w.capitalize() for w in _WEEKDAYS)})\b
  | \b(?P<rel>tomorrow|yesterday|next\sweek|this\sweek|last\sweek|next\smonth|this\smonth|next\syear|last\syear)\b
  | (?P<num>{_N})
    """,
    re.VERBOSE,
)
_RELATIVE_ZH = {
    "明早": "明天", "明晚": "明天", "这周": "本周", "下月": "下个月", "这个月": "本月",
}  # fmt: skip
_FACTOR = {
    "万": 10_000, "亿": 100_000_000, "千万": 10_000_000, "百万": 1_000_000,
    "million": 1_000_000, "thousand": 1_000, "k": 1_000, "m": 1_000_000,
}  # fmt: skip


def number_of(text: str) -> Decimal | None:
    """The value of 12,500.5, 三十, 两百五, three; ``None`` where it is no number."""
    if text.lower() in _EN_NUMBERS:
        return Decimal(_EN_NUMBERS[text.lower()])
    if text and text[0].isdigit():
        try:
            return Decimal(text.replace(",", ""))
        except InvalidOperation:
            return None
    whole, _, part = text.partition("点")
    total, digit, scale = 0, 0, 1
    for char in whole:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            scale = _SCALES[char]
            total, digit = total + (digit or 1) * scale, 0
    if digit and scale > 10 and whole[-2:-1] in _SCALES:  # 两百五 = 250
        digit *= scale // 10
    value = Decimal(total + digit)
    return value + Decimal("0." + "".join(str(_DIGITS.get(c, 0)) for c in part)) if part else value


def quantities(text: str, lang: Lang) -> list[Quantity]:
    """Every figure of a text in its order. A lone Chinese 一 before a measure word counts nothing and is left out."""
    return list(_found(text, lang))


def _found(text: str, lang: Lang) -> Iterator[Quantity]:
    pattern, readers = (_ZH, _READ_ZH) if lang == "zh" else (_EN, _READ_EN)
    for m in pattern.finditer(text):
        g = {key: value for key, value in m.groupdict().items() if value is not None}
        read = next(reader for key, reader in readers.items() if key in g)(g)
        if read is not None:
            yield Quantity(*read, m.group(0).strip())


Read = tuple[Kind, tuple[Decimal | int | str, ...]] | None
Groups = dict[str, str]


def _date_at(year: str, month: str, day: str) -> Callable[[Groups], Read]:
    def read(g: Groups) -> Read:
        at = g[month] if g[month].isdigit() else _MONTHS.index(g[month].lower()) + 1
        return "date", (int(g.get(year, 0)), int(at), int(g[day]))

    return read


def _money_at(number: str, scale: str) -> Callable[[Groups], Read]:
    def read(g: Groups) -> Read:
        value = number_of(g[number])
        if value is None or g[number] in ("千", "百", "十") or (g[number] == "一" and "块" in g.get("yuan", "")):
            return None
        return "money", (value * _FACTOR.get(g.get(scale, "").lower(), 1),)

    return read


def _one(kind: Kind, *groups: str) -> Callable[[Groups], Read]:
    def read(g: Groups) -> Read:
        value = number_of(next(g[group] for group in groups if group in g))
        return None if value is None else (kind, (value,))

    return read


def _span(g: Groups) -> Read:
    value = number_of(g["span"])
    return None if value is None or g["span"] in ("一", "十", "百", "千", "零") else ("span", (value, _SPANS[" ".join(g["unit"].split())]))


def _hour(g: Groups) -> Read:
    """An hour of the clock's twelve: 下午3点 and 15:00 are one."""
    value = number_of(g.get("hh") or g["hz"])
    return None if value is None or g.get("hz") == "一" else ("hour", (int(value) % 12, int(g.get("mi", 0))))


def _relative(g: Groups) -> Read:
    word = " ".join(g["rel"].lower().split())
    return "relative", (_RELATIVE_ZH.get(word, word),)


_READ_ZH: dict[str, Callable[[Groups], Read]] = {
    "y": _date_at("y", "m", "d"),
    "ym": lambda g: ("month", (int(g["ym"]), int(g["mm"]))),
    "m2": _date_at("", "m2", "d2"),
    "d3": lambda g: ("day", (int(g["d3"]),)),
    "pct": _one("percent", "pct"),
    "zpct": _one("percent", "zpct"),
    "hh": _hour,
    "hz": _hour,
    "money": _money_at("money", "scale"),
    "money2": _money_at("money2", "scale2"),
    "span": _span,
    "wd": lambda g: ("weekday", ("一二三四五六日".index(g["wd"].replace("天", "日")),)),
    "rel": _relative,
    "num": _one("number", "num"),
}
_READ_EN: dict[str, Callable[[Groups], Read]] = {
    "y": _date_at("y", "m", "d"),
    "mon": _date_at("y2", "mon", "d2"),
    "mon3": _date_at("y3", "mon3", "d4"),
    "mon4": lambda g: ("month", (int(g["y4"]), _MONTHS.index(g["mon4"].lower()) + 1)),
    "pct": _one("percent", "pct"),
    "hh": _hour,
    "hz": _hour,
    "money": _money_at("money", "scale"),
    "money2": _money_at("money2", "scale2"),
    "money3": _money_at("money3", "scale3"),
    "span": _span,
    "wd": lambda g: ("weekday", (_WEEKDAYS.index(g["wd"].lower()),)),
    "rel": _relative,
    "num": _one("number", "num"),
}


def unfounded(text: str, sources: Iterable[str], lang: Lang, today: date) -> list[str]:
    """The figures of a text that stand in none of the sources, as written; ``today`` reads 明天, next week and weekdays."""
    known = [q for source in sources for q in quantities(source, lang)]
    dates = {d for q in known if (d := _date(q, today)) is not None}
    return [q.text for q in quantities(text, lang) if not _stands(q, known, dates, today)]


def _date(q: Quantity, today: date) -> date | None:
    if q.kind != "date":
        return None
    year, month, day = (int(part) for part in q.value)
    try:
        return date(year or today.year, month, day)
    except ValueError:
        return None


def _stands(q: Quantity, known: list[Quantity], dates: set[date], today: date) -> bool:
    if any(q.kind == k.kind and q.value == k.value for k in known):
        return True
    of_date = _OF_DATE.get((q.kind, q.value[1]) if q.kind == "span" else (q.kind, ""))
    if of_date is not None:
        return any(of_date(q.value, d, today) for d in dates)
    if q.kind == "date":
        return any(k.kind == "date" and k.value[1:] == q.value[1:] and 0 in (k.value[0], q.value[0]) for k in known)
    return any(k.kind in _ALIKE.get(q.kind, ()) and k.value[0] == q.value[0] for k in known)


_ALIKE: dict[Kind, tuple[Kind, ...]] = {"number": ("money", "span", "percent"), "money": ("number",)}
"""A bare number stands where the same value has a unit, and an amount where the source left the unit out."""
_OF_DATE: dict[tuple[Kind, Any], Callable[[tuple[Any, ...], date, date], bool]] = {
    ("day", ""): lambda value, d, today: bool(d.day == value[0]),
    ("month", ""): lambda value, d, today: (d.year, d.month) == value,
    ("weekday", ""): lambda value, d, today: bool(d.weekday() == value[0] and abs((d - today).days) <= 13),
    ("relative", ""): lambda value, d, today: _describes(str(value[0]), d, today),
    ("span", "day"): lambda value, d, today: bool(abs((d - today).days) == value[0]),
}
"""What a known date founds: its day of the month, its month, its weekday, «tomorrow», «in seven days»."""


def _describes(word: str, d: date, today: date) -> bool:
    """Whether a date is what 明天, 下周, next month … means, seen from ``today``."""
    days = {"明天": 1, "后天": 2, "大后天": 3, "昨天": -1, "前天": -2, "tomorrow": 1, "yesterday": -1}
    if word in days:
        return d == today + timedelta(days=days[word])
    week = (d - timedelta(days=d.weekday()) - (today - timedelta(days=today.weekday()))).days // 7
    month = (d.year - today.year) * 12 + d.month - today.month
    if word in ("本周", "this week", "下周", "next week", "上周", "last week"):
        return week == {"本": 0, "下": 1, "上": -1, "t": 0, "n": 1, "l": -1}[word[0]]
    if word in ("本月", "this month", "下个月", "next month"):
        return month == (0 if word[0] in "本t" else 1)
    if word in ("月底", "月初"):
        return month == 0 and (d.day > 20 if word == "月底" else d.day <= 10)
    if word == "年底":
        return d.year == today.year and d.month == 12
    return d.year == today.year + (1 if word in ("明年", "next year") else -1)

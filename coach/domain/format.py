"""How amounts, dates and shares read in each language. Money comes as integer fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from coach.domain.words import Lang

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def yuan(fen: int) -> Decimal:
    """Fen as yuan, exact."""
    return Decimal(fen) / 100


def _plain(value: Decimal) -> str:
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(fen: int, lang: Lang) -> str:
    """``12.5万元`` / ``CNY 125,000``; from ten thousand yuan on, Chinese counts in 万, 约 where rounded."""
    value = yuan(fen)
    if lang == "en":
        return f"CNY {_plain(value if abs(value) < 10_000 else value.quantize(Decimal(1)))}"
    if abs(value) < 10_000:
        return f"{_plain(value)}元"
    unit, word = (Decimal(100_000_000), "亿元") if abs(value) >= 100_000_000 else (Decimal(10_000), "万元")
    short = (value / unit).quantize(Decimal("0.01"))
    about = "" if short * unit == value else "约"
    return f"{about}{_plain(short)}{word}"


def day(value: date, lang: Lang, today: date | None = None) -> str:
    """``12月1日`` / ``1 December``; the year is told only when it is not ``today``'s."""
    same_year = today is not None and value.year == today.year
    if lang == "en":
        text = f"{value.day} {_MONTHS[value.month - 1]}"
        return text if same_year else f"{text} {value.year}"
    text = f"{value.month}月{value.day}日"
    return text if same_year else f"{value.year}年{text}"


def month(value: date, lang: Lang) -> str:
    """``2026年8月`` / ``August 2026``."""
    return f"{_MONTHS[value.month - 1]} {value.year}" if lang == "en" else f"{value.year}年{value.month}月"


def percent(share: float) -> str:
    """A share of 1 as whole percent."""
    return f"{round(share * 100)}%"

"""Amounts, dates and shares as they read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.format import day, money, month, percent


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0元", "CNY 0"),
        (5, "0.05元", "CNY 0.05"),
        (999_999, "9,999.99元", "CNY 9,999.99"),
        (1_000_000, "1万元", "CNY 10,000"),
        (12_500_000, "12.5万元", "CNY 125,000"),
        (12_345_678, "约12.35万元", "CNY 123,457"),
        (123_456_789_000, "约12.35亿元", "CNY 1,234,567,890"),
        (-5_000_000, "-5万元", "CNY -50,000"),
    ],
)
def test_money(fen: int, zh: str, en: str) -> None:
    assert money(fen, "zh") == zh
    assert money(fen, "en") == en


@given(st.integers(min_value=0, max_value=10**14))
def test_an_amount_told_without_about_is_exact(fen: int) -> None:
    text = money(fen, "zh")
    if not text.startswith("约"):
        unit = 10_000_000_000 if "亿" in text else 1_000_000 if "万" in text else 100
        assert round(float(text.rstrip("元万亿").replace(",", "")) * unit) == fen


def test_the_year_is_told_only_when_it_is_another() -> None:
    today = date(2026, 11, 24)
    assert day(date(2026, 12, 1), "zh", today) == "12月1日"
    assert day(date(2027, 1, 2), "zh", today) == "2027年1月2日"
    assert day(date(2026, 12, 1), "en", today) == "1 December"
    assert day(date(2027, 1, 2), "en") == "2 January 2027"
    assert (month(date(2026, 8, 31), "zh"), month(date(2026, 8, 31), "en")) == ("2026年8月", "August 2026")
    assert percent(0.4249) == "42%"

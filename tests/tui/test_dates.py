"""Dates as a person types them, in both languages, full-width too; what is no date is none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.tui.dates import parse_day

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12-01", date(2026, 12, 1)),
        ("12/1", date(2026, 12, 1)),
        ("12月1日", date(2026, 12, 1)),
        ("12月1号", date(2026, 12, 1)),
        ("1-5", date(2027, 1, 5)),
        ("11-24", TUESDAY),
        ("11-23", date(2027, 11, 23)),
        ("+3", date(2026, 11, 27)),
        ("3天", date(2026, 11, 27)),
        ("3天后", date(2026, 11, 27)),
        ("三天后", date(2026, 11, 27)),
        ("3 days", date(2026, 11, 27)),
        ("两周后", date(2026, 12, 8)),
        ("2w", date(2026, 12, 8)),
        ("一个月", date(2026, 12, 24)),
        ("+0", TUESDAY),
        ("今天", TUESDAY),
        ("明天", date(2026, 11, 25)),
        ("大后天", date(2026, 11, 27)),
        ("tomorrow", date(2026, 11, 25)),
        ("下周一", date(2026, 11, 30)),
        ("next mon", date(2026, 11, 30)),
        ("Next Monday", date(2026, 11, 30)),
        ("下下周三", date(2026, 12, 9)),
        ("周五", date(2026, 11, 27)),
        ("fri", date(2026, 11, 27)),
        ("周一", date(2026, 11, 30)),
        ("周二", date(2026, 12, 1)),
        ("本周日", date(2026, 11, 29)),
        ("星期天", date(2026, 11, 29)),
        ("月底", date(2026, 11, 30)),
        ("28号", date(2026, 11, 28)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2026年12月1日", date(2026, 12, 1)),
        ("20261201", date(2026, 12, 1)),
        ("1 dec", date(2026, 12, 1)),
        ("Dec 1", date(2026, 12, 1)),
        ("１２－０１", date(2026, 12, 1)),
        ("＋３", date(2026, 11, 27)),
        ("2-29", date(2028, 2, 29)),
    ],
)
def test_what_is_meant(text: str, wanted: date) -> None:
    assert parse_day(text, TUESDAY) == wanted


@pytest.mark.parametrize(
    "text", ["", "  ", "13-01", "2-30", "2026-02-30", "3", "foo", "next", "下周八", "31 foo", "99999天", "++3", "十三点"]
)
def test_what_is_none(text: str) -> None:
    assert parse_day(text, TUESDAY) is None


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(0, 3000))
def test_so_many_days_on_and_iso_are_exact(today: date, days: int) -> None:
    later = today + timedelta(days=days)
    assert parse_day(f"+{days}", today) == later == parse_day(later.isoformat(), today)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from("一二三四五六日"))
def test_a_weekday_alone_lies_in_the_coming_seven_days(today: date, day: str) -> None:
    found = parse_day(f"周{day}", today)
    assert found is not None and 1 <= (found - today).days <= 7 and found.weekday() == "一二三四五六日".index(day)


@given(st.text(max_size=12))
def test_anything_typed_is_a_date_or_none(text: str) -> None:
    assert parse_day(text, TUESDAY) is None or isinstance(parse_day(text, TUESDAY), date)

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from coach.domain.lunar import lunar_to_solar, next_anniversary, next_lunar, parse_lunar

TODAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def test_spring_festival_and_mid_autumn():
    assert next_lunar("01-01", date(2026, 1, 10)) == date(2026, 2, 17)
    assert next_lunar("08-15", date(2026, 9, 25)) == date(2026, 9, 25)
    assert next_lunar("08-15", date(2026, 9, 26)) == date(2027, 9, 15)


def test_a_leap_month_day_is_kept_in_the_leap_month_where_the_year_has_one():
    assert next_lunar("闰06-01", date(2025, 7, 1)) == date(2025, 7, 25)
    assert next_lunar("06-01", date(2025, 6, 1)) == date(2025, 6, 25)


def test_a_leap_month_day_is_kept_in_the_ordinary_month_otherwise():
    assert next_lunar("闰06-01", date(2026, 1, 1)) == next_lunar("06-01", date(2026, 1, 1))


def test_a_missing_thirtieth_is_the_last_day():
    assert lunar_to_solar(2025, 12, 30) == date(2026, 2, 16)  # 2025's twelfth month has 29 days: New Year's Eve
    assert next_lunar("12-30", date(2026, 1, 1)) == date(2026, 2, 16)


@pytest.mark.parametrize("text", ["", None, "13-01", "02-31", "8月15", "0-1"])
def test_no_lunar_day(text):
    assert parse_lunar(text) is None and next_lunar(text, date(2026, 1, 1)) is None


def test_leap_day_is_kept_on_the_28th_in_a_common_year():
    assert next_anniversary(date(1992, 2, 29), "solar", date(2027, 2, 1)) == date(2027, 2, 28)
    assert next_anniversary(date(1992, 2, 29), "solar", date(2028, 2, 28)) == date(2028, 2, 29)


def test_a_date_in_the_future_has_no_earlier_anniversary():
    assert next_anniversary(date(2028, 6, 7), "solar", date(2026, 6, 1)) == date(2028, 6, 7)
    assert next_anniversary(date(2028, 6, 7), "lunar", date(2026, 6, 1)) == lunar_to_solar(2028, 6, 7)


@given(st.integers(1, 12), st.integers(1, 30), TODAYS)
def test_the_next_lunar_day_is_that_day_and_the_nearest(month, day, today):
    found = next_lunar(f"{month:02d}-{day:02d}", today)
    assert today <= found <= today + timedelta(days=385)
    lunar = Solar.fromYmd(found.year, found.month, found.day).getLunar()
    assert lunar.getMonth() == month
    assert lunar.getDay() == day or (day == 30 and lunar.getDay() == 29)


@given(st.dates(date(1930, 1, 1), date(2020, 12, 31)), TODAYS)
def test_the_next_solar_anniversary_is_within_a_year(day, today):
    found = next_anniversary(day, "solar", today)
    assert max(today, day) <= found <= max(today, day) + timedelta(days=366)
    assert (found.month, found.day) in {(day.month, day.day), (2, 28)}

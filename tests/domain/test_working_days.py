from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coach.domain.working_days import calendar_known, is_working_day, next_working_day, previous_working_day, working_days

DAYS = st.dates(date(2005, 1, 1), date(2035, 12, 31))


def test_make_up_saturday_after_national_day_is_worked():
    assert is_working_day(date(2026, 10, 10))
    assert not is_working_day(date(2026, 10, 17))


def test_national_day_week_is_free():
    assert working_days(date(2026, 10, 1), date(2026, 10, 10)) == [date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10)]


def test_spring_festival_is_free_and_jumped_over():
    assert not is_working_day(date(2026, 2, 17))
    assert next_working_day(date(2026, 2, 17)) == date(2026, 2, 24)
    assert previous_working_day(date(2026, 2, 17)) == date(2026, 2, 14)  # a make-up Saturday


def test_a_year_not_published_counts_monday_to_friday_and_says_so():
    assert calendar_known(date(2026, 5, 1)) and not calendar_known(date(2034, 5, 1))
    assert is_working_day(date(2034, 5, 1)) and not is_working_day(date(2034, 5, 6))


@given(DAYS)
def test_next_and_previous_are_the_nearest_working_days(d):
    after, before = next_working_day(d), previous_working_day(d)
    assert before <= d <= after and is_working_day(after) and is_working_day(before)
    assert (before == d == after) == is_working_day(d)
    assert working_days(before, after) == sorted({before, after})
    assert working_days(d, d - timedelta(days=1)) == []

"""The days of a repeated appointment: every so many weeks or months, whatever the month's length."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.bookings.series_days import Unit, days

ANY_DAY = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def first(count: int, starts_on: date, every: int, unit: Unit) -> list[date]:
    return list(days(starts_on, every, unit, since=starts_on, until=starts_on + timedelta(days=2000)))[:count]


@pytest.mark.parametrize(
    ("starts_on", "every", "unit", "expected"),
    [
        (date(2026, 11, 26), 1, "week", [date(2026, 11, 26), date(2026, 12, 3), date(2026, 12, 10)]),
        (date(2026, 12, 24), 2, "week", [date(2026, 12, 24), date(2027, 1, 7), date(2027, 1, 21)]),
        (date(2027, 1, 31), 1, "month", [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]),
        (date(2028, 1, 30), 1, "month", [date(2028, 1, 30), date(2028, 2, 29), date(2028, 3, 30)]),
        (date(2026, 10, 31), 4, "month", [date(2026, 10, 31), date(2027, 2, 28), date(2027, 6, 30)]),
        (date(2028, 2, 29), 12, "month", [date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28)]),
    ],
)
def test_the_days_of_a_series(starts_on: date, every: int, unit: Unit, expected: list[date]) -> None:
    assert first(len(expected), starts_on, every, unit) == expected


def test_only_days_between_the_bounds_are_told() -> None:
    found = days(date(2026, 1, 1), 1, "week", since=date(2026, 1, 9), until=date(2026, 1, 22))

    assert list(found) == [date(2026, 1, 15), date(2026, 1, 22)]


def test_a_series_that_begins_later_has_no_days_yet() -> None:
    assert list(days(date(2026, 5, 1), 1, "month", since=date(2026, 1, 1), until=date(2026, 4, 30))) == []


@given(ANY_DAY, st.integers(1, 12))
def test_weeks_are_equally_far_apart_and_on_one_weekday(starts_on: date, every: int) -> None:
    found = first(5, starts_on, every, "week")

    assert {later - earlier for earlier, later in itertools.pairwise(found)} == {timedelta(weeks=every)}
    assert {day.weekday() for day in found} == {starts_on.weekday()}


@given(ANY_DAY, st.integers(1, 12))
def test_each_month_has_its_day_or_its_last(starts_on: date, every: int) -> None:
    for place, day in enumerate(first(8, starts_on, every, "month")):
        months = 12 * day.year + day.month - 12 * starts_on.year - starts_on.month
        assert months == place * every
        is_last = (day + timedelta(days=1)).month != day.month
        assert day.day == starts_on.day or (is_last and day.day < starts_on.day)

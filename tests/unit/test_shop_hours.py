"""When a shop is open, in every zone and on the days on which a clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.known_shop import known_shop
from tests.zones import EIGHT

ANY_DAY = st.dates(date(2017, 1, 1), date(2028, 12, 31))
MINUTES = st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=6, unique=True).map(sorted)


def hours(day: date, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"weekday": day.weekday(), "opens": opens, "closes": closes} for opens, closes in pairs]


def special(day: date, opens: str | None, closes: str | None) -> dict[str, Any]:
    return {"day": f"{day}", "label": "Natal", "opens": opens, "closes": closes}


@given(zone=st.sampled_from(EIGHT), day=ANY_DAY, minutes=MINUTES)
def test_hours_are_the_same_on_the_shops_wall_and_in_greenwich(zone: str, day: date, minutes: list[int]) -> None:
    clock = [f"{time(minute // 60, minute % 60)}" for minute in minutes]
    shop = known_shop(time_zone=zone, openings=hours(day, *zip(clock[::2], clock[1::2], strict=False)))

    openings = shop.openings_on(day)

    assert all(opens < closes and opens.tzinfo is UTC for opens, closes in openings)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(openings))
    for opens, closes in openings:
        for moment in (opens, closes):
            local = shop.local(moment)
            assert local.astimezone(UTC) == moment
            # An hour that is skipped is read as if the clock had not been changed.
            was_skipped = (
                local.replace(tzinfo=None) != datetime.combine(day, local.time()) or f"{local.time()}" not in clock
            )
            assert (
                not was_skipped
                or local.dst()
                or shop.local(moment - timedelta(hours=2)).utcoffset() != local.utcoffset()
            )


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", "2018-11-05T01:00"),
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00", "2018-02-18T01:00"),
        ("America/Santiago", date(2022, 9, 11), "2022-09-11T04:00", "2022-09-12T02:00"),
        ("America/Asuncion", date(2023, 10, 1), "2023-10-01T04:00", "2023-10-02T02:00"),
        ("America/Noronha", date(2018, 11, 4), "2018-11-04T02:00", "2018-11-05T01:00"),
        ("America/Manaus", date(2018, 11, 4), "2018-11-04T04:00", "2018-11-05T03:00"),
    ],
)
def test_a_day_from_midnight_on_begins_when_its_first_hour_does(zone: str, day: date, opens: str, closes: str) -> None:
    shop = known_shop(time_zone=zone, openings=hours(day, ("00:00", "23:00")))

    assert shop.openings_on(day) == [(datetime.fromisoformat(f"{opens}Z"), datetime.fromisoformat(f"{closes}Z"))]


def test_an_opening_within_the_hour_that_is_skipped_is_not_there() -> None:
    day = date(2018, 11, 4)
    shop = known_shop(openings=hours(day, ("00:00", "01:00"), ("09:00", "12:00")))

    assert [f"{shop.local(opens):%H:%M}" for opens, _ in shop.openings_on(day)] == ["09:00"]


CHRISTMAS = date(2026, 12, 25)


@pytest.mark.parametrize(
    ("specials", "open_at"),
    [
        ([], ["08:00-18:00"]),
        ([special(CHRISTMAS, None, None)], []),
        ([special(CHRISTMAS, "10:00", "14:00")], ["10:00-14:00"]),
        ([special(CHRISTMAS, "13:00", "15:00"), special(CHRISTMAS, "09:00", "12:00")], ["09:00-12:00", "13:00-15:00"]),
        # Closed is closed, whatever else is written for the day.
        ([special(CHRISTMAS, None, None), special(CHRISTMAS, "10:00", "14:00")], []),
        ([special(date(2026, 12, 24), None, None)], ["08:00-18:00"]),
    ],
)
def test_a_special_day_has_its_own_hours_or_none(specials: list[dict[str, Any]], open_at: list[str]) -> None:
    shop = known_shop(special_days=specials)

    found = [f"{shop.local(opens):%H:%M}-{shop.local(closes):%H:%M}" for opens, closes in shop.openings_on(CHRISTMAS)]

    assert found == open_at
    assert shop.is_open(datetime(2026, 12, 25, 11, tzinfo=shop.zone)) is bool(open_at)


def test_a_sunday_may_be_open_for_once() -> None:
    sunday = date(2026, 12, 20)
    shop = known_shop(special_days=[special(sunday, "09:00", "13:00")])

    assert len(shop.openings_on(sunday)) == 1
    assert shop.openings_on(sunday + timedelta(days=7)) == []

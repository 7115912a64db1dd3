"""Free times against a slow and plain account of them, and against what the database then lets be booked."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auzap.bookings.availability import DayInThePast, DayTooFar, free_slots, in_period
from auzap.bookings.booking import SlotTaken, cancel
from auzap.db.connection import Tx
from auzap.ids import BookingId
from auzap.organizations.shop import Opening, Shop
from tests.factories import ALL_WEEK, book_at, make_contact, make_pet, make_service, make_shop, numbers

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = date(2027, 3, 10)
EIGHT = datetime.combine(DAY, time(8), SAO_PAULO)
EARLIER = datetime(2027, 3, 1, tzinfo=UTC)


def starts(tx: Tx, shop: Shop, day: date = DAY, *, duration: timedelta = HOUR, now: datetime = EARLIER) -> list[str]:
    return [f"{shop.local(slot.starts_at):%H:%M}" for slot in free_slots(tx, shop, day, duration=duration, now=now)]


@dataclass(frozen=True)
class Wanted:
    """An appointment as drawn, in quarter hours after eight; some are cancelled again."""

    start: int
    length: int
    is_cancelled: bool

    @property
    def starts_at(self) -> datetime:
        return EIGHT + self.start * 15 * MINUTE


@dataclass(frozen=True)
class Taken:
    lane: int
    starts_at: datetime
    ends_at: datetime


def fill(tx: Tx, shop: Shop, wanted: list[Wanted]) -> list[Taken]:
    """Book what fits, then cancel what was drawn so, and tell what is left."""
    contact_id = make_contact(tx)
    cancelled: list[BookingId] = []
    for appointment in wanted:
        pet = make_pet(tx, contact_id, f"Rex {next(numbers)}")
        service = make_service(tx, f"Banho {next(numbers)}", duration=appointment.length * 15 * MINUTE)
        with suppress(SlotTaken):
            booking_id = book_at(tx, shop, appointment.starts_at, contact_id=contact_id, pet=pet, service=service)
            cancelled += [booking_id] if appointment.is_cancelled else []
    for booking_id in cancelled:
        cancel(tx, booking_id=booking_id, contact_id=contact_id, now=EARLIER)
    rows = tx.execute("SELECT number, starts_at, ends_at FROM booking_places")
    return [Taken(*row) for row in rows]


def search(shop: Shop, taken: list[Taken], duration: timedelta, now: datetime) -> list[datetime]:
    """Every start on the grid, tried lane by lane and minute by minute."""
    found: list[datetime] = []
    for hours in shop.openings:
        opens, closes = (datetime.combine(DAY, at, SAO_PAULO) for at in (hours.opens, hours.closes))
        for step in range(int((closes - opens) / shop.slot_grid) + 1):
            start = opens + step * shop.slot_grid
            minutes = [start + minute * MINUTE for minute in range(int(duration / MINUTE))]
            fits = minutes[-1] + MINUTE <= closes and start - now >= shop.minimum_notice
            if fits and any(is_lane_free(lane, minutes, taken) for lane in range(1, shop.parallel_bookings + 1)):
                found.append(start)
    return found


def is_lane_free(lane: int, minutes: list[datetime], taken: list[Taken]) -> bool:
    return not any(
        other.starts_at <= minute < other.ends_at for other in taken if other.lane == lane for minute in minutes
    )


# Of two bathers one is busy early, the other one late: nobody is free for the whole of an appointment between.
PATCHWORK = [Wanted(4, 4, False), Wanted(8, 4, True), Wanted(8, 4, False)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.lists(st.builds(Wanted, st.integers(0, 36), st.integers(1, 10), st.booleans()), max_size=12),
    capacity=st.integers(1, 3),
    grid=st.sampled_from([15, 20, 30, 60]),
    duration=st.sampled_from([15, 45, 60, 90, 240]),
    has_lunch=st.booleans(),
    ahead=st.integers(-6, 40),
)
@example(wanted=PATCHWORK, capacity=2, grid=30, duration=60, has_lunch=False, ahead=40)
def test_free_slots_are_those_of_a_minute_by_minute_search(
    tx: Tx, wanted: list[Wanted], capacity: int, grid: int, duration: int, has_lunch: bool, ahead: int
) -> None:
    with tx.connection.transaction(force_rollback=True):
        openings = (Opening(2, time(8), time(12)), Opening(2, time(13), time(18))) if has_lunch else ALL_WEEK[2:3]
        shop = make_shop(tx, parallel_bookings=capacity, slot_grid=grid * MINUTE, openings=openings)
        taken = fill(tx, shop, wanted)
        now = EIGHT - ahead * HOUR

        found = free_slots(tx, shop, DAY, duration=duration * MINUTE, now=now)

        assert [slot.starts_at for slot in found] == search(shop, taken, duration * MINUTE, now)


def test_every_free_slot_can_be_booked_and_no_other(tx: Tx) -> None:
    shop = make_shop(tx, openings=ALL_WEEK[2:3])
    fill(tx, shop, [*PATCHWORK, Wanted(20, 6, False), Wanted(22, 4, False), Wanted(30, 5, False)])
    free = {slot.starts_at for slot in free_slots(tx, shop, DAY, duration=HOUR, now=EARLIER)}

    for step in range(19):
        start = EIGHT + step * shop.slot_grid
        assert can_book(tx, shop, start) == (start in free), start


def can_book(tx: Tx, shop: Shop, start: datetime) -> bool:
    with tx.connection.transaction(force_rollback=True):
        try:
            book_at(tx, shop, start)
        except SlotTaken:
            return False
        return True


def test_a_closed_day_has_no_slots(tx: Tx) -> None:
    shop = make_shop(tx, openings=ALL_WEEK[:6])

    assert starts(tx, shop, date(2027, 3, 14)) == []
    assert starts(tx, shop, date(2027, 3, 13)) != []


def test_the_last_slot_ends_when_the_shop_closes(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR)

    assert starts(tx, shop, duration=3 * HOUR) == [
        "08:00",
        "09:00",
        "10:00",
        "11:00",
        "12:00",
        "13:00",
        "14:00",
        "15:00",
    ]
    assert starts(tx, shop, duration=10 * HOUR) == ["08:00"]
    assert starts(tx, shop, duration=10 * HOUR + MINUTE) == []


def test_an_appointment_across_the_opening_still_takes_its_time(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, slot_grid=HOUR, openings=(Opening(2, time(9), time(12)),))
    service = make_service(tx, "Tosa longa", duration=3 * HOUR)
    book_at(tx, shop, EIGHT - HOUR, service=service)

    assert starts(tx, shop) == ["10:00", "11:00"]


def test_today_begins_after_the_notice_and_yesterday_is_over(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, minimum_notice=timedelta(hours=2))
    now = EIGHT + 5 * HOUR

    assert starts(tx, shop, now=now) == ["15:00", "16:00", "17:00"]
    with pytest.raises(DayInThePast):
        starts(tx, shop, DAY - timedelta(days=1), now=now)


def test_today_is_the_day_of_the_shop_and_not_of_greenwich(tx: Tx) -> None:
    shop = make_shop(tx)
    late_evening = datetime(2027, 3, 11, 1, 30, tzinfo=UTC)

    assert starts(tx, shop, DAY, now=late_evening) == []
    assert starts(tx, shop, DAY + timedelta(days=1), now=late_evening)[0] == "08:00"


def test_bookings_open_up_to_the_horizon(tx: Tx) -> None:
    shop = make_shop(tx, booking_horizon=timedelta(days=30))

    assert starts(tx, shop, date(2027, 3, 30)) != []
    with pytest.raises(DayTooFar, match="30/03/2027"):
        starts(tx, shop, date(2027, 3, 31))


@pytest.mark.parametrize("day", [date(2027, 2, 28), date(2028, 2, 29), date(2027, 4, 30), date(2027, 12, 31)])
def test_the_last_day_of_a_month_is_a_day_like_others(tx: Tx, day: date) -> None:
    shop = make_shop(tx, slot_grid=HOUR, parallel_bookings=1)
    noon = datetime.combine(day, time(12), SAO_PAULO)
    book_at(tx, shop, noon)

    assert starts(tx, shop, day, now=noon - timedelta(days=3)) == [
        *("08:00", "09:00", "10:00", "11:00"),
        *("13:00", "14:00", "15:00", "16:00", "17:00"),
    ]


# Days on which a clock is changed, and the time that is skipped or lived twice: always at midnight.
@pytest.mark.parametrize(
    ("zone", "day", "first", "last", "hours_open"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "01:00", "23:00", 23),
        ("America/Sao_Paulo", date(2018, 2, 17), "00:00", "23:00", 24),
        ("America/Santiago", date(2022, 9, 11), "01:00", "23:00", 23),
        ("America/Asuncion", date(2023, 10, 1), "01:00", "23:00", 23),
        ("America/Noronha", date(2018, 11, 4), "00:00", "23:00", 24),
        ("America/Manaus", date(2018, 11, 4), "00:00", "23:00", 24),
    ],
)
def test_a_shop_that_never_closes_keeps_real_hours_when_clocks_change(
    tx: Tx, zone: str, day: date, first: str, last: str, hours_open: int
) -> None:
    never_closed = tuple(Opening(weekday, time(0), time(23, 59, 59)) for weekday in range(7))
    shop = make_shop(tx, time_zone=zone, slot_grid=HOUR, openings=never_closed, minimum_notice=timedelta(0))
    now = datetime.combine(day, time(12), UTC) - timedelta(days=3)

    slots = free_slots(tx, shop, day, duration=59 * MINUTE, now=now)

    local = [shop.local(slot.starts_at) for slot in slots]
    assert (f"{local[0]:%H:%M}", f"{local[-1]:%H:%M}", len(slots)) == (first, last, hours_open)
    assert {moment.date() for moment in local} == {day}
    assert all(later.starts_at - earlier.starts_at == HOUR for earlier, later in pairwise(slots))


@pytest.mark.parametrize("day", [date(2018, 11, 3), date(2018, 11, 4), date(2018, 11, 5)])
def test_a_booked_hour_is_busy_on_both_sides_of_a_clock_change(tx: Tx, day: date) -> None:
    shop = make_shop(tx, slot_grid=HOUR, parallel_bookings=1)
    at = datetime.combine(day, time(10), SAO_PAULO)
    book_at(tx, shop, at)

    assert "10:00" not in starts(tx, shop, day, now=at - timedelta(days=5))
    assert {"09:00", "11:00"} <= set(starts(tx, shop, day, now=at - timedelta(days=5)))


def test_morning_ends_at_noon_of_the_shop(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR)
    slots = free_slots(tx, shop, DAY, duration=HOUR, now=EARLIER)

    parts = {
        part: [f"{shop.local(slot.starts_at):%H}" for slot in in_period(shop, slots, part)]
        for part in ("morning", "afternoon", "any")
    }

    assert parts["morning"] == ["08", "09", "10", "11"]
    assert parts["afternoon"] == ["12", "13", "14", "15", "16", "17"]
    assert parts["any"] == parts["morning"] + parts["afternoon"]

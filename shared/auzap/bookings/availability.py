"""Free times of one day: opening hours and house rules, less what is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from auzap.bookings import queries
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.organizations.shop import Shop

NOON = 12


@dataclass(frozen=True, slots=True)
class Interval:
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Taken(Interval):
    lane: int


class DayInThePast(Refusal):
    def __init__(self) -> None:
        super().__init__("That day is over. Ask for a day from today on.")


class DayTooFar(Refusal):
    def __init__(self, shop: Shop, now: datetime) -> None:
        last = shop.today(now + shop.booking_horizon)
        super().__init__(f"Bookings open up to {last:%d/%m/%Y}. Ask for a nearer day.")


def free_slots(tx: Tx, shop: Shop, day: date, *, duration: timedelta, now: datetime) -> list[Interval]:
    """Every start on the shop's grid at which one more appointment of this length fits. Empty where it is closed or full."""
    if day < shop.today(now):
        raise DayInThePast
    if day > shop.today(now + shop.booking_horizon):
        raise DayTooFar(shop, now)
    openings = shop.openings_on(day)
    if not openings:
        return []
    booked = queries.booked_between(tx, openings[0][0], openings[-1][1])
    taken = [Taken(starts_at, ends_at, lane) for lane, starts_at, ends_at in booked]
    return fitting(shop, openings, taken, duration=duration, now=now)


def fitting(
    shop: Shop,
    openings: Sequence[tuple[datetime, datetime]],
    booked: Sequence[Taken],
    *,
    duration: timedelta,
    now: datetime,
) -> list[Interval]:
    earliest = now + shop.minimum_notice
    slots: list[Interval] = []
    for opens, closes in openings:
        start, end_of_day = opens.astimezone(UTC), closes.astimezone(UTC)
        while start + duration <= end_of_day:
            slot = Interval(start, start + duration)
            if start >= earliest and has_free_lane(shop, slot, booked):
                slots.append(slot)
            start += shop.slot_grid
    return slots


def has_free_lane(shop: Shop, slot: Interval, booked: Sequence[Taken]) -> bool:
    """Whether one lane is free for the whole slot, as booking will ask: an appointment does not change lanes on the way."""
    taken = {other.lane for other in booked if other.starts_at < slot.ends_at and other.ends_at > slot.starts_at}
    return any(lane not in taken for lane in range(1, shop.parallel_bookings + 1))


def in_period(shop: Shop, slots: Sequence[Interval], period: str) -> list[Interval]:
    match period:
        case "morning":
            return [slot for slot in slots if shop.local(slot.starts_at).hour < NOON]
        case "afternoon":
            return [slot for slot in slots if shop.local(slot.starts_at).hour >= NOON]
        case _:
            return list(slots)

"""Where there is room: by the day, for a whole stay, and when next if not then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import RoomTypeId
from auzap.organizations.shop import Shop
from auzap.stays.rooms import Kind, Price, Room, SizeUnknown, known_rooms, rooms

DAY = timedelta(days=1)
LONGEST_DAYS = 90
# Holidays are planned from one year to the next.
MOST_AHEAD = timedelta(days=365)
# How far a free period is looked for where the one asked for is full.
SEARCHED_DAYS = 90


class EmptyPeriod(Refusal):
    def __init__(self) -> None:
        super().__init__("The stay must end after it begins. Ask for the day it begins and the day it ends.")


class PeriodTooLong(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A stay has at most {LONGEST_DAYS} days. Ask for a shorter one.")


class PeriodOver(Refusal):
    def __init__(self) -> None:
        super().__init__("It is too late for a stay that begins on that day. Ask for a later one.")


class PeriodTooFar(Refusal):
    def __init__(self, shop: Shop, now: datetime) -> None:
        last = shop.today(now) + MOST_AHEAD
        super().__init__(f"Stays can be reserved up to {last:%d/%m/%Y}. Ask for nearer days.")


class ClosedOn(Refusal):
    def __init__(self, shop: Shop, day: date) -> None:
        super().__init__(
            f"There is no daycare on {shop.weekday(day)} {day:%d/%m}: the shop is closed. Ask for other days."
        )
        self.day = day


class NoRooms(Refusal):
    def __init__(self, kind: Kind) -> None:
        super().__init__(f"The shop has no {kind}. Say so kindly.")


class NoRoomFor(Refusal):
    def __init__(self, species: str) -> None:
        super().__init__(f"The shop has no place there for this species ({species}). Say so kindly.")


@dataclass(frozen=True, slots=True)
class Offer:
    """A room with a place on each of these days."""

    room: Room
    from_day: date
    until_day: date
    price: Price


@dataclass(frozen=True, slots=True)
class DayOfRoom:
    """How many places a day has, and how many of them are free."""

    room_type_id: RoomTypeId
    day: date
    capacity: int
    free: int


def by_day(tx: Tx, kind: Kind, from_day: date, until_day: date) -> list[DayOfRoom]:
    """Every room of a kind on each of these days."""
    return tx.rows(
        DayOfRoom,
        """
        SELECT t.id AS room_type_id, each.day, t.capacity::int,
          greatest(0, t.capacity - count(taken.stay_id))::int AS free
        FROM room_types t
        CROSS JOIN LATERAL (
          SELECT %(from)s::date + passed AS day FROM generate_series(0, %(until)s::date - %(from)s::date - 1) AS passed) each
        LEFT JOIN stay_days taken ON taken.room_type_id = t.id AND taken.day = each.day
        WHERE t.is_active AND t.kind = %(kind)s
        GROUP BY t.organization_id, t.id, each.day
        ORDER BY each.day, t.position, t.name
        """,
        {"kind": kind, "from": from_day, "until": until_day},
    ).fetchall()


def offers(tx: Tx, shop: Shop, kind: Kind, pet: Pet, from_day: date, until_day: date, *, now: datetime) -> list[Offer]:
    """The rooms that have a place on all of these days, with the price; none where every room is full."""
    check_period(shop, kind, from_day, until_day, now=now)
    in_time = _in_time(shop, rooms_for(tx, kind, pet), from_day, now)
    return _offered(in_time, _free(by_day(tx, kind, from_day, until_day)), pet, from_day, until_day)


def next_offers(
    tx: Tx, shop: Shop, kind: Kind, pet: Pet, from_day: date, until_day: date, *, now: datetime
) -> list[Offer]:
    """The nearest later period of the same length with a place; none within so many days."""
    fitting = rooms_for(tx, kind, pet)
    free = _free(by_day(tx, kind, from_day, until_day + SEARCHED_DAYS * DAY))
    return _later(shop, kind, fitting, free, pet, from_day, until_day, now)


def offers_or_next(
    tx: Tx, shop: Shop, kind: Kind, pet: Pet, from_day: date, until_day: date, *, now: datetime
) -> tuple[list[Offer], list[Offer]]:
    """Both by one look at the days: what there is, and only where there is nothing the nearest later period."""
    check_period(shop, kind, from_day, until_day, now=now)
    fitting = _fitting(known_rooms(tx, kind), kind, pet)
    in_time = _in_time(shop, fitting, from_day, now)
    free = _free(by_day(tx, kind, from_day, until_day + SEARCHED_DAYS * DAY))
    found = _offered(in_time, free, pet, from_day, until_day)
    return found, [] if found else _later(shop, kind, fitting, free, pet, from_day, until_day, now)


def check_period(shop: Shop, kind: Kind, from_day: date, until_day: date, *, now: datetime) -> None:
    if until_day <= from_day:
        raise EmptyPeriod
    if (until_day - from_day).days > LONGEST_DAYS:
        raise PeriodTooLong
    if from_day < shop.today(now):
        raise PeriodOver
    if from_day > shop.today(now) + MOST_AHEAD:
        raise PeriodTooFar(shop, now)
    if closed := closed_day(shop, kind, from_day, until_day):
        raise ClosedOn(shop, closed)


def closed_day(shop: Shop, kind: Kind, from_day: date, until_day: date) -> date | None:
    """The first day on which there is none: daycare keeps the days of the shop, a hotel is there every day."""
    if kind == "hotel":
        return None
    return next((day for day in days(from_day, until_day) if not shop.openings_on(day)), None)


def days(from_day: date, until_day: date) -> list[date]:
    return [from_day + passed * DAY for passed in range((until_day - from_day).days)]


def is_in_time(shop: Shop, room: Room, from_day: date, now: datetime) -> bool:
    """Whether the pet can still be brought on that day."""
    return from_day > shop.today(now) or shop.local(now).time() < room.closes


def priced(room: Room, pet_name: str, size: str | None, from_day: date, until_day: date) -> Price:
    if room.rates and size is None:
        raise SizeUnknown(pet_name)
    return room.price_for(size, (until_day - from_day).days)


def rooms_for(tx: Tx, kind: Kind, pet: Pet) -> list[Room]:
    return _fitting(rooms(tx, kind), kind, pet)


def _fitting(known: Sequence[Room], kind: Kind, pet: Pet) -> list[Room]:
    fitting = [room for room in known if pet.species in room.species]
    if not known:
        raise NoRooms(kind)
    if not fitting:
        raise NoRoomFor(pet.species)
    return fitting


def _in_time(shop: Shop, fitting: Sequence[Room], from_day: date, now: datetime) -> list[Room]:
    in_time = [room for room in fitting if is_in_time(shop, room, from_day, now)]
    if not in_time:
        raise PeriodOver
    return in_time


def _later(
    shop: Shop,
    kind: Kind,
    fitting: Sequence[Room],
    free: dict[tuple[RoomTypeId, date], int],
    pet: Pet,
    from_day: date,
    until_day: date,
    now: datetime,
) -> list[Offer]:
    last = shop.today(now) + MOST_AHEAD
    for later in range(1, SEARCHED_DAYS + 1):
        start, end = from_day + later * DAY, until_day + later * DAY
        if start > last:
            break
        if closed_day(shop, kind, start, end) is None and (found := _offered(fitting, free, pet, start, end)):
            return found
    return []


def _free(known: Sequence[DayOfRoom]) -> dict[tuple[RoomTypeId, date], int]:
    return {(each.room_type_id, each.day): each.free for each in known}


def _offered(
    fitting: Sequence[Room], free: dict[tuple[RoomTypeId, date], int], pet: Pet, from_day: date, until_day: date
) -> list[Offer]:
    return [
        Offer(room, from_day, until_day, priced(room, pet.name, pet.size, from_day, until_day))
        for room in fitting
        if all(free[room.id, day] > 0 for day in days(from_day, until_day))
    ]

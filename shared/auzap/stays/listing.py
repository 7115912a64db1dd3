"""Stays as the panel lists them, and all of one."""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString, TypedDict
from uuid import UUID

from psycopg.rows import kwargs_row

from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId, ServiceId, StayId
from auzap.stays import places
from auzap.stays.places import LONGEST_DAYS, DayOfRoom, EmptyPeriod, PeriodTooLong
from auzap.stays.queries import STAYS, State, Stay
from auzap.stays.rooms import Kind


@dataclass(frozen=True, slots=True)
class StayFilter:
    kind: Kind | None = None
    state: State | None = None
    contact_id: ContactId | None = None
    pet_id: PetId | None = None
    # Who is there on one of these days, the last with it.
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class AddedExtra:
    service_id: ServiceId
    name: str
    price_cents: int


class AgreedMeal(TypedDict):
    at: str
    food: str
    amount: str


class AgreedArrival(TypedDict, total=False):
    """What was agreed at the door; nothing before the pet has come."""

    room: str
    meals: list[AgreedMeal]
    emergency_contact: str
    routine: str
    belongings: list[str]


class AgreedDeparture(TypedDict, total=False):
    """How it went home; nothing before it has."""

    condition: str
    items_returned: list[str]
    notes: str


@dataclass(frozen=True, slots=True)
class WholeStay(Stay):
    """With what was agreed at the door, and what was added."""

    exams: str
    emergency_contact: str | None
    arrival: AgreedArrival
    departure: AgreedDeparture
    extras: list[AddedExtra]


WITH_ALL: LiteralString = """
  )
  SELECT known.*, s.exams, s.emergency_contact, s.arrival, s.departure, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('service_id', e.service_id, 'name', v.name, 'price_cents', e.price_cents)
      ORDER BY e.added_at, v.name), '[]')
    FROM stay_extras e JOIN services v ON v.id = e.service_id WHERE e.stay_id = s.id) AS extras
  FROM known JOIN stays s ON s.id = known.id
"""
WHOLE: LiteralString = "WITH known AS (" + STAYS + " WHERE s.id = %s" + WITH_ALL


def stays(tx: Tx, wanted: StayFilter, *, after: tuple[date, UUID] | None, most: int) -> list[Stay]:
    """By the day on which they begin."""
    last_day, last_id = after or (None, None)
    return tx.rows(
        Stay,
        STAYS
        + """
        WHERE (%(kind)s::text IS NULL OR t.kind = %(kind)s) AND (%(state)s::text IS NULL OR s.state = %(state)s)
          AND (%(contact)s::uuid IS NULL OR s.contact_id = %(contact)s) AND (%(pet)s::uuid IS NULL OR s.pet_id = %(pet)s)
          AND (%(from)s::date IS NULL OR s.until_day > %(from)s AND s.from_day > %(from)s - 91)
          AND (%(until)s::date IS NULL OR s.from_day <= %(until)s)
          AND (%(id)s::uuid IS NULL OR (s.from_day, s.id) > (%(day)s::date, %(id)s::uuid))
        ORDER BY s.from_day, s.id LIMIT %(most)s
        """,
        {
            "kind": wanted.kind,
            "state": wanted.state,
            "contact": wanted.contact_id,
            "pet": wanted.pet_id,
            "from": wanted.from_day,
            "until": wanted.until_day,
            "day": last_day,
            "id": last_id,
            "most": most,
        },
    ).fetchall()


def whole(tx: Tx, stay_id: StayId) -> WholeStay | None:
    return tx.connection.cursor(row_factory=kwargs_row(_whole)).execute(WHOLE, [stay_id]).fetchone()


def free_places(tx: Tx, kind: Kind, from_day: date, until_day: date) -> list[DayOfRoom]:
    """Of every room on each of these days, of past ones too."""
    if until_day <= from_day:
        raise EmptyPeriod
    if (until_day - from_day).days > LONGEST_DAYS:
        raise PeriodTooLong
    return places.by_day(tx, kind, from_day, until_day)


def _whole(*, extras: list[dict[str, Any]], **columns: Any) -> WholeStay:
    added = [AddedExtra(ServiceId(UUID(each["service_id"])), each["name"], each["price_cents"]) for each in extras]
    return WholeStay(extras=added, **columns)

"""Appointments, regular ones and who waits for one, as the panel lists them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import kwargs_row

from auzap.bookings.availability import Period
from auzap.bookings.booking import Source
from auzap.bookings.series_days import Unit
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, PetId, SeriesId, ServiceId, WaitlistEntryId
from auzap.organizations.shop import Shop

type Status = Literal["requested", "confirmed", "in_progress", "completed", "cancelled", "no_show"]
type SeriesState = Literal["active", "ended"]
type EntryState = Literal["waiting", "offered", "booked", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class Addon:
    service_id: ServiceId
    name: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class TakenPlace:
    """A numbered place of the shop, one of a resource, or somebody's time."""

    resource_id: UUID | None
    staff_id: UUID | None
    name: str | None
    number: int


@dataclass(frozen=True, slots=True)
class ListedBooking:
    id: BookingId
    contact_id: ContactId
    tutor: str | None
    pet_id: PetId
    pet_name: str
    species: str
    service_id: ServiceId
    service_name: str
    addons: list[Addon]
    starts_at: datetime
    ends_at: datetime
    # Of all of it, and how much of that is asked for in advance.
    price_cents: int
    deposit_cents: int
    status: Status
    status_reason: str | None
    source: Source
    notes: str
    # Of several that were asked for together.
    request_id: UUID | None
    series_id: SeriesId | None
    attendance_confirmed_at: datetime | None
    places: list[TakenPlace]


@dataclass(frozen=True, slots=True)
class Move:
    """A step of its history. Without a status or an hour before it: where it began."""

    from_status: Status | None
    to_status: Status
    from_starts_at: datetime | None
    to_starts_at: datetime
    reason: str | None
    actor: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class BookingFilter:
    from_day: date | None = None
    # The last day, with it.
    until_day: date | None = None
    contact_id: ContactId | None = None
    pet_id: PetId | None = None
    service_id: ServiceId | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class ListedSeries:
    id: SeriesId
    contact_id: ContactId
    pet_id: PetId
    pet_name: str
    service_id: ServiceId
    service_name: str
    addon_ids: list[ServiceId]
    every: int
    unit: Unit
    starts_on: date
    at: time
    until: date | None
    state: SeriesState
    # Days on which it could not be.
    missed: list[date]
    next_starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedEntry:
    id: WaitlistEntryId
    contact_id: ContactId
    tutor: str | None
    pet_id: PetId
    pet_name: str
    service_id: ServiceId
    service_name: str
    addon_ids: list[ServiceId]
    from_day: date
    until_day: date
    period: Period
    state: EntryState
    offered_starts_at: datetime | None
    offer_expires_at: datetime | None
    booking_id: BookingId | None
    created_at: datetime


# Chosen first, so that what belongs to them is looked up for one page.
BOOKINGS: LiteralString = "WITH listed AS MATERIALIZED (SELECT b.* FROM bookings b"
SHOWN_BOOKINGS: LiteralString = """
  )
  SELECT b.id, b.contact_id, coalesce(c.name, c.profile_name) AS tutor, b.pet_id, p.name AS pet_name, p.species, b.service_id,
    s.name AS service_name, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('service_id', a.service_id, 'name', e.name, 'price_cents', a.price_cents)
        ORDER BY e.position, e.name), '[]')
      FROM booking_addons a JOIN services e ON e.id = a.service_id WHERE a.booking_id = b.id) AS addons,
    b.starts_at, b.ends_at, b.price_cents, b.deposit_cents, b.status, b.status_reason, b.source, b.notes, b.request_id,
    b.series_id, b.attendance_confirmed_at, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('resource_id', k.resource_id, 'staff_id', k.staff_id,
        'name', coalesce(r.name, m.name), 'number', k.number) ORDER BY k.staff_id NULLS FIRST), '[]')
      FROM booking_places k LEFT JOIN resources r ON r.id = k.resource_id LEFT JOIN staff_members m ON m.id = k.staff_id
      WHERE k.booking_id = b.id) AS places
  FROM listed b JOIN contacts c ON c.id = b.contact_id JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
  ORDER BY b.starts_at, b.id
"""
SERIES: LiteralString = "WITH listed AS MATERIALIZED (SELECT r.* FROM booking_series r"
SHOWN_SERIES: LiteralString = """
  )
  SELECT r.id, r.contact_id, r.pet_id, p.name AS pet_name, r.service_id, s.name AS service_name, r.addon_ids, r.every, r.unit,
    r.starts_on, r.at, r.until, r.state, r.missed, (
      SELECT min(b.starts_at) FROM bookings b
      WHERE b.series_id = r.id AND b.status IN ('requested', 'confirmed') AND b.starts_at > app.now()) AS next_starts_at
  FROM listed r JOIN pets p ON p.id = r.pet_id JOIN services s ON s.id = r.service_id
  ORDER BY r.id DESC
"""
ENTRIES: LiteralString = "WITH listed AS MATERIALIZED (SELECT w.* FROM waitlist_entries w"
SHOWN_ENTRIES: LiteralString = """
  )
  SELECT w.id, w.contact_id, coalesce(c.name, c.profile_name) AS tutor, w.pet_id, p.name AS pet_name, w.service_id,
    s.name AS service_name, w.addon_ids, w.from_day, w.until_day, w.period, w.state, w.offered_starts_at, w.offer_expires_at,
    w.booking_id, w.created_at
  FROM listed w JOIN contacts c ON c.id = w.contact_id JOIN pets p ON p.id = w.pet_id
  JOIN services s ON s.id = w.service_id
  ORDER BY w.created_at, w.id
"""


def bookings(
    tx: Tx, shop: Shop, wanted: BookingFilter, *, after: tuple[datetime, UUID] | None, most: int
) -> list[ListedBooking]:
    """By their hours, of days as the shop's own clock has them."""
    last_at, last_id = after or (None, None)
    found = _bookings(tx).execute(
        BOOKINGS
        + """
        WHERE (%(since)s::timestamptz IS NULL OR b.starts_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR b.starts_at < %(until)s)
          AND (%(contact)s::uuid IS NULL OR b.contact_id = %(contact)s)
          AND (%(pet)s::uuid IS NULL OR b.pet_id = %(pet)s)
          AND (%(service)s::uuid IS NULL OR b.service_id = %(service)s)
          AND (%(status)s::text IS NULL OR b.status = %(status)s)
          AND (%(id)s::uuid IS NULL OR (b.starts_at, b.id) > (%(at)s::timestamptz, %(id)s::uuid))
        ORDER BY b.starts_at, b.id LIMIT %(most)s
        """
        + SHOWN_BOOKINGS,
        {
            "since": wanted.from_day and shop.instant(wanted.from_day, time(0)),
            "until": wanted.until_day and shop.instant(date.fromordinal(wanted.until_day.toordinal() + 1), time(0)),
            "contact": wanted.contact_id,
            "pet": wanted.pet_id,
            "service": wanted.service_id,
            "status": wanted.status,
            "at": last_at,
            "id": last_id,
            "most": most,
        },
    )
    return found.fetchall()


def booking(tx: Tx, booking_id: BookingId) -> ListedBooking | None:
    return _bookings(tx).execute(BOOKINGS + " WHERE b.id = %s" + SHOWN_BOOKINGS, [booking_id]).fetchone()


def these(tx: Tx, booking_ids: list[BookingId]) -> list[ListedBooking]:
    """By their hours."""
    return _bookings(tx).execute(BOOKINGS + " WHERE b.id = ANY (%s)" + SHOWN_BOOKINGS, [booking_ids]).fetchall()


def history(tx: Tx, booking_id: BookingId) -> list[Move]:
    """From its beginning on."""
    return tx.rows(
        Move,
        """
        SELECT from_status, to_status, from_starts_at, to_starts_at, reason, actor, moved_at FROM booking_moves
        WHERE booking_id = %s ORDER BY id
        """,
        [booking_id],
    ).fetchall()


def series(
    tx: Tx, *, contact_id: ContactId | None, state: SeriesState | None, after: UUID | None, most: int
) -> list[ListedSeries]:
    """The newest first."""
    return tx.rows(
        ListedSeries,
        SERIES
        + """
        WHERE (%(contact)s::uuid IS NULL OR r.contact_id = %(contact)s) AND (%(state)s::text IS NULL OR r.state = %(state)s)
          AND (%(id)s::uuid IS NULL OR r.id < %(id)s)
        ORDER BY r.id DESC LIMIT %(most)s
        """
        + SHOWN_SERIES,
        {"contact": contact_id, "state": state, "id": after, "most": most},
    ).fetchall()


def one_series(tx: Tx, series_id: SeriesId) -> ListedSeries | None:
    return tx.rows(ListedSeries, SERIES + " WHERE r.id = %s" + SHOWN_SERIES, [series_id]).fetchone()


def waitlist(
    tx: Tx,
    *,
    contact_id: ContactId | None,
    state: EntryState | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[ListedEntry]:
    """Whoever has waited longest first."""
    last_at, last_id = after or (None, None)
    return tx.rows(
        ListedEntry,
        ENTRIES
        + """
        WHERE (%(contact)s::uuid IS NULL OR w.contact_id = %(contact)s) AND (%(state)s::text IS NULL OR w.state = %(state)s)
          AND (%(id)s::uuid IS NULL OR (w.created_at, w.id) > (%(at)s::timestamptz, %(id)s::uuid))
        ORDER BY w.created_at, w.id LIMIT %(most)s
        """
        + SHOWN_ENTRIES,
        {"contact": contact_id, "state": state, "at": last_at, "id": last_id, "most": most},
    ).fetchall()


def entry(tx: Tx, entry_id: WaitlistEntryId) -> ListedEntry | None:
    return tx.rows(ListedEntry, ENTRIES + " WHERE w.id = %s" + SHOWN_ENTRIES, [entry_id]).fetchone()


def _bookings(tx: Tx) -> Cursor[ListedBooking]:
    return tx.connection.cursor(row_factory=kwargs_row(_booking))


def _booking(*, addons: list[dict[str, Any]], places: list[dict[str, Any]], **columns: Any) -> ListedBooking:
    return ListedBooking(
        addons=[Addon(ServiceId(UUID(each["service_id"])), each["name"], each["price_cents"]) for each in addons],
        places=[
            TakenPlace(_id(each["resource_id"]), _id(each["staff_id"]), each["name"], each["number"]) for each in places
        ],
        **columns,
    )


def _id(written: str | None) -> UUID | None:
    return None if written is None else UUID(written)

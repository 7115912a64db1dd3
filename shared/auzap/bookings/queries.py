"""SQL of bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, PetId, ServiceId

# Of a booking that happens, or has.
LIVE = ("requested", "confirmed", "in_progress", "completed")
# As the tables have them: no booking takes a place for longer.
LONGEST_BUFFER, LONGEST_PLACE = timedelta(hours=4), timedelta(hours=32)
# Of one customer: two months of weekly baths of several pets.
MOST_COMING = 50


@dataclass(frozen=True, slots=True)
class Booking:
    id: BookingId
    pet_id: PetId
    pet_name: str
    service_name: str
    addon_names: list[str]
    starts_at: datetime
    ends_at: datetime
    price_cents: int
    status: str
    # Of several that were asked for together.
    request_id: UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """A booking that is about to change, locked."""

    id: BookingId
    contact_id: ContactId
    pet_id: PetId
    service_id: ServiceId
    addon_ids: list[ServiceId]
    starts_at: datetime
    ends_at: datetime
    price_cents: int
    status: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A booking with its place, and with somebody's time where it needs that."""

    id: BookingId
    pet_id: PetId
    service_id: ServiceId
    addons: Sequence[tuple[ServiceId, int]]
    starts_at: datetime
    ends_at: datetime
    price_cents: int
    deposit_cents: int
    places: Sequence["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    number: int
    resource_id: UUID | None
    staff_id: UUID | None
    starts_at: datetime
    ends_at: datetime


def lock_days(tx: Tx, days: Sequence[date]) -> None:
    """Who books on a day of the shop does so alone, and reads in the next statement what is left.

    The constraints would do without: two who take each other's place and person would then wait in a circle.
    """
    tx.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended(app.current_organization() || ' books on ' || day, 0))
        FROM unnest(%s::date[]) AS day
        """,
        [sorted(set(days))],
    )


def calendar(
    tx: Tx,
    *,
    start: datetime,
    end: datetime,
    kinds: Sequence[str],
    services: Sequence[UUID],
    needed: Sequence[UUID],
    pets: Sequence[UUID],
) -> dict[str, Any]:
    """All that says whether there is room, at one look. Buffers reach over midnight."""
    row = tx.execute(
        """
        WITH wanted AS (
          SELECT r.id, r.kind, r.name, r.capacity FROM resources r WHERE r.is_active AND r.kind = ANY (%(kinds)s)
        ), doing AS (
          SELECT m.id, m.name, m.is_vet,
            ARRAY(SELECT d.service_id FROM service_staff d WHERE d.staff_id = m.id AND d.service_id = ANY (%(services)s)) AS does
          FROM staff_members m WHERE m.is_active
        )
        SELECT jsonb_build_object(
          'resources', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind, 'capacity', r.capacity)
            ORDER BY r.name, r.id), '[]') FROM wanted r),
          'staff', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'is_vet', m.is_vet, 'does', m.does, 'hours', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)), '[]')
              FROM staff_hours h WHERE h.staff_id = m.id)) ORDER BY m.name, m.id), '[]')
            FROM doing m WHERE m.is_vet OR m.does <> '{}'),
          'blocked', (SELECT coalesce(jsonb_agg(jsonb_build_object('resource_id', b.resource_id, 'staff_id', b.staff_id,
              'starts_at', b.starts_at, 'ends_at', b.ends_at)), '[]')
            FROM blocked_times b WHERE b.ends_at > %(since)s AND b.starts_at < %(until)s),
          'taken', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.booking_id, 'number', p.number,
              'resource_id', p.resource_id, 'staff_id', p.staff_id, 'starts_at', p.starts_at, 'ends_at', p.ends_at)), '[]')
            FROM booking_places p WHERE p.starts_at > %(before)s AND p.starts_at < %(until)s AND p.ends_at > %(since)s),
          'own', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'pet_id', b.pet_id, 'service_id', b.service_id,
              'starts_at', b.starts_at, 'ends_at', b.ends_at)), '[]')
            FROM bookings b WHERE b.pet_id = ANY (%(pets)s) AND b.status = ANY (%(live)s)
              AND b.starts_at > %(before)s AND b.starts_at < %(until)s AND b.ends_at > %(since)s),
          'earlier', (SELECT coalesce(jsonb_agg(jsonb_build_object('pet_id', b.pet_id, 'service_id', b.service_id,
              'ends_at', b.ends_at)), '[]')
            FROM bookings b WHERE b.pet_id = ANY (%(pets)s) AND b.service_id = ANY (%(needed)s) AND b.status = ANY (%(live)s)
              AND b.starts_at < %(until)s))
        """,
        {
            # Plain values, so that the index serves: what is reckoned is no condition of it under row security.
            "before": start - LONGEST_BUFFER - LONGEST_PLACE,
            "since": start - LONGEST_BUFFER,
            "until": end + LONGEST_BUFFER,
            "kinds": list(kinds),
            "services": list(services),
            "needed": list(needed),
            "pets": list(pets),
            "live": list(LIVE),
        },
    ).fetchone()
    return row[0] if row else {}


def insert(
    tx: Tx,
    *,
    contact_id: ContactId,
    planned: Sequence[Planned],
    status: str,
    source: str,
    notes: str,
    request_id: UUID | None,
    series: tuple[UUID, date] | None,
) -> bool:
    """All of them with their places, or false where a place or a pet is taken: then a savepoint undoes the rest.

    Nothing that is taken raises an error here: two who meet in an exclusion constraint would otherwise be a deadlock.
    """
    row = tx.execute(
        """
        WITH planned AS (
          SELECT * FROM jsonb_to_recordset(%(planned)s) AS p (id uuid, pet_id uuid, service_id uuid, starts_at timestamptz,
            ends_at timestamptz, price_cents integer, deposit_cents integer)
        ), made AS (
          INSERT INTO bookings (id, contact_id, pet_id, service_id, starts_at, ends_at, price_cents, deposit_cents, status, source,
            notes, request_id, series_id, series_day)
          SELECT p.id, %(contact)s, p.pet_id, p.service_id, p.starts_at, p.ends_at, p.price_cents, p.deposit_cents, %(status)s,
            %(source)s, %(notes)s, %(request)s, %(series)s, %(series_day)s FROM planned p
          ON CONFLICT DO NOTHING RETURNING id
        ), placed AS (
          INSERT INTO booking_places (booking_id, number, resource_id, staff_id, starts_at, ends_at)
          SELECT made.id, p.number, p.resource_id, p.staff_id, p.starts_at, p.ends_at
          FROM jsonb_to_recordset(%(places)s) AS p (booking_id uuid, number smallint, resource_id uuid, staff_id uuid,
            starts_at timestamptz, ends_at timestamptz) JOIN made ON made.id = p.booking_id
          ON CONFLICT DO NOTHING RETURNING id
        ), added AS (
          INSERT INTO booking_addons (booking_id, service_id, price_cents)
          SELECT made.id, a.service_id, a.price_cents
          FROM jsonb_to_recordset(%(addons)s) AS a (booking_id uuid, service_id uuid, price_cents integer)
          JOIN made ON made.id = a.booking_id
        )
        SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM placed)
        """,
        {
            "contact": contact_id,
            "planned": Jsonb([_as_json(each) for each in planned]),
            "places": Jsonb([_place_as_json(each.id, place) for each in planned for place in each.places]),
            "addons": Jsonb(_addons_as_json(planned)),
            "status": status,
            "source": source,
            "notes": notes,
            "request": request_id,
            "series": series and series[0],
            "series_day": series and series[1],
        },
    ).fetchone()
    return row == (len(planned), sum(len(each.places) for each in planned))


def _as_json(each: Planned) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "pet_id": str(each.pet_id),
        "service_id": str(each.service_id),
        "starts_at": each.starts_at.isoformat(),
        "ends_at": each.ends_at.isoformat(),
        "price_cents": each.price_cents,
        "deposit_cents": each.deposit_cents,
    }


def _addons_as_json(planned: Sequence[Planned]) -> list[dict[str, Any]]:
    return [
        {"booking_id": str(each.id), "service_id": str(addon), "price_cents": cents}
        for each in planned
        for addon, cents in each.addons
    ]


def _place_as_json(booking_id: BookingId, place: Place) -> dict[str, Any]:
    return {
        "booking_id": str(booking_id),
        "number": place.number,
        "resource_id": place.resource_id and str(place.resource_id),
        "staff_id": place.staff_id and str(place.staff_id),
        "starts_at": place.starts_at.isoformat(),
        "ends_at": place.ends_at.isoformat(),
    }


def held(tx: Tx, booking_ids: Sequence[BookingId], contact_id: ContactId | None) -> list[Held]:
    """Bookings, of this customer where one is named, locked in the order of their ids."""
    return tx.rows(
        Held,
        """
        SELECT b.id, b.contact_id, b.pet_id, b.service_id,
          ARRAY(SELECT a.service_id FROM booking_addons a WHERE a.booking_id = b.id) AS addon_ids,
          b.starts_at, b.ends_at, b.price_cents, b.status
        FROM bookings b WHERE b.id = ANY (%(ids)s) AND (%(contact)s::uuid IS NULL OR b.contact_id = %(contact)s)
        ORDER BY b.id FOR UPDATE
        """,
        {"ids": list(booking_ids), "contact": contact_id},
    ).fetchall()


def move(tx: Tx, planned: Sequence[Planned], reason: str | None, *, is_request: bool) -> bool:
    """To another time and other places; false where somebody has one of them, and then a savepoint undoes it."""
    ids = [each.id for each in planned]
    tx.execute("DELETE FROM booking_places WHERE booking_id = ANY (%s)", [ids])
    row = tx.execute(
        """
        WITH moved AS (
          UPDATE bookings b SET starts_at = p.starts_at, ends_at = p.ends_at, status_reason = %(reason)s,
            attendance_confirmed_at = NULL, status = CASE WHEN %(is_request)s THEN 'requested' ELSE status END
          FROM jsonb_to_recordset(%(planned)s) AS p (id uuid, starts_at timestamptz, ends_at timestamptz)
          WHERE b.id = p.id RETURNING b.id
        ), placed AS (
          INSERT INTO booking_places (booking_id, number, resource_id, staff_id, starts_at, ends_at)
          SELECT p.booking_id, p.number, p.resource_id, p.staff_id, p.starts_at, p.ends_at
          FROM jsonb_to_recordset(%(places)s) AS p (booking_id uuid, number smallint, resource_id uuid, staff_id uuid,
            starts_at timestamptz, ends_at timestamptz)
          ON CONFLICT DO NOTHING RETURNING id
        )
        SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM placed)
        """,
        {
            "planned": Jsonb([_as_json(each) for each in planned]),
            "places": Jsonb([_place_as_json(each.id, place) for each in planned for place in each.places]),
            "reason": reason,
            "is_request": is_request,
        },
    ).fetchone()
    return row == (len(planned), sum(len(each.places) for each in planned))


def extend(tx: Tx, planned: Sequence[Planned], *, is_request: bool) -> bool:
    """Longer, dearer, with what was added; false where somebody has the time after it, and then a savepoint undoes it."""
    tx.execute("DELETE FROM booking_places WHERE booking_id = ANY (%s)", [[each.id for each in planned]])
    row = tx.execute(
        """
        WITH extended AS (
          UPDATE bookings b SET ends_at = p.ends_at, price_cents = p.price_cents,
            status = CASE WHEN %(is_request)s THEN 'requested' ELSE b.status END
          FROM jsonb_to_recordset(%(planned)s) AS p (id uuid, ends_at timestamptz, price_cents integer)
          WHERE b.id = p.id RETURNING b.id
        ), added AS (
          INSERT INTO booking_addons (booking_id, service_id, price_cents)
          SELECT a.booking_id, a.service_id, a.price_cents
          FROM jsonb_to_recordset(%(addons)s) AS a (booking_id uuid, service_id uuid, price_cents integer)
          -- What there was keeps the price at which it was booked.
          ON CONFLICT DO NOTHING
        ), placed AS (
          INSERT INTO booking_places (booking_id, number, resource_id, staff_id, starts_at, ends_at)
          SELECT p.booking_id, p.number, p.resource_id, p.staff_id, p.starts_at, p.ends_at
          FROM jsonb_to_recordset(%(places)s) AS p (booking_id uuid, number smallint, resource_id uuid, staff_id uuid,
            starts_at timestamptz, ends_at timestamptz)
          ON CONFLICT DO NOTHING RETURNING id
        )
        SELECT (SELECT count(*) FROM extended), (SELECT count(*) FROM placed)
        """,
        {
            "planned": Jsonb([_as_json(each) for each in planned]),
            "addons": Jsonb(_addons_as_json(planned)),
            "places": Jsonb([_place_as_json(each.id, place) for each in planned for place in each.places]),
            "is_request": is_request,
        },
    ).fetchone()
    return row == (len(planned), sum(len(each.places) for each in planned))


def set_status(tx: Tx, booking_ids: Sequence[BookingId], status: str, reason: str | None) -> int:
    """How many there were to change. A move that a booking does not make is refused by the database."""
    return tx.execute(
        "UPDATE bookings SET status = %(status)s, status_reason = %(reason)s WHERE id = ANY (%(ids)s) AND status <> %(status)s",
        {"ids": list(booking_ids), "status": status, "reason": reason},
    ).rowcount


def confirm_attendance(tx: Tx, booking_ids: Sequence[BookingId]) -> None:
    tx.execute(
        "UPDATE bookings SET attendance_confirmed_at = coalesce(attendance_confirmed_at, app.now()) WHERE id = ANY (%s)",
        [list(booking_ids)],
    )


def add_notes(tx: Tx, booking_id: BookingId, notes: str) -> None:
    """Below what is already noted, as far as there is room for it."""
    tx.execute(
        "UPDATE bookings SET notes = left(concat_ws(E'\\n', nullif(notes, ''), %s::text), 1000) WHERE id = %s",
        [notes, booking_id],
    )


def set_notes(tx: Tx, booking_id: BookingId, notes: str) -> None:
    tx.execute("UPDATE bookings SET notes = %s WHERE id = %s", [notes, booking_id])


def set_price(tx: Tx, booking_id: BookingId, price_cents: int) -> None:
    tx.execute(
        "UPDATE bookings SET price_cents = %(cents)s, deposit_cents = least(deposit_cents, %(cents)s) WHERE id = %(booking)s",
        {"booking": booking_id, "cents": price_cents},
    )


def upcoming(tx: Tx, contact_id: ContactId, now: datetime) -> list[Booking]:
    return tx.rows(
        Booking,
        """
        SELECT b.id, b.pet_id, p.name AS pet_name, s.name AS service_name,
          ARRAY(SELECT e.name FROM booking_addons a JOIN services e ON e.id = a.service_id WHERE a.booking_id = b.id
            ORDER BY e.position, e.name) AS addon_names,
          b.starts_at, b.ends_at, b.price_cents, b.status, b.request_id
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.contact_id = %(contact)s AND b.starts_at > %(now)s AND b.status IN ('requested', 'confirmed')
        ORDER BY b.starts_at, p.name, b.id LIMIT %(most)s
        """,
        {"contact": contact_id, "now": now, "most": MOST_COMING},
    ).fetchall()


def on_day(tx: Tx, start: datetime, end: datetime) -> list[Booking]:
    return tx.rows(
        Booking,
        """
        SELECT b.id, b.pet_id, p.name AS pet_name, s.name AS service_name,
          ARRAY(SELECT e.name FROM booking_addons a JOIN services e ON e.id = a.service_id WHERE a.booking_id = b.id
            ORDER BY e.position, e.name) AS addon_names,
          b.starts_at, b.ends_at, b.price_cents, b.status, b.request_id
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.starts_at >= %(start)s AND b.starts_at < %(end)s AND b.status <> 'cancelled'
        ORDER BY b.starts_at, p.name, b.id
        """,
        {"start": start, "end": end},
    ).fetchall()

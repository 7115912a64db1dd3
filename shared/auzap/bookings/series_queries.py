"""SQL of repeated appointments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import LiteralString

from psycopg import Cursor

from auzap.bookings.queries import LIVE
from auzap.bookings.series_days import Unit
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, PetId, SeriesId, ServiceId


@dataclass(frozen=True, slots=True)
class Series:
    id: SeriesId
    contact_id: ContactId
    pet_id: PetId
    pet_name: str
    service_id: ServiceId
    service_name: str
    addon_ids: list[ServiceId]
    addon_names: list[str]
    every: int
    unit: Unit
    starts_on: date
    at: time
    until: date | None
    state: str
    missed: list[date]

    @property
    def what(self) -> str:
        return " + ".join((self.service_name, *self.addon_names))


@dataclass(frozen=True, slots=True)
class First:
    starts_at: datetime
    pet_name: str
    service_name: str


SERIES: LiteralString = """
  SELECT r.id, r.contact_id, r.pet_id, p.name AS pet_name, r.service_id, s.name AS service_name, r.addon_ids,
    ARRAY(SELECT e.name FROM services e WHERE e.id = ANY (r.addon_ids) ORDER BY e.position, e.name) AS addon_names,
    r.every, r.unit, r.starts_on, r.at, r.until, r.state, r.missed
  FROM booking_series r JOIN pets p ON p.id = r.pet_id JOIN services s ON s.id = r.service_id
"""


def insert(tx: Tx, booking_id: BookingId, *, every: int, unit: Unit, starts_on: date, at: time) -> SeriesId | None:
    """Of what is booked; None where the pet has a series of that service already."""
    row = tx.execute(
        """
        INSERT INTO booking_series (contact_id, pet_id, service_id, addon_ids, every, unit, starts_on, at)
        SELECT b.contact_id, b.pet_id, b.service_id,
          ARRAY(SELECT a.service_id FROM booking_addons a WHERE a.booking_id = b.id ORDER BY a.service_id),
          %(every)s, %(unit)s, %(starts_on)s, %(at)s
        FROM bookings b WHERE b.id = %(booking)s
        ON CONFLICT (organization_id, pet_id, service_id) WHERE state = 'active' DO NOTHING RETURNING id
        """,
        {"booking": booking_id, "every": every, "unit": unit, "starts_on": starts_on, "at": at},
    ).fetchone()
    return SeriesId(row[0]) if row else None


def first(tx: Tx, contact_id: ContactId, booking_id: BookingId, now: datetime) -> First | None:
    """The appointment to come that a series begins with."""
    return tx.rows(
        First,
        """
        SELECT b.starts_at, p.name AS pet_name, s.name AS service_name
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.id = %(booking)s AND b.contact_id = %(contact)s AND b.starts_at > %(now)s AND b.status IN ('requested', 'confirmed')
        """,
        {"booking": booking_id, "contact": contact_id, "now": now},
    ).fetchone()


def adopt(tx: Tx, booking_id: BookingId, series_id: SeriesId, day: date) -> None:
    """Its first; also from a series that has ended."""
    tx.execute("UPDATE bookings SET series_id = %s, series_day = %s WHERE id = %s", [series_id, day, booking_id])


def locked(tx: Tx, series_id: SeriesId) -> Cursor[Series]:
    return tx.rows(Series, SERIES + " WHERE r.id = %s FOR UPDATE OF r", [series_id])


def of_contact(tx: Tx, contact_id: ContactId) -> list[Series]:
    return tx.rows(
        Series, SERIES + " WHERE r.contact_id = %s AND r.state = 'active' ORDER BY r.created_at, r.id", [contact_id]
    ).fetchall()


def running(tx: Tx) -> list[SeriesId]:
    """Of pets that come, and of customers whom the shop has not blocked."""
    rows = tx.execute(
        """
        SELECT r.id FROM booking_series r JOIN pets p ON p.id = r.pet_id JOIN contacts c ON c.id = r.contact_id
        WHERE r.state = 'active' AND p.is_active AND c.blocked_at IS NULL ORDER BY r.id
        """
    )
    return [SeriesId(row[0]) for row in rows]


def days_made(tx: Tx, series: Series) -> list[date]:
    """Whatever became of them: what the customer has cancelled is not booked again. And those that have one by another way."""
    rows = tx.execute(
        """
        SELECT b.series_day FROM bookings b WHERE b.series_id = %(series)s
        UNION
        SELECT (b.starts_at AT TIME ZONE s.time_zone)::date FROM bookings b, organization_settings s
        WHERE b.pet_id = %(pet)s AND b.service_id = %(service)s AND b.status = ANY (%(live)s)
        """,
        {"series": series.id, "pet": series.pet_id, "service": series.service_id, "live": list(LIVE)},
    )
    return [row[0] for row in rows]


def note_missed(tx: Tx, series: Series, missed: Sequence[date], told: Sequence[str]) -> None:
    """A task for each, at the customer's last conversation."""
    tx.execute(
        """
        WITH noted AS (
          UPDATE booking_series SET missed = missed || %(missed)s::date[] WHERE id = %(series)s
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail)
        SELECT (SELECT c.id FROM conversations c WHERE c.contact_id = %(contact)s AND c.merged_into IS NULL
          ORDER BY c.last_message_at DESC NULLS LAST, c.id DESC LIMIT 1), 'series_missed', detail
        FROM unnest(%(told)s::text[]) AS detail
        """,
        {"series": series.id, "contact": series.contact_id, "missed": list(missed), "told": list(told)},
    )


def end(tx: Tx, series_id: SeriesId, contact_id: ContactId) -> bool:
    ended = tx.execute(
        "UPDATE booking_series SET state = 'ended' WHERE id = %s AND contact_id = %s AND state = 'active'",
        [series_id, contact_id],
    )
    return ended.rowcount == 1


def end_over(tx: Tx) -> None:
    tx.execute(
        """
        UPDATE booking_series r SET state = 'ended' FROM organization_settings s
        WHERE r.state = 'active' AND r.until < (app.now() AT TIME ZONE s.time_zone)::date
        """
    )


def coming(tx: Tx, series_id: SeriesId, now: datetime) -> list[tuple[BookingId, datetime]]:
    rows = tx.execute(
        """
        SELECT id, starts_at FROM bookings
        WHERE series_id = %s AND starts_at > %s AND status IN ('requested', 'confirmed') ORDER BY starts_at
        """,
        [series_id, now],
    )
    return [(BookingId(booking_id), starts_at) for booking_id, starts_at in rows]

"""SQL of bookings."""

from dataclasses import dataclass
from datetime import datetime

from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, PetId, ServiceId


@dataclass(frozen=True, slots=True)
class Booking:
    id: BookingId
    pet_id: PetId
    pet_name: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    price_cents: int
    status: str


class _Taken(Exception):
    """Undoes the booking whose place was not free."""


def booked_between(tx: Tx, start: datetime, end: datetime) -> list[tuple[int, datetime, datetime]]:
    """Lanes and times taken. `starts_at` leads, so that the index serves under row security; no booking lasts over 12 h."""
    rows = tx.execute(
        """
        SELECT number, starts_at, ends_at FROM booking_places
        WHERE starts_at >= %(start)s::timestamptz - interval '20 hours' AND starts_at < %(end)s AND ends_at > %(start)s
          AND resource_id IS NULL AND staff_id IS NULL
        ORDER BY starts_at
        """,
        {"start": start, "end": end},
    )
    return [(number, starts_at, ends_at) for number, starts_at, ends_at in rows]


def insert(
    tx: Tx,
    *,
    contact_id: ContactId,
    pet_id: PetId,
    service_id: ServiceId,
    place: int,
    starts_at: datetime,
    ends_at: datetime,
    price_cents: int,
    source: str,
) -> BookingId | None:
    """None where the place or the pet is taken: the exclusion constraints decide, nobody looks first."""
    try:
        with tx.savepoint():
            row = tx.execute(
                """
                WITH made AS (
                  INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, source, status)
                  VALUES (%(contact)s, %(pet)s, %(service)s, %(starts_at)s, %(ends_at)s, %(price)s, %(source)s, 'confirmed')
                  ON CONFLICT DO NOTHING RETURNING id, starts_at, ends_at
                )
                INSERT INTO booking_places (booking_id, number, starts_at, ends_at)
                SELECT id, %(place)s, starts_at, ends_at FROM made ON CONFLICT DO NOTHING RETURNING booking_id
                """,
                {
                    "contact": contact_id,
                    "pet": pet_id,
                    "service": service_id,
                    "place": place,
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                    "price": price_cents,
                    "source": source,
                },
            ).fetchone()
            if row is None:
                raise _Taken
    except _Taken:
        return None
    return BookingId(row[0])


def is_pet_busy(tx: Tx, pet_id: PetId, starts_at: datetime, ends_at: datetime) -> bool:
    return (
        tx.execute(
            """
            SELECT 1 FROM bookings WHERE pet_id = %(pet)s AND status IN ('requested', 'confirmed', 'in_progress', 'completed')
              AND starts_at < %(ends_at)s AND ends_at > %(starts_at)s
            """,
            {"pet": pet_id, "starts_at": starts_at, "ends_at": ends_at},
        ).fetchone()
        is not None
    )


def upcoming(tx: Tx, contact_id: ContactId, now: datetime) -> list[Booking]:
    return tx.rows(
        Booking,
        """
        SELECT b.id, b.pet_id, p.name AS pet_name, s.name AS service_name, b.starts_at, b.ends_at, b.price_cents, b.status
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.contact_id = %(contact)s AND b.starts_at > %(now)s AND b.status = 'confirmed'
        ORDER BY b.starts_at LIMIT 10
        """,
        {"contact": contact_id, "now": now},
    ).fetchall()


def on_day(tx: Tx, start: datetime, end: datetime) -> list[Booking]:
    return tx.rows(
        Booking,
        """
        SELECT b.id, b.pet_id, p.name AS pet_name, s.name AS service_name, b.starts_at, b.ends_at, b.price_cents, b.status
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.starts_at >= %(start)s AND b.starts_at < %(end)s AND b.status <> 'cancelled'
        ORDER BY b.starts_at LIMIT 50
        """,
        {"start": start, "end": end},
    ).fetchall()


def cancel(tx: Tx, booking_id: BookingId, contact_id: ContactId, now: datetime) -> bool:
    return (
        tx.execute(
            """
            UPDATE bookings SET status = 'cancelled', cancelled_at = app.now()
            WHERE id = %(id)s AND contact_id = %(contact)s AND status = 'confirmed' AND starts_at > %(now)s
            RETURNING id
            """,
            {"id": booking_id, "contact": contact_id, "now": now},
        ).fetchone()
        is not None
    )

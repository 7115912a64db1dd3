"""What is booked: some appointments for each day of the week, and somebody who waits for a place."""

import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.errors import ExclusionViolation
from psycopg.rows import TupleRow

from auzap.ids import new_id
from local import holidays
from local.demonstration.catalogue import GROOMERS
from local.demonstration.shop import ZONE, hours_of

# So few that a visitor finds a free hour on each day.
ON_A_DAY, ON_A_SATURDAY = 5, 3
WAITING_DAYS_AHEAD = 7


@dataclass(frozen=True)
class Wanted:
    contact_id: UUID
    pet_id: UUID
    service_id: UUID
    resource_kind: str
    starts_at: datetime
    ends_at: datetime
    cents: int


def renew(connection: Connection[TupleRow], now: datetime) -> None:
    """Appointments for the days that have none: those just past, and the week to come."""
    today = now.astimezone(ZONE).date()
    for day in (today + timedelta(days=offset) for offset in range(-2, 6)):
        start = datetime.combine(day, time(), ZONE)
        has_some = connection.execute(
            "SELECT 1 FROM bookings WHERE starts_at >= %s AND starts_at < %s LIMIT 1",
            [start, start + timedelta(days=1)],
        ).fetchone()
        if not has_some and day.weekday() < 6 and day not in dict(holidays.of_year(day.year)):
            _book_day(connection, day, now)


def make_somebody_wait(connection: Connection[TupleRow], today: date) -> None:
    """Of the customers who have talked with the shop, for a conversation is where a place is offered."""
    connection.execute(
        """
        INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day, period)
        SELECT c.contact_id, c.id, p.id, s.id, %(from_day)s, %(until_day)s, 'morning'
        FROM conversations c JOIN pets p ON p.contact_id = c.contact_id, services s
        WHERE p.name = 'Mel' AND s.name = 'Banho e tosa'
        """,
        {"from_day": today, "until_day": today + timedelta(days=WAITING_DAYS_AHEAD)},
    )


def _book_day(connection: Connection[TupleRow], day: date, now: datetime) -> None:
    # The same day gets the same appointments, wherever and whenever the demonstration is made.
    chance = random.Random(day.toordinal())
    pets: list[Any] = _all(
        connection, "SELECT contact_id, id, size, coat FROM pets WHERE species = 'dog' ORDER BY name"
    )
    services: list[Any] = _all(
        connection,
        """
        SELECT s.id, s.resource_kind, p.size, coalesce(p.duration, s.duration), coalesce(p.price_cents, s.price_cents)
        FROM services s LEFT JOIN service_prices p ON p.service_id = s.id AND p.coat = 'any'
        WHERE s.category = 'grooming' AND NOT s.is_addon ORDER BY s.position, p.size
        """,
    )
    opens, closes = hours_of(day.weekday())
    count = ON_A_SATURDAY if day.weekday() == 5 else ON_A_DAY
    for hour in chance.sample(range(opens.hour, closes.hour - 2), k=count):
        contact_id, pet_id, size, _ = chance.choice(pets)
        fitting = [service for service in services if service[2] in (None, size)]
        service_id, kind, _, duration, cents = chance.choice(fitting)
        starts_at = datetime.combine(day, time(hour), ZONE)
        ends_at = starts_at + duration
        if ends_at <= datetime.combine(day, closes, ZONE):
            _book(connection, Wanted(contact_id, pet_id, service_id, kind, starts_at, ends_at, cents), now)


def _book(connection: Connection[TupleRow], wanted: Wanted, now: datetime) -> None:
    """At the first place and with the first groomer that are free; not at all where none is."""
    places: list[Any] = _all(
        connection,
        """
        SELECT r.id, n, m.id FROM resources r, generate_series(1, r.capacity) n, staff_members m
        WHERE r.kind = %s AND m.name = ANY(%s) ORDER BY r.name, n, m.name
        """,
        [wanted.resource_kind, list(GROOMERS)],
    )
    for resource_id, number, staff_id in places:
        with suppress(ExclusionViolation), connection.transaction():
            _insert(connection, wanted, resource_id, number, staff_id, is_over=wanted.ends_at < now)
            return


def _insert(
    connection: Connection[TupleRow], wanted: Wanted, resource_id: UUID, number: int, staff_id: UUID, *, is_over: bool
) -> None:
    booking_id = new_id()
    connection.execute(
        """
        INSERT INTO bookings (id, contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'demonstration')
        """,
        [
            *(booking_id, wanted.contact_id, wanted.pet_id, wanted.service_id, wanted.starts_at, wanted.ends_at),
            *(wanted.cents, "completed" if is_over else "confirmed"),
        ],
    )
    for resource, staff, place in ((resource_id, None, number), (None, staff_id, 1)):
        connection.execute(
            """
            INSERT INTO booking_places (booking_id, resource_id, staff_id, number, starts_at, ends_at)
            VALUES (%s, %s, %s, %s, %s, %s)
            """,
            [booking_id, resource, staff, place, wanted.starts_at, wanted.ends_at],
        )


def _all(connection: Connection[TupleRow], query: LiteralString, values: list[Any] | None = None) -> list[Any]:
    return connection.execute(query, values).fetchall()

"""What a shop's calendar is made of: services with their conditions, places, people, and time that is blocked."""

from datetime import date, datetime, time, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql

from auzap.bookings import booking
from auzap.bookings.booking import Source
from auzap.bookings.wanted import wanted
from auzap.catalog import services
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId
from auzap.organizations.shop import Shop
from tests import factories


def make_row(tx: Tx, table: LiteralString, **columns: Any) -> UUID:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(map(sql.Placeholder, columns))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(sql.Identifier(table), names, values)
    row = tx.connection.execute(statement, columns).fetchone()
    assert row
    return row[0]


def offer(tx: Tx, name: str = "Banho", **conditions: Any) -> Service:
    """A service of the shop; `prices` by size and coat, `addons` and `by` (who does it) are rows beside it."""
    prices, addons, by = (conditions.pop(beside, ()) for beside in ("prices", "addons", "by"))
    usual = {"duration": timedelta(hours=1), "price_cents": 6000}
    service_id = make_row(tx, "services", name=name, **usual | conditions)
    for size, coat, cents, minutes in prices:
        tx.execute(
            "INSERT INTO service_prices (service_id, size, coat, price_cents, duration) VALUES (%s, %s, %s, %s, %s)",
            [service_id, size, coat, cents, timedelta(minutes=minutes)],
        )
    for addon in addons:
        tx.execute("INSERT INTO service_addons (service_id, addon_id) VALUES (%s, %s)", [service_id, addon.id])
    for staff_id in by:
        tx.execute("INSERT INTO service_staff (service_id, staff_id) VALUES (%s, %s)", [service_id, staff_id])
    return next(each for each in services.services(tx) if each.id == service_id)


def hire(tx: Tx, name: str, *, is_vet: bool = False, hours: tuple[tuple[int, time, time], ...] = ()) -> UUID:
    """Somebody who works at these hours, or whenever the shop is open."""
    staff_id = make_row(tx, "staff_members", name=name, is_vet=is_vet)
    for weekday, opens, closes in hours:
        tx.execute(
            "INSERT INTO staff_hours (staff_id, weekday, opens, closes) VALUES (%s, %s, %s, %s)",
            [staff_id, weekday, opens, closes],
        )
    return staff_id


def block(tx: Tx, starts_at: datetime, ends_at: datetime, **whose: UUID) -> None:
    make_row(tx, "blocked_times", starts_at=starts_at, ends_at=ends_at, **whose)


def mark_day(tx: Tx, day: date, label: str = "Feriado", opens: time | None = None, closes: time | None = None) -> None:
    make_row(tx, "special_days", day=day, label=label, opens=opens, closes=closes)


def book_pets(
    tx: Tx,
    shop: Shop,
    contact_id: ContactId,
    pets: list[Pet],
    starts: list[datetime],
    *,
    service: Service,
    addons: tuple[Service, ...] = (),
    now: datetime,
    source: Source = "agent",
    **more: Any,
) -> list[BookingId]:
    return booking.book(
        tx,
        shop,
        contact_id=contact_id,
        asked=[wanted(service, pet, addons) for pet in pets],
        starts=starts,
        now=now,
        source=source,
        **more,
    )


def make_customer(tx: Tx, *pets: str, size: str = "small") -> tuple[ContactId, list[Pet]]:
    contact_id = factories.make_contact(tx)
    return contact_id, [factories.make_pet(tx, contact_id, name, size=size) for name in pets]

"""Booking and cancelling: the database refuses what does not fit, and a refusal leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from psycopg import errors

from auzap.bookings import booking, queries
from auzap.bookings.booking import NotCancellable, PetBusy, SlotTaken, TooShortNotice
from auzap.catalog import services
from auzap.customers import pets
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId, OrganizationId
from tests.factories import book_at, make_contact, make_organization, make_pet, make_service, make_shop

NOON = datetime(2027, 3, 10, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
HOUR = timedelta(hours=1)


def booked(tx: Tx) -> list[tuple[datetime, int]]:
    return tx.execute("SELECT starts_at, number FROM booking_places ORDER BY starts_at, number").fetchall()


def traces(tx: Tx) -> int:
    """What the panel and the audit trail would show of bookings."""
    row = tx.execute(
        """
        SELECT (SELECT count(*) FROM changes WHERE table_name = 'bookings')
          + (SELECT count(*) FROM audit WHERE table_name = 'bookings')
        """
    ).fetchone()
    assert row
    return row[0]


def test_an_overlapping_slot_is_refused_and_leaves_nothing(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    book_at(tx, shop, NOON)
    before = traces(tx)

    with pytest.raises(SlotTaken):
        book_at(tx, shop, NOON + HOUR / 2)

    assert booked(tx) == [(NOON, 1)]
    assert traces(tx) == before == 2


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_shop_serves_as_many_at_once_as_it_has_lanes(tx: Tx, capacity: int) -> None:
    shop = make_shop(tx, parallel_bookings=capacity)
    for _ in range(capacity):
        book_at(tx, shop, NOON)

    with pytest.raises(SlotTaken):
        book_at(tx, shop, NOON)

    assert booked(tx) == [(NOON, lane) for lane in range(1, capacity + 1)]


def test_appointments_may_touch(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    for hours in (0, 1, -1):
        book_at(tx, shop, NOON + hours * HOUR)

    assert booked(tx) == [(NOON - HOUR, 1), (NOON, 1), (NOON + HOUR, 1)]


def test_a_pet_cannot_be_in_two_places(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=3)
    contact_id = make_contact(tx)
    rex = make_pet(tx, contact_id, "Rex")
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    with pytest.raises(PetBusy, match="Rex"):
        book_at(tx, shop, NOON + HOUR / 2, pet=rex, contact_id=contact_id)

    book_at(tx, shop, NOON + HOUR, pet=rex, contact_id=contact_id)
    assert len(booked(tx)) == 2


def test_a_cancelled_booking_frees_its_lane_and_its_pet(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    contact_id = make_contact(tx)
    rex = make_pet(tx, contact_id, "Rex")
    booking_id = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    booking.cancel(tx, booking_id=booking_id, contact_id=contact_id, now=NOON - HOUR)
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    assert booked(tx) == [(NOON, 1)]


def cancel_again(tx: Tx) -> BookingId:
    contact_id = make_contact(tx)
    booking_id = book_at(tx, make_shop(tx), NOON, contact_id=contact_id)
    booking.cancel(tx, booking_id=booking_id, contact_id=contact_id, now=NOON - HOUR)
    booking.cancel(tx, booking_id=booking_id, contact_id=contact_id, now=NOON - HOUR)
    return booking_id


def cancel_of_another_customer(tx: Tx) -> BookingId:
    booking_id = book_at(tx, make_shop(tx), NOON, contact_id=make_contact(tx))
    booking.cancel(tx, booking_id=booking_id, contact_id=make_contact(tx, "Bia"), now=NOON - HOUR)
    return booking_id


def cancel_when_it_has_begun(tx: Tx) -> BookingId:
    contact_id = make_contact(tx)
    booking_id = book_at(tx, make_shop(tx), NOON, contact_id=contact_id)
    booking.cancel(tx, booking_id=booking_id, contact_id=contact_id, now=NOON)
    return booking_id


@pytest.mark.parametrize("attempt", [cancel_again, cancel_of_another_customer, cancel_when_it_has_begun])
def test_what_cannot_be_cancelled_is_refused(tx: Tx, attempt) -> None:
    with pytest.raises(NotCancellable):
        attempt(tx)


def test_notice_is_asked_for_to_the_second(tx: Tx) -> None:
    shop = make_shop(tx, minimum_notice=timedelta(hours=2))

    with pytest.raises(TooShortNotice):
        book_at(tx, shop, NOON, now=NOON - timedelta(hours=2) + timedelta(seconds=1))
    book_at(tx, shop, NOON, now=NOON - timedelta(hours=2))

    assert booked(tx) == [(NOON, 1)]


def test_size_decides_price_and_length(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    service = make_service(tx, "Tosa", duration=HOUR, price_cents=7000)
    tx.execute(
        "INSERT INTO service_prices (service_id, size, price_cents, duration) VALUES (%s, 'giant', 15000, '2 hours')",
        [service.id],
    )
    contact_id = make_contact(tx)
    thor = make_pet(tx, contact_id, "Thor", size="giant")
    service = next(known for known in services.services(tx) if known.name == "Tosa")

    book_at(tx, shop, NOON, pet=thor, contact_id=contact_id, service=service)

    row = tx.execute("SELECT starts_at, ends_at, price_cents FROM bookings").fetchone()
    assert row == (NOON, NOON + 2 * HOUR, 15000)
    with pytest.raises(SlotTaken):
        book_at(tx, shop, NOON + HOUR)


def test_only_coming_appointments_are_listed(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id = make_contact(tx)
    rex = make_pet(tx, contact_id)
    wanted = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)
    book_at(tx, shop, NOON - 2 * HOUR, pet=rex, contact_id=contact_id)
    cancelled = book_at(tx, shop, NOON + 2 * HOUR, pet=rex, contact_id=contact_id)
    booking.cancel(tx, booking_id=cancelled, contact_id=contact_id, now=NOON)
    book_at(tx, shop, NOON)

    assert [known.id for known in queries.upcoming(tx, contact_id, NOON - HOUR)] == [wanted]


def test_a_booking_cannot_take_the_pet_of_another_shop(tx: Tx, owner, connect, organization_id: OrganizationId) -> None:
    shop, contact_id, service = make_shop(tx), make_contact(tx), make_service(tx)
    other: Database = connect()
    with other.transaction(make_organization(owner), "test") as elsewhere:
        theirs = make_pet(elsewhere, make_contact(elsewhere))

    with pytest.raises(errors.ForeignKeyViolation):
        booking.book(
            tx,
            shop,
            contact_id=contact_id,
            pet=theirs,
            service=service,
            starts_at=NOON,
            now=datetime(2027, 3, 1, tzinfo=UTC),
            source="staff",
        )


def test_a_pet_is_registered_once_a_customer(tx: Tx) -> None:
    ana, bia = make_contact(tx), make_contact(tx, "Bia")
    make_pet(tx, ana, "Mel")
    make_pet(tx, bia, "Mel")

    with pytest.raises(pets.PetKnown):
        make_pet(tx, ana, "MEL")

    assert [pet.name for pet in pets.pets_of(tx, ana)] == ["Mel"]

"""Making an appointment: the rules it is made under, and the database that refuses what does not fit."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from auzap.bookings import booking, queries
from auzap.bookings.reasons import Kind, Unbookable
from auzap.catalog.services import Service
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, OrganizationId
from auzap.organizations.shop import Shop, find_shop
from tests.db.appointments import DAY, EARLIER, HOUR, NOON, booked, history, is_whole, refused, rows, traces
from tests.factories import ALL_WEEK, book_at, make_contact, make_organization, make_pet, make_service, make_shop
from tests.factories_bookings import block, book_pets, hire, make_customer, make_row, offer


def test_an_overlapping_slot_is_refused_and_leaves_nothing(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    book_at(tx, shop, NOON)
    before = traces(tx)

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR / 2))

    assert booked(tx) == [(NOON, 1)]
    assert traces(tx) == before == 3


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_shop_serves_as_many_at_once_as_it_has_places(tx: Tx, capacity: int) -> None:
    shop = make_shop(tx, parallel_bookings=capacity)
    for _ in range(capacity):
        book_at(tx, shop, NOON)

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    assert booked(tx) == [(NOON, number) for number in range(1, capacity + 1)]
    is_whole(tx)


def test_appointments_may_touch(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    for hours in (0, 1, -1):
        book_at(tx, shop, NOON + hours * HOUR)

    assert booked(tx) == [(NOON - HOUR, 1), (NOON, 1), (NOON + HOUR, 1)]


def test_a_pet_cannot_be_in_two_places(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=3)
    contact_id, (rex,) = make_customer(tx, "Rex")
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    refused(Kind.OWN_BOOKING, lambda: book_at(tx, shop, NOON + HOUR / 2, pet=rex, contact_id=contact_id))

    book_at(tx, shop, NOON + HOUR, pet=rex, contact_id=contact_id)
    assert len(booked(tx)) == 2


def test_the_database_refuses_what_a_blind_calendar_lets_pass(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    paula, contact_id = hire(tx, "Paula"), make_contact(tx)
    make_row(tx, "resources", name="Mesas", kind="table", capacity=2)
    clip = offer(tx, "Tosa", by=[paula], resource_kind="table")
    rex = make_pet(tx, contact_id, "Rex")
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)
    book_at(tx, shop, NOON + HOUR, service=clip)
    before = (booked(tx), traces(tx))
    # The day's lock lets nobody in between a look and its booking: only a calendar that errs leads so far.
    whole = queries.calendar
    monkeypatch.setattr(queries, "calendar", lambda tx, **asked: whole(tx, **asked) | {"taken": [], "own": []})

    # The shop's only place; the pet, for whom there would be a place; the person, who would have another table.
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR / 2))
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON, pet=rex, contact_id=contact_id, service=clip))
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR, service=clip))
    assert (booked(tx), traces(tx)) == before


def test_a_place_that_the_shop_no_longer_has_is_refused(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2)
    book_at(tx, shop, NOON)
    # As a sandbox may have it from a minute ago.
    tx.execute("UPDATE organization_settings SET parallel_bookings = 1")

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    assert booked(tx) == [(NOON, 1)]


def test_a_booking_without_its_place_ends_with_its_transaction(tx: Tx) -> None:
    booking_id = book_at(tx, make_shop(tx), NOON)
    is_whole(tx)
    tx.execute("DELETE FROM booking_places WHERE booking_id = %s", [booking_id])

    with pytest.raises(psycopg.DatabaseError) as broken:
        tx.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert broken.value.sqlstate == "AZ004"


def test_several_pets_are_booked_together_or_not_at_all(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2)
    contact_id, of = make_customer(tx, "Rex", "Mel")
    bath = offer(tx)

    book_pets(tx, shop, contact_id, of, [NOON, NOON], service=bath, now=EARLIER)

    assert [number for _, number in booked(tx)] == [1, 2]
    ((request,), (same,)) = rows(tx, "request_id")
    assert request == same is not None
    before = traces(tx)
    other_contact, others = make_customer(tx, "Bob", "Nina")
    block(tx, NOON + 2 * HOUR, NOON + 3 * HOUR)
    for starts in ([NOON, NOON + HOUR], [NOON + HOUR, NOON + 2 * HOUR]):
        with pytest.raises(Unbookable):
            book_pets(tx, shop, other_contact, others, starts, service=bath, now=EARLIER)
    assert traces(tx) == before
    book_pets(tx, shop, other_contact, others, [NOON + HOUR, NOON + 3 * HOUR], service=bath, now=EARLIER)
    assert len(booked(tx)) == 4
    is_whole(tx)


def test_one_pet_is_no_request_of_several(tx: Tx) -> None:
    book_at(tx, make_shop(tx), NOON)

    assert rows(tx, "request_id") == [(None,)]


def test_extras_are_kept_with_their_prices_and_the_total_and_the_deposit_are_the_whole(tx: Tx) -> None:
    shop = make_shop(tx)
    nails = offer(tx, "Unhas", is_addon=True, price_cents=2500, duration=HOUR / 4)
    teeth = offer(tx, "Dentes", is_addon=True, price_cents=2000, prices=[("large", "any", 3000, 30)], duration=HOUR / 4)
    bath = offer(tx, deposit_percent=50, addons=[nails, teeth], prices=[("large", "any", 12000, 90)])
    contact_id, (thor,) = make_customer(tx, "Thor", size="large")

    book_pets(tx, shop, contact_id, [thor], [NOON], service=bath, addons=(nails, teeth), now=EARLIER, notes="Tem medo")

    assert rows(tx, "ends_at, price_cents, deposit_cents, notes, source, status") == [
        (NOON + HOUR * 2.25, 17500, 8750, "Tem medo", "agent", "confirmed")
    ]
    assert tx.execute("SELECT price_cents FROM booking_addons ORDER BY price_cents").fetchall() == [(2500,), (3000,)]


def test_a_place_is_taken_with_the_buffers_and_a_person_with_it(tx: Tx) -> None:
    shop = make_shop(tx)
    paula = hire(tx, "Paula")
    tub = make_row(tx, "resources", name="Banheira", kind="tub")
    bath = offer(tx, by=[paula], resource_kind="tub", buffer_before=HOUR / 4, buffer_after=HOUR / 2)

    book_at(tx, shop, NOON, service=bath)

    places = tx.execute("SELECT resource_id, staff_id, number, starts_at, ends_at FROM booking_places").fetchall()
    taken = (1, NOON - HOUR / 4, NOON + HOUR * 1.5)
    assert sorted(places, key=str) == sorted([(tub, None, *taken), (None, paula, *taken)], key=str)
    is_whole(tx)


def with_rule(tx: Tx, rule: str) -> tuple[Shop, Service, ContactId, Pet]:
    shop = make_shop(tx, openings=ALL_WEEK)
    conditions: dict[str, dict[str, Any]] = {
        "staff only": {"is_bookable_by_agent": False},
        "species": {"species": ["cat"]},
        "size": {"prices": [("large", "any", 9000, 60)]},
        "coat": {"prices": [("any", "long", 9000, 60)]},
        "age": {"youngest_months": 3},
        "season": {"active_until": EARLIER.date()},
        "prerequisite": {"prerequisite_id": offer(tx, "Consulta").id},
        "vet": {"needs_vet": True},
    }
    contact_id = make_contact(tx)
    rex = pets.register(tx, contact_id, name="Rex", species="dog", size=None if rule == "size" else "small")
    return shop, offer(tx, **conditions.get(rule, {})), contact_id, rex


@pytest.mark.parametrize(
    ("rule", "starts_at", "now", "kind"),
    [
        ("staff only", NOON, EARLIER, Kind.STAFF_ONLY),
        ("species", NOON, EARLIER, Kind.SPECIES),
        ("size", NOON, EARLIER, Kind.SIZE_UNKNOWN),
        ("coat", NOON, EARLIER, Kind.COAT_UNKNOWN),
        ("age", NOON, EARLIER, Kind.AGE_UNKNOWN),
        ("season", NOON, EARLIER, Kind.NOT_OFFERED),
        ("prerequisite", NOON, EARLIER, Kind.PREREQUISITE),
        ("vet", NOON, EARLIER, Kind.NO_VET),
        ("hours", NOON + 6 * HOUR, EARLIER, Kind.OUT_OF_HOURS),
        ("hours", NOON + 5.5 * HOUR, EARLIER, Kind.OUT_OF_HOURS),
        ("notice", NOON, NOON - 2 * HOUR + timedelta(seconds=1), Kind.TOO_SOON),
        ("horizon", NOON, NOON - 91 * DAY, Kind.TOO_FAR),
        ("past", NOON, NOON + HOUR, Kind.PAST),
    ],
)
def test_the_agent_is_bound_by_every_rule_of_the_shop(
    tx: Tx, rule: str, starts_at: datetime, now: datetime, kind: Kind
) -> None:
    shop, service, contact_id, rex = with_rule(tx, rule)

    refused(kind, lambda: book_pets(tx, shop, contact_id, [rex], [starts_at], service=service, now=now))

    assert rows(tx, "id") == []


@pytest.mark.parametrize("rule", ["staff only", "species", "size", "age", "season", "prerequisite", "hours", "notice"])
def test_people_of_the_shop_know_better_than_its_rules(tx: Tx, rule: str) -> None:
    shop, service, contact_id, rex = with_rule(tx, rule)

    book_pets(tx, shop, contact_id, [rex], [NOON + 6 * HOUR], service=service, now=NOON + 6 * HOUR, source="staff")

    assert rows(tx, "status") == [("confirmed",)]


def test_notice_is_asked_for_to_the_second(tx: Tx) -> None:
    shop = make_shop(tx, minimum_notice=timedelta(hours=2))
    contact_id, of = make_customer(tx, "Rex")

    book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=NOON - 2 * HOUR)

    assert booked(tx) == [(NOON, 1)]


def test_the_same_service_twice_a_day_is_refused_with_the_way_to_move_it(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    bath = offer(tx)
    book_pets(tx, shop, contact_id, of, [NOON], service=bath, now=EARLIER)

    with pytest.raises(Unbookable, match=r"already has Banho on quarta-feira 10/03 12:00\. To move it") as twice:
        book_pets(tx, shop, contact_id, of, [NOON + 3 * HOUR], service=bath, now=EARLIER)

    assert twice.value.reason.kind is Kind.ALREADY
    book_pets(tx, shop, contact_id, of, [NOON + DAY], service=bath, now=EARLIER)
    book_pets(tx, shop, contact_id, of, [NOON + 3 * HOUR], service=offer(tx, "Tosa"), now=EARLIER)
    assert len(rows(tx, "id")) == 3


def test_where_staff_confirm_the_agent_only_requests(tx: Tx) -> None:
    make_shop(tx)
    tx.execute("UPDATE organization_settings SET staff_confirms = true")
    shop = find_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    (booking_id,) = book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=EARLIER)
    book_at(tx, shop, NOON)
    assert rows(tx, "status") == [("requested",), ("confirmed",)]
    # What is requested has its place.
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    booking.confirm(tx, booking_id)

    assert [(before, after) for before, after, *_ in history(tx, booking_id)] == [
        (None, "requested"),
        ("requested", "confirmed"),
    ]


def test_only_coming_appointments_are_listed_with_their_extras(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    nails = offer(tx, "Unhas", is_addon=True)
    bath = offer(tx, addons=[nails])
    (wanted,) = book_pets(tx, shop, contact_id, [rex], [NOON], service=bath, addons=(nails,), now=EARLIER)
    book_at(tx, shop, NOON - 2 * HOUR, pet=rex, contact_id=contact_id)
    cancelled = book_at(tx, shop, NOON + 2 * HOUR, pet=rex, contact_id=contact_id)
    booking.cancel(tx, shop, booking_ids=[cancelled], now=NOON, source="staff")
    book_at(tx, shop, NOON)

    (known,) = queries.upcoming(tx, contact_id, NOON - HOUR)

    assert (known.id, known.pet_name, known.service_name, known.addon_names) == (wanted, "Rex", "Banho", ["Unhas"])


def test_the_context_of_a_turn_has_what_is_to_come(tx: Tx) -> None:
    shop = make_shop(tx)
    now = datetime.now(UTC)
    contact_id, (rex,) = make_customer(tx, "Rex")
    nails = offer(tx, "Unhas", is_addon=True)
    bath = offer(tx, addons=[nails])
    soon = (now + 3 * DAY).replace(hour=15, minute=0, second=0, microsecond=0)
    (booking_id,) = book_pets(tx, shop, contact_id, [rex], [soon], service=bath, addons=(nails,), now=now)
    book_at(tx, shop, soon)

    row = tx.execute("SELECT app.upcoming_of(%s)", [contact_id]).fetchone()
    assert row
    (found,) = row[0]["bookings"]

    assert datetime.fromisoformat(found.pop("starts_at")) == soon
    assert found == {
        "id": str(booking_id),
        "pet": "Rex",
        "service": "Banho",
        "addons": ["Unhas"],
        "status": "confirmed",
    }
    assert row[0]["waitlist"] == []
    assert tx.execute("SELECT app.upcoming_of(%s)", [UUID(int=0)]).fetchone() == ({"bookings": [], "waitlist": []},)


def test_a_booking_cannot_take_the_pet_of_another_shop(tx: Tx, owner, connect, organization_id: OrganizationId) -> None:
    shop, contact_id, service = make_shop(tx), make_contact(tx), make_service(tx)
    other: Database = connect()
    with other.transaction(make_organization(owner), "test") as elsewhere:
        theirs = make_pet(elsewhere, make_contact(elsewhere))

    with pytest.raises(errors.ForeignKeyViolation):
        book_pets(tx, shop, contact_id, [theirs], [NOON], service=service, now=EARLIER, source="staff")


def test_a_pet_is_registered_once_a_customer(tx: Tx) -> None:
    ana, bia = make_contact(tx), make_contact(tx, "Bia")
    make_pet(tx, ana, "Mel")
    make_pet(tx, bia, "Mel")

    with pytest.raises(pets.PetKnown):
        make_pet(tx, ana, "MEL")

    assert [pet.name for pet in pets.pets_of(tx, ana)] == ["Mel"]

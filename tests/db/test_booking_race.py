"""Many customers want the same hours at once: no place, no person and no pet is ever taken twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from threading import Barrier

import psycopg
import pytest

from auzap.bookings import booking, queries
from auzap.bookings.availability import find
from auzap.bookings.reasons import Kind, Unbookable
from auzap.bookings.wanted import wanted
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId, ContactId
from auzap.organizations.shop import Shop
from tests import factories, rush
from tests.factories_bookings import book_pets, make_customer, offer
from tests.overbooking import SWEEPS, overbooked
from tests.postgres import Place, cloned, template, wait_until_blocked
from tests.rush import NOW, Rush

type Begin = Callable[[], AbstractContextManager[Tx]]

CUSTOMERS_AT_ONCE, ATTEMPTS = 8, 60
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Two:
    """Ana and Bia, each with a connection of her own, and a shop that bathes one pet at a time."""

    first: Begin
    second: Begin
    shop: Shop
    bath: Service
    ana: ContactId
    rex: list[Pet]
    bia: ContactId
    mel: list[Pet]


@pytest.fixture
def two(owner: psycopg.Connection, connect: Callable[[], Database]) -> Two:
    organization_id = factories.make_organization(owner)
    first, second = (partial(connect().transaction, organization_id, "test") for _ in range(2))
    with first() as tx:
        shop = factories.make_shop(tx, parallel_bookings=1)
        return Two(first, second, shop, offer(tx), *make_customer(tx, "Rex"), *make_customer(tx, "Mel"))


def found_wrong(place: Place) -> list[str]:
    """The administrator sees every shop."""
    with psycopg.connect(place.admin) as connection:
        return overbooked(lambda statement: connection.execute(statement).fetchall())  # type: ignore[arg-type]


def all_at_once(place: Place, wanted_hours: Rush) -> Counter[str]:
    together = Barrier(CUSTOMERS_AT_ONCE)

    def customer(number: int) -> Counter[str]:
        with closing(Database(lambda: place.app)) as database:
            together.wait()
            return rush.run(wanted_hours, database, seed=number, attempts=ATTEMPTS)

    with ThreadPoolExecutor(CUSTOMERS_AT_ONCE) as pool:
        return sum(pool.map(customer, range(CUSTOMERS_AT_ONCE)), Counter[str]())


def test_a_rush_overbooks_nobody_and_every_refusal_names_other_times(
    shared_database: Place, owner: psycopg.Connection, database: Database
) -> None:
    crowded = rush.furnish(database, factories.make_organization(owner), days=2)

    outcomes = all_at_once(shared_database, crowded)

    assert found_wrong(shared_database) == []
    assert outcomes["booked"] > 20
    assert outcomes["refused full, with others"] > 10
    assert outcomes["refused full, without a word"] == outcomes["refused DeadlockDetected"] == 0
    with database.transaction(crowded.organization_id, "test") as tx:
        counts = tx.execute("SELECT count(*), count(*) FILTER (WHERE status = 'cancelled') FROM bookings").fetchone()
        moves = tx.execute("SELECT count(*) FROM booking_moves WHERE from_starts_at <> to_starts_at").fetchone()
    assert counts
    assert counts[0] >= outcomes["booked"]
    assert counts[1] == outcomes["cancelled"]
    assert moves == (outcomes["moved"],)


def test_the_constraints_alone_keep_a_rush_from_overbooking(
    shared_database: Place, owner: psycopg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for anybody, and the calendar shows nothing as taken: with either of them in its place no constraint is met."""
    crowded = rush.furnish(database, factories.make_organization(owner), days=1, asking=1000)
    whole = queries.calendar
    monkeypatch.setattr(queries, "lock_days", lambda tx, days: None)
    monkeypatch.setattr(queries, "calendar", lambda tx, **asked: whole(tx, **asked) | {"taken": [], "own": []})

    outcomes = all_at_once(shared_database, crowded)

    assert found_wrong(shared_database) == []
    assert outcomes["booked"] > 5
    assert outcomes["refused full"] > 50


SPOILS = {
    "is taken by more than it can hold": "UPDATE organization_settings SET parallel_bookings = 1",
    "is taken twice at once": "UPDATE booking_places SET number = 1",
    "is in two appointments at once": "UPDATE bookings SET pet_id = (SELECT min(id::text)::uuid FROM pets)",
    "has not its one place for all of its time": "DELETE FROM booking_places",
    "has nobody who does it": "UPDATE services SET needs_vet = true",
    "has a place and does not happen": "UPDATE bookings SET status = 'cancelled'",
}


@pytest.mark.parametrize("wrong", SWEEPS)
def test_the_sweep_sees_what_it_is_there_for(wrong: str) -> None:
    with cloned(template(clock=False)) as spoiled, psycopg.connect(spoiled.owner, autocommit=True) as owner:
        organization_id = factories.make_organization(owner)
        with closing(Database(lambda: spoiled.app)) as database, database.transaction(organization_id, "test") as tx:
            shop = factories.make_shop(tx, parallel_bookings=2)
            for _ in range(2):
                factories.book_at(tx, shop, shop.instant(rush.FIRST_DAY, time(12)))
        assert found_wrong(spoiled) == []
        with psycopg.connect(spoiled.admin, autocommit=True) as administrator:
            administrator.execute("ALTER TABLE booking_places DROP CONSTRAINT booking_places_free")
            administrator.execute("ALTER TABLE bookings DROP CONSTRAINT bookings_pet_free")
            administrator.execute("SET session_replication_role = replica")
            administrator.execute(SPOILS[wrong])  # type: ignore[arg-type]

        assert any(found.endswith(wrong) for found in found_wrong(spoiled))


def test_of_two_customers_who_say_yes_to_the_last_hour_one_gets_it_and_the_other_hears_of_others(
    two: Two, shared_database: Place
) -> None:
    last_hour = two.shop.instant(rush.FIRST_DAY, time(17))

    def say_yes_too() -> Kind:
        with two.second() as tx:
            try:
                book_pets(tx, two.shop, two.bia, two.mel, [last_hour], service=two.bath, now=NOW)
            except Unbookable as refused:
                asked = [wanted(two.bath, two.mel[0])]
                assert last_hour not in [
                    slot.starts_at for slot in find(tx, two.shop, asked, rush.FIRST_DAY, now=NOW).slots
                ]
                return refused.reason.kind
        raise AssertionError("both were booked")

    with ThreadPoolExecutor(1) as pool:
        with two.first() as tx:
            book_pets(tx, two.shop, two.ana, two.rex, [last_hour], service=two.bath, now=NOW)
            waiting = pool.submit(say_yes_too)
            # The second one waits until the first has ended, and sees what it has left.
            wait_until_blocked(shared_database)
        assert waiting.result() is Kind.FULL
    with two.first() as tx:
        assert tx.execute("SELECT contact_id FROM bookings").fetchall() == [(two.ana,)]


def test_who_waited_for_one_that_changed_its_mind_gets_the_hour(two: Two, shared_database: Place) -> None:
    noon = two.shop.instant(rush.FIRST_DAY, time(12))

    def book() -> list[BookingId]:
        with two.second() as tx:
            return book_pets(tx, two.shop, two.bia, two.mel, [noon], service=two.bath, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with two.first() as tx:
            booked = book_pets(tx, two.shop, two.ana, two.rex, [noon], service=two.bath, now=NOW)
            waiting = pool.submit(book)
            wait_until_blocked(shared_database)
            booking.cancel(tx, two.shop, booking_ids=booked, contact_id=two.ana, now=NOW, source="agent")
        assert len(waiting.result()) == 1


def test_two_who_take_each_others_hours_end_up_with_them_or_with_their_own(
    shared_database: Place, owner: psycopg.Connection, connect
) -> None:
    """Each gives up what the other wants: neither waits for the other for ever."""
    organization_id = factories.make_organization(owner)
    databases = [connect(), connect()]
    with databases[0].transaction(organization_id, "test") as tx:
        shop = factories.make_shop(tx, parallel_bookings=1)
        bath = offer(tx)
        hours = [shop.instant(rush.FIRST_DAY + timedelta(days=n), time(12)) for n in (0, 1)]
        ids: list[BookingId] = []
        for name, hour in zip(("Rex", "Mel"), hours, strict=True):
            contact_id, of = make_customer(tx, name)
            ids += book_pets(tx, shop, contact_id, of, [hour], service=bath, now=NOW)
    together = Barrier(2)

    def move(number: int) -> str:
        with databases[number].transaction(organization_id, "test") as tx:
            together.wait()
            try:
                booking.reschedule(
                    tx, shop, booking_ids=[ids[number]], starts=[hours[1 - number]], now=NOW, source="agent"
                )
            except Unbookable as refused:
                return refused.reason.kind
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(move, range(2))) <= {Kind.FULL, "moved"}
    assert found_wrong(shared_database) == []

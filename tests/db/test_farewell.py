"""A pet that has died or was given away: nothing of it is left in the calendar, and nobody is asked about it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.customers import farewell, pets, profiles
from auzap.customers.pets import UnknownPet
from auzap.db.connection import Database, Tx
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.training import plans
from tests import factories
from tests.factories_bookings import book_pets, offer
from tests.factories_stays import ARRIVAL, DAY, guest, make_room, plan_for, prove, stay_for, tutor

ZONE = ZoneInfo("America/Sao_Paulo")
# A Monday.
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
TODAY = NOW.date()
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx, openings=factories.ALL_WEEK)


def of(tx: Tx, table: str, columns: str) -> list[tuple[Any, ...]]:
    query = f"SELECT p.name, {columns} FROM {table} t JOIN pets p ON p.id = t.pet_id ORDER BY p.name, t.id"
    return tx.connection.execute(query).fetchall()  # type: ignore[arg-type]


def test_what_was_to_come_of_a_pet_that_is_gone_is_called_off(tx: Tx, shop: Shop) -> None:
    rex, thor = guest(tx), guest(tx, "Thor")
    bath, room = offer(tx), make_room(tx, capacity=2)
    for pet in (rex, thor):
        book_pets(tx, shop, tutor(tx, pet), [pet], [NOW + DAY], service=bath, now=NOW)
        stay_for(tx, shop, pet, room, TODAY + 10 * DAY, 2, now=NOW)
    begun = plans.make(tx, plan_for(tx, rex).id, sessions_a_week=1, weeks=2)
    plans.start(tx, shop, begun.id, starts_on=TODAY + 7 * DAY, at=(NOW + HOUR).time(), now=NOW)

    farewell.let_go(tx, rex.id, now=NOW, died_on=TODAY)

    assert of(tx, "bookings", "t.status, t.status_reason") == [
        ("Rex", "cancelled", "pet_gone"),
        ("Thor", "confirmed", None),
    ]
    assert of(tx, "stays", "t.state, t.state_reason") == [
        ("Rex", "cancelled", "pet_gone"),
        ("Thor", "awaiting_assessment", None),
    ]
    assert of(tx, "training_plans", "t.state, t.state_reason") == [("Rex", "cancelled", "pet_gone")]
    assert tx.execute("SELECT DISTINCT state FROM training_sessions").fetchall() == [("cancelled",)]
    assert tx.execute("SELECT count(*) FROM booking_places").fetchone() == (1,)


def test_what_is_over_or_runs_is_left_as_it_is(tx: Tx, shop: Shop) -> None:
    rex = guest(tx)
    prove(tx, rex.id, today=TODAY, until=TODAY + 60 * DAY)
    book_pets(tx, shop, tutor(tx, rex), [rex], [NOW - 2 * HOUR], service=offer(tx), now=NOW, source="staff")
    there = stay_for(tx, shop, rex, make_room(tx), TODAY, 2, now=NOW)
    staying.check_in(tx, shop, there.id, ARRIVAL, now=NOW)

    farewell.let_go(tx, rex.id, now=NOW)

    assert of(tx, "bookings", "t.status") == [("Rex", "confirmed")]
    assert of(tx, "stays", "t.state") == [("Rex", "staying")]
    assert pets.pets_of(tx, tutor(tx, rex)) == []


def test_a_customer_loses_no_points_by_it(tx: Tx, shop: Shop) -> None:
    rex = guest(tx)
    book_pets(tx, shop, tutor(tx, rex), [rex], [NOW + DAY], service=offer(tx), now=NOW)

    farewell.let_go(tx, rex.id, now=NOW)

    assert profiles.find(tx, tutor(tx, rex), today=TODAY).cancelled == 0


def test_another_shops_pet_is_not_let_go(
    tx: Tx, shop: Shop, owner: psycopg.Connection, connect: Callable[[], Database]
) -> None:
    organization_id, database = factories.make_organization(owner), connect()
    with database.transaction(organization_id, "test") as elsewhere:
        theirs = guest(elsewhere)

    with pytest.raises(UnknownPet):
        farewell.let_go(tx, theirs.id, now=NOW)

    with database.transaction(organization_id, "test") as elsewhere:
        assert pets.profile(elsewhere, theirs.id).is_active

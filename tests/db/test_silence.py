"""A number that is normally busy and hears nothing is told of once, and again when it hears."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.db.connection import Database, Tx
from auzap.health import silence
from auzap.ids import id_floor
from tests import factories
from tests.db.committed import read
from tests.factories import Account, PetShop
from tests.postgres import Clock

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


def heard(tx: Tx, account: Account, clock: Clock, *, weeks_ago: int, count: int, **columns: Any) -> None:
    """Messages of a customer an hour before this hour, so many weeks ago."""
    sender, imported = columns.get("sender", "customer"), columns.get("imported", False)
    contact_id = factories.make_contact(tx)
    conversation_id = factories.make_conversation(tx, account, contact_id)
    first = id_floor(clock.now() - weeks_ago * WEEK - HOUR).int
    for number in range(count):
        tx.execute(
            """
            INSERT INTO messages (id, conversation_id, sender, kind, provider_at, imported)
            VALUES (%s::uuid, %s, %s, 'text', app.now(), %s)
            """,
            [f"{first + 1 + number + contact_id.int % 2**40:032x}", conversation_id, sender, imported],
        )
    tx.execute(
        "UPDATE conversations SET last_message_at = app.now() - interval '1 day' WHERE id = %s", [conversation_id]
    )


def looks(database: Database, shop: PetShop, clock: Clock) -> bool:
    with database.transaction(shop.organization_id, "health") as tx:
        return silence.look(tx, shop.account.id, clock.now())


@pytest.fixture
def busy(database: Database, shop: PetShop, clock: Clock) -> PetShop:
    with database.transaction(shop.organization_id, "test") as tx:
        for weeks_ago, count in ((1, 12), (2, 10), (3, 11), (4, 0)):
            heard(tx, shop.account, clock, weeks_ago=weeks_ago, count=count)
    return shop


def events(database: Database, shop: PetShop) -> list[str]:
    return [
        row[0] for row in read(database, shop, "SELECT is_now FROM channel_events WHERE kind = 'silence' ORDER BY id")
    ]


def notices(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(
        database,
        shop,
        "SELECT level, detail ->> 'is_now' FROM notifications WHERE kind = 'channel_silence' ORDER BY id",
    )


def test_a_busy_number_that_hears_nothing_is_told_of_once(database: Database, busy: PetShop, clock: Clock) -> None:
    assert [looks(database, busy, clock) for _ in range(3)] == [True, True, True]

    assert events(database, busy) == ["silent"]
    assert notices(database, busy) == [("error", "silent")]


def test_a_silence_ends_when_the_number_hears_again_and_a_day_has_one_alarm(
    database: Database, busy: PetShop, clock: Clock
) -> None:
    looks(database, busy, clock)
    factories.say(database, busy)
    assert not looks(database, busy, clock)
    assert not looks(database, busy, clock)
    with database.transaction(busy.organization_id, "test") as tx:
        tx.execute("UPDATE conversations SET last_message_at = app.now() - interval '1 day'")

    assert looks(database, busy, clock)

    assert events(database, busy) == ["silent", "heard", "silent"]
    assert notices(database, busy) == [("error", "silent"), ("success", "heard")]


def test_a_night_in_which_nobody_ever_writes_is_no_silence(database: Database, busy: PetShop, clock: Clock) -> None:
    clock.move(12 * HOUR)
    assert not looks(database, busy, clock)
    clock.move(12 * HOUR)
    # A week and a day after the last busy hour: yesterday's hour was busy, and this weekday's never was.
    assert not looks(database, busy, clock)

    clock.move(6 * 24 * HOUR)

    assert looks(database, busy, clock)
    assert events(database, busy) == ["silent"]


def test_a_number_that_is_seldom_written_to_may_be_silent(database: Database, shop: PetShop, clock: Clock) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        for weeks_ago, count in ((1, 30), (2, 9), (3, 9), (4, 10)):
            heard(tx, shop.account, clock, weeks_ago=weeks_ago, count=count)

    assert not looks(database, shop, clock)


@pytest.mark.parametrize("column", [{"sender": "staff"}, {"imported": True}], ids=["own messages", "history"])
def test_what_customers_did_not_write_makes_no_habit(
    database: Database, shop: PetShop, clock: Clock, column: dict[str, Any]
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        for weeks_ago in range(1, 5):
            heard(tx, shop.account, clock, weeks_ago=weeks_ago, count=20, **column)

    assert not looks(database, shop, clock)


def test_the_habit_of_one_number_is_not_that_of_another(database: Database, busy: PetShop, clock: Clock) -> None:
    with database.transaction(busy.organization_id, "test") as tx:
        other = PetShop(busy.organization_id, factories.make_account(tx))

    assert not looks(database, other, clock)


def test_one_shop_is_not_heard_in_another(
    database: Database, owner: psycopg.Connection, busy: PetShop, clock: Clock
) -> None:
    other = factories.make_pet_shop(owner, database)
    factories.say(database, other)

    assert looks(database, busy, clock)
    assert not looks(database, other, clock)
    assert events(database, other) == []

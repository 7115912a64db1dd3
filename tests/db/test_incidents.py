"""Incidents: noted once for a turn, without a word of what was written, and told to staff when they are many."""

from datetime import timedelta
from typing import Any

from auzap.agent import incidents
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, TurnId
from tests import factories
from tests.db.committed import read
from tests.factories import PetShop
from tests.postgres import Clock

NOTED = "SELECT kind, severity, layer, action, rules FROM security_incidents ORDER BY id"
TOLD = "SELECT kind, level, detail ->> 'count' FROM notifications ORDER BY id"


def make_turn(tx: Tx, shop: PetShop) -> tuple[ConversationId, TurnId]:
    conversation_id = factories.make_conversation(tx, shop.account, factories.make_contact(tx))
    row = tx.execute(
        "INSERT INTO turns (conversation_id, fence, message_ids) VALUES (%s, 1, '{}') RETURNING id", [conversation_id]
    ).fetchone()
    assert row
    return conversation_id, TurnId(row[0])


def attempt(database: Database, shop: PetShop, times: int = 1) -> None:
    """Customers try to talk the agent into something, each in a conversation of their own."""
    for _ in range(times):
        with database.transaction(shop.organization_id, "test") as tx:
            incidents.note(
                tx, *make_turn(tx, shop), "injection_attempt", "high", "input", "flagged", ["ignore_previous"]
            )


def test_a_turn_that_is_retried_notes_the_same_thing_once(database: Database, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        turn = make_turn(tx, shop)
    for _ in range(3):
        with database.batch(shop.organization_id, "test") as tx:
            incidents.note(tx, *turn, "validation_failed", "high", "output", "regenerated", ["price", "claim", "price"])

    assert read(database, shop, NOTED) == [("validation_failed", "high", "output", "regenerated", ["claim", "price"])]
    assert read(database, shop, "SELECT count(*) FROM audit WHERE table_name = 'security_incidents'") == [(0,)]


def test_what_a_turn_notices_later_joins_what_it_has_noted(database: Database, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        turn = make_turn(tx, shop)
        incidents.note(tx, *turn, "forbidden_call", "low", "tool", "blocked", ["unknown_tool"])
        incidents.note(tx, *turn, "forbidden_call", "low", "tool", "blocked", ["extra_argument"])
        incidents.note(tx, *turn, "over_promise", "high", "output", "blocked", ["promise"])

    assert read(database, shop, NOTED) == [
        ("forbidden_call", "low", "tool", "blocked", ["extra_argument", "unknown_tool"]),
        ("over_promise", "high", "output", "blocked", ["promise"]),
    ]


def test_a_worse_rule_makes_the_incident_worse_and_a_lesser_one_does_not_make_it_better(
    database: Database, shop: PetShop
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        turn = make_turn(tx, shop)
        incidents.note(tx, *turn, "validation_failed", "medium", "output", "blocked", ["time"])
        incidents.note(tx, *turn, "validation_failed", "critical", "output", "blocked", ["personal_data"])
        incidents.note(tx, *turn, "validation_failed", "low", "output", "blocked", ["language"])

    assert read(database, shop, "SELECT severity FROM security_incidents") == [("critical",)]


def test_an_incident_holds_names_and_nothing_that_was_written(database: Database, shop: PetShop) -> None:
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'security_incidents'::regclass AND attnum > 0"

    assert {row[0] for row in read(database, shop, columns)} == {
        "organization_id",
        "id",
        "conversation_id",
        "turn_id",
        "kind",
        "severity",
        "layer",
        "action",
        "rules",
        "resolved_at",
        "resolved_by",
        "created_at",
    }


def test_four_attempts_in_an_hour_are_not_told(database: Database, shop: PetShop) -> None:
    attempt(database, shop, 4)

    assert read(database, shop, TOLD) == []


def test_five_attempts_in_an_hour_are_told_once(database: Database, shop: PetShop, clock: Clock) -> None:
    attempt(database, shop, 5)
    clock.move(timedelta(minutes=40))
    attempt(database, shop, 5)

    assert read(database, shop, TOLD) == [("injection_attempts", "warning", "5")]


def test_attempts_of_the_next_hour_are_told_again(database: Database, shop: PetShop, clock: Clock) -> None:
    attempt(database, shop, 5)
    clock.move(timedelta(minutes=61))
    attempt(database, shop, 5)

    assert read(database, shop, TOLD) == [("injection_attempts", "warning", "5")] * 2


def test_attempts_over_more_than_an_hour_are_not_many(database: Database, shop: PetShop, clock: Clock) -> None:
    for _ in range(8):
        attempt(database, shop)
        clock.move(timedelta(minutes=20))

    assert read(database, shop, TOLD) == []


def test_other_incidents_and_other_shops_attempts_do_not_count(
    database: Database, shop: PetShop, other_shop: PetShop
) -> None:
    attempt(database, shop, 4)
    attempt(database, other_shop, 4)
    with database.transaction(shop.organization_id, "test") as tx:
        incidents.note(tx, *make_turn(tx, shop), "off_topic", "medium", "output", "blocked", ["politics"])

    told: list[Any] = read(database, shop, TOLD) + read(database, other_shop, TOLD)
    assert told == []


# Looking at them


def test_what_was_looked_at_is_shown_no_more_and_keeps_who_looked_first(database: Database, shop: PetShop) -> None:
    attempt(database, shop, 2)
    with database.transaction(shop.organization_id, "staff:bia") as tx:
        newest, oldest = incidents.page(tx)
        assert (newest.kind, newest.severity, newest.rules) == ("injection_attempt", "high", ["ignore_previous"])
        assert incidents.page(tx, before=newest.id) == [oldest]
        incidents.resolve(tx, newest.id)
    with database.transaction(shop.organization_id, "staff:caio") as tx:
        incidents.resolve(tx, newest.id)
        assert incidents.page(tx) == [oldest]

    resolved = "SELECT resolved_by, resolved_at IS NOT NULL FROM security_incidents WHERE id = %s"
    assert read(database, shop, resolved, newest.id) == [("staff:bia", True)]
    assert read(database, shop, "SELECT actor FROM audit WHERE table_name = 'security_incidents'") == [("staff:bia",)]


def test_another_shop_sees_and_resolves_nothing(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    attempt(database, shop)
    with database.transaction(shop.organization_id, "test") as tx:
        (ours,) = incidents.page(tx)

    with database.transaction(other_shop.organization_id, "test") as tx:
        assert incidents.page(tx) == []
        incidents.resolve(tx, ours.id)

    with database.transaction(shop.organization_id, "test") as tx:
        assert incidents.page(tx) == [ours]

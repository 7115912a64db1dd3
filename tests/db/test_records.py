"""The audit trail, the change feed and the dead letters: written with what they tell of, and by nobody by hand."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from auzap.bookings import booking
from auzap.conversations import dead_letters
from auzap.conversations.dead_letters import NoTenant
from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId
from tests import factories
from tests.db.committed import read
from tests.db.test_bookings import NOON
from tests.factories import PetShop, say
from tests.postgres import Undone

# What is the product's own record, and whose rows nobody changes afterwards.
PERMANENT = ("audit", "turn_steps", "raw_elements", "message_keys", "organization_keys")


def trail(tx: Tx, table: str) -> list[tuple[Any, ...]]:
    return tx.execute(
        "SELECT operation, actor, before, after FROM audit WHERE table_name = %s ORDER BY id", [table]
    ).fetchall()


def test_every_change_of_a_booking_is_kept_with_who_did_it(database: Database, organization_id: OrganizationId) -> None:
    with database.transaction(organization_id, "user:rosa") as tx:
        contact_id = factories.make_contact(tx)
        shop = factories.make_shop(tx)
        booking_id = factories.book_at(tx, shop, NOON, contact_id=contact_id)
    with database.transaction(organization_id, "agent") as tx:
        booking.cancel(tx, shop, booking_ids=[booking_id], now=NOON - timedelta(hours=3), source="agent")

        (made, cancelled) = trail(tx, "bookings")

    assert made[:3] == ("insert", "user:rosa", None)
    assert (made[3]["status"], made[3]["id"]) == ("confirmed", str(booking_id))
    assert cancelled[:2] == ("update", "agent")
    assert (cancelled[2]["status"], cancelled[3]["status"]) == ("confirmed", "cancelled")


def test_a_change_that_changes_nothing_leaves_no_trace(tx: Tx) -> None:
    factories.make_contact(tx)
    tx.execute("UPDATE contacts SET name = name, last_counted_month = '2027-03-01'")

    assert [operation for operation, *_ in trail(tx, "contacts")] == ["insert"]


def test_the_trail_holds_no_credentials(tx: Tx) -> None:
    factories.make_account(tx)
    tx.execute("UPDATE channel_accounts SET credentials = 'secret', display_name = 'Outro nome'")

    assert len(trail(tx, "channel_accounts")) == 2
    assert "credentials" not in str(trail(tx, "channel_accounts"))


def test_a_row_is_told_by_its_key(tx: Tx) -> None:
    tx.execute("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5511999990000', 'Rosa')")
    service = factories.make_service(tx)
    tx.execute(
        "INSERT INTO service_prices (service_id, size, price_cents, duration) VALUES (%s, 'giant', 9000, '2 hours')",
        [service.id],
    )
    factories.open_all_week(tx)

    keys = tx.execute(
        "SELECT DISTINCT ON (table_name) table_name, row_key FROM audit ORDER BY table_name, id"
    ).fetchall()

    assert dict(keys) == {
        "organization_settings": {},
        "authorized_owner_numbers": {"phone": "+5511999990000"},
        "opening_hours": {"weekday": 0, "opens": "08:00:00"},
        "service_prices": {"service_id": str(service.id), "size": "giant", "coat": "any"},
        "services": {"id": str(service.id)},
    }


@pytest.mark.parametrize("table", PERMANENT)
@pytest.mark.parametrize("statement", ["UPDATE {} SET organization_id = organization_id", "DELETE FROM {}"])
def test_what_was_recorded_stays(tx: Tx, table: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        tx.connection.execute(statement.format(table).encode())


@pytest.mark.parametrize("table", ["audit", "changes"])
def test_nobody_writes_the_records_by_hand(tx: Tx, table: str) -> None:
    columns = {
        "audit": "(table_name, row_key, operation, actor) VALUES ('pets', '{}', 'insert', 'me')",
        "changes": "(table_name, row_id, operation) VALUES ('pets', uuidv7(), 'insert')",
    }
    with pytest.raises(errors.InsufficientPrivilege):
        tx.connection.execute(f"INSERT INTO {table} {columns[table]}".encode())


def test_what_is_undone_is_not_told(database: Database, organization_id: OrganizationId) -> None:
    with suppress(Undone), database.transaction(organization_id, "test") as tx:
        factories.make_contact(tx)
        raise Undone

    with database.transaction(organization_id, "test") as tx:
        assert tx.execute("SELECT count(*) FROM changes").fetchone() == (0,)
        assert tx.execute("SELECT count(*) FROM audit WHERE table_name = 'contacts'").fetchone() == (0,)


def test_the_feed_names_tables_and_rows_and_nothing_of_their_content(
    owner: psycopg.Connection, database: Database
) -> None:
    shop = factories.make_pet_shop(owner, database)
    recorded = say(database, shop, "Meu segredo")
    with database.transaction(shop.organization_id, "test") as tx:
        told = tx.execute("SELECT table_name, operation, row_id FROM changes ORDER BY id").fetchall()
        whole = tx.execute("SELECT string_agg(c::text, ' ') FROM changes c").fetchone()

    assert ("conversations", "insert", recorded.conversation_id) in told
    assert {table for table, _, _ in told} == {
        "channel_accounts",
        "contacts",
        "conversations",
        "messages",
        "opening_hours",
        "organization_settings",
    }
    assert "segredo" not in str(whole)


def test_leases_and_hints_are_no_news(owner: psycopg.Connection, database: Database) -> None:
    shop = factories.make_pet_shop(owner, database)
    say(database, shop)
    with database.transaction(shop.organization_id, "test") as tx:
        before = tx.execute("SELECT count(*) FROM changes").fetchone()
        tx.execute(
            "UPDATE conversations SET fence = fence + 1, lease_until = app.now(), hinted_at = app.now(), answer_at = NULL"
        )
        assert tx.execute("SELECT count(*) FROM changes").fetchone() == before


# Dead letters


def kept(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(
        database,
        shop,
        """
        SELECT d.queue, d.body, d.conversation_id, t.kind, t.conversation_id FROM dead_letters d
        LEFT JOIN staff_tasks t ON t.detail = d.reason
        """,
    )


def test_a_dead_hint_is_kept_once_with_its_conversation_and_put_before_the_staff(
    database: Database, shop: PetShop
) -> None:
    conversation_id = say(database, shop).conversation_id
    body = {"organization_id": str(shop.organization_id), "conversation_id": str(conversation_id)}

    for receives in (13, 14):
        dead_letters.keep(database, queue="turns", message_id="one", body=json.dumps(body), receives=receives)

    assert kept(database, shop) == [("turns", body, conversation_id, "dead_letter", conversation_id)]


def test_a_dead_envelope_finds_its_shop_by_the_number_it_was_sent_to(database: Database, shop: PetShop) -> None:
    body = {"account": shop.account.external_id, "element": {"text": {"body": "NUL \x00 e \ud83d sozinho"}}}

    dead_letters.keep(database, queue="inbound", message_id="one", body=json.dumps(body), receives=11)

    ((queue, stored, conversation_id, kind, _),) = kept(database, shop)
    assert (queue, conversation_id, kind) == ("inbound", None, "dead_letter")
    assert stored["element"]["text"]["body"] == "NUL \ufffd e \ufffd sozinho"


def test_a_dead_letter_of_a_conversation_of_another_shop_names_none(
    owner: psycopg.Connection, database: Database, shop: PetShop
) -> None:
    other = factories.make_pet_shop(owner, database)
    body = {"organization_id": str(shop.organization_id), "conversation_id": str(say(database, other).conversation_id)}

    dead_letters.keep(database, queue="turns", message_id="one", body=json.dumps(body), receives=13)

    assert [row[2] for row in kept(database, shop)] == [None]
    assert kept(database, other) == []


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "7",
        "null",
        "{}",
        '{"account": "1"}',
        '{"account": 7}',
        '{"organization_id": "x"}',
        '{"organization_id": "01890000-0000-7000-8000-000000000000"}',
    ],
)
def test_a_letter_without_a_shop_is_told_apart(database: Database, body: str) -> None:
    with pytest.raises(NoTenant):
        dead_letters.keep(database, queue="turns", message_id="one", body=body, receives=13)

"""Two contacts become one: nothing they had is lost, nobody who was thinking for either of them writes on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from auzap.agent.turn import Turn, Usage
from auzap.conversations import merging
from auzap.conversations.merging import merge
from auzap.db.connection import Database, Tx
from auzap.errors import StaleTurn
from auzap.ids import ContactId, ConversationId
from auzap.outbox.queueing import enqueue
from auzap.turns.claiming import claim
from auzap.turns.finishing import finish, release
from tests import factories, factories_customers
from tests.db.committed import read, write
from tests.db.recorded import at_once, count, one
from tests.db.turning import GREETING, claimed, turns, unanswered
from tests.factories import PetShop, new_bsuid, new_wa_id, say
from tests.postgres import Clock, Place

NOON = datetime(2027, 3, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


class Pair:
    """Two contacts of one shop, older and younger, each with an open conversation on its number."""

    def __init__(self, database: Database, shop: PetShop) -> None:
        self.database = database
        self.shop = shop
        self.wa_id, self.bsuid = new_wa_id(), new_bsuid()
        self.older_conversation = say(database, shop, "Oi, sou a Ana", wa_id=self.wa_id).conversation_id
        self.younger_conversation = say(database, shop, "Sou eu de novo", bsuid=self.bsuid).conversation_id
        self.older, self.younger = (
            ContactId(one(database, shop, "SELECT contact_id FROM conversations WHERE id = %s", conversation)[0])
            for conversation in (self.older_conversation, self.younger_conversation)
        )

    def merge(self, reason: merging.Reason = "same_person") -> bool:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            return merge(tx, self.older, self.younger, reason)

    def change(self, statement: str, *parameters: Any) -> None:
        write(self.database, self.shop, statement, *parameters)

    def read(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return read(self.database, self.shop, query, *parameters)

    def one(self, query: str, *parameters: Any) -> tuple[Any, ...]:
        return one(self.database, self.shop, query, *parameters)


@pytest.fixture
def pair(database: Database, shop: PetShop) -> Pair:
    return Pair(database, shop)


# Contacts


def test_the_one_who_goes_leaves_what_only_they_knew(pair: Pair) -> None:
    pair.change("UPDATE contacts SET name = 'Ana', phone = NULL WHERE id = %s", pair.older)
    pair.change(
        """
        UPDATE contacts SET name = 'Aninha', profile_name = 'Ana S.', username = 'ana', phone = '+5511955550001',
          opted_out_at = app.now(), blocked_at = app.now() WHERE id = %s
        """,
        pair.younger,
    )

    assert pair.merge()

    assert pair.one(
        "SELECT id, name, profile_name, username, phone, opted_out_at IS NULL, blocked_at IS NULL FROM contacts"
    ) == (pair.older, "Ana", "Ana S.", "ana", "+5511955550001", False, False)


def test_the_audit_trail_has_who_went_and_the_register_why(pair: Pair) -> None:
    pair.change("UPDATE contacts SET name = 'Aninha' WHERE id = %s", pair.younger)
    pair.merge("by_staff")

    assert pair.one("SELECT kept_id, merged_id, reason FROM contact_merges") == (pair.older, pair.younger, "by_staff")
    deleted = "SELECT before ->> 'name' FROM audit WHERE table_name = 'contacts' AND operation = 'delete'"
    assert pair.one(deleted) == ("Aninha",)


def test_whom_another_merge_took_first_is_left_alone(pair: Pair) -> None:
    assert pair.merge()
    assert not pair.merge()

    assert count(pair.database, pair.shop, "contact_merges") == 1


def test_a_person_who_was_counted_twice_is_one_lead(pair: Pair) -> None:
    amount = "SELECT amount FROM usage_counters WHERE metric = 'leads'"
    assert pair.one(amount) == (2,)

    pair.merge()

    assert pair.one(amount) == (1,)
    say(pair.database, pair.shop, wa_id=pair.wa_id)
    assert pair.one(amount) == (1,)


def test_a_merge_in_one_shop_touches_no_other(pair: Pair, other_shop: PetShop) -> None:
    for shown in ({"wa_id": pair.wa_id}, {"bsuid": pair.bsuid}):
        say(pair.database, other_shop, **shown)

    pair.merge()

    assert count(pair.database, other_shop, "contacts") == 2
    assert one(pair.database, other_shop, "SELECT count(*) FROM conversations WHERE state = 'ai'") == (2,)


def test_a_shop_cannot_merge_the_contacts_of_another(pair: Pair, other_shop: PetShop) -> None:
    with pair.database.transaction(other_shop.organization_id, "test") as tx:
        assert not merge(tx, pair.older, pair.younger, "by_staff")

    assert count(pair.database, pair.shop, "contacts") == 2


# Everything that refers to a contact

# How a row of each table that refers to a contact is made; a table that is missing here is one the merge does not know.
REFERENCES: dict[str, Callable[[Tx, ContactId, ConversationId], object]] = {
    "contact_identities": lambda tx, contact, _: tx.execute(
        "INSERT INTO contact_identities (channel, kind, value, contact_id) VALUES ('whatsapp', 'lid', '7@lid', %s)",
        [contact],
    ),
    "pets": lambda tx, contact, _: factories.make_pet(tx, contact, "Thor"),
    "bookings": lambda tx, contact, _: factories.book_at(tx, factories.make_shop(tx), NOON, contact_id=contact),
    "conversations": lambda tx, contact, _: tx.execute(
        """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to, state, closed_at)
        SELECT %s, id, 'x', 'closed', app.now() FROM channel_accounts
        """,
        [contact],
    ),
    "pending_actions": lambda tx, contact, conversation: propose(tx, contact, conversation),
    "leads": lambda tx, contact, _: tx.execute("INSERT INTO leads (contact_id, score) VALUES (%s, 40)", [contact]),
    "lead_events": lambda tx, contact, _: tx.execute(
        "INSERT INTO lead_events (contact_id, kind, created_by) VALUES (%s, 'handoff', 'system')", [contact]
    ),
    "consents": lambda tx, contact, _: tx.execute(
        "INSERT INTO consents (contact_id, purpose, is_given, source) VALUES (%s, 'health_data', true, 'form')",
        [contact],
    ),
    "memories": lambda tx, contact, _: tx.execute(
        "INSERT INTO memories (contact_id, key, value, confidence, source) VALUES (%s, 'heard_from', 'Google', 80, 'said')",
        [contact],
    ),
    "import_rows": lambda tx, contact, _: tx.execute(
        """
        WITH made AS (INSERT INTO imports (kind, file_name, row_count) VALUES ('contacts', 'x.csv', 1) RETURNING id)
        INSERT INTO import_rows (import_id, number, given, outcome, contact_id) SELECT id, 1, '{}', 'created', %s FROM made
        """,
        [contact],
    ),
    "booking_series": lambda tx, contact, _: tx.execute(
        """
        INSERT INTO booking_series (contact_id, pet_id, service_id, every, unit, starts_on, at)
        VALUES (%s, %s, %s, 2, 'week', '2027-03-10', '10:00')
        """,
        [contact, factories_customers.pet(tx, contact, "Bob"), factories_customers.service(tx)],
    ),
    "waitlist_entries": lambda tx, contact, conversation: tx.execute(
        """
        INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day)
        VALUES (%s, %s, %s, %s, '2027-03-10', '2027-03-12')
        """,
        [contact, conversation, factories_customers.pet(tx, contact, "Mel"), factories_customers.service(tx)],
    ),
    "stays": lambda tx, contact, _: factories_customers.stay(
        tx, contact, factories_customers.pet(tx, contact, "Nina"), NOON, cents=9000
    ),
    "training_plans": lambda tx, contact, _: tx.execute(
        "INSERT INTO training_plans (contact_id, pet_id, source) VALUES (%s, %s, 'agent')",
        [contact, factories_customers.pet(tx, contact, "Zeca")],
    ),
}


def propose(tx: Tx, contact: ContactId, conversation: ConversationId) -> None:
    tx.execute(
        """
        WITH turn AS (
          INSERT INTO turns (conversation_id, fence, message_ids, state) VALUES (%(conversation)s, 1, '{}', 'answered')
          RETURNING id
        )
        INSERT INTO pending_actions (conversation_id, contact_id, turn_id, kind, arguments, summary)
        SELECT %(conversation)s, %(contact)s, turn.id, 'book', '{}', 'Banho' FROM turn
        """,
        {"conversation": conversation, "contact": contact},
    )


def referring(owner: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    """Table and column of every foreign key to a table, as the catalogue has them."""
    rows = owner.execute(
        """
        SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) AND a.attname <> 'organization_id'
        JOIN pg_class r ON r.oid = c.conrelid AND NOT r.relispartition
        WHERE c.contype = 'f' AND c.confrelid = %s::regclass ORDER BY 1, 2
        """,
        [table],
    )
    return [(str(name), str(column)) for name, column in rows]


def test_every_row_that_refers_to_a_contact_goes_with_it(owner: psycopg.Connection, pair: Pair) -> None:
    found = referring(owner, "contacts")
    assert {table for table, _ in found} == set(REFERENCES), "a merge must carry every reference over"
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        for make in REFERENCES.values():
            make(tx, pair.younger, pair.younger_conversation)
    before = {table: pair.read(f"SELECT count(*) FROM {table}") for table in REFERENCES}

    pair.merge()

    for table, column in found:
        assert pair.read(f"SELECT count(*) FROM {table}") == before[table], table
        assert pair.one(f"SELECT count(*) FROM {table} WHERE {column} <> %s", pair.older) == (0,), table


# What becomes of a row of each table that refers to a conversation; a table that is missing here was forgotten.
GOES_ALONG = {
    *("messages", "media", "outbox", "staff_tasks", "notifications", "conversation_notes", "escalations"),
    *("security_incidents", "dead_letters", "waitlist_entries", "health_alerts"),
}
STAYS = {"turns", "pending_actions", "conversation_moves", "conversations"}


def test_no_column_that_names_a_contact_is_without_its_reference(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        """
        SELECT c.table_name FROM information_schema.columns c JOIN pg_class r ON r.oid = c.table_name::regclass
        WHERE c.table_schema = 'public' AND c.column_name = 'contact_id' AND NOT r.relispartition
        """
    )
    assert {table for (table,) in rows} == set(REFERENCES)


def test_what_is_with_a_conversation_goes_with_it_into_the_other(owner: psycopg.Connection, pair: Pair) -> None:
    assert {table for table, _ in referring(owner, "conversations")} == GOES_ALONG | STAYS
    joined = pair.younger_conversation
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        content = {"type": "text", "text": "Já te respondo"}
        enqueue(tx, conversation_id=joined, kind="staff", author="person", content=content)
        for statement in (
            "INSERT INTO media (message_id, conversation_id, provider_media_id, kind) "
            "SELECT id, conversation_id, '5', 'image' FROM messages WHERE conversation_id = %s LIMIT 1",
            "INSERT INTO staff_tasks (conversation_id, kind, detail) VALUES (%s, 'handoff', 'x')",
            "INSERT INTO notifications (conversation_id, kind) VALUES (%s, 'handoff')",
            "INSERT INTO conversation_notes (conversation_id, text) VALUES (%s, 'Prefere de manhã')",
            "INSERT INTO escalations (conversation_id, question) VALUES (%s, 'Tosa bebê?')",
            "INSERT INTO security_incidents (conversation_id, kind, severity, layer, action, rules) "
            "VALUES (%s, 'off_topic', 'low', 'input', 'flagged', '{x}')",
            "INSERT INTO dead_letters (conversation_id, queue, message_id, body, receives) VALUES (%s, 'turns', '1', '{}', 5)",
        ):
            tx.execute(statement, [joined])
        REFERENCES["waitlist_entries"](tx, pair.younger, joined)
        tx.execute(
            """
            INSERT INTO health_alerts (pet_id, kind, severity, description, conversation_id)
            SELECT id, 'urgent_health', 'high', 'x', %s FROM pets
            """,
            [joined],
        )

    pair.merge()

    for table in GOES_ALONG:
        places = pair.read(f"SELECT DISTINCT conversation_id FROM {table}")
        assert places == [(pair.older_conversation,)], table
    assert pair.one("SELECT state, merged_into FROM conversations WHERE id = %s", joined) == (
        *("closed", pair.older_conversation),
    )


def test_what_was_sent_before_stays_where_it_was_sent(pair: Pair) -> None:
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        content = {"type": "text", "text": "Até amanhã"}
        enqueue(tx, conversation_id=pair.younger_conversation, kind="staff", author="person", content=content)
        tx.execute("UPDATE outbox SET state = 'sent'")

    pair.merge()

    assert pair.one("SELECT conversation_id FROM outbox") == (pair.younger_conversation,)


# Pets, bookings, leads


def test_a_pet_that_both_had_is_one_with_the_bookings_of_both(pair: Pair) -> None:
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        shop = factories.make_shop(tx)
        kept = factories.make_pet(tx, pair.older, "Rex")
        double = factories.make_pet(tx, pair.younger, "rex")
        tx.execute("UPDATE pets SET breed = NULL WHERE id = %s", [kept.id])
        tx.execute("UPDATE pets SET breed = 'Poodle' WHERE id = %s", [double.id])
        factories.book_at(tx, shop, NOON, pet=kept, contact_id=pair.older)
        factories.book_at(tx, shop, NOON + 2 * HOUR, pet=double, contact_id=pair.younger)

    pair.merge()

    assert pair.read("SELECT name, breed FROM pets WHERE is_active") == [("Rex", "Poodle")]
    assert pair.read("SELECT DISTINCT pet_id, contact_id FROM bookings") == [(kept.id, pair.older)]


def test_a_booking_that_would_put_one_pet_in_two_places_is_kept_for_people_to_see(pair: Pair) -> None:
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        shop = factories.make_shop(tx)
        for contact in (pair.older, pair.younger):
            factories.book_at(tx, shop, NOON, pet=factories.make_pet(tx, contact, "Rex"), contact_id=contact)

    pair.merge()

    assert pair.one("SELECT count(*), count(DISTINCT pet_id), count(DISTINCT contact_id) FROM bookings") == (2, 2, 1)
    assert pair.one("SELECT count(*) FROM pets WHERE is_active") == (1,)


@pytest.mark.parametrize(
    ("older", "younger", "stays"),
    [
        (("new", 5), ("hot", 70), ("hot", 70)),
        (("hot", 70), ("new", 5), ("hot", 70)),
        (("converted", 30), ("hot", 70), ("converted", 30)),
    ],
)
def test_the_lead_that_has_come_further_stays_with_what_only_the_other_knew(
    pair: Pair, older: tuple[str, int], younger: tuple[str, int], stays: tuple[str, int]
) -> None:
    add = "INSERT INTO leads (contact_id, stage, score, utm, source, first_contact_at) VALUES (%s, %s, %s, %s, %s, %s)"
    pair.change(add, pair.older, *older, '{"utm_source": "instagram"}', "advertisement", NOON - 9 * HOUR)
    pair.change(add, pair.younger, *younger, "{}", "whatsapp", NOON)

    pair.merge()

    assert pair.one("SELECT contact_id, stage, score, utm, source, first_contact_at FROM leads") == (
        *(pair.older, *stays, {"utm_source": "instagram"}, "advertisement", NOON - 9 * HOUR),
    )


# Conversations

STATES = ("ai", "waiting_human", "human")


@pytest.mark.parametrize("older", STATES)
@pytest.mark.parametrize("younger", STATES)
def test_of_two_conversations_the_one_that_people_have_more_of_goes_on(pair: Pair, older: str, younger: str) -> None:
    for conversation, state in ((pair.older_conversation, older), (pair.younger_conversation, younger)):
        for move in factories.MOVES[state].split(";") if state != "ai" else ():
            pair.change(f"{move} AND id = %s", conversation)
    if "human" in {older, younger}:
        pair.change("UPDATE conversations SET returns_at = app.now() + interval '1 hour' WHERE state = 'human'")

    pair.merge()

    wanted = max(older, younger, key=STATES.index)
    survivor = pair.younger_conversation if STATES.index(younger) > STATES.index(older) else pair.older_conversation
    assert pair.read(
        "SELECT id, contact_id, state, unread_count, returns_at IS NULL FROM conversations WHERE state <> 'closed'"
    ) == [(survivor, pair.older, wanted, 2, wanted != "human")]
    assert pair.read("SELECT DISTINCT conversation_id FROM messages") == [(survivor,)]


def test_what_neither_has_answered_is_answered_soon_and_to_who_wrote_last(pair: Pair, clock: Clock) -> None:
    early = clock.now() + SECOND
    pair.change(
        "UPDATE conversations SET answer_at = %s, last_inbound_at = app.now() WHERE id = %s",
        early,
        pair.younger_conversation,
    )

    pair.merge()

    assert pair.one("SELECT answer_at, reply_to FROM conversations WHERE state = 'ai'") == (early, pair.bsuid)
    clock.move(3 * SECOND)
    turn = claimed(pair.database, pair.shop, pair.older_conversation)
    assert [message.text for message in turn.unanswered] == ["Oi, sou a Ana", "Sou eu de novo"]
    assert not isinstance(claim(pair.database, pair.shop.organization_id, pair.younger_conversation), Turn)


def test_the_higher_priority_and_the_tags_of_both_are_kept(pair: Pair) -> None:
    pair.change("UPDATE conversations SET priority = 'low', tags = '{vip,gato}' WHERE id = %s", pair.older_conversation)
    pair.change("UPDATE conversations SET priority = 'urgent', tags = '{vip}' WHERE id = %s", pair.younger_conversation)

    pair.merge()

    assert pair.one("SELECT priority, tags FROM conversations WHERE state = 'ai'") == ("urgent", ["gato", "vip"])


def test_conversations_on_two_numbers_of_the_shop_stay_two(pair: Pair) -> None:
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        other_number = factories.make_account(tx)
        tx.execute(
            "UPDATE conversations SET channel_account_id = %s WHERE id = %s",
            [other_number.id, pair.younger_conversation],
        )

    pair.merge()

    assert sorted(pair.read("SELECT id, contact_id, state FROM conversations")) == [
        (pair.older_conversation, pair.older, "ai"),
        (pair.younger_conversation, pair.older, "ai"),
    ]


def test_a_conversation_that_went_into_another_is_not_reopened(pair: Pair) -> None:
    pair.merge()
    pair.change(f"{factories.TAKE.split(';')[0]}")
    pair.change("UPDATE conversations SET state = 'human' WHERE state = 'waiting_human'")
    pair.change("UPDATE conversations SET state = 'closed' WHERE state = 'human'")

    again = say(pair.database, pair.shop, bsuid=pair.bsuid)

    assert again.conversation_id == pair.older_conversation


# Proposals and turns


def test_what_the_one_who_goes_was_asked_is_not_confirmed_by_the_other(pair: Pair) -> None:
    with pair.database.transaction(pair.shop.organization_id, "test") as tx:
        propose(tx, pair.older, pair.older_conversation)
        propose(tx, pair.younger, pair.younger_conversation)

    pair.merge()

    states = pair.read("SELECT conversation_id, state FROM pending_actions")
    assert sorted(states) == sorted([(pair.older_conversation, "proposed"), (pair.younger_conversation, "replaced")])


@pytest.mark.parametrize("whose", ["older", "younger"])
def test_a_worker_that_thought_for_either_writes_nothing_more(pair: Pair, clock: Clock, whose: str) -> None:
    clock.move(3 * SECOND)
    turn = claimed(pair.database, pair.shop, getattr(pair, f"{whose}_conversation"))
    with turn.step() as tx:
        tx.execute(
            """
            INSERT INTO pending_actions (conversation_id, contact_id, turn_id, kind, arguments, summary)
            VALUES (%s, %s, %s, 'book', '{}', 'Banho')
            """,
            [turn.conversation_id, turn.contact.id, turn.id],
        )

    pair.merge()

    with pytest.raises(StaleTurn), turn.step():
        pass
    assert finish(turn, GREETING, Usage(), join=True).outcome == "superseded"
    release(turn, Usage(), after=SECOND)
    assert turns(pair.database, pair.shop) == [("dropped", "merged")]
    assert pair.read("SELECT state FROM pending_actions") == [("replaced",)]
    assert count(pair.database, pair.shop, "outbox") == 0
    assert unanswered(pair.database, pair.shop) == ["Oi, sou a Ana", "Sou eu de novo"]
    again = claimed(pair.database, pair.shop, pair.older_conversation)
    assert finish(again, GREETING, Usage(), join=True).outcome == "replied"
    assert unanswered(pair.database, pair.shop) == []


# Many at once


def test_a_merge_meets_turns_senders_and_messages_without_a_deadlock(
    shared_database: Place, connect: Callable[[], Database], database: Database, shop: PetShop, clock: Clock
) -> None:
    workers = [connect() for _ in range(6)]
    deadlocks = _deadlocks(shared_database)
    for _ in range(30):
        pair = Pair(database, shop)
        clock.move(3 * SECOND)
        shown = {"wa_id": pair.wa_id, "bsuid": pair.bsuid}
        at_once(
            partial(say, workers[0], shop, **shown),
            partial(say, workers[1], shop, **shown),
            partial(say, workers[2], shop, bsuid=pair.bsuid),
            partial(_answer, workers[3], pair, pair.older_conversation),
            partial(_answer, workers[4], pair, pair.younger_conversation),
            partial(_tell, workers[5], pair),
        )
        living = pair.read(
            """
            SELECT c.id FROM conversations c JOIN contact_identities i ON i.contact_id = c.contact_id
            WHERE i.value = %s AND c.state <> 'closed'
            """,
            pair.bsuid,
        )
        assert len(living) == 1
        clock.move(12 * SECOND)
        _answer(database, pair, living[0][0])

    assert _deadlocks(shared_database) == deadlocks
    assert count(database, shop, "contacts") == count(database, shop, "contact_merges") == 30
    assert one(database, shop, "SELECT count(*) FROM messages WHERE sender = 'customer'") == (150,)
    assert unanswered(database, shop) == []
    assert one(database, shop, "SELECT count(*) FROM turns WHERE state = 'running'") == (0,)
    # Nobody was answered twice: every reply belongs to a turn that read something, and every message to one turn.
    assert one(database, shop, "SELECT count(*) FROM outbox WHERE kind = 'reply'") == one(
        database, shop, "SELECT count(DISTINCT turn_id) FROM messages WHERE sender = 'customer'"
    )


def _deadlocks(place: Place) -> int:
    with psycopg.connect(place.admin, autocommit=True) as administrator:
        row = administrator.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row
    return int(row[0])


def _answer(database: Database, pair: Pair, conversation_id: UUID) -> Any:
    turn = claim(database, pair.shop.organization_id, ConversationId(conversation_id), now=datetime.now(UTC))
    return finish(turn, GREETING, Usage(), join=False) if isinstance(turn, Turn) else turn


def _tell(database: Database, pair: Pair) -> Any:
    content = {"type": "text", "text": "Um aviso"}
    with database.transaction(pair.shop.organization_id, "sender") as tx:
        tx.execute("SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", [pair.younger_conversation])
        enqueue(tx, conversation_id=pair.younger_conversation, kind="staff", author="person", content=content)
        tx.execute(
            "UPDATE outbox SET state = 'sending', claimed_at = app.now() WHERE conversation_id = %s AND state = 'queued'",
            [pair.younger_conversation],
        )


def test_two_merges_of_the_same_two_at_once_are_one(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    workers, together = [connect() for _ in range(2)], Barrier(2)

    def merged(worker: Database, pair: Pair, kept: ContactId, gone: ContactId) -> bool:
        together.wait()
        try:
            with worker.transaction(shop.organization_id, "test") as tx:
                return merge(tx, kept, gone, "by_staff")
        except errors.DeadlockDetected:
            return False

    for _ in range(10):
        pair = Pair(database, shop)
        with ThreadPoolExecutor(2) as pool:
            one_way = pool.submit(merged, workers[0], pair, pair.older, pair.younger)
            other_way = pool.submit(merged, workers[1], pair, pair.younger, pair.older)
            assert sorted([one_way.result(), other_way.result()]) == [False, True]

    assert count(database, shop, "contacts") == 10

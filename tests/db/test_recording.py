"""Recording: each message once, in its customer's one conversation, and the inbox knows before the agent does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import recording
from auzap.conversations.recording import Recorded, UnknownAccount
from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from auzap.ids import ConversationId
from tests import factories
from tests.db.counting_proxy import counting
from tests.factories import PetShop, message, new_wa_id, new_wamid, say
from tests.postgres import Clock, Place, wait_until_blocked

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    return factories.make_pet_shop(owner, database)


def read(database: Database, shop: PetShop, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.transaction(shop.organization_id, "test") as tx:
        return tx.connection.execute(query.encode(), parameters).fetchall()


def write(database: Database, shop: PetShop, query: str, *parameters: Any) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        tx.connection.execute(query.encode(), parameters)


def one(database: Database, shop: PetShop, query: str, *parameters: Any) -> tuple[Any, ...]:
    (row,) = read(database, shop, query, *parameters)
    return row


def count(database: Database, shop: PetShop, table: str) -> int:
    return one(database, shop, f"SELECT count(*) FROM {table}")[0]


def close(database: Database, shop: PetShop, conversation_id: ConversationId) -> None:
    write(
        database,
        shop,
        "UPDATE conversations SET state = 'closed', closed_at = app.now() WHERE id = %s",
        conversation_id,
    )


def answered(database: Database, shop: PetShop) -> None:
    """As a turn leaves it: every message read by it, and nothing more to look at."""
    write(
        database,
        shop,
        """
        WITH turn AS (
          INSERT INTO turns (conversation_id, fence, message_ids, state) SELECT id, 1, '{}', 'answered' FROM conversations
          RETURNING id, conversation_id
        ), read AS (
          UPDATE messages m SET turn_id = turn.id FROM turn WHERE m.conversation_id = turn.conversation_id AND m.awaits_answer
        )
        UPDATE conversations SET answer_at = NULL
        """,
    )


def at_once(*jobs: Callable[[], Recorded]) -> list[Recorded]:
    together = Barrier(len(jobs))

    def run(job: Callable[[], Recorded]) -> Recorded:
        together.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def leads(database: Database, shop: PetShop) -> list[int]:
    return [
        row[0] for row in read(database, shop, "SELECT amount FROM usage_counters WHERE metric = 'leads' ORDER BY day")
    ]


# What is stored


def test_the_first_message_makes_contact_conversation_and_message(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()

    recorded = say(database, shop, "Oi! Vocês dão banho em gato?", wa_id=wa_id, wamid=wamid, name="Ana")

    assert recorded.is_new
    assert recorded.answer_in == pytest.approx(2, abs=0.5)
    assert one(database, shop, "SELECT profile_name, phone FROM contacts") == ("Ana", f"+{wa_id}")
    assert one(database, shop, "SELECT kind, value FROM contact_identities") == ("wa_id", wa_id)
    assert one(database, shop, "SELECT id, state, reply_to, unread_count FROM conversations") == (
        *(recorded.conversation_id, "ai", wa_id, 1),
    )
    assert one(database, shop, "SELECT sender, kind, text, provider_id, awaits_answer, turn_id FROM messages") == (
        *("customer", "text", "Oi! Vocês dão banho em gato?", wamid, True, None),
    )
    stored = one(database, shop, "SELECT m.id, k.message_id, r.id FROM messages m, message_keys k, raw_elements r")
    assert len(set(stored)) == 1


def test_the_panel_is_told_of_a_message_in_the_same_transaction(database: Database, shop: PetShop) -> None:
    say(database, shop)

    told = read(
        database, shop, "SELECT table_name, operation FROM changes WHERE table_name IN ('messages', 'conversations')"
    )
    assert sorted(told) == [("conversations", "insert"), ("conversations", "update"), ("messages", "insert")]


def test_what_postgresql_refuses_is_scrubbed(database: Database, shop: PetShop) -> None:
    say(database, shop, "NUL \x00 e \ud83d sozinho", name="A\x00na")

    assert one(database, shop, "SELECT text FROM messages") == ("NUL \ufffd e \ufffd sozinho",)
    assert one(database, shop, "SELECT profile_name FROM contacts") == ("A\ufffdna",)


def test_a_known_customer_costs_one_round_trip(shared_database: Place, shop: PetShop) -> None:
    wa_id = new_wa_id()
    with counting(shared_database.app) as proxy:
        database = Database(lambda: proxy.conninfo)
        say(database, shop, wa_id=wa_id)
        proxy.reset()
        say(database, shop, wa_id=wa_id)
        database.close()

    assert proxy.round_trips == 1
    assert proxy.statements <= 4


def test_a_stranger_costs_two_round_trips(shared_database: Place, shop: PetShop) -> None:
    with counting(shared_database.app) as proxy:
        database = Database(lambda: proxy.conninfo)
        recording.find_account(database, shop.account.external_id)
        proxy.reset()
        say(database, shop)
        database.close()

    assert proxy.round_trips == 2


# Once each


def test_a_duplicate_is_stored_once_and_still_hints_what_is_unanswered(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = say(database, shop, wa_id=wa_id, wamid=wamid)

    second = say(database, shop, wa_id=wa_id, wamid=wamid)

    assert (first.is_new, second.is_new) == (True, False)
    assert second.conversation_id == first.conversation_id
    assert second.answer_in is not None
    assert [count(database, shop, table) for table in ("messages", "message_keys", "raw_elements")] == [1, 1, 1]
    assert one(database, shop, "SELECT unread_count FROM conversations") == (1,)


def test_a_duplicate_of_what_was_answered_hints_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    assert say(database, shop, wa_id=wa_id, wamid=wamid).answer_in is None
    assert count(database, shop, "messages") == 1


def test_duplicates_in_two_connections_are_stored_once(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    one_worker, other_worker = connect(), connect()
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    for _ in range(10):
        wamid = new_wamid()
        both = at_once(
            lambda: say(one_worker, shop, wa_id=wa_id, wamid=wamid),
            lambda: say(other_worker, shop, wa_id=wa_id, wamid=wamid),
        )
        assert sorted(recorded.is_new for recorded in both) == [False, True]

    assert count(database, shop, "messages") == 11


def test_a_duplicate_waits_for_the_first_and_then_knows_it(
    shared_database: Place, connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = say(database, shop, wa_id=wa_id)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction(shop.organization_id, "test") as tx:
            tx.execute("SELECT FROM conversations WHERE id = %s FOR UPDATE", [first.conversation_id])
            second = pool.submit(say, connect(), shop, wa_id=wa_id, wamid=wamid)
            wait_until_blocked(shared_database)
            tx.execute(
                "INSERT INTO message_keys (channel_account_id, provider_id, message_id) VALUES (%s, %s, uuidv7())",
                [shop.account.id, wamid],
            )
        assert not second.result().is_new

    assert count(database, shop, "messages") == 1


def test_two_first_messages_at_once_make_one_contact(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    one_worker, other_worker = connect(), connect()
    for _ in range(10):
        wa_id = new_wa_id()
        first, second = at_once(
            lambda: say(one_worker, shop, wa_id=wa_id), lambda: say(other_worker, shop, wa_id=wa_id)
        )
        assert first.conversation_id == second.conversation_id

    assert [count(database, shop, table) for table in ("contacts", "conversations", "messages")] == [10, 10, 20]


def test_two_first_messages_that_show_different_identities_make_one_contact(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    one_worker, other_worker = connect(), connect()
    for number in range(10):
        wa_id, bsuid = new_wa_id(), f"BR.{new_wa_id()}{number}"
        without_ninth = wa_id[:4] + wa_id[5:]
        first, second = at_once(
            lambda: say(one_worker, shop, wa_id=wa_id),
            lambda: say(other_worker, shop, wa_id=without_ninth, bsuid=bsuid),
        )
        assert first.conversation_id == second.conversation_id

    assert [count(database, shop, table) for table in ("contacts", "conversations", "messages")] == [10, 10, 20]


# Who is who


@pytest.mark.parametrize(
    ("first", "second"), [("5511987654321", "551187654321"), ("551187654321", "5511987654321")], ids=["lost", "gained"]
)
def test_the_ninth_digit_makes_no_new_customer(database: Database, shop: PetShop, first: str, second: str) -> None:
    earlier = say(database, shop, wa_id=first)
    later = say(database, shop, wa_id=second)

    assert later.conversation_id == earlier.conversation_id
    assert count(database, shop, "contacts") == 1
    # The answer goes back to whoever wrote.
    assert one(database, shop, "SELECT reply_to FROM conversations") == (second,)


def test_landlines_that_differ_by_a_digit_are_two_customers(database: Database, shop: PetShop) -> None:
    say(database, shop, wa_id="551130001234")
    say(database, shop, wa_id="5511930001234")

    assert count(database, shop, "contacts") == 2


def test_every_identity_of_a_person_leads_to_one_contact(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), "BR.1234567890"
    by_number = say(database, shop, wa_id=wa_id)
    by_both = say(database, shop, wa_id=wa_id, bsuid=bsuid)
    by_name = say(database, shop, bsuid=bsuid)

    assert by_number.conversation_id == by_both.conversation_id == by_name.conversation_id
    assert sorted(read(database, shop, "SELECT kind, value FROM contact_identities")) == [
        ("bsuid", bsuid),
        ("wa_id", wa_id),
    ]
    assert count(database, shop, "contacts") == 1


def test_a_customer_the_shop_knew_by_phone_is_recognised(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    write(database, shop, "INSERT INTO contacts (name, phone) VALUES ('Ana', %s)", f"+{wa_id}")

    say(database, shop, wa_id=wa_id)

    assert one(database, shop, "SELECT name FROM contacts") == ("Ana",)


def test_a_customer_the_shop_knew_by_phone_is_recognised_without_the_ninth_digit(
    database: Database, shop: PetShop
) -> None:
    write(database, shop, "INSERT INTO contacts (name, phone) VALUES ('Ana', '+5531987654321')")

    say(database, shop, wa_id="553187654321")

    assert one(database, shop, "SELECT name FROM contacts") == ("Ana",)


def test_the_same_customer_and_message_in_two_shops_are_kept_apart(
    owner: psycopg.Connection, database: Database, shop: PetShop
) -> None:
    other = factories.make_pet_shop(owner, database)
    wa_id, wamid = new_wa_id(), new_wamid()

    here = say(database, shop, "Quero banho", wa_id=wa_id, wamid=wamid, name="Ana")
    there = say(database, other, "Quero tosa", wa_id=wa_id, wamid=wamid, name="Aninha")

    assert here.is_new
    assert there.is_new
    assert here.conversation_id != there.conversation_id
    for place, text, name in ((shop, "Quero banho", "Ana"), (other, "Quero tosa", "Aninha")):
        assert one(database, place, "SELECT text FROM messages") == (text,)
        assert one(database, place, "SELECT profile_name FROM contacts") == (name,)


def test_a_message_to_no_shop_of_ours_is_refused(owner: psycopg.Connection, database: Database) -> None:
    shop = factories.make_pet_shop(owner, database)
    write(database, shop, "UPDATE channel_accounts SET status = 'disconnected'")

    with pytest.raises(UnknownAccount):
        say(database, shop)


def test_a_closing_shop_records_nothing_even_where_its_account_was_known(
    owner: psycopg.Connection, database: Database, shop: PetShop
) -> None:
    say(database, shop)
    owner.execute("UPDATE organizations SET status = 'closing' WHERE id = %s", [shop.organization_id])

    with pytest.raises(OrganizationUnavailable):
        say(database, shop)

    owner.execute("UPDATE organizations SET status = 'active' WHERE id = %s", [shop.organization_id])
    assert count(database, shop, "messages") == 1


# When to answer


def test_a_burst_is_answered_after_its_last_message_but_not_for_ever(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    """A window of 2 s after each message, and never more than 10 s after the first."""
    wa_id = new_wa_id()
    waits: list[float | None] = []
    for _ in range(6):
        waits.append(say(database, shop, wa_id=wa_id, at=clock.now()).answer_in)
        clock.move(timedelta(seconds=1.8))

    assert waits[:5] == [pytest.approx(2, abs=0.3)] * 5
    assert waits[5] == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize("kind", ["reaction", "system", "edit", "revoke", "request_welcome"])
def test_what_asks_nothing_wakes_nobody(database: Database, shop: PetShop, kind: str) -> None:
    recorded = say(database, shop, kind=kind, content={})

    assert recorded.answer_in is None
    assert one(database, shop, "SELECT awaits_answer FROM messages") == (False,)


@pytest.mark.parametrize("kind", ["image", "audio", "sticker", "location", "unsupported", "something_new"])
def test_whatever_else_comes_is_answered(database: Database, shop: PetShop, kind: str) -> None:
    recorded = say(database, shop, kind=kind, content={})

    assert recorded.answer_in is not None


def test_a_person_who_holds_the_conversation_is_left_alone(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, "UPDATE conversations SET state = 'human'")

    recorded = say(database, shop, wa_id=wa_id)

    assert recorded.is_new
    assert recorded.answer_in is None
    assert one(database, shop, "SELECT state, unread_count FROM conversations") == ("human", 2)


def test_a_message_that_was_long_on_its_way_is_a_persons_to_answer(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    recorded = say(database, shop, at=clock.now() - 61 * MINUTE)

    assert recorded.answer_in is None
    assert one(database, shop, "SELECT state, handoff_reason FROM conversations") == ("waiting_human", "arrived_late")
    assert one(database, shop, "SELECT kind, conversation_id FROM staff_tasks") == (
        "arrived_late",
        recorded.conversation_id,
    )
    assert one(database, shop, "SELECT awaits_answer FROM messages") == (False,)


def test_a_message_of_less_than_an_hour_is_answered(database: Database, shop: PetShop, clock: Clock) -> None:
    assert say(database, shop, at=clock.now() - 59 * MINUTE).answer_in is not None
    assert count(database, shop, "staff_tasks") == 0


def test_a_late_message_seen_again_makes_no_second_task(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    for _ in range(2):
        say(database, shop, wa_id=wa_id, wamid=wamid, at=clock.now() - 2 * 60 * MINUTE)

    assert count(database, shop, "staff_tasks") == 1


# Closed, and open again


def test_a_conversation_closed_less_than_seven_days_ago_goes_on(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    answered(database, shop)
    close(database, shop, first.conversation_id)
    clock.move(7 * DAY - MINUTE)

    again = say(database, shop, wa_id=wa_id, at=clock.now())

    assert again.conversation_id == first.conversation_id
    assert again.answer_in == pytest.approx(2, abs=0.5)
    assert one(database, shop, "SELECT state, closed_at FROM conversations") == ("ai", None)


def test_after_seven_days_a_new_conversation_begins(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    close(database, shop, first.conversation_id)
    clock.move(7 * DAY + MINUTE)

    again = say(database, shop, wa_id=wa_id, at=clock.now())

    assert again.conversation_id != first.conversation_id
    assert sorted(read(database, shop, "SELECT state FROM conversations")) == [("ai",), ("closed",)]
    assert count(database, shop, "contacts") == 1


@pytest.mark.parametrize("days", [1, 8])
def test_a_message_seen_again_neither_reopens_a_conversation_nor_begins_one(
    database: Database, shop: PetShop, clock: Clock, days: int
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = say(database, shop, wa_id=wa_id, wamid=wamid)
    answered(database, shop)
    close(database, shop, first.conversation_id)
    clock.move(days * DAY)

    again = say(database, shop, wa_id=wa_id, wamid=wamid)

    assert again == Recorded(shop.organization_id, first.conversation_id, is_new=False, answer_in=None)
    assert one(database, shop, "SELECT id, state FROM conversations") == (first.conversation_id, "closed")


def test_two_messages_at_once_reopen_one_conversation(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    one_worker, other_worker = connect(), connect()
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    for _ in range(5):
        close(database, shop, first.conversation_id)
        both = at_once(lambda: say(one_worker, shop, wa_id=wa_id), lambda: say(other_worker, shop, wa_id=wa_id))
        assert {recorded.conversation_id for recorded in both} == {first.conversation_id}

    assert count(database, shop, "messages") == 11


def test_what_a_person_answered_before_closing_is_not_answered_by_the_agent_later(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    write_as_shop(database, shop, wa_id)
    say(database, shop, "E o preço?", wa_id=wa_id)
    write_as_shop(database, shop, wa_id)
    close(database, shop, first.conversation_id)
    clock.move(DAY)

    say(database, shop, "Oi de novo", wa_id=wa_id, at=clock.now())

    waiting = read(database, shop, "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL")
    assert waiting == [("Oi de novo",)]


# What the shop writes on its own phone


def write_as_shop(database: Database, shop: PetShop, wa_id: str, text: str = "Deixa comigo!", **said: Any) -> Recorded:
    return recording.record(database, message(shop, text, wa_id=wa_id, echo=True, **said))


def test_a_person_who_writes_on_the_shops_phone_silences_the_agent(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    echoed = write_as_shop(database, shop, wa_id)

    assert echoed.answer_in is None
    assert one(database, shop, "SELECT state, answer_at, unread_count FROM conversations") == ("human", None, 0)
    assert read(database, shop, "SELECT sender, text FROM messages ORDER BY id DESC LIMIT 1") == [
        ("staff", "Deixa comigo!")
    ]
    assert say(database, shop, wa_id=wa_id).answer_in is None


def test_an_echo_seen_again_is_stored_once(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = write_as_shop(database, shop, wa_id, wamid=wamid)
    second = write_as_shop(database, shop, wa_id, wamid=wamid)

    assert (first.is_new, second.is_new) == (True, False)
    assert count(database, shop, "messages") == 1


def test_writing_to_a_stranger_opens_a_conversation_and_counts_no_lead(database: Database, shop: PetShop) -> None:
    write_as_shop(database, shop, new_wa_id())

    assert one(database, shop, "SELECT state FROM conversations") == ("human",)
    assert leads(database, shop) == []


# Edits


def edit(shop: PetShop, wa_id: str, original: str, text: str) -> InboundMessage:
    content = {"original_message_id": original, "message": {"type": "text", "text": {"body": text}}}
    return message(shop, wa_id=wa_id, kind="edit", content=content)


def test_an_edit_of_what_nobody_has_read_changes_it(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábdo", wa_id=wa_id, wamid=wamid)

    edited = recording.record(database, edit(shop, wa_id, wamid, "Quero banho sábado"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)
    assert edited.answer_in is not None
    assert one(database, shop, "SELECT awaits_answer FROM messages WHERE kind = 'edit'") == (False,)


def test_an_edit_of_what_was_answered_changes_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    edited = recording.record(database, edit(shop, wa_id, wamid, "Quero tosa domingo"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)
    assert edited.answer_in is None


def test_an_edit_reaches_no_message_of_another_customer(database: Database, shop: PetShop) -> None:
    wamid = new_wamid()
    say(database, shop, "Quero banho sábado", wa_id=new_wa_id(), wamid=wamid)
    stranger = new_wa_id()
    say(database, shop, wa_id=stranger)

    recording.record(database, edit(shop, stranger, wamid, "Cancela tudo"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)


# Leads


def test_a_customer_is_one_lead_a_month(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    for _ in range(3):
        say(database, shop, wa_id=wa_id)
    say(database, shop)
    assert leads(database, shop) == [2]

    clock.move(31 * DAY)
    for _ in range(2):
        say(database, shop, wa_id=wa_id, at=clock.now())

    assert leads(database, shop) == [2, 1]


def test_the_month_of_a_lead_is_the_shops(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    """At eleven in the evening of the last day in São Paulo it is already another month in Greenwich."""
    shop = factories.make_pet_shop(owner, database)
    now = clock.now()
    next_month = (now.replace(day=1) + 32 * DAY).replace(day=1, hour=2, minute=0, second=0, microsecond=0)
    clock.move(next_month - now)

    say(database, shop, at=clock.now())

    (day,) = one(database, shop, "SELECT day FROM usage_counters WHERE metric = 'leads'")
    assert (day.year, day.month, day.day) == (now.year, now.month, 1)


@pytest.mark.parametrize(
    ("listed", "wa_id"),
    [("+5511987654321", "5511987654321"), ("+5531987654321", "553187654321")],
    ids=["as listed", "ninth lost"],
)
def test_the_owner_is_no_lead(database: Database, shop: PetShop, listed: str, wa_id: str) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Dona Rosa')", listed)

    say(database, shop, wa_id=wa_id)

    assert leads(database, shop) == []


def test_a_number_that_is_no_longer_authorized_is_a_lead(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    write(
        database,
        shop,
        "INSERT INTO authorized_owner_numbers (phone, name, is_active) VALUES (%s, 'Ex', false)",
        f"+{wa_id}",
    )

    say(database, shop, wa_id=wa_id)

    assert leads(database, shop) == [1]

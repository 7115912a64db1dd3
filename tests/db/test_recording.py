"""Recording: each message once, in its customer's one conversation, and the inbox knows before the agent does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from auzap.conversations import recording
from auzap.db.connection import Database
from tests import factories
from tests.db.committed import about, read, write
from tests.db.counting_proxy import counting
from tests.db.recorded import answered, at_once, close, count, one
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock, Place, wait_until_blocked

MINUTE = timedelta(minutes=1)


# What is stored


def test_the_first_message_makes_contact_conversation_and_message(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()

    recorded = say(database, shop, "Oi! Vocês dão banho em gato?", wa_id=wa_id, wamid=wamid, name="Ana")

    assert recorded.is_new
    assert recorded.answer_in == about(2)
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

    assert (proxy.round_trips, proxy.statements) == (1, 1)


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
    workers = connect(), connect()
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    for _ in range(10):
        wamid = new_wamid()
        both = at_once(*(partial(say, worker, shop, wa_id=wa_id, wamid=wamid) for worker in workers))
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
    workers = connect(), connect()
    for _ in range(10):
        wa_id = new_wa_id()
        first, second = at_once(*(partial(say, worker, shop, wa_id=wa_id) for worker in workers))
        assert first.conversation_id == second.conversation_id

    assert [count(database, shop, table) for table in ("contacts", "conversations", "messages")] == [10, 10, 20]


def test_two_first_messages_that_show_different_identities_make_one_contact(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    workers = connect(), connect()
    for _ in range(10):
        wa_id = new_wa_id()
        shown = {"wa_id": wa_id}, {"wa_id": wa_id[:4] + wa_id[5:], "bsuid": f"BR.{wa_id}"}
        first, second = at_once(
            *(partial(say, worker, shop, **each) for worker, each in zip(workers, shown, strict=True))
        )
        assert first.conversation_id == second.conversation_id

    assert [count(database, shop, table) for table in ("contacts", "conversations", "messages")] == [10, 10, 20]


# When to answer


def test_a_burst_is_answered_after_its_last_message_but_not_for_ever(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    """A window of 2 s after the first message, of 3 s while somebody goes on, and never more than 10 s after the first."""
    wa_id = new_wa_id()
    waits: list[float | None] = []
    for _ in range(6):
        waits.append(say(database, shop, wa_id=wa_id, at=clock.now()).answer_in)
        clock.move(timedelta(seconds=1.8))

    assert waits == [about(2), about(3), about(3), about(3), about(2.8), about(1)]


@pytest.mark.parametrize("kind", ["audio", "image", "document"])
def test_after_a_voice_note_or_a_photo_more_is_waited_for(database: Database, shop: PetShop, kind: str) -> None:
    wa_id, media = new_wa_id(), {"id": "1037543291543636", "mime_type": "image/jpeg"}

    assert say(database, shop, wa_id=wa_id, kind=kind, content=media).answer_in == about(4)
    assert say(database, shop, "Olha ele", wa_id=wa_id).answer_in == about(3)
    assert say(database, shop, wa_id=wa_id, kind=kind, content=media).answer_in == about(4)


def test_a_window_that_the_shop_has_set_is_stretched_as_much(database: Database, shop: PetShop) -> None:
    write(database, shop, "UPDATE organization_settings SET burst_window = '8 seconds', burst_cap = '12 seconds'")
    wa_id = new_wa_id()

    assert say(database, shop, wa_id=wa_id).answer_in == about(8)
    assert say(database, shop, wa_id=wa_id).answer_in == about(12)


def test_what_follows_an_answer_is_the_start_of_a_burst(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    answered(database, shop)

    assert say(database, shop, wa_id=wa_id).answer_in == about(2)


@pytest.mark.parametrize("kind", ["reaction", "system", "edit", "revoke"])
def test_what_asks_nothing_wakes_nobody(database: Database, shop: PetShop, kind: str) -> None:
    recorded = say(database, shop, kind=kind, content={})

    assert recorded.answer_in is None
    assert one(database, shop, "SELECT awaits_answer FROM messages") == (False,)


@pytest.mark.parametrize(
    "kind", ["image", "audio", "sticker", "location", "order", "request_welcome", "unsupported", "something_new"]
)
def test_whatever_else_comes_is_answered(database: Database, shop: PetShop, kind: str) -> None:
    recorded = say(database, shop, kind=kind, content={})

    assert recorded.answer_in is not None


def test_a_person_who_holds_the_conversation_is_left_alone(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, factories.TAKE)

    recorded = say(database, shop, wa_id=wa_id)

    assert recorded.is_new
    assert recorded.answer_in is None
    assert one(database, shop, "SELECT state, unread_count FROM conversations") == ("human", 2)


def test_a_customer_whom_the_shop_has_blocked_is_kept_and_not_answered(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    answered(database, shop)
    write(database, shop, "UPDATE contacts SET blocked_at = app.now()")

    recorded = say(database, shop, "Mais uma coisa", wa_id=wa_id)

    assert recorded.is_new
    assert recorded.answer_in is None
    assert one(database, shop, "SELECT state, unread_count, answer_at FROM conversations") == ("ai", 2, None)
    assert one(database, shop, "SELECT awaits_answer FROM messages WHERE text = 'Mais uma coisa'") == (False,)


def test_a_blocked_customers_late_message_calls_nobody(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, "UPDATE contacts SET blocked_at = app.now()")

    say(database, shop, wa_id=wa_id, at=clock.now() - 2 * 60 * MINUTE)

    assert count(database, shop, "staff_tasks") == 0
    assert one(database, shop, "SELECT state FROM conversations") == ("ai",)


def test_a_customer_who_writes_wakes_a_snoozed_conversation(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    for move in factories.TAKE.split(";"):
        write(database, shop, move)
    write(database, shop, "UPDATE conversations SET snoozed_until = app.now() + interval '1 day'")

    say(database, shop, wa_id=wa_id)

    assert one(database, shop, "SELECT state, snoozed_until FROM conversations") == ("human", None)


@pytest.mark.parametrize("hours", [2, 30, 24 * 7])
def test_a_message_that_was_long_on_its_way_is_a_persons_to_answer(
    database: Database, shop: PetShop, clock: Clock, hours: int
) -> None:
    recorded = say(database, shop, at=clock.now() - hours * 60 * MINUTE)

    assert recorded.answer_in is None
    assert one(
        database, shop, "SELECT state, handoff_reason, returns_at - app.now() < '30 minutes' FROM conversations"
    ) == ("waiting_human", "arrived_late", True)
    assert one(database, shop, "SELECT kind, conversation_id FROM staff_tasks") == (
        "arrived_late",
        recorded.conversation_id,
    )
    assert one(database, shop, "SELECT awaits_answer FROM messages") == (False,)


def test_the_staff_is_told_once_of_a_customer_whose_message_was_late(
    database: Database, owner: psycopg.Connection, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    bia = factories.make_member(owner, shop.organization_id)
    write(database, shop, "UPDATE memberships SET availability = 'online'")
    write(database, shop, "UPDATE organization_settings SET assignment = 'round_robin'")
    for name in (wamid, wamid, new_wamid()):
        recorded = say(database, shop, wa_id=wa_id, wamid=name, at=clock.now() - 2 * 60 * MINUTE)

    assert read(database, shop, "SELECT kind, level, conversation_id, detail FROM notifications") == [
        ("handoff", "warning", recorded.conversation_id, {"reason": "arrived_late", "user_id": str(bia)})
    ]


def test_the_staff_is_not_called_to_a_late_message_in_what_somebody_has(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    for move in factories.TAKE.split(";"):
        write(database, shop, move)

    say(database, shop, wa_id=wa_id, at=clock.now() - 2 * 60 * MINUTE)

    assert count(database, shop, "notifications") == 0


def test_an_outage_makes_one_task_a_conversation(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    for _ in range(4):
        say(database, shop, wa_id=wa_id, at=clock.now() - 2 * 60 * MINUTE)
    write(database, shop, "UPDATE staff_tasks SET done_at = app.now()")
    say(database, shop, wa_id=wa_id, at=clock.now() - 2 * 60 * MINUTE)

    assert count(database, shop, "staff_tasks") == 2


def test_a_late_message_reopens_a_closed_conversation_for_a_person(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    close(database, shop, first.conversation_id)

    late = say(database, shop, wa_id=wa_id, at=clock.now() - 2 * 60 * MINUTE)

    assert (late.conversation_id, late.answer_in) == (first.conversation_id, None)
    assert one(database, shop, "SELECT state, handoff_reason FROM conversations") == ("waiting_human", "arrived_late")
    moves = read(database, shop, "SELECT from_state, to_state FROM conversation_moves ORDER BY id DESC LIMIT 2")
    assert moves == [("ai", "waiting_human"), ("closed", "ai")]


def test_a_message_of_less_than_an_hour_is_answered(database: Database, shop: PetShop, clock: Clock) -> None:
    assert say(database, shop, at=clock.now() - 59 * MINUTE).answer_in is not None
    assert count(database, shop, "staff_tasks") == 0


def test_a_late_message_seen_again_makes_no_second_task(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    for _ in range(2):
        say(database, shop, wa_id=wa_id, wamid=wamid, at=clock.now() - 2 * 60 * MINUTE)

    assert count(database, shop, "staff_tasks") == 1


def test_an_older_message_that_comes_later_still_wants_its_answer(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, now = new_wa_id(), clock.now()
    say(database, shop, "segunda", wa_id=wa_id, at=now)
    answered(database, shop)

    late = say(database, shop, "primeira", wa_id=wa_id, at=now - timedelta(seconds=20))

    assert late.answer_in == about(2)
    assert read(database, shop, "SELECT text FROM messages ORDER BY provider_at, id") == [("primeira",), ("segunda",)]
    assert read(database, shop, "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL") == [("primeira",)]


def test_fifty_copies_at_once_are_one_message(connect: Callable[[], Database], shop: PetShop) -> None:
    workers, wa_id, wamid = [connect() for _ in range(8)], new_wa_id(), new_wamid()
    jobs = [partial(say, worker, shop, wa_id=wa_id, wamid=wamid) for worker in workers]

    every = [recorded for _ in range(7) for recorded in at_once(*jobs)]

    assert [recorded.is_new for recorded in every].count(True) == 1
    assert len({recorded.conversation_id for recorded in every}) == 1

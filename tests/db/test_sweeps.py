"""Lost hints: the sweep finds what is still to do, of every shop, and hints it once in two minutes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns.claiming import LEASE, claim
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop, say
from tests.postgres import Clock, Place

SECOND = timedelta(seconds=1)
DUE = 10 * SECOND


@pytest.fixture
def conversation_id(database: Database, shop: PetShop) -> ConversationId:
    return say(database, shop).conversation_id


def unhinted(database: Database, shop: PetShop, *, most: int = 10_000) -> list[UUID]:
    """Of this shop's: what other tests have left is theirs."""
    rows = database.lookup("SELECT * FROM app.unhinted_conversations(%s)", [most])
    return [conversation for organization_id, conversation in rows if organization_id == shop.organization_id]


def unsent(database: Database, shop: PetShop) -> list[UUID]:
    rows = database.lookup("SELECT * FROM app.unhinted_outbox(10000)")
    return [conversation for organization_id, conversation in rows if organization_id == shop.organization_id]


def test_a_lost_hint_is_found_some_seconds_after_it_was_due(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    assert unhinted(database, shop) == []
    clock.move(DUE)

    assert unhinted(database, shop) == [conversation_id]


def test_a_hint_is_renewed_after_two_minutes_and_not_before(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    clock.move(DUE)
    unhinted(database, shop)
    clock.move(119 * SECOND)
    assert unhinted(database, shop) == []

    clock.move(2 * SECOND)
    assert unhinted(database, shop) == [conversation_id]


def test_what_is_said_after_a_sweep_does_not_wait_for_two_minutes_of_its_own(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = factories.new_wa_id()
    said = say(database, shop, wa_id=wa_id)
    clock.move(DUE)
    unhinted(database, shop)
    say(database, shop, wa_id=wa_id)
    assert unhinted(database, shop) == []

    clock.move(DUE)
    assert unhinted(database, shop) == [said.conversation_id]


@pytest.mark.parametrize("state", ["human", "waiting_human", "closed"])
def test_what_the_agent_does_not_hold_is_not_hinted(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, state: str
) -> None:
    write(database, shop, factories.MOVES[state])
    clock.move(DUE)

    assert unhinted(database, shop) == []


def test_a_turn_that_runs_is_left_alone_and_one_that_died_is_found(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    clock.move(DUE)
    claim(database, shop.organization_id, conversation_id)
    assert unhinted(database, shop) == []

    clock.move(LEASE + SECOND)
    assert unhinted(database, shop) == [conversation_id]


def test_two_sweeps_at_once_do_not_hint_the_same(
    connect: Callable[[], Database], database: Database, shop: PetShop, clock: Clock
) -> None:
    waiting = {say(database, shop).conversation_id for _ in range(40)}
    clock.move(DUE)
    together = Barrier(2)

    def sweep(worker: Database) -> list[UUID]:
        together.wait()
        return unhinted(worker, shop)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(sweep, (connect(), connect()))

    assert len(first) + len(second) == len(waiting)
    assert {*first, *second} == waiting


def test_a_sweep_takes_no_more_than_it_is_told_and_the_oldest_first(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    waiting = [say(database, shop).conversation_id for _ in range(3)]
    with database.transaction(shop.organization_id, "test") as tx:
        # Long ago, so that nobody else's is older.
        for age, conversation in enumerate(waiting):
            tx.execute(
                "UPDATE conversations SET answer_at = app.now() - interval '400 days' - %s WHERE id = %s",
                [age * SECOND, conversation],
            )

    assert unhinted(database, shop, most=2) == [waiting[2], waiting[1]]


def queue(database: Database, shop: PetShop, conversation_id: ConversationId, state: str = "queued") -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        tx.execute(
            """
            INSERT INTO outbox (conversation_id, kind, author, content, state, claimed_at)
            VALUES (%s, 'staff', 'person', '{}', %s, CASE %s WHEN 'sending' THEN app.now() END)
            """,
            [conversation_id, state, state],
        )


def test_what_waits_to_be_sent_is_hinted_once_a_conversation(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    queue(database, shop, conversation_id)
    queue(database, shop, conversation_id)
    assert unsent(database, shop) == []
    clock.move(DUE)

    assert unsent(database, shop) == [conversation_id]
    assert unsent(database, shop) == []
    clock.move(121 * SECOND)
    assert unsent(database, shop) == [conversation_id]


def test_a_send_under_way_is_looked_at_again_when_it_should_be_settled(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "sending")
    clock.move(59 * SECOND)
    assert unsent(database, shop) == []

    clock.move(2 * SECOND)
    assert unsent(database, shop) == [conversation_id]


@pytest.mark.parametrize(
    "before", ["due_at = app.now() + interval '90 seconds'", "state = 'sending', claimed_at = app.now()"]
)
def test_what_stands_behind_a_message_that_is_not_to_go_yet_is_not_hinted_until_it_is(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, before: str
) -> None:
    queue(database, shop, conversation_id)
    write(database, shop, f"UPDATE outbox SET {before}")
    queue(database, shop, conversation_id)
    other = say(database, shop).conversation_id
    queue(database, shop, other)
    clock.move(DUE)
    assert unsent(database, shop) == [other]

    clock.move(90 * SECOND)
    assert unsent(database, shop) == [conversation_id]


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
def test_what_has_come_to_its_end_is_not_hinted(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, state: str
) -> None:
    queue(database, shop, conversation_id, state)
    clock.move(DUE)

    assert unsent(database, shop) == []


def unsummarized(database: Database, shop: PetShop) -> list[UUID]:
    rows = database.lookup("SELECT * FROM app.unsummarized_handoffs(10000)")
    return [conversation for organization_id, conversation, _ in rows if organization_id == shop.organization_id]


def test_who_waits_without_a_summary_is_found_for_a_few_minutes_and_then_no_more(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    write(database, shop, factories.HAND_OVER)
    found: list[list[UUID]] = []
    for _ in range(10):
        found.append(unsummarized(database, shop))
        clock.move(60 * SECOND)

    assert found == [[]] * 3 + [[conversation_id]] * 3 + [[]] * 4


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE conversations SET summary = 'Ana quer banho.', summary_at = app.now()",
        "UPDATE conversations SET state = 'human'",
        "UPDATE conversations SET state = 'ai'",
    ],
    ids=["summarized", "taken", "given back"],
)
def test_who_is_summed_up_or_waits_no_more_is_not_found(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, meanwhile: str
) -> None:
    write(database, shop, factories.HAND_OVER)
    write(database, shop, meanwhile)
    clock.move(240 * SECOND)

    assert unsummarized(database, shop) == []


def test_a_summary_of_the_hand_over_before_is_none_of_this_one(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    write(database, shop, "UPDATE conversations SET summary = 'Ana quer banho.', summary_at = app.now()")
    write(database, shop, factories.HAND_OVER)
    clock.move(240 * SECOND)

    assert unsummarized(database, shop) == [conversation_id]


def test_the_numbers_that_were_not_looked_at_for_longest_come_first(database: Database, shop: PetShop) -> None:
    write(
        database,
        shop,
        """
        INSERT INTO channel_accounts (channel, external_id, business_id, display_name, checked_at)
        SELECT 'whatsapp', %s || n, '1', n, app.now() - n * interval '1 minute' FROM generate_series(1, 3) n
        """,
        shop.account.external_id,
    )
    names = dict(
        read(
            database,
            shop,
            "SELECT id, CASE WHEN checked_at IS NULL THEN 'never' ELSE display_name END FROM channel_accounts",
        )
    )

    accounts = database.lookup("SELECT account_id FROM app.connected_accounts()")

    assert [names[account] for (account,) in accounts if account in names] == ["never", "3", "2", "1"]


@pytest.mark.parametrize(
    ("sweep", "index"),
    [
        ("unhinted_conversations", "conversations_due"),
        ("unhinted_outbox", "outbox_due"),
        ("unsummarized_handoffs", "conversations_waiting"),
    ],
)
def test_a_sweep_reads_the_index_of_what_is_due(shared_database: Place, sweep: str, index: str) -> None:
    """Under the row security of the lookup role, which would keep it from an index whose operators could leak."""
    with psycopg.connect(shared_database.admin) as administrator:
        (body,) = administrator.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = %s AND pronamespace = 'app'::regnamespace", [sweep]
        ).fetchone() or ("",)
        administrator.execute("SET LOCAL ROLE auzap_lookup")
        administrator.execute("SET LOCAL enable_seqscan = off")
        plan = administrator.execute(f"EXPLAIN {body.replace('most', '500')}".encode()).fetchall()

    assert any(f"using {index}" in line or f"on {index}" in line for (line,) in plan), plan

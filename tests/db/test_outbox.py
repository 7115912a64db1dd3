"""Sending: in order, once, by whichever worker comes; and what each answer of the provider leaves behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import ConversationId, OutboxId
from auzap.outbox import statuses
from auzap.outbox.sending import Sent, send_next
from auzap.outbox.statuses import Status
from tests import factories
from tests.db import outside as outsides
from tests.db.committed import about, read, write
from tests.db.outside import Outside, accepted_as, hung_up, refused
from tests.db.scripted_model import open_transactions
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock, Place

SECOND = timedelta(seconds=1)
AMBIGUOUS = about(61)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.fixture
def outside(served: Callable[[], Outside]) -> Outside:
    return served()


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    made = factories.make_pet_shop(owner, database)
    with database.transaction(made.organization_id, "test") as tx:
        outsides.give_credentials(tx)
    return made


@pytest.fixture
def conversation_id(database: Database, shop: PetShop) -> ConversationId:
    return say(database, shop, wa_id=new_wa_id()).conversation_id


def queue(database: Database, shop: PetShop, conversation_id: ConversationId, *texts: str, author: str = "bot") -> None:
    """Messages that wait to be sent, as a turn or a person leaves them."""
    kind = "reply" if author == "bot" else "staff"
    with database.transaction(shop.organization_id, "test") as tx:
        for text in texts:
            tx.execute(
                """
                WITH waiting AS (
                  INSERT INTO outbox (conversation_id, kind, author, content)
                  VALUES (%(conversation)s, %(kind)s, %(author)s, jsonb_build_object('type', 'text', 'text', %(text)s::text))
                  RETURNING id
                )
                INSERT INTO messages (conversation_id, sender, kind, text, provider_at, outbox_id, delivery)
                SELECT %(conversation)s, CASE %(author)s WHEN 'bot' THEN 'agent' ELSE 'staff' END, 'text', %(text)s, app.now(),
                  waiting.id, 'queued' FROM waiting
                """,
                {"conversation": conversation_id, "kind": kind, "author": author, "text": text},
            )


def states(database: Database, shop: PetShop) -> list[str]:
    return [row[0] for row in read(database, shop, "SELECT state FROM outbox ORDER BY id")]


def deliveries(database: Database, shop: PetShop) -> list[str]:
    return [
        row[0] for row in read(database, shop, "SELECT delivery FROM messages WHERE outbox_id IS NOT NULL ORDER BY id")
    ]


def tasks(database: Database, shop: PetShop) -> list[str]:
    return [row[0] for row in read(database, shop, "SELECT kind FROM staff_tasks ORDER BY id")]


def send(
    database: Database, outside: Outside, shop: PetShop, conversation_id: ConversationId, *, sandbox: int = 1
) -> Sent:
    return send_next(
        database,
        outside.graph(sandbox),
        outside.kms(sandbox),
        shop.organization_id,
        conversation_id,
        link="https://files.example/{}".format,
    )


def tell(
    database: Database,
    shop: PetShop,
    state: str,
    *,
    wamid: str = "wamid.of-a-test",
    tracker: OutboxId | None = None,
    code: int | None = None,
    pricing: dict[str, Any] | None = None,
) -> str:
    status = Status(shop.account.external_id, wamid, state, datetime.now(UTC), tracker, code, pricing)
    return statuses.apply(database, shop.organization_id, shop.account.id, status).outcome


def oldest(database: Database, shop: PetShop) -> OutboxId:
    return OutboxId(read(database, shop, "SELECT id FROM outbox ORDER BY id LIMIT 1")[0][0])


# In order, and once


def test_what_is_due_is_sent_with_our_id_to_whoever_wrote(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "Oi! Tudo bem?")
    outside.script = [accepted_as("wamid.one")]

    assert send(database, outside, shop, conversation_id) == Sent("sent")
    assert send(database, outside, shop, conversation_id) == Sent("empty")

    (message,) = outside.asked
    (reply_to,) = read(database, shop, "SELECT reply_to FROM conversations")[0]
    assert (message["to"], message["text"]["body"]) == (reply_to, "Oi! Tudo bem?")
    assert message["biz_opaque_callback_data"] == str(oldest(database, shop))
    assert read(database, shop, "SELECT state, provider_id FROM outbox") == [("sent", "wamid.one")]
    assert read(database, shop, "SELECT delivery, provider_id FROM messages WHERE outbox_id IS NOT NULL") == [
        ("sent", "wamid.one")
    ]


def test_nobody_holds_a_transaction_while_a_message_is_sent(
    shared_database: Place, database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "Oi!")
    held: list[list[str]] = []
    outside.on_send = lambda: held.append(open_transactions(shared_database))

    send(database, outside, shop, conversation_id)

    assert held == [[]]


def test_four_senders_keep_the_order_and_send_once(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    outside: Outside,
) -> None:
    texts = [f"mensagem {number:02d}" for number in range(12)]
    queue(database, shop, conversation_id, *texts)
    together = Barrier(len(outsides.SANDBOXES))

    def work(worker: Database, sandbox: int) -> list[str]:
        together.wait()
        outcomes: list[str] = []
        while not outcomes or outcomes[-1] != "empty":
            outcomes.append(send(worker, outside, shop, conversation_id, sandbox=sandbox).outcome)
        return outcomes

    with ThreadPoolExecutor(len(outsides.SANDBOXES)) as pool:
        running = [pool.submit(work, connect(), sandbox) for sandbox in outsides.SANDBOXES]
        outcomes = [outcome for future in running for outcome in future.result()]

    assert outside.texts == texts
    assert outcomes.count("sent") == len(texts)
    assert "not_due" in outcomes
    assert set(states(database, shop)) == {"sent"}


def test_a_second_sender_stays_away_while_one_is_under_way(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    outside: Outside,
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    other = connect()
    seen: list[Sent] = []
    outside.on_send = lambda: seen.append(send(other, outside, shop, conversation_id, sandbox=2)) if not seen else None

    send(database, outside, shop, conversation_id)

    assert seen == [Sent("not_due", again_in=about(61, within=2))]
    assert outside.texts == ["um"]


def test_a_message_waits_for_its_time(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    write(database, shop, "UPDATE outbox SET due_at = app.now() + interval '5 seconds' WHERE content ->> 'text' = 'um'")

    assert send(database, outside, shop, conversation_id) == Sent("not_due", again_in=about(5))
    clock.move(5 * SECOND)
    assert send(database, outside, shop, conversation_id).outcome == "sent"
    assert outside.texts == ["um"]


def test_nothing_of_another_shop_is_sent(
    owner: psycopg.Connection, database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "Oi!")
    other = factories.make_pet_shop(owner, database)

    assert send(database, outside, other, conversation_id) == Sent("empty")
    assert states(database, shop) == ["queued"]
    assert outside.asked == []


# A person has the word


def test_what_the_agent_would_say_over_a_person_is_dropped(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "Sou a Luna", "Posso ajudar?")
    queue(database, shop, conversation_id, "Aqui é a Rosa", author="person")
    write(database, shop, factories.TAKE)

    send(database, outside, shop, conversation_id)

    assert outside.texts == ["Aqui é a Rosa"]
    assert states(database, shop) == ["cancelled", "cancelled", "sent"]
    assert deliveries(database, shop) == ["failed", "failed", "sent"]


def test_the_last_words_of_the_agent_reach_a_customer_who_waits_for_a_person(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "Vou chamar alguém da equipe")
    write(database, shop, "UPDATE conversations SET state = 'waiting_human'")

    send(database, outside, shop, conversation_id)

    assert outside.texts == ["Vou chamar alguém da equipe"]


# Sent, or not


def test_a_send_without_an_answer_is_settled_by_the_status_that_names_it(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    outside.script = [hung_up]
    assert send(database, outside, shop, conversation_id) == Sent("ambiguous", again_in=AMBIGUOUS)

    assert tell(database, shop, "delivered", wamid="wamid.known", tracker=oldest(database, shop)) == "moved"
    clock.move(2 * 60 * SECOND)
    send(database, outside, shop, conversation_id)

    assert outside.texts == ["um", "dois"]
    assert states(database, shop) == ["sent", "sent"]
    assert deliveries(database, shop) == ["delivered", "sent"]
    assert read(database, shop, "SELECT provider_id FROM outbox ORDER BY id LIMIT 1") == [("wamid.known",)]


def test_a_send_that_nobody_speaks_of_is_repeated_once_and_then_given_to_the_staff(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    outside.script = [hung_up, hung_up]
    send(database, outside, shop, conversation_id)
    assert send(database, outside, shop, conversation_id).outcome == "not_due"
    assert outside.texts == ["um"]

    clock.move(61 * SECOND)
    assert send(database, outside, shop, conversation_id).outcome == "ambiguous"
    assert outside.texts == ["um", "um"]

    clock.move(61 * SECOND)
    assert send(database, outside, shop, conversation_id).outcome == "sent"
    assert outside.texts == ["um", "um", "dois"]
    assert states(database, shop) == ["failed", "sent"]
    assert tasks(database, shop) == ["send_failed"]


def test_a_persons_message_is_never_repeated(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "Aqui é a Rosa", author="person")
    outside.script = [hung_up]
    send(database, outside, shop, conversation_id)
    clock.move(61 * SECOND)

    assert send(database, outside, shop, conversation_id) == Sent("empty")
    assert outside.texts == ["Aqui é a Rosa"]
    assert (states(database, shop), tasks(database, shop)) == (["failed"], ["send_failed"])


def test_a_busy_customer_is_waited_for_and_nobody_overtakes(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    outside.script = [refused(131056)] * 2

    assert send(database, outside, shop, conversation_id) == Sent("postponed", again_in=4)
    assert send(database, outside, shop, conversation_id) == Sent("not_due", again_in=about(4))
    clock.move(4 * SECOND)
    assert send(database, outside, shop, conversation_id) == Sent("postponed", again_in=16)
    clock.move(16 * SECOND)
    assert send(database, outside, shop, conversation_id).outcome == "sent"
    assert send(database, outside, shop, conversation_id).outcome == "sent"

    assert outside.texts == ["um", "um", "um", "dois"]


def test_a_service_that_stays_down_is_given_up(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um")
    outside.script = [refused(131000, status=500)] * 20

    outcomes: list[str] = []
    while not outcomes or outcomes[-1] == "postponed":
        outcomes.append(send(database, outside, shop, conversation_id).outcome)
        clock.move(600 * SECOND)

    assert outcomes == ["postponed"] * 11 + ["failed"]
    assert (states(database, shop), tasks(database, shop)) == (["failed"], ["send_failed"])


def test_a_number_whose_token_is_void_stops_and_goes_on_in_order(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside, clock: Clock
) -> None:
    queue(database, shop, conversation_id, "um", "dois")
    outside.script = [refused(190, status=401)]

    assert send(database, outside, shop, conversation_id).outcome == "paused"
    assert send(database, outside, shop, conversation_id).outcome == "not_due"
    assert read(database, shop, "SELECT status FROM channel_accounts") == [("failing",)]
    write(database, shop, "UPDATE channel_accounts SET status = 'connected', sending_paused_until = NULL")
    assert send(database, outside, shop, conversation_id).outcome == "sent"
    assert send(database, outside, shop, conversation_id).outcome == "sent"

    assert outside.texts == ["um", "um", "dois"]


def test_a_void_token_of_one_shop_stops_no_other(
    database: Database, shop: PetShop, conversation_id: ConversationId, other_shop: PetShop, outside: Outside
) -> None:
    with database.transaction(other_shop.organization_id, "test") as tx:
        outsides.give_credentials(tx)
    queue(database, shop, conversation_id, "um")
    elsewhere = say(database, other_shop, wa_id=new_wa_id()).conversation_id
    queue(database, other_shop, elsewhere, "dois")
    outside.script = [refused(190, status=401)]

    outcomes = [send(database, outside, shop, conversation_id), send(database, outside, other_shop, elsewhere)]

    assert [sent.outcome for sent in outcomes] == ["paused", "sent"]
    assert read(database, other_shop, "SELECT status FROM channel_accounts") == [("connected",)]


def test_a_number_without_credentials_waits(
    database: Database, shop: PetShop, conversation_id: ConversationId, outside: Outside
) -> None:
    queue(database, shop, conversation_id, "um")
    write(database, shop, "UPDATE channel_accounts SET credentials = NULL")

    assert send(database, outside, shop, conversation_id).outcome == "paused"
    assert states(database, shop) == ["queued"]
    assert outside.asked == []

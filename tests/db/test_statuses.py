"""Delivery statuses: in whatever order and however often they come, they end in the same place."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import permutations
from threading import Barrier
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.errors import Retry
from auzap.ids import ConversationId, OutboxId
from auzap.outbox import queries, statuses
from auzap.outbox.statuses import Status
from tests import factories
from tests.db.counting_proxy import counting
from tests.factories import PetShop, new_wamid, say
from tests.postgres import Clock, Place, wait_until_blocked


def now() -> datetime:
    return datetime.now(UTC)


PRICING = {"category": "service", "billable": False}


@pytest.fixture
def conversation_id(database: Database, shop: PetShop) -> ConversationId:
    return say(database, shop).conversation_id


class Sending:
    """One message on its way: claimed by a sender, asked of the provider, not yet answered."""

    def __init__(self, database: Database, shop: PetShop, conversation_id: ConversationId) -> None:
        self.database, self.shop, self.conversation_id = database, shop, conversation_id
        self.wamid = new_wamid()
        with database.transaction(shop.organization_id, "test") as tx:
            row = tx.execute(
                """
                WITH claimed AS (
                  INSERT INTO outbox (conversation_id, kind, author, content, state, attempts, claimed_at)
                  VALUES (%(conversation)s, 'reply', 'bot', '{"type": "text", "text": "Oi!"}', 'sending', 1, app.now()) RETURNING id
                )
                INSERT INTO messages (conversation_id, sender, kind, text, provider_at, outbox_id, delivery)
                SELECT %(conversation)s, 'agent', 'text', 'Oi!', app.now(), claimed.id, 'queued' FROM claimed RETURNING outbox_id
                """,
                {"conversation": conversation_id},
            ).fetchone()
        assert row
        self.outbox_id = OutboxId(row[0])

    def happen(self, event: str, database: Database | None = None) -> str:
        """The provider's answer to the send, or a status."""
        if event == "answer":
            self.answer(database or self.database)
            return "answered"
        return self.tell(event, database=database)

    def answer(self, database: Database) -> None:
        place = self.shop.organization_id, self.conversation_id
        queries.record_sent(database, *place, self.outbox_id, self.shop.account.id, self.wamid)

    def tell(self, state: str, *, database: Database | None = None, at: datetime | None = None) -> str:
        code = 131026 if state == "failed" else None
        pricing = PRICING if state in {"sent", "delivered"} else None
        status = Status(self.shop.account.external_id, self.wamid, state, at or now(), self.outbox_id, code, pricing)
        place = self.shop.organization_id, self.shop.account.id
        return statuses.apply(database or self.database, *place, status).outcome

    def end(self) -> tuple[Any, ...]:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            row = tx.execute(
                """
                SELECT m.delivery, m.error_code, m.provider_id = %s, m.pricing, o.state
                FROM messages m JOIN outbox o ON o.id = m.outbox_id WHERE o.id = %s
                """,
                [self.wamid, self.outbox_id],
            ).fetchone()
        assert row
        return row


def charged(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    with database.transaction(shop.organization_id, "test") as tx:
        return tx.execute("SELECT metric, amount FROM usage_counters WHERE metric LIKE 'service%'").fetchall()


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ("answer sent", ("sent", None, True, PRICING, "sent")),
        ("answer sent delivered", ("delivered", None, True, PRICING, "sent")),
        ("answer sent delivered read", ("read", None, True, PRICING, "sent")),
        ("answer delivered read played", ("played", None, True, PRICING, "sent")),
        ("answer sent failed", ("failed", 131026, True, PRICING, "failed")),
        ("answer failed", ("failed", 131026, True, None, "failed")),
        ("answer sent delivered failed", ("delivered", None, True, PRICING, "sent")),
        ("answer sent delivered read failed", ("read", None, True, PRICING, "sent")),
        ("delivered read", ("read", None, True, PRICING, "sent")),
        ("sent failed", ("failed", 131026, True, PRICING, "failed")),
        ("failed delivered", ("delivered", None, True, PRICING, "sent")),
    ],
)
def test_every_order_of_the_same_events_ends_in_the_same_place(
    database: Database, shop: PetShop, conversation_id: ConversationId, events: str, end: tuple[Any, ...]
) -> None:
    for order in permutations(events.split()):
        sending = Sending(database, shop, conversation_id)
        for event in order:
            sending.happen(event)
        assert sending.end() == end, order

        for event in reversed([event for event in order if event != "answer"]):
            sending.happen(event)
        assert sending.end() == end, (order, "and again")


def test_every_order_of_every_status_told_twice_ends_in_the_same_place_and_is_charged_once(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    ends: list[tuple[Any, ...]] = []
    orders = list(permutations(("sent", "delivered", "read", "failed")))
    for number, order in enumerate(orders):
        sending = Sending(database, shop, conversation_id)
        sending.answer(database)
        # Each one twice: at once in every second order, and after all of them in the others.
        for state in [state for state in order for _ in range(2)] if number % 2 else [*order, *order]:
            sending.happen(state)
        ends.append(sending.end())

    assert ends == [("read", None, True, PRICING, "sent")] * len(orders)
    assert charged(database, shop) == [(f"service_messages:{shop.account.id}", len(orders))]


def test_a_message_is_charged_when_it_is_delivered_and_its_price_is_known_whichever_comes_first(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    place = shop.organization_id, shop.account.id
    prices: list[dict[str, Any] | None] = [{"category": "utility", "type": "regular"}, None]
    for first, second in ((0, 1), (1, 0)):
        sending = Sending(database, shop, conversation_id)
        told = [
            statuses.apply(
                database,
                *place,
                Status(shop.account.external_id, sending.wamid, state, now(), sending.outbox_id, None, price),
            ).category
            for state, price in (("delivered", prices[first]), ("read", prices[second]), ("played", prices[0]))
        ]
        assert sorted(told, key=bool) == [None, None, "utility"]
        assert sending.end()[3] == prices[0]

    # Only free-form messages are counted against the thousand that are free.
    assert charged(database, shop) == []


@pytest.mark.parametrize(
    ("pricing", "count"),
    [
        ({"category": "service", "type": "regular"}, 1),
        ({"category": "service", "type": "free_customer_service"}, 1),
        ({"category": "service", "type": "free_entry_point"}, 0),
        ({"category": "marketing", "type": "regular"}, 0),
    ],
)
def test_service_messages_are_counted_by_number_and_the_shops_month(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    clock: Clock,
    pricing: dict[str, str],
    count: int,
) -> None:
    sending = Sending(database, shop, conversation_id)
    status = Status(shop.account.external_id, sending.wamid, "delivered", now(), sending.outbox_id, None, pricing)
    statuses.apply(database, shop.organization_id, shop.account.id, status)

    month = clock.now().astimezone(ZoneInfo("America/Sao_Paulo")).date().replace(day=1)
    with database.transaction(shop.organization_id, "test") as tx:
        counted = tx.execute("SELECT day, amount FROM usage_counters WHERE metric LIKE 'service%'").fetchall()
    assert counted == ([(month, 1)] if count else [])


def test_a_message_charged_as_a_general_assistants_is_told_to_the_staff_once_a_day(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    for _ in range(2):
        sending = Sending(database, shop, conversation_id)
        pricing = {"category": "general_purpose_ai", "type": "regular"}
        status = Status(shop.account.external_id, sending.wamid, "delivered", now(), sending.outbox_id, None, pricing)
        applied = statuses.apply(database, shop.organization_id, shop.account.id, status)
        assert applied.category == "general_purpose_ai"

    with database.transaction(shop.organization_id, "test") as tx:
        assert tx.execute("SELECT kind, level FROM notifications").fetchall() == [("charged_as_general_ai", "error")]


def test_a_failure_that_is_told_later_is_a_task_for_the_staff(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    sending = Sending(database, shop, conversation_id)
    for event in ("answer", "sent", "failed", "failed"):
        sending.happen(event)

    with database.transaction(shop.organization_id, "test") as tx:
        assert tx.execute("SELECT kind, conversation_id, detail FROM staff_tasks").fetchall() == [
            ("send_failed", conversation_id, "undeliverable")
        ]


def test_two_statuses_at_once_end_as_one_after_the_other(
    connect: Callable[[], Database], database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    workers = connect(), connect()
    for _ in range(10):
        sending = Sending(database, shop, conversation_id)
        sending.answer(database)
        together = Barrier(2)

        def work(worker: Database, state: str, sending: Sending = sending, together: Barrier = together) -> str:
            together.wait()
            return sending.tell(state, database=worker)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, workers, ("read", "delivered")))
        assert sending.end()[0] == "read"


def test_a_status_that_waited_for_another_sees_what_it_left(
    shared_database: Place,
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
) -> None:
    sending = Sending(database, shop, conversation_id)
    sending.answer(database)
    with ThreadPoolExecutor(1) as pool:
        with connect().transaction(shop.organization_id, "test") as tx:
            tx.execute("UPDATE messages SET delivery = 'read' WHERE outbox_id = %s", [sending.outbox_id])
            late = pool.submit(sending.tell, "delivered")
            wait_until_blocked(shared_database)
        assert late.result() == "kept"

    assert sending.end()[0] == "read"


def test_an_answer_and_a_status_at_once_do_not_lock_each_other_out(
    shared_database: Place,
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
) -> None:
    """Both want the outbox row, which a third one holds; the answer queues first, the status second."""
    sending = Sending(database, shop, conversation_id)
    with ThreadPoolExecutor(2) as pool:
        with connect().transaction(shop.organization_id, "test") as tx:
            tx.execute("SELECT FROM outbox WHERE id = %s FOR UPDATE", [sending.outbox_id])
            answered = pool.submit(sending.answer, connect())
            wait_until_blocked(shared_database)
            told = pool.submit(sending.tell, "delivered", database=connect())
            wait_until_blocked(shared_database, count=2)
        answered.result()
        told.result()

    assert sending.end() == ("delivered", None, True, PRICING, "sent")


def test_a_status_of_a_message_not_yet_known_is_offered_again_for_ten_minutes_of_the_databases_clock(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    sending = Sending(database, shop, conversation_id)
    sending.outbox_id = OutboxId(UUID(int=0))
    at = clock.now()

    clock.move(timedelta(minutes=9))
    with pytest.raises(Retry):
        sending.tell("sent", at=at)
    clock.move(timedelta(minutes=2))
    assert sending.tell("sent", at=at) == "unknown"


@pytest.mark.parametrize("event", ["sent", "delivered", "unknown"])
def test_a_status_is_one_round_trip_whatever_it_speaks_of(
    shared_database: Place, database: Database, shop: PetShop, conversation_id: ConversationId, event: str
) -> None:
    sending = Sending(database, shop, conversation_id)
    sending.answer(database)
    with counting(shared_database.app) as proxy, closing(Database(lambda: proxy.conninfo)) as counted:
        sending.tell("sent", database=counted)
        proxy.reset()
        if event == "unknown":
            sending.wamid, sending.outbox_id = new_wamid(), OutboxId(UUID(int=0))
            with pytest.raises(Retry):
                sending.tell("sent", database=counted)
        else:
            sending.tell(event, database=counted)

        assert (proxy.round_trips, proxy.statements) == (1, 1)


def test_a_status_of_a_time_to_come_is_not_offered_again_for_ever(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    sending = Sending(database, shop, conversation_id)
    sending.outbox_id = OutboxId(UUID(int=0))

    with pytest.raises(Retry):
        sending.tell("sent", at=clock.now() + timedelta(minutes=4))
    assert sending.tell("sent", at=clock.now() + timedelta(minutes=6)) == "unknown"


def test_a_status_moves_no_message_of_another_shop(
    owner: psycopg.Connection, database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    sending = Sending(database, shop, conversation_id)
    sending.answer(database)
    sending.shop = factories.make_pet_shop(owner, database)

    assert sending.tell("read", at=now() - timedelta(minutes=11)) == "unknown"

    sending.shop = shop
    assert sending.end()[0] == "sent"


def test_a_status_moves_no_message_of_a_customer(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    wamid = new_wamid()
    say(database, shop, wamid=wamid)
    sending = Sending(database, shop, conversation_id)
    sending.wamid, sending.outbox_id = wamid, OutboxId(UUID(int=0))

    assert sending.tell("read", at=now() - timedelta(minutes=11)) == "unknown"

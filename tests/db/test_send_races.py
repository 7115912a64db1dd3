"""Who may no longer be written to, while a sender is on its way: nothing is claimed once that is stored."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from psycopg import sql

from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from auzap.ids import ConversationId
from auzap.outbox import sending
from auzap.outbox.queueing import Kind
from tests.db.committed import read
from tests.db.posting import crowd
from tests.factories import PetShop

ROUNDS = 170


def claims(database: Database, shop: PetShop, conversation_id: ConversationId) -> bool:
    try:
        found = sending._claim(database, shop.organization_id, conversation_id)
    except OrganizationUnavailable:
        return False
    return found is not None and found.wait is None


def race(
    connect: Callable[[], Database],
    shop: PetShop,
    conversations: list[ConversationId],
    stop: Callable[[ConversationId], None],
    undo: Callable[[], None] = lambda: None,
) -> list[bool]:
    """Whether each round's message was claimed; that none was by a sender who began after the stop had been stored."""
    together = Barrier(2)
    stopped: list[float] = []

    def stopping() -> None:
        for conversation_id in conversations:
            together.wait()
            stop(conversation_id)
            stopped.append(time.monotonic())
            together.wait()
            undo()

    def claiming(own: Database) -> list[tuple[float, bool]]:
        claimed: list[tuple[float, bool]] = []
        for round_, conversation_id in enumerate(conversations):
            together.wait()
            # Its way to the lock is the shorter one: sometimes it starts late.
            for _ in range(3 * (round_ % 5)):
                own.lookup("SELECT app.now()")
            claimed.append((time.monotonic(), claims(own, shop, conversation_id)))
            together.wait()
        return claimed

    with ThreadPoolExecutor(2) as pool:
        stops, racing = pool.submit(stopping), pool.submit(claiming, connect())
        stops.result()
        claimed = racing.result()
    assert [
        round_ for round_, (began, is_claimed) in enumerate(claimed) if is_claimed and began > stopped[round_]
    ] == []
    return [is_claimed for _, is_claimed in claimed]


@pytest.mark.parametrize(
    ("kind", "column"), [("reply", "blocked_at"), ("notice", "opted_out_at")], ids=["blocked", "opted out"]
)
def test_a_customer_who_may_not_be_written_to_any_more_is_not(
    database: Database, shop: PetShop, connect: Callable[[], Database], kind: Kind, column: str
) -> None:
    conversations = crowd(database, shop, ROUNDS, kind=kind)
    own = connect()

    def stop(conversation_id: ConversationId) -> None:
        with own.transaction(shop.organization_id, "panel") as tx:
            tx.connection.execute(
                sql.SQL(
                    "UPDATE contacts SET {} = app.now() WHERE id = (SELECT contact_id FROM conversations WHERE id = %s)"
                ).format(sql.Identifier(column)),
                [conversation_id],
            )

    claimed = race(connect, shop, conversations, stop)

    assert [each for each in conversations if claims(database, shop, each)] == []
    states = dict(read(database, shop, "SELECT state, count(*) FROM outbox GROUP BY state"))
    assert states == {"sending": claimed.count(True), "cancelled": claimed.count(False)}
    assert set(claimed) == {True, False}, "one side always won: that was no race"


def test_a_shop_that_is_suspended_sends_nothing_more(
    owner: psycopg.Connection, database: Database, shop: PetShop, connect: Callable[[], Database]
) -> None:
    conversations = crowd(database, shop, ROUNDS)

    def become(status: str) -> None:
        owner.execute("UPDATE organizations SET status = %s WHERE id = %s", [status, shop.organization_id])

    claimed = race(connect, shop, conversations, lambda _: become("suspended"), lambda: become("active"))

    states = dict(read(database, shop, "SELECT state, count(*) FROM outbox GROUP BY state"))
    assert states == {"sending": claimed.count(True), "queued": claimed.count(False)}
    assert set(claimed) == {True, False}, "one side always won: that was no race"

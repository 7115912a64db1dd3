"""A person takes a conversation in the moment in which the agent's words are sent: never a word of it after the taking."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg

from auzap.conversations import holding
from auzap.db.connection import Database
from auzap.outbox import sending
from tests import factories
from tests.db.committed import read
from tests.db.posting import crowd
from tests.factories import PetShop

ROUNDS = 1000
EACH = 200


def test_in_a_thousand_races_nothing_of_the_agents_is_claimed_after_the_taking(
    owner: psycopg.Connection, database: Database, shop: PetShop, connect: Callable[[], Database]
) -> None:
    conversations = crowd(database, shop, ROUNDS)
    team = [factories.make_member(owner, shop.organization_id, most_conversations=EACH) for _ in range(ROUNDS // EACH)]
    together = Barrier(2)

    def take(own: Database) -> None:
        for round_, conversation_id in enumerate(conversations):
            together.wait()
            with own.transaction(shop.organization_id, "panel") as tx:
                holding.take(tx, conversation_id, team[round_ // EACH])

    def send(own: Database) -> int:
        claimed = 0
        for round_, conversation_id in enumerate(conversations):
            together.wait()
            # Its way to the lock is the shorter one: sometimes it starts late.
            for _ in range(round_ % 4):
                own.lookup("SELECT app.now()")
            found = sending._claim(own, shop.organization_id, conversation_id)
            claimed += found is not None and found.wait is None
        return claimed

    with ThreadPoolExecutor(2) as pool:
        taking, racing = pool.submit(take, connect()), pool.submit(send, connect())
        taking.result()
        claimed = racing.result()

    unclaimed = [row[0] for row in read(database, shop, "SELECT conversation_id FROM outbox WHERE state <> 'sending'")]
    late = [each for each in unclaimed if sending._claim(database, shop.organization_id, each) is not None]
    states = dict(read(database, shop, "SELECT state, count(*) FROM outbox GROUP BY state"))
    assert states == {"sending": claimed, "cancelled": ROUNDS - claimed}
    assert 0 < claimed < ROUNDS, "one side always won: that was no race"
    assert late == []
    after = """
        SELECT count(*) FROM outbox o JOIN conversation_moves m ON m.conversation_id = o.conversation_id
        WHERE m.to_state = 'human' AND o.claimed_at >= m.moved_at
        """
    assert read(database, shop, after) == [(0,)]

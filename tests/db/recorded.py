"""What recording has left in the database, and what is done to it meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from auzap.conversations import recording
from auzap.conversations.recording import Recorded
from auzap.db.connection import Database
from auzap.ids import ConversationId
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop, message


def one(database: Database, shop: PetShop, query: str, *parameters: Any) -> tuple[Any, ...]:
    (row,) = read(database, shop, query, *parameters)
    return row


def count(database: Database, shop: PetShop, table: str) -> int:
    return one(database, shop, f"SELECT count(*) FROM {table}")[0]


def close(database: Database, shop: PetShop, conversation_id: ConversationId) -> None:
    # One statement a move: more than one takes no parameters.
    for move in factories.CLOSE.split(";"):
        write(database, shop, f"{move} AND id = %s", conversation_id)


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


def write_as_shop(database: Database, shop: PetShop, wa_id: str, text: str = "Deixa comigo!", **said: Any) -> Recorded:
    return recording.record(database, message(shop, text, wa_id=wa_id, echo=True, **said))

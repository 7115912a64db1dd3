"""A turn taken by hand, and what it has left in the database."""

from datetime import timedelta
from typing import Any, cast

from auzap.agent.model import Model
from auzap.agent.reply import Reply
from auzap.agent.turn import Turn
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns import answering
from auzap.turns.answering import Answered
from auzap.turns.claiming import LEASE, claim
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import ScriptedModel
from tests.factories import PetShop

SECOND = timedelta(seconds=1)
EXPIRED = LEASE + SECOND
GREETING = Reply(
    kind="reply", content={"type": "text", "text": "Oi! Como posso ajudar?"}, intent="greeting", confidence=90
)


def claimed(database: Database, shop: PetShop, conversation_id: ConversationId) -> Turn:
    turn = claim(database, shop.organization_id, conversation_id)
    assert isinstance(turn, Turn), turn
    return turn


def answered(turn: Turn, model: ScriptedModel) -> Answered:
    return answering.answer(turn, cast(Model, model), seconds=20)


def replies(database: Database, shop: PetShop) -> list[str]:
    return [row[0] for row in read(database, shop, "SELECT content ->> 'text' FROM outbox ORDER BY id")]


def unanswered(database: Database, shop: PetShop) -> list[str]:
    query = "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL ORDER BY provider_at, id"
    return [row[0] for row in read(database, shop, query)]


def turns(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(database, shop, "SELECT state, outcome FROM turns ORDER BY id")


def take_over(database: Database, shop: PetShop) -> None:
    write(database, shop, factories.TAKE)

"""A customer who writes to a shop, and the agent that answers."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId
from auzap.turns.answering import Answered
from tests.db.committed import read, write
from tests.db.scripted_model import Line, ScriptedModel
from tests.db.turning import SECOND, answered, claimed, replies
from tests.factories import PetShop, say
from tests.postgres import Clock


@dataclass(frozen=True)
class Talk:
    database: Database
    shop: PetShop
    # The customer's.
    conversation_id: ConversationId
    wa_id: str
    model: ScriptedModel
    clock: Clock

    def begin(self) -> AbstractContextManager[Tx]:
        return self.database.transaction(self.shop.organization_id, "test")

    def read(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return read(self.database, self.shop, query, *parameters)

    def write(self, statement: str, *parameters: Any) -> None:
        write(self.database, self.shop, statement, *parameters)

    def hear(self, *said: str) -> None:
        """The customer writes, and it is time to answer."""
        for text in said:
            say(self.database, self.shop, text, wa_id=self.wa_id, at=self.clock.now())
        self.clock.move(12 * SECOND)

    def turn(self, place: ConversationId, *script: Line) -> Answered:
        """One turn of the agent there, in which the model says this."""
        return answered(claimed(self.database, self.shop, place), self.model.says(*script))

    def answer(self, *script: Line) -> Answered:
        return self.turn(self.conversation_id, *script)

    @property
    def replies(self) -> list[str]:
        return replies(self.database, self.shop)

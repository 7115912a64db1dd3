"""What a tool works at: this shop, this customer, this moment, one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auzap.agent.turn import Progress
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, ConversationId, TurnId
from auzap.knowledge.retrieval import Embedding
from auzap.organizations.shop import Shop


def quoted(given: str) -> str:
    """What the model wrote, to show it again: without figures and signs, so that no echo of it is taken for a fact."""
    return "'" + "".join(c for c in given[:40] if c.isalpha() or c in " _-").strip() + "'"


class UnknownHandle(Refusal):
    def __init__(self, source: str) -> None:
        super().__init__(f"That handle was not given in this turn. Call {source} and use a handle that it returns.")


@dataclass(frozen=True, slots=True)
class Desk:
    tx: Tx
    shop: Shop
    contact_id: ContactId
    conversation_id: ConversationId
    turn_id: TurnId
    now: datetime
    progress: Progress
    # Whether the context has shown what the shop has taught of the customer's words.
    has_hits: bool = False
    # Of the argument that the tool looks for.
    embedding: Embedding | None = None

    def taken(self, handle: str, prefix: str, *, source: str) -> dict[str, Any]:
        """What a handle stands for. Only handles of this turn are known: the model cannot name an id."""
        if not handle.startswith(prefix) or handle not in self.progress.handles:
            raise UnknownHandle(source)
        return self.progress.handles[handle]

"""What people of a shop do to a conversation, each act a transaction of its own, and where it stands afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from auzap.conversations.returning import Returned, take_back
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, UserId
from tests.db.committed import read
from tests.factories import PetShop


@dataclass(frozen=True)
class Hands:
    """A conversation of a shop, and two people who may hold it."""

    database: Database
    shop: PetShop
    conversation_id: ConversationId
    bia: UserId
    caio: UserId

    def do[**P, R](self, act: Callable[..., R], *arguments: Any, **named: Any) -> R:
        """One act in a transaction of its own: `hands.do(holding.take, hands.bia)`."""
        with self.database.transaction(self.shop.organization_id, "panel") as tx:
            return act(tx, self.conversation_id, *arguments, **named)

    def come_back(self) -> Returned:
        return take_back(self.database, self.shop.organization_id, self.conversation_id)

    def one(self, query: str, *parameters: Any) -> Any:
        ((value,),) = read(self.database, self.shop, query, *parameters)
        return value

    def many(self, query: str, *parameters: Any) -> list[Any]:
        """The only column of each row; of several columns, the rows."""
        rows = read(self.database, self.shop, query, *parameters)
        return [row[0] if len(row) == 1 else row for row in rows]

    def of(self, column: str) -> Any:
        """A column of the conversation."""
        return self.one(f"SELECT {column} FROM conversations WHERE id = %s", self.conversation_id)

    @property
    def state(self) -> str:
        return self.of("state")

    @property
    def returns_in(self) -> timedelta | None:
        return self.of("returns_at - app.now()")

    @property
    def moves(self) -> list[str]:
        """The path it took, as the history tells it."""
        query = "SELECT from_state, to_state FROM conversation_moves WHERE conversation_id = %s ORDER BY id"
        rows = read(self.database, self.shop, query, self.conversation_id)
        return [f"{was} > {to}" for was, to in rows if was != to]

    @property
    def outbox(self) -> list[tuple[str, str]]:
        return self.many("SELECT content ->> 'text', state FROM outbox ORDER BY id")

    @property
    def unanswered(self) -> list[str]:
        return self.many("SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL ORDER BY id")

    def lead(self, *, stage: str = "qualifying", score: int = 30) -> None:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            tx.execute(
                """
                INSERT INTO leads (contact_id, stage, score) SELECT contact_id, %s, %s FROM conversations WHERE id = %s
                ON CONFLICT (organization_id, contact_id) DO UPDATE SET stage = excluded.stage, score = excluded.score
                """,
                [stage, score, self.conversation_id],
            )

    @property
    def lead_events(self) -> list[tuple[str, str]]:
        return self.many("SELECT kind, created_by FROM lead_events ORDER BY id")


def queue_bot(tx: Tx, conversation_id: ConversationId, text: str = "Já te respondo!") -> None:
    """What the agent still wants to say."""
    tx.execute(
        """
        WITH waiting AS (
          INSERT INTO outbox (conversation_id, kind, author, content) VALUES (%(conversation)s, 'reply', 'bot', %(content)s)
          RETURNING id
        )
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at, outbox_id, delivery)
        SELECT %(conversation)s, 'agent', 'text', %(text)s, app.now(), waiting.id, 'queued' FROM waiting
        """,
        {"conversation": conversation_id, "text": text, "content": Jsonb({"type": "text", "text": text})},
    )

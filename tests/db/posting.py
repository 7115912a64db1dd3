"""A shop whose messages leave for a Graph API that does as it is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.ids import ConversationId, OutboxId
from auzap.outbox import statuses
from auzap.outbox.queueing import Author, Kind, enqueue
from auzap.outbox.sending import Sent, send_next
from auzap.outbox.statuses import Applied, Status
from tests import factories
from tests.db import outside as outsides
from tests.db.outside import Outside
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock


@dataclass(slots=True)
class Post:
    database: Database
    shop: PetShop
    outside: Outside
    clock: Clock

    def customer(self, name: str = "Ana") -> ConversationId:
        """Somebody who has just written."""
        return self.hear(new_wa_id(), name=name)

    def hear(self, wa_id: str, text: str = "Oi!", **said: Any) -> ConversationId:
        at = said.pop("at", None) or self.clock.now()
        return say(self.database, self.shop, text, wa_id=wa_id, at=at, **said).conversation_id

    def queue(
        self,
        conversation_id: ConversationId,
        *texts: str,
        kind: Kind = "reply",
        author: Author = "bot",
        **how: Any,
    ) -> list[OutboxId]:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            lock_conversation(tx, conversation_id)
            return [
                enqueue(
                    tx,
                    conversation_id=conversation_id,
                    kind=kind,
                    author=author,
                    content={"type": "text", "text": text},
                    **how,
                )
                for text in texts
            ]

    def send(self, conversation_id: ConversationId, *, sandbox: int = 1, by: Database | None = None) -> Sent:
        kms, graph = self.outside.kms(sandbox), self.outside.graph(sandbox)
        return send_next(
            by or self.database,
            graph,
            kms,
            self.shop.organization_id,
            conversation_id,
            link="https://files.example/{}".format,
        )

    def send_all(self, conversation_id: ConversationId) -> list[str]:
        """As one hint works it off: until there is nothing more to do at once."""
        outcomes: list[str] = []
        sent = Sent("", again_in=0)
        while sent.again_in == 0:
            sent = self.send(conversation_id)
            outcomes.append(sent.outcome)
        return outcomes

    def tell(
        self,
        state: str,
        *,
        wamid: str,
        tracker: UUID | None = None,
        code: int | None = None,
        pricing: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Applied:
        now = self.clock.now()
        named = OutboxId(tracker) if tracker else None
        status = Status(self.shop.account.external_id, wamid, state, at or now, named, code, pricing)
        return statuses.apply(self.database, self.shop.organization_id, self.shop.account.id, status)

    def rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            return tx.execute(query, parameters).fetchall()

    def change(self, statement: LiteralString, *parameters: Any) -> None:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            tx.execute(statement, parameters)

    @property
    def states(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT state FROM outbox ORDER BY id")]

    @property
    def tasks(self) -> list[tuple[str, str]]:
        return [(kind, detail) for kind, detail in self.rows("SELECT kind, detail FROM staff_tasks ORDER BY id")]

    @property
    def notices(self) -> list[tuple[str, str]]:
        return [(kind, level) for kind, level in self.rows("SELECT kind, level FROM notifications ORDER BY id")]


def crowd(database: Database, shop: PetShop, number: int, *, kind: Kind = "reply") -> list[ConversationId]:
    """Conversations of customers who have just written, each with a message of the agent's that is due."""
    with database.transaction(shop.organization_id, "test") as tx:
        tx.execute("UPDATE channel_accounts SET per_second = 1000")
        talks = tx.execute(
            """
            WITH people AS (
              INSERT INTO contacts (name) SELECT 'Ana' FROM generate_series(1, %(number)s) RETURNING id
            ), talks AS (
              INSERT INTO conversations (contact_id, channel_account_id, reply_to, last_inbound_at)
              SELECT people.id, account.id, '5511900000000', app.now() FROM people, channel_accounts account RETURNING id
            ), waiting AS (
              INSERT INTO outbox (conversation_id, kind, author, content)
              SELECT id, %(kind)s, 'bot', '{"type": "text", "text": "Oi!"}' FROM talks RETURNING id, conversation_id
            ), shown AS (
              INSERT INTO messages (conversation_id, sender, kind, text, provider_at, outbox_id, delivery)
              SELECT conversation_id, 'agent', 'text', 'Oi!', app.now(), id, 'queued' FROM waiting
            )
            SELECT conversation_id FROM waiting ORDER BY id
            """,
            {"number": number, "kind": kind},
        ).fetchall()
    return [ConversationId(row[0]) for row in talks]


# Its connections are closed with the last test of this folder: the next folder forgets what is kept.
@pytest.fixture(scope="package")
def served() -> Iterator[Callable[[], Outside]]:
    with outsides.serving() as fresh:
        yield fresh


@pytest.fixture
def post(
    owner: psycopg.Connection,
    database: Database,
    served: Callable[[], Outside],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Post:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    shop = factories.make_pet_shop(owner, database)
    with database.transaction(shop.organization_id, "test") as tx:
        outsides.give_credentials(tx)
    return Post(database, shop, served(), clock)


MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

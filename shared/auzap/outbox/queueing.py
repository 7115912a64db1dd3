"""Putting a message into the outbox: stored with its cause, shown in the conversation at once."""

from datetime import timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ConversationId, OutboxId, new_id

type Kind = Literal["reply", "handoff", "apology", "notice", "template", "staff"]
type Author = Literal["bot", "person"]

# How long a message is worth sending, where its kind says another time than a day.
WORTH = timedelta(hours=24)


def enqueue(
    tx: Tx,
    *,
    conversation_id: ConversationId,
    kind: Kind,
    author: Author,
    content: dict[str, Any],
    once: str | None = None,
    delay: timedelta = timedelta(0),
    worth: timedelta = WORTH,
) -> OutboxId:
    """The conversation must be locked by the caller. `once` names the occasion: said again, it is not said twice."""
    outbox_id = OutboxId(new_id())
    tx.execute(
        """
        WITH queued AS (
          INSERT INTO outbox (id, conversation_id, kind, author, content, due_at, expires_at, once_key)
          VALUES (%(id)s, %(conversation)s, %(kind)s, %(author)s, %(content)s, app.now() + %(delay)s,
            app.now() + %(delay)s + %(worth)s, %(once)s)
          ON CONFLICT DO NOTHING RETURNING id, conversation_id
        ), touched AS (
          UPDATE conversations c SET last_message_at = app.now() FROM queued WHERE c.id = queued.conversation_id
        )
        INSERT INTO messages (conversation_id, sender, kind, text, details, provider_at, outbox_id, delivery)
        SELECT queued.conversation_id, %(sender)s, 'text', %(text)s, %(content)s, app.now(), queued.id, 'queued' FROM queued
        """,
        {
            "id": outbox_id,
            "conversation": conversation_id,
            "kind": kind,
            "author": author,
            "content": Jsonb(content),
            "delay": delay,
            "worth": worth,
            "once": once,
            "sender": "system" if author == "bot" else "staff",
            "text": content["text"],
        },
    )
    return outbox_id

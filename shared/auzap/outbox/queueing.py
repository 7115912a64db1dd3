"""Putting a message into the outbox: stored with its cause, shown in the conversation at once."""

from datetime import timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ConversationId, OutboxId, new_id

type Kind = Literal["reply", "handoff", "apology", "notice", "template", "staff"]
type Author = Literal["bot", "person"]

# What the panel shows as text, whatever else the customer can press in it.
WRITTEN = frozenset({"text", "buttons", "list"})


def enqueue(
    tx: Tx,
    *,
    conversation_id: ConversationId,
    kind: Kind,
    author: Author,
    content: dict[str, Any],
    once: str | None = None,
    delay: timedelta = timedelta(0),
    worth: timedelta | None = None,
) -> OutboxId:
    """The conversation must be locked by the caller. `once` names the occasion: said again, it is not said twice.

    `worth` is how long it is worth sending, where its kind does not tell.
    """
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
        SELECT queued.conversation_id, %(sender)s, %(shown_as)s, %(text)s, %(content)s, app.now(), queued.id, 'queued' FROM queued
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
            "shown_as": "text" if content["type"] in WRITTEN else content["type"],
            "text": content.get("text", ""),
        },
    )
    return outbox_id

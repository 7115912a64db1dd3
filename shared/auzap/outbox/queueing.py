"""Putting a message into the outbox: stored with its cause, shown in the conversation at once."""

from datetime import timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ConversationId, OutboxId

type Kind = Literal["reply", "handoff", "apology", "notice", "template", "staff"]
type Author = Literal["bot", "person"]
type Again = Literal["in_window", "later"]

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
    """In a conversation the caller has locked, and not in a batch. `once` names the occasion: said again, it is not said twice.

    `worth` is how long it is worth sending, where its kind does not tell.
    """
    queued = tx.execute(
        """
        WITH queued AS (
          -- Numbered by the database alone: by these ids they leave in order, and clocks of sandboxes differ.
          INSERT INTO outbox (conversation_id, kind, author, content, due_at, expires_at, once_key)
          VALUES (%(conversation)s, %(kind)s, %(author)s, %(content)s, app.now() + %(delay)s,
            app.now() + %(delay)s + %(worth)s, %(once)s)
          ON CONFLICT DO NOTHING RETURNING id, conversation_id
        ), touched AS (
          UPDATE conversations c SET last_message_at = app.now() FROM queued WHERE c.id = queued.conversation_id
        ), shown AS (
          INSERT INTO messages (conversation_id, sender, kind, text, details, provider_at, outbox_id, delivery, written_by)
          SELECT queued.conversation_id, %(sender)s, %(shown_as)s, %(text)s, %(content)s, app.now(), queued.id, 'queued',
            CASE WHEN %(sender)s = 'staff' THEN left(app.current_actor(), 100) END
          FROM queued
        )
        SELECT id FROM queued UNION ALL SELECT id FROM outbox WHERE once_key = %(once)s
        """,
        {
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
    ).fetchone()
    if queued is None:
        raise RuntimeError("neither said now nor before")
    return OutboxId(queued[0])


def say_again(tx: Tx, outbox_id: OutboxId, code: int, again: Again, *, wait: timedelta) -> None:
    """A message of its own, with what the refused one said; of one refusal once, however often it is told."""
    tx.execute(
        """
        WITH refused AS (
          SELECT o.id, o.conversation_id, o.kind, o.author, o.content, o.expires_at, m.sender, m.kind AS shown_as, m.text
          FROM outbox o JOIN messages m ON m.outbox_id = o.id
          WHERE o.id = %(outbox)s AND o.state = 'failed' AND o.error_code = %(code)s
            AND app.is_said_again(%(again)s, o.kind, o.content, o.once_key)
        ), queued AS (
          INSERT INTO outbox (conversation_id, kind, author, content, due_at, expires_at, once_key)
          SELECT conversation_id, kind, author, content, app.now() + %(wait)s, expires_at, concat('again:', id) FROM refused
          ON CONFLICT DO NOTHING RETURNING id
        ), touched AS (
          UPDATE conversations c SET last_message_at = app.now() FROM refused, queued WHERE c.id = refused.conversation_id
        )
        INSERT INTO messages (conversation_id, sender, kind, text, details, provider_at, outbox_id, delivery)
        SELECT refused.conversation_id, refused.sender, refused.shown_as, refused.text, refused.content, app.now(), queued.id,
          'queued' FROM refused, queued
        """,
        {"outbox": outbox_id, "code": code, "again": again, "wait": wait},
    )

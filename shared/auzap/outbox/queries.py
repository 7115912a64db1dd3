"""SQL of the outbox. Each starts from a locked conversation: one message of it is under way at a time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Cursor

from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId, OutboxId


@dataclass(frozen=True, slots=True)
class Claimed:
    """The message to send now; or, with `wait`, how long it must still wait."""

    id: OutboxId
    content: dict[str, Any]
    attempts: int
    recipient: str
    channel_account_id: AccountId
    account_external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    wait: float | None


def cancel_overtaken(tx: Tx, conversation_id: ConversationId) -> None:
    """What the agent wanted to say is not said over a person."""
    tx.execute(
        """
        WITH cancelled AS (
          UPDATE outbox o SET state = 'cancelled', error_detail = 'a person took over' FROM conversations c
          WHERE c.id = %(conversation)s AND c.state = 'human' AND o.conversation_id = c.id AND o.author = 'bot'
            AND o.state = 'queued' RETURNING o.id
        )
        UPDATE messages m SET delivery = 'failed' FROM cancelled WHERE m.outbox_id = cancelled.id
        """,
        {"conversation": conversation_id},
    )


def settle_ambiguous(tx: Tx, conversation_id: ConversationId, *, after: timedelta) -> None:
    """No status came for a send without an answer: a chat reply is sent again, once; anything else is given to staff."""
    tx.execute(
        """
        WITH settled AS (
          UPDATE outbox o SET
            state = CASE WHEN o.resent OR o.kind NOT IN ('reply', 'handoff', 'apology') THEN 'failed' ELSE 'queued' END,
            resent = true, error_detail = 'no answer and no status came'
          WHERE o.conversation_id = %(conversation)s AND o.state = 'sending' AND o.claimed_at < app.now() - %(after)s
          RETURNING o.id, o.state
        ), failed AS (
          UPDATE messages m SET delivery = 'failed' FROM settled WHERE m.outbox_id = settled.id AND settled.state = 'failed'
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail)
        SELECT %(conversation)s, 'send_failed', 'no answer and no status came' FROM settled WHERE settled.state = 'failed'
        """,
        {"conversation": conversation_id, "after": after},
    )


def claim_oldest(tx: Tx, conversation_id: ConversationId) -> Cursor[Claimed]:
    return tx.rows(
        Claimed,
        """
        WITH oldest AS (
          SELECT o.* FROM outbox o
          WHERE o.conversation_id = %(conversation)s AND o.state IN ('queued', 'sending') ORDER BY o.id LIMIT 1
        ), place AS (
          SELECT c.reply_to, a.id AS account_id, a.external_id, a.credentials, a.sending_paused_until, k.wrapped_key
          FROM conversations c JOIN channel_accounts a ON a.id = c.channel_account_id LEFT JOIN organization_keys k ON true
          WHERE c.id = %(conversation)s
        ), taken AS (
          UPDATE outbox o SET state = 'sending', claimed_at = app.now(), attempts = o.attempts + 1
          FROM oldest, place
          WHERE o.id = oldest.id AND oldest.state = 'queued'
            AND oldest.due_at <= app.now() AND coalesce(place.sending_paused_until, '-infinity') <= app.now()
          RETURNING o.id, o.attempts
        )
        SELECT oldest.id, oldest.content, coalesce(taken.attempts, oldest.attempts) AS attempts,
          place.reply_to AS recipient, place.account_id AS channel_account_id, place.external_id AS account_external_id,
          place.credentials, place.wrapped_key,
          CASE
            WHEN taken.id IS NOT NULL THEN NULL
            WHEN oldest.state = 'sending' THEN extract(epoch FROM oldest.claimed_at - app.now())::float8 + 61
            ELSE extract(epoch FROM greatest(oldest.due_at, place.sending_paused_until) - app.now())::float8 END AS wait
        FROM oldest CROSS JOIN place LEFT JOIN taken ON true
        """,
        {"conversation": conversation_id},
    )


def record_sent(tx: Tx, outbox_id: OutboxId, account_id: AccountId, provider_id: str) -> None:
    tx.execute(
        """
        WITH sent AS (
          -- A status may have come before: what it said of the message stands.
          UPDATE outbox SET state = CASE state WHEN 'failed' THEN 'failed' ELSE 'sent' END, provider_id = %(provider)s,
            sent_at = app.now(), error_code = CASE state WHEN 'failed' THEN error_code END,
            error_detail = CASE state WHEN 'failed' THEN error_detail END
          WHERE id = %(outbox)s RETURNING id
        ), known AS (
          UPDATE messages m SET provider_id = %(provider)s,
            delivery = CASE WHEN m.delivery = 'queued' THEN 'sent' ELSE m.delivery END
          FROM sent WHERE m.outbox_id = sent.id RETURNING m.id
        )
        INSERT INTO message_keys (channel_account_id, provider_id, message_id)
        SELECT %(account)s, %(provider)s, known.id FROM known ON CONFLICT DO NOTHING
        """,
        {"outbox": outbox_id, "account": account_id, "provider": provider_id},
    )


def record_postponed(tx: Tx, outbox_id: OutboxId, code: int, detail: str, *, wait: timedelta) -> None:
    tx.execute(
        """
        UPDATE outbox SET state = 'queued', due_at = app.now() + %(wait)s, error_code = %(code)s, error_detail = %(detail)s
        WHERE id = %(outbox)s AND state = 'sending'
        """,
        {"outbox": outbox_id, "code": code, "detail": detail, "wait": wait},
    )


def record_failed(
    tx: Tx, outbox_id: OutboxId, conversation_id: ConversationId, code: int, detail: str, *, task: str
) -> None:
    tx.execute(
        """
        WITH failed AS (
          UPDATE outbox SET state = 'failed', error_code = %(code)s, error_detail = %(detail)s
          WHERE id = %(outbox)s AND state = 'sending' RETURNING id
        ), shown AS (
          UPDATE messages m SET delivery = 'failed', error_code = %(code)s FROM failed WHERE m.outbox_id = failed.id
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail)
        SELECT %(conversation)s, %(task)s, %(code)s::text FROM failed
        """,
        {"outbox": outbox_id, "conversation": conversation_id, "code": code, "detail": detail, "task": task},
    )


def pause_account(tx: Tx, account_id: AccountId, code: int, detail: str, *, pause: timedelta) -> None:
    tx.execute(
        """
        UPDATE channel_accounts SET sending_paused_until = app.now() + %(pause)s, status = 'failing',
          status_reason = %(reason)s
        WHERE id = %(account)s
        """,
        {"account": account_id, "pause": pause, "reason": f"{code}: {detail}"},
    )

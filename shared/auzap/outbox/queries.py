"""SQL of the outbox. Each starts from a locked conversation: one message of it is under way at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId, OutboxId

# Meta allows one customer a message each 6 seconds, and 45 at once on credit: 44 ahead of the one that goes now.
PAIR_STEP = timedelta(seconds=6)
PAIR_CREDIT = 44 * PAIR_STEP
# A number may send for a second what it may send in a second.
NUMBER_BURST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The message to send now; or, with `wait` or a closed window, why it is not sent now."""

    id: OutboxId
    kind: str
    content: dict[str, Any]
    attempts: int
    recipient: str
    last_inbound_at: datetime | None
    channel_account_id: AccountId
    account_external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    wait: float | None
    is_window_closed: bool


def put_in_order(tx: Tx, conversation_id: ConversationId, *, settled_after: timedelta) -> None:
    """What became of the unsent while nobody looked: overtaken, stale, released, or never heard of again.

    Of a send without an answer that no status spoke of, a chat reply is sent again, once; anything else is staff's.
    """
    tx.execute(
        """
        WITH place AS (
          SELECT c.id, c.state, app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_open,
            p.blocked_at IS NOT NULL AS is_blocked, p.opted_out_at IS NOT NULL AS has_opted_out
          FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.id = %(conversation)s
        ), judged AS (
          SELECT o.id, CASE
            WHEN o.state = 'sending' AND o.claimed_at >= app.now() - %(settled_after)s THEN 'under_way'
            WHEN o.author = 'bot' AND place.state = 'human' THEN 'taken_over'
            WHEN o.author = 'bot' AND place.is_blocked THEN 'blocked'
            WHEN o.kind IN ('template', 'notice') AND place.has_opted_out THEN 'opted_out'
            WHEN o.state = 'sending' AND (
              o.resent OR o.kind NOT IN ('reply', 'handoff', 'apology') OR o.expires_at <= app.now()) THEN 'unsettled'
            WHEN o.state = 'sending' THEN 'sent_again'
            WHEN o.expires_at <= app.now() THEN 'expired'
            WHEN o.once_key LIKE 'reopen:%%' AND place.is_open THEN 'customer_wrote'
            WHEN o.state = 'held' AND place.is_open THEN 'released'
            WHEN o.state = 'held' AND (
              called.state IN ('failed', 'cancelled', 'expired') OR called.state = 'queued' AND place.has_opted_out)
              THEN 'window_closed'
          END AS verdict
          FROM place JOIN outbox o ON o.conversation_id = place.id LEFT JOIN outbox called ON called.id = o.waits_for
          WHERE o.state IN ('queued', 'held', 'sending')
        ), settled AS (
          UPDATE outbox o SET state = becomes.state, error_detail = becomes.verdict, resent = o.resent OR o.state = 'sending',
            due_at = CASE becomes.verdict WHEN 'released' THEN app.now() ELSE o.due_at END
          FROM judged JOIN (VALUES
            ('taken_over', 'cancelled', NULL), ('blocked', 'cancelled', NULL), ('opted_out', 'cancelled', NULL),
            ('unsettled', 'failed', 'send_failed'), ('sent_again', 'queued', NULL), ('expired', 'expired', 'expired'),
            ('customer_wrote', 'cancelled', NULL), ('released', 'queued', NULL), ('window_closed', 'failed', 'window_closed')
          ) becomes (verdict, state, task) USING (verdict)
          WHERE o.id = judged.id RETURNING o.id, o.state, becomes.verdict, becomes.task
        ), shown AS (
          UPDATE messages m SET delivery = 'failed' FROM settled WHERE m.outbox_id = settled.id AND settled.state <> 'queued'
        ), pressed AS (
          -- The button that opened the window asked for what now follows, and for nothing more.
          UPDATE messages m SET awaits_answer = false
          WHERE m.conversation_id = %(conversation)s AND m.awaits_answer AND m.turn_id IS NULL AND m.kind = 'button'
            AND m.details ->> 'payload' = 'reopen' AND EXISTS (SELECT FROM settled WHERE verdict = 'released')
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail)
        SELECT DISTINCT %(conversation)s::uuid, settled.task, settled.verdict FROM settled
        WHERE settled.task IS NOT NULL AND (settled.task = 'send_failed' OR NOT EXISTS (
          SELECT FROM staff_tasks t
          WHERE t.conversation_id = %(conversation)s AND t.kind = settled.task AND t.done_at IS NULL))
        """,
        {"conversation": conversation_id, "settled_after": settled_after},
    )


def claim_oldest(tx: Tx, conversation_id: ConversationId) -> Cursor[Claimed]:
    """Take the oldest unsent message if it may go now: due, window open, and within the pace of customer and number."""
    return tx.rows(
        Claimed,
        """
        WITH place AS (
          SELECT c.id, c.reply_to, c.paced_until, c.last_inbound_at,
            app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_open, a.id AS account_id, a.external_id, a.credentials,
            a.sending_paused_until, k.wrapped_key, interval '1 second' / a.per_second AS step
          FROM conversations c JOIN channel_accounts a ON a.id = c.channel_account_id LEFT JOIN organization_keys k ON true
          WHERE c.id = %(conversation)s
        ), oldest AS (
          SELECT o.*, place.is_open OR o.content ->> 'type' = 'template' AS may_arrive,
            greatest(o.due_at, place.sending_paused_until, place.paced_until - %(pair_credit)s) AS may_go_at
          FROM outbox o, place
          WHERE o.conversation_id = place.id AND o.state IN ('queued', 'sending') ORDER BY o.id LIMIT 1
        ), paced AS (
          INSERT INTO sending_pace AS p (channel_account_id, paced_until)
          SELECT place.account_id, app.now() + place.step FROM oldest, place
          WHERE oldest.state = 'queued' AND oldest.may_arrive AND oldest.may_go_at <= app.now()
          ON CONFLICT (organization_id, channel_account_id) DO UPDATE SET
            paced_until = greatest(p.paced_until, app.now()) + (excluded.paced_until - app.now())
          WHERE p.paced_until + (excluded.paced_until - app.now()) <= app.now() + %(number_burst)s
          RETURNING p.channel_account_id
        ), taken AS (
          UPDATE outbox o SET state = 'sending', claimed_at = app.now(), attempts = o.attempts + 1
          FROM oldest, paced WHERE o.id = oldest.id RETURNING o.id, o.attempts
        ), counted AS (
          UPDATE conversations c SET paced_until = greatest(c.paced_until, app.now()) + %(pair_step)s
          FROM taken WHERE c.id = %(conversation)s
        )
        SELECT oldest.id, oldest.kind, oldest.content, coalesce(taken.attempts, oldest.attempts) AS attempts,
          place.reply_to AS recipient, place.last_inbound_at, place.account_id AS channel_account_id,
          place.external_id AS account_external_id, place.credentials, place.wrapped_key,
          CASE
            WHEN taken.id IS NOT NULL THEN NULL
            WHEN oldest.state = 'sending' THEN extract(epoch FROM oldest.claimed_at - app.now())::float8 + 61
            -- By the time it is told, the number may be free: not at once, or whoever is turned away would ask for ever.
            ELSE greatest(0.1, extract(epoch FROM greatest(oldest.may_go_at,
              (SELECT p.paced_until + place.step - %(number_burst)s FROM sending_pace p
                WHERE p.channel_account_id = place.account_id)) - app.now())::float8) END AS wait,
          oldest.state = 'queued' AND NOT oldest.may_arrive AND oldest.due_at <= app.now() AS is_window_closed
        FROM oldest CROSS JOIN place LEFT JOIN taken ON true
        """,
        {
            "conversation": conversation_id,
            "pair_step": PAIR_STEP,
            "pair_credit": PAIR_CREDIT,
            "number_burst": NUMBER_BURST,
        },
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
    tx: Tx, outbox_id: OutboxId, conversation_id: ConversationId, code: int, detail: str, *, reason: str
) -> None:
    tx.execute(
        """
        WITH failed AS (
          UPDATE outbox SET state = 'failed', error_code = %(code)s, error_detail = %(detail)s
          WHERE id = %(outbox)s AND state = 'sending' RETURNING id
        ), shown AS (
          UPDATE messages m SET delivery = 'failed', error_code = %(code)s FROM failed WHERE m.outbox_id = failed.id
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail) SELECT %(conversation)s, 'send_failed', %(reason)s FROM failed
        """,
        {"outbox": outbox_id, "conversation": conversation_id, "code": code, "detail": detail, "reason": reason},
    )


def answer_by_phone(tx: Tx, conversation_id: ConversationId) -> Cursor[TupleRow]:
    """From now on to the customer's number, where it is known and was not written to already."""
    return tx.execute(
        """
        UPDATE conversations c SET reply_to = ltrim(p.phone, '+') FROM contacts p
        WHERE c.id = %s AND p.id = c.contact_id AND p.phone IS NOT NULL AND c.reply_to <> ltrim(p.phone, '+')
        RETURNING c.reply_to
        """,
        [conversation_id],
    )

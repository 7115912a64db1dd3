"""SQL of dead letters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ConversationId, DeadLetterId, UserId


@dataclass(frozen=True, slots=True)
class Letter:
    queue: str
    message_id: str
    body: Any
    receives: int
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody nobody is at: since which message, where they wait for an answer, their shop's language, and whose they are."""

    since: str | None
    locale: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Listed:
    id: DeadLetterId
    queue: str
    reason: str
    body: Any
    receives: int
    state: str
    redrives: int
    conversation_id: ConversationId | None
    recorded_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    # Who has asked for it to be sent again.
    asked_by: str | None
    asked_at: datetime | None


def conversation_of_hint(tx: Tx, conversation_id: UUID | None, media_id: UUID | None) -> ConversationId | None:
    row = tx.execute(
        """
        SELECT c.id FROM conversations c
        WHERE c.id = coalesce(%(conversation)s, (SELECT m.conversation_id FROM media m WHERE m.id = %(media)s))
        """,
        {"conversation": conversation_id, "media": media_id},
    ).fetchone()
    return row[0] if row else None


def conversation_of_person(tx: Tx, account: str, identities: list[str]) -> ConversationId | None:
    row = tx.execute(
        """
        SELECT c.id FROM conversations c
        JOIN channel_accounts a ON a.id = c.channel_account_id AND a.external_id = %(account)s
        JOIN contact_identities i ON i.contact_id = c.contact_id AND i.channel = 'whatsapp' AND i.value = ANY(%(identities)s)
        WHERE c.state <> 'closed' ORDER BY c.id LIMIT 1
        """,
        {"account": account, "identities": identities},
    ).fetchone()
    return row[0] if row else None


def store(tx: Tx, letter: Letter, conversation_id: ConversationId | None) -> bool:
    """With a task for the staff, by the letter's own id, until it is settled; False for a letter that is kept already.

    What was last wrong with a send is said with it.
    """
    row = tx.execute(
        """
        WITH kept AS (
          INSERT INTO dead_letters (queue, message_id, body, receives, conversation_id, reason)
          VALUES (%(queue)s, %(message)s, %(body)s, %(receives)s, %(conversation)s, %(reason)s || coalesce(': ' || (
            SELECT o.error_code FROM outbox o
            WHERE %(reason)s = 'send_failed' AND o.conversation_id = %(conversation)s AND o.state IN ('queued', 'sending')
            ORDER BY o.id LIMIT 1), ''))
          ON CONFLICT DO NOTHING RETURNING id, conversation_id, reason
        )
        INSERT INTO staff_tasks (id, conversation_id, kind, detail)
        SELECT kept.id, kept.conversation_id, 'dead_letter', kept.reason FROM kept RETURNING id
        """,
        {
            "queue": letter.queue,
            "message": letter.message_id,
            "body": Jsonb(letter.body),
            "receives": letter.receives,
            "conversation": conversation_id,
            "reason": letter.reason,
        },
    ).fetchone()
    return row is not None


def raise_priority(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute(
        "UPDATE conversations SET priority = 'high' WHERE id = %s AND priority IN ('low', 'normal')", [conversation_id]
    )


def left_waiting(tx: Tx, conversation_id: ConversationId, *, unrecorded: str | None) -> Waiting | None:
    """None where a person has it or is called already, a worker is at it, or nothing is left to answer or to send."""
    return tx.rows(
        Waiting,
        """
        WITH unanswered AS (
          SELECT m.id::text AS since FROM messages m
          WHERE m.conversation_id = %(conversation)s AND m.awaits_answer AND m.turn_id IS NULL
          UNION ALL
          SELECT %(unrecorded)s FROM conversations c WHERE c.id = %(conversation)s AND %(unrecorded)s::text IS NOT NULL
            AND NOT EXISTS (
              SELECT FROM message_keys k WHERE k.channel_account_id = c.channel_account_id AND k.provider_id = %(unrecorded)s)
        )
        SELECT (SELECT min(u.since) FROM unanswered u) AS since, s.locale, app.is_owner(p.phone) AS is_owner
        FROM conversations c JOIN contacts p ON p.id = c.contact_id CROSS JOIN organization_settings s
        WHERE c.id = %(conversation)s AND c.state = 'ai' AND (c.lease_until IS NULL OR c.lease_until <= app.now())
          AND (EXISTS (SELECT FROM unanswered) OR EXISTS (
            SELECT FROM outbox o WHERE o.conversation_id = c.id AND o.state IN ('queued', 'sending')))
        """,
        {"conversation": conversation_id, "unrecorded": unrecorded},
    ).fetchone()


def hand_over(tx: Tx, conversation_id: ConversationId) -> UserId | None:
    """To a person, and to whom; the turn that never ended is put away with its journal, from which a redrive goes on."""
    row = tx.execute(
        """
        WITH put_away AS (
          UPDATE turns SET state = 'gave_up', outcome = 'dead_letter', finished_at = app.now()
          WHERE conversation_id = %(conversation)s AND state = 'running'
        )
        UPDATE conversations c SET state = 'waiting_human', handoff_reason = 'dead_letter', handoff_at = app.now(),
          returns_at = app.now() + s.waiting_timeout, assigned_user_id = app.choose_person(), lease_token = NULL, lease_until = NULL
        FROM organization_settings s WHERE c.id = %(conversation)s RETURNING c.assigned_user_id
        """,
        {"conversation": conversation_id},
    ).fetchone()
    return row[0] if row else None


def page(tx: Tx, state: str, before: DeadLetterId | None, limit: int) -> list[Listed]:
    return tx.rows(
        Listed,
        """
        SELECT id, queue, reason, body, receives, state, redrives, conversation_id, recorded_at, settled_at, settled_by,
          asked_by, asked_at
        FROM dead_letters WHERE state = %(state)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"state": state, "before": before, "limit": limit},
    ).fetchall()


def kept(tx: Tx, letter_id: DeadLetterId) -> Listed | None:
    """Under its lock; None for a letter that was redriven or discarded already."""
    return tx.rows(
        Listed,
        """
        SELECT id, queue, reason, body, receives, state, redrives, conversation_id, recorded_at, settled_at, settled_by,
          asked_by, asked_at
        FROM dead_letters WHERE id = %s AND state = 'kept' FOR UPDATE
        """,
        [letter_id],
    ).fetchone()


def settle(tx: Tx, letter_id: DeadLetterId, state: str) -> bool:
    """And its task is done."""
    row = tx.execute(
        """
        WITH settled AS (
          UPDATE dead_letters SET state = %(state)s, redrives = redrives + (%(state)s = 'redriven')::int,
            settled_at = app.now(), settled_by = app.current_actor()
          WHERE id = %(letter)s AND state = 'kept' RETURNING id
        ), done AS (
          UPDATE staff_tasks t SET done_at = app.now() FROM settled
          WHERE t.id = settled.id AND t.kind = 'dead_letter' AND t.done_at IS NULL
        )
        SELECT id FROM settled
        """,
        {"letter": letter_id, "state": state},
    ).fetchone()
    return row is not None


def give_back(tx: Tx, conversation_id: ConversationId, *, too_late: timedelta, unread: bool) -> None:
    """To the agent, if it was handed over for a dead letter only, nobody took it, and what waits in it is not too old.

    `unread` says that what is to be answered is still to come.
    """
    tx.execute(
        """
        WITH unanswered AS (
          SELECT min(m.provider_at) AS since FROM messages m
          WHERE m.conversation_id = %(conversation)s AND m.awaits_answer AND m.turn_id IS NULL
        ), back AS (
          UPDATE conversations c SET state = 'ai', answer_at = CASE WHEN unanswered.since IS NOT NULL THEN app.now() END
          FROM unanswered
          WHERE c.id = %(conversation)s AND c.state = 'waiting_human' AND c.handoff_reason = 'dead_letter'
            AND coalesce(unanswered.since > app.now() - %(too_late)s, %(unread)s)
          RETURNING c.id
        )
        UPDATE turns t SET state = 'running', attempt = 0, outcome = NULL, finished_at = NULL FROM back
        WHERE t.id = (
          SELECT p.id FROM turns p WHERE p.conversation_id = back.id ORDER BY p.id DESC LIMIT 1) AND t.outcome = 'dead_letter'
        """,
        {"conversation": conversation_id, "too_late": too_late, "unread": unread},
    )


def ask(tx: Tx, letter_id: DeadLetterId) -> bool:
    """Whether it is kept still; by the actor of the transaction."""
    asked = tx.execute(
        "UPDATE dead_letters SET asked_by = app.current_actor(), asked_at = app.now() WHERE id = %s AND state = 'kept'",
        [letter_id],
    )
    return asked.rowcount == 1


def state(tx: Tx, letter_id: DeadLetterId) -> str | None:
    row = tx.execute("SELECT state FROM dead_letters WHERE id = %s", [letter_id]).fetchone()
    return row[0] if row else None

"""SQL of the outbox. Each starts from a locked conversation: one message of it is under way at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from auzap.db.connection import Database, Tx
from auzap.ids import AccountId, ConversationId, OrganizationId, OutboxId

ACTOR = "sender"


@dataclass(frozen=True, slots=True)
class Claimed:
    """The message to send now; or, with `wait` or a closed window, why it is not sent now."""

    id: OutboxId
    kind: str
    content: dict[str, Any]
    attempts: int
    claimed_at: datetime
    recipient: str
    last_inbound_at: datetime | None
    channel_account_id: AccountId
    account_external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    wait: float | None
    is_window_closed: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    has_more: bool


def claim(
    database: Database, organization_id: OrganizationId, conversation_id: ConversationId, *, settled_after: timedelta
) -> Claimed | None:
    """Put the unsent in order, and take the oldest if it may go now; None where there is nothing to send."""
    given = [organization_id, ACTOR, conversation_id, settled_after]
    return database.call(Claimed, "SELECT * FROM app.claim_outbox(%s, %s, %s, %s)", given)


def record_sent(
    database: Database,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    outbox_id: OutboxId,
    account_id: AccountId,
    provider_id: str,
) -> bool:
    """Whether more waits in the conversation."""
    given = [organization_id, ACTOR, conversation_id, outbox_id, account_id, provider_id]
    recorded = database.call(Recorded, "SELECT * FROM app.record_sent(%s, %s, %s, %s, %s, %s)", given)
    return recorded is not None and recorded.has_more


def record_postponed(tx: Tx, claimed: Claimed, code: int, detail: str, *, wait: timedelta, counts: bool = True) -> None:
    """Only for the one whose claim it still is. What does not count is no attempt: nobody could have sent it."""
    tx.execute(
        """
        UPDATE outbox SET state = 'queued', due_at = app.now() + %(wait)s, error_code = %(code)s, error_detail = %(detail)s,
          attempts = attempts - CASE WHEN %(counts)s THEN 0 ELSE 1 END
        WHERE id = %(outbox)s AND state = 'sending' AND claimed_at = %(claimed_at)s
        """,
        {
            "outbox": claimed.id,
            "claimed_at": claimed.claimed_at,
            "code": code,
            "detail": detail,
            "wait": wait,
            "counts": counts,
        },
    )


def record_failed(
    tx: Tx, claimed: Claimed, conversation_id: ConversationId, code: int, detail: str, *, reason: str
) -> None:
    tx.execute(
        """
        WITH failed AS (
          UPDATE outbox SET state = 'failed', error_code = %(code)s, error_detail = %(detail)s
          WHERE id = %(outbox)s AND state = 'sending' AND claimed_at = %(claimed_at)s RETURNING id
        ), shown AS (
          UPDATE messages m SET delivery = 'failed', error_code = %(code)s FROM failed WHERE m.outbox_id = failed.id
        )
        INSERT INTO staff_tasks (conversation_id, kind, detail) SELECT %(conversation)s, 'send_failed', %(reason)s FROM failed
        """,
        {
            "outbox": claimed.id,
            "claimed_at": claimed.claimed_at,
            "conversation": conversation_id,
            "code": code,
            "detail": detail,
            "reason": reason,
        },
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

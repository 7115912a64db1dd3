"""Delivery statuses: they only ever move forward, in whatever order they come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.channels.whatsapp.sending import WINDOW_CLOSED
from auzap.db.connection import Database
from auzap.errors import Retry
from auzap.ids import AccountId, OrganizationId, OutboxId
from auzap.loose import items, mapping

ACTOR = "provider"
STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
# A status may come before the answer of the send it speaks of; after this long it speaks of nothing of ours.
PARKED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Status:
    account: str
    provider_id: str
    state: str
    at: datetime
    tracker: OutboxId | None
    error_code: int | None
    pricing: dict[str, Any] | None


def read(envelope: dict[str, Any]) -> Status | None:
    """None for a status that says nothing we keep."""
    element = mapping(envelope["element"])
    if element.get("status") not in STATUSES:
        return None
    errors = [mapping(error) for error in items(element.get("errors"))]
    return Status(
        account=envelope["account"],
        provider_id=element["id"],
        state=element["status"],
        at=datetime.fromtimestamp(int(element.get("timestamp") or envelope["received_at"] // 1000), UTC),
        tracker=_tracker(element.get("biz_opaque_callback_data")),
        error_code=_code(errors),
        pricing=mapping(element.get("pricing")) or None,
    )


def apply(
    database: Database, organization_id: OrganizationId, account_id: AccountId, status: Status, *, now: datetime
) -> str:
    """Move a message's delivery forward; a send that never got its answer is settled by the status that names it."""
    with database.batch(organization_id, ACTOR) as tx:
        # The conversation first, as everybody who touches its messages does: a sender may be recording the answer right now.
        tx.execute(
            """
            SELECT 1 FROM conversations c WHERE c.id = (
              SELECT m.conversation_id FROM messages m WHERE m.id = coalesce(
                (SELECT k.message_id FROM message_keys k
                  WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider)s),
                (SELECT n.id FROM messages n WHERE n.outbox_id = %(tracker)s LIMIT 1)))
            FOR UPDATE
            """,
            {"account": account_id, "provider": status.provider_id, "tracker": status.tracker},
        )
        # A failure of what was never delivered is final; a failure after delivery is the provider's noise.
        moved = tx.execute(
            """
            WITH message AS (
              SELECT m.id, m.conversation_id, m.outbox_id, m.delivery FROM messages m
              WHERE m.sender <> 'customer' AND m.id = coalesce(
                (SELECT k.message_id FROM message_keys k
                  WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider)s),
                (SELECT n.id FROM messages n WHERE n.outbox_id = %(tracker)s LIMIT 1))
              FOR UPDATE
            ), moved AS (
              UPDATE messages m SET delivery = %(state)s, provider_id = coalesce(m.provider_id, %(provider)s),
                error_code = %(code)s, pricing = coalesce(%(pricing)s, m.pricing)
              FROM message WHERE m.id = message.id AND
                CASE WHEN %(state)s = 'failed' THEN message.delivery IN ('queued', 'sent')
                ELSE array_position(ARRAY['queued', 'sent', 'delivered', 'read', 'played'], %(state)s)
                   > coalesce(array_position(ARRAY['queued', 'sent', 'delivered', 'read', 'played'], message.delivery),
                              CASE WHEN message.delivery = 'failed' THEN 2 END) END
              RETURNING m.id
            ), priced AS (
              UPDATE messages m SET pricing = %(pricing)s FROM message
              WHERE m.id = message.id AND %(pricing)s::jsonb IS NOT NULL AND NOT EXISTS (SELECT FROM moved)
            ), settled AS (
              UPDATE outbox o SET state = CASE WHEN %(state)s = 'failed' THEN 'failed' ELSE 'sent' END,
                provider_id = coalesce(o.provider_id, %(provider)s), sent_at = coalesce(o.sent_at, app.now()),
                error_code = coalesce(%(code)s, o.error_code)
              FROM message WHERE o.id = message.outbox_id AND (
                o.state = 'sending' OR o.state = 'queued' AND o.resent
                OR o.state IN ('sent', 'failed') AND EXISTS (SELECT FROM moved))
            ), task AS (
              INSERT INTO staff_tasks (conversation_id, kind, detail)
              SELECT message.conversation_id, %(task)s, coalesce(%(code)s::text, 'no code') FROM message, moved
              WHERE %(state)s = 'failed' AND message.outbox_id IS NOT NULL
            ), known AS (
              INSERT INTO message_keys (channel_account_id, provider_id, message_id)
              SELECT %(account)s, %(provider)s, message.id FROM message ON CONFLICT DO NOTHING
            )
            SELECT EXISTS (SELECT FROM message), EXISTS (SELECT FROM moved)
            """,
            {
                "account": account_id,
                "provider": status.provider_id,
                "tracker": status.tracker,
                "state": status.state,
                "code": status.error_code,
                # Meta refuses some messages only after it has accepted them: the customer waits for a person then, too.
                "task": "window_closed" if status.error_code == WINDOW_CLOSED else "send_failed",
                "pricing": Jsonb(status.pricing) if status.pricing else None,
            },
        )
    known, changed = moved.fetchone() or (False, False)
    if known:
        return "moved" if changed else "kept"
    if now - status.at < PARKED_FOR:
        raise Retry("a status of a message not yet known")
    return "unknown"


def _code(errors: list[dict[str, Any]]) -> int | None:
    code = errors[0].get("code") if errors else None
    return code if isinstance(code, int) else None


def _tracker(given: Any) -> OutboxId | None:
    try:
        return OutboxId(UUID(given))
    except (ValueError, TypeError, AttributeError):
        return None

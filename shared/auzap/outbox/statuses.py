"""Delivery statuses: they only ever move forward, in whatever order they come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from auzap.channels.whatsapp import errors
from auzap.channels.whatsapp.errors import Fate
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.errors import Retry
from auzap.ids import AccountId, ConversationId, OrganizationId, OutboxId
from auzap.loose import items, mapping
from auzap.outbox import consequences, windows
from auzap.outbox.queueing import Again, say_again

ACTOR = "provider"
STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
# A status may come before the answer of the send it speaks of; after this long it speaks of nothing of ours.
PARKED_FOR = timedelta(minutes=10)
# By so much clocks may differ: what is dated further ahead is not waited for.
AHEAD = timedelta(minutes=5)
# Stands for the code of a failure that comes without one.
UNTOLD = -1
AGAIN: dict[Fate, Again] = {Fate.WINDOW_CLOSED: "in_window", Fate.RETRY: "later", Fate.RETRY_PAIR: "later"}


@dataclass(frozen=True, slots=True)
class Status:
    account: str
    provider_id: str
    state: str
    at: datetime
    tracker: OutboxId | None
    error_code: int | None
    pricing: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Applied:
    """`moved` or `kept`, or `unknown`; the category it is charged under, told once; the outbox to look at again, if any."""

    outcome: str
    category: str | None = None
    look_at: ConversationId | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The message that a status speaks of, as it is now."""

    conversation_id: ConversationId
    outbox_id: OutboxId | None
    is_failed: bool
    has_moved: bool
    category: str | None


def read(envelope: dict[str, Any]) -> Status | None:
    """None for a status that says nothing we keep."""
    element = mapping(envelope["element"])
    if element.get("status") not in STATUSES:
        return None
    told = [mapping(error) for error in items(element.get("errors"))]
    return Status(
        account=envelope["account"],
        provider_id=element["id"],
        state=element["status"],
        at=datetime.fromtimestamp(int(element.get("timestamp") or envelope["received_at"] // 1000), UTC),
        tracker=_tracker(element.get("biz_opaque_callback_data")),
        error_code=_code(told),
        pricing=mapping(element.get("pricing")) or None,
    )


def apply(database: Database, organization_id: OrganizationId, account_id: AccountId, status: Status) -> Applied:
    """Move a message's delivery forward; a send that never got its answer is settled by the status that names it."""
    found = retried(lambda: _move(database, organization_id, account_id, status))
    if found is None:
        if _is_parked(database, status):
            raise Retry("a status of a message not yet known")
        return Applied("unknown")
    outcome = "moved" if found.has_moved else "kept"
    if status.state != "failed" or not found.is_failed:
        return Applied(outcome, found.category)
    # Told twice it is done twice, and is the same: whoever died in between leaves it to the next delivery.
    retried(lambda: _follow(database, organization_id, account_id, status, found))
    return Applied(outcome, found.category, look_at=found.conversation_id if found.outbox_id else None)


def _is_parked(database: Database, status: Status) -> bool:
    ((is_parked,),) = database.lookup(
        "SELECT app.now() BETWEEN %(at)s - %(ahead)s AND %(at)s + %(parked)s",
        {"at": status.at, "ahead": AHEAD, "parked": PARKED_FOR},
    )
    return is_parked


def _move(database: Database, organization_id: OrganizationId, account_id: AccountId, status: Status) -> Found | None:
    meaning = errors.meaning(status.error_code or UNTOLD)
    parameters = {
        "account": account_id,
        "provider": status.provider_id,
        "tracker": status.tracker,
        "state": status.state,
        "code": status.error_code,
        "reason": meaning.reason,
        "again": AGAIN.get(meaning.fate),
        "pricing": Jsonb(status.pricing) if status.pricing else None,
    }
    with database.batch(organization_id, ACTOR) as tx:
        _lock(tx, parameters)
        moved = _advance(tx, parameters)
    return moved.fetchone()


def _lock(tx: Tx, parameters: dict[str, Any]) -> Cursor[TupleRow]:
    # The conversation first, as everybody who touches its messages does: a sender may be recording the answer right now.
    return tx.execute(
        """
        SELECT 1 FROM conversations c WHERE c.id = (
          SELECT m.conversation_id FROM messages m WHERE m.id = coalesce(
            (SELECT k.message_id FROM message_keys k
              WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider)s),
            (SELECT n.id FROM messages n WHERE n.outbox_id = %(tracker)s LIMIT 1)))
        FOR UPDATE
        """,
        parameters,
    )


def _advance(tx: Tx, parameters: dict[str, Any]) -> Cursor[Found]:
    # A failure of what was never delivered is final; a failure after delivery is the provider's noise.
    return tx.rows(
        Found,
        """
        WITH message AS (
          SELECT m.id, m.conversation_id, m.outbox_id, m.delivery, %(pricing)s::jsonb AS told,
            coalesce(%(pricing)s::jsonb, m.pricing) AS pricing, coalesce(m.pricing ? 'category', false) AS was_priced,
            m.delivery IN ('delivered', 'read', 'played') AS was_delivered,
            m.delivery IN ('delivered', 'read', 'played') OR %(state)s IN ('delivered', 'read', 'played') AS is_delivered
          FROM messages m
          WHERE m.sender <> 'customer' AND m.id = coalesce(
            (SELECT k.message_id FROM message_keys k
              WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider)s),
            (SELECT n.id FROM messages n WHERE n.outbox_id = %(tracker)s LIMIT 1))
          FOR UPDATE
        ), moved AS (
          UPDATE messages m SET delivery = %(state)s, provider_id = coalesce(m.provider_id, %(provider)s),
            error_code = %(code)s, pricing = message.pricing
          FROM message WHERE m.id = message.id AND
            CASE WHEN %(state)s = 'failed' THEN message.delivery IN ('queued', 'sent')
            ELSE array_position(ARRAY['queued', 'sent', 'delivered', 'read', 'played'], %(state)s)
               > coalesce(array_position(ARRAY['queued', 'sent', 'delivered', 'read', 'played'], message.delivery),
                          CASE WHEN message.delivery = 'failed' THEN 2 END) END
          RETURNING m.id
        ), priced AS (
          UPDATE messages m SET pricing = message.told FROM message
          WHERE m.id = message.id AND message.told IS NOT NULL AND NOT EXISTS (SELECT FROM moved)
        ), charged AS (
          -- Charged by delivery, and told of the price before, with or after it: once, when both are known.
          SELECT pricing ->> 'category' AS category, pricing ->> 'type' AS type FROM message
          WHERE is_delivered AND pricing ? 'category' AND NOT (was_delivered AND was_priced)
        ), metered AS (
          INSERT INTO usage_counters AS u (day, metric, amount)
          SELECT date_trunc('month', app.now() AT TIME ZONE s.time_zone)::date, concat('service_messages:', %(account)s::uuid), 1
          FROM charged, organization_settings s
          WHERE charged.category = 'service' AND charged.type IS DISTINCT FROM 'free_entry_point'
          ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + 1
        ), alarmed AS (
          INSERT INTO notifications (kind, level, detail, once_key)
          SELECT 'charged_as_general_ai', 'error', jsonb_build_object('channel_account_id', %(account)s::uuid),
            concat('charged_as_general_ai:', %(account)s::uuid, ':', (app.now() AT TIME ZONE 'UTC')::date)
          FROM charged WHERE charged.category = 'general_purpose_ai' ON CONFLICT DO NOTHING
        ), settled AS (
          UPDATE outbox o SET state = CASE WHEN %(state)s = 'failed' THEN 'failed' ELSE 'sent' END,
            provider_id = coalesce(o.provider_id, %(provider)s), sent_at = coalesce(o.sent_at, app.now()),
            error_code = coalesce(%(code)s, o.error_code)
          FROM message, moved WHERE o.id = message.outbox_id
        ), task AS (
          INSERT INTO staff_tasks (conversation_id, kind, detail)
          SELECT message.conversation_id, 'send_failed', %(reason)s
          FROM moved, message JOIN outbox o ON o.id = message.outbox_id
          WHERE %(state)s = 'failed' AND app.is_said_again(%(again)s, o.kind, o.content, o.once_key) IS NOT TRUE
        ), known AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider)s, message.id FROM message ON CONFLICT DO NOTHING
        )
        SELECT message.conversation_id, message.outbox_id,
          message.delivery = 'failed' OR %(state)s = 'failed' AND EXISTS (SELECT FROM moved) AS is_failed,
          EXISTS (SELECT FROM moved) AS has_moved, (SELECT category FROM charged) AS category
        FROM message
        """,
        parameters,
    )


def _follow(
    database: Database, organization_id: OrganizationId, account_id: AccountId, status: Status, found: Found
) -> None:
    """Meta refuses some messages only after it has accepted them: what that means is the same."""
    code = status.error_code or UNTOLD
    meaning = errors.meaning(code)
    again = AGAIN.get(meaning.fate)
    wait = timedelta(seconds=errors.retry_seconds(meaning.backoff, 1) if again == "later" else 0)
    with database.batch(organization_id, ACTOR) as tx:
        lock_conversation(tx, found.conversation_id)
        consequences.follow(
            tx, meaning, found.conversation_id, account_id, code=code, detail="told after acceptance", at=status.at
        )
        if again and found.outbox_id:
            say_again(tx, found.outbox_id, code, again, wait=wait)
        if again == "in_window" and found.outbox_id:
            windows.close_after_sending(tx, found.outbox_id)


def _code(errors: list[dict[str, Any]]) -> int | None:
    code = errors[0].get("code") if errors else None
    return code if isinstance(code, int) else None


def _tracker(given: Any) -> OutboxId | None:
    try:
        return OutboxId(UUID(given))
    except (ValueError, TypeError, AttributeError):
        return None

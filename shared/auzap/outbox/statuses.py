"""Delivery statuses: they only ever move forward, in whatever order they come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.channels.whatsapp import errors
from auzap.channels.whatsapp.errors import Fate
from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.errors import Retry
from auzap.ids import AccountId, ConversationId, OrganizationId, OutboxId
from auzap.loose import items, mapping
from auzap.outbox import consequences, windows
from auzap.outbox.queueing import Again, say_again

ACTOR = "provider"
STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
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
    """The message that a status speaks of, as it is now; or only that it may still come to be known."""

    conversation_id: ConversationId
    outbox_id: OutboxId | None
    is_failed: bool
    has_moved: bool
    category: str | None
    is_parked: bool


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
        return Applied("unknown")
    if found.is_parked:
        raise Retry("a status of a message not yet known")
    outcome = "moved" if found.has_moved else "kept"
    if status.state != "failed" or not found.is_failed:
        return Applied(outcome, found.category)
    # Told twice it is done twice, and is the same: whoever died in between leaves it to the next delivery.
    retried(lambda: _follow(database, organization_id, account_id, status, found))
    return Applied(outcome, found.category, look_at=found.conversation_id if found.outbox_id else None)


def _move(database: Database, organization_id: OrganizationId, account_id: AccountId, status: Status) -> Found | None:
    meaning = errors.meaning(status.error_code or UNTOLD)
    told = {
        "account": str(account_id),
        "provider_id": status.provider_id,
        "tracker": str(status.tracker) if status.tracker else None,
        "state": status.state,
        "at": status.at.isoformat(),
        "code": status.error_code,
        "reason": meaning.reason,
        "again": AGAIN.get(meaning.fate),
        "pricing": status.pricing,
    }
    return database.call(Found, "SELECT * FROM app.apply_status(%s, %s, %s)", [organization_id, ACTOR, Jsonb(told)])


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

"""What no queue could deliver is kept with its tenant, a person is told, and the customer is not left without a word."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auzap.conversations import dead_letter_queries as queries
from auzap.conversations.recording import UnknownAccount, find_account
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.errors import OrganizationUnavailable
from auzap.ids import ConversationId, OrganizationId
from auzap.loose import mapping, string
from auzap.notifications.notices import notify
from auzap.outbox import queueing
from auzap.text import clean_json
from auzap.texts import text

ACTOR = "system"
LONGEST_OCCASION = 200
# What a letter of each queue says has failed.
REASONS = {
    "inbound": "message_failed",
    "provider-events": "event_failed",
    "turns": "turn_failed",
    "outbox": "send_failed",
    "automations": "job_failed",
    "media": "media_failed",
    "changes": "news_failed",
    "jobs": "work_failed",
}


class NoTenant(Exception):
    """The letter names no tenant we know."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose letter it was; and the conversation in whose outbox an apology waits, if one does."""

    organization_id: OrganizationId
    apologised_in: ConversationId | None


def source_of(queue: str) -> str:
    """The queue that a letter came from, without what its name has before and after: auzap-local-turns-dead, inbound-dead.fifo."""
    name = queue.removesuffix(".fifo").removesuffix("-dead")
    return next((source for source in REASONS if name == source or name.endswith(f"-{source}")), name)


def keep(database: Database, *, queue: str, message_id: str, body: str, receives: int) -> Kept:
    """Store a dead letter once, flag its conversation, put it before the staff, and apologise where somebody waits."""
    try:
        content: Any = clean_json(json.loads(body))
    except (ValueError, RecursionError) as exc:
        raise NoTenant from exc
    organization_id = _addressee(database, content)
    letter = queries.Letter(queue, message_id, content, receives, REASONS.get(source_of(queue), "unknown"))
    try:
        with database.transaction(organization_id, ACTOR) as tx:
            conversation_id = _conversation(tx, mapping(content))
            if conversation_id:
                lock_conversation(tx, conversation_id)
            is_new = queries.store(tx, letter, conversation_id)
            apologises = is_new and conversation_id is not None and _apologise(tx, letter, conversation_id)
    except OrganizationUnavailable as exc:
        raise NoTenant from exc
    return Kept(organization_id, conversation_id if apologises else None)


def _apologise(tx: Tx, letter: queries.Letter, conversation_id: ConversationId) -> bool:
    """To whom neither agent nor person is going to answer: once for what they wrote, and a customer is given to a person."""
    queries.raise_priority(tx, conversation_id)
    waiting = queries.left_waiting(tx, conversation_id, unrecorded=_unrecorded(letter))
    if waiting is None:
        return False
    if not waiting.is_owner:
        _hand_over(tx, conversation_id)
    if waiting.since is None:
        return False
    apology = text("apology_to_owner" if waiting.is_owner else "gave_up", waiting.locale)
    queueing.enqueue(
        tx,
        conversation_id=conversation_id,
        kind="apology",
        author="bot",
        content={"type": "text", "text": apology},
        # A provider's id may be of any length.
        once=f"dead_letter:{waiting.since}"[:LONGEST_OCCASION],
    )
    return True


def _hand_over(tx: Tx, conversation_id: ConversationId) -> None:
    chosen = queries.hand_over(tx, conversation_id)
    # Without a name it is meant for everybody who is there.
    named = {"user_id": str(chosen)} if chosen else {}
    detail = {"reason": "dead_letter"} | named
    notify(tx, "handoff", level="warning", conversation_id=conversation_id, detail=detail)


def _addressee(database: Database, content: Any) -> OrganizationId:
    try:
        if "organization_id" in content:
            return OrganizationId(UUID(content["organization_id"]))
        return find_account(database, str(content["account"])).organization_id
    except (KeyError, TypeError, ValueError, AttributeError, UnknownAccount) as exc:
        raise NoTenant from exc


def _conversation(tx: Tx, content: dict[str, Any]) -> ConversationId | None:
    """The conversation that a hint names, or that the customer of an envelope has open."""
    hinted = _uuid(content.get("conversation_id")), _uuid(content.get("media_id"))
    if any(hinted):
        return queries.conversation_of_hint(tx, *hinted)
    person = mapping(content.get("person"))
    identities = [string(person.get(kind)) for kind in ("bsuid", "wa_id", "lid")]
    return queries.conversation_of_person(tx, string(content.get("account")), [value for value in identities if value])


def _unrecorded(letter: queries.Letter) -> str | None:
    """The provider's id of a message that may have died before it was stored."""
    body = mapping(letter.body)
    return string(body.get("id")) if letter.reason == "message_failed" and body.get("kind") == "message" else None


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError):
        return None

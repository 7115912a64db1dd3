"""Claiming a conversation: one round trip that takes the lease, opens or resumes the turn, and reads what it needs."""

import functools
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from auzap.agent import guard
from auzap.agent.journal import replayed
from auzap.agent.turn import Background, Contact, Proposal, Said, SpentBefore, Step, Turn
from auzap.db.connection import Database
from auzap.db.kept import MOST_KEPT
from auzap.db.retrying import retried
from auzap.ids import (
    ContactId,
    ConversationId,
    EscalationId,
    MessageId,
    OrganizationId,
    PendingActionId,
    TurnId,
    new_id,
)
from auzap.leads.scoring import Lead
from auzap.organizations.shop import Shop
from auzap.turns import claiming_queries as queries

LEASE = timedelta(seconds=35)
# A hint may come a little early; beyond that it is sent again with the time that is left.
EARLY = timedelta(seconds=1)
MOST_ATTEMPTS = 5
# What the model is shown: so many messages, so much of each, and so much of all that is unanswered.
HISTORY = 20
# And of what was said before a closed conversation was opened again.
HISTORY_BEFORE = 5
LONGEST_REMEMBERED = 1_000
MOST_UNANSWERED = 20_000
SHORTEST_CUT = 200


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing to do, or not by us; `again_in` says when to look again, if anybody must."""

    reason: str
    again_in: float | None = None


def claim(
    database: Database, organization_id: OrganizationId, conversation_id: ConversationId, *, now: datetime | None = None
) -> Turn | NotNow:
    token, kept = uuid4(), _shops().get(organization_id)
    claimed = retried(
        lambda: queries.claim_turn(
            database,
            organization_id,
            conversation_id,
            token,
            TurnId(new_id()),
            lease=LEASE,
            early=EARLY,
            history=HISTORY,
            longest=LONGEST_REMEMBERED,
            known_version=kept and kept[0],
        )
    )
    if claimed is None:
        return NotNow("unknown")
    if claimed.refusal is not None:
        return NotNow(claimed.refusal, claimed.again_in)
    return _turn(database, conversation_id, token, claimed.known, _shop(organization_id, claimed), now)


def _shop(organization_id: OrganizationId, claimed: queries.Found) -> Shop:
    """As it was read now, or when it last had this version."""
    shops = _shops()
    if claimed.shop is not None:
        if len(shops) >= MOST_KEPT:
            shops.clear()
        shops[organization_id] = (
            claimed.known["shop_version"],
            Shop.from_json(organization_id, json.loads(claimed.shop)),
        )
    return shops[organization_id][1]


@functools.cache
def _shops() -> dict[OrganizationId, tuple[int, Shop]]:
    """What a sandbox keeps of shops, and of which version it is: shops seldom change, and customers of one write in turn."""
    return {}


def _turn(
    database: Database,
    conversation_id: ConversationId,
    token: UUID,
    found: dict[str, Any],
    shop: Shop,
    now: datetime | None,
) -> Turn:
    steps = [Step(step["kind"], step["content"]) for step in found["steps"]]
    contact = found["contact"]
    return Turn(
        id=TurnId(UUID(found["turn"]["id"])),
        conversation_id=conversation_id,
        fence=found["fence"],
        lease_token=token,
        attempt=found["turn"]["attempt"],
        shop=shop,
        contact=Contact(
            ContactId(UUID(contact["id"])), contact["name"], contact["phone"], contact["is_owner"], contact["is_asked"]
        ),
        reply_to=found["reply_to"],
        channel=found["account"]["channel"],
        account_external_id=found["account"]["external_id"],
        credentials=_bytes(found["account"]["credentials"]),
        wrapped_key=_bytes(found["account"]["wrapped_key"]),
        history=remembered([said(message) for message in found["history"]], found["reopened_at"]),
        earlier=found["earlier"],
        memory=found["memory"],
        background=Background(**found.get("background", {})),
        unanswered=unanswered(found["unanswered"]),
        open_proposal=_proposal(found["proposal"]),
        spent=SpentBefore(**found["spent"]),
        lead=_lead(found["lead"]),
        agent_turns=found["agent_turns"],
        is_staffed=found["is_staffed"],
        steps=steps,
        progress=replayed(steps),
        now=now or datetime.fromisoformat(found["now"]),
        database=database,
    )


def said(message: dict[str, Any]) -> Said:
    return Said(
        id=MessageId(UUID(message["id"])),
        sender=message["sender"],
        kind=message["kind"],
        text=message["text"],
        reply_id=message["reply_id"],
        provider_id=message["provider_id"],
        provider_at=datetime.fromisoformat(message["provider_at"]),
        recorded_at=datetime.fromisoformat(message["recorded_at"]),
        answers=EscalationId(UUID(message["answers"])) if message.get("answers") else None,
        choices=tuple(message.get("choices") or ()),
    )


def remembered(history: list[Said], reopened_at: str | None) -> list[Said]:
    if reopened_at is None:
        return history
    since = datetime.fromisoformat(reopened_at)
    before = [message for message in history if message.recorded_at < since]
    return history[max(0, len(before) - HISTORY_BEFORE) :]


def unanswered(messages: list[dict[str, Any]]) -> list[Said]:
    """What a turn answers, with what the guard finds in it."""
    heard = [said(message) for message in messages]
    seen = [guard.look(message.text) for message in heard]
    return shortened(
        [
            replace(message, flags=found.flags, severity=found.severity)
            for message, found in zip(heard, seen, strict=True)
        ]
    )


def shortened(messages: list[Said]) -> list[Said]:
    """All of them, and of each as much as the model can take; whoever writes a book is read in parts."""
    if sum(len(message.text) for message in messages) <= MOST_UNANSWERED:
        return messages
    most = max(SHORTEST_CUT, MOST_UNANSWERED // len(messages))
    return [replace(message, text=message.text[:most]) for message in messages]


def _lead(found: dict[str, Any] | None) -> Lead:
    if found is None:
        return Lead()
    return Lead(found["stage"], found["score"], found["is_known"], tuple(found["today"]))


def _proposal(found: dict[str, Any] | None) -> Proposal | None:
    if found is None:
        return None
    return Proposal(
        id=PendingActionId(UUID(found["id"])),
        kind=found["kind"],
        arguments=found["arguments"],
        summary=found["summary"],
        proposed_at=datetime.fromisoformat(found["proposed_at"]),
        expires_at=datetime.fromisoformat(found["expires_at"]),
    )


def _bytes(hexadecimal: str | None) -> bytes | None:
    # PostgreSQL writes bytea into JSON as \x and hexadecimal digits.
    return bytes.fromhex(hexadecimal.removeprefix("\\x")) if hexadecimal else None

"""The inbox: conversations as staff list and look for them, the latest first."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from auzap.db.connection import Tx
from auzap.ids import AccountId, ContactId, ConversationId, UserId
from auzap.text import folded

type State = Literal["ai", "waiting_human", "human", "closed"]
type Priority = Literal["low", "normal", "high", "urgent"]

WORD = re.compile(r"\w+")
MOST_WORDS = 8
# A search tells of so many at most: the conversations that spoke of it last, and the customers who are called so.
MOST_FOUND, MOST_CALLED = 500, 200
# With fewer digits a number is no number.
LEAST_DIGITS = 4
SHOWN_LETTERS = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the list, with what was said last in it."""

    id: ConversationId
    state: State
    priority: Priority
    tags: list[str]
    assigned_user_id: UserId | None
    unread_count: int
    last_message_at: datetime
    handoff_reason: str | None
    handoff_at: datetime | None
    # When the agent takes it back by itself.
    returns_at: datetime | None
    snoozed_until: datetime | None
    channel_account_id: AccountId
    contact_id: ContactId
    contact_name: str | None
    contact_phone: str | None
    is_blocked: bool
    # Outside of it only templates can be sent.
    is_window_open: bool
    lead_stage: str | None
    lead_score: int | None
    last_sender: str | None
    last_kind: str | None
    last_text: str | None
    last_delivery: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations: None is any."""

    states: list[State] | None = None
    assigned_user_id: UserId | None = None
    is_unassigned: bool = False
    is_unread: bool | None = None
    is_snoozed: bool | None = None
    priority: Priority | None = None
    tag: str | None = None
    channel_account_id: AccountId | None = None
    contact_id: ContactId | None = None
    search: str | None = None


def page(tx: Tx, wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Entry]:
    """Of customers alone: what owners say to their agent is no customer's. After the one that the page before ended with."""
    return tx.rows(
        Entry,
        """
        WITH listed AS MATERIALIZED (
          SELECT c.* FROM conversations c
          WHERE c.merged_into IS NULL AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
            AND (%(states)s::text[] IS NULL OR c.state = ANY (%(states)s))
            AND (NOT %(open)s OR c.state <> 'closed')
            AND (%(user)s::uuid IS NULL OR c.assigned_user_id = %(user)s)
            AND (NOT %(unassigned)s OR c.assigned_user_id IS NULL)
            AND (%(unread)s::boolean IS NULL OR (c.unread_count > 0) = %(unread)s)
            AND (%(snoozed)s::boolean IS NULL OR coalesce(c.snoozed_until > app.now(), false) = %(snoozed)s)
            AND (%(priority)s::text IS NULL OR c.priority = %(priority)s)
            AND (%(tag)s::text IS NULL OR %(tag)s = ANY (c.tags))
            AND (%(account)s::uuid IS NULL OR c.channel_account_id = %(account)s)
            AND (%(contact)s::uuid IS NULL OR c.contact_id = %(contact)s)
            AND (%(words)s::text[] IS NULL
              OR c.id IN (SELECT app.search_messages(%(words)s, %(most_found)s))
              OR c.contact_id IN (SELECT app.search_contacts(%(words)s, %(digits)s, %(most_called)s)))
            AND (%(at)s::timestamptz IS NULL OR (c.last_message_at, c.id) < (%(at)s, %(id)s))
          ORDER BY c.last_message_at DESC, c.id DESC LIMIT %(limit)s
        )
        SELECT c.id, c.state, c.priority, c.tags, c.assigned_user_id, c.unread_count, c.last_message_at,
          CASE WHEN c.state IN ('waiting_human', 'human') THEN c.handoff_reason END AS handoff_reason,
          CASE WHEN c.state IN ('waiting_human', 'human') THEN c.handoff_at END AS handoff_at,
          c.returns_at, c.snoozed_until, c.channel_account_id, c.contact_id,
          coalesce(p.name, p.profile_name, p.username) AS contact_name, p.phone AS contact_phone,
          p.blocked_at IS NOT NULL AS is_blocked, app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_window_open,
          l.stage AS lead_stage, l.score AS lead_score,
          said.sender AS last_sender, said.kind AS last_kind, left(said.text, %(letters)s) AS last_text,
          said.delivery AS last_delivery
        FROM listed c
        JOIN contacts p ON p.id = c.contact_id
        LEFT JOIN leads l ON l.contact_id = c.contact_id
        LEFT JOIN app.last_said(ARRAY(SELECT id FROM listed)) said ON said.conversation_id = c.id
        ORDER BY c.last_message_at DESC, c.id DESC
        """,
        _parameters(wanted) | {"at": after and after[0], "id": after and after[1], "limit": limit},
    ).fetchall()


def _parameters(wanted: Wanted) -> dict[str, Any]:
    states = wanted.states
    return {
        "letters": SHOWN_LETTERS,
        "states": states,
        # Of those that are open there is an index of their own.
        "open": bool(states) and "closed" not in states,
        "user": wanted.assigned_user_id,
        "unassigned": wanted.is_unassigned,
        "unread": wanted.is_unread,
        "snoozed": wanted.is_snoozed,
        "priority": wanted.priority,
        "tag": wanted.tag and " ".join(wanted.tag.split()).casefold(),
        "account": wanted.channel_account_id,
        "contact": wanted.contact_id,
        **_looked_for(wanted.search),
    }


def _looked_for(search: str | None) -> dict[str, Any]:
    """Words as they are kept; and where digits are typed, in whatever groups, also a number that holds them."""
    found = {"most_found": MOST_FOUND, "most_called": MOST_CALLED}
    if search is None:
        return {**found, "words": None, "digits": ""}
    digits = "".join(c for c in search if c in "0123456789")
    return {
        **found,
        "words": WORD.findall(folded(search))[:MOST_WORDS],
        "digits": digits if len(digits) >= LEAST_DIGITS else "",
    }

"""One conversation as staff see it: who it is with, what was said, and what was done in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row

from auzap.conversations.beside import HAPPENINGS, Card, Details, Happening, LeadBeside, Proposal, Stays, Upcoming
from auzap.conversations.holding import UnknownConversation
from auzap.conversations.inbox import Priority, State
from auzap.db.connection import Tx
from auzap.ids import AccountId, ContactId, ConversationId, MediaId, MessageId, OutboxId, UserId

SHOWN_DETAILS = sorted(Details.__annotations__)


@dataclass(frozen=True, slots=True)
class Detail:
    """A conversation, and the customer beside it."""

    id: ConversationId
    state: State
    priority: Priority
    tags: list[str]
    assigned_user_id: UserId | None
    unread_count: int
    handoff_reason: str | None
    handoff_at: datetime | None
    returns_at: datetime | None
    snoozed_until: datetime | None
    summary: str | None
    summary_at: datetime | None
    agent_turns: int
    is_window_open: bool
    window_closes_at: datetime | None
    last_message_at: datetime
    last_inbound_at: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    merged_into: ConversationId | None
    created_at: datetime
    channel_account_id: AccountId
    account_name: str
    account_phone: str | None
    contact_id: ContactId
    contact_phone: str | None
    is_blocked: bool
    has_opted_out: bool
    card: Card
    upcoming: Upcoming
    stays: Stays
    lead: LeadBeside | None
    proposal: Proposal | None
    open_tasks: int


@dataclass(frozen=True, slots=True)
class Said:
    id: MessageId
    sender: str
    kind: str
    text: str
    details: Details
    # When it was written, by its sender's clock.
    at: datetime
    delivery: str | None
    error_code: int | None
    edited_at: datetime | None
    revoked_at: datetime | None
    is_imported: bool
    # Who of the shop wrote it: user:…, or a program's key:….
    written_by: str | None
    # The rules of the prompt guard that it matched.
    flags: list[str]
    # The message that it answers.
    quoted_message_id: MessageId | None


@dataclass(frozen=True, slots=True)
class Message(Said):
    media_id: MediaId | None
    media_kind: str | None
    media_state: str | None
    media_type: str | None
    media_name: str | None
    media_bytes: int | None
    media_key: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a conversation by now, and until when it is left alone."""

    state: State
    assigned_user_id: UserId | None
    returns_at: datetime | None
    snoozed_until: datetime | None
    unread_count: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A message of the shop's that is on its way, as the conversation shows it."""

    id: MessageId
    conversation_id: ConversationId
    kind: str
    text: str
    at: datetime
    delivery: str | None


def find(tx: Tx, conversation_id: ConversationId) -> Detail:
    found = tx.rows(
        Detail,
        """
        SELECT c.id, c.state, c.priority, c.tags, c.assigned_user_id, c.unread_count,
          CASE WHEN c.state IN ('waiting_human', 'human') THEN c.handoff_reason END AS handoff_reason,
          CASE WHEN c.state IN ('waiting_human', 'human') THEN c.handoff_at END AS handoff_at,
          c.returns_at, c.snoozed_until, c.summary, c.summary_at, c.agent_turns,
          app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_window_open,
          CASE WHEN app.is_window_open(c.last_inbound_at, c.window_closed_after)
            THEN c.last_inbound_at + interval '24 hours' END AS window_closes_at,
          c.last_message_at, c.last_inbound_at, c.closed_at, c.closed_reason, c.merged_into, c.created_at, c.channel_account_id,
          a.display_name AS account_name, a.phone AS account_phone, c.contact_id, p.phone AS contact_phone,
          p.blocked_at IS NOT NULL AS is_blocked, p.opted_out_at IS NOT NULL AS has_opted_out,
          app.customer_card(p.id) AS card, app.upcoming_of(p.id) AS upcoming, app.stays_of(p.id) AS stays, (
            SELECT jsonb_build_object('stage', l.stage, 'score', l.score, 'pipeline_stage_id', l.pipeline_stage_id,
              'is_priority', l.is_priority, 'needs_review', l.needs_review, 'source', l.source, 'utm', l.utm,
              'first_contact_at', l.first_contact_at, 'converted_at', l.converted_at)
            FROM leads l WHERE l.contact_id = p.id) AS lead, (
            SELECT jsonb_build_object('id', o.id, 'kind', o.kind, 'summary', o.summary, 'proposed_at', o.proposed_at,
              'expires_at', o.expires_at)
            FROM pending_actions o WHERE o.conversation_id = c.id AND o.state = 'proposed') AS proposal, (
            SELECT count(*)::int FROM staff_tasks t WHERE t.conversation_id = c.id AND t.done_at IS NULL) AS open_tasks
        FROM conversations c JOIN contacts p ON p.id = c.contact_id JOIN channel_accounts a ON a.id = c.channel_account_id
        WHERE c.id = %s AND p.id <> ALL ((SELECT app.owner_contacts())::uuid[])
        """,
        [conversation_id],
    ).fetchone()
    if found is None:
        raise UnknownConversation
    return found


def check(tx: Tx, conversation_id: ConversationId) -> None:
    """That there is such a conversation of a customer: what owners say to their agent is no business of the staff."""
    known = tx.execute(
        "SELECT FROM conversations WHERE id = %s AND contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])",
        [conversation_id],
    )
    if known.rowcount == 0:
        raise UnknownConversation


def messages(
    tx: Tx, conversation_id: ConversationId, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Message]:
    """The latest first, from before a known one. An edit or a deletion shows in the message that it is about."""
    found = tx.rows(
        Message,
        "SELECT * FROM app.said_in(%(conversation)s, %(at)s, %(id)s, %(limit)s, %(shown)s)",
        {
            "conversation": conversation_id,
            "at": before and before[0],
            "id": before and before[1],
            "limit": limit,
            "shown": SHOWN_DETAILS,
        },
    ).fetchall()
    if not found:
        check(tx, conversation_id)
    return found


def happenings(tx: Tx, conversation_id: ConversationId, *, before: UUID | None, limit: int) -> list[Happening]:
    """What was done, the latest first: their ids tell when."""
    cursor = tx.connection.cursor(row_factory=kwargs_row(_happening))
    happened = cursor.execute("SELECT * FROM app.done_in(%s, %s, %s)", [conversation_id, before, limit]).fetchall()
    if not happened:
        check(tx, conversation_id)
    return happened


def _happening(**row: Any) -> Happening:
    return HAPPENINGS[row["kind"]](**row)


def standing(tx: Tx, conversation_id: ConversationId) -> Standing:
    found = tx.rows(
        Standing,
        "SELECT state, assigned_user_id, returns_at, snoozed_until, unread_count FROM conversations WHERE id = %s",
        [conversation_id],
    ).fetchone()
    if found is None:
        raise UnknownConversation
    return found


def queued(tx: Tx, outbox_id: OutboxId) -> Queued:
    """Of what was put into the outbox in this transaction."""
    return next(
        tx.rows(
            Queued,
            "SELECT id, conversation_id, kind, text, provider_at AS at, delivery FROM messages WHERE outbox_id = %s",
            [outbox_id],
        )
    )

"""One conversation as staff see it: who it is with, what was said, and what was done in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from auzap.conversations.holding import UnknownConversation
from auzap.conversations.inbox import Priority, State
from auzap.db.connection import Tx
from auzap.ids import AccountId, ContactId, ConversationId, MediaId, MessageId, OutboxId, UserId

# Of what a message carries beside its text, what the panel shows; the rest is the provider's or the machine's.
SHOWN_DETAILS = [
    "address",
    "answers",
    "button",
    "buttons",
    "choices",
    "contacts",
    "emoji",
    "language",
    "latitude",
    "longitude",
    "name",
    "parameters",
    "payload",
    "product_items",
    "referral",
    "reply_id",
    "rows",
]


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
    # Name, type, pets with their alerts, what the agent remembers: as the agent is told it.
    card: dict[str, Any]
    # What is booked or asked for.
    upcoming: dict[str, Any]
    stays: dict[str, Any]
    # As a lead: stage, score, stage of the pipeline, priority.
    lead: dict[str, Any] | None
    # The act that waits for the customer's yes.
    proposal: dict[str, Any] | None
    open_tasks: int


@dataclass(frozen=True)
class Said:
    id: MessageId
    sender: str
    kind: str
    text: str
    details: dict[str, Any]
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


@dataclass(frozen=True)
class Message(Said):
    media_id: MediaId | None
    media_kind: str | None
    media_state: str | None
    media_type: str | None
    media_name: str | None
    media_bytes: int | None
    media_key: str | None


@dataclass(frozen=True, slots=True)
class Happening:
    """A turn of the agent, a move, a note, an incident, a question to the team or a proposed act, with what tells it."""

    id: UUID
    kind: str
    at: datetime
    detail: dict[str, Any]


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


# Of any table that belongs to a conversation: its latest rows, from before a known one.
LATEST = sql.SQL("""
  WHERE conversation_id = %(conversation)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
  ORDER BY id DESC LIMIT %(limit)s""")
HAPPENED = sql.SQL("""
  WITH turned AS MATERIALIZED (
    SELECT t.* FROM turns t {latest}
  )
  SELECT happened.id, happened.kind, happened.at, happened.detail FROM (
    (SELECT t.id, 'turn' AS kind, t.started_at AS at, jsonb_build_object(
        'state', t.state, 'intent', t.intent, 'confidence', t.confidence, 'outcome', t.outcome, 'urgency', t.urgency,
        'sentiment', t.sentiment, 'handoff_trigger', t.handoff_trigger, 'validation', t.validation, 'attempts', t.attempt,
        'seconds', round(extract(epoch FROM t.finished_at - t.started_at), 1), 'tools', (
          SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.content -> 'name', 'result', s.content -> 'result')
            ORDER BY s.step), '[]')
          FROM turn_steps s WHERE s.turn_id = t.id AND s.kind = 'tool')) AS detail
      FROM turned t)
    UNION ALL
    (SELECT v.id, 'move', v.moved_at, jsonb_build_object('from', v.from_state, 'to', v.to_state,
        'from_user_id', v.from_user_id, 'to_user_id', v.to_user_id, 'reason', v.reason, 'by', v.actor)
      FROM conversation_moves v {latest})
    UNION ALL
    (SELECT n.id, 'note', n.created_at, jsonb_build_object('text', n.text, 'by', n.author) FROM conversation_notes n {latest})
    UNION ALL
    (SELECT i.id, 'incident', i.created_at, jsonb_build_object('kind', i.kind, 'severity', i.severity, 'layer', i.layer,
        'action', i.action, 'rules', i.rules, 'resolved_at', i.resolved_at)
      FROM security_incidents i {latest})
    UNION ALL
    (SELECT e.id, 'question', e.created_at, jsonb_build_object('kind', e.kind, 'question', e.question, 'state', e.state,
        'answer', e.answer, 'answered_by', e.answered_by, 'answered_at', e.answered_at)
      FROM escalations e {latest})
    UNION ALL
    (SELECT o.id, 'act', o.proposed_at, jsonb_build_object('kind', o.kind, 'summary', o.summary, 'state', o.state,
        'result', o.result, 'resolved_at', o.resolved_at)
      FROM pending_actions o {latest})
  ) AS happened ORDER BY happened.id DESC LIMIT %(limit)s
""").format(latest=LATEST)


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
    check(tx, conversation_id)
    return tx.rows(
        Message,
        """
        WITH said AS MATERIALIZED (
          -- The file that the shop has sent again, as a column: made in the join, it would keep the index from being used.
          SELECT m.*, CASE WHEN m.sender = 'staff' THEN (m.details ->> 'media_id')::uuid END AS sent_media_id FROM messages m
          WHERE m.conversation_id = %(conversation)s AND m.kind NOT IN ('edit', 'revoke')
            AND (%(at)s::timestamptz IS NULL OR (m.provider_at, m.id) < (%(at)s, %(id)s))
          ORDER BY m.provider_at DESC, m.id DESC LIMIT %(limit)s
        )
        SELECT m.id, m.sender, m.kind, m.text, (
            SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(m.details) d
            WHERE d.key = ANY (%(shown)s)) AS details,
          m.provider_at AS at, m.delivery, m.error_code, m.edited_at, m.revoked_at, m.imported AS is_imported, m.written_by,
          m.flags, k.message_id AS quoted_message_id, coalesce(f.id, sent.id) AS media_id,
          coalesce(f.kind, sent.kind) AS media_kind, coalesce(f.state, sent.state) AS media_state,
          coalesce(f.content_type, sent.content_type) AS media_type,
          coalesce(f.filename, sent.filename) AS media_name, coalesce(f.bytes, sent.bytes) AS media_bytes,
          CASE WHEN m.revoked_at IS NULL THEN coalesce(f.object_key, sent.object_key) END AS media_key
        FROM said m JOIN conversations c ON c.id = m.conversation_id
        LEFT JOIN message_keys k ON k.channel_account_id = c.channel_account_id AND k.provider_id = m.quoted_provider_id
        LEFT JOIN media f ON f.message_id = m.id
        LEFT JOIN media sent ON sent.id = m.sent_media_id
        ORDER BY m.provider_at DESC, m.id DESC
        """,
        {
            "conversation": conversation_id,
            "at": before and before[0],
            "id": before and before[1],
            "limit": limit,
            "shown": SHOWN_DETAILS,
        },
    ).fetchall()


def happenings(tx: Tx, conversation_id: ConversationId, *, before: UUID | None, limit: int) -> list[Happening]:
    """What was done, the latest first: their ids tell when."""
    check(tx, conversation_id)
    happened = tx.connection.cursor(row_factory=class_row(Happening)).execute(
        HAPPENED, {"conversation": conversation_id, "before": before, "limit": limit}
    )
    return happened.fetchall()


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

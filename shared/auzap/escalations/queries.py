"""SQL of escalations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from auzap.customers.whereabouts import GOES_ON_IN
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import AccountId, ContactId, ConversationId, EntryId, EscalationId, MessageId, OutboxId, PetId

type Kind = Literal["ai_unknown", "limit_reached", "health_alert", "technical"]
type State = Literal["pending", "answered", "resolved", "expired"]
type Urgency = Literal["low", "normal", "high", "critical"]


class UnknownQuestion(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such question. Load the list again.")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose question it is, on which number they write, and how many answers they wait for."""

    name: str | None
    channel_account_id: AccountId
    pending: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the shop has named to be asked."""

    phone: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """An escalation under its lock: what became of it, and whose it is."""

    kind: Kind
    state: State
    question: str
    answer: str | None
    answered_message_id: MessageId | None
    entry_id: EntryId | None
    customer: str | None
    reminders: int
    is_over: bool
    is_due: bool


def asker(tx: Tx, conversation_id: ConversationId) -> Asker:
    found = tx.rows(
        Asker,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, c.channel_account_id, (
          SELECT count(*) FROM escalations e
          WHERE e.conversation_id = c.id AND e.state = 'pending' AND e.kind = 'ai_unknown')::int AS pending
        FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.id = %s
        """,
        [conversation_id],
    )
    return next(found)


def is_pending(tx: Tx, conversation_id: ConversationId, question: str) -> bool:
    """Whether the team was asked the very same for this customer, and has not answered."""
    found = tx.execute(
        """
        SELECT FROM escalations
        WHERE conversation_id = %s AND state = 'pending' AND kind = 'ai_unknown' AND lower(question) = lower(%s)
        """,
        [conversation_id, question],
    )
    return found.rowcount > 0


def is_told(tx: Tx, conversation_id: ConversationId, kind: Kind, pet_id: PetId | None) -> bool:
    """Whether somebody was alerted to the same already, and has not come yet."""
    found = tx.execute(
        """
        SELECT FROM escalations
        WHERE conversation_id = %s AND state = 'pending' AND kind = %s AND pet_id IS NOT DISTINCT FROM %s
        """,
        [conversation_id, kind, pet_id],
    )
    return found.rowcount > 0


def whom_to_ask(tx: Tx) -> Asked | None:
    """Whom the settings name; else the owner."""
    return tx.rows(
        Asked,
        """
        SELECT coalesce(s.escalation_phone, o.phone) AS phone, o.name FROM organization_settings s
        LEFT JOIN LATERAL (
          SELECT phone, name FROM authorized_owner_numbers
          WHERE CASE WHEN s.escalation_phone IS NULL THEN is_active ELSE phone = s.escalation_phone END
          ORDER BY is_primary DESC, phone LIMIT 1) o ON true
        WHERE coalesce(s.escalation_phone, o.phone) IS NOT NULL
        """,
    ).fetchone()


def make_known(tx: Tx, asked: Asked, e164: str | None, wa_id: str) -> None:
    tx.execute(
        """
        WITH made AS (INSERT INTO contacts (name, phone) VALUES (%(name)s, %(phone)s) RETURNING id)
        INSERT INTO contact_identities (channel, kind, value, contact_id) SELECT 'whatsapp', 'wa_id', %(wa_id)s, made.id FROM made
        """,
        {"name": asked.name, "phone": e164, "wa_id": wa_id},
    )


def open_conversation(tx: Tx, contact_id: ContactId, account_id: AccountId, reply_to: str) -> ConversationId:
    place = {"contact": contact_id, "account": account_id, "reply_to": reply_to}
    tx.execute(
        """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to) VALUES (%(contact)s, %(account)s, %(reply_to)s)
        ON CONFLICT (organization_id, contact_id, channel_account_id) WHERE state <> 'closed' DO NOTHING
        """,
        place,
    )
    ((found,),) = tx.execute(
        "SELECT id FROM conversations WHERE contact_id = %(contact)s AND channel_account_id = %(account)s AND state <> 'closed'",
        place,
    )
    return ConversationId(found)


def store(
    tx: Tx,
    escalation_id: EscalationId,
    conversation_id: ConversationId,
    question: str,
    *,
    kind: Kind,
    urgency: Urgency = "normal",
    pet_id: PetId | None = None,
    outbox_id: OutboxId | None = None,
) -> None:
    """With the times at which the clock looks after it; what nobody was written to about waits for no answer."""
    tx.execute(
        """
        INSERT INTO escalations (
          id, conversation_id, question, asked_outbox_id, kind, urgency, pet_id, expires_at, next_at)
        SELECT %(id)s, %(conversation)s, %(question)s, %(outbox)s, %(kind)s, %(urgency)s, %(pet)s, times.over,
          times.over - greatest(s.escalation_expiry - s.escalation_reminder, '0')
        FROM organization_settings s, LATERAL (
          SELECT CASE WHEN %(outbox)s::uuid IS NOT NULL THEN app.now() + s.escalation_expiry END AS over) times
        """,
        {
            "id": escalation_id,
            "conversation": conversation_id,
            "question": question,
            "outbox": outbox_id,
            "kind": kind,
            "urgency": urgency,
            "pet": pet_id,
        },
    )


def where_to_answer(tx: Tx, escalation_id: EscalationId) -> ConversationId:
    """In which the customer is now."""
    row = tx.execute(
        GOES_ON_IN + "FROM escalations e JOIN conversations c ON c.id = e.conversation_id WHERE e.id = %s",
        [escalation_id],
    ).fetchone()
    if row is None:
        raise UnknownQuestion
    return ConversationId(row[0])


def locked(tx: Tx, escalation_id: EscalationId) -> Question | None:
    return tx.rows(
        Question,
        """
        SELECT e.kind, e.state, e.question, e.answer, e.answered_message_id, e.entry_id,
          coalesce(p.name, p.profile_name) AS customer, e.reminders, coalesce(e.expires_at <= app.now(), false) AS is_over,
          coalesce(e.next_at <= app.now(), false) AS is_due
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id JOIN contacts p ON p.id = c.contact_id
        WHERE e.id = %s FOR UPDATE OF e
        """,
        [escalation_id],
    ).fetchone()


def said(tx: Tx, message_id: MessageId, reference: str) -> str:
    """What a message answers, without the reference that it may begin with."""
    row = tx.execute(
        r"""
        SELECT regexp_replace(text, '^\W{0,3}(ref\W{0,3})?' || %s || '\W*', '', 'i') FROM messages WHERE id = %s
        """,
        [reference, message_id],
    ).fetchone()
    return row[0].strip() if row else ""


def close(
    tx: Tx, escalation_id: EscalationId, answer: str, *, answered_by: str, message_id: MessageId | None = None
) -> None:
    tx.execute(
        """
        UPDATE escalations SET state = 'answered', answer = %(answer)s, answered_by = %(by)s, answered_at = app.now(),
          answered_message_id = %(message)s, next_at = NULL
        WHERE id = %(escalation)s
        """,
        {"escalation": escalation_id, "message": message_id, "answer": answer, "by": answered_by},
    )


def reopen(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute(
        "UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed' AND merged_into IS NULL",
        [conversation_id],
    )


def note_reminder(tx: Tx, escalation_id: EscalationId, *, most: int) -> None:
    """After the last one the clock only waits for the end."""
    tx.execute(
        """
        UPDATE escalations e SET reminders = e.reminders + 1, reminded_at = app.now(),
          next_at = CASE WHEN e.reminders + 1 < %(most)s THEN least(app.now() + s.escalation_reminder, e.expires_at)
            ELSE e.expires_at END
        FROM organization_settings s WHERE e.id = %(escalation)s
        """,
        {"escalation": escalation_id, "most": most},
    )


def expire(tx: Tx, escalation_id: EscalationId) -> None:
    tx.execute("UPDATE escalations SET state = 'expired', next_at = NULL WHERE id = %s", [escalation_id])


def may_be_told(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whether the agent speaks there, and to somebody whom the shop has not blocked."""
    found = tx.execute(
        """
        SELECT FROM conversations c JOIN contacts p ON p.id = c.contact_id
        WHERE c.id = %s AND c.state IN ('ai', 'closed') AND c.merged_into IS NULL AND p.blocked_at IS NULL
        """,
        [conversation_id],
    )
    return found.rowcount == 1


def call_somebody(tx: Tx, conversation_id: ConversationId, reason: str) -> None:
    tx.execute(
        "INSERT INTO staff_tasks (conversation_id, kind, detail) VALUES (%s, 'call_back', %s)",
        [conversation_id, reason],
    )


def locale(tx: Tx) -> str:
    row = tx.execute("SELECT locale FROM organization_settings").fetchone()
    if row is None:
        raise LookupError("a shop without settings")
    return row[0]


def is_at_limit(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whether the agent fell silent in it after so many answers, and nobody was told yet."""
    found = tx.execute(
        """
        SELECT FROM conversations c WHERE c.id = %s AND c.state = 'waiting_human' AND c.handoff_reason = 'turns'
          AND NOT EXISTS (
            SELECT FROM escalations e WHERE e.conversation_id = c.id AND e.kind = 'limit_reached' AND e.created_at >= c.handoff_at)
        """,
        [conversation_id],
    )
    return found.rowcount == 1


@dataclass(frozen=True, slots=True)
class Listed:
    """An escalation as the panel lists it."""

    id: EscalationId
    kind: Kind
    state: State
    urgency: Urgency
    conversation_id: ConversationId
    customer: str | None
    question: str
    answer: str | None
    is_learned: bool
    created_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a period: how many there were by what became of them, and how long an answer took on average."""

    pending: int
    answered: int
    resolved: int
    expired: int
    learned: int
    answer_seconds: float | None


def listed(tx: Tx, *, state: State | None, after: EscalationId | None, most: int) -> list[Listed]:
    return tx.rows(
        Listed,
        """
        SELECT e.id, e.kind, e.state, e.urgency, e.conversation_id, coalesce(p.name, p.profile_name) AS customer, e.question,
          e.answer, e.is_learned, e.created_at, e.answered_at
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id JOIN contacts p ON p.id = c.contact_id
        WHERE (%(state)s::text IS NULL OR e.state = %(state)s) AND (%(after)s::uuid IS NULL OR e.id < %(after)s)
        ORDER BY e.id DESC LIMIT %(most)s
        """,
        {"state": state, "after": after, "most": most},
    ).fetchall()


def one(tx: Tx, escalation_id: EscalationId) -> Listed:
    found = tx.rows(
        Listed,
        """
        SELECT e.id, e.kind, e.state, e.urgency, e.conversation_id, coalesce(p.name, p.profile_name) AS customer, e.question,
          e.answer, e.is_learned, e.created_at, e.answered_at
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id JOIN contacts p ON p.id = c.contact_id
        WHERE e.id = %s
        """,
        [escalation_id],
    )
    return next(found)


def statistics(tx: Tx, since: datetime) -> Statistics:
    counts: dict[str, Any] = {"since": since}
    return next(
        tx.rows(
            Statistics,
            """
            SELECT count(*) FILTER (WHERE state = 'pending')::int AS pending,
              count(*) FILTER (WHERE state = 'answered')::int AS answered,
              count(*) FILTER (WHERE state = 'resolved')::int AS resolved,
              count(*) FILTER (WHERE state = 'expired')::int AS expired,
              count(*) FILTER (WHERE is_learned)::int AS learned,
              extract(epoch FROM avg(answered_at - created_at))::float8 AS answer_seconds
            FROM escalations WHERE created_at >= %(since)s
            """,
            counts,
        )
    )

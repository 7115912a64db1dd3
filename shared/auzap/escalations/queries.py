"""SQL of escalations."""

from dataclasses import dataclass

from auzap.db.connection import Tx
from auzap.ids import AccountId, ContactId, ConversationId, EscalationId, MessageId, OutboxId


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose question it is, on which number they write, and how many answers they wait for."""

    name: str | None
    channel_account_id: AccountId
    pending: int


@dataclass(frozen=True, slots=True)
class Owner:
    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """An escalation as its answer meets it: where the customer is by now, and what has answered it already."""

    state: str
    answered_message_id: MessageId | None
    customer: str | None
    answer: str


def asker(tx: Tx, conversation_id: ConversationId) -> Asker:
    found = tx.rows(
        Asker,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, c.channel_account_id,
          (SELECT count(*) FROM escalations e WHERE e.conversation_id = c.id AND e.state = 'pending')::int AS pending
        FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.id = %s
        """,
        [conversation_id],
    )
    return next(found)


def owner_to_ask(tx: Tx) -> Owner | None:
    return tx.rows(
        Owner,
        "SELECT phone, name FROM authorized_owner_numbers WHERE is_active ORDER BY is_primary DESC, phone LIMIT 1",
    ).fetchone()


def make_owner_known(tx: Tx, owner: Owner, e164: str | None, wa_id: str) -> None:
    tx.execute(
        """
        WITH made AS (INSERT INTO contacts (name, phone) VALUES (%(name)s, %(phone)s) RETURNING id)
        INSERT INTO contact_identities (channel, kind, value, contact_id) SELECT 'whatsapp', 'wa_id', %(wa_id)s, made.id FROM made
        """,
        {"name": owner.name, "phone": e164, "wa_id": wa_id},
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
    tx: Tx, escalation_id: EscalationId, conversation_id: ConversationId, question: str, outbox_id: OutboxId
) -> None:
    tx.execute(
        "INSERT INTO escalations (id, conversation_id, question, asked_outbox_id) VALUES (%s, %s, %s, %s)",
        [escalation_id, conversation_id, question, outbox_id],
    )


def where_to_answer(tx: Tx, escalation_id: EscalationId) -> ConversationId:
    """The customer's open conversation on that number; else the one that asked, or the one that it went into."""
    row = tx.execute(
        """
        SELECT coalesce((
          SELECT o.id FROM conversations o
          WHERE o.contact_id = c.contact_id AND o.channel_account_id = c.channel_account_id AND o.state <> 'closed'),
          c.merged_into, c.id)
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id WHERE e.id = %s
        """,
        [escalation_id],
    ).fetchone()
    if row is None:
        raise LookupError("an answer to no question of this shop")
    return ConversationId(row[0])


def question(tx: Tx, escalation_id: EscalationId, message_id: MessageId) -> Question:
    """Under its lock, with what the message says to it."""
    found = tx.rows(
        Question,
        """
        SELECT e.state, e.answered_message_id, coalesce(p.name, p.profile_name) AS customer, m.text AS answer
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id JOIN contacts p ON p.id = c.contact_id
        JOIN messages m ON m.id = %(message)s
        WHERE e.id = %(escalation)s FOR UPDATE OF e
        """,
        {"escalation": escalation_id, "message": message_id},
    )
    return next(found)


def close(tx: Tx, escalation_id: EscalationId, message_id: MessageId, answer: str, answered_by: str) -> None:
    tx.execute(
        """
        UPDATE escalations SET state = 'answered', answer = %(answer)s, answered_by = %(by)s, answered_at = app.now(),
          answered_message_id = %(message)s
        WHERE id = %(escalation)s AND state = 'pending'
        """,
        {"escalation": escalation_id, "message": message_id, "answer": answer, "by": answered_by},
    )


def reopen(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute(
        "UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed' AND merged_into IS NULL",
        [conversation_id],
    )

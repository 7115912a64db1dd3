"""The owner's quoted answer goes to the customer who asked, once, whoever answers again."""

from dataclasses import dataclass
from typing import Literal

from psycopg.errors import UniqueViolation

from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.escalations import queries
from auzap.ids import ContactId, ConversationId, EscalationId, MessageId, OrganizationId
from auzap.outbox import queueing
from auzap.texts import text

ACTOR = "agent"
# What WhatsApp takes in one message, without the words around it.
LONGEST = 3_900

type Outcome = Literal["sent", "answered_already", "no_text"]


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What became of an answer, and the conversation in whose outbox it waits."""

    outcome: Outcome
    customer: str | None
    conversation_id: ConversationId


def pass_on(
    database: Database,
    organization_id: OrganizationId,
    *,
    escalation_id: EscalationId,
    message_id: MessageId,
    contact_id: ContactId,
    locale: str,
) -> PassedOn:
    """With the customer's conversation locked. The same message again finds its own work done."""

    def attempt() -> PassedOn:
        with database.transaction(organization_id, ACTOR) as tx:
            place = _locked_place(tx, escalation_id)
            known = queries.question(tx, escalation_id, message_id)
            if known.state != "pending":
                own = known.answered_message_id == message_id
                return PassedOn("sent" if own else "answered_already", known.customer, place)
            answer = known.answer.strip()
            if not 0 < len(answer) <= LONGEST:
                return PassedOn("no_text", known.customer, place)
            queries.close(tx, escalation_id, message_id, answer, f"contact:{contact_id}")
            queries.reopen(tx, place)
            queueing.enqueue(
                tx,
                conversation_id=place,
                kind="notice",
                # A person's own words: they go out whoever has the conversation by now.
                author="person",
                content={"type": "text", "text": text("team_answer", locale).format(answer=answer)},
                once=f"escalation:{escalation_id}",
            )
            return PassedOn("sent", known.customer, place)

    # The customer may write, and begin a conversation, while the old one is opened again: then the answer goes there.
    return retried(attempt, also=(UniqueViolation,))


def _locked_place(tx: Tx, escalation_id: EscalationId) -> ConversationId:
    """Where the customer is. Whoever had the lock may have joined that conversation with another: then it is there."""
    place = queries.where_to_answer(tx, escalation_id)
    lock_conversation(tx, place)
    while (moved := queries.where_to_answer(tx, escalation_id)) != place:
        place = moved
        lock_conversation(tx, place)
    return place

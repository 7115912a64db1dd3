"""An answer goes to the customer who asked, once, whoever answers again: quoted on WhatsApp, or written in the panel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from psycopg.errors import UniqueViolation

from auzap.conversations import holding
from auzap.customers import whereabouts
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.errors import Refusal
from auzap.escalations import learning, queries
from auzap.escalations.asking import reference
from auzap.escalations.queries import Question, UnknownQuestion
from auzap.ids import ContactId, ConversationId, EscalationId, MessageId, OrganizationId, UserId
from auzap.outbox import queueing
from auzap.text import clean
from auzap.texts import text

ACTOR = "agent"
# What WhatsApp takes in one message, without the words around it.
LONGEST = 3_900
# An answer that comes after all is better than none.
OPEN = frozenset({"pending", "expired"})

type Outcome = Literal["sent", "answered_already", "no_text"]


class AnsweredAlready(Refusal):
    def __init__(self) -> None:
        super().__init__("Somebody has answered this already. Load it again to see how.")


class UnsendableAnswer(Refusal):
    def __init__(self) -> None:
        super().__init__(f"An answer has between 1 and {LONGEST} characters.")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What became of an answer, the conversation in whose outbox it waits, and whether something is to be learned of it."""

    outcome: Outcome
    customer: str | None
    conversation_id: ConversationId
    may_teach: bool = False


def pass_on(
    database: Database,
    organization_id: OrganizationId,
    *,
    escalation_id: EscalationId,
    message_id: MessageId,
    contact_id: ContactId,
    locale: str,
) -> PassedOn:
    """What a message answers. The same message again finds its own work done."""

    def answer(tx: Tx, place: ConversationId, known: Question) -> PassedOn:
        if known.state not in OPEN:
            is_own = known.answered_message_id == message_id
            teaches = is_own and known.kind == "ai_unknown" and known.entry_id is None
            return PassedOn("sent" if is_own else "answered_already", known.customer, place, teaches)
        said = queries.said(tx, message_id, reference(escalation_id))
        if not 0 < len(said) <= LONGEST:
            return PassedOn("no_text", known.customer, place)
        queries.close(tx, escalation_id, said, answered_by=f"contact:{contact_id}", message_id=message_id)
        _tell(tx, place, escalation_id, known, said, locale)
        return PassedOn("sent", known.customer, place, known.kind == "ai_unknown")

    return _with_customer(database, organization_id, ACTOR, escalation_id, answer)


def answer_in_panel(
    tx: Tx, escalation_id: EscalationId, answer: str, *, teach: bool, by: str, locale: str
) -> ConversationId:
    """The same way to the same customer; with `teach` the agent knows it from now on. Where it waits to be sent."""
    said = clean(answer).strip()
    if not 0 < len(said) <= LONGEST:
        raise UnsendableAnswer
    place = locked_place(tx, escalation_id)
    known = queries.locked(tx, escalation_id)
    if known is None:
        raise UnknownQuestion
    if known.state not in OPEN:
        raise AnsweredAlready
    queries.close(tx, escalation_id, said, answered_by=by)
    try:
        with tx.savepoint():
            _tell(tx, place, escalation_id, known, said, locale)
    except UniqueViolation:
        # The customer has written, and begun a conversation, while the old one was opened again: there.
        place = locked_place(tx, escalation_id)
        _tell(tx, place, escalation_id, known, said, locale)
    if teach:
        learning.keep(tx, escalation_id)
    return place


def switch_agent(
    tx: Tx, escalation_id: EscalationId, *, is_on: bool, user_id: UserId | None
) -> tuple[ConversationId, bool]:
    """The customer's conversation, given back to the agent or taken from it; and whether a turn of the agent is due there."""
    place = locked_place(tx, escalation_id)
    if is_on:
        return place, holding.give_back(tx, place, by=f"agent:{user_id}" if user_id else "system")
    if user_id:
        holding.take(tx, place, user_id)
    else:
        # A program holds no conversation: it waits for whoever comes.
        holding.hand_over(tx, place, "agent_off")
    return place, False


def _with_customer(
    database: Database,
    organization_id: OrganizationId,
    actor: str,
    escalation_id: EscalationId,
    work: Callable[[Tx, ConversationId, Question], PassedOn],
) -> PassedOn:
    """With the customer's conversation locked, wherever it is by now, and the question."""

    def attempt() -> PassedOn:
        with database.transaction(organization_id, actor) as tx:
            place = locked_place(tx, escalation_id)
            known = queries.locked(tx, escalation_id)
            if known is None:
                raise UnknownQuestion
            return work(tx, place, known)

    # The customer may write, and begin a conversation, while the old one is opened again: then the answer goes there.
    return retried(attempt, also=(UniqueViolation,))


def locked_place(tx: Tx, escalation_id: EscalationId) -> ConversationId:
    return whereabouts.locked(tx, lambda: queries.where_to_answer(tx, escalation_id))


def _tell(
    tx: Tx, place: ConversationId, escalation_id: EscalationId, known: Question, answer: str, locale: str
) -> None:
    queries.reopen(tx, place)
    # Who did not ask is spoken to, and not answered.
    told = text("team_answer", locale).format(answer=answer) if known.kind == "ai_unknown" else answer
    queueing.enqueue(
        tx,
        conversation_id=place,
        # Asked for, whatever else the customer wants to hear of the shop.
        kind="reply",
        # A person's own words: they go out whoever has the conversation by now.
        author="person",
        content={"type": "text", "text": told},
        once=f"escalation:{escalation_id}",
    )

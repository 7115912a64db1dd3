"""What a person must know goes to whoever the shop has named, on their own WhatsApp; they answer by quoting it."""

from typing import Literal

from auzap import phone
from auzap.conversations import people_queries as people
from auzap.db.connection import Tx
from auzap.db.locks import lock_conversation
from auzap.errors import Refusal
from auzap.escalations import queries
from auzap.escalations.queries import Urgency
from auzap.ids import ConversationId, EscalationId, PetId, new_id
from auzap.notifications.notices import notify
from auzap.outbox import queueing
from auzap.texts import TextKey, text

# A customer may wait for so many answers at once; beyond that a person talks with them.
MOST_PENDING = 3
LONGEST_DETAIL = 600
ASKS: dict[Literal["ai_unknown", "limit_reached", "health_alert"], TextKey] = {
    "ai_unknown": "team_question",
    "limit_reached": "team_limit",
    "health_alert": "team_alert",
}


class NobodyToAsk(Refusal):
    def __init__(self) -> None:
        super().__init__("The shop has named nobody to ask. Call hand_over.")


class AskedEnough(Refusal):
    def __init__(self) -> None:
        super().__init__("The team was asked already and has not answered yet. Say so, or call hand_over.")


def ask(tx: Tx, conversation_id: ConversationId, *, question: str, locale: str) -> ConversationId:
    """In the transaction that has the customer's conversation locked; the conversation in which the question now waits."""
    asker = queries.asker(tx, conversation_id)
    asked = queries.whom_to_ask(tx)
    if asked is None:
        raise NobodyToAsk
    if asker.pending >= MOST_PENDING or queries.is_pending(tx, conversation_id, question):
        raise AskedEnough
    return _send(tx, conversation_id, asker, asked, kind="ai_unknown", detail=question, locale=locale)


def alert(
    tx: Tx,
    conversation_id: ConversationId,
    *,
    kind: Literal["limit_reached", "health_alert"],
    detail: str,
    locale: str,
    pet_id: PetId | None = None,
    urgency: Urgency = "normal",
) -> ConversationId | None:
    """That a person is needed, beside the hand-over; told once. Where nobody is named to be written to, it is the panel's."""
    if queries.is_told(tx, conversation_id, kind, pet_id):
        return None
    asked = queries.whom_to_ask(tx)
    if asked is None:
        escalation_id = EscalationId(new_id())
        queries.store(
            tx, escalation_id, conversation_id, detail[:LONGEST_DETAIL], kind=kind, urgency=urgency, pet_id=pet_id
        )
        return None
    asker = queries.asker(tx, conversation_id)
    return _send(
        tx, conversation_id, asker, asked, kind=kind, detail=detail, locale=locale, pet_id=pet_id, urgency=urgency
    )


def ask_the_house(tx: Tx, conversation_id: ConversationId, *, problem: str, urgency: Urgency) -> EscalationId:
    """What no shop can settle, for the people who make the product; they are told by a metric, and read it in the panel."""
    escalation_id = EscalationId(new_id())
    queries.store(tx, escalation_id, conversation_id, problem[:LONGEST_DETAIL], kind="technical", urgency=urgency)
    return escalation_id


def reference(escalation_id: EscalationId) -> str:
    """What a person calls the question by. The front of an id is its minute, and the same for two questions in it."""
    return escalation_id.hex[-8:]


def conversation_with(tx: Tx, asked: queries.Asked, asker: queries.Asker) -> ConversationId:
    """Of whoever is asked, on the number that the customer writes to; locked."""
    digits = asked.phone.removeprefix("+")
    if not (known := people.named(tx, {"wa_id": digits})):
        people.lock_names(tx, {"wa_id": digits})
        if not (known := people.named(tx, {"wa_id": digits})):
            queries.make_known(tx, asked, phone.e164(digits), digits)
            known = people.named(tx, {"wa_id": digits})
    place = queries.open_conversation(tx, known[0].id, asker.channel_account_id, digits)
    lock_conversation(tx, place)
    return place


def _send(
    tx: Tx,
    conversation_id: ConversationId,
    asker: queries.Asker,
    asked: queries.Asked,
    *,
    kind: Literal["ai_unknown", "limit_reached", "health_alert"],
    detail: str,
    locale: str,
    pet_id: PetId | None = None,
    urgency: Urgency = "normal",
) -> ConversationId:
    escalation_id = EscalationId(new_id())
    place = conversation_with(tx, asked, asker)
    told = text(ASKS[kind], locale).format(
        customer=asker.name or text("some_customer", locale),
        question=detail[:LONGEST_DETAIL],
        reference=reference(escalation_id),
    )
    outbox_id = queueing.enqueue(
        tx, conversation_id=place, kind="notice", author="bot", content={"type": "text", "text": told}
    )
    queries.store(
        tx,
        escalation_id,
        conversation_id,
        detail[:LONGEST_DETAIL],
        kind=kind,
        urgency=urgency,
        pet_id=pet_id,
        outbox_id=outbox_id,
    )
    known: dict[str, str] = {"escalation": str(escalation_id), "kind": kind}
    level = "warning" if urgency in {"high", "critical"} else "info"
    notify(tx, "escalation", level=level, conversation_id=conversation_id, detail=known)
    return place

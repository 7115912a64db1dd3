"""A question of a customer's goes to the owner's own WhatsApp, who answers by quoting it."""

from auzap import phone
from auzap.conversations import people_queries as people
from auzap.db.connection import Tx
from auzap.db.locks import lock_conversation
from auzap.errors import Refusal
from auzap.escalations import queries
from auzap.ids import ConversationId, EscalationId, new_id
from auzap.notifications.notices import notify
from auzap.outbox import queueing
from auzap.texts import text

# A customer may wait for so many answers at once; beyond that a person talks with them.
MOST_PENDING = 3


class NobodyToAsk(Refusal):
    def __init__(self) -> None:
        super().__init__("The shop has named nobody to ask. Call hand_over.")


class AskedEnough(Refusal):
    def __init__(self) -> None:
        super().__init__("The team was asked already and has not answered yet. Say so, or call hand_over.")


def ask(tx: Tx, conversation_id: ConversationId, *, question: str, locale: str) -> ConversationId:
    """In the transaction that has the customer's conversation locked; the owner's conversation, where the question now waits."""
    asker = queries.asker(tx, conversation_id)
    owner = queries.owner_to_ask(tx)
    if owner is None:
        raise NobodyToAsk
    if asker.pending >= MOST_PENDING:
        raise AskedEnough
    escalation_id = EscalationId(new_id())
    place = _conversation_with(tx, owner, asker)
    lock_conversation(tx, place)
    outbox_id = queueing.enqueue(
        tx,
        conversation_id=place,
        kind="notice",
        author="bot",
        content={
            "type": "text",
            "text": text("team_question", locale).format(
                customer=asker.name or text("some_customer", locale),
                question=question,
                reference=reference(escalation_id),
            ),
        },
    )
    queries.store(tx, escalation_id, conversation_id, question, outbox_id)
    notify(tx, "escalation", conversation_id=conversation_id, detail={"escalation": str(escalation_id)})
    return place


def reference(escalation_id: EscalationId) -> str:
    """What a person calls the question by. The front of an id is its minute, and the same for two questions in it."""
    return escalation_id.hex[-8:]


def _conversation_with(tx: Tx, owner: queries.Owner, asker: queries.Asker) -> ConversationId:
    digits = owner.phone.removeprefix("+")
    if not (known := people.named(tx, {"wa_id": digits})):
        people.lock_names(tx, {"wa_id": digits})
        if not (known := people.named(tx, {"wa_id": digits})):
            queries.make_owner_known(tx, owner, phone.e164(digits), digits)
            known = people.named(tx, {"wa_id": digits})
    return queries.open_conversation(tx, known[0].id, asker.channel_account_id, digits)

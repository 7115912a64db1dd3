"""What a tutor is told of a stay, in the conversation that they write in."""

from auzap.customers import whereabouts
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, OutboxId, StayId
from auzap.outbox.queueing import Kind, enqueue


class NobodyToTell(Refusal):
    def __init__(self) -> None:
        super().__init__("This tutor has never written here. Call them instead.")


def locked_place(tx: Tx, stay_id: StayId) -> ConversationId | None:
    """The tutor's conversation, under its lock, before the stay is locked; None where they have never written here."""
    return whereabouts.locked(tx, lambda: _place(tx, stay_id))


def tell(tx: Tx, place: ConversationId, text: str, *, kind: Kind, once: str) -> OutboxId:
    """A person's own word, whoever has the conversation by now."""
    tx.execute("UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed'", [place])
    return enqueue(
        tx, conversation_id=place, kind=kind, author="person", content={"type": "text", "text": text}, once=once
    )


def _place(tx: Tx, stay_id: StayId) -> ConversationId | None:
    row = tx.execute(whereabouts.LAST_WRITTEN + "FROM stays whose WHERE whose.id = %s", [stay_id]).fetchone()
    return row[0] if row else None

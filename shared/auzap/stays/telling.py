"""What a tutor is told of a stay, in the conversation that they write in."""

from auzap.db.connection import Tx
from auzap.db.locks import lock_conversation
from auzap.errors import Refusal
from auzap.ids import ConversationId, OutboxId, StayId
from auzap.outbox.queueing import Kind, enqueue


class NobodyToTell(Refusal):
    def __init__(self) -> None:
        super().__init__("This tutor has never written here. Call them instead.")


def locked_place(tx: Tx, stay_id: StayId) -> ConversationId | None:
    """The tutor's conversation, under its lock, before the stay is locked; None where they have never written here.

    Whoever had the lock may have joined it with another: then it is there.
    """
    place = _place(tx, stay_id)
    while place:
        lock_conversation(tx, place)
        if (moved := _place(tx, stay_id)) == place:
            break
        place = moved
    return place


def tell(tx: Tx, place: ConversationId, text: str, *, kind: Kind, once: str) -> OutboxId:
    """A person's own word, whoever has the conversation by now."""
    tx.execute("UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed'", [place])
    return enqueue(
        tx, conversation_id=place, kind=kind, author="person", content={"type": "text", "text": text}, once=once
    )


def _place(tx: Tx, stay_id: StayId) -> ConversationId | None:
    row = tx.execute(
        """
        SELECT c.id FROM stays s JOIN conversations c ON c.contact_id = s.contact_id
        JOIN channel_accounts a ON a.id = c.channel_account_id
        WHERE s.id = %s AND c.merged_into IS NULL AND a.status <> 'disconnected'
        ORDER BY c.state <> 'closed' DESC, c.last_inbound_at DESC NULLS LAST, c.id DESC LIMIT 1
        """,
        [stay_id],
    ).fetchone()
    return None if row is None else ConversationId(row[0])

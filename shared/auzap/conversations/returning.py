"""The agent takes back what nobody took, and what people have left, at the time that the panel shows."""

from dataclasses import dataclass
from datetime import timedelta

from auzap import texts
from auzap.conversations import holding
from auzap.conversations.holding import Held
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, OrganizationId
from auzap.outbox.queueing import enqueue

ACTOR = "clock"
# An apology for a wait says nothing to somebody who has long gone.
WORTH = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Returned:
    """What to hint: whether the agent has something to answer, and whether there is something to send."""

    outcome: str
    is_asked: bool = False
    has_outbox: bool = False


def take_back(database: Database, organization_id: OrganizationId, conversation_id: ConversationId) -> Returned:
    """Looks again under the lock: whoever took it, wrote in it or gave it back meanwhile has decided."""
    with database.transaction(organization_id, ACTOR) as tx:
        held = holding.locked(tx, conversation_id)
        if not held.is_due_back or held.state not in {"waiting_human", "human"}:
            return Returned("skipped")
        is_asked = holding.to_agent(tx, conversation_id, by="scheduled")
        apologised = held.state == "waiting_human" and _apologise(tx, conversation_id, held)
    return Returned("returned", is_asked=is_asked, has_outbox=apologised)


def _apologise(tx: Tx, conversation_id: ConversationId, held: Held) -> bool:
    """Once a hand-over, and to nobody whom the shop has blocked."""
    row = tx.execute(
        """
        SELECT s.locale FROM organization_settings s, conversations c JOIN contacts p ON p.id = c.contact_id
        WHERE c.id = %s AND p.blocked_at IS NULL
        """,
        [conversation_id],
    ).fetchone()
    if row is None:
        return False
    enqueue(
        tx,
        conversation_id=conversation_id,
        kind="notice",
        author="bot",
        content={"type": "text", "text": texts.text("nobody_took", row[0])},
        once=f"nobody_took:{conversation_id}:{held.handoff_at.timestamp() if held.handoff_at else 0}",
        worth=WORTH,
    )
    return True

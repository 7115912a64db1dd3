"""The agent takes back what nobody took, and what people have left, at the time that the panel shows."""

from dataclasses import dataclass

from auzap import texts
from auzap.conversations import holding
from auzap.conversations.holding import Held
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, OrganizationId
from auzap.outbox.queueing import enqueue

ACTOR = "clock"


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
        if _waits_for_people(tx, conversation_id):
            # Few shops keep anybody from their agent, and the clock's jobs start without what it takes.
            from auzap.conversations.leaving import REASON

            holding.hand_over(tx, conversation_id, REASON)
        apologised = held.state == "waiting_human" and _apologise(tx, conversation_id, held)
    return Returned("returned", is_asked=is_asked, has_outbox=apologised)


def _waits_for_people(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whom the shop keeps from its agent, and who has had the last word: the agent would leave them without an answer."""
    found = tx.execute(
        """
        SELECT FROM conversations c JOIN contacts p ON p.id = c.contact_id
        WHERE c.id = %s AND p.agent_off AND p.blocked_at IS NULL AND NOT app.is_owner(p.phone) AND 'customer' = (
          SELECT m.sender FROM messages m
          WHERE m.conversation_id = c.id AND m.sender IN ('customer', 'staff') AND m.kind NOT IN ('reaction', 'revoke')
          ORDER BY m.provider_at DESC, m.id DESC LIMIT 1)
        """,
        [conversation_id],
    )
    return found.rowcount == 1


def _apologise(tx: Tx, conversation_id: ConversationId, held: Held) -> bool:
    """Once a hand-over, and neither to whom the shop has blocked nor to its own people."""
    row = tx.execute(
        """
        SELECT s.locale FROM organization_settings s, conversations c JOIN contacts p ON p.id = c.contact_id
        WHERE c.id = %s AND p.blocked_at IS NULL AND NOT app.is_owner(p.phone)
        """,
        [conversation_id],
    ).fetchone()
    if row is None:
        return False
    enqueue(
        tx,
        conversation_id=conversation_id,
        kind="apology",
        author="bot",
        content={"type": "text", "text": texts.text("nobody_took", row[0])},
        once=f"nobody_took:{conversation_id}:{held.handoff_at.timestamp() if held.handoff_at else 0}",
    )
    return True

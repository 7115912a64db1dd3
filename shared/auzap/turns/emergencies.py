"""An animal in danger while the conversation waits for a person: the customer is told what to do, and people sooner."""

from datetime import datetime

from auzap.agent.reply import emergency
from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.ids import ConversationId, OrganizationId
from auzap.notifications.notices import notify
from auzap.organizations.shop import find_shop
from auzap.outbox.queueing import enqueue

ACTOR = "agent"


def tell(database: Database, organization_id: OrganizationId, conversation_id: ConversationId, *, at: datetime) -> str:
    """Once an hour, however much is written of it. Who has the conversation already says what to do themselves."""
    once = f"emergency:{conversation_id}:{at:%Y-%m-%dT%H}"
    with database.transaction(organization_id, ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        held = tx.execute(
            """
            UPDATE conversations SET priority = 'urgent' WHERE id = %s AND state IN ('waiting_human', 'human') RETURNING state
            """,
            [conversation_id],
        ).fetchone()
        if held is None:
            return "skipped"
        notify(tx, "emergency", level="error", once=once, conversation_id=conversation_id, detail={})
        if held[0] == "human":
            return "raised"
        content = emergency(find_shop(tx)).content
        enqueue(tx, conversation_id=conversation_id, kind="handoff", author="bot", content=content, once=once)
    return "told"

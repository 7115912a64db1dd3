"""A conversation in which the agent came to its limit: whoever is asked is told, and may answer in its place."""

from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.escalations import queries
from auzap.escalations.asking import alert
from auzap.ids import ConversationId, OrganizationId
from auzap.texts import hand_over_reason

ACTOR = "clock"
REASON = "turns"


def tell(database: Database, organization_id: OrganizationId, conversation_id: ConversationId) -> ConversationId | None:
    """Once a hand-over; the conversation in which it waits to be sent, if somebody is to be told."""

    def attempt() -> ConversationId | None:
        with database.transaction(organization_id, ACTOR) as tx:
            lock_conversation(tx, conversation_id)
            if not queries.is_at_limit(tx, conversation_id):
                return None
            locale = queries.locale(tx)
            reason = hand_over_reason(REASON, locale)
            return alert(tx, conversation_id, kind="limit_reached", detail=reason, locale=locale, urgency="high")

    return retried(attempt)

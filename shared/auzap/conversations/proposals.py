"""Acts that bind, as staff see them: what was proposed to a customer, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId, PendingActionId

type State = Literal["proposed", "done", "declined", "refused", "replaced", "expired"]


@dataclass(frozen=True, slots=True)
class Proposed:
    id: PendingActionId
    kind: str
    summary: str
    state: State
    # Its time is over, and nobody has said yes or no.
    is_lapsed: bool
    proposed_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    result: str | None
    conversation_id: ConversationId
    contact_id: ContactId
    contact_name: str | None


def page(
    tx: Tx,
    *,
    state: State | None,
    conversation_id: ConversationId | None,
    before: PendingActionId | None,
    limit: int,
) -> list[Proposed]:
    """Of customers alone, the newest first."""
    return tx.rows(
        Proposed,
        """
        WITH listed AS MATERIALIZED (
          SELECT a.* FROM pending_actions a
          WHERE a.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
            AND (%(state)s::text IS NULL OR a.state = %(state)s)
            AND (%(conversation)s::uuid IS NULL OR a.conversation_id = %(conversation)s)
            AND (%(before)s::uuid IS NULL OR a.id < %(before)s)
          ORDER BY a.id DESC LIMIT %(limit)s
        )
        SELECT a.id, a.kind, a.summary, a.state, a.state = 'proposed' AND a.expires_at <= app.now() AS is_lapsed, a.proposed_at,
          a.expires_at, a.resolved_at, a.result, a.conversation_id, a.contact_id, coalesce(p.name, p.profile_name) AS contact_name
        FROM listed a JOIN contacts p ON p.id = a.contact_id ORDER BY a.id DESC
        """,
        {"state": state, "conversation": conversation_id, "before": before, "limit": limit},
    ).fetchall()

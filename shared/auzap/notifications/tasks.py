"""What the machine leaves to people: a customer to call back, a message that did not go, a letter that nobody could read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId, StaffTaskId


@dataclass(frozen=True, slots=True)
class Task:
    id: StaffTaskId
    kind: str
    # Why, in a word of the machine's or as the agent has put it.
    detail: str
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    conversation_id: ConversationId | None
    contact_id: ContactId | None
    contact_name: str | None


def page(
    tx: Tx,
    *,
    is_done: bool,
    kind: str | None,
    conversation_id: ConversationId | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Task]:
    """The newest first."""
    return tx.rows(
        Task,
        """
        WITH listed AS MATERIALIZED (
          SELECT t.* FROM staff_tasks t
          WHERE (NOT %(done)s OR t.done_at IS NOT NULL) AND (%(done)s OR t.done_at IS NULL)
            AND (%(kind)s::text IS NULL OR t.kind = %(kind)s)
            AND (%(conversation)s::uuid IS NULL OR t.conversation_id = %(conversation)s)
            AND (%(at)s::timestamptz IS NULL OR (t.created_at, t.id) < (%(at)s, %(id)s))
          ORDER BY t.created_at DESC, t.id DESC LIMIT %(limit)s
        )
        SELECT t.id, t.kind, t.detail, t.created_at, t.done_at, t.done_by, t.conversation_id, c.contact_id,
          coalesce(p.name, p.profile_name) AS contact_name
        FROM listed t LEFT JOIN conversations c ON c.id = t.conversation_id LEFT JOIN contacts p ON p.id = c.contact_id
        ORDER BY t.created_at DESC, t.id DESC
        """,
        {
            "done": is_done,
            "kind": kind,
            "conversation": conversation_id,
            "at": before and before[0],
            "id": before and before[1],
            "limit": limit,
        },
    ).fetchall()


def complete(tx: Tx, task_id: StaffTaskId) -> bool:
    """Whether there is such a task; who was first has done it."""
    done = tx.execute(
        """
        UPDATE staff_tasks SET done_by = CASE WHEN done_at IS NULL THEN app.current_actor() ELSE done_by END,
          done_at = coalesce(done_at, app.now())
        WHERE id = %s
        """,
        [task_id],
    )
    return done.rowcount == 1

"""SQL of holding. Each runs under the conversation's lock; which moves there are, the database decides."""

from auzap.db.connection import Tx
from auzap.ids import ConversationId, UserId


def hand_over(tx: Tx, conversation_id: ConversationId, reason: str, *, choose: bool) -> UserId | None:
    """For whom it is meant, where the shop lets somebody be chosen."""
    row = tx.execute(
        """
        UPDATE conversations c SET state = 'waiting_human', handoff_reason = %(reason)s, handoff_at = app.now(),
          -- From whom the agent is kept, it does not take back.
          returns_at = CASE WHEN NOT p.agent_off THEN app.now() + s.waiting_timeout END,
          assigned_user_id = CASE WHEN %(choose)s THEN app.choose_person() END
        FROM organization_settings s, contacts p
        WHERE c.id = %(conversation)s AND p.id = c.contact_id RETURNING c.assigned_user_id
        """,
        {"conversation": conversation_id, "reason": reason, "choose": choose},
    ).fetchone()
    return row[0] if row else None


def ask_for_somebody(tx: Tx, conversation_id: ConversationId, reason: str, *, by: str) -> None:
    tx.execute(
        """
        WITH task AS (
          INSERT INTO staff_tasks (conversation_id, kind, detail) VALUES (%(conversation)s, 'handoff', %(reason)s)
        )
        INSERT INTO lead_events (contact_id, kind, detail, created_by)
        SELECT l.contact_id, 'handoff', jsonb_build_object('reason', %(reason)s::text), %(by)s
        FROM leads l JOIN conversations c ON c.contact_id = l.contact_id WHERE c.id = %(conversation)s
        """,
        {"conversation": conversation_id, "reason": reason, "by": by},
    )


def hold(tx: Tx, conversation_id: ConversationId, user_id: UserId) -> None:
    tx.execute(
        """
        WITH found AS (
          UPDATE staff_tasks SET done_at = app.now()
          WHERE conversation_id = %(conversation)s AND kind IN ('handoff', 'call_back', 'arrived_late') AND done_at IS NULL
        )
        UPDATE conversations c SET state = 'human', assigned_user_id = %(user)s, answer_at = NULL, snoozed_until = NULL,
          returns_at = app.now() + s.panel_pause
        FROM organization_settings s WHERE c.id = %(conversation)s
        """,
        {"conversation": conversation_id, "user": user_id},
    )


def assign(tx: Tx, conversation_id: ConversationId, user_id: UserId | None) -> None:
    tx.execute("UPDATE conversations SET assigned_user_id = %s WHERE id = %s", [user_id, conversation_id])


def give_back(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whether the agent has something to answer."""
    row = tx.execute(
        """
        WITH past AS (
          UPDATE staff_tasks SET done_at = app.now()
          WHERE conversation_id = %(conversation)s AND kind = 'handoff' AND done_at IS NULL
        )
        UPDATE conversations c SET state = 'ai', hinted_at = NULL, answer_at = CASE WHEN EXISTS (
            SELECT FROM messages m WHERE m.conversation_id = c.id AND m.awaits_answer AND m.turn_id IS NULL)
          THEN app.now() END
        WHERE c.id = %(conversation)s RETURNING c.answer_at IS NOT NULL
        """,
        {"conversation": conversation_id},
    ).fetchone()
    return row is not None and row[0]


def close(tx: Tx, conversation_id: ConversationId, reason: str | None) -> None:
    tx.execute(
        """
        WITH settled AS (
          UPDATE messages SET awaits_answer = false
          WHERE conversation_id = %(conversation)s AND awaits_answer AND turn_id IS NULL
        ), done AS (
          UPDATE staff_tasks SET done_at = app.now()
          WHERE conversation_id = %(conversation)s AND kind IN ('handoff', 'call_back', 'arrived_late') AND done_at IS NULL
        )
        UPDATE conversations SET state = 'closed', closed_reason = %(reason)s, unread_count = 0 WHERE id = %(conversation)s
        """,
        {"conversation": conversation_id, "reason": reason},
    )


def reopen(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whether it is open: one whose messages went into another stays closed."""
    return (
        tx.execute(
            "UPDATE conversations SET state = 'ai' WHERE id = %s AND merged_into IS NULL", [conversation_id]
        ).rowcount
        == 1
    )


def note_answered(tx: Tx, conversation_id: ConversationId) -> None:
    """A person has answered all that was asked, and the agent stays away for as long as the shop says."""
    tx.execute(
        """
        WITH answered AS (
          UPDATE messages SET awaits_answer = false
          WHERE conversation_id = %(conversation)s AND awaits_answer AND turn_id IS NULL
        )
        UPDATE conversations c SET unread_count = 0, answer_at = NULL, snoozed_until = NULL,
          returns_at = app.now() + s.panel_pause
        FROM organization_settings s WHERE c.id = %(conversation)s
        """,
        {"conversation": conversation_id},
    )


def count_held(tx: Tx, user_id: UserId) -> int:
    row = tx.execute(
        "SELECT count(*) FROM conversations WHERE assigned_user_id = %s AND state = 'human'", [user_id]
    ).fetchone()
    return row[0] if row else 0


def follow_lead(tx: Tx, conversation_id: ConversationId, *, by: str) -> None:
    """The lead is where its conversation is: with a person, with this person, or with the agent again."""
    tx.execute(
        """
        WITH moved AS (
          UPDATE leads l SET assigned_user_id = c.assigned_user_id, stage = CASE
            WHEN c.state = 'ai' AND l.stage = 'human' THEN 'qualifying'
            WHEN c.state <> 'ai' AND l.stage IN ('new', 'qualifying', 'hot') THEN 'human'
            ELSE l.stage END
          FROM conversations c WHERE c.id = %(conversation)s AND l.contact_id = c.contact_id
          RETURNING l.contact_id, OLD.stage AS was, l.stage AS is_now, OLD.assigned_user_id AS was_whose,
            l.assigned_user_id AS is_whose
        )
        INSERT INTO lead_events (contact_id, kind, detail, created_by)
        SELECT moved.contact_id, event.kind, event.detail, %(by)s FROM moved, LATERAL (VALUES
          ('stage_change', jsonb_build_object('from', was, 'to', is_now), was <> is_now),
          ('assigned', jsonb_build_object('user_id', is_whose), is_whose IS NOT NULL AND is_whose IS DISTINCT FROM was_whose),
          ('unassigned', jsonb_build_object('user_id', was_whose), is_whose IS NULL AND was_whose IS NOT NULL)
        ) AS event (kind, detail, happened) WHERE event.happened
        """,
        {"conversation": conversation_id, "by": by},
    )

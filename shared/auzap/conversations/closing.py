"""The clock closes what nobody has written in for days; a customer who comes back opens it again."""

from auzap.db.connection import Tx

# As many as one transaction should hold; the rest waits for the next night.
MOST_AT_ONCE = 1000


def close_stale(tx: Tx) -> int:
    """Only the agent's, and only where nothing is unanswered or unsent: what waits for a person is theirs to close."""
    closed = tx.execute(
        """
        WITH stale AS (
          SELECT c.id FROM conversations c
          WHERE c.state = 'ai' AND c.last_message_at < app.now() - (SELECT s.stale_after FROM organization_settings s)
            AND (c.lease_until IS NULL OR c.lease_until <= app.now())
            AND NOT EXISTS (
              SELECT FROM messages m WHERE m.conversation_id = c.id AND m.awaits_answer AND m.turn_id IS NULL)
            AND NOT EXISTS (
              SELECT FROM outbox o WHERE o.conversation_id = c.id AND o.state IN ('queued', 'sending'))
          ORDER BY c.last_message_at LIMIT %s FOR UPDATE OF c SKIP LOCKED
        )
        UPDATE conversations c SET state = 'closed', closed_reason = 'stale' FROM stale WHERE c.id = stale.id
        """,
        [MOST_AT_ONCE],
    )
    return closed.rowcount

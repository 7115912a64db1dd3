"""A lead that a person had, and that bought nothing, is lost."""

from datetime import timedelta

from auzap.db.connection import Tx

LOST_AFTER = timedelta(days=7)


def lose(tx: Tx) -> int:
    """Nothing came of it and nothing was said for so long, and nobody has it in hand."""
    lost = tx.execute(
        """
        WITH lost AS (
          UPDATE leads l SET stage = 'lost'
          WHERE l.stage = 'human' AND l.last_contact_at < app.now() - %(after)s
            AND NOT EXISTS (
              SELECT FROM lead_events e WHERE e.contact_id = l.contact_id AND e.created_at > app.now() - %(after)s)
            AND NOT EXISTS (
              SELECT FROM conversations c WHERE c.contact_id = l.contact_id AND c.state IN ('waiting_human', 'human'))
          RETURNING l.contact_id
        )
        INSERT INTO lead_events (contact_id, kind, detail, created_by)
        SELECT lost.contact_id, event.kind, event.detail, 'scheduled' FROM lost, (VALUES
          ('stage_change', '{"from": "human", "to": "lost"}'::jsonb), ('lost', '{"reason": "no_sale"}'::jsonb)
        ) AS event (kind, detail) WHERE event.kind = 'lost' OR event.kind = 'stage_change'
        """,
        {"after": LOST_AFTER},
    )
    return lost.rowcount // 2

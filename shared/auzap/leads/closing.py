"""A lead that a person had, and that bought nothing, is lost."""

from datetime import timedelta

from auzap.db.connection import Tx

LOST_AFTER = timedelta(days=7)


def lose(tx: Tx) -> int:
    """How many are lost now: nothing was said or done for so long, and nobody has them in hand."""
    row = tx.execute(
        """
        WITH lost AS (
          UPDATE leads l SET stage = 'lost'
          WHERE l.stage = 'human' AND l.last_contact_at < app.now() - %(after)s
            AND NOT EXISTS (
              SELECT FROM lead_events e WHERE e.contact_id = l.contact_id AND e.created_at > app.now() - %(after)s)
            AND NOT EXISTS (
              SELECT FROM conversations c WHERE c.contact_id = l.contact_id AND (
                c.state IN ('waiting_human', 'human') OR greatest(c.closed_at, c.last_message_at) > app.now() - %(after)s))
          RETURNING l.contact_id
        ), told AS (
          INSERT INTO lead_events (contact_id, kind, detail, created_by)
          SELECT lost.contact_id, event.kind, event.detail, 'scheduled' FROM lost, (VALUES
            ('stage_change', jsonb_build_object('from', 'human', 'to', 'lost')), ('lost', jsonb_build_object('reason', 'no_sale'))
          ) AS event (kind, detail)
        )
        SELECT count(*) FROM lost
        """,
        {"after": LOST_AFTER},
    ).fetchone()
    return row[0] if row else 0

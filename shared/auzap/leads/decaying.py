"""Silence costs a lead points: a few after a day, more after two, and then no more."""

from auzap.db.connection import Tx


def decay(tx: Tx) -> int:
    """How many leads grew colder. What this silence has cost already is remembered, so no night counts twice."""
    row = tx.execute(
        """
        WITH due AS (
          SELECT l.id, CASE WHEN heard.at <= app.now() - interval '48 hours' THEN 30 ELSE 10 END AS points
          FROM leads l CROSS JOIN LATERAL (
            -- Who talks with a person of the shop is not silent, although the agent has nothing to score.
            SELECT greatest(l.last_contact_at, max(c.last_inbound_at)) AS at FROM conversations c WHERE c.contact_id = l.contact_id
          ) heard
          WHERE l.stage IN ('new', 'qualifying', 'hot') AND l.last_contact_at <= app.now() - interval '24 hours'
            AND heard.at <= app.now() - interval '24 hours' AND l.silence_points < 30
        ), cooled AS (
          UPDATE leads l SET silence_points = due.points, score = greatest(0, l.score - (due.points - l.silence_points)),
            stage = app.lead_stage(l.stage, greatest(0, l.score - (due.points - l.silence_points)))
          FROM due WHERE l.id = due.id AND l.silence_points < due.points
          RETURNING l.contact_id, OLD.score AS was, l.score AS is_now, OLD.stage AS stage_was, l.stage AS stage_now
        ), told AS (
          INSERT INTO lead_events (contact_id, kind, detail, created_by)
          SELECT cooled.contact_id, event.kind, event.detail, 'scheduled' FROM cooled, LATERAL (VALUES
            ('score_change', jsonb_build_object('from', was, 'to', is_now, 'reason', 'silence'), was <> is_now),
            ('stage_change', jsonb_build_object('from', stage_was, 'to', stage_now), stage_was <> stage_now)
          ) AS event (kind, detail, happened) WHERE event.happened
        )
        SELECT count(*) FROM cooled WHERE was <> is_now
        """
    ).fetchone()
    return row[0] if row else 0

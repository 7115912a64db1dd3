"""SQL of the dashboard: how the shop stands, and what it has earned, in one statement."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from auzap.db.connection import Tx

MOST_LISTED = 10
MONTHS = 6
# With what the names of those tools begin that do something.
ACTS = [
    "book",
    "cancel",
    "confirm",
    "join",
    "leave",
    "register",
    "remember",
    "report",
    "reschedule",
    "save",
    "set",
    "update",
]


@dataclass(frozen=True, slots=True)
class Stands:
    """What one statement tells of the moment, as it comes."""

    now: dict[str, Any]
    money: dict[str, Any]
    settings: dict[str, Any]


def stands(tx: Tx, since: date, today: date) -> Stands:
    found = tx.rows(
        Stands,
        """
        WITH clock AS MATERIALIZED (
          SELECT s.time_zone AS zone, (%(since)s::date)::timestamp AT TIME ZONE s.time_zone AS starts,
            (%(today)s::date + 1)::timestamp AT TIME ZONE s.time_zone AS ends,
            (%(today)s::date)::timestamp AT TIME ZONE s.time_zone AS today_starts,
            (date_trunc('month', %(today)s::date) - make_interval(months => %(months)s - 1))::timestamp AT TIME ZONE s.time_zone
              AS months_start
          FROM organization_settings s
        ), visits AS MATERIALIZED (
          -- A stay counts on the day on which its guest goes home.
          SELECT b.contact_id, b.starts_at AS at, b.price_cents::bigint AS cents FROM bookings b, clock
          WHERE b.starts_at >= least(clock.months_start, clock.starts) AND b.starts_at < clock.ends AND b.status = 'completed'
          UNION ALL
          SELECT s.contact_id, s.left_at, s.total_cents + coalesce((
            SELECT sum(e.price_cents) FROM stay_extras e WHERE e.stay_id = s.id), 0)
          FROM stays s, clock
          WHERE s.state = 'finished' AND s.until_day >= least(clock.months_start, clock.starts)::date - 1
            AND s.left_at >= least(clock.months_start, clock.starts) AND s.left_at < clock.ends
        ), paid AS MATERIALIZED (
          SELECT v.contact_id, v.cents, v.at AT TIME ZONE clock.zone AS local FROM visits v, clock WHERE v.at >= clock.starts
        ), talks AS MATERIALIZED (
          SELECT c.id, c.state, c.unread_count, c.handoff_at FROM conversations c
          WHERE c.state <> 'closed' AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
        )
        SELECT jsonb_build_object(
            'conversations', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.state, 'count', k.number) ORDER BY k.state), '[]')
              FROM (SELECT t.state, count(*) AS number FROM talks t GROUP BY 1) k),
            'unread', (SELECT count(*) FROM talks t WHERE t.unread_count > 0),
            'waiting_longest_since', (SELECT min(t.handoff_at) FROM talks t WHERE t.state = 'waiting_human'),
            'open_tasks', (SELECT count(*) FROM staff_tasks t WHERE t.done_at IS NULL),
            'open_questions', (SELECT count(*) FROM escalations e WHERE e.state = 'pending' AND e.kind <> 'technical'),
            'open_proposals', (SELECT count(*) FROM pending_actions a WHERE a.state = 'proposed' AND a.expires_at > app.now()),
            'bookings_today', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.status, 'count', k.number) ORDER BY k.status), '[]')
              FROM (
                SELECT b.status, count(*) AS number FROM bookings b, clock
                WHERE b.starts_at >= clock.today_starts AND b.starts_at < clock.ends GROUP BY 1) k),
            'revenue_today_by_hour_cents', (
              SELECT jsonb_agg(coalesce(k.cents, 0) ORDER BY slot.number) FROM generate_series(0, 11) slot (number)
              LEFT JOIN (
                SELECT floor(extract(hour FROM b.starts_at AT TIME ZONE clock.zone) / 2) AS number, sum(b.price_cents) AS cents
                FROM bookings b, clock WHERE b.starts_at >= clock.today_starts AND b.starts_at < clock.ends
                  AND b.status IN ('confirmed', 'in_progress', 'completed') GROUP BY 1) k ON k.number = slot.number),
            'numbers', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('display_name', a.display_name, 'status', a.status,
                'reason', a.status_reason) ORDER BY a.display_name, a.id), '[]')
              FROM channel_accounts a),
            'mean_score', (SELECT round(avg(l.score), 1) FROM leads l WHERE l.stage IN ('new', 'qualifying', 'hot', 'human')),
            'last_actions', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('at', k.recorded_at, 'name', k.name, 'result', left(k.result, 300),
                'conversation_id', k.conversation_id) ORDER BY k.id DESC), '[]')
              FROM (
                SELECT s.id, s.recorded_at, coalesce(s.content ->> 'name', 'confirmed') AS name, s.content ->> 'result' AS result,
                  t.conversation_id
                -- Only the latest of the journal: of long ago nobody asks what was done last.
                FROM (SELECT j.* FROM turn_steps j ORDER BY j.id DESC LIMIT 500) s JOIN turns t ON t.id = s.turn_id
                WHERE t.conversation_id IN (SELECT talks.id FROM talks) AND (
                  s.kind = 'confirmation' AND s.content ->> 'state' = 'done'
                  OR s.kind = 'tool' AND NOT coalesce((s.content ->> 'is_wrong')::boolean, false)
                    AND split_part(s.content ->> 'name', '_', 1) = ANY (%(acts)s))
                ORDER BY s.id DESC LIMIT %(most)s) k)) AS now,
          jsonb_build_object(
            'by_day', (
              SELECT coalesce(jsonb_object_agg(k.day, jsonb_build_array(k.visits, k.cents)), '{}')
              FROM (SELECT p.local::date AS day, count(*) AS visits, sum(p.cents) AS cents FROM paid p GROUP BY 1) k),
            'by_weekday', (
              SELECT jsonb_agg(coalesce(k.cents, 0) ORDER BY weekday.number) FROM generate_series(1, 7) weekday (number)
              LEFT JOIN (SELECT extract(isodow FROM p.local) AS number, sum(p.cents) AS cents FROM paid p GROUP BY 1) k
                ON k.number = weekday.number),
            'by_month', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('month', k.month, 'revenue_cents', k.cents, 'visits', k.visits)
                ORDER BY k.month), '[]')
              FROM (
                SELECT to_char(v.at AT TIME ZONE clock.zone, 'YYYY-MM') AS month, count(*) AS visits, sum(v.cents) AS cents
                FROM visits v, clock WHERE v.at >= clock.months_start GROUP BY 1) k),
            'customers', (SELECT count(DISTINCT p.contact_id) FROM paid p),
            'returning', (
              SELECT count(*) FROM (SELECT p.contact_id, count(*) AS visits FROM paid p GROUP BY 1) served, clock
              WHERE served.visits > 1 OR EXISTS (
                SELECT FROM bookings b
                WHERE b.contact_id = served.contact_id AND b.status = 'completed' AND b.starts_at < clock.starts)),
            'services', (
              SELECT coalesce(jsonb_agg(to_jsonb(k) ORDER BY k.booked DESC, k.name), '[]') FROM (
                SELECT v.name, count(*) FILTER (WHERE b.starts_at >= clock.starts)::int AS booked,
                  count(*) FILTER (WHERE b.starts_at >= clock.starts AND b.source IN ('agent', 'waitlist'))::int AS by_agent,
                  count(*) FILTER (WHERE b.starts_at < clock.starts)::int AS booked_before
                FROM clock, bookings b JOIN services v ON v.id = b.service_id
                WHERE b.starts_at >= clock.starts - (clock.ends - clock.starts) AND b.starts_at < clock.ends
                  AND b.status NOT IN ('cancelled', 'no_show')
                GROUP BY v.id, v.name ORDER BY 2 DESC, 1 LIMIT %(most)s) k)) AS money,
          (SELECT jsonb_build_object('seconds_per_message', s.seconds_per_message, 'hour_value_cents', s.hour_value_cents,
            'lead_allowance', s.lead_allowance, 'leads_this_month', coalesce((
              SELECT u.amount FROM usage_counters u
              WHERE u.metric = 'leads' AND u.day = date_trunc('month', %(today)s::date)::date), 0))
          FROM organization_settings s) AS settings
        """,
        {"since": since, "today": today, "months": MONTHS, "most": MOST_LISTED, "acts": ACTS},
    )
    return next(found)

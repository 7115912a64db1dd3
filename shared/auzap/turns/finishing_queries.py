"""SQL of the end of a turn. All of it hangs on one question: whether the conversation is still this turn's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg import Cursor
from psycopg.types.json import Jsonb

from auzap.agent.reply import Reply
from auzap.agent.turn import Turn, Usage
from auzap.db.connection import Tx
from auzap.leads.scoring import ALWAYS
from auzap.turns.ending import Ending

# So many refused replies in a row, and somebody should look at the conversation.
MOST_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Written:
    outcome: Literal["replied", "joined", "superseded"]
    newer: list[dict[str, Any]]
    send_in: float | None
    handed_over_at: datetime | None


def know_lead(tx: Tx, turn: Turn) -> None:
    tx.execute(
        """
        INSERT INTO leads (contact_id)
        SELECT c.contact_id FROM conversations c WHERE c.id = %(conversation)s AND c.lease_token = %(token)s
        ON CONFLICT DO NOTHING
        """,
        {"conversation": turn.conversation_id, "token": turn.lease_token},
    )


def write(tx: Tx, turn: Turn, reply: Reply, end: Ending, *, join: bool) -> Cursor[Written]:
    return tx.rows(
        Written,
        """
        WITH mine AS (
          SELECT c.id, c.contact_id, c.channel_account_id FROM conversations c
          WHERE c.id = %(conversation)s AND c.fence = %(fence)s AND c.lease_token = %(token)s AND c.state = 'ai'
        ), newer AS (
          SELECT m.* FROM messages m, mine
          WHERE m.conversation_id = mine.id AND m.awaits_answer AND m.turn_id IS NULL AND m.id <> ALL (%(read)s::uuid[])
        ), go AS (
          SELECT mine.id, mine.contact_id FROM mine WHERE NOT %(join)s OR NOT EXISTS (SELECT FROM newer)
        ), extended AS (
          UPDATE turns SET message_ids = %(read)s::uuid[] || ARRAY(SELECT id FROM newer ORDER BY provider_at, id)
          FROM mine WHERE turns.id = %(turn)s AND NOT EXISTS (SELECT FROM go)
        ), sent AS (
          INSERT INTO outbox (conversation_id, turn_id, kind, author, content, due_at)
          SELECT go.id, %(turn)s, %(kind)s, 'bot', %(content)s, greatest(app.now(), %(heard_at)s + %(delay)s)
          FROM go RETURNING id, due_at
        ), written AS (
          INSERT INTO messages (conversation_id, sender, kind, text, details, provider_at, turn_id, outbox_id, delivery)
          SELECT go.id, 'agent', 'text', %(text)s, %(content)s, app.now(), %(turn)s, sent.id, 'queued' FROM go, sent
        ), answered AS (
          UPDATE messages m SET turn_id = %(turn)s,
            flags = ARRAY(SELECT jsonb_array_elements_text(%(flags)s::jsonb -> m.id::text))
          FROM go WHERE m.id = ANY (%(read)s::uuid[])
        ), ended AS (
          UPDATE turns SET state = %(state)s, intent = %(intent)s, confidence = %(confidence)s,
            outcome = coalesce(%(trigger)s::text, 'replied'), handoff_trigger = %(trigger)s, validation = %(validation)s,
            finished_at = app.now()
          FROM go WHERE turns.id = %(turn)s
        ), lead AS (
          UPDATE leads l SET
            score = greatest(0, l.score + %(points)s),
            stage = CASE
              WHEN %(booked)s THEN 'converted'
              WHEN %(trigger)s::text IS NOT NULL AND l.stage NOT IN ('converted', 'lost') THEN 'human'
              -- Who writes again after all is no longer lost, and whom the agent answers is with nobody else.
              ELSE app.lead_stage(CASE WHEN l.stage IN ('lost', 'human') THEN 'qualifying' ELSE l.stage END,
                greatest(0, l.score + %(points)s)) END,
            scored_on = today.day,
            scored = CASE WHEN l.scored_on = today.day THEN l.scored ELSE '{}' END || %(once_a_day)s::text[],
            silence_points = 0, last_contact_at = greatest(l.last_contact_at, least(%(heard_at)s, app.now())),
            is_priority = l.is_priority OR %(priority)s,
            refused_replies = CASE %(validation)s WHEN 'blocked' THEN l.refused_replies + 1
              WHEN 'valid' THEN 0 WHEN 'regenerated' THEN 0 ELSE l.refused_replies END,
            needs_review = l.needs_review OR (%(validation)s = 'blocked' AND l.refused_replies + 1 >= %(most_refused)s) IS TRUE,
            converted_at = CASE WHEN %(booked)s THEN app.now() ELSE l.converted_at END
          FROM go, (SELECT (app.now() AT TIME ZONE time_zone)::date AS day FROM organization_settings) today
          WHERE l.contact_id = go.contact_id AND NOT %(is_owner)s
          RETURNING l.contact_id, OLD.stage AS stage_was, l.stage AS stage_now, OLD.score AS was, l.score AS is_now,
            l.refused_replies, OLD.refused_replies AS refused_before
        ), told AS (
          INSERT INTO lead_events (contact_id, kind, detail, created_by)
          SELECT lead.contact_id, event.kind, event.detail, 'ai' FROM lead, LATERAL (VALUES
            ('score_change', jsonb_build_object('from', was, 'to', is_now, 'signals', %(signals)s::jsonb), was <> is_now),
            ('reopened', '{}', stage_was = 'lost'),
            ('stage_change', jsonb_build_object('from', stage_was, 'to', stage_now), stage_was <> stage_now),
            ('converted', '{}', %(booked)s),
            ('handoff', jsonb_build_object('trigger', %(trigger)s::text, 'reason', %(reason)s::text), %(trigger)s::text IS NOT NULL)
          ) AS event (kind, detail, happened) WHERE event.happened
        ), stopped AS (
          UPDATE contacts p SET opted_out_at = app.now() FROM go
          WHERE p.id = go.contact_id AND %(opts_out)s AND p.opted_out_at IS NULL
        ), task AS (
          INSERT INTO staff_tasks (conversation_id, kind, detail)
          SELECT go.id, %(task)s, %(reason)s FROM go WHERE %(trigger)s::text IS NOT NULL
        ), called AS (
          INSERT INTO notifications (kind, level, conversation_id, detail, once_key)
          SELECT 'handoff', 'warning', go.id, jsonb_build_object('trigger', %(trigger)s::text, 'reason', %(reason)s::text),
            'handoff:' || %(turn)s::text
          FROM go WHERE %(trigger)s::text IS NOT NULL ON CONFLICT DO NOTHING
        ), reviewed AS (
          INSERT INTO notifications (kind, level, conversation_id, detail, once_key)
          SELECT 'replies_refused', 'warning', go.id, jsonb_build_object('count', lead.refused_replies),
            'replies_refused:' || %(turn)s::text
          FROM go, lead WHERE lead.refused_replies = %(most_refused)s AND lead.refused_before < lead.refused_replies
          ON CONFLICT DO NOTHING
        ), counted AS (
          INSERT INTO notifications (kind, level, detail, once_key)
          SELECT 'leads_' || flag.percent, 'warning', jsonb_build_object('leads', u.amount, 'allowance', s.lead_allowance),
            'leads_' || flag.percent || ':' || to_char(u.day, 'YYYY-MM')
          FROM go, organization_settings s, (VALUES (80), (100)) AS flag (percent), usage_counters u
          WHERE u.metric = 'leads' AND u.day = date_trunc('month', app.now() AT TIME ZONE s.time_zone)::date
            AND u.amount * 100 >= s.lead_allowance * flag.percent
          ON CONFLICT DO NOTHING
        ), released AS (
          UPDATE conversations c SET lease_token = NULL, lease_until = NULL, last_message_at = app.now(),
            agent_turns = c.agent_turns + 1,
            state = CASE WHEN %(trigger)s::text IS NULL THEN 'ai' ELSE 'waiting_human' END,
            handoff_reason = coalesce(%(reason)s, c.handoff_reason),
            handoff_at = CASE WHEN %(trigger)s::text IS NULL THEN c.handoff_at ELSE app.now() END,
            returns_at = CASE WHEN %(trigger)s::text IS NOT NULL THEN app.now() + s.waiting_timeout END,
            priority = CASE WHEN %(priority)s AND c.priority IN ('low', 'normal') THEN 'high' ELSE c.priority END,
            answer_at = CASE WHEN EXISTS (SELECT FROM newer) THEN app.now() END
          FROM go, organization_settings s WHERE c.id = go.id
          RETURNING CASE WHEN c.state = 'waiting_human' THEN c.handoff_at END AS handed_over_at
        )
        SELECT
          CASE WHEN EXISTS (SELECT FROM go) THEN 'replied' WHEN EXISTS (SELECT FROM mine) THEN 'joined' ELSE 'superseded' END
            AS outcome,
          (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', n.id, 'sender', n.sender, 'kind', n.kind, 'text', n.text, 'reply_id', n.details ->> 'reply_id',
            'provider_id', n.provider_id, 'provider_at', n.provider_at, 'recorded_at', n.recorded_at,
            'answers', app.question_quoted(mine.channel_account_id, n.quoted_provider_id))
            ORDER BY n.provider_at, n.id), '[]') FROM newer n, mine) AS newer,
          (SELECT extract(epoch FROM sent.due_at - app.now())::float8 FROM sent) AS send_in,
          (SELECT handed_over_at FROM released) AS handed_over_at
        """,
        _parameters(turn, reply, end) | {"join": join},
    )


def count_usage(tx: Tx, turn: Turn, usage: Usage) -> None:
    """What the model has used since the journal last counted, whatever has become of the turn."""
    tx.execute(
        """
        UPDATE turns SET input_tokens = input_tokens + %(input)s, output_tokens = output_tokens + %(output)s,
          cost_micros = cost_micros + %(cost)s
        WHERE id = %(turn)s
        """,
        {
            "turn": turn.id,
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cost": usage.cost_micros,
        },
    )


def release(tx: Tx, turn: Turn, *, after: timedelta) -> None:
    tx.execute(
        """
        UPDATE conversations SET lease_token = NULL, lease_until = NULL, answer_at = app.now() + %(after)s
        WHERE id = %(conversation)s AND fence = %(fence)s AND lease_token = %(token)s
        """,
        {"conversation": turn.conversation_id, "fence": turn.fence, "token": turn.lease_token, "after": after},
    )


def _parameters(turn: Turn, reply: Reply, end: Ending) -> dict[str, Any]:
    return {
        "conversation": turn.conversation_id,
        "fence": turn.fence,
        "token": turn.lease_token,
        "turn": turn.id,
        "is_owner": turn.contact.is_owner,
        "read": [message.id for message in turn.unanswered],
        "flags": Jsonb({str(message.id): list(message.flags) for message in turn.unanswered if message.flags}),
        "kind": end.kind,
        "content": Jsonb(end.content),
        "text": end.content["text"],
        "heard_at": end.heard_at,
        "delay": end.delay,
        "state": "gave_up" if reply.failure == "gave_up" else "answered",
        "intent": reply.intent,
        "confidence": reply.confidence,
        "validation": reply.validation,
        "most_refused": MOST_REFUSED,
        "trigger": end.trigger,
        "reason": end.reason,
        "task": end.task,
        "priority": end.is_priority,
        "points": end.points,
        "signals": Jsonb(end.signals),
        "once_a_day": [signal for signal in end.signals if signal not in ALWAYS],
        "booked": "booked" in turn.progress.acts_done,
        "opts_out": end.opts_out,
    }

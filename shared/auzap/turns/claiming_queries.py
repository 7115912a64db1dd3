"""SQL of claiming. Each statement acts only if the one before it did: they share one round trip."""

from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from auzap.db.connection import Tx
from auzap.ids import ConversationId, TurnId


def take_lease(tx: Tx, conversation_id: ConversationId, token: UUID, *, lease: timedelta, early: timedelta) -> None:
    tx.execute(
        """
        UPDATE conversations SET fence = fence + 1, lease_token = %(token)s, lease_until = app.now() + %(lease)s
        WHERE id = %(conversation)s AND state = 'ai' AND answer_at <= app.now() + %(early)s
          AND (lease_until IS NULL OR lease_until <= app.now())
          AND EXISTS (SELECT FROM messages m WHERE m.conversation_id = %(conversation)s AND m.awaits_answer AND m.turn_id IS NULL)
        """,
        {"conversation": conversation_id, "token": token, "lease": lease, "early": early},
    )


def resume_turn(tx: Tx, conversation_id: ConversationId, token: UUID) -> None:
    """A turn whose worker died goes on with its own messages; what came since joins before the reply."""
    tx.execute(
        """
        UPDATE turns t SET attempt = t.attempt + 1, fence = c.fence FROM conversations c
        WHERE c.id = %(conversation)s AND c.lease_token = %(token)s AND t.conversation_id = c.id AND t.state = 'running'
        """,
        {"conversation": conversation_id, "token": token},
    )


def open_turn(tx: Tx, conversation_id: ConversationId, token: UUID, turn_id: TurnId) -> None:
    tx.execute(
        """
        INSERT INTO turns (id, conversation_id, fence, message_ids)
        SELECT %(turn)s, c.id, c.fence, ARRAY(
          SELECT m.id FROM messages m WHERE m.conversation_id = c.id AND m.awaits_answer AND m.turn_id IS NULL
          ORDER BY m.provider_at, m.id)
        FROM conversations c
        WHERE c.id = %(conversation)s AND c.lease_token = %(token)s
          AND NOT EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'running')
        """,
        {"conversation": conversation_id, "token": token, "turn": turn_id},
    )


def context(tx: Tx, conversation_id: ConversationId, token: UUID, *, history: int, longest: int) -> Cursor[TupleRow]:
    """Everything the turn reads, as one JSON; without a turn, why there is none."""
    return tx.execute(
        """
        WITH c AS (
          SELECT *, lease_token = %(token)s AS is_mine FROM conversations WHERE id = %(conversation)s
        ), t AS (
          SELECT turns.* FROM turns, c WHERE c.is_mine AND turns.conversation_id = c.id AND turns.state = 'running'
        ), said AS (
          SELECT m.provider_at, m.id, jsonb_build_object(
            'id', m.id, 'sender', m.sender, 'kind', m.kind, 'text', left(m.text, %(longest)s), 'reply_id', m.details ->> 'reply_id',
            'provider_id', m.provider_id, 'provider_at', m.provider_at, 'recorded_at', m.recorded_at) AS message
          FROM messages m, c, t WHERE m.conversation_id = c.id AND m.id <> ALL (t.message_ids)
            AND NOT (m.awaits_answer AND m.turn_id IS NULL) AND m.revoked_at IS NULL
          ORDER BY m.provider_at DESC, m.id DESC LIMIT %(history)s
        ), unanswered AS (
          SELECT m.provider_at, m.id, jsonb_build_object(
            'id', m.id, 'sender', m.sender, 'kind', m.kind, 'text', m.text, 'reply_id', m.details ->> 'reply_id',
            'provider_id', m.provider_id, 'provider_at', m.provider_at, 'recorded_at', m.recorded_at,
            'answers', app.question_quoted(c.channel_account_id, m.quoted_provider_id)) AS message
          FROM messages m, c, t WHERE m.id = ANY (t.message_ids)
        )
        SELECT jsonb_build_object(
          'now', app.now(), 'fence', c.fence, 'reply_to', c.reply_to, 'agent_turns', c.agent_turns,
          'is_staffed', EXISTS (SELECT FROM memberships WHERE availability = 'online'),
          'refusal', CASE
            WHEN c.is_mine THEN NULL
            WHEN c.state <> 'ai' THEN 'held'
            WHEN c.lease_until > app.now() THEN 'leased'
            WHEN c.answer_at > app.now() THEN 'early'
            ELSE 'answered' END,
          'again_in', CASE WHEN NOT c.is_mine IS TRUE AND c.state = 'ai'
            AND (c.lease_until IS NULL OR c.lease_until <= app.now()) AND c.answer_at > app.now()
            THEN extract(epoch FROM c.answer_at - app.now())::float8 END,
          'turn', (SELECT jsonb_build_object('id', t.id, 'attempt', t.attempt) FROM t),
          'spent', (
            SELECT jsonb_build_object(
              'turn_tokens', t.input_tokens + t.output_tokens, 'turn_cost_micros', t.cost_micros,
              'contact_tokens', (
                SELECT coalesce(sum(today.input_tokens + today.output_tokens), 0) FROM turns today
                WHERE today.conversation_id = c.id
                  AND today.started_at >= date_trunc('day', app.now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'),
              'tokens', coalesce(sum(u.amount) FILTER (WHERE u.metric = 'model_tokens'), 0),
              'cost_micros', coalesce(sum(u.amount) FILTER (WHERE u.metric = 'model_cost_micros'), 0))
            FROM t LEFT JOIN usage_counters u
              ON u.metric IN ('model_tokens', 'model_cost_micros') AND u.day = (app.now() AT TIME ZONE 'UTC')::date
            GROUP BY t.input_tokens, t.output_tokens, t.cost_micros),
          'lead', (
            SELECT jsonb_build_object('stage', l.stage, 'score', l.score, 'is_known', l.scored_on IS NOT NULL, 'today',
              CASE WHEN l.scored_on = (app.now() AT TIME ZONE s.time_zone)::date THEN to_jsonb(l.scored) ELSE '[]' END)
            FROM leads l, organization_settings s WHERE l.contact_id = c.contact_id),
          'steps', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'content', s.content) ORDER BY s.step), '[]')
            FROM turn_steps s, t WHERE s.turn_id = t.id),
          'contact', (
            SELECT jsonb_build_object('id', p.id, 'name', coalesce(p.name, p.profile_name), 'phone', p.phone,
              'is_owner', app.is_owner(p.phone))
            FROM contacts p WHERE p.id = c.contact_id),
          'account', (
            SELECT jsonb_build_object('external_id', a.external_id, 'credentials', a.credentials, 'wrapped_key', k.wrapped_key)
            FROM channel_accounts a LEFT JOIN organization_keys k ON true WHERE a.id = c.channel_account_id),
          'proposal', (
            SELECT jsonb_build_object('id', a.id, 'kind', a.kind, 'arguments', a.arguments, 'summary', a.summary,
              'proposed_at', a.proposed_at, 'expires_at', a.expires_at)
            -- Not this turn's own: until the turn has spoken, nobody can have said yes to it.
            FROM pending_actions a WHERE a.conversation_id = c.id AND a.state = 'proposed'
              AND NOT EXISTS (SELECT FROM t WHERE t.id = a.turn_id)),
          'history', (SELECT coalesce(jsonb_agg(message ORDER BY provider_at, id), '[]') FROM said),
          'unanswered', (SELECT coalesce(jsonb_agg(message ORDER BY provider_at, id), '[]') FROM unanswered)
        ) FROM c
        """,
        {"conversation": conversation_id, "token": token, "history": history, "longest": longest},
    )

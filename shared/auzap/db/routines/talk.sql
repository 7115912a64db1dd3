-- What the panel shows of conversations: routines, because to plan anew for every month of messages takes longer than to look.

-- What was said last in each of these.
CREATE OR REPLACE FUNCTION app.last_said(conversations uuid[])
RETURNS TABLE (conversation_id uuid, sender text, kind text, text text, delivery text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT c.id, said.sender, said.kind, said.text, said.delivery FROM unnest(conversations) AS c (id)
  CROSS JOIN LATERAL (
    SELECT m.sender, m.kind, m.text, m.delivery FROM public.messages m
    WHERE m.conversation_id = c.id AND m.kind NOT IN ('edit', 'revoke')
    ORDER BY m.provider_at DESC, m.id DESC LIMIT 1) said;
END
$$;

-- What was said in one with a customer, the latest first, from before a known message; of what belongs to it what is shown.
CREATE OR REPLACE FUNCTION app.said_in(conversation uuid, before_at timestamptz, before_id uuid, most integer, shown text[])
RETURNS TABLE (
  id uuid, sender text, kind text, text text, details jsonb, at timestamptz, delivery text, error_code integer,
  edited_at timestamptz, revoked_at timestamptz, is_imported boolean, written_by text, flags text[], quoted_message_id uuid,
  media_id uuid, media_kind text, media_state text, media_type text, media_name text, media_bytes bigint, media_key text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH said AS MATERIALIZED (
    -- The file that the shop has sent again, as a column: made in the join, it would keep the index from being used.
    SELECT m.*, CASE WHEN m.sender = 'staff' THEN (m.details ->> 'media_id')::uuid END AS sent_media_id FROM public.messages m
    WHERE m.conversation_id = conversation AND m.kind NOT IN ('edit', 'revoke')
      AND (m.provider_at, m.id) < (coalesce(before_at, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY m.provider_at DESC, m.id DESC LIMIT most
  )
  SELECT m.id, m.sender, m.kind, m.text, (
      SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(m.details) d WHERE d.key = ANY (shown)),
    m.provider_at, m.delivery, m.error_code, m.edited_at, m.revoked_at, m.imported, m.written_by, m.flags, k.message_id,
    coalesce(f.id, sent.id), coalesce(f.kind, sent.kind), coalesce(f.state, sent.state),
    coalesce(f.content_type, sent.content_type), coalesce(f.filename, sent.filename), coalesce(f.bytes, sent.bytes),
    CASE WHEN m.revoked_at IS NULL THEN coalesce(f.object_key, sent.object_key) END
  FROM said m
  JOIN public.conversations c ON c.id = m.conversation_id AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
  LEFT JOIN public.message_keys k ON k.channel_account_id = c.channel_account_id AND k.provider_id = m.quoted_provider_id
  LEFT JOIN public.media f ON f.message_id = m.id
  LEFT JOIN public.media sent ON sent.id = m.sent_media_id
  ORDER BY m.provider_at DESC, m.id DESC;
END
$$;

-- What was done in one with a customer: turns of the agent, moves, notes, incidents, questions to the team and proposed acts,
-- the latest first.
CREATE OR REPLACE FUNCTION app.done_in(conversation uuid, before_id uuid, most integer)
RETURNS TABLE (id uuid, kind text, at timestamptz, detail jsonb)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
  before CONSTANT uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
  PERFORM FROM public.conversations c WHERE c.id = conversation AND c.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[]);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH turned AS MATERIALIZED (
    SELECT t.* FROM public.turns t WHERE t.conversation_id = conversation AND t.id < before ORDER BY t.id DESC LIMIT most
  )
  SELECT happened.id, happened.kind, happened.at, happened.detail FROM (
    (SELECT t.id, 'turn' AS kind, t.started_at AS at, jsonb_build_object(
        'state', t.state, 'intent', t.intent, 'confidence', t.confidence, 'outcome', t.outcome, 'urgency', t.urgency,
        'sentiment', t.sentiment, 'handoff_trigger', t.handoff_trigger, 'validation', t.validation, 'attempts', t.attempt,
        'seconds', round(extract(epoch FROM t.finished_at - t.started_at), 1), 'tools', (
          SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.content -> 'name', 'result', s.content -> 'result')
            ORDER BY s.step), '[]')
          FROM public.turn_steps s WHERE s.turn_id = t.id AND s.kind = 'tool')) AS detail
      FROM turned t)
    UNION ALL
    (SELECT v.id, 'move', v.moved_at, jsonb_build_object('from', v.from_state, 'to', v.to_state,
        'from_user_id', v.from_user_id, 'to_user_id', v.to_user_id, 'reason', v.reason, 'by', v.actor)
      FROM public.conversation_moves v WHERE v.conversation_id = conversation AND v.id < before ORDER BY v.id DESC LIMIT most)
    UNION ALL
    (SELECT n.id, 'note', n.created_at, jsonb_build_object('text', n.text, 'by', n.author)
      FROM public.conversation_notes n WHERE n.conversation_id = conversation AND n.id < before ORDER BY n.id DESC LIMIT most)
    UNION ALL
    (SELECT i.id, 'incident', i.created_at, jsonb_build_object('kind', i.kind, 'severity', i.severity, 'layer', i.layer,
        'action', i.action, 'rules', i.rules, 'resolved_at', i.resolved_at)
      FROM public.security_incidents i WHERE i.conversation_id = conversation AND i.id < before ORDER BY i.id DESC LIMIT most)
    UNION ALL
    (SELECT e.id, 'question', e.created_at, jsonb_build_object('kind', e.kind, 'question', e.question, 'state', e.state,
        'answer', e.answer, 'answered_by', e.answered_by, 'answered_at', e.answered_at)
      FROM public.escalations e WHERE e.conversation_id = conversation AND e.id < before ORDER BY e.id DESC LIMIT most)
    UNION ALL
    (SELECT o.id, 'act', o.proposed_at, jsonb_build_object('kind', o.kind, 'summary', o.summary, 'state', o.state,
        'result', o.result, 'resolved_at', o.resolved_at)
      FROM public.pending_actions o WHERE o.conversation_id = conversation AND o.id < before ORDER BY o.id DESC LIMIT most)
  ) AS happened ORDER BY happened.id DESC LIMIT most;
END
$$;

GRANT EXECUTE ON FUNCTION app.last_said(uuid[]), app.said_in(uuid, timestamptz, uuid, integer, text[]),
  app.done_in(uuid, uuid, integer) TO auzap_app;

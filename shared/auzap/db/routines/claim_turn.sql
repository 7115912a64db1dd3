-- A message that a turn answers, as the turn reads it.
CREATE OR REPLACE FUNCTION app.heard(message public.messages, account uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'id', message.id, 'sender', message.sender, 'kind', message.kind, 'text', message.text,
    'reply_id', message.details ->> 'reply_id', 'provider_id', message.provider_id, 'provider_at', message.provider_at,
    'recorded_at', message.recorded_at, 'answers',
    coalesce(app.question_quoted(account, message.quoted_provider_id), app.question_named(message.text)))
$$;

-- What the conversation has said before and is not folded into its memory, the latest of it, each as long as the model is
-- shown it.
CREATE OR REPLACE FUNCTION app.said_before(conversation uuid, answered uuid[], history integer, longest integer) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(jsonb_agg(said.message ORDER BY said.provider_at, said.id), '[]') FROM (
    SELECT m.provider_at, m.id, jsonb_build_object(
      'id', m.id, 'sender', m.sender, 'kind', m.kind, 'text', left(m.text, longest), 'reply_id', m.details ->> 'reply_id',
      'provider_id', m.provider_id, 'provider_at', m.provider_at, 'recorded_at', m.recorded_at,
      'choices', m.details -> 'choices') AS message
    FROM public.messages m
    WHERE m.conversation_id = conversation AND m.id <> ALL (answered) AND NOT (m.awaits_answer AND m.turn_id IS NULL)
      -- A deletion, or a reaction that was taken back, says nothing.
      AND m.revoked_at IS NULL AND NOT (m.kind IN ('reaction', 'revoke') AND m.text = '')
      AND m.provider_at > coalesce((SELECT c.memory_until FROM public.conversations c WHERE c.id = conversation), '-infinity')
    ORDER BY m.provider_at DESC, m.id DESC LIMIT history) said
$$;

-- The shop's own wordings for a customer of this type at this hour: of each kind the fittest, and of these the least used.
CREATE OR REPLACE FUNCTION app.wordings_for(client_type text) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(jsonb_object_agg(fit.kind, fit.texts), '{}') FROM (
    SELECT ranked.kind, jsonb_agg(jsonb_build_object('id', ranked.id, 'text', ranked.text) ORDER BY ranked.place) AS texts
    FROM (
      SELECT w.id, w.kind, w.text, row_number() OVER (
        PARTITION BY w.kind ORDER BY w.occasion = 'any', w.usage_count, w.last_used_at NULLS FIRST, w.id) AS place
      FROM public.wordings w, (
        SELECT extract(hour FROM app.now() AT TIME ZONE s.time_zone) AS hour FROM public.organization_settings s) clock
      WHERE w.is_active AND w.occasion IN ('any', client_type, CASE
        WHEN clock.hour BETWEEN 5 AND 11 THEN 'morning' WHEN clock.hour BETWEEN 12 AND 17 THEN 'afternoon' ELSE 'night' END)) ranked
    WHERE ranked.place <= 3 GROUP BY ranked.kind) fit
$$;

-- What the shop knows of a customer who writes this: who they are, what is coming, what it has taught of it, how they are
-- spoken to.
CREATE OR REPLACE FUNCTION app.background_of(contact uuid, words text) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  hits CONSTANT integer := 4;
  card jsonb := app.customer_card(contact);
BEGIN
  RETURN jsonb_build_object(
    'card', card, 'upcoming', app.upcoming_of(contact), 'stays', app.stays_of(contact),
    -- Where nothing was taught, there is nothing to look through for it.
    'hits', CASE WHEN EXISTS (SELECT FROM app.knowledge_texts('{customers}')) THEN app.knowledge_hits(words, hits) ELSE '[]' END,
    'wordings', app.wordings_for(card ->> 'type'));
END
$$;

-- What the model has cost: in this turn, today for this customer, and today for the shop.
CREATE OR REPLACE FUNCTION app.spent_before(turn public.turns) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'turn_tokens', turn.input_tokens + turn.output_tokens, 'turn_cost_micros', turn.cost_micros,
    'contact_tokens', (
      SELECT coalesce(sum(today.input_tokens + today.output_tokens), 0)
      FROM public.conversations here JOIN public.conversations c ON c.contact_id = here.contact_id
      JOIN public.turns today ON today.conversation_id = c.id
      WHERE here.id = turn.conversation_id
        AND today.started_at >= date_trunc('day', app.now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'),
    'tokens', coalesce(sum(u.amount) FILTER (WHERE u.metric = 'model_tokens'), 0),
    'cost_micros', coalesce(sum(u.amount) FILTER (WHERE u.metric = 'model_cost_micros'), 0))
  FROM public.usage_counters u
  WHERE u.metric IN ('model_tokens', 'model_cost_micros') AND u.day = (app.now() AT TIME ZONE 'UTC')::date
$$;

-- Take the lease, open or resume the turn, and read all that it needs; without a turn, why there is none. Who knows the shop
-- by the version that it has is not told of it again.
CREATE OR REPLACE FUNCTION app.claim_turn(
  organization uuid, actor text, conversation uuid, token uuid, new_turn uuid, lease interval, early interval, history integer,
  longest integer, known_version integer DEFAULT NULL)
RETURNS TABLE (refusal text, again_in double precision, known jsonb, shop text)
LANGUAGE plpgsql
-- Plans are made once: a sandbox lives for a few turns, and each plan of these statements costs more than one.
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  place public.conversations%ROWTYPE;
  turn public.turns%ROWTYPE;
  waiting uuid[];
  version integer;
BEGIN
  -- What is read of the shop is of this version, or newer.
  SELECT b.settings_version INTO version FROM app.begin_tenant(organization, actor) b;
  -- In a statement of its own: what the next ones read is then from after the wait.
  SELECT c.* INTO place FROM public.conversations c WHERE c.id = conversation FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  waiting := ARRAY(
    SELECT m.id FROM public.messages m WHERE m.conversation_id = conversation AND m.awaits_answer AND m.turn_id IS NULL
    ORDER BY m.provider_at, m.id);
  refusal := CASE
    WHEN place.state <> 'ai' THEN 'held'
    WHEN place.lease_until > app.now() THEN 'leased'
    WHEN place.answer_at > app.now() + early THEN 'early'
    WHEN place.answer_at IS NULL OR waiting = '{}' THEN 'answered' END;
  IF refusal IS NOT NULL THEN
    again_in := CASE refusal WHEN 'early' THEN extract(epoch FROM place.answer_at - app.now()) END;
    RETURN NEXT;
    RETURN;
  END IF;

  UPDATE public.conversations c SET fence = c.fence + 1, lease_token = token, lease_until = app.now() + lease
  WHERE c.id = conversation RETURNING c.fence INTO place.fence;
  -- A turn whose worker died goes on with its own messages; what came since joins before the reply.
  UPDATE public.turns t SET attempt = t.attempt + 1, fence = place.fence
  WHERE t.conversation_id = conversation AND t.state = 'running' RETURNING t.* INTO turn;
  IF NOT FOUND THEN
    INSERT INTO public.turns AS t (id, conversation_id, fence, message_ids) VALUES (new_turn, conversation, place.fence, waiting)
    RETURNING t.* INTO turn;
  END IF;

  known := jsonb_build_object(
    'now', app.now(), 'shop_version', version, 'fence', place.fence, 'reply_to', place.reply_to, 'agent_turns', place.agent_turns,
    'turn', jsonb_build_object('id', turn.id, 'attempt', turn.attempt),
    -- Of an earlier talk; what a model sums up of this one is for the people who take it over.
    'earlier', CASE WHEN place.summary_at IS NULL THEN place.summary END,
    'reopened_at', (
      SELECT max(v.moved_at) FROM public.conversation_moves v WHERE v.conversation_id = conversation AND v.from_state = 'closed'),
    'memory', place.memory,
    'is_staffed', EXISTS (SELECT FROM public.memberships WHERE availability = 'online'),
    'spent', app.spent_before(turn),
    'steps', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'content', s.content) ORDER BY s.step), '[]')
      FROM public.turn_steps s WHERE s.turn_id = turn.id),
    'lead', (
      SELECT jsonb_build_object('stage', l.stage, 'score', l.score, 'is_known', l.scored_on IS NOT NULL, 'today',
        CASE WHEN l.scored_on = (app.now() AT TIME ZONE s.time_zone)::date THEN to_jsonb(l.scored) ELSE '[]' END)
      FROM public.leads l, public.organization_settings s WHERE l.contact_id = place.contact_id),
    'contact', (
      SELECT jsonb_build_object('id', p.id, 'name', coalesce(p.name, p.profile_name), 'phone', p.phone,
        'is_owner', app.is_owner(p.phone), 'is_asked', app.is_asked(p.phone))
      FROM public.contacts p WHERE p.id = place.contact_id),
    'account', (
      SELECT jsonb_build_object('channel', a.channel, 'external_id', a.external_id, 'credentials', a.credentials, 'wrapped_key', k.wrapped_key)
      FROM public.channel_accounts a LEFT JOIN public.organization_keys k ON true WHERE a.id = place.channel_account_id),
    'proposal', (
      SELECT jsonb_build_object('id', a.id, 'kind', a.kind, 'arguments', a.arguments, 'summary', a.summary,
        -- What the server asks by itself was asked when it left: no word from before then is an answer to it.
        'proposed_at', CASE WHEN a.outbox_id IS NULL THEN a.proposed_at ELSE coalesce((
          SELECT o.claimed_at FROM public.outbox o WHERE o.id = a.outbox_id AND o.state IN ('sending', 'sent')), a.expires_at) END,
        'expires_at', a.expires_at)
      -- Not this turn's own: until the turn has spoken, nobody can have said yes to it.
      FROM public.pending_actions a
      WHERE a.conversation_id = conversation AND a.state = 'proposed' AND a.turn_id IS DISTINCT FROM turn.id),
    'history', app.said_before(conversation, turn.message_ids, history, longest),
    'unanswered', (
      SELECT coalesce(jsonb_agg(app.heard(m, place.channel_account_id) ORDER BY m.provider_at, m.id), '[]')
      FROM public.messages m WHERE m.id = ANY (turn.message_ids)));
  IF NOT (known -> 'contact' ->> 'is_owner')::boolean THEN
    known := known || jsonb_build_object('background', app.background_of(place.contact_id, (
      SELECT string_agg(m.text, E'\n' ORDER BY m.provider_at, m.id) FROM public.messages m WHERE m.id = ANY (turn.message_ids))));
  END IF;
  IF version IS DISTINCT FROM known_version THEN
    shop := app.shop();
  END IF;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.heard(public.messages, uuid), app.said_before(uuid, uuid[], integer, integer), app.spent_before(public.turns),
  app.wordings_for(text), app.background_of(uuid, text),
  app.claim_turn(uuid, text, uuid, uuid, uuid, interval, interval, integer, integer, integer) TO auzap_app;

-- What a turn's end means for the customer as a lead: score, stage, and the events that tell of it. Owners are no leads.
CREATE OR REPLACE FUNCTION app.score_lead(contact uuid, ending jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  cause text := ending ->> 'trigger';
  validation text := ending ->> 'validation';
  points integer := ending ->> 'points';
  once_a_day text[] := ARRAY(SELECT jsonb_array_elements_text(ending -> 'once_a_day'));
  has_booked boolean := ending ->> 'booked';
  most_refused integer := ending ->> 'most_refused';
  chosen uuid := ending ->> 'chosen';
  today date;
  lead record;
BEGIN
  IF NOT (ending ->> 'is_known')::boolean THEN
    INSERT INTO public.leads (contact_id) VALUES (contact) ON CONFLICT DO NOTHING;
  END IF;
  SELECT (app.now() AT TIME ZONE s.time_zone)::date INTO today FROM public.organization_settings s;
  UPDATE public.leads l SET
    score = greatest(0, l.score + points),
    stage = CASE
      WHEN has_booked THEN 'converted'
      WHEN cause IS NOT NULL AND l.stage NOT IN ('converted', 'lost') THEN 'human'
      -- Who writes again after all is no longer lost, and whom the agent answers is with nobody else.
      ELSE app.lead_stage(CASE WHEN l.stage IN ('lost', 'human') THEN 'qualifying' ELSE l.stage END, greatest(0, l.score + points)) END,
    scored_on = today,
    scored = CASE WHEN l.scored_on = today THEN l.scored ELSE '{}' END || once_a_day,
    silence_points = 0,
    last_contact_at = greatest(l.last_contact_at, least((ending ->> 'heard_at')::timestamptz, app.now())),
    is_priority = l.is_priority OR (ending ->> 'priority')::boolean,
    assigned_user_id = coalesce(chosen, l.assigned_user_id),
    refused_replies = CASE validation WHEN 'blocked' THEN l.refused_replies + 1
      WHEN 'valid' THEN 0 WHEN 'regenerated' THEN 0 ELSE l.refused_replies END,
    needs_review = l.needs_review OR (validation = 'blocked' AND l.refused_replies + 1 >= most_refused) IS TRUE,
    converted_at = CASE WHEN has_booked THEN app.now() ELSE l.converted_at END
  WHERE l.contact_id = contact
  RETURNING OLD.stage AS stage_was, l.stage AS stage_now, OLD.score AS score_was, l.score AS score_now,
    l.refused_replies, OLD.refused_replies AS refused_before, OLD.assigned_user_id AS was_whose INTO lead;

  INSERT INTO public.lead_events (contact_id, kind, detail, created_by)
  SELECT contact, event.kind, event.detail, 'ai' FROM (VALUES
    ('score_change', jsonb_build_object('from', lead.score_was, 'to', lead.score_now, 'signals', ending -> 'signals'),
      lead.score_was <> lead.score_now),
    ('reopened', '{}', lead.stage_was = 'lost'),
    ('stage_change', jsonb_build_object('from', lead.stage_was, 'to', lead.stage_now), lead.stage_was <> lead.stage_now),
    ('converted', '{}', has_booked),
    ('handoff', jsonb_build_object('trigger', cause, 'reason', ending ->> 'reason'), cause IS NOT NULL),
    ('assigned', jsonb_build_object('user_id', chosen), chosen IS NOT NULL AND chosen IS DISTINCT FROM lead.was_whose)
  ) AS event (kind, detail, happened) WHERE event.happened;
  IF lead.refused_replies = most_refused AND lead.refused_before < lead.refused_replies THEN
    INSERT INTO public.notifications (kind, level, conversation_id, detail, once_key)
    VALUES ('replies_refused', 'warning', (ending ->> 'conversation')::uuid,
      jsonb_build_object('count', lead.refused_replies), 'replies_refused:' || (ending ->> 'turn'))
    ON CONFLICT DO NOTHING;
  END IF;
END
$$;

-- The end of a turn, if the conversation is still this turn's: reply, hand-off, lead, accounts, and the lease is given back.
CREATE OR REPLACE FUNCTION app.finish_turn(organization uuid, actor text, ending jsonb)
RETURNS TABLE (outcome text, newer jsonb, send_in double precision, handed_over_at timestamptz)
LANGUAGE plpgsql
-- Plans are made once: a sandbox lives for a few turns, and each plan of these statements costs more than one.
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  conversation uuid := ending ->> 'conversation';
  turn uuid := ending ->> 'turn';
  cause text := ending ->> 'trigger';
  reason text := ending ->> 'reason';
  how_urgent text := ending ->> 'urgency';
  is_urgent boolean := (ending ->> 'priority')::boolean OR cause IS NOT NULL AND how_urgent IS NOT DISTINCT FROM 'high';
  was_read uuid[] := ARRAY(SELECT jsonb_array_elements_text(ending -> 'read'));
  input CONSTANT integer := ending ->> 'input_tokens';
  output CONSTANT integer := ending ->> 'output_tokens';
  cost CONSTANT bigint := ending ->> 'cost_micros';
  place public.conversations%ROWTYPE;
  rules public.organization_settings%ROWTYPE;
  came uuid[];
  sent record;
  chosen uuid;
BEGIN
  PERFORM app.begin_tenant(organization, actor);
  -- In a statement of its own: what the next ones read is then from after the wait.
  SELECT c.* INTO place FROM public.conversations c WHERE c.id = conversation FOR UPDATE;
  SELECT coalesce(array_agg(m.id ORDER BY m.provider_at, m.id), '{}'),
    coalesce(jsonb_agg(app.heard(m, place.channel_account_id) ORDER BY m.provider_at, m.id), '[]')
  INTO came, newer
  FROM public.messages m
  WHERE m.conversation_id = conversation AND m.awaits_answer AND m.turn_id IS NULL AND m.id <> ALL (was_read);

  IF ((place.fence, place.lease_token, place.state) = ((ending ->> 'fence')::bigint, (ending ->> 'token')::uuid, 'ai')) IS NOT TRUE THEN
    outcome := 'superseded';
    newer := '[]';
  ELSIF (ending ->> 'join')::boolean AND came <> '{}' THEN
    outcome := 'joined';
    UPDATE public.turns t SET message_ids = was_read || came WHERE t.id = turn;
  ELSE
    outcome := 'replied';
    SELECT s.* INTO rules FROM public.organization_settings s;
    INSERT INTO public.outbox AS o (conversation_id, turn_id, kind, author, content, due_at)
    VALUES (conversation, turn, ending ->> 'kind', 'bot', ending -> 'content',
      greatest(app.now(), (ending ->> 'heard_at')::timestamptz + (ending ->> 'delay')::interval))
    RETURNING o.id, o.due_at INTO sent;
    send_in := extract(epoch FROM sent.due_at - app.now());
    INSERT INTO public.messages (conversation_id, sender, kind, text, details, provider_at, turn_id, outbox_id, delivery)
    VALUES (conversation, 'agent', 'text', ending -> 'content' ->> 'text', ending -> 'content', app.now(), turn, sent.id, 'queued');
    UPDATE public.messages m SET turn_id = turn, flags = ARRAY(SELECT jsonb_array_elements_text(ending -> 'flags' -> m.id::text))
    WHERE m.id = ANY (was_read);
    IF cause IS NOT NULL THEN
      chosen := app.choose_person();
    END IF;
    IF NOT (ending ->> 'is_owner')::boolean THEN
      PERFORM app.score_lead(place.contact_id, ending || jsonb_build_object('chosen', chosen));
    END IF;
    IF ending ->> 'knowledge' <> '[]' THEN
      PERFORM app.count_knowledge(ARRAY(SELECT jsonb_array_elements_text(ending -> 'knowledge')::uuid));
    END IF;
    IF ending ->> 'wordings' <> '[]' THEN
      UPDATE public.wordings w SET usage_count = w.usage_count + 1, last_used_at = app.now()
      WHERE w.id = ANY (ARRAY(SELECT jsonb_array_elements_text(ending -> 'wordings')::uuid));
    END IF;
    IF (ending ->> 'opts_out')::boolean THEN
      INSERT INTO public.consents (contact_id, purpose, is_given, source)
      SELECT p.id, 'marketing', false, 'said' FROM public.contacts p WHERE p.id = place.contact_id AND p.opted_out_at IS NULL;
    END IF;
    -- An owner is not handed over to their own team; that nobody could answer them is still somebody's to look at.
    IF cause IS NOT NULL OR ending ->> 'task' = 'gave_up' THEN
      INSERT INTO public.staff_tasks (conversation_id, kind, detail) VALUES (conversation, ending ->> 'task', coalesce(reason, 'gave_up'));
    END IF;
    IF cause IS NOT NULL THEN
      INSERT INTO public.notifications (kind, level, conversation_id, detail, once_key)
      -- Without a name it is meant for everybody who is there.
      VALUES ('handoff', CASE how_urgent WHEN 'critical' THEN 'error' ELSE 'warning' END, conversation, jsonb_build_object('trigger', cause, 'reason', reason)
        || CASE WHEN chosen IS NULL THEN '{}' ELSE jsonb_build_object('user_id', chosen) END, 'handoff:' || turn)
      ON CONFLICT DO NOTHING;
    END IF;
    -- The month's leads come near to what the shop's plan allows.
    INSERT INTO public.notifications (kind, level, detail, once_key)
    SELECT 'leads_' || flag.percent, 'warning', jsonb_build_object('leads', u.amount, 'allowance', rules.lead_allowance),
      'leads_' || flag.percent || ':' || to_char(u.day, 'YYYY-MM')
    FROM (VALUES (80), (100)) AS flag (percent), public.usage_counters u
    WHERE u.metric = 'leads' AND u.day = date_trunc('month', app.now() AT TIME ZONE rules.time_zone)::date
      AND u.amount * 100 >= rules.lead_allowance * flag.percent
    ON CONFLICT DO NOTHING;

    -- With what the model has used since the journal last counted. Late: all turns of a shop meet here. Before the conversation
    -- is given to anybody, who would drop a turn that still runs.
    UPDATE public.turns t SET state = ending ->> 'state', intent = ending ->> 'intent', confidence = (ending ->> 'confidence')::smallint,
      urgency = ending ->> 'urgency', sentiment = ending ->> 'sentiment', journey = ending ->> 'journey',
      outcome = coalesce(cause, 'replied'), handoff_trigger = cause, validation = ending ->> 'validation', finished_at = app.now(),
      input_tokens = t.input_tokens + input, output_tokens = t.output_tokens + output, cost_micros = t.cost_micros + cost
    WHERE t.id = turn;
    UPDATE public.conversations c SET
      lease_token = NULL, lease_until = NULL, last_message_at = app.now(), agent_turns = c.agent_turns + 1,
      state = CASE WHEN cause IS NULL THEN 'ai' ELSE 'waiting_human' END,
      handoff_reason = coalesce(reason, c.handoff_reason),
      handoff_at = CASE WHEN cause IS NULL THEN c.handoff_at ELSE app.now() END,
      assigned_user_id = chosen,
      returns_at = CASE WHEN cause IS NOT NULL THEN app.now() + rules.waiting_timeout END,
      priority = CASE WHEN how_urgent = 'critical' THEN 'urgent' WHEN is_urgent AND c.priority IN ('low', 'normal') THEN 'high' ELSE c.priority END,
      answer_at = CASE WHEN came <> '{}' THEN app.now() END
    WHERE c.id = conversation
    RETURNING CASE WHEN c.state = 'waiting_human' THEN c.handoff_at END INTO handed_over_at;
  END IF;

  IF outcome <> 'replied' THEN
    -- Whatever becomes of the turn, this is used.
    UPDATE public.turns t SET input_tokens = t.input_tokens + input, output_tokens = t.output_tokens + output, cost_micros = t.cost_micros + cost
    WHERE t.id = turn;
  END IF;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.score_lead(uuid, jsonb), app.finish_turn(uuid, text, jsonb) TO auzap_app;

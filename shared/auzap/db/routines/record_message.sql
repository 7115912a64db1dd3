-- What its own sender deleted is nobody's to see any more, and waits for nothing.
CREATE OR REPLACE FUNCTION app.take_back(account uuid, writer uuid, original text, sender text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  -- With what it was changed to, each change being a message of its own.
  taken CONSTANT uuid[] := ARRAY(
    SELECT m.id FROM public.message_keys k
    JOIN public.messages m ON m.id = k.message_id JOIN public.conversations c ON c.id = m.conversation_id
    WHERE k.channel_account_id = account AND k.provider_id = original AND m.sender = take_back.sender
      AND m.revoked_at IS NULL AND c.contact_id = writer
    UNION ALL
    SELECT m.id FROM public.conversations c JOIN public.messages m ON m.conversation_id = c.id
    WHERE c.channel_account_id = account AND c.contact_id = writer AND m.kind = 'edit' AND m.sender = take_back.sender
      AND m.revoked_at IS NULL AND m.details ->> 'original_message_id' = original);
BEGIN
  UPDATE public.messages SET text = '', details = '{}', revoked_at = app.now(), awaits_answer = awaits_answer AND turn_id IS NOT NULL
  WHERE id = ANY (taken);
  UPDATE public.raw_elements SET element = '{}' WHERE id = ANY (taken);
  UPDATE public.media SET state = 'refused', reason = 'revoked' WHERE message_id = ANY (taken) AND state = 'waiting';
  -- What is in the bucket waits once more: for the worker that drops it.
  UPDATE public.media SET state = 'waiting', reason = 'revoked', object_key = NULL, attempts = 0, due_at = app.now()
  WHERE message_id = ANY (taken) AND state = 'stored';
  -- What was folded with it is forgotten, and the rest folded anew.
  UPDATE public.conversations c SET memory = NULL, memory_until = NULL
  WHERE c.memory_until >= (SELECT min(m.provider_at) FROM public.messages m WHERE m.id = ANY (taken) AND m.conversation_id = c.id);
  UPDATE public.conversations c SET answer_at = NULL
  WHERE c.id IN (SELECT m.conversation_id FROM public.messages m WHERE m.id = ANY (taken)) AND c.answer_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.messages m WHERE m.conversation_id = c.id AND m.awaits_answer AND m.turn_id IS NULL);
END
$$;

-- What nobody has read is as its writer last wrote it; what was read, or is being read, stays as it was read.
CREATE OR REPLACE FUNCTION app.write_anew(account uuid, writer uuid, original text, written text, written_at timestamptz)
RETURNS void
LANGUAGE sql
AS $$
  UPDATE public.messages m SET text = written, edited_at = written_at
  FROM public.message_keys k, public.conversations c
  WHERE k.channel_account_id = account AND k.provider_id = original AND m.id = k.message_id
    AND m.sender = 'customer' AND m.turn_id IS NULL AND m.revoked_at IS NULL AND c.id = m.conversation_id
    AND c.contact_id = writer AND (m.edited_at <= written_at) IS NOT FALSE
    AND NOT (c.lease_until > app.now() AND EXISTS (
      SELECT FROM public.turns t WHERE t.conversation_id = c.id AND t.state = 'running' AND m.id = ANY (t.message_ids))) IS TRUE
$$;

-- One message of a known customer with an open conversation; no row where either is still to be made.
CREATE OR REPLACE FUNCTION app.record_message(organization uuid, actor text, message jsonb)
RETURNS TABLE (conversation_id uuid, is_new boolean, answer_in double precision, media_id uuid, has_held boolean)
LANGUAGE plpgsql
-- Plans are made once, and by indexes: a table that was small then does not stay so.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  moment CONSTANT timestamptz := app.now();
  account CONSTANT uuid := message ->> 'account';
  wamid CONSTANT text := message ->> 'provider_id';
  kind CONSTANT text := message ->> 'kind';
  sent_at CONSTANT timestamptz := message ->> 'provider_at';
  writer uuid;
  place record;
  known record;
  -- What an edit or a deletion is about.
  original CONSTANT text := message ->> 'original';
  amended_by text;
  amended_text text;
  amended_at timestamptz;
  chosen uuid;
  new_id uuid;
  asks boolean := message ->> 'awaits';
  is_late boolean;
  is_for_people boolean;
  month date;
  -- Between these are the ids of what came lately, which is all that a message has to do with: a provider repeats itself for
  -- seven days. They keep the other months' partitions from being opened.
  lately CONSTANT uuid := uuidv7('-8 days');
  soon CONSTANT uuid := uuidv7('1 day');
BEGIN
  PERFORM FROM app.begin_tenant(organization, actor);
  -- The open conversation with the one contact whose all of the identities are. In a statement of its own: what the next ones
  -- read is then from after the wait. Whoever was merged meanwhile has no such conversation any more.
  SELECT c.id, c.contact_id, c.state, c.answer_at, c.lease_until, c.last_inbound_at, c.snoozed_until INTO place
  FROM public.conversations c
  WHERE c.channel_account_id = account AND c.state <> 'closed' AND c.contact_id = (
    SELECT CASE WHEN named[1] = ALL (named) THEN named[1] END FROM (
      SELECT array_agg(i.contact_id) AS named FROM jsonb_each_text(message -> 'identities') AS given
      LEFT JOIN public.contact_identities i ON i.channel = 'whatsapp' AND i.kind = given.key AND i.value = given.value) whose)
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  writer := place.contact_id;

  INSERT INTO public.message_keys (channel_account_id, provider_id, message_id) VALUES (account, wamid, uuidv7())
  ON CONFLICT DO NOTHING RETURNING message_id INTO new_id;
  IF kind = 'edit' AND new_id IS NOT NULL THEN
    PERFORM app.write_anew(account, writer, original, message ->> 'text', sent_at);
  ELSIF kind = 'revoke' AND new_id IS NOT NULL THEN
    PERFORM app.take_back(account, writer, original, 'customer');
  END IF;
  SELECT p.phone, p.profile_name, p.username, p.blocked_at, p.agent_off, p.last_counted_month,
    s.time_zone, s.burst_window, s.burst_cap, s.waiting_timeout,
    EXISTS (SELECT FROM public.outbox o WHERE o.conversation_id = place.id AND o.state = 'held') AS has_held,
    (SELECT min(m.recorded_at) FROM public.messages m
      WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL
        AND m.id > lately AND m.id < soon) AS unanswered_since
  INTO known FROM public.contacts p, public.organization_settings s WHERE p.id = writer;
  conversation_id := place.id;
  is_new := new_id IS NOT NULL;
  has_held := known.has_held;
  IF NOT is_new THEN
    -- Seen before: nothing changes, and what still waits is looked at.
    IF place.state = 'ai' AND known.unanswered_since IS NOT NULL THEN
      answer_in := greatest(0, extract(epoch FROM place.answer_at - moment));
    END IF;
    RETURN NEXT;
    RETURN;
  END IF;

  -- Written anew or taken back before it came: nobody promises an order of webhooks. What came last was then written no
  -- earlier than this; a little more, for clocks that differ. Of an edit, what it is about may have been taken back.
  IF place.last_inbound_at >= sent_at - interval '10 seconds' THEN
    SELECT a.kind, a.text, a.provider_at INTO amended_by, amended_text, amended_at FROM public.messages a
    WHERE a.conversation_id = place.id AND a.id > lately AND a.id < soon AND a.provider_at >= sent_at
      AND a.kind IN ('edit', 'revoke') AND a.sender = 'customer'
      AND a.details ->> 'original_message_id' = coalesce(original, wamid)
      AND (original IS NULL OR a.kind = 'revoke')
    ORDER BY a.kind = 'revoke' DESC, a.provider_at DESC, a.id DESC LIMIT 1;
  END IF;
  IF kind = 'edit' AND place.lease_until > moment THEN
    -- Who reads the original at this moment must read this before the reply.
    asks := EXISTS (
      SELECT FROM public.turns t JOIN public.message_keys k ON k.message_id = ANY (t.message_ids)
      WHERE t.conversation_id = place.id AND t.state = 'running'
        AND k.channel_account_id = account AND k.provider_id = original);
  END IF;
  asks := asks AND known.blocked_at IS NULL AND amended_by IS DISTINCT FROM 'revoke';
  -- Whom the shop has kept from the agent, people answer: whatever they write waits for no turn.
  is_for_people := asks AND known.agent_off AND NOT app.is_owner(known.phone);
  asks := asks AND NOT is_for_people;
  -- Whatever its age, the owner's answer to a customer is passed on, and nobody else waits for the owner.
  is_late := asks AND sent_at < moment - (message ->> 'too_late')::interval AND NOT app.is_owner(known.phone);

  INSERT INTO public.messages (
    id, conversation_id, sender, kind, text, details, provider_id, provider_at, quoted_provider_id, awaits_answer, edited_at, revoked_at)
  VALUES (
    new_id, place.id, 'customer', kind,
    CASE amended_by WHEN 'revoke' THEN '' WHEN 'edit' THEN amended_text ELSE message ->> 'text' END,
    CASE amended_by WHEN 'revoke' THEN '{}' ELSE message -> 'details' END,
    wamid, sent_at, message ->> 'quoted', asks AND NOT is_late,
    CASE amended_by WHEN 'edit' THEN amended_at END, CASE amended_by WHEN 'revoke' THEN moment END);
  INSERT INTO public.raw_elements (id, element)
  VALUES (new_id, CASE amended_by WHEN 'revoke' THEN '{}' ELSE message -> 'raw' END);
  IF message ->> 'media_id' IS NOT NULL AND amended_by IS DISTINCT FROM 'revoke' THEN
    INSERT INTO public.media (message_id, conversation_id, provider_media_id, kind, declared_type, filename)
    VALUES (new_id, place.id, message ->> 'media_id', kind, message ->> 'media_type', message ->> 'media_name')
    RETURNING id INTO media_id;
  END IF;
  IF is_late THEN
    INSERT INTO public.staff_tasks (conversation_id, kind, detail) SELECT place.id, 'arrived_late', sent_at::text
    WHERE NOT EXISTS (
      SELECT FROM public.staff_tasks t WHERE t.conversation_id = place.id AND t.kind = 'arrived_late' AND t.done_at IS NULL);
  END IF;

  month := date_trunc('month', moment AT TIME ZONE known.time_zone);
  IF known.last_counted_month IS DISTINCT FROM month
    OR known.profile_name IS DISTINCT FROM coalesce(message ->> 'profile_name', known.profile_name)
    OR known.username IS DISTINCT FROM coalesce(message ->> 'username', known.username)
  THEN
    UPDATE public.contacts p SET profile_name = coalesce(message ->> 'profile_name', p.profile_name),
      username = coalesce(message ->> 'username', p.username), last_counted_month = month WHERE p.id = writer;
  END IF;
  IF known.last_counted_month IS DISTINCT FROM month AND NOT app.is_owner(known.phone) THEN
    INSERT INTO public.usage_counters AS u (day, metric, amount) VALUES (month, 'leads', 1)
    ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + 1;
  END IF;
  IF jsonb_typeof(message -> 'utm') = 'object' AND NOT app.is_owner(known.phone) THEN
    INSERT INTO public.leads AS l (contact_id, source, utm) VALUES (writer, 'advertisement', message -> 'utm')
    ON CONFLICT (organization_id, contact_id) DO UPDATE SET utm = excluded.utm WHERE l.utm = '{}';
  END IF;

  UPDATE public.conversations c SET
    last_message_at = moment,
    last_inbound_at = greatest(c.last_inbound_at, least(sent_at, moment)),
    reply_to = message ->> 'reply_to',
    unread_count = c.unread_count + 1,
    -- What a sweep has hinted was for what was said before.
    hinted_at = CASE WHEN asks AND NOT is_late THEN NULL ELSE c.hinted_at END,
    answer_at = CASE
      WHEN asks AND NOT is_late THEN least(
        coalesce(known.unanswered_since, moment) + known.burst_cap,
        moment + known.burst_window
          * greatest((message ->> 'patience')::double precision, CASE WHEN known.unanswered_since IS NULL THEN 1 ELSE 1.5 END))
      ELSE c.answer_at END
  WHERE c.id = place.id
  RETURNING c.answer_at INTO place.answer_at;
  IF place.snoozed_until IS NOT NULL THEN
    UPDATE public.conversations c SET snoozed_until = NULL WHERE c.id = place.id;
  END IF;
  IF is_late AND place.state = 'ai' THEN
    UPDATE public.conversations c SET state = 'waiting_human', handoff_reason = 'arrived_late', handoff_at = moment,
      returns_at = moment + known.waiting_timeout, assigned_user_id = app.choose_person() WHERE c.id = place.id
    RETURNING c.assigned_user_id INTO chosen;
    INSERT INTO public.notifications (kind, level, conversation_id, detail) VALUES ('handoff', 'warning', place.id,
      jsonb_strip_nulls(jsonb_build_object('reason', 'arrived_late', 'user_id', chosen)));
  ELSIF is_for_people AND place.state = 'ai' THEN
    -- Until a person has it: no clock gives it back.
    UPDATE public.conversations c SET state = 'waiting_human', handoff_reason = 'agent_off', handoff_at = moment,
      returns_at = NULL, assigned_user_id = app.choose_person() WHERE c.id = place.id
    RETURNING c.assigned_user_id INTO chosen;
    INSERT INTO public.staff_tasks (conversation_id, kind, detail) VALUES (place.id, 'handoff', 'agent_off');
    INSERT INTO public.notifications (kind, level, conversation_id, detail) VALUES ('handoff', 'warning', place.id,
      jsonb_strip_nulls(jsonb_build_object('reason', 'agent_off', 'user_id', chosen)));
  ELSIF place.state = 'ai' THEN
    answer_in := extract(epoch FROM place.answer_at - moment);
  END IF;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.record_message(uuid, text, jsonb), app.take_back(uuid, uuid, text, text),
  app.write_anew(uuid, uuid, text, text, timestamptz) TO auzap_app;

-- A person who asks to be forgotten. What they said, and what was written of them, goes in pieces that one transaction holds;
-- visits, stays, turns and what was sent stay for their figures, as somebody's of whom nothing is known.
--
-- These functions belong to the owner of the tables, because journal, trail and moves let nobody else change anything. The
-- owner is under row security as everybody is, and each of them is about one person of the transaction's own shop.

-- The next part of what was said with a person; how many rows it was (none: nothing is left) and whose files it had.
CREATE FUNCTION app.erase_talk(person uuid, most integer) RETURNS TABLE (erased integer, object_keys text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  places uuid[] := ARRAY(SELECT c.id FROM public.conversations c WHERE c.contact_id = person);
  said uuid[] := ARRAY(SELECT m.id FROM public.messages m WHERE m.conversation_id = ANY (places) LIMIT most);
  thought uuid[];
BEGIN
  IF cardinality(said) > 0 THEN
    -- A file that is still on its way has its name already.
    object_keys := ARRAY(
      SELECT coalesce(f.object_key, format('media/%s/%s', f.organization_id, f.id)) FROM public.media f WHERE f.message_id = ANY (said));
    DELETE FROM public.message_keys k USING public.messages m, public.conversations c
    WHERE m.id = ANY (said) AND c.id = m.conversation_id AND k.channel_account_id = c.channel_account_id AND k.provider_id = m.provider_id;
    DELETE FROM public.raw_elements r WHERE r.id = ANY (said);
    DELETE FROM public.messages m WHERE m.id = ANY (said);
    RETURN QUERY SELECT cardinality(said), object_keys;
    RETURN;
  END IF;
  thought := ARRAY(
    SELECT t.id FROM public.turns t WHERE t.conversation_id = ANY (places) AND (
      t.message_ids <> '{}' OR num_nonnulls(t.intent, t.outcome, t.handoff_trigger) > 0
      OR EXISTS (SELECT FROM public.turn_steps s WHERE s.turn_id = t.id)) LIMIT most);
  DELETE FROM public.turn_steps s WHERE s.turn_id = ANY (thought);
  UPDATE public.turns t SET message_ids = '{}', intent = NULL, outcome = NULL, handoff_trigger = NULL WHERE t.id = ANY (thought);
  erased := cardinality(thought);
  IF erased = 0 THEN
    UPDATE public.outbox o SET content = '{}', provider_id = NULL, error_detail = NULL, once_key = NULL WHERE o.id IN (
      SELECT s.id FROM public.outbox s WHERE s.conversation_id = ANY (places) AND s.content <> '{}' LIMIT most);
    GET DIAGNOSTICS erased = ROW_COUNT;
  END IF;
  RETURN QUERY SELECT erased, '{}'::text[];
END
$$;

-- All else that is theirs. `known` are the ids of person, conversations, pets, stays and plans, `reached` the numbers and names
-- by which channels know them, `nobody` what stands where a row must have a word.
CREATE FUNCTION app.erase_records(person uuid, known text[], reached text[], nobody text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  places uuid[] := ARRAY(SELECT c.id FROM public.conversations c WHERE c.contact_id = person);
  animals uuid[] := ARRAY(SELECT p.id FROM public.pets p WHERE p.contact_id = person);
  visits uuid[] := ARRAY(SELECT b.id FROM public.bookings b WHERE b.contact_id = person);
  nights uuid[] := ARRAY(SELECT s.id FROM public.stays s WHERE s.contact_id = person);
  plans uuid[] := ARRAY(SELECT p.id FROM public.training_plans p WHERE p.contact_id = person);
  questions uuid[] := ARRAY(SELECT e.id FROM public.escalations e WHERE e.conversation_id = ANY (places));
  asked uuid[];
BEGIN
  -- What others of the shop were told on their telephones, by name: questions, and reminders of them.
  asked := ARRAY(
    SELECT e.asked_outbox_id FROM public.escalations e WHERE e.id = ANY (questions) AND e.asked_outbox_id IS NOT NULL
    UNION
    SELECT o.id FROM public.outbox o WHERE o.once_key IS NOT NULL AND split_part(o.once_key, ':', 2) = ANY (known || questions::text[]));
  UPDATE public.messages m SET text = '', details = '{}' WHERE m.outbox_id = ANY (asked);
  UPDATE public.outbox o SET content = '{}', error_detail = NULL WHERE o.id = ANY (asked) AND o.state NOT IN ('queued', 'held', 'sending');
  UPDATE public.outbox o SET content = '{}', state = 'cancelled' WHERE o.id = ANY (asked) AND o.state IN ('queued', 'held', 'sending');

  DELETE FROM public.stay_reports r WHERE r.stay_id = ANY (nights);
  DELETE FROM public.stay_activities a WHERE a.stay_id = ANY (nights);
  UPDATE public.stay_moves m SET reason = NULL WHERE m.stay_id = ANY (nights);
  UPDATE public.stays s SET state_reason = NULL, requests = '', emergency_contact = NULL, exams = '', restrictions = '',
    arrival = '{}', departure = '{}' WHERE s.id = ANY (nights);
  UPDATE public.booking_moves m SET reason = NULL WHERE m.booking_id = ANY (visits);
  UPDATE public.bookings b SET notes = '', status_reason = NULL WHERE b.id = ANY (visits);
  UPDATE public.booking_series s SET state = 'ended' WHERE s.contact_id = person AND s.state = 'active';
  UPDATE public.training_sessions s SET topics = '{}', skills = '{}', homework = '', achievements = '', challenges = '', notes = ''
  WHERE s.plan_id = ANY (plans);
  -- A plan that was made has an answer to everything.
  UPDATE public.training_plans p SET routine = left(p.routine, 0) || nobody, family = left(p.family, 0) || nobody,
    health_history = left(p.health_history, 0) || nobody, observation = left(p.observation, 0) || nobody, state_reason = NULL,
    problems = CASE WHEN p.problems = '{}' THEN '{}' ELSE ARRAY[nobody] END,
    goals = CASE WHEN p.goals = '{}' THEN '{}' ELSE ARRAY[nobody] END, long_term_goals = '{}'
  WHERE p.id = ANY (plans);

  DELETE FROM public.waitlist_entries w WHERE w.contact_id = person;
  DELETE FROM public.pending_actions a WHERE a.contact_id = person OR a.conversation_id = ANY (places);
  DELETE FROM public.escalations e WHERE e.id = ANY (questions);
  DELETE FROM public.health_alerts a WHERE a.pet_id = ANY (animals) OR a.conversation_id = ANY (places);
  DELETE FROM public.health_events e WHERE e.pet_id = ANY (animals);
  DELETE FROM public.memories m WHERE m.contact_id = person;
  DELETE FROM public.consents c WHERE c.contact_id = person;
  DELETE FROM public.lead_events e WHERE e.contact_id = person;
  DELETE FROM public.leads l WHERE l.contact_id = person;
  DELETE FROM public.conversation_notes n WHERE n.conversation_id = ANY (places);
  DELETE FROM public.security_incidents i WHERE i.conversation_id = ANY (places);
  DELETE FROM public.staff_tasks t WHERE t.conversation_id = ANY (places) OR t.detail ~ (array_to_string(known, '|'));
  DELETE FROM public.notifications n WHERE n.conversation_id = ANY (places) OR n.detail::text ~ (array_to_string(known, '|'));
  UPDATE public.conversation_moves m SET reason = NULL WHERE m.conversation_id = ANY (places);
  UPDATE public.conversations c SET reply_to = '', handoff_reason = NULL, tags = '{}', summary = NULL, summary_at = NULL,
    memory = NULL, memory_until = NULL WHERE c.id = ANY (places);
  -- A letter may name the person and no conversation; what was answered to a request may hold anything of theirs.
  UPDATE public.dead_letters l SET body = '{}', state = CASE WHEN l.state = 'kept' THEN 'discarded' ELSE l.state END
  WHERE l.conversation_id = ANY (places)
    OR EXISTS (SELECT FROM unnest(reached) AS name WHERE position(name IN l.body::text) > 0);
  DELETE FROM public.idempotency_keys k WHERE k.response::text ~ (array_to_string(known, '|'));
  UPDATE public.import_rows r SET given = '{"cells": [], "values": {}}', contact_id = NULL
  WHERE r.contact_id = person OR r.given -> 'values' ->> 'phone' = ANY (reached);
  DELETE FROM public.contact_merges m WHERE m.kept_id::text = ANY (known);

  UPDATE public.pets p SET name = nobody, is_active = false, nickname = NULL, breed = NULL, birth_date = NULL, colour = NULL,
    microchip = NULL, temperament = NULL, fears = NULL, likes = NULL, allergies = NULL, medication = NULL, diet = NULL,
    handling = NULL, medical_notes = '', vet = NULL, custom = '{}'
  WHERE p.id = ANY (animals);
  UPDATE public.contacts c SET name = nobody, profile_name = NULL, username = NULL, phone = NULL, email = NULL, birth_date = NULL,
    address = NULL, tags = '{}', notes = '', keeper_user_id = NULL, is_vip = NULL, custom = '{}', agent_off = true,
    opted_out_at = coalesce(c.opted_out_at, app.now())
  WHERE c.id = person;
END
$$;

-- The next part of the trail: rows that speak of the person say nothing any more, and their digests stand. How many rows were
-- looked at, and the last of them.
CREATE FUNCTION app.erase_trail(known text[], since uuid, most integer) RETURNS TABLE (seen integer, last_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH looked_at AS MATERIALIZED (
    SELECT a.id, a.table_name, a.row_id, a.before, a.after FROM public.audit a
    WHERE since IS NULL OR a.id > since ORDER BY a.id LIMIT most
  ), erased AS (
    UPDATE public.audit a SET salt = NULL, before = NULL, after = NULL, address = NULL,
      row_key = CASE WHEN a.row_id IS NULL THEN '{}' ELSE a.row_key END
    FROM looked_at l
    -- That somebody was erased is told of them, and no more.
    WHERE a.id = l.id AND l.table_name <> 'jobs' AND (l.row_id::text = ANY (known) OR EXISTS (
      SELECT FROM jsonb_each_text(coalesce(l.before, '{}')) said WHERE said.value = ANY (known)) OR EXISTS (
      SELECT FROM jsonb_each_text(coalesce(l.after, '{}')) said WHERE said.value = ANY (known)))
    RETURNING a.id
  )
  SELECT count(*)::integer, (SELECT l.id FROM looked_at l ORDER BY l.id DESC LIMIT 1) FROM looked_at
$$;

REVOKE EXECUTE ON FUNCTION app.erase_talk(uuid, integer), app.erase_records(uuid, text[], text[], text), app.erase_trail(text[], uuid, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.erase_talk(uuid, integer), app.erase_records(uuid, text[], text[], text), app.erase_trail(text[], uuid, integer)
  TO auzap_app;

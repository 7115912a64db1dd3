-- The first day on which anything is known of a customer of the shop; NULL where nothing is.
CREATE OR REPLACE FUNCTION app.first_day() RETURNS date
LANGUAGE sql STABLE
AS $$
  SELECT (least(
    uuid_extract_timestamp((SELECT p.id FROM public.contacts p ORDER BY p.id LIMIT 1)),
    uuid_extract_timestamp((SELECT m.id FROM public.messages m ORDER BY m.id LIMIT 1))) AT TIME ZONE s.time_zone)::date
  FROM public.organization_settings s
$$;

-- What one day of the shop's own comes to: of what was said and done with customers, and not with the owner's people. An id
-- tells when its row was written, so that a day is a range of the primary key. `counted` says that all is there.
CREATE OR REPLACE FUNCTION app.day_figures(day date) RETURNS TABLE (metric text, amount bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  zone CONSTANT text := (SELECT s.time_zone FROM public.organization_settings s);
  first CONSTANT uuid := app.uuid_floor(day::timestamp AT TIME ZONE zone);
  after CONSTANT uuid := app.uuid_floor((day + 1)::timestamp AT TIME ZONE zone);
  -- From ten in the evening to eight in the morning: the two ends of the day.
  night_ends CONSTANT timestamptz := (day + time '08:00') AT TIME ZONE zone;
  night_begins CONSTANT timestamptz := (day + time '22:00') AT TIME ZONE zone;
  own CONSTANT uuid[] := ARRAY(
    SELECT c.id FROM public.conversations c WHERE c.contact_id = ANY ((SELECT app.owner_contacts())::uuid[]));
  -- In which a person was called: not where one had it already, and somebody else was chosen.
  calls CONSTANT uuid[] := ARRAY(
    SELECT v.id FROM public.conversation_moves v
    WHERE v.id >= first AND v.id < after AND v.to_state = 'waiting_human' AND v.from_state NOT IN ('waiting_human', 'human')
      AND v.conversation_id <> ALL (own));
  called CONSTANT uuid[] := ARRAY(SELECT v.conversation_id FROM public.conversation_moves v WHERE v.id = ANY (calls));
  -- When the shop is open on that day; a special day has its own hours, or none.
  is_open CONSTANT tstzmultirange := (
    SELECT coalesce(range_agg(tstzrange((day + h.opens) AT TIME ZONE zone, (day + h.closes) AT TIME ZONE zone)), '{}') FROM (
      SELECT d.opens, d.closes FROM public.special_days d WHERE d.day = day_figures.day AND d.opens IS NOT NULL
      UNION ALL
      SELECT o.opens, o.closes FROM public.opening_hours o
      WHERE o.weekday = extract(isodow FROM day) - 1
        AND NOT EXISTS (SELECT FROM public.special_days d WHERE d.day = day_figures.day)) h);
BEGIN
  RETURN QUERY VALUES ('counted', 1::bigint);
  RETURN QUERY
    SELECT unnest(ARRAY[
        'received', 'by_agent', 'by_staff', 'by_system', 'spoken_with', 'received_at_night', 'by_agent_at_night', 'served_at_night',
        'by_agent_when_closed', 'called', 'resolved']),
      unnest(ARRAY[
        sum(talk.received)::bigint, sum(talk.by_agent)::bigint, sum(talk.by_staff)::bigint, sum(talk.by_system)::bigint,
        count(*) FILTER (WHERE talk.received > 0), sum(talk.received_at_night)::bigint, sum(talk.by_agent_at_night)::bigint,
        count(*) FILTER (WHERE talk.by_agent_at_night > 0), sum(talk.when_closed)::bigint,
        count(*) FILTER (WHERE talk.received > 0 AND talk.id = ANY (called)),
        count(*) FILTER (WHERE talk.received > 0 AND talk.by_agent > 0 AND talk.by_staff = 0 AND talk.id <> ALL (called))])
    -- By the talk first: to count the different ones of many messages is to sort them.
    FROM (
      SELECT m.conversation_id AS id, count(*) FILTER (WHERE m.sender = 'customer') AS received, count(*) FILTER (WHERE m.sender = 'agent') AS by_agent,
        count(*) FILTER (WHERE m.sender = 'staff') AS by_staff, count(*) FILTER (WHERE m.sender = 'system') AS by_system,
        count(*) FILTER (WHERE m.sender = 'customer' AND (m.recorded_at < night_ends OR m.recorded_at >= night_begins))
          AS received_at_night,
        count(*) FILTER (WHERE m.sender = 'agent' AND (m.recorded_at < night_ends OR m.recorded_at >= night_begins))
          AS by_agent_at_night,
        count(*) FILTER (WHERE m.sender = 'agent' AND NOT is_open @> m.recorded_at) AS when_closed
      FROM public.messages m
      WHERE m.id >= first AND m.id < after AND NOT m.imported AND m.conversation_id <> ALL (own)
        AND m.kind NOT IN ('system', 'edit', 'revoke', 'reaction', 'request_welcome')
      GROUP BY m.conversation_id) talk;
  RETURN QUERY
    -- From the first message that it answers, whose id tells when it came, until the answer was there.
    SELECT unnest(ARRAY['turns', 'turns_answered', 'answer_milliseconds_median', 'answer_milliseconds_p95']),
      unnest(ARRAY[waited.turns, waited.answered, waited.milliseconds[1]::bigint, waited.milliseconds[2]::bigint])
    FROM (
      SELECT count(*) AS turns, count(*) FILTER (WHERE t.state = 'answered') AS answered,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY greatest(0, extract(epoch FROM
          t.finished_at - uuid_extract_timestamp(t.message_ids[1])) * 1000)::float8) FILTER (WHERE t.state = 'answered') AS milliseconds
      FROM public.turns t WHERE t.id >= first AND t.id < after AND t.conversation_id <> ALL (own)) waited;
  RETURN QUERY
    SELECT told.metric, sum(understood.turns)::bigint
    FROM (
      SELECT t.intent, t.sentiment, count(*) AS turns FROM public.turns t
      WHERE t.id >= first AND t.id < after AND t.conversation_id <> ALL (own) GROUP BY 1, 2) understood,
      LATERAL (VALUES ('intent:' || understood.intent), ('sentiment:' || understood.sentiment)) AS told (metric)
    WHERE told.metric IS NOT NULL GROUP BY 1;
  RETURN QUERY
    SELECT 'conversations', count(*) FROM public.conversations c WHERE c.id >= first AND c.id < after AND c.id <> ALL (own);
  RETURN QUERY VALUES ('hand_offs', cardinality(calls)::bigint);
  RETURN QUERY
    -- Why, by a name of ours: what the agent wrote of it is a customer's, and would outlast them here.
    SELECT 'called_for:' || coalesce(t.handoff_trigger, CASE WHEN v.reason ~ '^[a-z_]+$' THEN v.reason ELSE 'agent' END), count(*)
    FROM public.conversation_moves v
    LEFT JOIN public.turns t ON t.conversation_id = v.conversation_id AND t.finished_at = v.moved_at
    WHERE v.id = ANY (calls) GROUP BY 1;
  RETURN QUERY
    SELECT 'questions', count(*) FROM public.escalations e WHERE e.id >= first AND e.id < after AND e.kind <> 'technical';
  RETURN QUERY
    SELECT 'leads', count(*) FROM public.leads l WHERE l.id >= first AND l.id < after
      AND l.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[]);
  RETURN QUERY
    SELECT 'pets', count(*) FROM public.pets p WHERE p.id >= first AND p.id < after;
  RETURN QUERY
    SELECT unnest(ARRAY['booked_by_agent', 'booked_by_others', 'booked_at_night']),
      unnest(ARRAY[
        count(*) FILTER (WHERE b.source IN ('agent', 'waitlist')), count(*) FILTER (WHERE b.source NOT IN ('agent', 'waitlist')),
        count(*) FILTER (
          WHERE b.source IN ('agent', 'waitlist') AND (b.created_at < night_ends OR b.created_at >= night_begins))])
    FROM public.bookings b
    WHERE b.id >= first AND b.id < after AND b.source <> 'import';
END
$$;

GRANT EXECUTE ON FUNCTION app.first_day(), app.day_figures(date) TO auzap_app;

-- Vaccines against the same, whatever the letter and the number on the bottle: V8, V10 and a polyvalent one are one.
CREATE OR REPLACE FUNCTION app.vaccine_family(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lower(name) ~ '^(v ?[0-9]{1,2}|polivalente|m[uú]ltipla)$' THEN 'polyvalent' ELSE lower(name) END;

-- The last of each thing that was done for pets: of vaccines the last of each family, of all else the last of its kind.
CREATE OR REPLACE FUNCTION app.last_health_events() RETURNS SETOF public.health_events
LANGUAGE sql STABLE
AS $$ SELECT e.* FROM public.health_events e WHERE e.is_last $$;

-- How late is how bad, in days; without them: it was never done.
CREATE OR REPLACE FUNCTION app.overdue_rules()
RETURNS TABLE (kind text, alert text, severity text, more_than integer, up_to integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  VALUES ('vaccine', 'vaccine_overdue', 'critical', 90, NULL), ('vaccine', 'vaccine_overdue', 'high', 30, 90),
    ('deworming', 'deworming_overdue', 'high', 180, NULL), ('deworming', 'deworming_overdue', 'medium', 90, 180),
    ('checkup', 'exam_overdue', 'high', 365, NULL), ('checkup', 'exam_overdue', 'medium', 180, 365),
    ('checkup', 'exam_overdue', 'medium', NULL, NULL)
$$;

-- What living pets are late with, so late that somebody should see to it: of each kind of it the worst.
CREATE OR REPLACE FUNCTION app.overdue_health(today date)
RETURNS TABLE (pet_id uuid, kind text, name text, due_on date, days_late integer, severity text)
LANGUAGE sql STABLE
AS $$
  SELECT DISTINCT ON (p.id, rule.alert) p.id, rule.alert, late.name, late.due_on, today - late.due_on, rule.severity
  FROM public.pets p
  CROSS JOIN app.overdue_rules() rule
  LEFT JOIN app.last_health_events() late ON late.pet_id = p.id AND late.kind = rule.kind
  WHERE p.is_active AND CASE WHEN late.id IS NULL THEN rule.more_than IS NULL
    ELSE today - late.due_on > rule.more_than AND (rule.up_to IS NULL OR today - late.due_on <= rule.up_to) END
  ORDER BY p.id, rule.alert, late.due_on
$$;

-- What somebody should look at: what was raised and is open, what is overdue, and behaviour below half; the worst of a kind.
CREATE OR REPLACE FUNCTION app.pet_alerts(today date)
RETURNS TABLE (pet_id uuid, kind text, severity text, id uuid, days_late integer)
LANGUAGE sql STABLE
AS $$
  SELECT DISTINCT ON (found.pet_id, found.kind) found.pet_id, found.kind, found.severity, found.id, found.days_late
  FROM (
    SELECT a.pet_id, a.kind, a.severity, a.id, NULL::integer AS days_late FROM public.health_alerts a WHERE a.state = 'open'
    UNION ALL
    SELECT late.pet_id, late.kind, late.severity, NULL, late.days_late FROM app.overdue_health(today) late
    UNION ALL
    SELECT p.id, 'behaviour_critical', 'high', NULL, NULL FROM public.pets p WHERE p.is_active AND p.behaviour_score < 50
  ) found
  ORDER BY found.pet_id, found.kind, array_position(ARRAY['critical', 'high', 'medium', 'low'], found.severity), found.id
$$;

-- What a customer has been to the shop so far. A VIP has spent more than R$ 1.000, or has come ten times, or is one by the
-- shop's own word; who has not come for sixty days is inactive.
CREATE OR REPLACE FUNCTION app.customer_standing(contact uuid)
RETURNS TABLE (
  type text, bookings_completed integer, stays_finished integer, spent_cents bigint, cancelled integer,
  client_since timestamptz, last_visit timestamptz)
LANGUAGE sql STABLE
AS $$
  SELECT CASE
      WHEN p.is_vip OR p.is_vip IS NULL AND (sums.spent > 100000 OR booked.completed + stayed.finished >= 10) THEN 'vip'
      WHEN booked.completed + stayed.finished = 0 THEN 'new'
      WHEN sums.last_visit < app.now() - interval '60 days' THEN 'inactive'
      ELSE 'returning' END,
    booked.completed, stayed.finished, sums.spent, booked.cancelled,
    least(p.created_at, booked.first_visit, stayed.first_visit), sums.last_visit
  FROM public.contacts p
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE b.status = 'completed')::integer AS completed,
      -- Of their own making, which is told to the agent: not what the shop called off, nor what fell away with the pet.
      count(*) FILTER (WHERE b.status = 'cancelled' AND b.status_reason IS DISTINCT FROM 'pet_gone' AND EXISTS (
        SELECT FROM public.booking_moves m
        WHERE m.booking_id = b.id AND m.to_status = 'cancelled' AND m.actor = 'agent'))::integer AS cancelled,
      -- With its add-ons.
      coalesce(sum(b.price_cents) FILTER (WHERE b.status = 'completed'), 0)::bigint AS spent,
      min(b.starts_at) FILTER (WHERE b.status = 'completed') AS first_visit,
      max(b.starts_at) FILTER (WHERE b.status = 'completed') AS last_visit
    FROM public.bookings b WHERE b.contact_id = p.id) booked
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS finished, coalesce(sum(s.total_cents + coalesce(extras.cents, 0)), 0)::bigint AS spent,
      min(s.arrived_at) AS first_visit, max(s.left_at) AS last_visit
    FROM public.stays s
    LEFT JOIN LATERAL (
      SELECT sum(e.price_cents) AS cents FROM public.stay_extras e WHERE e.stay_id = s.id) extras ON true
    WHERE s.contact_id = p.id AND s.state = 'finished') stayed
  CROSS JOIN LATERAL (
    SELECT booked.spent + stayed.spent AS spent, greatest(booked.last_visit, stayed.last_visit) AS last_visit) sums
  WHERE p.id = contact
$$;

-- The same of a whole page of them, planned once for a session.
CREATE OR REPLACE FUNCTION app.standing_of(contacts uuid[])
RETURNS TABLE (
  contact_id uuid, type text, bookings_completed integer, stays_finished integer, spent_cents bigint, cancelled integer,
  client_since timestamptz, last_visit timestamptz)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN QUERY
  SELECT c.id, standing.* FROM unnest(contacts) AS c (id) CROSS JOIN LATERAL app.customer_standing(c.id) standing;
END
$$;

-- A pet's age in whole months.
CREATE OR REPLACE FUNCTION app.age_in_months(born date, today date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(year FROM age(today, born)) * 12 + extract(month FROM age(today, born)))::integer;

-- Who a customer is, for a turn: what the shop knows of them, of their pets, and what the agent remembers.
CREATE OR REPLACE FUNCTION app.customer_card(contact uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'name', coalesce(p.name, p.profile_name), 'is_new', standing.type = 'new', 'type', standing.type,
    'last_visit', standing.last_visit, 'bookings_completed', standing.bookings_completed,
    'tags', to_jsonb(p.tags), 'agent_off', p.agent_off, 'is_blocked', p.blocked_at IS NOT NULL,
    'pets', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', pet.id, 'name', pet.name, 'species', pet.species, 'breed', pet.breed, 'size', pet.size, 'coat', pet.coat,
        'age_months', app.age_in_months(pet.birth_date, today.day), 'temperament', pet.temperament,
        'allergies', pet.allergies, 'handling', pet.handling, 'alerts', alerts.found,
        'vaccine_due', vaccines.due_on, 'vaccines_verified', vaccines.are_verified)
        ORDER BY pet.created_at, pet.id), '[]')
      FROM public.pets pet
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('kind', alert.kind, 'severity', alert.severity) ORDER BY alert.kind), '[]') AS found
        FROM app.pet_alerts(today.day) alert WHERE alert.pet_id = pet.id) alerts
      CROSS JOIN LATERAL (
        -- Nothing known is not verified, and what is verified counts for as long as it holds.
        SELECT min(e.due_on) AS due_on, coalesce(bool_and(e.is_verified AND e.due_on >= today.day), false) AS are_verified
        FROM app.last_health_events() e WHERE e.pet_id = pet.id AND e.kind = 'vaccine') vaccines
      WHERE pet.contact_id = p.id AND pet.is_active),
    'memories', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'key', known.key, 'value', known.value, 'pet', known.pet, 'confidence', known.confidence, 'source', known.source)
        ORDER BY known.confidence DESC, known.learned_at DESC, known.id), '[]')
      FROM (
        SELECT m.id, m.key, m.value, pet.name AS pet, m.confidence, m.source, m.learned_at
        FROM public.memories m LEFT JOIN public.pets pet ON pet.id = m.pet_id
        WHERE m.contact_id = p.id AND m.forgotten_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > app.now())
        ORDER BY m.confidence DESC, m.learned_at DESC, m.id LIMIT 12) known))
  FROM public.contacts p
  CROSS JOIN LATERAL app.customer_standing(p.id) standing
  CROSS JOIN LATERAL (
    SELECT (app.now() AT TIME ZONE s.time_zone)::date AS day FROM public.organization_settings s) today
  WHERE p.id = contact
$$;

GRANT EXECUTE ON FUNCTION app.vaccine_family(text), app.last_health_events(), app.overdue_rules(), app.overdue_health(date),
  app.pet_alerts(date), app.customer_standing(uuid), app.standing_of(uuid[]),
  app.age_in_months(date, date), app.customer_card(uuid) TO auzap_app;

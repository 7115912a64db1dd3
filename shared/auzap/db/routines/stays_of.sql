-- Which of the six points of an assessment nobody has told yet.
CREATE OR REPLACE FUNCTION app.training_points_missing(plan public.training_plans) RETURNS text[]
LANGUAGE sql STABLE
RETURN array_remove(ARRAY[
  CASE WHEN plan.routine IS NULL THEN 'routine' END, CASE WHEN cardinality(plan.problems) = 0 THEN 'problems' END,
  CASE WHEN plan.family IS NULL THEN 'family' END, CASE WHEN plan.health_history IS NULL THEN 'health_history' END,
  CASE WHEN plan.observation IS NULL THEN 'observation' END, CASE WHEN cardinality(plan.goals) = 0 THEN 'goals' END], NULL);

-- What a turn knows of a customer's stays and training: what is to come and what runs, with what is still to be proved or told.
CREATE OR REPLACE FUNCTION app.stays_of(contact uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'stays', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', near.id, 'pet', p.name, 'kind', t.kind, 'room', t.name, 'from_day', near.from_day, 'until_day', near.until_day,
        'state', near.state, 'total_cents', near.total_cents, 'vaccines_ok', near.vaccines_ok, 'deworming_ok', near.deworming_ok)
        ORDER BY near.from_day, near.id), '[]')
      FROM (
        SELECT s.* FROM public.stays s
        WHERE s.contact_id = contact AND s.state IN ('awaiting_assessment', 'approved', 'staying')
        ORDER BY s.from_day, s.id LIMIT 5) near
      JOIN public.pets p ON p.id = near.pet_id JOIN public.room_types t ON t.id = near.room_type_id),
    'plans', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', l.id, 'pet', p.name, 'state', l.state, 'sessions_a_week', l.sessions_a_week, 'weeks', l.weeks,
        'starts_on', l.starts_on, 'missing', app.training_points_missing(l), 'next_session_at', (
          SELECT min(n.starts_at) FROM public.training_sessions n
          WHERE n.plan_id = l.id AND n.state = 'scheduled' AND n.starts_at > app.now()))
        ORDER BY l.id), '[]')
      FROM public.training_plans l JOIN public.pets p ON p.id = l.pet_id
      WHERE l.contact_id = contact AND l.state IN ('assessing', 'planned', 'running')))
$$;

GRANT EXECUTE ON FUNCTION app.stays_of(uuid), app.training_points_missing(public.training_plans) TO auzap_app;

-- A session of a training plan on a day that has room for one more of the shop's: false where it has none.
CREATE OR REPLACE FUNCTION app.place_session(plan uuid, session_number smallint, on_day date, starting timestamptz) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  free smallint;
BEGIN
  LOOP
    SELECT min(n) INTO free FROM public.organization_settings s, generate_series(1, s.training_sessions_a_day) AS n
    WHERE s.training_sessions_a_day > (
        SELECT count(*) FROM public.training_sessions t
        WHERE t.day = on_day AND t.state IN ('scheduled', 'completed', 'missed'))
      AND NOT EXISTS (
        SELECT FROM public.training_sessions t
        WHERE t.day = on_day AND t.place_no = n AND t.state IN ('scheduled', 'completed', 'missed'));
    IF free IS NULL THEN
      RETURN false;
    END IF;
    INSERT INTO public.training_sessions (plan_id, number, day, place_no, starts_at)
    VALUES (plan, session_number, on_day, free, starting)
    ON CONFLICT (organization_id, day, place_no) WHERE state IN ('scheduled', 'completed', 'missed') DO NOTHING;
    IF FOUND THEN
      RETURN true;
    END IF;
  END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION app.place_session(uuid, smallint, date, timestamptz) TO auzap_app;

-- A stay's places made to fit its days: what it needs no more is given back, and each day without a place takes the first that
-- is free. The day that is full, or NULL. Day after day, so that two who want the same days wait for each other in one order.
CREATE OR REPLACE FUNCTION app.place_stay(stay uuid) RETURNS date
LANGUAGE plpgsql
AS $$
DECLARE
  wanted record;
  missing date;
  free smallint;
BEGIN
  SELECT s.room_type_id, s.from_day, s.until_day, t.capacity INTO STRICT wanted
  FROM public.stays s JOIN public.room_types t ON t.id = s.room_type_id WHERE s.id = stay;
  DELETE FROM public.stay_days d WHERE d.stay_id = stay
    AND (d.room_type_id <> wanted.room_type_id OR d.day < wanted.from_day OR d.day >= wanted.until_day);
  FOR missing IN
    SELECT wanted.from_day + passed FROM generate_series(0, wanted.until_day - wanted.from_day - 1) AS passed
    WHERE NOT EXISTS (SELECT FROM public.stay_days d WHERE d.stay_id = stay AND d.day = wanted.from_day + passed) ORDER BY passed
  LOOP
    LOOP
      -- Places beyond the capacity are of a time when there were more of them: their pets count all the same.
      SELECT min(n) INTO free FROM generate_series(1, wanted.capacity) AS n
      WHERE wanted.capacity > (
          SELECT count(*) FROM public.stay_days d WHERE d.room_type_id = wanted.room_type_id AND d.day = missing)
        AND NOT EXISTS (
          SELECT FROM public.stay_days d WHERE d.room_type_id = wanted.room_type_id AND d.day = missing AND d.number = n);
      IF free IS NULL THEN
        RETURN missing;
      END IF;
      INSERT INTO public.stay_days (stay_id, room_type_id, day, number) VALUES (stay, wanted.room_type_id, missing, free)
      ON CONFLICT (organization_id, room_type_id, day, number) DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$$;

GRANT EXECUTE ON FUNCTION app.place_stay(uuid) TO auzap_app;

-- What a customer's pets have before them: appointments to come, and the days for which they wait for a place.
CREATE OR REPLACE FUNCTION app.upcoming_of(contact uuid) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'bookings', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'pet', b.pet, 'service', b.service, 'addons', b.addons,
        'starts_at', b.starts_at, 'status', b.status) ORDER BY b.starts_at, b.pet, b.id), '[]')
      FROM (
        SELECT k.id, p.name AS pet, s.name AS service, k.starts_at, k.status,
          ARRAY(SELECT e.name FROM public.booking_addons a JOIN public.services e ON e.id = a.service_id
            WHERE a.booking_id = k.id ORDER BY e.position, e.name) AS addons
        FROM public.bookings k JOIN public.pets p ON p.id = k.pet_id JOIN public.services s ON s.id = k.service_id
        WHERE k.contact_id = contact AND k.starts_at > app.now() AND k.status IN ('requested', 'confirmed')
        ORDER BY k.starts_at, p.name, k.id LIMIT 10) b),
    'waitlist', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('service', s.name, 'pet', p.name, 'from_day', w.from_day,
        'until_day', w.until_day, 'state', w.state) ORDER BY w.from_day, w.id), '[]')
      FROM public.waitlist_entries w JOIN public.pets p ON p.id = w.pet_id JOIN public.services s ON s.id = w.service_id
      WHERE w.contact_id = contact AND w.state IN ('waiting', 'offered')))
$$;

GRANT EXECUTE ON FUNCTION app.upcoming_of(uuid) TO auzap_app;

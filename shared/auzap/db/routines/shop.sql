-- The shop of the transaction as one JSON, to be read by itself or among what else a turn needs.
CREATE OR REPLACE FUNCTION app.shop() RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'shop_name', s.shop_name, 'time_zone', s.time_zone, 'locale', s.locale, 'agent_name', s.agent_name,
    'about', s.about, 'address', s.address,
    'minimum_notice', extract(epoch FROM s.minimum_notice)::int,
    'booking_horizon', extract(epoch FROM s.booking_horizon)::int,
    'slot_grid', extract(epoch FROM s.slot_grid)::int,
    'human_delay', extract(epoch FROM s.human_delay)::float8,
    'parallel_bookings', s.parallel_bookings, 'asks_before_booking', s.asks_before_booking, 'staff_confirms', s.staff_confirms,
    'cancellation_notice', extract(epoch FROM s.cancellation_notice)::int, 'payment_methods', s.payment_methods,
    'voice', jsonb_build_object('style', s.agent_style, 'tone', s.agent_tone, 'emoji', s.agent_emoji, 'slang', s.agent_slang,
      'empathy', s.agent_empathy, 'instructions', s.instructions, 'emergency_contact', s.emergency_contact),
    'aurora', jsonb_build_object('style', s.aurora_style, 'tone', s.aurora_tone, 'manner', s.aurora_manner),
    'handoff_score', s.handoff_score, 'handoff_most_turns', s.handoff_most_turns,
    'handoff_confidence', s.handoff_confidence, 'handoff_intents', s.handoff_intents,
    'handoff_on_price', s.handoff_on_price, 'handoff_in_hours_only', s.handoff_in_hours_only,
    'fallback_message', s.fallback_message,
    'turn_token_cap', s.turn_token_cap, 'turn_cost_cap_micros', s.turn_cost_cap_micros,
    'contact_daily_token_cap', s.contact_daily_token_cap,
    'daily_token_cap', s.daily_token_cap, 'daily_cost_cap_micros', s.daily_cost_cap_micros,
    -- What a shop may have or not: the agent is told of it, and given tools for it, only where it is there.
    'offers', to_jsonb(array_remove(ARRAY[
      CASE WHEN EXISTS (SELECT FROM public.room_types t WHERE t.is_active) THEN 'lodging' END,
      CASE WHEN EXISTS (SELECT FROM public.services v WHERE v.is_active AND v.category = 'training') THEN 'training' END,
      CASE WHEN EXISTS (SELECT FROM public.products p WHERE p.is_active) THEN 'products' END], NULL)),
    'openings', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
        ORDER BY h.weekday, h.opens), '[]') FROM public.opening_hours h),
    'special_days', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('day', d.day, 'label', d.label, 'opens', d.opens, 'closes', d.closes)
        ORDER BY d.day, d.opens), '[]')
      FROM public.special_days d, (SELECT (app.now() AT TIME ZONE s.time_zone)::date AS today) t
      -- Stays and training are planned further ahead than appointments.
      WHERE d.day BETWEEN t.today - 1 AND t.today + 500))
  FROM public.organization_settings s
$$;

GRANT EXECUTE ON FUNCTION app.shop() TO auzap_app;

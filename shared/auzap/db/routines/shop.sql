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
    'parallel_bookings', s.parallel_bookings,
    'handoff_score', s.handoff_score, 'handoff_most_turns', s.handoff_most_turns,
    'handoff_confidence', s.handoff_confidence, 'handoff_intents', s.handoff_intents,
    'handoff_on_price', s.handoff_on_price, 'handoff_in_hours_only', s.handoff_in_hours_only,
    'fallback_message', s.fallback_message,
    'turn_token_cap', s.turn_token_cap, 'turn_cost_cap_micros', s.turn_cost_cap_micros,
    'contact_daily_token_cap', s.contact_daily_token_cap,
    'daily_token_cap', s.daily_token_cap, 'daily_cost_cap_micros', s.daily_cost_cap_micros,
    'openings', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
        ORDER BY h.weekday, h.opens), '[]') FROM public.opening_hours h))
  FROM public.organization_settings s
$$;

GRANT EXECUTE ON FUNCTION app.shop() TO auzap_app;

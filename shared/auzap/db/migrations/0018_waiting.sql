-- Whoever waits is looked at again when a place may have become free; what was offered and not taken is let go.
ALTER TABLE staff_tasks DROP CONSTRAINT staff_tasks_kind_check;
ALTER TABLE staff_tasks ADD CONSTRAINT staff_tasks_kind_check CHECK (kind IN (
  'handoff', 'gave_up', 'arrived_late', 'send_failed', 'window_closed', 'dead_letter', 'call_back', 'expired', 'review',
  'series_missed'));

-- expired: nobody answered it in time, and its place is offered to somebody else.
ALTER TABLE pending_actions DROP CONSTRAINT pending_actions_state_check;
ALTER TABLE pending_actions ADD CONSTRAINT pending_actions_state_check
  CHECK (state IN ('proposed', 'done', 'declined', 'refused', 'replaced', 'expired'));

-- What the server proposes by itself counts as shown when its message has left.
ALTER TABLE pending_actions ADD outbox_id uuid;
ALTER TABLE pending_actions ADD FOREIGN KEY (organization_id, outbox_id) REFERENCES outbox;
CREATE INDEX pending_actions_outbox ON pending_actions (organization_id, outbox_id) WHERE outbox_id IS NOT NULL;

-- Room between these instants, perhaps: whoever waits for one of their days is looked at now.
CREATE FUNCTION app.look_again(organization uuid, since timestamptz, until timestamptz) RETURNS void
LANGUAGE sql
AS $$
  UPDATE public.waitlist_entries w SET look_at = app.now()
  FROM (
    SELECT e.organization_id, e.id FROM public.waitlist_entries e
    JOIN public.organization_settings s ON s.organization_id = e.organization_id
    WHERE e.organization_id = organization AND e.state = 'waiting' AND e.look_at > app.now() AND until > app.now()
      AND e.from_day <= (until AT TIME ZONE s.time_zone)::date AND e.until_day >= (since AT TIME ZONE s.time_zone)::date
    -- In the order of their ids, so that two who cancel at once are not in each other's way.
    ORDER BY e.id FOR UPDATE OF e
  ) AS due
  WHERE w.organization_id = due.organization_id AND w.id = due.id
$$;
GRANT EXECUTE ON FUNCTION app.look_again(uuid, timestamptz, timestamptz) TO auzap_app;

-- Whoever has freed the place, and by whatever way.
CREATE FUNCTION app.notice_freed_place() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM app.look_again(OLD.organization_id, OLD.starts_at, OLD.ends_at);
  RETURN NULL;
END
$$;
CREATE TRIGGER freed AFTER UPDATE OR DELETE ON booking_places FOR EACH ROW EXECUTE FUNCTION app.notice_freed_place();

-- An offer that was declined, that came too late, or in whose place something else was asked: its customer waits on, for
-- another time, and this one is somebody else's.
CREATE FUNCTION app.let_offer_go() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM app.look_again(w.organization_id, w.offered_starts_at, w.offered_ends_at)
  FROM public.waitlist_entries w WHERE w.organization_id = NEW.organization_id AND w.offer_id = NEW.id;
  -- Last and later: the others come first.
  UPDATE public.waitlist_entries w SET state = 'waiting', refused = w.refused || w.offered_starts_at, offer_id = NULL,
    offered_starts_at = NULL, offered_ends_at = NULL, offer_expires_at = NULL, look_at = app.now() + interval '1 hour'
  WHERE w.organization_id = NEW.organization_id AND w.offer_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER let_go AFTER UPDATE OF state ON pending_actions FOR EACH ROW
  WHEN (OLD.state = 'proposed' AND NEW.state IN ('declined', 'refused', 'replaced', 'expired'))
  EXECUTE FUNCTION app.let_offer_go();

GRANT SELECT (organization_id, state, look_at) ON waitlist_entries TO auzap_lookup;
CREATE POLICY lookup ON waitlist_entries FOR SELECT TO auzap_lookup USING (state IN ('waiting', 'offered'));

-- Appointments that wait for the yes of the shop's people.
CREATE INDEX bookings_requested ON bookings (starts_at) WHERE status = 'requested';
GRANT SELECT (organization_id, status, starts_at) ON bookings TO auzap_lookup;
CREATE POLICY lookup ON bookings FOR SELECT TO auzap_lookup USING (status = 'requested');

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Shops where somebody on the waitlist is to be looked at by now. Not stamped: the job looks at each under its lock.
CREATE FUNCTION app.waiting_for_room(most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT w.organization_id FROM public.waitlist_entries w
  JOIN public.organizations o ON o.id = w.organization_id AND o.status = 'active'
  WHERE w.state IN ('waiting', 'offered') AND w.look_at <= app.now()
  GROUP BY w.organization_id ORDER BY min(w.look_at) LIMIT most
$$;

-- Shops with an appointment that nobody has confirmed, and that begins by then. The job looks at each under its lock.
CREATE FUNCTION app.undecided_requests(ahead interval, most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT b.organization_id FROM public.bookings b
  JOIN public.organizations o ON o.id = b.organization_id AND o.status = 'active'
  WHERE b.status = 'requested' AND b.starts_at <= app.now() + ahead
  GROUP BY b.organization_id ORDER BY min(b.starts_at) LIMIT most
$$;

REVOKE EXECUTE ON FUNCTION app.waiting_for_room(integer), app.undecided_requests(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.waiting_for_room(integer), app.undecided_requests(interval, integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;

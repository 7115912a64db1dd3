-- What is kept for its time and no longer, and more of what the panel hears of.

-- Whether customers hear of it when the shop's people cancel or move their appointment.
ALTER TABLE organization_settings ADD tells_of_changes boolean NOT NULL DEFAULT true;

-- The terms are data of the application (schedules/retention.py). What is about access is cleared in the shop of the transaction.
GRANT DELETE ON invitations, mails TO auzap_app;
GRANT SELECT (organization_id, id, created_at), DELETE ON access_events TO auzap_app;

GRANT CREATE ON SCHEMA app TO auzap_identity;
SET LOCAL ROLE auzap_identity;

-- Sessions of this shop that are long over, with their tokens; and links of its people that are good no more.
CREATE FUNCTION app.clear_sign_ins(keeps interval, most integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH links AS (
    DELETE FROM public.password_resets r USING public.memberships m
    WHERE m.organization_id = app.current_organization() AND m.user_id = r.user_id AND r.expires_at < app.now() RETURNING 1
  ), over AS (
    DELETE FROM public.sessions s WHERE s.id = ANY (ARRAY(
      SELECT o.id FROM public.sessions o
      WHERE o.organization_id = app.current_organization() AND coalesce(o.ended_at, o.expires_at) < app.now() - keeps LIMIT most))
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM over)::integer
$$;
REVOKE EXECUTE ON FUNCTION app.clear_sign_ins(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.clear_sign_ins(interval, integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_identity;

-- Whole months of what is large and short-lived go at once; last month's stays, because who is late still writes there.
CREATE PROCEDURE app.drop_partitions(parent regclass, keeps interval)
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  part record;
  last_month CONSTANT timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 month';
BEGIN
  FOR part IN
    SELECT c.oid::regclass AS name, to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' AS ends
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = parent
  LOOP
    IF part.ends AT TIME ZONE 'UTC' <= least(now() - keeps, last_month) THEN
      EXECUTE format('DROP TABLE %s', part.name);
    END IF;
  END LOOP;
END
$$;

-- Prices, hours and the like, which people change in the panel, and no message does.
GRANT CREATE ON SCHEMA app TO auzap_recorder;
SET LOCAL ROLE auzap_recorder;

-- A row that has no id of its own is a change of what it belongs to: a table, and the column that says which row of it.
CREATE FUNCTION app.record_change_of() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
  INSERT INTO public.changes (organization_id, table_name, row_id, operation)
  VALUES ((known ->> 'organization_id')::uuid, TG_ARGV[0], (known ->> TG_ARGV[1])::uuid, 'update');
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION app.record_change_of() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.record_change_of() TO auzap_owner;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_recorder;

CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON services FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON room_types FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON resources FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON staff_members FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON special_days FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON service_prices
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('services', 'service_id');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON service_addons
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('services', 'service_id');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON service_staff
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('services', 'service_id');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON room_rates
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('room_types', 'room_type_id');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON staff_hours
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('staff_members', 'staff_id');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON opening_hours
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('opening_hours', 'organization_id');
CREATE TRIGGER change AFTER UPDATE ON organization_settings
  FOR EACH ROW EXECUTE FUNCTION app.record_change_of('organization_settings', 'organization_id');

-- A customer who writes on where the agent has come to its limit: until a person has come, what they say is passed on to
-- whoever was asked.
ALTER TABLE conversations ADD forwarded_until timestamptz;
CREATE INDEX conversations_at_limit ON conversations (organization_id, id)
  WHERE handoff_reason = 'turns' AND state = 'waiting_human';

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Those who have said something since it was last passed on, and seem to have finished.
CREATE FUNCTION app.unforwarded_limits(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.organization_id, c.id FROM public.conversations c
  JOIN public.organizations o ON o.id = c.organization_id AND o.status = 'active'
  WHERE c.state = 'waiting_human' AND c.handoff_reason = 'turns' AND c.last_inbound_at <= app.now() - interval '20 seconds'
    AND c.last_inbound_at > coalesce(c.forwarded_until, c.handoff_at) AND c.last_inbound_at > app.now() - interval '1 day'
  ORDER BY c.last_inbound_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION app.unforwarded_limits(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.unforwarded_limits(integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;

-- The change feed, the audit trail, and the small ledgers of the house.
CREATE TABLE changes (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  table_name text NOT NULL,
  row_id uuid NOT NULL,
  operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
  -- Given after commit by the publisher, dense per tenant, so that a client sees a gap.
  position bigint,
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX changes_unnumbered ON changes (organization_id, id) WHERE position IS NULL;
CREATE INDEX changes_by_position ON changes (organization_id, position) WHERE position IS NOT NULL;
CALL app.protect('changes');
GRANT SELECT ON changes TO auzap_app;
GRANT UPDATE (position) ON changes TO auzap_app;
GRANT INSERT ON changes TO auzap_recorder;
CREATE POLICY record ON changes FOR INSERT TO auzap_recorder
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CALL app.create_partitions('changes', 3);

CREATE TABLE audit (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  table_name text NOT NULL,
  row_key jsonb NOT NULL,
  operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
  actor text NOT NULL,
  before jsonb,
  after jsonb,
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX audit_by_table ON audit (organization_id, table_name, id);
CALL app.protect('audit');
GRANT SELECT ON audit TO auzap_app;
GRANT INSERT ON audit TO auzap_recorder;
CREATE POLICY record ON audit FOR INSERT TO auzap_recorder
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CALL app.create_partitions('audit', 3);

CREATE TABLE dead_letters (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  queue text NOT NULL,
  message_id text NOT NULL,
  body jsonb NOT NULL,
  receives integer NOT NULL,
  conversation_id uuid,
  state text NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'redriven', 'discarded')),
  recorded_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (organization_id, queue, message_id);
CALL app.protect('dead_letters');
GRANT SELECT, INSERT, UPDATE ON dead_letters TO auzap_app;

CREATE TABLE idempotency_keys (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  scope text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  fingerprint bytea NOT NULL,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, scope, key)
);
CALL app.protect('idempotency_keys');
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO auzap_app;

CREATE TABLE usage_counters (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  day date NOT NULL,
  metric text NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (organization_id, day, metric)
);
CALL app.protect('usage_counters');
GRANT SELECT, INSERT, UPDATE ON usage_counters TO auzap_app;

-- A due job runs once for its nominal time, however often its clock ticks.
CREATE TABLE job_runs (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  job text NOT NULL,
  subject uuid NOT NULL,
  nominal_at timestamptz NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, job, subject, nominal_at)
);
CALL app.protect('job_runs');
GRANT SELECT, INSERT, DELETE ON job_runs TO auzap_app;

-- The two triggers that feed changes and audit. They run as the recorder, who may insert there and do nothing else.
GRANT CREATE ON SCHEMA app TO auzap_recorder;
SET LOCAL ROLE auzap_recorder;

-- On a partitioned table the trigger fires on a partition: its argument names the table it stands for.
CREATE FUNCTION app.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.changes (organization_id, table_name, row_id, operation)
  VALUES (
    coalesce(NEW.organization_id, OLD.organization_id), coalesce(TG_ARGV[0], TG_TABLE_NAME), coalesce(NEW.id, OLD.id), lower(TG_OP));
  RETURN NULL;
END
$$;

-- The arguments of the trigger name the columns whose values must not be copied.
CREATE FUNCTION app.record_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - coalesce(TG_ARGV, '{}') END;
  is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - coalesce(TG_ARGV, '{}') END;
  known jsonb := coalesce(is_now, was);
BEGIN
  IF TG_OP = 'UPDATE' AND was = is_now THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.audit (organization_id, table_name, row_key, operation, actor, before, after)
  VALUES (
    (known ->> 'organization_id')::uuid,
    TG_TABLE_NAME,
    jsonb_strip_nulls(jsonb_build_object(
      'id', known -> 'id', 'user_id', known -> 'user_id', 'phone', CASE WHEN known ? 'id' THEN NULL ELSE known -> 'phone' END,
      'service_id', CASE WHEN known ? 'id' THEN NULL ELSE known -> 'service_id' END, 'size', CASE WHEN known ? 'id' THEN NULL ELSE known -> 'size' END,
      'weekday', known -> 'weekday', 'opens', known -> 'opens', 'kind', CASE WHEN known ? 'id' THEN NULL ELSE known -> 'kind' END, 'value', known -> 'value')),
    lower(TG_OP), app.current_actor(), was, is_now);
  RETURN NULL;
END
$$;

-- By the owner of the functions: nobody else's grant or revocation counts.
REVOKE EXECUTE ON FUNCTION app.record_change(), app.record_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.record_change(), app.record_audit() TO auzap_owner;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_recorder;

CREATE TRIGGER change_insert AFTER INSERT OR DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION app.record_change();
-- Leases, fences and hints are the machine's own and no news for the panel.
CREATE TRIGGER change_update AFTER UPDATE OF state, assigned_user_id, unread_count, last_message_at ON conversations
  FOR EACH ROW WHEN (
    (OLD.state, OLD.assigned_user_id, OLD.unread_count, OLD.last_message_at)
    IS DISTINCT FROM (NEW.state, NEW.assigned_user_id, NEW.unread_count, NEW.last_message_at))
  EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change_insert AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION app.record_change('messages');
CREATE TRIGGER change_update AFTER UPDATE OF delivery ON messages
  FOR EACH ROW WHEN (OLD.delivery IS DISTINCT FROM NEW.delivery) EXECUTE FUNCTION app.record_change('messages');
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON pets FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OR DELETE ON staff_tasks FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR UPDATE OF status ON channel_accounts FOR EACH ROW EXECUTE FUNCTION app.record_change();

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON organization_settings FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON authorized_owner_numbers FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON channel_accounts
  FOR EACH ROW EXECUTE FUNCTION app.record_audit('credentials', 'checked_at', 'health');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION app.record_audit('last_counted_month');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON contact_identities FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON pets FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON services FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON service_prices FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON opening_hours FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON pending_actions FOR EACH ROW EXECUTE FUNCTION app.record_audit();
CREATE TRIGGER audit_update AFTER UPDATE OF state, assigned_user_id ON conversations
  FOR EACH ROW WHEN ((OLD.state, OLD.assigned_user_id) IS DISTINCT FROM (NEW.state, NEW.assigned_user_id))
  EXECUTE FUNCTION app.record_audit('answer_at', 'hinted_at', 'fence', 'lease_token', 'lease_until', 'unread_count', 'reply_to');

-- A changed setting is a new version of the shop, which the sandboxes' caches are keyed by.
CREATE FUNCTION app.renew_settings_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.organizations SET settings_version = settings_version + 1
  WHERE id = coalesce(NEW.organization_id, OLD.organization_id);
  RETURN NULL;
END
$$;
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON organization_settings FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON authorized_owner_numbers FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON services FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON service_prices FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();
CREATE TRIGGER version AFTER INSERT OR UPDATE OR DELETE ON opening_hours FOR EACH ROW EXECUTE FUNCTION app.renew_settings_version();

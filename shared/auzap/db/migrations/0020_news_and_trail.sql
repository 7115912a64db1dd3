-- The change feed gets its positions, the audit trail its seals, and long work its progress.
-- One row a shop: the last position it was given. Whoever numbers holds it, so that positions are dense and in order.
CREATE TABLE change_heads (
  organization_id uuid PRIMARY KEY DEFAULT app.current_organization() REFERENCES organizations,
  position bigint NOT NULL DEFAULT 0 CHECK (position >= 0)
);
CALL app.protect('change_heads');
GRANT SELECT, INSERT, UPDATE ON change_heads TO auzap_app;

ALTER TABLE changes
  -- What the row belongs to, as a message to its conversation: the panel knows what to load again without asking.
  ADD parent_id uuid,
  -- A trigger alone writes it, beside a row whose shop is checked; twice with every message.
  DROP CONSTRAINT changes_organization_id_fkey;

-- Long work that somebody waits for: how far it is, and what came of it.
CREATE TABLE jobs (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('contact_import', 'contact_export', 'data_export', 'erasure')),
  -- What it is about, as an import or a contact.
  subject uuid,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
  total integer CHECK (total >= 0),
  -- Where it goes on when its worker died.
  place jsonb NOT NULL DEFAULT '{}',
  result jsonb NOT NULL DEFAULT '{}',
  -- What it made, in the bucket of files, until it is cleared away.
  object_key text,
  problem text,
  attempts integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  hinted_at timestamptz,
  asked_by text NOT NULL DEFAULT app.current_actor(),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  finished_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CHECK (done <= total),
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);
CREATE INDEX jobs_unfinished ON jobs (created_at) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX jobs_once ON jobs (organization_id, kind, subject) WHERE state IN ('waiting', 'running') AND subject IS NOT NULL;
CALL app.protect('jobs');
GRANT SELECT, INSERT, UPDATE ON jobs TO auzap_app;
CREATE TRIGGER change AFTER INSERT OR UPDATE OF state, done ON jobs FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION app.record_audit('place', 'done', 'lease_until', 'hinted_at');

-- The trail: each row's digest is salted and covers all that it says, so that erasing a person takes away what it says and
-- the salt, and the digest still stands. Rows are sealed in segments, each of which covers the digests of its rows in their
-- order and the segment before it; who writes a row waits for nobody.
ALTER TABLE audit
  ADD salt uuid DEFAULT gen_random_uuid(),
  ADD digest bytea,
  -- Where the request came from.
  ADD address text,
  -- Of a row with an id of its own: its history is found by it.
  ADD row_id uuid,
  ADD segment bigint;
CREATE INDEX audit_unsealed ON audit (organization_id, id) WHERE segment IS NULL;
CREATE INDEX audit_by_segment ON audit (organization_id, segment, id) WHERE segment IS NOT NULL;

CREATE TABLE audit_segments (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  number bigint NOT NULL CHECK (number >= 1),
  first_id uuid NOT NULL,
  last_id uuid NOT NULL,
  row_count integer NOT NULL CHECK (row_count >= 1),
  digest bytea NOT NULL CHECK (length(digest) = 32),
  sealed_at timestamptz NOT NULL DEFAULT app.now(),
  -- When its digest was written where whoever owns this database cannot reach it.
  kept_at timestamptz,
  PRIMARY KEY (organization_id, number)
);
CREATE INDEX audit_segments_unkept ON audit_segments (organization_id, number) WHERE kept_at IS NULL;
CALL app.protect('audit_segments');
GRANT SELECT, UPDATE (kept_at) ON audit_segments TO auzap_app;
GRANT SELECT, INSERT ON audit_segments TO auzap_recorder;
GRANT SELECT, UPDATE (segment, digest) ON audit TO auzap_recorder;
CREATE POLICY record ON audit_segments TO auzap_recorder USING (organization_id = (SELECT app.current_organization()))
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CREATE POLICY record_read ON audit FOR SELECT TO auzap_recorder USING (organization_id = (SELECT app.current_organization()));
CREATE POLICY record_seal ON audit FOR UPDATE TO auzap_recorder
  USING (organization_id = (SELECT app.current_organization())) WITH CHECK (organization_id = (SELECT app.current_organization()));

-- What a row of the trail says, as one text that is the same whoever writes it.
CREATE FUNCTION app.audit_digest(row_of public.audit) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT sha256(convert_to(jsonb_build_array(
    row_of.salt, row_of.id, row_of.table_name, row_of.row_key, row_of.operation, row_of.actor, row_of.address, row_of.before, row_of.after,
    extract(epoch FROM row_of.recorded_at))::text, 'UTF8'))
$$;
GRANT EXECUTE ON FUNCTION app.audit_digest(public.audit) TO auzap_app, auzap_recorder;

GRANT CREATE ON SCHEMA app TO auzap_recorder;
SET LOCAL ROLE auzap_recorder;

CREATE OR REPLACE FUNCTION app.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  told text := coalesce(TG_ARGV[0], TG_TABLE_NAME);
  parent uuid;
BEGIN
  -- In statements of their own: a table has the columns of its own branch alone.
  CASE
    WHEN told IN ('messages', 'media', 'conversation_notes', 'staff_tasks', 'notifications', 'escalations', 'security_incidents',
      'dead_letters') THEN parent := coalesce(NEW.conversation_id, OLD.conversation_id);
    WHEN told IN ('conversations', 'leads', 'pets', 'bookings', 'stays', 'training_plans', 'memories', 'waitlist_entries')
      THEN parent := coalesce(NEW.contact_id, OLD.contact_id);
    WHEN told IN ('health_events', 'health_alerts') THEN parent := coalesce(NEW.pet_id, OLD.pet_id);
    WHEN told IN ('stay_activities', 'stay_reports') THEN parent := coalesce(NEW.stay_id, OLD.stay_id);
    WHEN told = 'training_sessions' THEN parent := coalesce(NEW.plan_id, OLD.plan_id);
    WHEN told = 'channel_events' THEN parent := coalesce(NEW.channel_account_id, OLD.channel_account_id);
    ELSE NULL;
  END CASE;
  INSERT INTO public.changes (organization_id, table_name, row_id, operation, parent_id)
  VALUES (coalesce(NEW.organization_id, OLD.organization_id), told, coalesce(NEW.id, OLD.id), lower(TG_OP), parent);
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION app.record_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - coalesce(TG_ARGV, '{}') END;
  is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - coalesce(TG_ARGV, '{}') END;
  known jsonb := coalesce(is_now, was);
  entry public.audit;
BEGIN
  IF TG_OP = 'UPDATE' AND was = is_now THEN
    RETURN NULL;
  END IF;
  entry.organization_id := (known ->> 'organization_id')::uuid;
  entry.id := uuidv7();
  entry.table_name := TG_TABLE_NAME;
  -- A row without an id of its own is named by what its key is made of.
  entry.row_key := CASE WHEN known ? 'id' THEN jsonb_build_object('id', known -> 'id')
    ELSE jsonb_strip_nulls(jsonb_build_object(
      'user_id', known -> 'user_id', 'phone', known -> 'phone', 'service_id', known -> 'service_id', 'addon_id', known -> 'addon_id',
      'staff_id', known -> 'staff_id', 'room_type_id', known -> 'room_type_id', 'stay_id', known -> 'stay_id',
      'size', known -> 'size', 'coat', known -> 'coat', 'weekday', known -> 'weekday', 'opens', known -> 'opens',
      'kind', known -> 'kind', 'value', known -> 'value')) END;
  entry.row_id := (known ->> 'id')::uuid;
  entry.operation := lower(TG_OP);
  entry.actor := app.current_actor();
  entry.address := nullif(current_setting('app.address', true), '');
  entry.before := was;
  entry.after := is_now;
  entry.recorded_at := app.now();
  entry.salt := gen_random_uuid();
  entry.digest := app.audit_digest(entry);
  INSERT INTO public.audit VALUES (entry.*);
  RETURN NULL;
END
$$;

-- Seals what was written before a moment ago. One at a time a shop: a second one waits and then finds nothing.
CREATE FUNCTION app.seal_audit(older_than interval, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last public.audit_segments%ROWTYPE;
  sealed record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit:' || app.current_organization()::text, 0));
  SELECT s.* INTO last FROM public.audit_segments s
  WHERE s.organization_id = app.current_organization() ORDER BY s.number DESC LIMIT 1;
  WITH due AS (
    SELECT a.id FROM public.audit a
    WHERE a.organization_id = app.current_organization() AND a.segment IS NULL AND a.recorded_at < app.now() - older_than
    ORDER BY a.id LIMIT most
  ), marked AS (
    -- What was written before there were digests gets its own now.
    UPDATE public.audit a SET segment = coalesce(last.number, 0) + 1, digest = coalesce(a.digest, app.audit_digest(a)) FROM due
    WHERE a.organization_id = app.current_organization() AND a.id = due.id RETURNING a.id, a.digest
  )
  SELECT count(*)::integer AS number, (array_agg(id ORDER BY id))[1] AS first_id, (array_agg(id ORDER BY id DESC))[1] AS last_id,
    string_agg(coalesce(digest, ''), ''::bytea ORDER BY id) AS digests
  INTO sealed FROM marked;
  IF sealed.number > 0 THEN
    INSERT INTO public.audit_segments (organization_id, number, first_id, last_id, row_count, digest)
    VALUES (app.current_organization(), coalesce(last.number, 0) + 1, sealed.first_id, sealed.last_id, sealed.number,
      sha256(coalesce(last.digest, ''::bytea) || sealed.digests));
  END IF;
  RETURN sealed.number;
END
$$;

REVOKE EXECUTE ON FUNCTION app.seal_audit(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.seal_audit(interval, integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_recorder;

GRANT CREATE ON SCHEMA app TO auzap_identity;
SET LOCAL ROLE auzap_identity;

-- Which of these sessions of a shop would still be let in: to the sockets of the others nothing is told any more.
CREATE FUNCTION app.live_sessions(organization uuid, sessions uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.id FROM public.sessions s
  JOIN public.users u ON u.id = s.user_id AND u.is_active
  JOIN public.organizations o ON o.id = s.organization_id AND o.status = 'active'
  LEFT JOIN public.memberships m ON m.organization_id = s.organization_id AND m.user_id = s.user_id AND m.is_active
  WHERE s.id = ANY (live_sessions.sessions) AND s.organization_id = organization AND s.ended_at IS NULL AND s.expires_at > app.now()
    AND (m.role IS NOT NULL OR s.is_support AND u.is_platform) AND NOT app.needs_second_factor(s.organization_id, u.totp_confirmed_at)
$$;
REVOKE EXECUTE ON FUNCTION app.live_sessions(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.live_sessions(uuid, uuid[]) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_identity;

-- What does not hold of the shop's sealed trail, in the segments after `since` up to `upto`: a row that says something else
-- than when it was written, a segment that has lost or won a row, a chain that is broken; and, with the last segment, rows
-- whose segment is gone. A row whose person was erased has nothing to say any more, and its digest stands.
CREATE FUNCTION app.broken_audit(since bigint, upto bigint) RETURNS TABLE (segment bigint, row_id uuid, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.segment, a.id, 'changed' FROM public.audit a
  WHERE a.segment > since AND a.segment <= upto AND a.digest IS DISTINCT FROM app.audit_digest(a)
    AND NOT (a.salt IS NULL AND a.before IS NULL AND a.after IS NULL)
  UNION ALL
  SELECT s.number, NULL, 'broken' FROM public.audit_segments s
  LEFT JOIN public.audit_segments previous ON previous.number = s.number - 1
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS number, string_agg(coalesce(a.digest, ''), ''::bytea ORDER BY a.id) AS digests
    FROM public.audit a WHERE a.segment = s.number) held
  WHERE s.number > since AND s.number <= upto
    AND (held.number <> s.row_count OR s.number > 1 AND previous.number IS NULL
      OR s.digest IS DISTINCT FROM sha256(coalesce(previous.digest, ''::bytea) || coalesce(held.digests, ''::bytea)))
  UNION ALL
  SELECT a.segment, NULL, 'broken' FROM public.audit a
  WHERE a.segment > upto AND upto >= (SELECT coalesce(max(s.number), 0) FROM public.audit_segments s) GROUP BY a.segment
$$;
GRANT EXECUTE ON FUNCTION app.broken_audit(bigint, bigint) TO auzap_app;

GRANT SELECT (organization_id, position, recorded_at) ON changes TO auzap_lookup;
CREATE POLICY lookup ON changes FOR SELECT TO auzap_lookup USING (position IS NULL);
GRANT SELECT (organization_id, segment, recorded_at) ON audit TO auzap_lookup;
CREATE POLICY lookup ON audit FOR SELECT TO auzap_lookup USING (segment IS NULL);
GRANT SELECT (organization_id, kept_at) ON audit_segments TO auzap_lookup;
CREATE POLICY lookup ON audit_segments FOR SELECT TO auzap_lookup USING (kept_at IS NULL);
GRANT SELECT (organization_id, id, state, lease_until, created_at, hinted_at), UPDATE (hinted_at) ON jobs TO auzap_lookup;
CREATE POLICY lookup ON jobs FOR SELECT TO auzap_lookup USING (state IN ('waiting', 'running'));
CREATE POLICY lookup_hint ON jobs FOR UPDATE TO auzap_lookup
  USING (state IN ('waiting', 'running')) WITH CHECK (state IN ('waiting', 'running'));
GRANT SELECT (organization_id, id, state, due_at, hinted_at), UPDATE (hinted_at) ON mails TO auzap_lookup;
CREATE POLICY lookup ON mails FOR SELECT TO auzap_lookup USING (state IN ('queued', 'sending'));
CREATE POLICY lookup_hint ON mails FOR UPDATE TO auzap_lookup
  USING (state IN ('queued', 'sending')) WITH CHECK (state IN ('queued', 'sending'));

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Shops with changes that nobody has numbered for some seconds: their hint was lost.
CREATE FUNCTION app.unpublished_organizations(most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  -- By the shop: one that has much to tell does not hide the others.
  SELECT o.id FROM public.organizations o
  WHERE o.status = 'active' AND EXISTS (
    SELECT FROM public.changes c WHERE c.organization_id = o.id AND c.position IS NULL AND c.recorded_at < app.now() - interval '5 seconds')
  LIMIT most
$$;

CREATE FUNCTION app.unsealed_organizations(most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT o.id FROM public.organizations o
  WHERE o.status = 'active' AND EXISTS (
    SELECT FROM public.audit a WHERE a.organization_id = o.id AND a.segment IS NULL AND a.recorded_at < app.now() - interval '1 minute')
  LIMIT most
$$;

-- Shops with a segment whose digest is not kept outside of the database yet.
CREATE FUNCTION app.unkept_organizations(most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT o.id FROM public.organizations o
  WHERE o.status = 'active' AND EXISTS (
    SELECT FROM public.audit_segments s WHERE s.organization_id = o.id AND s.kept_at IS NULL)
  LIMIT most
$$;

-- Stamped, as other hints are: two sweeps do not hint the same work.
CREATE FUNCTION app.unhinted_jobs(most integer) RETURNS TABLE (organization_id uuid, job_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT j.organization_id, j.id FROM public.jobs j
    WHERE j.state IN ('waiting', 'running') AND (j.lease_until IS NULL OR j.lease_until < app.now())
      AND j.created_at < app.now() - interval '10 seconds' AND (j.hinted_at IS NULL OR j.hinted_at < app.now() - interval '2 minutes')
    ORDER BY j.created_at LIMIT most FOR UPDATE OF j SKIP LOCKED
  )
  UPDATE public.jobs j SET hinted_at = app.now() FROM due
  WHERE j.organization_id = due.organization_id AND j.id = due.id RETURNING j.organization_id, j.id
$$;

CREATE FUNCTION app.unhinted_mails(most integer) RETURNS TABLE (organization_id uuid, mail_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT m.organization_id, m.id FROM public.mails m
    WHERE m.state IN ('queued', 'sending') AND m.due_at < app.now() - interval '5 seconds'
      AND (m.hinted_at IS NULL OR m.hinted_at < app.now() - interval '2 minutes')
    ORDER BY m.due_at LIMIT most FOR UPDATE OF m SKIP LOCKED
  )
  UPDATE public.mails m SET hinted_at = app.now() FROM due
  WHERE m.organization_id = due.organization_id AND m.id = due.id RETURNING m.organization_id, m.id
$$;

REVOKE EXECUTE ON FUNCTION app.unpublished_organizations(integer), app.unsealed_organizations(integer), app.unkept_organizations(integer),
  app.unhinted_jobs(integer), app.unhinted_mails(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.unpublished_organizations(integer), app.unsealed_organizations(integer), app.unkept_organizations(integer),
  app.unhinted_jobs(integer), app.unhinted_mails(integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;

-- Who signs in: people, their sessions, keys of programs, invitations; and what a shop's plan allows.
-- The functions below belong to auzap_identity, a role that nobody can become: it alone reaches these tables.
CREATE TABLE plans (
  code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{1,30}$'),
  name text NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  -- NULL: as many as they want.
  messages_a_month integer CHECK (messages_a_month > 0),
  leads_a_month integer CHECK (leads_a_month > 0),
  numbers integer CHECK (numbers > 0),
  people integer CHECK (people > 0),
  position integer NOT NULL
);
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
INSERT INTO plans (code, name, price_cents, messages_a_month, leads_a_month, numbers, people, position) VALUES
  ('free', 'Grátis', 0, 1000, 50, 1, 2, 1),
  ('starter', 'Starter', 9900, 5000, 300, 3, 5, 2),
  ('pro', 'Pro', 29900, 20000, 1000, 10, 15, 3),
  ('enterprise', 'Enterprise', 99900, 100000, NULL, 50, NULL, 4);
ALTER TABLE organizations ADD plan text NOT NULL DEFAULT 'free' REFERENCES plans;

ALTER TABLE users
  ADD phone text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
  ADD locale text NOT NULL DEFAULT 'pt-BR' CHECK (locale IN ('pt-BR', 'en')),
  -- Of the house's own staff, who may look into a shop for a short while, and are seen there.
  ADD is_platform boolean NOT NULL DEFAULT false,
  -- Sealed by a key that the database does not have.
  ADD totp_secret bytea,
  ADD totp_confirmed_at timestamptz,
  -- The last period whose code was used: a code is good once.
  ADD totp_last_step bigint,
  -- How often a code was tried since then: of so few guesses none is right.
  ADD codes_tried integer NOT NULL DEFAULT 0,
  ADD codes_tried_since timestamptz,
  ADD password_changed_at timestamptz NOT NULL DEFAULT app.now(),
  ADD last_login_at timestamptz,
  ADD CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL);

ALTER TABLE memberships ADD is_active boolean NOT NULL DEFAULT true;
-- Whoever of its people has none may do nothing there but set one up.
ALTER TABLE organization_settings ADD second_factor_required boolean NOT NULL DEFAULT false;
CREATE INDEX memberships_of_user ON memberships (user_id);

-- One sign-in on one device, in one shop. Its refresh tokens are a family: one that is used twice ends it.
CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- The person of the house who looks into the shop; then user_id is the same person.
  is_support boolean NOT NULL DEFAULT false,
  device text NOT NULL DEFAULT '' CHECK (length(device) <= 200),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  seen_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('logout', 'reuse', 'password_changed', 'disabled', 'ended_elsewhere', 'expired')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_of_organization ON sessions (organization_id) WHERE ended_at IS NULL;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;

CREATE TABLE refresh_tokens (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  issued_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE password_resets (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_user ON password_resets (user_id);
ALTER TABLE password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_resets FORCE ROW LEVEL SECURITY;

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  used_at timestamptz,
  PRIMARY KEY (user_id, hash)
);
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;

CREATE TABLE invitations (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  email text NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%' AND length(email) <= 254),
  role text NOT NULL CHECK (role IN ('owner', 'manager', 'staff')),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  invited_by text NOT NULL DEFAULT app.current_actor(),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX invitations_open ON invitations (organization_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
-- Not led by the tenant on purpose: whoever holds the link is nobody's yet.
CREATE UNIQUE INDEX invitations_by_hash ON invitations (hash);
CALL app.protect('invitations');
GRANT SELECT, INSERT, UPDATE ON invitations TO auzap_app;

CREATE TABLE api_keys (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  -- What a person recognises it by; the key itself is shown once and never kept.
  start text NOT NULL CHECK (length(start) BETWEEN 4 AND 16),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 30),
  created_by text NOT NULL DEFAULT app.current_actor(),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  expires_at timestamptz,
  last_used_on date,
  revoked_at timestamptz,
  PRIMARY KEY (organization_id, id)
);
-- Not led by the tenant on purpose: the key says whose it is.
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);
CALL app.protect('api_keys');
GRANT SELECT, INSERT, UPDATE ON api_keys TO auzap_app;

-- Who came in, who could not, and what changed about how somebody comes in: by this the trail tells it to the owners of each
-- shop that the person belongs to. Written by the functions below alone.
CREATE TABLE access_events (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES users,
  kind text NOT NULL CHECK (kind IN (
    'signed_in', 'sign_in_blocked', 'token_reused', 'password_changed', 'password_reset', 'second_factor_on', 'second_factor_off',
    'second_factor_failed', 'recovery_codes_renewed', 'recovery_code_used', 'support_began')),
  device text NOT NULL DEFAULT '' CHECK (length(device) <= 200),
  -- Why somebody of the house looks into the shop.
  reason text CHECK (length(reason) BETWEEN 1 AND 300),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  CHECK ((kind = 'support_began') = (reason IS NOT NULL))
);
CALL app.protect('access_events');

-- Mail that is to leave, as the outbox is for what goes to customers.
CREATE TABLE mails (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('welcome', 'invitation', 'password_reset', 'password_changed', 'new_device', 'notice')),
  address text NOT NULL CHECK (address LIKE '%_@_%' AND length(address) <= 254),
  locale text NOT NULL DEFAULT 'pt-BR' CHECK (locale IN ('pt-BR', 'en')),
  -- What the text of its kind speaks of. A link in it is good for an hour or a week, and goes when the mail has gone.
  content jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(content) = 'object'),
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT app.now(),
  hinted_at timestamptz,
  provider_id text,
  problem text,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  sent_at timestamptz,
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX mails_due ON mails (due_at) WHERE state IN ('queued', 'sending');
CALL app.protect('mails');
GRANT SELECT, INSERT, UPDATE ON mails TO auzap_app;

GRANT SELECT, INSERT, UPDATE ON users, sessions, refresh_tokens, password_resets, recovery_codes TO auzap_identity;
GRANT DELETE ON sessions, refresh_tokens, password_resets, recovery_codes TO auzap_identity;
GRANT INSERT ON access_events TO auzap_identity;
GRANT SELECT, INSERT ON organizations TO auzap_identity;
GRANT SELECT ON plans TO auzap_identity;
GRANT SELECT, INSERT ON memberships TO auzap_identity;
GRANT SELECT, UPDATE ON invitations TO auzap_identity;
GRANT SELECT ON api_keys TO auzap_identity;
GRANT UPDATE (last_used_on) ON api_keys TO auzap_identity;
GRANT INSERT ON organization_settings TO auzap_identity;
GRANT SELECT (organization_id, second_factor_required) ON organization_settings TO auzap_identity;
GRANT INSERT ON mails TO auzap_identity;
-- No more than the functions below are about: people who may sign in, and nothing that holds for longer than it may.
CREATE POLICY identity ON users TO auzap_identity USING (is_active) WITH CHECK (is_active);
CREATE POLICY identity ON sessions TO auzap_identity
  USING (expires_at > created_at) WITH CHECK (expires_at <= created_at + interval '31 days');
CREATE POLICY identity ON refresh_tokens TO auzap_identity
  USING (expires_at > issued_at) WITH CHECK (expires_at <= issued_at + interval '31 days');
CREATE POLICY identity ON password_resets TO auzap_identity
  USING (user_id IS NOT NULL) WITH CHECK (user_id IS NOT NULL);
CREATE POLICY identity ON recovery_codes TO auzap_identity USING (user_id IS NOT NULL) WITH CHECK (user_id IS NOT NULL);
CREATE POLICY identity ON organizations FOR SELECT TO auzap_identity USING (status <> 'closed');
CREATE POLICY identity_make ON organizations FOR INSERT TO auzap_identity WITH CHECK (status = 'active' AND settings_version = 1);
-- A price list: nothing in it is anybody's.
CREATE POLICY identity ON plans FOR SELECT TO auzap_identity USING (position > 0);
-- Where a person belongs; and in the shop of the transaction also who does no longer.
CREATE POLICY identity ON memberships FOR SELECT TO auzap_identity
  USING (is_active OR organization_id = (SELECT app.current_organization()));
CREATE POLICY identity_join ON memberships FOR INSERT TO auzap_identity
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CREATE POLICY identity_make ON organization_settings FOR INSERT TO auzap_identity
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CREATE POLICY identity ON organization_settings FOR SELECT TO auzap_identity USING (second_factor_required);
CREATE POLICY identity ON invitations TO auzap_identity
  USING (revoked_at IS NULL) WITH CHECK (revoked_at IS NULL);
CREATE POLICY identity ON api_keys TO auzap_identity USING (revoked_at IS NULL) WITH CHECK (revoked_at IS NULL);
CREATE POLICY identity ON access_events FOR INSERT TO auzap_identity
  WITH CHECK (organization_id = (SELECT app.current_organization()));
CREATE POLICY identity ON mails FOR INSERT TO auzap_identity
  WITH CHECK (organization_id = (SELECT app.current_organization()));

GRANT EXECUTE ON FUNCTION app.now(), app.current_organization(), app.current_actor() TO auzap_identity;
GRANT CREATE, USAGE ON SCHEMA app TO auzap_identity;
SET LOCAL ROLE auzap_identity;

-- One line of the trail of one shop. The transaction goes on as whose it was.
CREATE FUNCTION app.tell_access(person uuid, organization uuid, kind text, device text, reason text, actor text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  organization_before text := current_setting('app.organization', true);
  actor_before text := current_setting('app.actor', true);
BEGIN
  PERFORM set_config('app.organization', organization::text, true), set_config('app.actor', actor, true);
  INSERT INTO public.access_events (user_id, kind, device, reason) VALUES (person, kind, left(device, 200), reason);
  PERFORM set_config('app.organization', organization_before, true), set_config('app.actor', actor_before, true);
END
$$;

-- What is about a person, and not about one of their shops, is told in each. `known`: whether it was surely they.
CREATE FUNCTION app.tell_access_everywhere(person uuid, kind text, device text, known boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT app.tell_access(person, m.organization_id, kind, device, NULL, CASE WHEN known THEN 'user:' || person ELSE 'unknown' END)
  FROM public.memberships m WHERE m.user_id = person AND m.is_active ORDER BY m.organization_id
$$;

-- A mail to a person themselves, in the name of the shop they have belonged to for longest; none to whom no shop has.
CREATE FUNCTION app.write_to(person uuid, kind text, content jsonb) RETURNS TABLE (organization_id uuid, mail_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  organization_before text := current_setting('app.organization', true);
BEGIN
  SELECT m.organization_id INTO write_to.organization_id
  FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id AND o.status = 'active'
  WHERE m.user_id = person AND m.is_active ORDER BY m.created_at, m.organization_id LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  mail_id := uuidv7();
  PERFORM set_config('app.organization', write_to.organization_id::text, true);
  INSERT INTO public.mails (id, kind, address, locale, content)
  SELECT mail_id, write_to.kind, u.email, u.locale, write_to.content || jsonb_build_object('name', u.name)
  FROM public.users u WHERE u.id = person;
  PERFORM set_config('app.organization', organization_before, true);
  RETURN NEXT;
END
$$;

-- Whether somebody with this second factor, or with none, lacks the one that the shop wants of its people.
CREATE FUNCTION app.needs_second_factor(organization uuid, confirmed_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT confirmed_at IS NULL AND EXISTS (
    SELECT FROM public.organization_settings w WHERE w.organization_id = organization AND w.second_factor_required)
$$;

-- The first statement of a request's transaction: who it is, as the database knows them now. Nothing is taken from the
-- token but the session's name, so that a logout, a lost role or a closed shop holds at the next request.
CREATE FUNCTION app.begin_session(session uuid)
RETURNS TABLE (
  organization_id uuid, user_id uuid, role text, is_support boolean, locale text, needs_second_factor boolean, settings_version integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  status text;
BEGIN
  SELECT s.organization_id, s.user_id, CASE WHEN s.is_support THEN 'owner' ELSE m.role END, s.is_support, u.locale,
    app.needs_second_factor(s.organization_id, u.totp_confirmed_at), o.settings_version, o.status
  INTO begin_session.organization_id, begin_session.user_id, begin_session.role, begin_session.is_support, begin_session.locale,
    begin_session.needs_second_factor, begin_session.settings_version, status
  FROM public.sessions s
  JOIN public.users u ON u.id = s.user_id AND u.is_active
  JOIN public.organizations o ON o.id = s.organization_id
  LEFT JOIN public.memberships m ON m.organization_id = s.organization_id AND m.user_id = s.user_id AND m.is_active
  WHERE s.id = session AND s.ended_at IS NULL AND s.expires_at > app.now()
    AND (m.role IS NOT NULL OR s.is_support AND u.is_platform);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'AZ005';
  END IF;
  IF status <> 'active' THEN
    RAISE EXCEPTION 'the organization is %', status USING ERRCODE = 'AZ001';
  END IF;
  PERFORM set_config('app.organization', begin_session.organization_id::text, true),
    set_config('app.actor', CASE WHEN is_support THEN 'support:' ELSE 'user:' END || begin_session.user_id::text, true);
  RETURN NEXT;
END
$$;

-- The same for a program with a key of the shop.
CREATE FUNCTION app.begin_key(key_hash bytea)
RETURNS TABLE (organization_id uuid, key_id uuid, scopes text[], settings_version integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  status text;
BEGIN
  SELECT k.organization_id, k.id, k.scopes, o.settings_version, o.status
  INTO begin_key.organization_id, begin_key.key_id, begin_key.scopes, begin_key.settings_version, status
  FROM public.api_keys k JOIN public.organizations o ON o.id = k.organization_id
  WHERE k.hash = key_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > app.now());
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such key' USING ERRCODE = 'AZ005';
  END IF;
  IF status <> 'active' THEN
    RAISE EXCEPTION 'the organization is %', status USING ERRCODE = 'AZ001';
  END IF;
  -- Once a day is often enough to see which keys nobody uses.
  UPDATE public.api_keys k SET last_used_on = (app.now() AT TIME ZONE 'UTC')::date
  WHERE k.hash = key_hash AND k.last_used_on IS DISTINCT FROM (app.now() AT TIME ZONE 'UTC')::date;
  PERFORM set_config('app.organization', begin_key.organization_id::text, true),
    set_config('app.actor', 'key:' || begin_key.key_id::text, true);
  RETURN NEXT;
END
$$;

-- A shop and its owner, made together. What else a new shop begins with is written by the application in the same
-- transaction, which is the new shop's from here on.
CREATE FUNCTION app.register_organization(shop_name text, slug text, email text, person_name text, password_hash text, locale text)
RETURNS TABLE (organization_id uuid, user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.users (email, name, password_hash, locale)
  VALUES (register_organization.email, person_name, register_organization.password_hash, register_organization.locale)
  RETURNING id INTO register_organization.user_id;
  INSERT INTO public.organizations (name, slug) VALUES (shop_name, register_organization.slug)
  RETURNING id INTO register_organization.organization_id;
  PERFORM set_config('app.organization', register_organization.organization_id::text, true),
    set_config('app.actor', 'user:' || register_organization.user_id::text, true);
  INSERT INTO public.organization_settings (organization_id, shop_name, locale)
  VALUES (register_organization.organization_id, register_organization.shop_name, register_organization.locale);
  INSERT INTO public.memberships (organization_id, user_id, role)
  VALUES (register_organization.organization_id, register_organization.user_id, 'owner');
  RETURN NEXT;
END
$$;

-- What a sign-in needs to judge a password, and where the person belongs.
CREATE FUNCTION app.find_login(email text)
RETURNS TABLE (user_id uuid, password_hash text, is_platform boolean, has_totp boolean, places jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT u.id, u.password_hash, u.is_platform, u.totp_confirmed_at IS NOT NULL, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('organization_id', o.id, 'name', o.name, 'is_open', o.status = 'active') ORDER BY o.name, o.id), '[]')
    FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id
    WHERE m.user_id = u.id AND m.is_active)
  FROM public.users u WHERE u.email = find_login.email AND u.is_active
$$;

CREATE FUNCTION app.start_session(person uuid, organization uuid, token_hash bytea, device text, idle interval, absolute interval)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  session uuid;
  -- Without the numbers of its version, which change every few weeks.
  kind_of_device text := regexp_replace(left(device, 200), '[0-9.]+', '', 'g');
BEGIN
  INSERT INTO public.sessions (user_id, organization_id, device, expires_at)
  SELECT m.user_id, m.organization_id, left(start_session.device, 200), app.now() + absolute
  FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id AND o.status = 'active'
  JOIN public.users u ON u.id = m.user_id AND u.is_active
  WHERE m.user_id = person AND m.organization_id = organization AND m.is_active
  RETURNING id INTO session;
  IF session IS NULL THEN
    RAISE EXCEPTION 'no place for this person there' USING ERRCODE = 'AZ005';
  END IF;
  INSERT INTO public.refresh_tokens (hash, session_id, expires_at) VALUES (token_hash, session, app.now() + idle);
  UPDATE public.users u SET last_login_at = app.now() WHERE u.id = person;
  PERFORM app.tell_access(person, organization, 'signed_in', device, NULL, 'user:' || person);
  IF EXISTS (SELECT FROM public.sessions s WHERE s.user_id = person AND s.id <> session) AND NOT EXISTS (
    SELECT FROM public.sessions s WHERE s.user_id = person AND s.id <> session AND regexp_replace(s.device, '[0-9.]+', '', 'g') = kind_of_device)
  THEN
    PERFORM app.write_to(person, 'new_device', jsonb_build_object('device', left(device, 200), 'at', app.now()));
  END IF;
  -- With each sign-in goes what has ended long ago.
  DELETE FROM public.sessions s WHERE s.user_id = person AND coalesce(s.ended_at, s.expires_at) < app.now() - interval '90 days';
  RETURN session;
END
$$;

-- A refresh token is good once. The one that follows it is made from it, so that whoever lost the answer gets the same
-- again for some seconds; after that, a second use ends the session, whoever holds the other copy. Of the children the
-- first is made by the key of now; one that another sandbox has made by a key of before is as good.
CREATE FUNCTION app.refresh_session(parent bytea, children bytea[], idle interval, grace interval)
RETURNS TABLE (outcome text, session_id uuid, user_id uuid, organization_id uuid, child integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known public.refresh_tokens%ROWTYPE;
  session public.sessions%ROWTYPE;
BEGIN
  SELECT t.* INTO known FROM public.refresh_tokens t WHERE t.hash = parent;
  IF NOT FOUND THEN
    outcome := 'unknown';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT s.* INTO session FROM public.sessions s WHERE s.id = known.session_id FOR UPDATE;
  -- Again, as it is now that nobody else changes it.
  SELECT t.* INTO known FROM public.refresh_tokens t WHERE t.hash = parent;
  session_id := session.id;
  user_id := session.user_id;
  organization_id := session.organization_id;
  child := 1;
  IF known.used_at > app.now() - grace THEN
    SELECT made.place INTO child FROM unnest(children) WITH ORDINALITY AS made (hash, place)
    JOIN public.refresh_tokens t ON t.hash = made.hash AND t.used_at IS NULL LIMIT 1;
  END IF;
  outcome := CASE
    WHEN session.ended_at IS NOT NULL OR NOT app.has_place(session.user_id, session.organization_id, session.is_support) THEN 'ended'
    WHEN session.expires_at <= app.now() OR known.used_at IS NULL AND known.expires_at <= app.now() THEN 'expired'
    WHEN known.used_at IS NULL THEN 'rotated'
    WHEN known.used_at > app.now() - grace AND child IS NOT NULL THEN 'repeated'
    ELSE 'reused' END;
  CASE outcome
    WHEN 'rotated' THEN
      UPDATE public.refresh_tokens t SET used_at = app.now() WHERE t.hash = parent;
      INSERT INTO public.refresh_tokens (hash, session_id, expires_at)
      VALUES (children[1], session.id, least(app.now() + idle, session.expires_at));
      DELETE FROM public.refresh_tokens t WHERE t.session_id = session.id AND t.expires_at < app.now();
      UPDATE public.sessions s SET seen_at = app.now() WHERE s.id = session.id;
    WHEN 'reused' THEN
      UPDATE public.sessions s SET ended_at = app.now(), end_reason = 'reuse' WHERE s.id = session.id;
      PERFORM app.tell_access(session.user_id, session.organization_id, 'token_reused', session.device, NULL, 'unknown');
    WHEN 'expired' THEN
      UPDATE public.sessions s SET ended_at = app.now(), end_reason = 'expired' WHERE s.id = session.id;
    ELSE NULL;
  END CASE;
  RETURN NEXT;
END
$$;

-- Whether somebody may still be in a shop at all.
CREATE FUNCTION app.has_place(person uuid, organization uuid, is_support boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM public.users u LEFT JOIN public.memberships m ON m.user_id = u.id AND m.organization_id = organization AND m.is_active
    WHERE u.id = person AND u.is_active AND (m.role IS NOT NULL OR is_support AND u.is_platform))
$$;

-- One of a person's own.
CREATE FUNCTION app.end_session(person uuid, session uuid, reason text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH ended AS (
    UPDATE public.sessions s SET ended_at = app.now(), end_reason = reason
    WHERE s.id = session AND s.user_id = person AND s.ended_at IS NULL RETURNING 1
  ) SELECT EXISTS (SELECT FROM ended)
$$;

-- All of a person's, or all but the one they are in.
CREATE FUNCTION app.end_sessions(person uuid, reason text, but uuid) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.sessions s SET ended_at = app.now(), end_reason = reason
  WHERE s.user_id = person AND s.ended_at IS NULL AND s.id IS DISTINCT FROM but RETURNING s.id
$$;

-- Somebody's in the shop of this transaction.
CREATE FUNCTION app.end_sessions_here(person uuid, reason text) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.sessions s SET ended_at = app.now(), end_reason = reason
  WHERE s.user_id = person AND s.organization_id = app.current_organization() AND s.ended_at IS NULL RETURNING s.id
$$;

-- An address was tried too often. Nothing happens where nobody has it.
CREATE FUNCTION app.block_sign_in(email text, device text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT app.tell_access_everywhere(u.id, 'sign_in_blocked', device, false) FROM public.users u
  WHERE u.email = block_sign_in.email AND u.is_active
$$;

-- A person's own data, and the devices they are signed in on.
CREATE FUNCTION app.me(person uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'phone', u.phone, 'locale', u.locale,
    'has_totp', u.totp_confirmed_at IS NOT NULL, 'last_login_at', u.last_login_at,
    'recovery_codes', (SELECT count(*) FROM public.recovery_codes r WHERE r.user_id = u.id AND r.used_at IS NULL),
    'places', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('organization_id', o.id, 'name', o.name, 'role', m.role) ORDER BY o.name, o.id), '[]')
      FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id AND o.status = 'active' WHERE m.user_id = u.id AND m.is_active),
    'sessions', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'device', s.device, 'created_at', s.created_at, 'seen_at', s.seen_at)
        ORDER BY s.seen_at DESC, s.id), '[]')
      FROM public.sessions s WHERE s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > app.now()))
  FROM public.users u WHERE u.id = person
$$;

CREATE FUNCTION app.change_me(person uuid, name text, phone text, locale text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.users u SET name = change_me.name, phone = change_me.phone, locale = change_me.locale WHERE u.id = person
$$;

-- Who works in the shop of this transaction. Names and addresses are of people, not of a shop: these alone are shown.
CREATE FUNCTION app.people()
RETURNS TABLE (user_id uuid, name text, email text, role text, is_active boolean, availability text, has_totp boolean, last_login_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT u.id, u.name, u.email, m.role, m.is_active, m.availability, u.totp_confirmed_at IS NOT NULL, u.last_login_at
  FROM public.memberships m JOIN public.users u ON u.id = m.user_id
  WHERE m.organization_id = app.current_organization() ORDER BY u.name, u.id
$$;

-- The hash of whoever is signed in, to judge the old password before a new one is set.
CREATE FUNCTION app.password_of(person uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT u.password_hash FROM public.users u WHERE u.id = person AND u.is_active $$;

-- With the new password every other session ends.
CREATE FUNCTION app.set_password(person uuid, password_hash text, but uuid, kind text, device text) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.users u SET password_hash = set_password.password_hash, password_changed_at = app.now() WHERE u.id = person;
  DELETE FROM public.password_resets r WHERE r.user_id = person;
  PERFORM app.tell_access_everywhere(person, kind, device, true), app.write_to(person, 'password_changed', jsonb_build_object('at', app.now()));
  RETURN QUERY UPDATE public.sessions s SET ended_at = app.now(), end_reason = 'password_changed'
  WHERE s.user_id = person AND s.ended_at IS NULL AND s.id IS DISTINCT FROM but RETURNING s.id;
END
$$;

CREATE FUNCTION app.change_password(person uuid, password_hash text, but uuid, device text) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT app.set_password(person, password_hash, but, 'password_changed', device) $$;

-- The same password under newer parameters.
CREATE FUNCTION app.rehash_password(person uuid, old_hash text, new_hash text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE public.users u SET password_hash = new_hash WHERE u.id = person AND u.password_hash = old_hash $$;

-- A link to set a new password, and the mail that carries it; nobody learns whether the address is known.
CREATE FUNCTION app.ask_password_reset(email text, link_hash bytea, content jsonb, good_for interval) RETURNS TABLE (organization_id uuid, mail_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  person uuid := (SELECT u.id FROM public.users u WHERE u.email = ask_password_reset.email AND u.is_active);
BEGIN
  SELECT w.organization_id, w.mail_id INTO ask_password_reset.organization_id, ask_password_reset.mail_id
  FROM app.write_to(person, 'password_reset', ask_password_reset.content) w;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- The link of before is not good any more.
  DELETE FROM public.password_resets r WHERE r.user_id = person;
  INSERT INTO public.password_resets (hash, user_id, expires_at) VALUES (link_hash, person, app.now() + good_for);
  RETURN NEXT;
END
$$;

CREATE FUNCTION app.reset_password(link_hash bytea, password_hash text, device text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  person uuid;
BEGIN
  DELETE FROM public.password_resets r WHERE r.hash = link_hash AND r.expires_at > app.now() RETURNING r.user_id INTO person;
  IF person IS NOT NULL THEN
    PERFORM app.set_password(person, reset_password.password_hash, NULL, 'password_reset', device);
  END IF;
  RETURN person;
END
$$;

-- A secret that waits for its first code; one that is confirmed is taken away before another is set.
CREATE FUNCTION app.offer_totp(person uuid, secret bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH offered AS (
    UPDATE public.users u SET totp_secret = secret, totp_last_step = NULL WHERE u.id = person AND u.totp_confirmed_at IS NULL RETURNING 1
  ) SELECT EXISTS (SELECT FROM offered)
$$;

CREATE FUNCTION app.totp_of(person uuid) RETURNS TABLE (secret bytea, is_confirmed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT u.totp_secret, u.totp_confirmed_at IS NOT NULL FROM public.users u WHERE u.id = person AND u.is_active $$;

-- Counted before it is judged, so that many at once are no more guesses than one after the other.
CREATE FUNCTION app.may_try_code(person uuid, most integer, within interval) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.users u SET
    codes_tried = CASE WHEN u.codes_tried_since > app.now() - within THEN least(u.codes_tried, most) + 1 ELSE 1 END,
    codes_tried_since = CASE WHEN u.codes_tried_since > app.now() - within THEN u.codes_tried_since ELSE app.now() END
  WHERE u.id = person RETURNING u.codes_tried <= most
$$;

CREATE FUNCTION app.refuse_code(person uuid, device text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT app.tell_access_everywhere(person, 'second_factor_failed', device, false) $$;

-- A code's period is good once, and none before it. The first one turns the second factor on.
CREATE FUNCTION app.use_totp(person uuid, step bigint, device text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  was_confirmed timestamptz;
BEGIN
  UPDATE public.users u SET totp_last_step = step, totp_confirmed_at = coalesce(u.totp_confirmed_at, app.now()), codes_tried = 0
  WHERE u.id = person AND u.totp_secret IS NOT NULL AND (u.totp_last_step IS NULL OR u.totp_last_step < step)
  RETURNING OLD.totp_confirmed_at INTO was_confirmed;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF was_confirmed IS NULL THEN
    PERFORM app.tell_access_everywhere(person, 'second_factor_on', device, true);
  END IF;
  RETURN true;
END
$$;

CREATE FUNCTION app.remove_totp(person uuid, device text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  DELETE FROM public.recovery_codes r WHERE r.user_id = person;
  UPDATE public.users u SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = NULL WHERE u.id = person;
  SELECT app.tell_access_everywhere(person, 'second_factor_off', device, true);
$$;

CREATE FUNCTION app.set_recovery_codes(person uuid, hashes bytea[], device text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  DELETE FROM public.recovery_codes r WHERE r.user_id = person;
  INSERT INTO public.recovery_codes (user_id, hash) SELECT person, unnest(hashes);
  SELECT app.tell_access_everywhere(person, 'recovery_codes_renewed', device, true);
$$;

CREATE FUNCTION app.use_recovery_code(person uuid, code_hash bytea, device text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.recovery_codes r SET used_at = app.now() WHERE r.user_id = person AND r.hash = code_hash AND r.used_at IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE public.users u SET codes_tried = 0 WHERE u.id = person;
  PERFORM app.tell_access_everywhere(person, 'recovery_code_used', device, true);
  RETURN true;
END
$$;

-- What an invited person is shown before they accept; nothing where the link is not good.
CREATE FUNCTION app.find_invitation(link_hash bytea) RETURNS TABLE (shop_name text, email text, role text, is_known boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT o.name, i.email, i.role, EXISTS (SELECT FROM public.users u WHERE u.email = i.email)
  FROM public.invitations i JOIN public.organizations o ON o.id = i.organization_id AND o.status = 'active'
  WHERE i.hash = link_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > app.now()
$$;

-- Joins the shop: somebody new, with a name and a password; or whoever has an account and has shown that it is theirs.
CREATE FUNCTION app.accept_invitation(link_hash bytea, person_name text, password_hash text, person uuid)
RETURNS TABLE (organization_id uuid, user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  invited public.invitations%ROWTYPE;
BEGIN
  SELECT i.* INTO invited FROM public.invitations i
  JOIN public.organizations o ON o.id = i.organization_id AND o.status = 'active'
  WHERE i.hash = link_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > app.now() FOR UPDATE OF i;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF person IS NULL THEN
    INSERT INTO public.users (email, name, password_hash) VALUES (invited.email, person_name, accept_invitation.password_hash)
    RETURNING id INTO accept_invitation.user_id;
  ELSE
    SELECT u.id INTO accept_invitation.user_id FROM public.users u WHERE u.id = person AND u.email = invited.email;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  PERFORM set_config('app.organization', invited.organization_id::text, true),
    set_config('app.actor', 'user:' || accept_invitation.user_id::text, true);
  UPDATE public.invitations i SET accepted_at = app.now() WHERE i.organization_id = invited.organization_id AND i.id = invited.id;
  INSERT INTO public.memberships (organization_id, user_id, role)
  VALUES (invited.organization_id, accept_invitation.user_id, invited.role) ON CONFLICT DO NOTHING;
  accept_invitation.organization_id := invited.organization_id;
  RETURN NEXT;
END
$$;

-- The house's own staff look into a shop, for a short while and under their own name.
CREATE FUNCTION app.start_support_session(person uuid, organization uuid, token_hash bytea, device text, good_for interval, reason text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  session uuid;
BEGIN
  INSERT INTO public.sessions (user_id, organization_id, is_support, device, expires_at)
  SELECT u.id, o.id, true, left(start_support_session.device, 200), app.now() + least(good_for, interval '30 minutes')
  FROM public.users u, public.organizations o
  WHERE u.id = person AND u.is_active AND u.is_platform AND u.totp_confirmed_at IS NOT NULL AND o.id = organization AND o.status = 'active'
  RETURNING id INTO session;
  IF session IS NULL THEN
    RAISE EXCEPTION 'not for this person' USING ERRCODE = 'AZ005';
  END IF;
  INSERT INTO public.refresh_tokens (hash, session_id, expires_at) VALUES (token_hash, session, app.now() + least(good_for, interval '30 minutes'));
  PERFORM app.tell_access(person, organization, 'support_began', device, reason, 'support:' || person);
  RETURN session;
END
$$;

-- What the plan of the shop of this transaction allows.
CREATE FUNCTION app.my_plan() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT to_jsonb(p) FROM public.organizations o JOIN public.plans p ON p.code = o.plan WHERE o.id = app.current_organization()
$$;

REVOKE EXECUTE ON FUNCTION
  app.tell_access(uuid, uuid, text, text, text, text), app.tell_access_everywhere(uuid, text, text, boolean),
  app.write_to(uuid, text, jsonb), app.needs_second_factor(uuid, timestamptz), app.begin_session(uuid), app.begin_key(bytea),
  app.register_organization(text, text, text, text, text, text), app.find_login(text),
  app.start_session(uuid, uuid, bytea, text, interval, interval), app.refresh_session(bytea, bytea[], interval, interval),
  app.has_place(uuid, uuid, boolean), app.end_session(uuid, uuid, text), app.end_sessions(uuid, text, uuid),
  app.end_sessions_here(uuid, text), app.block_sign_in(text, text), app.me(uuid), app.change_me(uuid, text, text, text),
  app.people(), app.password_of(uuid), app.set_password(uuid, text, uuid, text, text),
  app.change_password(uuid, text, uuid, text), app.rehash_password(uuid, text, text),
  app.ask_password_reset(text, bytea, jsonb, interval), app.reset_password(bytea, text, text), app.offer_totp(uuid, bytea),
  app.totp_of(uuid), app.may_try_code(uuid, integer, interval), app.refuse_code(uuid, text), app.use_totp(uuid, bigint, text),
  app.remove_totp(uuid, text), app.set_recovery_codes(uuid, bytea[], text), app.use_recovery_code(uuid, bytea, text),
  app.find_invitation(bytea), app.accept_invitation(bytea, text, text, uuid),
  app.start_support_session(uuid, uuid, bytea, text, interval, text), app.my_plan() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  app.begin_session(uuid), app.begin_key(bytea), app.register_organization(text, text, text, text, text, text),
  app.find_login(text), app.start_session(uuid, uuid, bytea, text, interval, interval),
  app.refresh_session(bytea, bytea[], interval, interval), app.end_session(uuid, uuid, text), app.end_sessions(uuid, text, uuid),
  app.end_sessions_here(uuid, text), app.block_sign_in(text, text), app.me(uuid), app.change_me(uuid, text, text, text),
  app.people(), app.password_of(uuid), app.change_password(uuid, text, uuid, text), app.rehash_password(uuid, text, text),
  app.ask_password_reset(text, bytea, jsonb, interval), app.reset_password(bytea, text, text), app.offer_totp(uuid, bytea),
  app.totp_of(uuid), app.may_try_code(uuid, integer, interval), app.refuse_code(uuid, text), app.use_totp(uuid, bigint, text),
  app.remove_totp(uuid, text), app.set_recovery_codes(uuid, bytea[], text), app.use_recovery_code(uuid, bytea, text),
  app.find_invitation(bytea), app.accept_invitation(bytea, text, text, uuid),
  app.start_support_session(uuid, uuid, bytea, text, interval, text), app.my_plan() TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_identity;

CREATE TRIGGER audit AFTER INSERT OR UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION app.record_audit('hash');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF name, scopes, expires_at, revoked_at ON api_keys
  FOR EACH ROW EXECUTE FUNCTION app.record_audit('hash');
CREATE TRIGGER audit AFTER INSERT ON access_events FOR EACH ROW EXECUTE FUNCTION app.record_audit();

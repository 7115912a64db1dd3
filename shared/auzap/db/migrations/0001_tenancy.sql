-- The tenant, and what every other table leans on.
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO auzap_app, auzap_lookup, auzap_recorder;

-- One clock for every comparison in SQL, so that a test database can move it. No SET clause: it would forbid inlining.
CREATE FUNCTION app.now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN statement_timestamp();

-- NULL when no tenant is set, so that a policy then matches no row. After a transaction the setting is '', not NULL.
CREATE FUNCTION app.current_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.organization', true), '')::uuid;

CREATE FUNCTION app.current_actor() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('app.actor', true), ''), session_user);

-- The smallest UUIDv7 of an instant: the bound between two monthly partitions keyed by id.
CREATE FUNCTION app.uuid_floor(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = ''
RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;

-- What makes a table a tenant's: row security, forced, and one policy, for the roles that work in a tenant and no other.
-- Grants stay explicit in the migrations.
CREATE PROCEDURE app.protect(protected regclass)
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO auzap_app, auzap_owner USING (organization_id = (SELECT app.current_organization()))
     WITH CHECK (organization_id = (SELECT app.current_organization()))', protected);
END
$$;

-- Monthly partitions of a table keyed by UUIDv7, from last month to `ahead` months from now.
CREATE PROCEDURE app.create_partitions(parent regclass, ahead integer)
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
  month timestamptz;
  part text;
BEGIN
  FOR step IN -1 .. ahead LOOP
    month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
    -- The bare name: a regclass prints with its schema where the search path is empty.
    part := format('%s_%s', (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = parent), to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'));
    IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
        part, parent, app.uuid_floor(month), app.uuid_floor(month + interval '1 month'));
      CALL app.protect(format('public.%I', part)::regclass);
    END IF;
  END LOOP;
END
$$;

REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.now(), app.current_organization(), app.current_actor() TO auzap_app, auzap_lookup, auzap_recorder;
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;

-- Global tables: no tenant, and so no grant to the application; only definer functions reach them.
CREATE TABLE organizations (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closing', 'closed')),
  settings_version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT app.now()
);

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  email text NOT NULL UNIQUE CHECK (email = lower(email) AND email LIKE '%_@_%'),
  name text NOT NULL,
  password_hash text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT app.now()
);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

CREATE TABLE organization_settings (
  organization_id uuid PRIMARY KEY DEFAULT app.current_organization() REFERENCES organizations,
  shop_name text NOT NULL CHECK (length(shop_name) BETWEEN 1 AND 80),
  time_zone text NOT NULL DEFAULT 'America/Sao_Paulo',
  locale text NOT NULL DEFAULT 'pt-BR' CHECK (locale IN ('pt-BR', 'en')),
  currency text NOT NULL DEFAULT 'BRL' CHECK (currency = 'BRL'),
  agent_name text NOT NULL DEFAULT 'Luna' CHECK (length(agent_name) BETWEEN 1 AND 40),
  about text NOT NULL DEFAULT '' CHECK (length(about) <= 4000),
  address text NOT NULL DEFAULT '' CHECK (length(address) <= 300),
  burst_window interval NOT NULL DEFAULT '2 seconds' CHECK (burst_window BETWEEN '1 second' AND '8 seconds'),
  burst_cap interval NOT NULL DEFAULT '10 seconds' CHECK (burst_cap BETWEEN '2 seconds' AND '30 seconds'),
  human_delay interval NOT NULL DEFAULT '0 seconds' CHECK (human_delay BETWEEN '0 seconds' AND '10 seconds'),
  minimum_notice interval NOT NULL DEFAULT '2 hours' CHECK (minimum_notice BETWEEN '0 hours' AND '30 days'),
  booking_horizon interval NOT NULL DEFAULT '90 days' CHECK (booking_horizon BETWEEN '1 day' AND '365 days'),
  slot_grid interval NOT NULL DEFAULT '30 minutes' CHECK (slot_grid BETWEEN '10 minutes' AND '4 hours'),
  parallel_bookings integer NOT NULL DEFAULT 2 CHECK (parallel_bookings BETWEEN 1 AND 20),
  daily_token_cap bigint NOT NULL DEFAULT 2000000 CHECK (daily_token_cap >= 0)
);
CALL app.protect('organization_settings');
GRANT SELECT, UPDATE ON organization_settings TO auzap_app;

CREATE TABLE memberships (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  user_id uuid NOT NULL REFERENCES users,
  role text NOT NULL CHECK (role IN ('owner', 'manager', 'staff')),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, user_id)
);
CALL app.protect('memberships');
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO auzap_app;

CREATE TABLE authorized_owner_numbers (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  phone text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
  name text NOT NULL,
  is_primary boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (organization_id, phone)
);
CALL app.protect('authorized_owner_numbers');
GRANT SELECT, INSERT, UPDATE, DELETE ON authorized_owner_numbers TO auzap_app;

-- The wrapped data key under which a tenant's provider credentials are encrypted; erasing it erases them.
CREATE TABLE organization_keys (
  organization_id uuid PRIMARY KEY DEFAULT app.current_organization() REFERENCES organizations,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app.now()
);
CALL app.protect('organization_keys');
GRANT SELECT, INSERT ON organization_keys TO auzap_app;

CREATE TABLE channel_accounts (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  channel text NOT NULL CHECK (channel IN ('whatsapp')),
  external_id text NOT NULL CHECK (external_id ~ '^[0-9]{1,32}$'),
  business_id text NOT NULL,
  phone text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
  display_name text NOT NULL,
  status text NOT NULL DEFAULT 'connected' CHECK (status IN ('connected', 'degraded', 'failing', 'disconnected')),
  status_reason text,
  credentials bytea,
  sending_paused_until timestamptz,
  checked_at timestamptz,
  health jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
-- Not led by the tenant on purpose: two shops must never receive for the same number.
CREATE UNIQUE INDEX channel_accounts_receiving ON channel_accounts (channel, external_id) WHERE status <> 'disconnected';
CALL app.protect('channel_accounts');
GRANT SELECT, INSERT, UPDATE ON channel_accounts TO auzap_app;

-- Run as the database administrator before the migrations, each time; every statement may be repeated.
-- Roles: who owns the tables (auzap_owner), who works (auzap_app), and who owns the two kinds of definer functions.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES ('auzap_owner', true), ('auzap_app', true), ('auzap_lookup', false), ('auzap_recorder', false), ('auzap_identity', false)) AS roles (name, may_login)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted.name, CASE WHEN wanted.may_login THEN 'LOGIN' ELSE 'NOLOGIN' END);
    END IF;
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO auzap_app', current_database());
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO auzap_owner', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO auzap_owner;

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS vector;

ALTER ROLE auzap_app SET statement_timeout = '5s';
ALTER ROLE auzap_app SET lock_timeout = '2s';
ALTER ROLE auzap_app SET transaction_timeout = '30s';
ALTER ROLE auzap_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE auzap_app SET timezone = 'UTC';
-- Every table of the shops has an index that begins with the shop: to read one whole is to read what others have.
ALTER ROLE auzap_app SET enable_seqscan = off;
-- A month is left out by its bounds; to hold each of its checks against each statement costs more than it ever saves.
ALTER ROLE auzap_app SET constraint_exclusion = off;
ALTER ROLE auzap_owner SET timezone = 'UTC';
ALTER ROLE auzap_owner SET lock_timeout = '5s';
-- A migration may take its time; the cluster's own limit is for the application.
ALTER ROLE auzap_owner SET transaction_timeout = 0;

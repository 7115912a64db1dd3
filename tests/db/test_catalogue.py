"""Tenancy as the catalogue shows it, and proof that each check sees the mistake it is there for."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.db import catalogue
from tests.db.catalogue import CHECKS, Check
from tests.postgres import Place

PARTITION = "(SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'messages'::regclass LIMIT 1)"
NEW_TABLE = """
CREATE TABLE toys (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(), name text, PRIMARY KEY (organization_id, id));
"""

# What somebody might write in a migration, by which check it must be found, and what that says.
MISTAKES: list[tuple[Check, str, str]] = [
    (catalogue.tables_in_strange_places, "CREATE TABLE app.notes (id uuid)", "app.notes"),
    (catalogue.keys_without_the_tenant, "CREATE TABLE toys (organization_id uuid, id uuid)", "toys has no primary key"),
    (
        catalogue.keys_without_the_tenant,
        "CREATE TABLE toys (organization_id uuid, id uuid, PRIMARY KEY (id, organization_id))",
        "toys has no primary key",
    ),
    (
        catalogue.keys_without_the_tenant,
        "CREATE UNIQUE INDEX contacts_phone_global ON contacts (phone)",
        "contacts_phone_global does not start",
    ),
    (
        catalogue.keys_without_the_tenant,
        "CREATE UNIQUE INDEX contacts_name_global ON contacts (lower(name))",
        "contacts_name_global does not start",
    ),
    (
        catalogue.keys_without_the_tenant,
        "ALTER TABLE bookings ADD CONSTRAINT pet_once EXCLUDE USING gist (pet_id WITH =, tstzrange(starts_at, ends_at) WITH &&)",
        "pet_once does not start",
    ),
    (catalogue.missing_row_security, NEW_TABLE, "toys has no row security"),
    (catalogue.missing_row_security, "ALTER TABLE pets DISABLE ROW LEVEL SECURITY", "pets has no row security"),
    (
        catalogue.missing_row_security,
        "ALTER TABLE pets NO FORCE ROW LEVEL SECURITY",
        "pets does not force row security",
    ),
    (catalogue.missing_row_security, "ALTER TABLE users DISABLE ROW LEVEL SECURITY", "users has no row security"),
    (
        catalogue.missing_row_security,
        f"DO $$ BEGIN EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', {PARTITION}); END $$",
        "messages_2",
    ),
    (
        catalogue.missing_row_security,
        "CREATE TABLE messages_old PARTITION OF messages FOR VALUES FROM (MINVALUE) TO ('00000000-0000-7000-8000-000000000000')",
        "messages_old has no row security",
    ),
    (catalogue.unexpected_policies, NEW_TABLE, "missing policy on toys"),
    (catalogue.unexpected_policies, "DROP POLICY tenant ON pets", "missing policy on pets"),
    (
        catalogue.unexpected_policies,
        "CREATE POLICY everybody ON pets FOR SELECT USING (true)",
        "unexpected policy on pets",
    ),
    (catalogue.unexpected_policies, "ALTER POLICY tenant ON pets USING (true)", "unexpected policy on pets"),
    (catalogue.unexpected_policies, "ALTER POLICY tenant ON pets WITH CHECK (true)", "unexpected policy on pets"),
    (catalogue.unexpected_policies, "ALTER POLICY tenant ON pets TO PUBLIC", "unexpected policy on pets"),
    (catalogue.unexpected_policies, "ALTER POLICY lookup ON outbox USING (true)", "unexpected policy on outbox"),
    (
        catalogue.unexpected_policies,
        "CREATE POLICY mine ON users TO auzap_app USING (true)",
        "unexpected policy on users",
    ),
    (
        catalogue.unexpected_policies,
        f"DO $$ BEGIN EXECUTE format('CREATE POLICY peek ON %s USING (true)', {PARTITION}); END $$",
        "unexpected policy on messages_2",
    ),
    (catalogue.tenants_not_filled_in, "ALTER TABLE pets ALTER organization_id DROP DEFAULT", "pets does not fill in"),
    (
        catalogue.tenants_not_filled_in,
        "ALTER TABLE pets ALTER organization_id SET DEFAULT '00000000-0000-0000-0000-000000000000'",
        "pets does not fill in",
    ),
    (catalogue.tenants_not_filled_in, "CREATE TABLE toys (id uuid PRIMARY KEY)", "toys does not fill in"),
    (catalogue.tenants_not_filled_in, "CREATE TABLE toys (organization_id text)", "toys does not fill in"),
    (
        catalogue.references_across_tenants,
        "CREATE UNIQUE INDEX pets_id ON pets (id); "
        "ALTER TABLE bookings ADD CONSTRAINT by_pet FOREIGN KEY (pet_id) REFERENCES pets (id)",
        "by_pet: bookings refers to pets without its tenant",
    ),
    (
        catalogue.references_across_tenants,
        "CREATE UNIQUE INDEX pets_pair ON pets (id, organization_id); "
        "ALTER TABLE bookings ADD CONSTRAINT crossed FOREIGN KEY (organization_id, pet_id) REFERENCES pets (id, organization_id)",
        "crossed: bookings refers to pets without its tenant",
    ),
    (
        catalogue.references_across_tenants,
        "ALTER TABLE staff_tasks ADD CONSTRAINT forgetful FOREIGN KEY (organization_id, conversation_id) "
        "REFERENCES conversations ON DELETE SET NULL",
        "forgetful: staff_tasks clears its tenant",
    ),
    (
        catalogue.references_across_tenants,
        "ALTER TABLE staff_tasks ADD CONSTRAINT following FOREIGN KEY (organization_id, conversation_id) "
        "REFERENCES conversations ON UPDATE CASCADE",
        "following: staff_tasks follows changed keys",
    ),
    (catalogue.views_that_bypass, "CREATE VIEW everybody AS SELECT * FROM contacts", "everybody reads as its owner"),
    (
        catalogue.views_that_bypass,
        "CREATE VIEW everybody WITH (security_invoker = false) AS SELECT * FROM contacts",
        "everybody reads as its owner",
    ),
    (
        catalogue.granted_materialised_views,
        "CREATE MATERIALIZED VIEW totals AS SELECT * FROM usage_counters; GRANT SELECT ON totals TO auzap_app",
        "totals is granted to auzap_app",
    ),
    (
        catalogue.granted_materialised_views,
        "CREATE MATERIALIZED VIEW totals AS SELECT * FROM usage_counters; GRANT SELECT ON totals TO PUBLIC",
        "totals is granted to PUBLIC",
    ),
    (
        catalogue.unexpected_definers,
        "CREATE FUNCTION app.peek() RETURNS SETOF contacts LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM contacts'",
        "app.peek() is not on the list",
    ),
    (
        catalogue.unexpected_definers,
        "CREATE FUNCTION public.peek() RETURNS SETOF contacts LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM contacts'",
        "peek() is not on the list",
    ),
    (
        catalogue.unexpected_definers,
        "RESET ROLE; ALTER FUNCTION app.begin_tenant(uuid, text) OWNER TO auzap_owner",
        "app.begin_tenant(uuid,text) belongs to auzap_owner",
    ),
    (
        catalogue.unexpected_definers,
        "RESET ROLE; ALTER FUNCTION app.connected_accounts() RESET search_path",
        "app.connected_accounts() does not pin",
    ),
    (
        catalogue.unexpected_definers,
        "RESET ROLE; ALTER FUNCTION app.connected_accounts() SECURITY INVOKER",
        "app.connected_accounts() is gone",
    ),
    (catalogue.wrong_roles, "RESET ROLE; ALTER ROLE auzap_app BYPASSRLS", "auzap_app may do what no role"),
    (catalogue.wrong_roles, "RESET ROLE; ALTER ROLE auzap_owner SUPERUSER", "auzap_owner may do what no role"),
    (catalogue.wrong_roles, "RESET ROLE; ALTER ROLE auzap_lookup LOGIN", "auzap_lookup may log in"),
    (
        catalogue.wrong_roles,
        "RESET ROLE; GRANT auzap_lookup TO auzap_owner WITH INHERIT FALSE, SET TRUE",
        "auzap_owner is a member of auzap_lookup",
    ),
    (
        catalogue.wrong_roles,
        "RESET ROLE; GRANT pg_read_all_data TO auzap_app",
        "auzap_app is a member of pg_read_all_data",
    ),
    (catalogue.wrong_roles, "RESET ROLE; ALTER TABLE pets OWNER TO auzap_app", "auzap_app owns table pets"),
    (catalogue.wrong_roles, "RESET ROLE; ALTER SCHEMA app OWNER TO auzap_app", "auzap_app owns schema app"),
    (catalogue.wrong_roles, "RESET ROLE; ALTER TABLE pets OWNER TO auzap_lookup", "auzap_lookup owns table pets"),
    (catalogue.unexpected_grants, NEW_TABLE + "GRANT SELECT ON toys TO auzap_app", "auzap_app may SELECT toys"),
    (catalogue.unexpected_grants, "GRANT TRUNCATE ON pets TO auzap_app", "auzap_app may TRUNCATE pets"),
    (catalogue.unexpected_grants, "GRANT INSERT ON audit TO auzap_app", "auzap_app may INSERT audit"),
    (
        catalogue.unexpected_grants,
        "GRANT UPDATE (content) ON turn_steps TO auzap_app",
        "auzap_app may UPDATE turn_steps(content)",
    ),
    (catalogue.unexpected_grants, "GRANT SELECT ON organizations TO auzap_app", "auzap_app may SELECT organizations"),
    (catalogue.unexpected_grants, "GRANT SELECT (email) ON users TO PUBLIC", "PUBLIC may SELECT users(email)"),
    (
        catalogue.unexpected_grants,
        f"DO $$ BEGIN EXECUTE format('GRANT SELECT ON %s TO auzap_app', {PARTITION}); END $$",
        "auzap_app may SELECT messages_2",
    ),
    (
        catalogue.unexpected_grants,
        "GRANT UPDATE ON conversations TO auzap_lookup",
        "auzap_lookup may UPDATE conversations",
    ),
    (catalogue.unexpected_grants, "REVOKE SELECT ON pets FROM auzap_app", "auzap_app may not SELECT pets"),
    (
        catalogue.unexpected_grants,
        "RESET ROLE; GRANT CREATE ON SCHEMA public TO PUBLIC",
        "PUBLIC may CREATE schema public",
    ),
    (
        catalogue.unexpected_grants,
        "RESET ROLE; DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO auzap_app', current_database()); END $$",
        "auzap_app may TEMPORARY database",
    ),
    (
        catalogue.unexpected_callers,
        "RESET ROLE; SET LOCAL ROLE auzap_lookup; GRANT EXECUTE ON FUNCTION app.begin_tenant(uuid, text) TO PUBLIC",
        "PUBLIC may call app.begin_tenant(uuid,text)",
    ),
    (
        catalogue.unexpected_callers,
        "GRANT EXECUTE ON PROCEDURE app.create_partitions(regclass, integer) TO auzap_app",
        "auzap_app may call app.create_partitions(regclass,integer)",
    ),
    (
        catalogue.unexpected_callers,
        "CREATE FUNCTION app.peek() RETURNS integer LANGUAGE sql RETURN 1",
        "app.peek() is not on the list",
    ),
    (
        catalogue.unexpected_callers,
        "RESET ROLE; REVOKE EXECUTE ON FUNCTION app.connected_accounts() FROM auzap_app",
        "auzap_app may not call app.connected_accounts()",
    ),
]


@pytest.fixture(scope="module")
def administrator(production_like: Place) -> Iterator[psycopg.Connection]:
    with psycopg.connect(production_like.admin, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_migrated_database_passes(administrator: psycopg.Connection, check: Check) -> None:
    assert check(administrator) == []


@pytest.mark.parametrize(("check", "mistake", "expected"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_planted_mistake_is_found(
    administrator: psycopg.Connection, check: Check, mistake: str, expected: str
) -> None:
    with administrator.transaction(force_rollback=True):
        administrator.execute("SET LOCAL ROLE auzap_owner")
        administrator.execute(mistake.encode())
        administrator.execute("RESET ROLE")

        assert any(finding.startswith(expected) for finding in check(administrator)), check(administrator)


def test_every_check_has_a_mistake_that_it_finds() -> None:
    assert {check for check, _, _ in MISTAKES} == set(CHECKS)

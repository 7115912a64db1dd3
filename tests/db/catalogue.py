"""What must hold of every table, key, policy, grant and function: checks that read pg_catalog and return what they find."""

from collections.abc import Callable

import psycopg

from tests.db.allowed import (
    DEFINERS,
    FURTHER_POLICIES,
    GLOBAL_TABLES,
    GRANTS,
    KEYS_ACROSS_TENANTS,
    PINNED,
    ROLES_OF_THE_HOUSE,
    ROUTINES,
    TENANT_POLICY,
    Policy,
)

type Check = Callable[[psycopg.Connection], list[str]]


def tables_in_strange_places(connection: psycopg.Connection) -> list[str]:
    """Tables live in public, where these checks look; a schema of its own would hide one."""
    return _found(
        connection,
        """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('public', 'pg_catalog', 'information_schema')
          AND n.nspname NOT LIKE 'pg_toast%%'
        UNION ALL SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'f'
        """,
    )


def keys_without_the_tenant(connection: psycopg.Connection) -> list[str]:
    """Primary, unique and exclusion keys must start with the tenant, or they tell one tenant of another's rows."""
    return _found(
        connection,
        """
        SELECT format('%%s has no primary key that starts with organization_id', c.relname) FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (%(globals)s)
          AND NOT EXISTS (
            SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname = 'organization_id')
        UNION ALL
        SELECT format('%%s does not start with organization_id', k.relname)
        FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> ALL (%(globals)s)
          AND (i.indisunique OR i.indisexclusion) AND a.attname IS DISTINCT FROM 'organization_id'
          AND k.relname <> ALL (%(across)s)
        """,
    )


def missing_row_security(connection: psycopg.Connection) -> list[str]:
    """Every table is secured, and every tenant's table also against its owner; partitions are tables too."""
    return _found(
        connection,
        """
        SELECT c.relname || ' has no row security' FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
          AND c.relname <> 'migrations'
        UNION ALL
        SELECT c.relname || ' does not force row security' FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relforcerowsecurity
          AND c.relname <> ALL (%(globals)s)
        """,
    )


def unexpected_policies(connection: psycopg.Connection) -> list[str]:
    """A tenant's table has the tenant policy; whatever else there is stands in FURTHER_POLICIES, word for word."""
    tables = connection.execute(
        """
        SELECT relname, relispartition FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        """
    )
    expected = {
        (table, True, *policy)
        for table, is_partition in tables
        for policy in _expected_policies(table, is_partition=is_partition)
    }
    policies = connection.execute(
        """
        SELECT tablename, permissive = 'PERMISSIVE', policyname, cmd, array_to_string(ARRAY(SELECT unnest(roles) ORDER BY 1), ','),
          qual, with_check
        FROM pg_policies WHERE schemaname = 'public'
        """
    )
    found = set(policies)
    return [
        *(f"unexpected policy on {policy[0]}: {policy[2:]}" for policy in found - expected),
        *(f"missing policy on {policy[0]}: {policy[2:]}" for policy in expected - found),
    ]


def _expected_policies(table: str, *, is_partition: bool) -> set[Policy]:
    own: set[Policy] = set() if table in GLOBAL_TABLES else {TENANT_POLICY}
    return own if is_partition else own | FURTHER_POLICIES.get(table, set())


def tenants_not_filled_in(connection: psycopg.Connection) -> list[str]:
    """The tenant of a new row is the transaction's: nobody writes it by hand."""
    return _found(
        connection,
        """
        SELECT c.relname || ' does not fill in organization_id' FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (%(globals)s)
          AND (a.atttypid IS DISTINCT FROM 'uuid'::regtype OR NOT a.attnotnull
            OR pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM 'app.current_organization()')
        """,
    )


def references_across_tenants(connection: psycopg.Connection) -> list[str]:
    """A reference between tenants' rows carries the tenant on both sides, and nothing that happens to it may change it."""
    return _found(
        connection,
        """
        WITH reference AS (
          SELECT f.conname, c.relname AS from_table, t.relname AS to_table, f.confdeltype, f.confupdtype,
            ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k (n, i)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n ORDER BY i) AS from_columns,
            ARRAY(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY k (n, i)
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n ORDER BY i) AS to_columns,
            ARRAY(SELECT a.attname::text FROM unnest(f.confdelsetcols) k (n)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n) AS cleared
          FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
          WHERE f.contype = 'f' AND c.relnamespace = 'public'::regnamespace
        )
        SELECT format('%%s: %%s refers to %%s without its tenant', conname, from_table, to_table) FROM reference
        WHERE to_table <> ALL (%(globals)s) AND (
          array_position(from_columns, 'organization_id') IS NULL
          OR array_position(from_columns, 'organization_id') IS DISTINCT FROM array_position(to_columns, 'organization_id'))
        UNION ALL
        SELECT format('%%s: %%s clears its tenant when %%s is deleted', conname, from_table, to_table) FROM reference
        WHERE confdeltype IN ('n', 'd') AND (cleared = '{}' OR 'organization_id' = ANY (cleared))
        UNION ALL
        SELECT format('%%s: %%s follows changed keys of %%s', conname, from_table, to_table) FROM reference
        WHERE confupdtype NOT IN ('a', 'r')
        """,
    )


def views_that_bypass(connection: psycopg.Connection) -> list[str]:
    return _found(
        connection,
        """
        SELECT c.relname || ' reads as its owner' FROM pg_class c
        WHERE c.relkind = 'v' AND c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace)
          AND NOT coalesce((SELECT option_value::boolean FROM pg_options_to_table(c.reloptions)
            WHERE option_name = 'security_invoker'), false)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        """,
    )


def granted_materialised_views(connection: psycopg.Connection) -> list[str]:
    """A materialised view holds every tenant's rows, and row security cannot filter it."""
    return _found(
        connection,
        """
        SELECT DISTINCT c.relname || ' is granted to ' || coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC')
        FROM pg_class c, aclexplode(c.relacl) g WHERE c.relkind = 'm' AND g.grantee <> c.relowner
        """,
    )


def unexpected_definers(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        """
        SELECT p.oid::regprocedure::text, p.proowner::regrole::text, p.proconfig FROM pg_proc p
        WHERE p.prosecdef AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        """
    )
    found = {signature: (owner, settings) for signature, owner, settings in rows}
    return [
        *(f"{signature} is not on the list" for signature in found.keys() - DEFINERS.keys()),
        *(f"{signature} is gone" for signature in DEFINERS.keys() - found.keys()),
        *(
            f"{signature} belongs to {owner}"
            for signature, (owner, _) in found.items()
            if owner != DEFINERS.get(signature, owner)
        ),
        *(
            f"{signature} does not pin its search path"
            for signature, (_, settings) in found.items()
            if settings != PINNED
        ),
    ]


def wrong_roles(connection: psycopg.Connection) -> list[str]:
    """No role of the house is above row security; the application owns nothing; no one may become another."""
    return _found(
        connection,
        """
        SELECT r.rolname || ' may do what no role of the house may' FROM pg_roles r
        WHERE r.rolname = ANY (%(roles)s)
          AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication)
        UNION ALL
        SELECT r.rolname || ' may log in' FROM pg_roles r
        WHERE r.rolname IN ('auzap_lookup', 'auzap_recorder', 'auzap_identity') AND r.rolcanlogin
        UNION ALL
        SELECT format('%%s is a member of %%s', m.member::regrole, m.roleid::regrole) FROM pg_auth_members m
        WHERE m.member::regrole::text = ANY (%(roles)s) OR m.roleid::regrole::text = ANY (%(roles)s)
        UNION ALL
        SELECT 'auzap_app owns ' || pg_describe_object(d.classid, d.objid, 0) FROM pg_shdepend d
        WHERE d.deptype = 'o' AND d.refobjid = 'auzap_app'::regrole
          AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        UNION ALL
        SELECT format('%%s owns %%s', d.refobjid::regrole, pg_describe_object(d.classid, d.objid, 0)) FROM pg_shdepend d
        WHERE d.deptype = 'o'
          AND d.refobjid IN ('auzap_lookup'::regrole, 'auzap_recorder'::regrole, 'auzap_identity'::regrole)
          AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND d.classid <> 'pg_proc'::regclass
        UNION ALL
        SELECT wanted || ' is missing' FROM unnest(%(roles)s) wanted WHERE wanted NOT IN (SELECT rolname FROM pg_roles)
        """,
    )


def unexpected_grants(connection: psycopg.Connection) -> list[str]:
    """Tables, columns, sequences, schemas and the database: exactly what stands in GRANTS, and nothing on a partition."""
    rows = connection.execute(
        """
        SELECT coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), c.relname, g.privilege_type
        FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace) AND g.grantee <> c.relowner
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), format('%s(%s)', c.relname, a.attname), g.privilege_type
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
        WHERE c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace) AND g.grantee <> c.relowner
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'schema ' || n.nspname, g.privilege_type
        FROM pg_namespace n, aclexplode(n.nspacl) g WHERE n.nspname IN ('public', 'app') AND g.grantee <> n.nspowner
        UNION ALL
        SELECT coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), 'database', g.privilege_type
        FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) g
        WHERE d.datname = current_database() AND g.grantee <> d.datdba
        """
    )
    found = {tuple(row) for row in rows}
    expected = {
        *(
            (role, table, privilege)
            for role, tables in GRANTS.items()
            for table, privileges in tables.items()
            for privilege in privileges
        ),
        *((role, "schema app", "USAGE") for role in GRANTS),
        ("PUBLIC", "schema public", "USAGE"),
        ("auzap_owner", "schema public", "USAGE"),
        ("auzap_owner", "schema public", "CREATE"),
        ("auzap_app", "database", "CONNECT"),
        *(("auzap_owner", "database", privilege) for privilege in ("CONNECT", "CREATE", "TEMPORARY")),
    }
    return [
        *(f"{role} may {privilege} {what}" for role, what, privilege in found - expected),
        *(f"{role} may not {privilege} {what}" for role, what, privilege in expected - found),
    ]


def unexpected_callers(connection: psycopg.Connection) -> list[str]:
    """A function is anybody's to call until its owner takes that away; a grant by another role is silently lost."""
    rows = connection.execute(
        """
        SELECT p.oid::regprocedure::text, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC')
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND p.pronamespace <> 'information_schema'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
          AND g.grantee <> p.proowner AND g.privilege_type = 'EXECUTE'
        """
    )
    found = set(rows)
    expected = {(signature, role) for signature, roles in ROUTINES.items() for role in roles}
    listed = connection.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'app'::regnamespace"
    )
    return [
        *(f"{role} may call {signature}" for signature, role in found - expected),
        *(f"{role} may not call {signature}" for signature, role in expected - found),
        *(f"{signature} is not on the list" for (signature,) in listed if signature not in ROUTINES),
    ]


CHECKS: tuple[Check, ...] = (
    tables_in_strange_places,
    keys_without_the_tenant,
    missing_row_security,
    unexpected_policies,
    tenants_not_filled_in,
    references_across_tenants,
    views_that_bypass,
    granted_materialised_views,
    unexpected_definers,
    wrong_roles,
    unexpected_grants,
    unexpected_callers,
)


def _found(connection: psycopg.Connection, query: str) -> list[str]:
    names = {"globals": list(GLOBAL_TABLES), "across": list(KEYS_ACROSS_TENANTS), "roles": list(ROLES_OF_THE_HOUSE)}
    return [row[0] for row in connection.execute(query.encode(), names)]

"""Two shops with a row in every table and a mark of theirs in every column that can hold one, made from the catalogue."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from auzap.ids import OrganizationId, new_id
from tests import factories
from tests.db.allowed import GLOBAL_TABLES
from tests.postgres import Place


@dataclass(frozen=True)
class Shops:
    place: Place
    tables: list[str]
    a: OrganizationId
    b: OrganizationId


def mark(organization_id: UUID) -> str:
    return f"canary-{organization_id}"


def plant(place: Place) -> Shops:
    """What only a shape or a reference guards is put aside, so that row security stands alone, and every grant is given."""
    with psycopg.connect(place.owner, autocommit=True) as owner:
        shops = [factories.make_organization(owner) for _ in range(2)]
    with psycopg.connect(place.admin) as administrator:
        # No references and no triggers; the rows are nobody's but their tenant's.
        administrator.execute("SET LOCAL session_replication_role = replica")
        administrator.execute("DELETE FROM organization_settings")
        _drop_shapes(administrator)
        tables = _tables(administrator)
        for table in tables:
            if not _is_partition(administrator, table):
                for organization_id in shops:
                    _insert(administrator, table, organization_id)
            administrator.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO auzap_app").format(sql.Identifier(table))
            )
    return Shops(place, tables, *shops)


def _tables(administrator: psycopg.Connection) -> list[str]:
    rows = administrator.execute(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND relname <> ALL (%s) ORDER BY relname
        """,
        [list(GLOBAL_TABLES)],
    )
    return [row[0] for row in rows]


def _is_partition(administrator: psycopg.Connection, table: str) -> bool:
    row = administrator.execute("SELECT relispartition FROM pg_class WHERE oid = %s::regclass", [table]).fetchone()
    assert row
    return row[0]


def _drop_shapes(administrator: psycopg.Connection) -> None:
    checks = administrator.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND conislocal"
    ).fetchall()
    for table, name in checks:
        administrator.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )


def _insert(administrator: psycopg.Connection, table: str, organization_id: UUID) -> None:
    columns = administrator.execute(
        """
        SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
        """,
        [table],
    ).fetchall()
    values = {name: _value(name, kind, organization_id) for name, kind in columns}
    administrator.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.SQL("{}").format(value) for value in values.values()),
        )
    )


# Values of types that can hold no mark.
PLAIN: dict[str, LiteralString] = {
    "bigint": "1",
    "boolean": "true",
    "date": "'2026-01-01'",
    "date[]": "'{}'",
    "integer": "1",
    "interval": "'1 hour'",
    "smallint": "1",
    "time without time zone": "'08:00'",
    "timestamp with time zone[]": "'{}'",
    "uuid[]": "'{}'",
    "vector": "'[1]'",
}


def _value(column: str, kind: str, organization_id: UUID) -> sql.Composable:
    if column == "organization_id":
        return sql.Literal(organization_id)
    if kind == "timestamp with time zone":
        return sql.SQL("now() + '1 hour'") if column == "ends_at" else sql.SQL("now()")
    known: dict[str, Any] = {
        "bytea": mark(organization_id).encode(),
        "jsonb": Jsonb({"mark": mark(organization_id)}),
        "text": mark(organization_id),
        "text[]": [mark(organization_id)],
        "uuid": new_id(),
    }
    # A type that is in neither is a new one: say here how a row of a shop holds it.
    return sql.Literal(known[kind]) if kind in known else sql.SQL(PLAIN[kind])

"""A shop that has thirty of everything of which it had one: a list that asks once for each row is seen by it."""

import psycopg
from psycopg import sql

from auzap.db.connection import Tx

COPIES = 30
# What makes a copy another one, by the kind of column, where two may not be the same.
OTHERWISE = {
    "uuid": "uuidv7()",
    "text": "left({column}, 30) || ' ' || n",
    "date": "{column} + n",
    "timestamptz": "{column} + n * interval '1 day'",
    "int2": "{column} + n",
    "int4": "{column} + n",
}
ANOTHER_NAME = {"name": "left(name, 30) || ' ' || n"}
# Where what may not be twice is not said by an index of columns; an appointment on the first lane has its place by it.
OF_ITS_OWN = {
    "bookings": {
        "lane": "1",
        "status": "'confirmed'",
        "starts_at": "starts_at + n * interval '90 days'",
        "ends_at": "ends_at + n * interval '90 days'",
    },
    "contacts": {"phone": "NULL"},
    "custom_fields": {"name": "left(name, 30) || n"},
    "knowledge_entries": {"question": "question || n"},
    "knowledge_documents": {"title": "title || n"},
    "notifications": {"once_key": "gen_random_uuid()::text"},
    "pets": ANOTHER_NAME,
    "pipeline_stages": ANOTHER_NAME,
    "products": ANOTHER_NAME,
    "resources": ANOTHER_NAME,
    "room_types": ANOTHER_NAME,
    "services": ANOTHER_NAME,
    "staff_members": ANOTHER_NAME,
}


def crowd(tx: Tx) -> set[str]:
    """The tables that are full now. What there can be but one of stays as it is."""
    tables = tx.execute(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY c.relname
        """
    ).fetchall()
    return {table for (table,) in tables if _is_copied(tx, table)}


def _is_copied(tx: Tx, table: str) -> bool:
    columns = tx.execute(
        """
        SELECT a.attname, t.typname, EXISTS (
          SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey::int2[]))
          AND NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND a.attnum = ANY (k.conkey))
          AND NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
              AND t.typname = 'text')
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        """,
        [table],
    ).fetchall()
    own = OF_ITS_OWN.get(table, {})
    written = [
        own.get(name) or (OTHERWISE.get(kind, "{column}") if is_single else "{column}").format(column=f'"{name}"')
        for name, kind, is_single in columns
    ]
    copying = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {written} FROM (SELECT * FROM {table} LIMIT 1) one, "
        "generate_series(1, {copies}) n ON CONFLICT DO NOTHING"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name, _, _ in columns),
        written=sql.SQL(", ".join(written)),  # pyright: ignore[reportArgumentType]
        copies=COPIES,
    )
    try:
        with tx.savepoint():
            made = tx.connection.execute(copying).rowcount
            tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return made > 0
    except psycopg.Error:
        return False

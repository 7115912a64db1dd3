"""Migrations: plain SQL files, each applied once, in order, by the owner of the tables; then the routines, as they are now."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import cast

import psycopg
from psycopg import sql
from psycopg.abc import Query

# Any number, the same for every migrator of this database.
LOCK = 727_001
PARTITIONED = ("turn_steps", "messages", "raw_elements", "changes", "audit")
MONTHS_AHEAD = 3
# Of what goes by whole months: news that nobody asks for any more, what providers sent, what turns thought.
KEPT_DAYS = {"changes": 7, "raw_elements": 30, "turn_steps": 30}
ROUTINES = "routines/"


@dataclass(frozen=True, slots=True)
class Migration:
    version: str
    text: str

    @property
    def is_routine(self) -> bool:
        """Says what a function is, not how a table changes: applied again whenever its text has changed."""
        return self.version.startswith(ROUTINES)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()


class ChangedMigration(Exception):
    """A migration that has been applied here was edited afterwards."""


def migrations() -> list[Migration]:
    """In the order of their application: the tables first, then the routines that work on them."""
    return [*_files("migrations"), *_files("routines", prefix=ROUTINES)]


def _files(folder: str, *, prefix: str = "") -> list[Migration]:
    files = [file for file in (resources.files("auzap.db") / folder).iterdir() if file.name.endswith(".sql")]
    return [
        Migration(prefix + file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in sorted(files, key=lambda file: file.name)
    ]


def bootstrap(admin: str, *, app_password: str, owner_password: str) -> None:
    """Roles, extensions and what else needs the administrator. May be repeated."""
    text = (resources.files("auzap.db") / "bootstrap.sql").read_text("utf-8")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        connection.execute(cast(Query, text))
        for role, password in (("auzap_app", app_password), ("auzap_owner", owner_password)):
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            connection.execute(statement)


def migrate(admin: str, owner: str) -> list[str]:
    """Apply what is new; the names of what was applied."""
    with psycopg.connect(admin, autocommit=True) as administrator:
        # One migrator at a time, from before the roles are lent until they are taken back.
        administrator.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        # Only while migrations run may their owner act as the owners of the definer functions.
        administrator.execute(
            "GRANT auzap_lookup, auzap_recorder, auzap_identity TO auzap_owner WITH INHERIT FALSE, SET TRUE"
        )
        try:
            with psycopg.connect(owner, autocommit=True) as connection:
                return _apply(connection)
        finally:
            administrator.execute("REVOKE auzap_lookup, auzap_recorder, auzap_identity FROM auzap_owner")


def create_partitions(owner: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        for table in PARTITIONED:
            connection.execute("CALL app.create_partitions(%s::regclass, %s)", [table, MONTHS_AHEAD])
        for table, days in KEPT_DAYS.items():
            connection.execute("CALL app.drop_partitions(%s::regclass, make_interval(days => %s))", [table, days])


def _apply(connection: psycopg.Connection) -> list[str]:
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS migrations (
          version text PRIMARY KEY, digest bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT statement_timestamp()
        )
        """
    )
    known = dict(connection.execute("SELECT version, digest FROM migrations").fetchall())
    applied: list[str] = []
    for migration in migrations():
        if known.get(migration.version) == migration.digest:
            continue
        if migration.version in known and not migration.is_routine:
            raise ChangedMigration(migration.version)
        with connection.transaction():
            connection.execute(cast(Query, migration.text))
            connection.execute(
                """
                INSERT INTO migrations (version, digest) VALUES (%s, %s)
                ON CONFLICT (version) DO UPDATE SET digest = excluded.digest, applied_at = statement_timestamp()
                """,
                [migration.version, migration.digest],
            )
        applied.append(migration.version)
    return applied

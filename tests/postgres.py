"""PostgreSQL for tests: one server a process, a template migrated as in production, a cheap clone for every need."""

import atexit
import functools
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from auzap.db import migrate
from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId
from local import ports, postgres
from tests import factories

# Any number, the same for every process that may share the server.
LOCK = 727_002

# The production clock with a hand on it. It is read as a table, so that one statement moves it for every connection.
MOVABLE_CLOCK = """
CREATE TABLE app.test_clock (moved_by interval NOT NULL);
INSERT INTO app.test_clock VALUES ('0');
GRANT SELECT ON app.test_clock TO auzap_app, auzap_lookup, auzap_recorder, auzap_identity;
CREATE OR REPLACE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN statement_timestamp() + (SELECT moved_by FROM app.test_clock);
"""


@dataclass(frozen=True)
class Place:
    """One database, and how each role reaches it."""

    name: str
    admin: str
    owner: str
    app: str


@dataclass(frozen=True)
class Clock:
    """The hand on app.now()."""

    owner: psycopg.Connection

    def move(self, by: timedelta) -> None:
        self.owner.execute("UPDATE app.test_clock SET moved_by = moved_by + %s", [by])

    def reset(self) -> None:
        self.owner.execute("UPDATE app.test_clock SET moved_by = '0'")

    def now(self) -> datetime:
        row = self.owner.execute("SELECT app.now()").fetchone()
        assert row
        return row[0].astimezone(UTC)


class Undone(Exception):
    """Ends a test's transaction without a commit."""


@functools.cache
def server() -> str:
    """The administrator's connection to a server: the given one, or one of this process that ends with it."""
    if given := os.environ.get("AUZAP_TEST_DATABASE_URL"):
        return given
    held = ExitStack()
    atexit.register(held.close)
    directory = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="auzap-test-", ignore_cleanup_errors=True)))
    # The server's own user must be able to walk in.
    directory.chmod(0o755)
    return held.enter_context(postgres.running(directory, ports.free())).admin_dsn


def place(name: str) -> Place:
    def login(role: str) -> str:
        return make_conninfo(server(), dbname=name, user=role, password=_password(role))

    return Place(name, make_conninfo(server(), dbname=name), login("auzap_owner"), login("auzap_app"))


@functools.cache
def template(*, clock: bool) -> str:
    """A database migrated as in production, named by what is in it; with `clock`, its time can be moved."""
    texts = [migration.text for migration in migrate.migrations()]
    name = f"auzap_template_{hashlib.sha256('\0'.join([*texts, MOVABLE_CLOCK]).encode()).hexdigest()[:12]}"
    with alone() as administrator:
        if not _exists(administrator, name):
            _create(administrator, f"{name}_new", "template1")
            made = place(f"{name}_new")
            bootstrap(made)
            migrate.migrate(made.admin, made.owner)
            _rename(administrator, made.name, name)
        if not clock:
            return name
        if not _exists(administrator, f"{name}_clock"):
            _create(administrator, f"{name}_clock_new", name)
            with psycopg.connect(place(f"{name}_clock_new").owner) as owner:
                owner.execute(MOVABLE_CLOCK)
            _rename(administrator, f"{name}_clock_new", f"{name}_clock")
    return f"{name}_clock"


@contextmanager
def cloned(source: str) -> Iterator[Place]:
    """A database of its own for whoever asks, gone afterwards."""
    made = place(f"auzap_test_{uuid4().hex[:12]}")
    with alone() as administrator:
        _create(administrator, made.name, source)
        # What is granted on a database does not come with a copy of it.
        bootstrap(made)
    try:
        yield made
    finally:
        with psycopg.connect(server(), autocommit=True) as administrator:
            administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made.name)))


@contextmanager
def alone() -> Iterator[psycopg.Connection]:
    """One process at a time: roles belong to the whole server, and a template must not be in use while it is copied."""
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield connection


def bootstrap(made: Place) -> None:
    migrate.bootstrap(made.admin, app_password=_password("auzap_app"), owner_password=_password("auzap_owner"))


def _password(role: str) -> str:
    """The same in every process that shares the server."""
    return hashlib.sha256(f"{conninfo_to_dict(server()).get('password')} {role}".encode()).hexdigest()


def _exists(administrator: psycopg.Connection, name: str) -> bool:
    return administrator.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 1


def _create(administrator: psycopg.Connection, name: str, source: str) -> None:
    administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    administrator.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(source)
        )
    )


def _rename(administrator: psycopg.Connection, name: str, to: str) -> None:
    administrator.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))


def wait_until_blocked(where: Place, *, count: int = 1) -> None:
    """Until this many connections of a database wait for a lock. Only the administrator sees what others wait for."""
    deadline = time.monotonic() + 5
    with psycopg.connect(where.admin, autocommit=True) as administrator:
        while time.monotonic() < deadline:
            row = administrator.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if row and row[0] >= count:
                return
    raise AssertionError("nobody waits for a lock")


@pytest.fixture(scope="module")
def production_like() -> Iterator[Place]:
    """A database exactly as the migrations leave it."""
    with cloned(template(clock=False)) as made:
        yield made


@pytest.fixture(scope="module")
def shared_database() -> Iterator[Place]:
    """The database of one file of tests, which keep apart by an organization each. No file meets what another left."""
    with cloned(template(clock=True)) as made:
        yield made


@pytest.fixture(scope="module")
def owner(shared_database: Place) -> Iterator[psycopg.Connection]:
    """Who may make organizations, and nobody's application."""
    with psycopg.connect(shared_database.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def clock(owner: psycopg.Connection) -> Iterator[Clock]:
    hand = Clock(owner)
    yield hand
    hand.reset()


@pytest.fixture
def connect(shared_database: Place) -> Iterator[Callable[[], Database]]:
    """Databases of the application, each with a connection of its own, as two sandboxes have."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Database(lambda: shared_database.app)))


@pytest.fixture(scope="module")
def database(shared_database: Place) -> Iterator[Database]:
    """One connection for all tests of a file."""
    with closing(Database(lambda: shared_database.app)) as opened:
        yield opened


@pytest.fixture
def organization_id(owner: psycopg.Connection) -> OrganizationId:
    return factories.make_organization(owner)


@pytest.fixture
def tx(database: Database, organization_id: OrganizationId) -> Iterator[Tx]:
    """A transaction of a fresh organization that leaves nothing behind."""
    try:
        with database.transaction(organization_id, "test") as begun:
            yield begun
            raise Undone
    except Undone:
        pass

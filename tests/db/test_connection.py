"""The kept connection: when it is renewed, what a failure leaves behind, and how often it waits for the server."""

# ruff: noqa: PT012 - what fails is a whole transaction

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import date

import psycopg
import pytest
from psycopg import errors

from auzap.conversations import recording_queries
from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId
from auzap.outbox import queries as outbox_queries
from auzap.outbox import statuses
from auzap.turns import claiming_queries, finishing_queries
from tests.db.counting_proxy import Proxy, counting
from tests.postgres import Place, Undone


@pytest.fixture
def proxy(shared_database: Place) -> Iterator[Proxy]:
    with counting(shared_database.app) as made:
        yield made


@pytest.fixture
def counted(proxy: Proxy, organization_id: OrganizationId) -> Iterator[Database]:
    """A connected database whose round trips are counted from now on."""
    with closing(Database(lambda: proxy.conninfo)) as database:
        with database.batch(organization_id, "test"):
            pass
        proxy.reset()
        yield database


def backend(database: Database) -> int:
    return database.lookup("SELECT pg_backend_pid()")[0][0]


def terminate(place: Place, pid: int) -> None:
    with psycopg.connect(place.admin, autocommit=True) as administrator:
        administrator.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def names(database: Database, organization_id: OrganizationId) -> list[str]:
    with database.transaction(organization_id, "test") as tx:
        return [row[0] for row in tx.execute("SELECT name FROM contacts ORDER BY name")]


def add(tx: Tx, name: str) -> None:
    tx.execute("INSERT INTO contacts (name) VALUES (%s)", [name])


def test_a_connection_that_died_while_idle_is_opened_anew(
    shared_database: Place, database: Database, organization_id: OrganizationId
) -> None:
    first = backend(database)
    terminate(shared_database, first)

    with database.transaction(organization_id, "test") as tx:
        add(tx, "Ana")

    assert backend(database) != first
    assert names(database, organization_id) == ["Ana"]


def test_the_connection_is_kept_between_transactions(database: Database, organization_id: OrganizationId) -> None:
    first = backend(database)
    with database.transaction(organization_id, "test"), pytest.raises(AssertionError):
        raise AssertionError
    with pytest.raises(Undone), database.batch(organization_id, "test"):
        raise Undone

    assert backend(database) == first


def test_a_connection_that_dies_in_a_transaction_fails_it_and_not_the_next(
    shared_database: Place, database: Database, organization_id: OrganizationId
) -> None:
    with pytest.raises(psycopg.OperationalError), database.transaction(organization_id, "test") as tx:
        add(tx, "Ana")
        terminate(shared_database, tx.connection.info.backend_pid)
        add(tx, "Bia")

    assert names(database, organization_id) == []


def test_a_failed_statement_leaves_the_next_transaction_clean(
    database: Database, organization_id: OrganizationId
) -> None:
    for opened in (database.transaction, database.batch):
        with pytest.raises(errors.DivisionByZero), opened(organization_id, "test") as tx:
            add(tx, "Ana")
            tx.execute("SELECT 1 / 0")
            add(tx, "Bia")

        assert not database.in_transaction
        assert names(database, organization_id) == []


def test_a_failure_that_is_swallowed_is_still_no_commit(database: Database, organization_id: OrganizationId) -> None:
    with pytest.raises(errors.InFailedSqlTransaction), database.transaction(organization_id, "test") as tx:
        add(tx, "Ana")
        with pytest.raises(errors.DivisionByZero):
            tx.execute("SELECT 1 / 0")

    assert names(database, organization_id) == []


def test_a_savepoint_keeps_what_was_done_before_a_refusal(database: Database, organization_id: OrganizationId) -> None:
    with database.transaction(organization_id, "test") as tx:
        add(tx, "Ana")
        with pytest.raises(errors.CheckViolation), tx.savepoint():
            tx.execute("INSERT INTO contacts (phone) VALUES ('no number')")

    assert names(database, organization_id) == ["Ana"]


def test_a_batch_with_an_error_in_the_middle_leaves_nothing(
    database: Database, organization_id: OrganizationId
) -> None:
    with pytest.raises(errors.CheckViolation), database.batch(organization_id, "test") as tx:
        add(tx, "Ana")
        tx.execute("INSERT INTO contacts (phone) VALUES ('no number')")
        add(tx, "Bia")

    assert names(database, organization_id) == []


def test_a_batch_that_its_own_code_leaves_early_leaves_nothing(
    database: Database, organization_id: OrganizationId
) -> None:
    with pytest.raises(Undone), database.batch(organization_id, "test") as tx:
        add(tx, "Ana")
        raise Undone
    with pytest.raises(Undone), database.batch(organization_id, "test") as tx:
        add(tx, "Ana")
        tx.execute("SELECT count(*) FROM contacts").fetchone()
        raise Undone

    assert names(database, organization_id) == []


def test_a_batch_is_one_round_trip(counted: Database, proxy: Proxy, organization_id: OrganizationId) -> None:
    with counted.batch(organization_id, "test") as tx:
        for name in ("Ana", "Bia", "Caio", "Davi", "Eva"):
            add(tx, name)
        found = tx.execute("SELECT count(*) FROM contacts")

    assert (proxy.round_trips, proxy.statements) == (1, 7)
    assert found.fetchone() == (5,)
    assert proxy.round_trips == 1


def test_a_transaction_waits_once_to_begin_once_a_statement_and_once_to_end(
    counted: Database, proxy: Proxy, organization_id: OrganizationId
) -> None:
    with counted.transaction(organization_id, "test") as tx:
        for name in ("Ana", "Bia", "Caio"):
            add(tx, name)

    assert (proxy.round_trips, proxy.statements) == (5, 6)


def test_the_settings_version_grows_with_every_change_of_the_shop(
    database: Database, organization_id: OrganizationId
) -> None:
    def version() -> int:
        with database.batch(organization_id, "test") as tx:
            pass
        return tx.settings_version

    before = version()
    with database.transaction(organization_id, "test") as tx:
        assert tx.settings_version == before
        tx.execute("INSERT INTO services (name, duration, price_cents) VALUES ('Banho', '1 hour', 6000)")
        tx.execute("UPDATE organization_settings SET about = 'Desde 1998'")

    assert version() == before + 2


def test_a_statement_may_not_wait_or_run_for_ever(database: Database) -> None:
    rows = database.lookup(
        """
        SELECT name, setting::int FROM pg_settings
        WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')
        """
    )

    assert dict(rows) == {
        "statement_timeout": 5_000,
        "lock_timeout": 2_000,
        "transaction_timeout": 30_000,
        "idle_in_transaction_session_timeout": 30_000,
    }


@pytest.mark.parametrize(
    ("routine", "row"),
    [
        ("record_message", recording_queries.Stored),
        ("claim_turn", claiming_queries.Found),
        ("finish_turn", finishing_queries.Written),
        ("claim_outbox", outbox_queries.Claimed),
        ("record_sent", outbox_queries.Recorded),
        ("apply_status", statuses.Found),
    ],
)
def test_a_routine_returns_the_fields_of_its_row_in_their_order(
    database: Database, routine: str, row: type[recording_queries.Stored]
) -> None:
    returned = database.lookup(
        """
        SELECT given.name FROM pg_proc p, unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS given (name, mode, place)
        WHERE p.oid = (SELECT oid FROM pg_proc WHERE proname = %s) AND given.mode = 't' ORDER BY given.place
        """,
        [routine],
    )

    assert [name for (name,) in returned] == [field.name for field in fields(row)]


@dataclass(frozen=True, slots=True)
class Known:
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class KnownLater(Known):
    on: date


@dataclass(frozen=True)
class Loose:
    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.upper())


def test_a_row_is_made_by_the_names_of_its_columns(tx: Tx) -> None:
    later = "SELECT n AS number, 'Rex' AS name, date '2027-03-10' AS on FROM generate_series(1, 2) n"

    assert tx.rows(Known, "SELECT 2 AS number, 'Rex' AS name").fetchall() == [Known("Rex", 2)]
    assert tx.rows(KnownLater, later).fetchall() == [KnownLater("Rex", n, date(2027, 3, 10)) for n in (1, 2)]
    assert tx.rows(Loose, "SELECT 'Rex' AS name").fetchone() == Loose("Rex")
    assert tx.rows(Judged, "SELECT 'Rex' AS name").fetchone() == Judged("Rex")


def test_a_row_that_has_other_columns_is_refused(tx: Tx) -> None:
    with pytest.raises(TypeError, match="number"):
        tx.rows(Known, "SELECT 'Rex' AS name").fetchall()
    with pytest.raises(TypeError, match="breed"):
        tx.rows(Known, "SELECT 'Rex' AS name, 2 AS number, 'SRD' AS breed").fetchall()

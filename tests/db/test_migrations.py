"""Migrations: applied once each, in order, never edited, by one migrator at a time; and the partitions they keep."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors, sql

from auzap.db import migrate
from auzap.db.connection import Tx
from auzap.ids import new_id
from tests import postgres
from tests.postgres import Place, cloned, template, wait_until_blocked


@pytest.fixture
def migrated() -> Iterator[Place]:
    with cloned(template(clock=False)) as place:
        yield place


@pytest.fixture
def empty() -> Iterator[Place]:
    with cloned("template1") as place:
        yield place


def ledger(place: Place) -> list[tuple[str, bytes]]:
    with psycopg.connect(place.owner) as owner:
        return owner.execute("SELECT version, digest FROM migrations ORDER BY version").fetchall()


def test_everything_is_applied_once_and_a_second_run_does_nothing(empty: Place) -> None:
    names = [migration.version for migration in migrate.migrations()]

    with postgres.alone():
        assert migrate.migrate(empty.admin, empty.owner) == names
        assert migrate.migrate(empty.admin, empty.owner) == []

    assert [version for version, _ in ledger(empty)] == names


def test_bootstrapping_may_be_repeated(migrated: Place) -> None:
    before = ledger(migrated)

    with postgres.alone():
        postgres.bootstrap(migrated)
        postgres.bootstrap(migrated)
        assert migrate.migrate(migrated.admin, migrated.owner) == []

    assert ledger(migrated) == before


def test_an_edited_migration_is_refused_and_nothing_is_applied(migrated: Place) -> None:
    last = migrate.migrations()[-1].version
    with psycopg.connect(migrated.owner) as owner:
        owner.execute(
            "UPDATE migrations SET digest = %s WHERE version = '0001_tenancy'", [hashlib.sha256(b"").digest()]
        )
        owner.execute("DELETE FROM migrations WHERE version = %s", [last])

    with postgres.alone(), pytest.raises(migrate.ChangedMigration, match="0001_tenancy"):
        migrate.migrate(migrated.admin, migrated.owner)

    assert last not in dict(ledger(migrated))


def test_a_migration_that_fails_leaves_nothing_and_the_owner_keeps_no_borrowed_role(empty: Place) -> None:
    with psycopg.connect(empty.admin) as administrator:
        # In the way of the fourth migration.
        administrator.execute("CREATE TABLE dead_letters (); ALTER TABLE dead_letters OWNER TO auzap_owner")

    with postgres.alone(), pytest.raises(errors.DuplicateTable):
        migrate.migrate(empty.admin, empty.owner)

    assert [version for version, _ in ledger(empty)] == ["0001_tenancy", "0002_shop", "0003_conversations"]
    with psycopg.connect(empty.admin) as administrator:
        assert administrator.execute("SELECT to_regclass('changes')").fetchone() == (None,)
        assert members_of_the_definers(administrator) == []


def members_of_the_definers(administrator: psycopg.Connection) -> list[tuple[str]]:
    return administrator.execute(
        """
        SELECT member::regrole::text FROM pg_auth_members
        WHERE roleid IN ('auzap_lookup'::regrole, 'auzap_recorder'::regrole, 'auzap_identity'::regrole)
        """
    ).fetchall()


def test_two_migrators_at_once_apply_everything_once(empty: Place) -> None:
    together = threading.Barrier(2)

    def run() -> list[str]:
        together.wait()
        return migrate.migrate(empty.admin, empty.owner)

    with postgres.alone(), ThreadPoolExecutor(2) as pool:
        first, second = (future.result() for future in [pool.submit(run), pool.submit(run)])

    names = [migration.version for migration in migrate.migrations()]
    assert sorted([first, second]) == [[], names]
    with psycopg.connect(empty.admin) as administrator:
        assert members_of_the_definers(administrator) == []


def test_a_migrator_that_waits_has_not_yet_lent_the_owner_any_role(empty: Place) -> None:
    with postgres.alone(), psycopg.connect(empty.admin, autocommit=True) as first, ThreadPoolExecutor(1) as pool:
        first.execute("SELECT pg_advisory_lock(%s)", [migrate.LOCK])
        second = pool.submit(migrate.migrate, empty.admin, empty.owner)
        wait_until_blocked(empty)

        assert members_of_the_definers(first) == []

        first.execute("SELECT pg_advisory_unlock(%s)", [migrate.LOCK])
        assert second.result() == [migration.version for migration in migrate.migrations()]


def partitions(place: Place, table: str) -> list[str]:
    with psycopg.connect(place.owner) as owner:
        rows = owner.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass ORDER BY 1",
            [table],
        )
        return [row[0] for row in rows]


def months(first: int, last: int) -> list[str]:
    """Months as partitions are named, counted from this one."""
    now = datetime.now(UTC)
    start = now.year * 12 + now.month - 1
    return [f"{number // 12}_{number % 12 + 1:02d}" for number in range(start + first, start + last + 1)]


@pytest.mark.parametrize("table", migrate.PARTITIONED)
def test_partitions_reach_from_last_month_to_three_months_ahead(production_like: Place, table: str) -> None:
    assert partitions(production_like, table) == [f"{table}_{month}" for month in months(-1, 3)]


def test_creating_partitions_again_adds_only_what_is_missing(migrated: Place) -> None:
    with psycopg.connect(migrated.owner) as owner:
        last = f"changes_{months(3, 3)[0]}"
        owner.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(last)))

    migrate.create_partitions(migrated.owner)
    migrate.create_partitions(migrated.owner)

    assert partitions(migrated, "changes") == [f"changes_{month}" for month in months(-1, 3)]
    with psycopg.connect(migrated.owner) as owner:
        assert owner.execute(
            "SELECT relrowsecurity, relforcerowsecurity, relacl FROM pg_class WHERE oid = %s::regclass", [last]
        ).fetchone() == (True, True, None)


def test_every_partitioned_table_gets_its_partitions(production_like: Place) -> None:
    with psycopg.connect(production_like.owner) as owner:
        rows = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace"
        )
        assert {row[0] for row in rows} == set(migrate.PARTITIONED)


@pytest.mark.parametrize("made_by", ["the database", "the application"])
def test_a_row_of_today_lies_in_the_partition_of_this_month(tx: Tx, made_by: str) -> None:
    row = tx.execute(
        "INSERT INTO raw_elements (id, element) VALUES (coalesce(%s, uuidv7()), '{}') RETURNING tableoid::oid",
        [new_id() if made_by == "the application" else None],
    ).fetchone()

    assert row
    assert tx.execute("SELECT relname FROM pg_class WHERE oid = %s", row).fetchone() == (
        f"raw_elements_{months(0, 0)[0]}",
    )


def test_the_bounds_of_months_leave_no_gap(production_like: Place) -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    with psycopg.connect(production_like.owner) as owner:
        row = owner.execute("SELECT app.uuid_floor(%s)", [midnight]).fetchone()

    assert row
    milliseconds = row[0].int >> 80
    assert milliseconds == int(midnight.timestamp() * 1000)
    smallest = UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
    assert row[0] == smallest


def test_passwords_are_set_and_kept_out_of_the_statement_text(migrated: Place) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(migrated.app, password=str(uuid4()))
    psycopg.connect(migrated.app).close()

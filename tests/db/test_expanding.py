"""While a new version is deployed, the one before still works on the new schema: what it reads stays, and what it writes fits."""

from collections.abc import Iterator

import psycopg
import pytest

from auzap.db import migrate
from tests import postgres
from tests.postgres import Place, cloned

# The schema that the version before was written for.
RELEASED = "0005_lookups"
# Filled in before a row is written that does not name them.
BY_TRIGGER = {("outbox", "expires_at")}

type Columns = dict[tuple[str, str], tuple[str, bool, bool]]


@pytest.fixture(scope="module")
def old() -> Iterator[Place]:
    released = [each for each in migrate.migrations() if not each.is_routine and each.version <= RELEASED]
    with cloned("template1") as place:
        with postgres.alone(), pytest.MonkeyPatch.context() as patched:
            patched.setattr(migrate, "migrations", lambda: released)
            migrate.migrate(place.admin, place.owner)
        yield place


@pytest.fixture(scope="module")
def before(old: Place) -> Columns:
    return columns(old)


@pytest.fixture(scope="module")
def after(production_like: Place) -> Columns:
    return columns(production_like)


def columns(place: Place) -> Columns:
    """Type, whether NULL is refused, and whether there is a default, of every column of ours."""
    with psycopg.connect(place.owner) as owner:
        rows = owner.execute(
            """
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND a.attnum > 0 AND NOT a.attisdropped
            """
        ).fetchall()
    return {(table, column): (type_, refuses_null, fills_in) for table, column, type_, refuses_null, fills_in in rows}


def callable_by_the_application(place: Place) -> dict[str, str]:
    """What may be called, with what it answers."""
    with psycopg.connect(place.owner) as owner:
        rows = owner.execute(
            """
            SELECT p.oid::regprocedure::text, pg_get_function_result(p.oid) FROM pg_proc p
            WHERE p.pronamespace = 'app'::regnamespace AND p.prokind = 'f' AND has_function_privilege('auzap_app', p.oid, 'EXECUTE')
            """
        ).fetchall()
    return dict(rows)


def test_what_the_version_before_calls_is_still_there(old: Place, production_like: Place) -> None:
    calls, after = callable_by_the_application(old), callable_by_the_application(production_like)

    assert len(calls) > 5
    assert {name: after.get(name) for name in calls} == calls


def test_what_the_version_before_reads_is_still_there(before: Columns, after: Columns) -> None:
    assert {name: known[0] for name, known in before.items()} == {
        name: after[name][0] for name in before if name in after
    }


def test_what_the_version_before_writes_is_still_taken(before: Columns, after: Columns) -> None:
    tables = {table for table, _ in before}
    added = {name: known for name, known in after.items() if name not in before and name[0] in tables}
    assert len(added) > 40
    assert {name for name, (_, refuses_null, fills_in) in added.items() if refuses_null and not fills_in} == BY_TRIGGER
    refused = {name for name, (_, refuses_null, _) in after.items() if refuses_null}
    assert {name for name in before if name in refused and not before[name][1]} == set()


def test_a_migration_does_not_make_the_traffic_wait_for_long(production_like: Place) -> None:
    """It gives up as soon as a statement of the application that waits behind it would."""
    with psycopg.connect(production_like.owner) as owner:
        assert owner.execute("SHOW lock_timeout").fetchone() == ("5s",)
    with psycopg.connect(production_like.app) as application:
        assert application.execute("SHOW statement_timeout").fetchone() == ("5s",)

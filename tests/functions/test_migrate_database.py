"""migrate_database: CloudFormation hears what came of the migrations, and each day has its partitions."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from auzap.db import migrate
from tests.functions.house import House, database_secret
from tests.postgres import Place, cloned


@pytest.fixture
def empty() -> Iterator[Place]:
    """A database that nobody has migrated."""
    with cloned("template1") as place:
        yield place


def settings(house: House, place: Place, **changed: Any) -> dict[str, str]:
    keep = house.installation.keep_secret
    return {
        "AUZAP_DATABASE_SECRET": keep(database_secret(place.app)),
        "AUZAP_DATABASE_OWNER_SECRET": keep(database_secret(place.owner)),
        "AUZAP_DATABASE_ADMIN_SECRET": keep({**database_secret(place.admin), **changed}),
    }


def request(house: House, kind: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": f"{house.outside.url}/callback",
        "StackId": "arn:aws:cloudformation:sa-east-1:123456789012:stack/auzap/1",
        "RequestId": "a-request",
        "LogicalResourceId": "Migrations",
        "ResourceProperties": {"Digest": "0"},
    }


def ask(place: Place, question: LiteralString) -> Any:
    with psycopg.connect(place.owner) as connection:
        row = connection.execute(question).fetchone()
    assert row
    return row[0]


def test_a_deploy_migrates_once_and_is_told(house: House, empty: Place) -> None:
    created = house.invoke("migrate_database", request(house, "Create"), settings=settings(house, empty))
    updated = house.invoke("migrate_database", request(house, "Update"), settings=settings(house, empty))

    assert (created.answer, updated.answer) == (None, None)
    first, second = house.outside.callbacks
    versions = [migration.version for migration in migrate.migrations()]
    assert first == {
        "Status": "SUCCESS",
        "Reason": "applied: " + ", ".join(versions),
        "PhysicalResourceId": "database-migrations",
        "StackId": "arn:aws:cloudformation:sa-east-1:123456789012:stack/auzap/1",
        "RequestId": "a-request",
        "LogicalResourceId": "Migrations",
    }
    assert second == {**first, "Reason": "applied: nothing new"}
    assert ask(empty, "SELECT count(*) FROM migrations") == len(versions)


def test_a_migration_that_fails_is_told_without_a_secret(house: House, empty: Place) -> None:
    wrong = "a-wrong-password"

    invocation = house.invoke(
        "migrate_database", request(house, "Create"), settings=settings(house, empty, password=wrong)
    )

    assert invocation.answer == {"raised": "OperationalError"}
    (told,) = house.outside.callbacks
    assert told["Status"] == "FAILED"
    assert told["Reason"].startswith("OperationalError: ")
    assert wrong not in told["Reason"]
    assert wrong not in invocation.output


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(house: House, empty: Place) -> None:
    house.invoke("migrate_database", request(house, "Create"), settings=settings(house, empty))
    with psycopg.connect(empty.owner) as connection:
        connection.execute("UPDATE migrations SET digest = ''")

    house.invoke("migrate_database", request(house, "Update"), settings=settings(house, empty))

    assert house.outside.callbacks[-1]["Status"] == "FAILED"
    assert house.outside.callbacks[-1]["Reason"].startswith("ChangedMigration: ")


def test_deleting_the_stack_leaves_the_database_as_it_is(house: House, empty: Place) -> None:
    invocation = house.invoke("migrate_database", request(house, "Delete"), settings=settings(house, empty))

    assert invocation.answer is None
    assert house.outside.callbacks[0]["Status"] == "SUCCESS"
    assert ask(empty, "SELECT to_regclass('organizations') IS NULL")


def test_each_day_has_the_partitions_of_the_months_to_come(house: House, empty: Place) -> None:
    house.invoke("migrate_database", request(house, "Create"), settings=settings(house, empty))
    partitions: LiteralString = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'messages'::regclass"
    there_were = ask(empty, partitions)
    with psycopg.connect(empty.owner) as connection:
        last = connection.execute(
            "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'messages'::regclass"
        ).fetchone()
        assert last
        # One that media may refer to cannot be dropped where it is.
        connection.execute(f"ALTER TABLE messages DETACH PARTITION {last[0]}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        connection.execute(f"DROP TABLE {last[0]}")  # pyright: ignore[reportArgumentType, reportCallIssue]

    invocation = house.invoke("migrate_database", {"job": "partitions"}, settings=settings(house, empty))

    assert invocation.answer is None
    assert ask(empty, partitions) == there_were

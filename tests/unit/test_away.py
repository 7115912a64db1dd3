"""Which failures are the database's own, so that work waits for it, and which are the work's."""

import psycopg
import pytest
from psycopg import errors

from auzap.db.away import is_away


@pytest.mark.parametrize(
    "failed",
    [
        psycopg.OperationalError("connection refused"),
        errors.ConnectionFailure(),
        errors.InvalidPassword(),
        errors.TooManyConnections(),
        errors.DiskFull(),
        errors.AdminShutdown(),
        errors.CannotConnectNow(),
        errors.IoError(),
        errors.ReadOnlySqlTransaction(),
        errors.DeadlockDetected(),
    ],
    ids=repr,
)
def test_a_database_that_is_away_is_waited_for(failed: Exception) -> None:
    assert is_away(failed)


@pytest.mark.parametrize(
    "failed",
    [
        errors.ProgramLimitExceeded(),
        errors.StatementTooComplex(),
        errors.QueryCanceled(),
        errors.LockNotAvailable(),
        errors.CheckViolation(),
        errors.InvalidTextRepresentation(),
        psycopg.DataError("a NUL in a text"),
        psycopg.ProgrammingError("no such parameter"),
        ValueError("no number"),
    ],
    ids=repr,
)
def test_what_a_database_refuses_is_the_works_own(failed: Exception) -> None:
    assert not is_away(failed)

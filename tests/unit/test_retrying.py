"""A lost race is run again, a few times; anything else is nobody's race."""

import pytest
from psycopg import errors

from auzap.db.retrying import RETRIES, retried


class Attempts:
    """Work that fails in this way so many times before it is done."""

    def __init__(self, failure: type[Exception], times: int) -> None:
        self.failure = failure
        self.times = times
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        if self.made <= self.times:
            raise self.failure
        return "done"


@pytest.mark.parametrize("failure", [errors.DeadlockDetected, errors.SerializationFailure])
@pytest.mark.parametrize("times", range(RETRIES + 1))
def test_a_lost_race_is_run_again(failure: type[Exception], times: int) -> None:
    work = Attempts(failure, times)

    assert retried(work) == "done"
    assert work.made == times + 1


def test_a_race_that_is_lost_again_and_again_is_told() -> None:
    work = Attempts(errors.DeadlockDetected, RETRIES + 1)

    with pytest.raises(errors.DeadlockDetected):
        retried(work)

    assert work.made == RETRIES + 1


@pytest.mark.parametrize("failure", [errors.UniqueViolation, errors.QueryCanceled, errors.OperationalError, ValueError])
def test_what_is_no_race_is_told_at_once(failure: type[Exception]) -> None:
    work = Attempts(failure, 1)

    with pytest.raises(failure):
        retried(work)

    assert work.made == 1


def test_what_else_is_a_race_is_the_works_own_to_say() -> None:
    work = Attempts(errors.UniqueViolation, 1)

    assert retried(work, also=(errors.UniqueViolation,)) == "done"

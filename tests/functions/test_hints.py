"""A hint may be lost: one that waits in vain for the database is let go, and the sweep brings another."""

from datetime import timedelta

import pytest

from tests.functions.house import House

NOWHERE = {"AUZAP_DATABASE_URL": "postgresql://auzap_app:none@127.0.0.1:1/auzap"}
RECEIVES = 8


@pytest.mark.parametrize("queue", ["turns", "outbox"])
def test_a_long_outage_of_the_database_makes_no_dead_letter_of_a_hint(house: House, queue: str) -> None:
    person = house.person()
    house.hear(person)
    if queue == "outbox":
        house.work("turns")

    during = [invocation for _ in range(RECEIVES) for invocation in house.work(queue, settings=NOWHERE)]
    left = house.traffic.take(queue)
    house.traffic.pass_time(timedelta(minutes=5), sweeping=True)

    assert [len(invocation.failed) for invocation in during] == [1] * (RECEIVES - 1) + [0]
    assert left == []
    assert house.one("SELECT count(*) FROM dead_letters") == 0
    assert house.rows("SELECT state, count(*) FROM outbox GROUP BY state") == [("sent", 1)]
    assert house.one("SELECT state FROM conversations") == "ai"


def test_a_claim_that_fails_is_tried_again_within_seconds(house: House) -> None:
    house.hear(house.person())

    (failed,) = house.work("turns", settings=NOWHERE)
    house.traffic.pass_time(timedelta(seconds=6))

    assert len(failed.failed) == 1
    assert house.rows("SELECT state FROM turns") == [("answered",)]


def test_a_statement_that_takes_too_long_is_no_outage(house: House) -> None:
    """What ails one conversation alone must come before people at last."""
    house.hear(house.person())
    house.work("turns")
    slow = {"AUZAP_DATABASE_URL": f"{house.place.app} options='-c statement_timeout=1'"}

    during = [invocation for _ in range(RECEIVES) for invocation in house.work("outbox", settings=slow)]

    assert [len(invocation.failed) for invocation in during] == [1] * RECEIVES

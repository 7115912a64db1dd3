"""A batch of a queue: what failed is told to SQS, and of a customer also what comes after it."""

from collections.abc import Callable
from typing import Any

import pytest

from auzap.consumer import Failures, Record, consume, consume_fifo

SAID = "meu cachorro se chama Rex"


def batch(*groups: str) -> dict[str, Any]:
    """A record for each of the groups, numbered from 1."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": SAID,
                "receiptHandle": f"handle-{number}",
                "eventSourceARN": "arn:aws:sqs:sa-east-1:000000000000:inbound.fifo",
                "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": group},
            }
            for number, group in enumerate(groups, 1)
        ]
    }


def failing(handled: list[str], *bad: str) -> Callable[[Record], None]:
    def handle(record: Record) -> None:
        if record.id in bad:
            raise ValueError(record.body)
        handled.append(record.id)

    return handle


def ids(failures: Failures) -> list[str]:
    return [failure["itemIdentifier"] for failure in failures["batchItemFailures"]]


def test_a_batch_without_failures_is_done() -> None:
    handled: list[str] = []

    assert consume(batch("a", "b"), failing(handled)) == {"batchItemFailures": []}
    assert handled == ["1", "2"]


def test_a_failure_is_told_and_the_others_are_done() -> None:
    handled: list[str] = []

    assert ids(consume(batch("a", "a", "a"), failing(handled, "2"))) == ["2"]
    assert handled == ["1", "3"]


def test_what_follows_a_failure_in_its_group_waits_for_it_and_other_groups_do_not() -> None:
    handled: list[str] = []

    failed = consume_fifo(batch("a", "b", "a", "c", "b", "a", "c", "a"), failing(handled, "3"))

    assert ids(failed) == ["3", "6", "8"]
    assert handled == ["1", "2", "4", "5", "7"]


def test_of_two_failures_each_holds_back_its_own_group() -> None:
    handled: list[str] = []

    assert ids(consume_fifo(batch("a", "b", "b", "a", "c"), failing(handled, "1", "2"))) == ["1", "2", "3", "4"]
    assert handled == ["5"]


def test_the_log_tells_the_kind_of_a_failure_and_its_place_and_nothing_that_was_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    consume(batch("a"), failing([], "1"))

    (logged,) = caplog.records
    told = vars(logged)
    assert (logged.getMessage(), told["record_id"], told["failure"]) == ("record_failed", "1", "ValueError")
    assert told["place"].startswith("failing.<locals>.handle:")
    assert SAID not in str(told)


def test_a_worker_that_is_told_to_stop_does_not_call_the_record_done() -> None:
    def stopped(record: Record) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume(batch("a"), stopped)

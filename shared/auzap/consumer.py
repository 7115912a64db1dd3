"""Draining a queue: each record by itself, failures told to SQS and to the log, never with what a person wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

import psycopg

from auzap.db.away import is_away
from auzap.observability import log_failure

type Handle = Callable[[Record], None]

# Below what makes a dead letter of a hint: there is nothing wrong with the conversation.
MOST_RECEIVES_OF_A_HINT = 8


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    body: str
    receipt_handle: str
    queue_arn: str
    # How often SQS has handed it out, this time among them.
    receives: int
    # Of a FIFO queue: a customer.
    group: str


class Failure(TypedDict):
    itemIdentifier: str


class Failures(TypedDict):
    """What SQS shall deliver again; all else is done."""

    batchItemFailures: list[Failure]


def consume(event: dict[str, Any], handle: Handle) -> Failures:
    return _failures(record for record in _records(event) if not _is_handled(record, handle))


def consume_hints(event: dict[str, Any], handle: Handle) -> Failures:
    """The rows say what is to be done, and a sweep renews a hint that has waited in vain for the database."""

    def patiently(record: Record) -> None:
        try:
            handle(record)
        except psycopg.Error as failed:
            if record.receives < MOST_RECEIVES_OF_A_HINT or not is_away(failed):
                raise
            _log(record, failed)

    return consume(event, patiently)


def consume_fifo(event: dict[str, Any], handle: Handle) -> Failures:
    """A conversation is a message group: a failure holds back that customer, not the batch."""
    held: set[str] = set()

    def is_done(record: Record) -> bool:
        if record.group in held or not _is_handled(record, handle):
            held.add(record.group)
        return record.group not in held

    return _failures(record for record in _records(event) if not is_done(record))


def _records(event: dict[str, Any]) -> Iterator[Record]:
    for record in event["Records"]:
        # Whoever invokes the function by hand gives an id and a body.
        attributes = record.get("attributes", {})
        yield Record(
            record["messageId"],
            record["body"],
            record.get("receiptHandle", ""),
            record.get("eventSourceARN", ""),
            int(attributes.get("ApproximateReceiveCount", 1)),
            attributes.get("MessageGroupId", ""),
        )


def _failures(failed: Iterator[Record]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": record.id} for record in failed]}


def _is_handled(record: Record, handle: Handle) -> bool:
    try:
        handle(record)
    except Exception as failed:  # noqa: BLE001 - whatever it is, it is this one record's
        _log(record, failed)
        return False
    return True


def _log(record: Record, failed: Exception) -> None:
    log_failure("record_failed", failed, record_id=record.id)

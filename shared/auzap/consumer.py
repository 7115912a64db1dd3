"""Draining a queue: each record by itself, failures told to SQS and to the log, never with what a person wrote."""

from collections.abc import Callable, Iterator
from typing import Any, TypedDict

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from auzap.observability import logger

type Handle = Callable[[SQSRecord], None]


class Failure(TypedDict):
    itemIdentifier: str


class Failures(TypedDict):
    """What SQS shall deliver again; all else is done."""

    batchItemFailures: list[Failure]


def consume(event: dict[str, Any], handle: Handle) -> Failures:
    return _failures(record for record in _records(event) if not _is_handled(record, handle))


def consume_fifo(event: dict[str, Any], handle: Handle) -> Failures:
    """A conversation is a message group: a failure holds back that customer, not the batch."""
    held: set[str] = set()

    def in_order(record: SQSRecord) -> bool:
        group = record.raw_event["attributes"]["MessageGroupId"]
        if group in held or not _is_handled(record, handle):
            held.add(group)
        return group not in held

    return _failures(record for record in _records(event) if not in_order(record))


def _records(event: dict[str, Any]) -> Iterator[SQSRecord]:
    return (SQSRecord(record) for record in event["Records"])


def _failures(failed: Iterator[SQSRecord]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": record.message_id} for record in failed]}


def _is_handled(record: SQSRecord, handle: Handle) -> bool:
    try:
        handle(record)
    except Exception as failed:  # noqa: BLE001 - whatever it is, it is this one record's
        _log(record, failed)
        return False
    return True


def _log(record: SQSRecord, failed: Exception) -> None:
    # The kind of failure and its place, not its text: a database's error quotes the row.
    trace = failed.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else None
    logger.error("record_failed", record_id=record.message_id, failure=type(failed).__name__, place=place)

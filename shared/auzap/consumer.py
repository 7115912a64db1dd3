"""Draining a queue: each record by itself, failures told to SQS and to the log, never with what a person wrote."""

from collections.abc import Callable
from typing import Any

import psycopg
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,  # pyright: ignore[reportUnknownVariableType]
)
from aws_lambda_powertools.utilities.batch.base import FailureResponse
from aws_lambda_powertools.utilities.batch.exceptions import ExceptionInfo
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from auzap.observability import logger

type Handle = Callable[[SQSRecord], None]

# A database that shuts down, starts, has no room, or takes no writes; one that cannot be reached says nothing at all.
AWAY = ("08", "53", "57P", "25006")
# Below what makes a dead letter of a hint: there is nothing wrong with the conversation.
MOST_RECEIVES_OF_A_HINT = 8


class Processor(BatchProcessor):
    def failure_handler(self, record: SQSRecord, exception: ExceptionInfo) -> FailureResponse:
        _log(record, exception[1])
        return super().failure_handler(record, exception)  # pyright: ignore[reportUnknownMemberType]


class FifoProcessor(SqsFifoPartialProcessor):
    def failure_handler(self, record: SQSRecord, exception: ExceptionInfo) -> FailureResponse:
        _log(record, exception[1])
        return super().failure_handler(record, exception)  # pyright: ignore[reportUnknownMemberType]


def consume(event: dict[str, Any], handle: Handle) -> PartialItemFailureResponse:
    processor = Processor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle, processor)


def consume_hints(event: dict[str, Any], handle: Handle) -> PartialItemFailureResponse:
    """The rows say what is to be done, and a sweep renews a hint that has waited in vain for the database."""

    def patiently(record: SQSRecord) -> None:
        try:
            handle(record)
        except psycopg.Error as failed:
            if int(record.attributes.approximate_receive_count) < MOST_RECEIVES_OF_A_HINT or not _is_away(failed):
                raise
            _log(record, failed)

    return consume(event, patiently)


def consume_fifo(event: dict[str, Any], handle: Handle) -> PartialItemFailureResponse:
    """A conversation is a message group: a failure holds back that customer, not the batch."""
    processor = FifoProcessor(skip_group_on_error=True)
    # Raised whole, a batch's failures would be printed with the values that the database quotes.
    processor.raise_on_entire_batch_failure = False
    return process_partial_response(event, handle, processor)


def _is_away(failed: psycopg.Error) -> bool:
    if failed.sqlstate is None:
        return isinstance(failed, psycopg.OperationalError)
    return failed.sqlstate.startswith(AWAY)


def _log(record: SQSRecord, failed: BaseException | None) -> None:
    # The kind of failure and its place, not its text: a database's error quotes the row.
    trace = failed.__traceback__ if failed else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else None
    logger.error("record_failed", record_id=record.message_id, failure=type(failed).__name__, place=place)

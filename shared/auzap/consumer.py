"""Draining a queue: each record by itself, failures told to SQS and to the log, never with what a person wrote."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,  # pyright: ignore[reportUnknownVariableType]
)
from aws_lambda_powertools.utilities.batch.base import FailureResponse
from aws_lambda_powertools.utilities.batch.exceptions import ExceptionInfo
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap.observability import logger

type Handle = Callable[..., None]


class Processor(BatchProcessor):
    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:
        _log(record, exception)
        return super().failure_handler(record, exception)  # pyright: ignore[reportUnknownMemberType]


class FifoProcessor(SqsFifoPartialProcessor):
    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:
        _log(record, exception)
        return super().failure_handler(record, exception)  # pyright: ignore[reportUnknownMemberType]


def consume(event: dict[str, Any], context: LambdaContext, handle: Handle) -> PartialItemFailureResponse:
    processor = Processor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle, processor, context)


def consume_fifo(event: dict[str, Any], context: LambdaContext, handle: Handle) -> PartialItemFailureResponse:
    """A conversation is a message group: a failure holds back that customer, not the batch."""
    processor = FifoProcessor(skip_group_on_error=True)
    # Raised whole, a batch's failures would be printed with the values that the database quotes.
    processor.raise_on_entire_batch_failure = False
    return process_partial_response(event, handle, processor, context)


def _log(record: Any, exception: ExceptionInfo) -> None:
    # The kind of failure and its place, not its text: a database's error quotes the row.
    kind, failed, _ = exception
    trace = failed.__traceback__ if failed else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else None
    logger.error("record_failed", record_id=record.message_id, failure=kind.__name__ if kind else None, place=place)

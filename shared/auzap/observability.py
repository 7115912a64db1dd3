"""The log: JSON lines, a constant message and keys, never what a person wrote."""

import functools
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger(service="auzap")


class Unexpected(Exception):
    """Something failed that the log names by its kind; what it said stays out of it."""


def log_failure(message: str, failed: BaseException, **keys: Any) -> None:
    """The kind of failure and its place, not its text: a database's error quotes the row."""
    trace = failed.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else None
    logger.error(message, failure=type(failed).__name__, place=place, **keys)


def discreet[Answer](handler: Callable[[dict[str, Any], Any], Answer]) -> Callable[[dict[str, Any], Any], Answer]:
    """A handler that fails without its runtime printing what the failure says."""

    @functools.wraps(handler)
    def wrapped(event: dict[str, Any], context: Any) -> Answer:
        try:
            return handler(event, context)
        except Exception as failed:  # noqa: BLE001 - whatever it is, the runtime would print it
            log_failure("invocation_failed", failed)
            kind = type(failed).__name__
        raise Unexpected(kind)

    return wrapped

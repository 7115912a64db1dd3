"""A queue as the source of a function's events."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from infra.function import Function

# As long as SQS keeps anything.
RETENTION = Duration.days(14)


def visibility(function: Function) -> Duration:
    # AWS asks for six times the function's timeout, or a slow batch is delivered twice.
    return Duration.seconds(6 * function.timeout.to_seconds())


def drain(queue: sqs.Queue, function: Function, *, batch_size: int, concurrency: int) -> None:
    source = event_sources.SqsEventSource(
        cast(sqs.IQueue, queue), batch_size=batch_size, max_concurrency=concurrency, report_batch_item_failures=True
    )
    function.alias.add_event_source(cast(lambda_.IEventSource, source))

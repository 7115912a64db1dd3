"""A place for what was given up: kept at once by keep_dead_letter, and heard of."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import MINUTE, Alarms
from infra.event_source import RETENTION, drain, visibility
from infra.function import Function
from infra.names import queue_name

# A message that was given up reaches a person within this time.
TOO_LONG = Duration.minutes(15)


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """keep_dead_letter, and how many of it may work at one queue."""

    function: Function
    concurrency: int


class DeadLetters(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        keeper: Keeper,
        meaning: str,
        key: kms.IKey,
        alarms: Alarms,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name(name, fifo=fifo),
            fifo=fifo or None,
            visibility_timeout=visibility(keeper.function),
            retention_period=RETENTION,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
        )
        drain(self.queue, keeper.function, batch_size=10, concurrency=keeper.concurrency)
        # They are drained at once, so that hardly any is ever seen waiting: what counts is that one was taken out.
        alarms.above(
            self,
            "Arrived",
            self.queue.metric_number_of_messages_received(period=MINUTE),
            threshold=0,
            meaning=meaning,
        )
        alarms.above(
            self,
            "Stuck",
            self.queue.metric_approximate_age_of_oldest_message(period=MINUTE),
            threshold=TOO_LONG.to_seconds(),
            meaning="Dead letters are not being kept",
        )

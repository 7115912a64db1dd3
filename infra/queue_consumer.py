"""A queue, the function that drains it, its dead letters, and the alarms on both."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import MINUTE, Alarms
from infra.function import Function

KEPT = Duration.days(14)
# A message reaches a person at the latest this long after it was given up.
DEAD_FOR_TOO_LONG = Duration.minutes(15)


class QueueConsumer(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: Function,
        batch_size: int,
        concurrency: int,
        attempts: int,
        stale_after: Duration,
        key: kms.IKey,
        alarms: Alarms,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.dead_letters = sealed_queue(self, "DeadLetters", key=key, fifo=fifo)
        self.queue = sqs.Queue(
            self,
            "Queue",
            fifo=fifo or None,
            # One customer's messages keep their order, and no customer waits for another.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
            # AWS asks for six times the function's timeout, or a slow batch is delivered twice.
            visibility_timeout=Duration.seconds(6 * function.timeout.to_seconds()),
            retention_period=KEPT,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=attempts),
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
        )
        drain(self.queue, function, batch_size=batch_size, concurrency=concurrency)
        alarms.above(
            self,
            "Stale",
            self.queue.metric_approximate_age_of_oldest_message(period=MINUTE),
            threshold=stale_after.to_seconds(),
            meaning=f"Messages wait too long for {function.folder}",
        )
        watch_dead_letters(self, self.dead_letters, alarms, meaning=f"{function.folder} gave up on a message")


def sealed_queue(scope: Construct, id_: str, *, key: kms.IKey, fifo: bool = False) -> sqs.Queue:
    return sqs.Queue(
        scope,
        id_,
        fifo=fifo or None,
        retention_period=KEPT,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        removal_policy=RemovalPolicy.DESTROY,
    )


def drain(queue: sqs.IQueue, function: Function, *, batch_size: int, concurrency: int) -> None:
    function.alias.add_event_source(
        event_sources.SqsEventSource(
            queue, batch_size=batch_size, max_concurrency=concurrency, report_batch_item_failures=True
        )
    )


def watch_dead_letters(scope: Construct, queue: sqs.IQueue, alarms: Alarms, *, meaning: str) -> None:
    # They are drained at once, so that hardly any is ever seen waiting: what counts is that one was taken out.
    alarms.above(
        scope,
        "DeadLettersArrived",
        queue.metric_number_of_messages_received(period=MINUTE),
        threshold=0,
        meaning=meaning,
    )
    alarms.above(
        scope,
        "DeadLettersStuck",
        queue.metric_approximate_age_of_oldest_message(period=MINUTE),
        threshold=DEAD_FOR_TOO_LONG.to_seconds(),
        meaning="Dead letters are not being kept",
    )

"""A queue, the function that drains it, its dead letters, and the alarms on both."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import MINUTE, Alarms
from infra.dead_letters import DeadLetters, Keeper
from infra.event_source import RETENTION, drain, visibility
from infra.function import Function
from infra.names import queue_name


class QueueConsumer(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        function: Function,
        batch_size: int,
        concurrency: int,
        attempts: int,
        stale_after: Duration,
        keeper: Keeper,
        key: kms.IKey,
        alarms: Alarms,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            name=f"{name}-dead",
            keeper=keeper,
            meaning=f"{function.folder} gave up on a message",
            key=key,
            alarms=alarms,
            fifo=fifo,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name(name, fifo=fifo),
            fifo=fifo or None,
            # One customer's messages keep their order, and no customer waits for another.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
            visibility_timeout=visibility(function),
            retention_period=RETENTION,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=cast(sqs.IQueue, self.dead_letters.queue), max_receive_count=attempts
            ),
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

    def accept_from(self, *senders: Function, variable: str) -> None:
        """These functions may send, and nobody else in the account: the consumer believes what it is told."""
        for sender in senders:
            sender.may_send_to(self.queue, variable)
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[cast(iam.IPrincipal, iam.AnyPrincipal())],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": [sender.role.role_arn for sender in senders]}},
            )
        )

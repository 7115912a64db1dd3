"""The queues of the application with the functions that drain them, and the one place where all dead letters go."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.alarms import Alarms
from infra.dead_letters import Keeper
from infra.function import Function
from infra.functions import Functions
from infra.names import camel_case
from infra.queue_consumer import QueueConsumer
from infra.settings import Concurrency


class Queues(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        prefix: str,
        functions: Functions,
        concurrency: Concurrency,
        keeper: Keeper,
        key: kms.IKey,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, id_)
        self._prefix = prefix
        self._keeper = keeper
        self._key = key
        self._alarms = alarms
        self.consumers: dict[str, QueueConsumer] = {}
        most = concurrency
        self.inbound = self._consumer(
            "inbound",
            functions.record_message,
            most.record_message,
            batch_size=10,
            # As many as SQS allows: what cannot be stored is quarantined by the function, and a database is waited for.
            attempts=1000,
            stale=60,
            fifo=True,
        )
        self.provider_events = self._consumer(
            "provider-events",
            functions.apply_provider_event,
            most.apply_provider_event,
            batch_size=10,
            # Of which the first come within seconds.
            attempts=12,
            stale=300,
        )
        self.turns = self._consumer(
            "turns", functions.answer_conversation, most.answer_conversation, batch_size=1, attempts=12, stale=120
        )
        self.outbox = self._consumer(
            "outbox", functions.send_outbox, most.send_outbox, batch_size=1, attempts=10, stale=300
        )
        self.media = self._consumer(
            "media", functions.fetch_media, most.fetch_media, batch_size=1, attempts=10, stale=600
        )
        self.automations = self._consumer(
            "automations", functions.run_automation, most.run_automation, batch_size=1, attempts=5, stale=900
        )
        # A job counts its own failures, and ends before its hint would.
        self.jobs = self._consumer("jobs", functions.run_job, most.run_job, batch_size=1, attempts=10, stale=900)
        self.changes = self._consumer(
            "changes", functions.publish_changes, most.publish_changes, batch_size=10, attempts=10, stale=60
        )

    def _consumer(
        self,
        name: str,
        function: Function,
        concurrency: int,
        *,
        batch_size: int,
        attempts: int,
        stale: int,
        fifo: bool = False,
    ) -> QueueConsumer:
        consumer = QueueConsumer(
            self,
            camel_case(name),
            name=f"{self._prefix}-{name}",
            function=function,
            concurrency=concurrency,
            batch_size=batch_size,
            attempts=attempts,
            stale_after=Duration.seconds(stale),
            fifo=fifo,
            keeper=self._keeper,
            key=self._key,
            alarms=self._alarms,
        )
        self.consumers[camel_case(name)] = consumer
        return consumer

"""All functions of the application, in the order in which a message meets them."""

from collections.abc import Sequence

from aws_cdk import CustomResource, Duration
from constructs import Construct

from infra.foundation import Database
from infra.function import Function, Household
from infra.function_code import migrations_digest
from infra.settings import Settings

# Every queue with dead letters, and the ticks that were lost.
DRAINED_BY_KEEP_DEAD_LETTER = 9


class Functions(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, household: Household, database: Database
    ) -> None:
        super().__init__(scope, id_)
        self._household = household
        self._database = database
        most = settings.concurrency

        self.migrate_database = self._migrator()
        self._migrated = self._migrations(settings.database_mark)

        self.receive_webhook = Function(
            self,
            "receive_webhook",
            household=household,
            timeout=Duration.seconds(5),
            memory=512,
            concurrency=most.receive_webhook,
        )
        self.record_message = self._function("record_message", seconds=20, concurrency=most.record_message)
        self.answer_conversation = self._function(
            "answer_conversation",
            seconds=35,
            concurrency=most.answer_conversation,
            memory=1024,
            layers=["agent"],
            snap_start=settings.snap_start,
        )
        self.send_outbox = self._function("send_outbox", seconds=30, concurrency=most.send_outbox)
        self.apply_provider_event = self._function(
            "apply_provider_event", seconds=20, concurrency=most.apply_provider_event
        )
        # Files lie in /tmp while they are fetched, two of 100 MB at most: the least that Lambda gives holds them.
        self.fetch_media = self._function("fetch_media", seconds=60, concurrency=most.fetch_media)
        self.run_schedule = self._function("run_schedule", seconds=30, concurrency=most.run_schedule)
        self.run_automation = self._function(
            "run_automation", seconds=60, concurrency=most.run_automation, layers=["agent"]
        )
        # Long work goes on in another invocation: one need not last.
        self.run_job = self._function("run_job", seconds=60, concurrency=most.run_job)
        self.publish_changes = self._function("publish_changes", seconds=30, concurrency=most.publish_changes)
        self.keep_dead_letter = self._function(
            "keep_dead_letter", seconds=20, concurrency=most.keep_dead_letter * DRAINED_BY_KEEP_DEAD_LETTER
        )
        self.serve_api = self._function(
            "serve_api",
            seconds=29,
            concurrency=most.serve_api,
            memory=1024,
            layers=["api"],
            snap_start=settings.snap_start,
        )
        # API Gateway waits no longer for a socket's answer.
        self.serve_realtime = self._function("serve_realtime", seconds=29, concurrency=most.serve_realtime)

    @property
    def all(self) -> list[Function]:
        return [child for child in self.node.children if isinstance(child, Function)]

    def _function(
        self,
        folder: str,
        *,
        seconds: int,
        concurrency: int,
        memory: int = 512,
        layers: Sequence[str] = (),
        snap_start: bool = False,
    ) -> Function:
        """A function that uses the database, deployed after it was migrated."""
        function = Function(
            self,
            folder,
            household=self._household,
            timeout=Duration.seconds(seconds),
            memory=memory,
            concurrency=concurrency,
            layers=["data", *layers],
            network=self._database.network,
            snap_start=snap_start,
        )
        function.may_read(self._database.application_secret, "AUZAP_DATABASE_SECRET")
        function.node.add_dependency(self._migrated)
        return function

    def _migrator(self) -> Function:
        migrator = Function(
            self,
            "migrate_database",
            household=self._household,
            timeout=Duration.minutes(15),
            memory=512,
            concurrency=1,
            layers=["data"],
            network=self._database.network,
        )
        migrator.may_read(self._database.admin_secret, "AUZAP_DATABASE_ADMIN_SECRET")
        migrator.may_read(self._database.owner_secret, "AUZAP_DATABASE_OWNER_SECRET")
        migrator.may_read(self._database.application_secret, "AUZAP_DATABASE_SECRET")
        return migrator

    def _migrations(self, database_mark: str) -> CustomResource:
        return CustomResource(
            self,
            "Migrations",
            resource_type="Custom::Migrations",
            service_token=self.migrate_database.alias.function_arn,
            service_timeout=Duration.minutes(16),
            properties={"Migrations": migrations_digest(), "Database": database_mark},
        )

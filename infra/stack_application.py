"""The application stack: functions, queues, HTTP API, buckets, counters, clocks and alarms, on one foundation."""

from collections.abc import Callable

from aws_cdk import CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import reasons
from infra.alarms import Alarms, counted
from infra.clocks import Clocks
from infra.dead_letters import Keeper
from infra.foundation import Foundation
from infra.front_door import FrontDoor, Routes
from infra.function import Household
from infra.functions import Functions
from infra.keys import data_key, let_alarms_use, let_logs_use
from infra.layers import Layers
from infra.queues import Queues
from infra.realtime import Realtime
from infra.settings import Settings
from infra.storage import Storage


class ApplicationStack(Stack):
    def __init__(self, scope: Construct, *, settings: Settings, foundation: Callable[[Construct], Foundation]) -> None:
        super().__init__(
            scope,
            f"{settings.prefix}-application",
            description="AuZap's functions, queues, API and clocks",
            env=Environment(region=settings.region),
            termination_protection=settings.keep_data,
        )
        self._settings = settings
        self._foundation = foundation(self)
        self._removal = RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY
        self._retention = logs.RetentionDays[settings.log_retention]
        self._api_log = f"/aws/vendedlogs/{settings.prefix}/api"
        self._key = data_key(self, "Key", alias=f"auzap/{settings.environment}/application", keep=settings.keep_data)
        let_logs_use(self._key, [f"/{settings.prefix}/*", self._api_log])
        let_alarms_use(self._key)
        self._alarms = Alarms(self, "Alarms", name=settings.prefix, key=self._key, email=settings.alarms_email)

        self._storage = Storage(
            self,
            "Storage",
            key=self._key,
            removal=self._removal,
            panel_url=settings.panel_url,
            audit_lock=settings.audit_lock,
        )
        self._counters = self._counters_table()
        self._functions = Functions(
            self,
            "Functions",
            settings=settings,
            household=self._household(),
            database=self._foundation.database,
        )
        keeper = Keeper(function=self._functions.keep_dead_letter, concurrency=settings.concurrency.keep_dead_letter)
        clocks = Clocks(
            self,
            "Clocks",
            prefix=settings.prefix,
            timezone=settings.clocks.timezone,
            keeper=keeper,
            key=self._key,
            alarms=self._alarms,
        )
        self._queues = Queues(
            self,
            "Queues",
            prefix=settings.prefix,
            functions=self._functions,
            concurrency=settings.concurrency,
            keeper=keeper,
            key=self._key,
            alarms=self._alarms,
        )
        self._realtime = Realtime(
            self,
            "Realtime",
            name=settings.prefix,
            function=self._functions.serve_realtime,
            throttle=settings.api_throttle,
            key=self._key,
            alarms=self._alarms,
        )
        self._wind(clocks)
        self._let_send()
        self._let_keep()
        self._let_know()
        self._let_tell()
        self._listen()
        front_door = self._front_door()
        self._show(front_door)
        # What the edge stands before, and its dashboard shows.
        self.api, self.sockets, self.media = front_door.api, self._realtime.api, self._storage.media
        self.functions, self.queues = self._functions, self._queues
        reasons.acknowledge(self._realtime, reasons.REALTIME)
        reasons.acknowledge(self, reasons.APPLICATION)

    def _household(self) -> Household:
        return Household(
            prefix=self._settings.prefix,
            architecture=self._settings.architecture,
            layers=Layers(self, "Layers", architecture=self._settings.architecture),
            key=self._key,
            log_retention=self._retention,
            log_removal=self._removal,
            alarms=self._alarms,
            environment={"AUZAP_ENVIRONMENT": self._settings.environment},
        )

    def _counters_table(self) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Counters",
            partition_key=dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expires_at",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._key,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _wind(self, clocks: Clocks) -> None:
        times = self._settings.clocks
        always = f"{times.hours} ? * {times.days} *"
        clocks.wake(
            self._functions.run_schedule,
            {
                "hint_sweep": f"* {always}",
                "returns": f"* {always}",
                "channel_health": f"0/5 {always}",
                "shop_clock": f"0/15 {always}",
            },
            # A tick that is late does nothing that the next one will not do.
            retries=0,
            oldest=Duration.minutes(1),
        )
        clocks.wake(
            self._functions.migrate_database,
            {"partitions": f"15 {times.daily_hour} ? * {times.days} *"},
            retries=2,
            oldest=Duration.hours(1),
        )

    def _let_send(self) -> None:
        functions, queues = self._functions, self._queues
        # What was given up and is to be tried again goes back to where it came from: run_automation may send anywhere.
        queues.inbound.accept_from(
            functions.receive_webhook, functions.run_automation, variable="AUZAP_INBOUND_QUEUE_URL"
        )
        queues.provider_events.accept_from(
            functions.receive_webhook, functions.run_automation, variable="AUZAP_PROVIDER_EVENTS_QUEUE_URL"
        )
        queues.turns.accept_from(
            functions.record_message,
            functions.answer_conversation,
            functions.run_schedule,
            functions.run_automation,
            functions.serve_api,
            variable="AUZAP_TURNS_QUEUE_URL",
        )
        queues.outbox.accept_from(
            functions.record_message,
            functions.answer_conversation,
            functions.send_outbox,
            functions.apply_provider_event,
            functions.run_schedule,
            functions.run_automation,
            functions.keep_dead_letter,
            functions.serve_api,
            variable="AUZAP_OUTBOX_QUEUE_URL",
        )
        queues.media.accept_from(
            functions.record_message,
            functions.run_schedule,
            functions.run_automation,
            variable="AUZAP_MEDIA_QUEUE_URL",
        )
        queues.automations.accept_from(
            functions.record_message,
            functions.answer_conversation,
            functions.apply_provider_event,
            functions.run_schedule,
            functions.run_automation,
            functions.serve_api,
            variable="AUZAP_AUTOMATIONS_QUEUE_URL",
        )
        queues.changes.accept_from(
            functions.record_message,
            functions.answer_conversation,
            functions.send_outbox,
            functions.apply_provider_event,
            functions.fetch_media,
            functions.run_schedule,
            functions.run_automation,
            functions.run_job,
            functions.keep_dead_letter,
            functions.serve_api,
            variable="AUZAP_CHANGES_QUEUE_URL",
        )
        queues.jobs.accept_from(
            functions.run_schedule,
            functions.run_automation,
            functions.run_job,
            functions.serve_api,
            variable="AUZAP_JOBS_QUEUE_URL",
        )
        # They let a message of their own queue wait; sending there is not their business.
        functions.record_message.tell("AUZAP_INBOUND_QUEUE_URL", queues.inbound.queue.queue_url)
        functions.apply_provider_event.tell("AUZAP_PROVIDER_EVENTS_QUEUE_URL", queues.provider_events.queue.queue_url)
        functions.fetch_media.tell("AUZAP_MEDIA_QUEUE_URL", queues.media.queue.queue_url)
        every = queues.consumers.values()
        functions.serve_api.may_look_at([each.queue for each in every], "AUZAP_WORKING_QUEUE_URLS")
        functions.serve_api.may_look_at([each.dead_letters.queue for each in every], "AUZAP_DEAD_QUEUE_URLS")

    def _let_keep(self) -> None:
        functions, quarantine = self._functions, self._storage.quarantine
        functions.receive_webhook.may_put_into(quarantine, "whatsapp/*", "AUZAP_QUARANTINE_BUCKET")
        functions.record_message.may_put_into(quarantine, "inbound/*", "AUZAP_QUARANTINE_BUCKET")
        functions.keep_dead_letter.may_put_into(quarantine, "dead-letters/*", "AUZAP_QUARANTINE_BUCKET")
        functions.fetch_media.may_put_into(self._storage.media, "media/*", "AUZAP_MEDIA_BUCKET")
        # A message that was deleted while its file came leaves none behind.
        functions.fetch_media.may_delete_from(self._storage.media, "media/*")
        # Documents that a shop gives its agent to read.
        functions.run_automation.may_get_from(self._storage.media, "knowledge/*", "AUZAP_MEDIA_BUCKET")
        # By links that they sign: the panel shows files, and the provider fetches those that people send.
        for linking in (functions.serve_api, functions.send_outbox):
            linking.may_get_from(self._storage.media, "media/*", "AUZAP_MEDIA_BUCKET")
        # By links that it signs, and that the shop's people write to.
        for put in ("knowledge/*", "media/*", "uploads/*"):
            functions.serve_api.may_put_into(self._storage.media, put, "AUZAP_MEDIA_BUCKET")
        functions.serve_api.may_get_from(self._storage.media, "uploads/*", "AUZAP_MEDIA_BUCKET")
        functions.serve_api.may_delete_from(self._storage.media, "knowledge/*")
        # Exports, which it makes of parts; and of a person who is erased, the files.
        functions.run_job.may_put_into(self._storage.media, "exports/*", "AUZAP_MEDIA_BUCKET")
        functions.run_job.may_get_from(self._storage.media, "exports/*", "AUZAP_MEDIA_BUCKET")
        for erased in ("exports/*", "media/*"):
            functions.run_job.may_delete_from(self._storage.media, erased)
        functions.serve_api.may_get_from(self._storage.media, "exports/*", "AUZAP_MEDIA_BUCKET")
        if heads := self._storage.heads:
            functions.run_automation.may_put_into(heads, "heads/*", "AUZAP_AUDIT_BUCKET")
            functions.run_schedule.tell("AUZAP_AUDIT_BUCKET", heads.bucket_name)
            # Their names alone, those too that somebody deleted since.
            functions.serve_api.tell("AUZAP_AUDIT_BUCKET", heads.bucket_name)
            functions.serve_api.allow("s3:ListBucketVersions", on=heads.bucket_arn)
        functions.serve_api.tell("AUZAP_COUNTERS_TABLE", self._counters.table_name)
        functions.serve_api.allow("dynamodb:UpdateItem", on=self._counters.table_arn)
        functions.serve_api.allow("kms:Decrypt", on=self._key.key_arn)

    def _let_know(self) -> None:
        functions, settings, foundation = self._functions, self._settings, self._foundation
        functions.receive_webhook.may_read(foundation.whatsapp_secret, "AUZAP_WHATSAPP_SECRET")
        for thinking in (functions.answer_conversation, functions.run_automation):
            thinking.may_read(foundation.model_secret, "AUZAP_MODEL_SECRET")
            thinking.tell("AUZAP_MODEL_BASE_URL", settings.model_base_url)
            thinking.tell("AUZAP_MODEL_NAME", settings.model_name)
            thinking.tell("AUZAP_MODEL_FALLBACK_NAME", settings.model_fallback_name)
            thinking.tell("AUZAP_MODEL_EMBEDDINGS_NAME", settings.model_embeddings_name)
        # They speak to the channel, each with the token of the tenant that it works for.
        for speaking in (
            functions.answer_conversation,
            functions.send_outbox,
            functions.fetch_media,
            functions.run_automation,
        ):
            speaking.tell("AUZAP_GRAPH_URL", settings.graph_url)
            speaking.may_unwrap_with(foundation.credentials_key)
        # Numbers are connected, checked and disconnected by the shop's people.
        functions.serve_api.tell("AUZAP_GRAPH_URL", settings.graph_url)
        functions.serve_api.may_read(foundation.whatsapp_secret, "AUZAP_WHATSAPP_SECRET")
        functions.serve_api.may_make_data_keys_with(foundation.credentials_key, "AUZAP_CREDENTIALS_KEY")
        functions.serve_api.may_read(foundation.identity_secret, "AUZAP_IDENTITY_SECRET")
        functions.serve_api.may_seal_for_people_with(foundation.credentials_key)
        functions.run_automation.tell("AUZAP_MAIL_URL", settings.mail_url)
        for told in (functions.serve_api, functions.run_automation):
            told.tell("AUZAP_PANEL_URL", settings.panel_url)
        if settings.mail_from:
            functions.run_automation.may_send_mail(settings.mail_from)
        if foundation.origin_secret:
            functions.serve_api.may_read(foundation.origin_secret, "AUZAP_ORIGIN_SECRET")

    def _let_tell(self) -> None:
        functions, realtime = self._functions, self._realtime
        place = {"api": realtime.api.api_id, "region": self._settings.region}
        realtime.may_issue_tickets(functions.serve_api)
        functions.serve_api.tell("AUZAP_REALTIME_URL", self._settings.realtime_url.format(**place))
        functions.serve_realtime.tell("AUZAP_PANEL_URL", self._settings.panel_url)
        realtime.may_keep_connections(functions.serve_realtime)
        realtime.may_forget_connections(functions.publish_changes)
        for telling in (functions.serve_realtime, functions.publish_changes):
            realtime.may_tell(telling, address=self._settings.sockets_url.format(**place))

    def _front_door(self) -> FrontDoor:
        return FrontDoor(
            self,
            "FrontDoor",
            name=self._settings.prefix,
            routes=[
                Routes(
                    keys=["GET /webhooks/whatsapp", "POST /webhooks/whatsapp"],
                    function=self._functions.receive_webhook,
                    throttle=self._settings.webhook_throttle,
                ),
                Routes(
                    keys=["ANY /v1/{proxy+}", "GET /health", "GET /health/{proxy+}"],
                    function=self._functions.serve_api,
                    throttle=self._settings.api_throttle,
                ),
            ],
            throttle=self._settings.api_throttle,
            log_group_name=self._api_log,
            log_retention=self._retention,
            log_removal=self._removal,
            key=self._key,
            alarms=self._alarms,
        )

    def _listen(self) -> None:
        self._alarms.above(
            self,
            "PricedAsGeneralPurposeAi",
            counted("StatusCategory", category="general_purpose_ai"),
            threshold=0,
            meaning="Meta prices a message as one of a general-purpose AI, which costs more and is not what we are",
        )
        self._alarms.above(
            self,
            "HeadsNotKept",
            counted("HeadsNotKept"),
            threshold=0,
            meaning="heads of audit trails could not be written outside of the database; the next quarter of an hour tries again",
        )
        self._alarms.above(
            self,
            "Unrecordable",
            counted("MessageQuarantined", reason="unrecordable"),
            threshold=0,
            meaning="record_message gave up on a message",
        )
        self._alarms.above(
            self,
            "ChannelSilent",
            counted("ChannelSilent"),
            threshold=0,
            meaning="A number that customers usually write to has heard nothing",
        )
        self._alarms.above(
            self,
            "InjectionAttempts",
            counted("Incident", kind="injection_attempt"),
            threshold=20,
            meaning="Many customers try at once to talk the agent into something",
        )
        self._alarms.above(
            self,
            "RepliesOftenRefused",
            counted("RepliesOftenRefused"),
            threshold=0,
            meaning="A shop's agent often says what must not be sent: its instructions or its model need a look",
        )

        self._alarms.above(
            self,
            "TechnicalHelp",
            counted("TechnicalHelp", urgency="high"),
            threshold=0,
            meaning="An owner says that AuZap keeps the shop from serving its customers: see the escalations of kind technical",
        )

    def _show(self, front_door: FrontDoor) -> None:
        shown = {
            "ApiUrl": front_door.api.api_endpoint,
            "ApiId": front_door.api.api_id,
            "QuarantineBucket": self._storage.quarantine.bucket_name,
            "MediaBucket": self._storage.media.bucket_name,
            "CountersTable": self._counters.table_name,
            "RealtimeApiId": self._realtime.api.api_id,
            "AlarmsTopicArn": self._alarms.topic.topic_arn,
        }
        for name, consumer in self._queues.consumers.items():
            shown[f"{name}QueueUrl"] = consumer.queue.queue_url
            shown[f"{name}DeadLettersUrl"] = consumer.dead_letters.queue.queue_url
        for name, value in shown.items():
            CfnOutput(self, name, value=value)

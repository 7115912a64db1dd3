"""The application stack: functions, queues, HTTP API, buckets, counters, clocks and alarms, all on one foundation."""

import hashlib
from collections.abc import Callable

from aws_cdk import CfnOutput, CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import reasons
from infra.alarms import Alarms
from infra.clock import Clock
from infra.foundation import Foundation
from infra.front_door import FrontDoor, Routes
from infra.function import Function, Household
from infra.function_code import digest, migration_files
from infra.keys import data_key, let_logs_use, let_service_use
from infra.layers import Layers
from infra.queue_consumer import QueueConsumer, drain, sealed_queue, watch_dead_letters
from infra.settings import Settings

QUARANTINE_PREFIX = "whatsapp/*"
HOUR = 3600


class ApplicationStack(Stack):
    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, foundation: Callable[[Construct], Foundation]
    ) -> None:
        super().__init__(
            scope,
            id_,
            stack_name=id_,
            description="AuZap's functions, queues, API and clocks",
            termination_protection=settings.keep_data,
        )
        self._settings = settings
        self._foundation = foundation(self)
        self._removal = RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY
        self._retention = logs.RetentionDays[settings.log_retention]
        self._api_log = f"/aws/vendedlogs/{settings.prefix}/api"
        self._key = data_key(self, "Key", alias=f"auzap/{settings.environment}/application", keep=settings.keep_data)
        let_logs_use(self._key, [f"/{settings.prefix}/*", self._api_log])
        let_service_use(self._key, "cloudwatch.amazonaws.com")
        self._alarms = Alarms(self, "Alarms", name=settings.prefix, key=self._key, email=settings.alarms_email)
        self._household = Household(
            prefix=settings.prefix,
            architecture=settings.architecture,
            layers=Layers(self, "Layers", architecture=settings.architecture),
            key=self._key,
            log_retention=self._retention,
            log_removal=self._removal,
            alarms=self._alarms,
            environment={"AUZAP_ENVIRONMENT": settings.environment},
        )
        ...

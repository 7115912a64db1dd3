"""A function of the house: its code, a role of its own with exact ARNs, its log group, its alias and its alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import FIVE_MINUTES, Alarms
from infra.foundation import Network
from infra.function_code import function_code
from infra.layers import ARCHITECTURES, Layers
from infra.names import camel_case
from infra.services import service
from infra.settings import Architecture

ALIAS = "live"


@dataclass(frozen=True, kw_only=True)
class Household:
    """What all functions of one deployment share."""

    prefix: str
    architecture: Architecture
    layers: Layers
    key: kms.IKey
    log_retention: logs.RetentionDays
    log_removal: RemovalPolicy
    alarms: Alarms
    environment: Mapping[str, str]


class Function(Construct):
    """Everything outside invokes the alias, so that a version is in use only when it is whole."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        *,
        household: Household,
        timeout: Duration,
        memory: int,
        concurrency: int,
        layers: Sequence[str] = (),
        network: Network | None = None,
        snap_start: bool = False,
    ) -> None:
        super().__init__(scope, camel_case(folder))
        self.folder = folder
        self.timeout = timeout
        self._key = household.key
        name = f"{household.prefix}-{folder}"
        log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/{household.prefix}/{folder}",
            retention=household.log_retention,
            encryption_key=household.key,
            removal_policy=household.log_removal,
        )
        self.role = iam.Role(self, "Role", assumed_by=service("lambda.amazonaws.com"), description=name)
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=log_group.log_group_arn)
        if network:
            self._let_lambda_join_the_network()
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"AuZap: {folder.replace('_', ' ')}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=ARCHITECTURES[household.architecture],
            handler=f"functions.{folder}.handler.handler",
            code=function_code(folder),
            layers=household.layers.named(*layers),
            role=cast(iam.IRole, self.role),
            environment=dict(household.environment),
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=concurrency,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            # Starts, ends and durations are metrics already.
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            tracing=lambda_.Tracing.ACTIVE,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.DESTROY),
            vpc=network.vpc if network else None,
            vpc_subnets=network.subnets if network else None,
            security_groups=[network.security_group] if network else None,
            ipv6_allowed_for_dual_stack=network.ipv6 if network else None,
        )
        self.alias = lambda_.Alias(
            self, "Alias", alias_name=ALIAS, version=cast(lambda_.IVersion, self.function.current_version)
        )
        household.alarms.above(
            self,
            "Errors",
            self.function.metric_errors(period=FIVE_MINUTES),
            threshold=0,
            meaning=f"{folder} failed",
        )
        household.alarms.above(
            self,
            "Throttles",
            self.function.metric_throttles(period=FIVE_MINUTES),
            threshold=0,
            meaning=f"{folder} was refused a sandbox",
        )

    def tell(self, variable: str, value: str) -> None:
        self.function.add_environment(variable, value)

    def allow(self, *actions: str, on: str, when: Mapping[str, Mapping[str, Sequence[str]]] | None = None) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[on], conditions=when))

    def may_send_to(self, queue: sqs.Queue, variable: str | None = None) -> None:
        if variable:
            self.tell(variable, queue.queue_url)
        self.allow("sqs:SendMessage", on=queue.queue_arn)
        self._may_write_encrypted()

    def may_look_at(self, queues: Sequence[sqs.Queue], variable: str) -> None:
        """At how many messages wait in each, and at none of them."""
        self.tell(variable, ",".join(queue.queue_url for queue in queues))
        for queue in queues:
            self.allow("sqs:GetQueueAttributes", on=queue.queue_arn)

    def may_put_into(self, bucket: s3.IBucket, objects: str, variable: str) -> None:
        self.tell(variable, bucket.bucket_name)
        self.allow("s3:PutObject", on=bucket.arn_for_objects(objects))
        self._may_write_encrypted()

    def may_get_from(self, bucket: s3.IBucket, objects: str, variable: str) -> None:
        self.tell(variable, bucket.bucket_name)
        self.allow("s3:GetObject", on=bucket.arn_for_objects(objects))
        self.allow("kms:Decrypt", on=self._key.key_arn)

    def may_delete_from(self, bucket: s3.IBucket, objects: str) -> None:
        self.allow("s3:DeleteObject", on=bucket.arn_for_objects(objects))

    def may_read(self, secret: secretsmanager.ISecret, variable: str) -> None:
        self.tell(variable, secret.secret_arn)
        self.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        if secret.encryption_key:
            self.allow("kms:Decrypt", on=secret.encryption_key.key_arn)

    def may_unwrap_with(self, key: kms.IKey) -> None:
        """Data keys of tenants, each only with the organization that it was made for."""
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[key.key_arn],
                conditions={"Null": {"kms:EncryptionContext:organization_id": "false"}},
            )
        )

    def may_make_data_keys_with(self, key: kms.IKey, variable: str) -> None:
        """And make such a key for a tenant that has none."""
        self.tell(variable, key.key_arn)
        self.may_unwrap_with(key)
        self.allow(
            "kms:GenerateDataKey", on=key.key_arn, when={"Null": {"kms:EncryptionContext:organization_id": "false"}}
        )

    def may_seal_for_people_with(self, key: kms.IKey) -> None:
        """What is one person's alone, and opens for no other."""
        self.allow(
            "kms:Encrypt", "kms:Decrypt", on=key.key_arn, when={"Null": {"kms:EncryptionContext:user_id": "false"}}
        )

    def may_send_mail(self, sender: str) -> None:
        """From one address, of a domain that SES has verified here."""
        address = sender.rpartition("<")[2].rstrip(">")
        identity = Stack.of(self).format_arn(
            service="ses", resource="identity", resource_name=address.partition("@")[2]
        )
        self.tell("AUZAP_MAIL_FROM", sender)
        self.allow("ses:SendEmail", on=identity, when={"StringEquals": {"ses:FromAddress": [address]}})

    def _may_write_encrypted(self) -> None:
        self.allow("kms:Decrypt", "kms:GenerateDataKey", on=self._key.key_arn)

    def _let_lambda_join_the_network(self) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
                resources=["*"],
                # Only the Lambda service itself: calls of the function's own code carry this key.
                conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
            )
        )

"""A clock: EventBridge Scheduler ticks, a function is invoked, and a tick that could not be delivered is kept."""

import json

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Function
from infra.settings import Clocks

# A tick that late does nothing that the next one does not.
OLDEST_TICK_SECONDS = 60
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class Clock(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: Function,
        job: str,
        minutes: str,
        hours: str,
        clocks: Clocks,
        dead_letters: sqs.IQueue,
        key: kms.IKey,
        retries: int = 0,
        oldest_seconds: int = OLDEST_TICK_SECONDS,
    ) -> None:
        super().__init__(scope, id_)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"), description=job)
        invoke = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.alias.function_arn])
        keep = iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn])
        seal = iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])
        for statement in (invoke, keep, seal):
            role.add_to_policy(statement)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=f"AuZap: {job}",
            schedule_expression=f"cron({minutes} {hours} ? * {clocks.days} *)",
            schedule_expression_timezone=clocks.timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            kms_key_arn=key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.alias.function_arn,
                role_arn=role.role_arn,
                input=json.dumps({"job": job, "at": SCHEDULED_TIME}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=retries, maximum_event_age_in_seconds=oldest_seconds
                ),
            ),
        )
        # A schedule is tried when it is made: the role must be able to invoke by then.
        schedule.node.add_dependency(role)

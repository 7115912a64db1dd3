"""The clocks: EventBridge Scheduler wakes functions with a job's name; a tick that came to nothing is kept."""

import json
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.alarms import Alarms
from infra.dead_letters import DeadLetters, Keeper
from infra.function import Function
from infra.names import camel_case
from infra.services import service

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class Clocks(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, prefix: str, timezone: str, keeper: Keeper, key: kms.IKey, alarms: Alarms
    ) -> None:
        super().__init__(scope, id_)
        self._timezone = timezone
        self._key = key
        self.lost_ticks = DeadLetters(
            self,
            "LostTicks",
            name=f"{prefix}-lost-ticks",
            keeper=keeper,
            meaning="A clock's tick came to nothing",
            key=key,
            alarms=alarms,
        ).queue

    def wake(self, function: Function, jobs: Mapping[str, str], *, retries: int, oldest: Duration) -> None:
        """Wake the function for each job, at the times of its cron expression."""
        self._keep_what_fails_later(function, retries=retries, oldest=oldest)
        role = self._role(function)
        for job, cron in jobs.items():
            schedule = scheduler.CfnSchedule(
                function,
                camel_case(job),
                description=f"AuZap: {job}",
                schedule_expression=f"cron({cron})",
                schedule_expression_timezone=self._timezone,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=function.alias.function_arn,
                    role_arn=role.role_arn,
                    input=json.dumps({"job": job, "at": SCHEDULED_TIME}),
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.lost_ticks.queue_arn),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_retry_attempts=retries, maximum_event_age_in_seconds=oldest.to_seconds()
                    ),
                ),
            )
            # Scheduler looks at what the role may do when the schedule is made.
            schedule.node.add_dependency(role)

    def _role(self, function: Function) -> iam.Role:
        role = iam.Role(
            function,
            "ClockRole",
            assumed_by=service("scheduler.amazonaws.com"),
            description=f"Wakes {function.folder}",
        )
        may = {
            function.alias.function_arn: ["lambda:InvokeFunction"],
            self.lost_ticks.queue_arn: ["sqs:SendMessage"],
            self._key.key_arn: ["kms:Decrypt", "kms:GenerateDataKey"],
        }
        for resource, actions in may.items():
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        return role

    def _keep_what_fails_later(self, function: Function, *, retries: int, oldest: Duration) -> None:
        # A clock does not wait for the function: Lambda itself must keep what then fails.
        function.may_send_to(self.lost_ticks)
        kept = lambda_.CfnEventInvokeConfig(
            function,
            "Invocations",
            function_name=function.function.function_name,
            qualifier=function.alias.alias_name,
            maximum_retry_attempts=retries,
            maximum_event_age_in_seconds=oldest.to_seconds(),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=self.lost_ticks.queue_arn)
            ),
        )
        kept.node.add_dependency(function.alias, function.role)

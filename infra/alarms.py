"""Alarms: what a person must hear of, on one topic."""

from typing import cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.services import service

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
# Where auzap.metrics counts.
NAMESPACE = "AuZap"


def counted(metric: str, **dimensions: str) -> cloudwatch.IMetric:
    """What our own functions count; CloudWatch wants exactly the dimensions that they say."""
    found = cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric,
        dimensions_map=dimensions,
        statistic="Sum",
        period=FIVE_MINUTES,
    )
    return cast(cloudwatch.IMetric, found)


class Alarms(Construct):
    def __init__(self, scope: Construct, id_: str, *, name: str, key: kms.IKey, email: str | None) -> None:
        super().__init__(scope, id_)
        topic = sns.Topic(self, "Topic", display_name=name, master_key=key, enforce_ssl=True)
        self.topic = cast(sns.ITopic, topic)
        # The policy that refuses plain HTTP replaces the default one, which let this account's alarms in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        if email:
            topic.add_subscription(cast(sns.ITopicSubscription, subscriptions.EmailSubscription(email)))

    def above(self, scope: Construct, id_: str, metric: cloudwatch.IMetric, *, threshold: float, meaning: str) -> None:
        alarm = cloudwatch.Alarm(
            scope,
            id_,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=meaning,
        )
        alarm.add_alarm_action(cast(cloudwatch.IAlarmAction, actions.SnsAction(self.topic)))

"""Keys of our own, and the services that may use them for us."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.services import service


def data_key(scope: Construct, id_: str, *, alias: str, keep: bool) -> kms.IKey:
    key = kms.Key(
        scope,
        id_,
        alias=alias,
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
    )
    return cast(kms.IKey, key)


def let_logs_use(key: kms.IKey, log_groups: Sequence[str]) -> None:
    """CloudWatch Logs encrypts with the key, for log groups of these names only."""
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[service(f"logs.{Aws.REGION}.amazonaws.com")],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{name}"
                        for name in log_groups
                    ]
                }
            },
        )
    )


def let_alarms_use(key: kms.IKey) -> None:
    """CloudWatch publishes to topics of this account that the key encrypts."""
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[service("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:sns:topicArn": (
                        f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"
                    )
                }
            },
        )
    )

"""The access log of CloudFront, which holds neither paths nor queries nor addresses."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.names import log_group_arn

# A path may carry an id or a secret, a query the ticket of a socket; which part was asked for is told by its pattern.
FIELDS = (
    "date",
    "time",
    "x-edge-location",
    "x-edge-request-id",
    "cs-method",
    "cache-behavior-path-pattern",
    "sc-status",
    "sc-bytes",
    "time-taken",
    "x-edge-detailed-result-type",
    "ssl-protocol",
    "cs-protocol-version",
)


class EdgeLog(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        distribution: cloudfront.Distribution,
        log_group_name: str,
        log_retention: logs.RetentionDays,
        log_removal: RemovalPolicy,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id_)
        log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=log_group_name,
            retention=log_retention,
            encryption_key=key,
            removal_policy=log_removal,
        )
        source = logs.CfnDeliverySource(
            self, "Source", name=name, resource_arn=distribution.distribution_arn, log_type="ACCESS_LOGS"
        )
        destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=name,
            output_format="json",
            destination_resource_arn=log_group_arn(self, log_group),
        )
        delivery = logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.attr_arn,
            record_fields=list(FIELDS),
        )
        delivery.node.add_dependency(source)

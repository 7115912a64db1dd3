"""The edge stack: CloudFront with its certificate, firewall and logs, the panel's bucket, and the dashboard."""

from typing import cast
from urllib.parse import urlsplit

from aws_cdk import CfnOutput, CrossStackReferences, Environment, ReferenceStrength, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import reasons
from infra.alarms import FIVE_MINUTES, Alarms
from infra.dashboard import Dashboard
from infra.distribution import Allowed, Behind, Distribution
from infra.edge_log import EdgeLog
from infra.firewall import LOG_PREFIX, Firewall
from infra.keys import data_key, let_alarms_use, let_logs_use
from infra.panel import Panel
from infra.public_name import PublicName
from infra.settings import EDGE_REGION, EXECUTE_API, Edge, Settings
from infra.stack_application import ApplicationStack

# In percent; the API has an alarm of its own for each of its errors.
TOLERABLE_ERRORS = 5


class EdgeStack(Stack):
    def __init__(self, scope: Construct, *, settings: Settings, edge: Edge, application: ApplicationStack) -> None:
        super().__init__(
            scope,
            f"{settings.prefix}-edge",
            description="AuZap's name, firewall and front, and the panel behind them",
            env=Environment(region=EDGE_REGION),
            termination_protection=settings.keep_data,
        )
        # Read from the application's outputs, across regions, when this stack is deployed.
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        self._settings = settings
        self._edge = edge
        self._application = application
        self._removal = RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY
        self._retention = logs.RetentionDays[settings.log_retention]
        self._access_log = f"/aws/vendedlogs/{settings.prefix}/edge"
        self._key = data_key(self, "Key", alias=f"auzap/{settings.environment}/edge", keep=settings.keep_data)
        let_logs_use(self._key, [self._access_log, f"{LOG_PREFIX}{settings.prefix}"])
        let_alarms_use(self._key)
        alarms = Alarms(self, "Alarms", name=f"{settings.prefix}-edge", key=self._key, email=settings.alarms_email)

        panel = Panel(self, "Panel", removal=self._removal)
        front = self._front(panel, self._firewall())
        alarms.above(
            self,
            "EdgeErrors",
            front.distribution.metric5xx_error_rate(period=FIVE_MINUTES),
            threshold=TOLERABLE_ERRORS,
            meaning="CloudFront answers with errors: the panel's bucket or the API does not answer it",
        )
        self._keep_log(front)
        Dashboard(self, "Dashboard", settings=settings, application=application, distribution=front.distribution)
        for name, value in {
            "PublicHost": edge.domain or front.distribution.distribution_domain_name,
            "DistributionHost": front.distribution.distribution_domain_name,
            "DistributionId": front.distribution.distribution_id,
            "PanelBucket": panel.bucket.bucket_name,
        }.items():
            CfnOutput(self, name, value=value)
        reasons.acknowledge(self, reasons.EDGE)

    def _firewall(self) -> Firewall:
        return Firewall(
            self,
            "Firewall",
            name=self._settings.prefix,
            edge=self._edge,
            log_retention=self._retention,
            log_removal=self._removal,
            key=self._key,
        )

    def _front(self, panel: Panel, firewall: Firewall) -> Distribution:
        settings, application = self._settings, self._application
        return Distribution(
            self,
            "Front",
            comment=settings.prefix,
            behind=Behind(
                panel=panel.bucket,
                api=EXECUTE_API.format(api=application.api.api_id, region=settings.region),
                sockets=EXECUTE_API.format(api=application.sockets.api_id, region=settings.region),
                secret=self._origin_secret(),
            ),
            allowed=Allowed(
                sockets=_origin(settings.realtime_url).format(api=application.sockets.api_id, region=settings.region),
                # As the links that the API signs begin.
                media=f"https://s3.{settings.region}.amazonaws.com/{_name_of(application.media)}/",
            ),
            public_name=self._public_name(),
            firewall_arn=firewall.acl.attr_arn,
        )

    def _origin_secret(self) -> SecretValue:
        """The data stack keeps a copy of it in this region."""
        return SecretValue.secrets_manager(
            f"auzap/{self._settings.environment}/origin",
            json_field="current",
            version_id=self._edge.origin_secret_version or None,
        )

    def _public_name(self) -> PublicName | None:
        edge = self._edge
        if not edge.domain:
            return None
        return PublicName(self, "PublicName", domain=edge.domain, hosted_zone_id=edge.hosted_zone_id)

    def _keep_log(self, front: Distribution) -> None:
        EdgeLog(
            self,
            "AccessLog",
            name=self._settings.prefix,
            distribution=front.distribution,
            log_group_name=self._access_log,
            log_retention=self._retention,
            log_removal=self._removal,
            key=self._key,
        )


def _name_of(bucket: s3.Bucket) -> str:
    """As CloudFormation knows it: CDK itself tells no other region a name that it has not chosen."""
    return cast(s3.CfnBucket, bucket.node.default_child).ref


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

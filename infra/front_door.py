"""The HTTP API: its routes, their limits, and an access log that never holds a path or a query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.alarms import FIVE_MINUTES, Alarms
from infra.function import Function
from infra.names import log_group_arn
from infra.settings import Throttle

# A path may carry a provider's secret, a query a verification token.
ACCESS = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
}


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Route keys ("GET /health") that one function serves, each under the same limit."""

    keys: Sequence[str]
    function: Function
    throttle: Throttle


class FrontDoor(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        routes: Sequence[Routes],
        throttle: Throttle,
        log_group_name: str,
        log_retention: logs.RetentionDays,
        log_removal: RemovalPolicy,
        key: kms.IKey,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, id_)
        self.api = apigatewayv2.HttpApi(self, "Api", api_name=name, create_default_stage=False)
        access = logs.LogGroup(
            self,
            "Access",
            log_group_name=log_group_name,
            retention=log_retention,
            encryption_key=key,
            removal_policy=log_removal,
        )
        stage = apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigatewayv2.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group_arn(self, access), format=json.dumps(ACCESS)
            ),
            default_route_settings=apigatewayv2.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=throttle.rate, throttling_burst_limit=throttle.burst
            ),
            route_settings={
                key: {"ThrottlingRateLimit": served.throttle.rate, "ThrottlingBurstLimit": served.throttle.burst}
                for served in routes
                for key in served.keys
            },
        )
        alarms.above(
            self,
            "ServerErrors",
            self.api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=0,
            meaning="The API or the webhook answered with an error of its own",
        )
        for served in routes:
            integration = HttpLambdaIntegration(served.function.folder, cast(lambda_.IFunction, served.function.alias))
            for key_ in served.keys:
                method, path = key_.split(" ")
                added = self.api.add_routes(
                    path=path, methods=[apigatewayv2.HttpMethod[method]], integration=integration
                )
                # A limit is refused for a route that is not there yet.
                stage.node.add_dependency(*added)

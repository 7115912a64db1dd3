"""The WebSocket API of the panel, and the table of who listens."""

from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from infra.alarms import FIVE_MINUTES, Alarms
from infra.function import Function
from infra.settings import Throttle

# Of the path, too: CloudFront sends /realtime on as it is.
STAGE = "realtime"
BY_ORGANIZATION = "by_organization"
TICKETS = "ticket:*"


class Realtime(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        function: Function,
        throttle: Throttle,
        key: kms.IKey,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, id_)
        self._key = key
        self.connections = self._table()
        self.api = apigatewayv2.WebSocketApi(
            self,
            "Api",
            api_name=f"{name}-realtime",
            # What an open socket says is for the function to read.
            route_selection_expression="$request.body.action",
            ip_address_type=apigatewayv2.IpAddressType.DUAL_STACK,
        )
        stage = apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name=STAGE,
            auto_deploy=True,
            default_route_settings=apigatewayv2.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=throttle.rate, throttling_burst_limit=throttle.burst
            ),
        )
        integration = WebSocketLambdaIntegration("Integration", cast(lambda_.IFunction, function.alias))
        for route in ("$connect", "$disconnect", "$default"):
            stage.node.add_dependency(self.api.add_route(route, integration=integration))
        alarms.above(
            self,
            "IntegrationErrors",
            self.api.metric("IntegrationError", period=FIVE_MINUTES, statistic="Sum"),
            threshold=0,
            meaning="The panel's socket was answered with an error of our own",
        )

    def may_issue_tickets(self, function: Function) -> None:
        """Rows of tickets only: with them nobody reads who listens."""
        function.tell("AUZAP_CONNECTIONS_TABLE", self.connections.table_name)
        function.allow(
            "dynamodb:PutItem",
            on=self.connections.table_arn,
            when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [TICKETS]}},
        )
        function.allow("kms:Decrypt", on=self._key.key_arn)

    def may_keep_connections(self, function: Function) -> None:
        function.tell("AUZAP_CONNECTIONS_TABLE", self.connections.table_name)
        function.allow("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", on=self.connections.table_arn)
        self._may_find(function)

    def may_forget_connections(self, function: Function) -> None:
        function.tell("AUZAP_CONNECTIONS_TABLE", self.connections.table_name)
        function.allow("dynamodb:DeleteItem", on=self.connections.table_arn)
        self._may_find(function)

    def may_tell(self, function: Function, *, address: str) -> None:
        function.tell("AUZAP_SOCKETS_URL", address)
        for method in ("POST", "DELETE"):
            function.allow("execute-api:ManageConnections", on=self._sockets(method))

    def _may_find(self, function: Function) -> None:
        function.allow("dynamodb:Query", on=f"{self.connections.table_arn}/index/{BY_ORGANIZATION}")
        function.allow("kms:Decrypt", on=self._key.key_arn)

    def _sockets(self, method: str) -> str:
        return Stack.of(self).format_arn(
            service="execute-api",
            resource=self.api.api_id,
            resource_name=f"{STAGE}/{method}/@connections/*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def _table(self) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            "Connections",
            partition_key=dynamodb.Attribute(name="connection_id", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expires_at",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._key,
            # Sockets do not outlive it, and come again.
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Tickets name no organization there, and are not in it.
        table.add_global_secondary_index(
            index_name=BY_ORGANIZATION,
            partition_key=dynamodb.Attribute(name="organization_id", type=dynamodb.AttributeType.STRING),
        )
        return table

"""The dashboard: from the name that people open to the database, in the order in which a message meets them."""

from collections.abc import Iterable, Sequence
from typing import cast

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import FIVE_MINUTES, MINUTE, NAMESPACE
from infra.settings import EDGE_REGION, Settings
from infra.stack_application import ApplicationStack

THIRD = 8
ROW_HEIGHT = 6
# What our functions count, by the one dimension that they say with it.
COUNTED = {"Turn": "outcome", "Send": "outcome", "Status": "outcome", "Incident": "kind", "TooMany": "limit"}
DATABASE = ("ServerlessDatabaseCapacity", "DatabaseConnections", "CPUUtilization")


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        application: ApplicationStack,
        distribution: cloudfront.Distribution,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=settings.prefix)
        dashboard.add_widgets(*self._edge(distribution))
        dashboard.add_widgets(*self._gateways(application))
        dashboard.add_widgets(*self._queues(application))
        dashboard.add_widgets(*self._functions(application))
        dashboard.add_widgets(*self._database())
        dashboard.add_widgets(*self._counted())

    def _edge(self, distribution: cloudfront.Distribution) -> list[cloudwatch.IWidget]:
        blocked = f"SEARCH('{{AWS/WAFV2,Rule,WebACL}} MetricName=\"BlockedRequests\" WebACL=\"{self._settings.prefix}\"', 'Sum')"
        return [
            _graph("Requests", [distribution.metric_requests(period=FIVE_MINUTES)], region=EDGE_REGION),
            _graph(
                "Errors (%)",
                [
                    distribution.metric4xx_error_rate(period=FIVE_MINUTES),
                    distribution.metric5xx_error_rate(period=FIVE_MINUTES),
                ],
                region=EDGE_REGION,
            ),
            _graph("Kept out by the firewall", [_found(blocked)], region=EDGE_REGION),
        ]

    def _gateways(self, application: ApplicationStack) -> list[cloudwatch.IWidget]:
        api, sockets = application.api, application.sockets
        return [
            self._here(
                "API: requests and errors",
                [
                    api.metric_count(period=FIVE_MINUTES),
                    api.metric_client_error(period=FIVE_MINUTES),
                    api.metric_server_error(period=FIVE_MINUTES),
                ],
            ),
            self._here(
                "API: latency (ms)",
                [api.metric_latency(period=FIVE_MINUTES, statistic=statistic) for statistic in ("p50", "p95")],
            ),
            self._here(
                "Sockets",
                [
                    sockets.metric(name, period=FIVE_MINUTES, statistic="Sum")
                    for name in ("ConnectCount", "MessageCount", "IntegrationError")
                ],
            ),
        ]

    def _queues(self, application: ApplicationStack) -> list[cloudwatch.IWidget]:
        queues = application.queues.consumers.values()
        return [
            self._here("Waiting", [each.queue.metric_approximate_number_of_messages_visible() for each in queues]),
            self._here(
                "Age of the oldest (s)",
                [each.queue.metric_approximate_age_of_oldest_message(period=MINUTE) for each in queues],
            ),
            self._here("Given up", [each.dead_letters.queue.metric_number_of_messages_received() for each in queues]),
        ]

    def _functions(self, application: ApplicationStack) -> list[cloudwatch.IWidget]:
        functions = [each.function for each in application.functions.all]
        return [
            self._here("Functions: errors", [each.metric_errors(period=FIVE_MINUTES) for each in functions]),
            self._here("Functions: throttles", [each.metric_throttles(period=FIVE_MINUTES) for each in functions]),
            self._here(
                "Functions: p95 (ms)",
                [each.metric_duration(period=FIVE_MINUTES, statistic="p95") for each in functions],
            ),
        ]

    def _database(self) -> list[cloudwatch.IWidget]:
        # Named by the data stack as everything of this environment is.
        cluster = {"DBClusterIdentifier": self._settings.prefix}
        return [
            self._here(
                name,
                [
                    cloudwatch.Metric(
                        namespace="AWS/RDS",
                        metric_name=name,
                        dimensions_map=cluster,
                        statistic=statistic,
                        period=FIVE_MINUTES,
                    )
                    for statistic in ("Average", "Maximum")
                ],
            )
            for name in DATABASE
        ]

    def _counted(self) -> list[cloudwatch.IWidget]:
        return [
            self._here(name, [_found(f"SEARCH('{{{NAMESPACE},{dimension}}} MetricName=\"{name}\"', 'Sum')")])
            for name, dimension in COUNTED.items()
        ]

    def _here(self, title: str, metrics: Iterable[object]) -> cloudwatch.IWidget:
        return _graph(title, metrics, region=self._settings.region)


def _graph(title: str, metrics: Iterable[object], *, region: str) -> cloudwatch.IWidget:
    shown = cast(Sequence[cloudwatch.IMetric], list(metrics))
    graph = cloudwatch.GraphWidget(title=title, left=shown, region=region, width=THIRD, height=ROW_HEIGHT)
    return cast(cloudwatch.IWidget, graph)


def _found(search: str) -> cloudwatch.MathExpression:
    """Whatever there is of it, with a line for each."""
    return cloudwatch.MathExpression(expression=search, using_metrics={}, label="", period=FIVE_MINUTES)

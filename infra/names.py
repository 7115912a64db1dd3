"""Names of constructs and resources."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct


def camel_case(name: str) -> str:
    return name.title().replace("_", "").replace("-", "")


def queue_name(name: str, *, fifo: bool) -> str:
    return f"{name}.fifo" if fifo else name


def log_group_arn(scope: Construct, log_group: logs.LogGroup) -> str:
    """Without the wildcard at its end, which services that deliver there do not take."""
    return Stack.of(scope).format_arn(
        service="logs",
        resource="log-group",
        resource_name=log_group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )

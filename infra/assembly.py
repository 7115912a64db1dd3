"""Which stacks an environment is made of."""

from aws_cdk import App, Stack, Tags

from infra.foundation import local_foundation
from infra.settings import Settings
from infra.stack_application import ApplicationStack
from infra.stack_data import DataStack
from infra.stack_edge import EdgeStack


def assemble(app: App, settings: Settings) -> None:
    for stack in _stacks(app, settings):
        Tags.of(stack).add("application", "auzap")
        Tags.of(stack).add("environment", settings.environment)


def _stacks(app: App, settings: Settings) -> list[Stack]:
    if settings.aurora is None:
        return [ApplicationStack(app, settings=settings, foundation=local_foundation)]
    data = DataStack(app, settings=settings, aurora=settings.aurora)
    application = ApplicationStack(app, settings=settings, foundation=lambda _: data.foundation)
    if settings.edge is None:
        return [data, application]
    edge = EdgeStack(app, settings=settings, edge=settings.edge, application=application)
    # It reads what both have made, and no template says so.
    edge.add_stack_dependency(data)
    edge.add_stack_dependency(application)
    return [data, application, edge]

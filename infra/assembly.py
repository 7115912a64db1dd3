"""Which stacks an environment is made of."""

from aws_cdk import App, Stack, Tags

from infra.foundation import local_foundation
from infra.settings import Settings
from infra.stack_application import ApplicationStack
from infra.stack_data import DataStack


def assemble(app: App, settings: Settings) -> None:
    for stack in _stacks(app, settings):
        Tags.of(stack).add("application", "auzap")
        Tags.of(stack).add("environment", settings.environment)


def _stacks(app: App, settings: Settings) -> list[Stack]:
    if settings.aurora is None:
        return [ApplicationStack(app, settings=settings, foundation=local_foundation)]
    data = DataStack(app, settings=settings, aurora=settings.aurora)
    return [data, ApplicationStack(app, settings=settings, foundation=lambda _: data.foundation)]

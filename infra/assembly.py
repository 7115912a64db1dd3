"""Which stacks an environment is made of."""

from aws_cdk import App, Tags

from infra.foundation import local_foundation
from infra.settings import Settings
from infra.stack_application import ApplicationStack
from infra.stack_data import DataStack


def assemble(app: App, settings: Settings) -> None:
    Tags.of(app).add("application", "auzap")
    Tags.of(app).add("environment", settings.environment)
    if settings.aurora is None:
        ApplicationStack(app, settings=settings, foundation=local_foundation)
        return
    data = DataStack(app, settings=settings, aurora=settings.aurora)
    ApplicationStack(app, settings=settings, foundation=lambda _: data.foundation)

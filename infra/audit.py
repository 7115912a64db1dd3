"""cdk-nag's rules: a finding that is not acknowledged with a reason fails the synthesis."""

from typing import cast

from aws_cdk import App, IPolicyValidationPlugin, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks


def audit(app: App) -> None:
    for pack in (AwsSolutionsChecks(app), ServerlessChecks(app)):
        Validations.of(app).add_plugins(cast(IPolicyValidationPlugin, pack))

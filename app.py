"""The CDK application: `cdk synth -c env=staging`, or with ENV in the environment."""

from aws_cdk import App

from infra.assembly import assemble
from infra.audit import audit
from infra.settings import environment_name, settings_for

app = App()
settings = settings_for(environment_name(app.node.try_get_context("env")))
assemble(app, settings)
if settings.audited:
    audit(app)
app.synth()

"""What rule packs and linters say of the templates."""

from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs
from cfnlint.api import ManualArgs, lint_file
from synthesis import Assembly, Synthesized, new_app

from infra.audit import audit

# CDK itself writes dependencies that a reference already makes.
WRITTEN_BY_CDK = ["W3005"]


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(assembly: Assembly) -> None:
    assert assembly.read("refusal.json") is None
    open_findings = [
        (finding["ruleName"], finding.get("violatingConstructs"))
        for report in assembly.read("validation-report.json")["pluginReports"]
        for finding in report["violations"]
    ]
    assert open_findings == []


def test_cdk_nag_is_listened_to(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    sqs.Queue(Stack(app, "Planted"), "QueueWithoutDeadLetters")
    audit(app)

    with pytest.raises(RuntimeError, match="AwsSolutions-SQS3"):
        app.synth()


def test_cfn_lint_finds_nothing(synthesized: Synthesized) -> None:
    found = [
        match
        for template in synthesized.templates
        for match in lint_file(
            template.path, ManualArgs(ignore_checks=WRITTEN_BY_CDK, regions=[synthesized.region(template)])
        )
    ]
    assert found == []


def test_synthesis_asks_no_account_anything(assembly: Assembly) -> None:
    assert "missing" not in assembly.read("manifest.json")

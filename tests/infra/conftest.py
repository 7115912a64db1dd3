"""Staging and production, synthesized once: without credentials, and with cdk-nag's rules."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from synthesis import Synthesized, Template, new_app

from infra.assembly import assemble
from infra.audit import audit
from infra.settings import Settings, settings_for


@dataclass(frozen=True)
class Assembly:
    directory: Path
    refusal: str | None

    def environment(self, settings: Settings) -> Synthesized:
        data, application = (
            Template(self.directory / f"{settings.prefix}-{stack}.template.json") for stack in ("data", "application")
        )
        return Synthesized(settings, data, application)

    def read(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text())


STAGING = settings_for("staging", {})
PRODUCTION = settings_for("production", {})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One worker synthesizes, and it alone.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("infra"))


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    directory = tmp_path_factory.mktemp("cdk.out")
    with pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "CDK_DEFAULT_ACCOUNT"):
            patched.delenv(name, raising=False)
        app = new_app(directory)
        for settings in (STAGING, PRODUCTION):
            assemble(app, settings)
        audit(app)
        try:
            app.synth()
        except RuntimeError as refused:
            # The templates are written all the same; test_audit tells.
            return Assembly(directory, refusal=str(refused))
    return Assembly(directory, refusal=None)


@pytest.fixture(scope="session", params=[STAGING, PRODUCTION], ids=lambda settings: settings.environment)
def synthesized(request: pytest.FixtureRequest, assembly: Assembly) -> Synthesized:
    return assembly.environment(request.param)

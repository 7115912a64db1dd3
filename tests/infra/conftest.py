"""Staging and production, synthesized once: without credentials, and with cdk-nag's rules."""

import fcntl
import json
import os

import pytest
from synthesis import PRODUCTION, STAGING, Assembly, Synthesized, new_app

from infra.assembly import assemble
from infra.audit import audit


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    assembly = Assembly(shared / "cdk.out")
    # The first worker that comes synthesizes, for all.
    with (shared / "cdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not assembly.said.exists():
            said = _synthesize(assembly)
            assembly.said.write_text(json.dumps(said))
    return assembly


def _synthesize(assembly: Assembly) -> str | None:
    with pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "CDK_DEFAULT_ACCOUNT"):
            patched.delenv(name, raising=False)
        app = new_app(assembly.directory)
        for settings in (STAGING, PRODUCTION):
            assemble(app, settings)
        audit(app)
        try:
            app.synth()
        except RuntimeError as refused:
            # The templates are written all the same; test_audit tells.
            return str(refused)
    return None


@pytest.fixture(scope="session", params=[STAGING, PRODUCTION], ids=lambda settings: settings.environment)
def synthesized(request: pytest.FixtureRequest, assembly: Assembly) -> Synthesized:
    return assembly.environment(request.param)

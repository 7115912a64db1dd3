"""The emulator for contract tests, and the whole local stack for tests that drive it from outside."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local import emulator, ports, postgres
from local.progress import Progress
from local.stack import Stack
from tests.local.installation import Installation


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_lambda: runs functions, which LocalStack does in containers")
    config.addinivalue_line("markers", "differs_on_localstack(reason): LocalStack is known to behave otherwise")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def uses(item: pytest.Item, fixture: str) -> bool:
        return fixture in getattr(item, "fixturenames", ())

    for item in items:
        if uses(item, "installation"):
            # With --dist loadgroup one worker runs them all, and the stack is deployed once.
            item.add_marker(pytest.mark.xdist_group("local-stack"))
    # Tests that start and stop the installation come before those that share it running.
    items.sort(key=lambda item: uses(item, "stack"))


@pytest.fixture(scope="session")
def aws_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The default emulator, or whichever AWS_ENDPOINT_URL names."""
    if given := os.environ.get("AWS_ENDPOINT_URL"):
        emulator.check_given(given)
        yield given
        return
    directory: Path = tmp_path_factory.mktemp("emulator")
    started = emulator.start(directory, ports.free(), log=directory / "emulator.log", keep_state=False)
    try:
        yield started.url
    finally:
        started.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("auzap") / "local"
    given = {name: os.environ[name] for name in ("AWS_ENDPOINT_URL",) if name in os.environ}
    replaced = dict.fromkeys(("DATABASE_URL", "OPENAI_BASE_URL", "WHATSAPP_GRAPH_URL"), "")
    chosen = {name: str(ports.free()) for name in ("AUZAP_PORT", "AUZAP_EMULATOR_PORT", "AUZAP_DATABASE_PORT")}
    yield Installation({**given, **replaced, **chosen, "AUZAP_LOCAL_DIRECTORY": str(directory)})
    postgres.remove(directory / "postgres")


@pytest.fixture(scope="session")
def stack(installation: Installation) -> Iterator[dict[str, Any]]:
    """The endpoints of a running stack, as `.local/endpoints.json` has them."""
    with Stack(replace(installation.config, durable=False), Progress(StringIO())) as running:
        yield json.loads(running.config.endpoints_file.read_text())

"""The emulator for contract tests, and the whole local stack for tests that drive it from outside."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import emulator, ports


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_lambda: runs functions, which LocalStack does in containers")
    config.addinivalue_line("markers", "differs_on_localstack(reason): LocalStack is known to behave otherwise")


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

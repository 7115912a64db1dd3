"""What chaos needs: a process that forks sandboxes, and a database of its own for each run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.sim import sandboxes
from tests.chaos.sim.sandboxes import Zygote
from tests.postgres import Place, cloned, template


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_lambda: runs a function as the source of events does")
    config.addinivalue_line("markers", "differs_on_localstack(reason): said of the emulators, nothing to the simulator")


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chaos")


@pytest.fixture(scope="session")
def zygote(directory: Path) -> Iterator[Zygote]:
    with sandboxes.opened(directory) as forking:
        yield forking


@pytest.fixture
def place() -> Iterator[Place]:
    with cloned(template(clock=True)) as made:
        yield made

"""Fixtures of the tier: one installation a session, one house a test."""

from collections.abc import Iterator

import pytest

from tests.functions import house as houses
from tests.functions import sandbox
from tests.functions.house import House, Installation
from tests.functions.outside import aws, street
from tests.postgres import Place, cloned, template


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with (
        aws.serving() as served,
        street.serving() as server,
        sandbox.opened(tmp_path_factory.mktemp("sandboxes")) as sandboxes,
    ):
        yield houses.install(served, sandboxes, server)


@pytest.fixture
def house(installation: Installation, shared_database: Place) -> Iterator[House]:
    with houses.opened(installation, shared_database) as opened:
        yield opened


@pytest.fixture
def lonely_house(installation: Installation) -> Iterator[House]:
    """A house whose database knows no other shop: what scans all of them finds this one only."""
    with cloned(template(clock=True)) as place, houses.opened(installation, place) as opened:
        yield opened

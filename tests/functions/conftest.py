"""What every function's test starts from: credentials that open nothing, and no cache of another test."""

import sys
import time
from collections.abc import Iterator

import pytest

from auzap.realtime.publishing import publish
from tests.functions.fixtures import house, installation, lonely_house
from tests.functions.house import House
from tests.functions.live import Live, listening

__all__ = ["house", "installation", "lonely_house"]


# What follows from the code alone: agents and their tools.
MADE_ONCE = {"auzap.agent.client_agent", "auzap.agent.toolbox"}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    for name in ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    yield
    ours = [module for name, module in sys.modules.items() if name.startswith(("auzap.", "functions."))]
    for cached in [value for module in ours for value in vars(module).values() if hasattr(value, "cache_clear")]:
        if cached.__module__ not in MADE_ONCE:
            cached.cache_clear()


@pytest.fixture
def live(house: House) -> Iterator[Live]:
    yield from _listening(house)


@pytest.fixture
def lonely_live(lonely_house: House) -> Iterator[Live]:
    """In a database where no other shop has news."""
    yield from _listening(lonely_house)


def _listening(house: House) -> Iterator[Live]:
    with listening(house) as live:
        # What the shop was made with is numbered, and everybody begins behind it.
        publish(live.audience(), house.organization_id, now=time.time())
        yield live

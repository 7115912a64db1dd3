"""The API as a client meets it, and people who sign in."""

import sys
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from auzap.identity.tokens import Keys, SigningKey
from functions.serve_api import dependencies
from functions.serve_api.app import Api
from tests.api import surroundings
from tests.api.at_work import elsewhere, morning, open_place, place
from tests.api.people import People
from tests.api.surroundings import Surroundings
from tests.postgres import Clock

__all__ = ["elsewhere", "morning", "open_place", "place"]

KEYS = Keys((SigningKey("k1", b"a signing key of a test, 32 bytes"),), (b"a refresh key of a test, 32 bytes",))


@pytest.fixture(scope="session")
def _around() -> Iterator[Surroundings]:
    with surroundings.surroundings() as made:
        yield made


@pytest.fixture(autouse=True)
def around(_around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """AWS, with nothing asked of it yet, and no cache of another test."""
    for name in ("AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in _around.environment.items():
        monkeypatch.setenv(name, value)
    _around.aws.begin_test()
    _empty_caches()
    yield _around
    _empty_caches()


def _empty_caches() -> None:
    runtime = sys.modules["auzap.runtime"]
    for cached in [value for value in vars(runtime).values() if hasattr(value, "cache_clear")]:
        cached.cache_clear()


@pytest.fixture(scope="session")
def api() -> Api:
    """Its parts are made once for all tests."""
    return Api()


@pytest.fixture
def client(api: Api, database: Database, clock: Clock) -> Iterator[TestClient]:
    api.dependency_overrides.clear()
    api.dependency_overrides |= {
        dependencies.database: lambda: database,
        dependencies.keys: lambda: KEYS,
        dependencies.now: clock.now,
    }
    # Over TLS, as cookies want it.
    with TestClient(api, base_url="https://app.example", raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def people(client: TestClient) -> People:
    return People(client)

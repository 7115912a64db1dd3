"""The API as a client meets it, and people who sign in."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from auzap.identity.tokens import Keys, SigningKey
from functions.serve_api import dependencies
from functions.serve_api.app import create
from tests.api.people import People
from tests.postgres import Clock

KEYS = Keys(SigningKey("k1", b"a signing key of a test, 32 bytes"), (), b"a refresh key of a test, 32 bytes")


@pytest.fixture
def client(database: Database, clock: Clock) -> Iterator[TestClient]:
    app = create()
    app.dependency_overrides = {
        dependencies.database: lambda: database,
        dependencies.keys: lambda: KEYS,
        dependencies.now: clock.now,
    }
    # Over TLS, as cookies want it.
    with TestClient(app, base_url="https://app.example", raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def people(client: TestClient) -> People:
    return People(client)

"""The street, empty and with an open window, without its background thread."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from local.street import app
from local.street.street import Street
from tests.unit.scripted_server import Answer, ScriptedServer, scripted
from tests.unit.street.world import Clock, World, street_config


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auzap() -> Iterator[ScriptedServer]:
    with scripted(Answer()) as server:
        yield server


@pytest.fixture
def world(auzap: ScriptedServer, clock: Clock) -> Iterator[World]:
    # Without its lifespan the application delivers nothing by itself: a test says when.
    application = app.create(street_config(auzap, clock))
    street: Street = application.state.street
    yield World(TestClient(application), street, auzap, clock)
    street.deliveries.stop()


@pytest.fixture
def open_window(world: World) -> World:
    """Marina has just written, so the shop may answer freely."""
    world.write(text="Oi")
    world.told()
    return world

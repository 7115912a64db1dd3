"""The parts of the API are made one by one, and together they are all of it."""

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from functions.serve_api import access, parts
from functions.serve_api.app import Api

ROUTES = [
    (method, route.path)
    for router in parts.routers()
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
]


def test_what_the_parts_serve_is_what_may_be_asked_for() -> None:
    assert sorted(ROUTES) == sorted(access.ROUTES)


@pytest.mark.parametrize("noun", parts.MODULES)
def test_a_part_serves_all_of_its_noun(noun: str) -> None:
    of_part = {
        (method, route.path)
        for router in parts.routers(frozenset({noun}))
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }

    assert {(method, path) for method, path in ROUTES if parts.noun(path) == noun} <= of_part


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("/v1/bookings", "bookings"),
        ("/v1/bookings/1/start", "bookings"),
        ("/health", "health"),
        ("/health/queues", "health"),
        ("/v1", "v1"),
        ("/v1/", ""),
        ("/", ""),
        ("", ""),
        ("*", ""),
    ],
)
def test_the_noun_of_an_address(path: str, noun: str) -> None:
    assert parts.noun(path) == noun


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/nothing", "/nothing/bookings", "/v1/%2e%2e/bookings", "//v1/me"]
)
def test_what_there_is_not_is_refused_in_the_envelope(path: str) -> None:
    answer = TestClient(Api(), base_url="https://app.example").get(f"https://app.example{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_snapshot_holds_every_part_and_each_is_made_once() -> None:
    api = Api()
    api.make_all()
    made = dict(vars(api)["_made"])

    assert made.keys() == parts.MODULES.keys()
    assert all(api.make(noun) is part for noun, part in made.items())

"""Requests that nobody means well with: every route refuses them in the envelope, says what is wrong, and does nothing."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from functions.serve_api.access import ROUTES
from tests.api.generated import operations, send_body, some
from tests.api.granted import GRANTED, Route
from tests.api.town import Town, town

__all__ = ["town"]

WITH_BODY = [route for route, granted in GRANTED.items() if isinstance(granted.body, dict)]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HUGE = 10**30
STRANGE: dict[str, Any] = {
    "null byte": "a\0b",
    "lone surrogate": "\ud800",
    "long": "a" * 100_000,
    "huge": HUGE,
    "negative": -HUGE,
    "fraction": 1e-300,
    "list": [[]],
    "object": {"\0": "\udfff"},
    "null": None,
    "year one": "0001-01-01",
    "last moment": "9999-12-31T23:59:59.999999-23:59",
    "hour with zone": "08:00:00+14:00",
    "other digits": "٠١٢",
    "right to left": "\u202e\u0000",
    "true": True,
}
ADDRESSED = ("%00", "%ED%A0%80", "-1", str(HUGE), "9999-12-31", "0001-01-01T00:00:00-23:59", "a" * 5_000, "", "W10")
TEXTS = {
    "not a number": '{"a": NaN}',
    "infinite": '{"a": 1e999}',
    "deep": "[" * 100_000,
    "half": '{"a": ',
    "nothing": "",
    "doubled": '{"extra": 1, "extra": 2}',
    "a word": '"word"',
}


def is_of(template: str, path: str) -> bool:
    """Whether an address is also one of the others: `/v1/stays/offers` has the form of `/v1/stays/{stay_id}`."""
    parts, others = path.split("/"), template.split("/")
    return len(parts) == len(others) and all(
        part == other or other[:1] == "{" for part, other in zip(parts, others, strict=True)
    )


@pytest.mark.parametrize("path", sorted({path for _, path in GRANTED}))
def test_a_method_that_an_address_does_not_take_is_refused_and_those_that_it_takes_are_named(
    town: Town, path: str
) -> None:
    taken = {method for method, known in GRANTED if is_of(known, path)}
    for method in set(METHODS) - taken:
        (one, *_) = [route for route in GRANTED if route[1] == path]
        answer = town.ours.people["owner"].client.request(method, GRANTED[one].path(path, town.ours.own))

        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == ", ".join(sorted(method for method, known in GRANTED if known == path))


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_field_that_is_not_known_is_refused_by_its_name(town: Town, route: Route) -> None:
    answer = send_body(town, route, {**GRANTED[route].said(town.ours.own), "surprise": 1})

    assert answer.status_code == 422, answer.text
    assert "surprise" in str(answer.json()["details"])


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_body_of_another_kind_is_refused(town: Town, route: Route) -> None:
    body = json.dumps(GRANTED[route].said(town.ours.own))
    for kind in ("text/plain", "application/xml", "multipart/form-data"):
        answer = send_body(town, route, body, kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("route", WITH_BODY[::12], ids=" ".join)
def test_what_is_no_body_is_refused(town: Town, route: Route, body: str) -> None:
    answer = send_body(town, route, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_bytes_that_are_no_text_are_refused(town: Town) -> None:
    answer = send_body(town, ("POST", "/v1/contacts"), b'{"phone": "\xff\xfe"}')

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_strange_value_of_any_field_is_taken_or_refused_and_never_breaks_anything(town: Town, route: Route) -> None:
    granted = GRANTED[route].said(town.ours.own)
    for place, field in enumerate(granted, len(route[1])):
        for value in some(STRANGE.values(), place):
            answer = send_body(town, route, json.dumps({**granted, field: value}))
            assert answer.status_code < 500, (field, value, answer.text)
            assert str(answer.status_code) in operations()[route].responses.status_codes, (field, value, answer.text)


@pytest.mark.parametrize("route", [route for route in GRANTED if route[0] == "GET"], ids=" ".join)
def test_a_strange_value_of_any_parameter_is_taken_or_refused_and_never_breaks_anything(
    town: Town, route: Route
) -> None:
    person = replace(town.asker(route), client=town.undoing)
    path = GRANTED[route].path(route[1], town.ours.own)
    for place, parameter in enumerate(operations()[route].query, len(path)):
        for value in some(ADDRESSED, place):
            answer = person.ask("GET", f"{path}{'&' if '?' in path else '?'}{parameter.name}={value}")
            assert answer.status_code < 500, (parameter.name, value)
            assert answer.status_code in {200, 404, 409, 422}, (parameter.name, value, answer.text)


SURPRISE = {
    "pt-BR": ("Este endereço não aceita parâmetros.", "Este endereço não conhece este parâmetro, só: {}."),
    "en": ("This address takes no parameters", "This address does not know this parameter, only: {}"),
}


@pytest.mark.parametrize("route", GRANTED, ids=" ".join)
def test_a_parameter_that_is_not_known_is_refused_by_its_name_and_those_that_are_known_are_named(
    town: Town, route: Route
) -> None:
    path = GRANTED[route].path(route[1], town.ours.own)
    address = f"{path}{'&' if '?' in path else '?'}surprise=1&surprise=2"
    known = ", ".join(sorted(parameter.name for parameter in operations()[route].query))
    for locale, (none, only) in SURPRISE.items():
        answer = town.undoing.request(route[0], address, headers={"accept-language": locale})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
        problem = only.format(known) if known else none
        assert answer.json()["details"] == [{"field": "surprise", "problem": problem}]


@pytest.mark.parametrize("made_up", ["", "Bearer ", "Basic abc", "Bearer auzap_" + "x" * 40, "Bearer " + "é" * 40])
def test_whoever_shows_nothing_that_is_known_is_not_let_in(town: Town, made_up: str) -> None:
    for method, path in [route for route in GRANTED if ROUTES[route] != "anybody"]:
        answer = town.undoing.request(
            method,
            GRANTED[method, path].path(path, town.ours.own),
            headers={b"authorization": made_up.encode("latin-1"), b"idempotency-key": uuid4().hex.encode()},
        )
        assert answer.status_code == 401, (method, path, answer.text)

"""Requests that schemathesis makes from the specification, sent by whoever may send them, and judged by what it promises."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from schemathesis import checks, openapi
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks as promises

from tests.api.granted import GRANTED, Route
from tests.api.town import Town

SPECIFICATION = Path(__file__).parents[2] / "docs/openapi.json"
# Of each route, in the tests that every change runs; more where somebody has time.
CASES = int(os.environ.get("AUZAP_CASES", "2"))
MANY = 10
FEW = 5
JUDGES = [
    checks.not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_headers_conformance,
    promises.response_schema_conformance,
]


@cache
def operations() -> Mapping[Route, APIOperation[Any, Any, Any, Any]]:
    schema = openapi.from_dict(json.loads(SPECIFICATION.read_text()))
    found: dict[Route, APIOperation[Any, Any, Any, Any]] = {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        found[operation.method.upper(), operation.path] = operation
    return found


@cache
def cases(route: Route) -> SearchStrategy[Case]:
    """Half of them as the specification says, half not."""
    operation = operations()[route]
    return st.one_of([operation.as_strategy(mode) for mode in GenerationMode])


def send(town: Town, route: Route, case: Case, data: DataObject) -> None:
    """Its path leads to what there is, and its body begins with one that is granted, more often than not."""
    request, own = GRANTED[route], town.ours.own
    if case.path_parameters and data.draw(st.integers(0, 3)):
        case.path_parameters = {place: own[name] for place, name in request.names(route[1]).items()}
    granted = request.said(own)
    if isinstance(granted, dict) and isinstance(case.body, dict) and data.draw(st.booleans()):
        kept = data.draw(st.lists(st.sampled_from(sorted(case.body)), unique=True)) if case.body else []
        case.body = granted | {name: case.body[name] for name in kept}
    person = replace(town.asker(route), client=town.undoing)
    answer = person.client.request(**_as_sent(case, {"authorization": f"Bearer {person.token}"}))
    case.validate_response(answer, checks=JUDGES)


def _as_sent(case: Case, headers: dict[str, str]) -> dict[str, Any]:
    """As the client of the tests wants it told; its cookies are its own."""
    made = case.as_transport_kwargs(base_url="https://app.example")
    known = {name: made[name] for name in ("method", "url", "params", "json") if made.get(name) is not None}
    given = {"idempotency-key": uuid4().hex, **made["headers"], **headers}
    return {**known, "headers": given, **({"content": made["data"]} if made.get("data") is not None else {})}


def send_body(town: Town, route: Route, body: Any, *, kind: str = "application/json") -> Any:
    """A body of any sort where one is granted."""
    person = replace(town.asker(route), client=town.undoing)
    headers = {"authorization": f"Bearer {person.token}", "idempotency-key": uuid4().hex, "content-type": kind}
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    path = GRANTED[route].path(route[1], town.ours.own)
    return person.client.request(route[0], path, content=content, headers=headers)


def some[Value](values: Iterable[Value], place: int) -> list[Value]:
    """All of them where somebody has time; else a few, others at each place."""
    every = list(values)
    return every if CASES >= MANY else every[place % FEW :: FEW]

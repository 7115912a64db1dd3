"""Every route, asked by whom it is not for and for what is another shop's: refused, with nothing told and nothing done."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from auzap.ids import new_id
from functions.serve_api import access
from functions.serve_api.access import ROUTES
from functions.serve_api.app import create
from functions.serve_api.dependencies import READING
from tests.api.granted import ALSO, GRANTED, Granted, Route
from tests.api.people import Person
from tests.api.town import Town, town
from tests.postgres import Place

__all__ = ["town"]

OPEN = {route for route, least in ROUTES.items() if least == "anybody"}
EVERY = pytest.mark.parametrize("route", GRANTED, ids=" ".join)
GUARDED = pytest.mark.parametrize("route", [route for route in GRANTED if route not in OPEN], ids=" ".join)
# Each with every name that query, body and path have for what is the shop's.
NAMING = pytest.mark.parametrize(
    ("route", "request_"),
    [
        pytest.param(route, request, id=" ".join(route))
        for route, request in (*GRANTED.items(), *ALSO.items())
        if route not in OPEN and (request.names(route[1]) or request.named())
    ],
)
UNKNOWN = (401, "unauthorized")
REFUSED = {
    "no token": UNKNOWN,
    "a token of nobody's making": UNKNOWN,
    "shut out": (401, "session_ended"),
    "signed out": (401, "session_ended"),
    "a revoked key": (401, "session_ended"),
    "a key for other things": (403, "scope_missing"),
    "a shop that is closed": (403, "organization_unavailable"),
    "staff": (403, "forbidden"),
    "a manager": (403, "forbidden"),
    "support": (403, "not_for_support"),
}
# Ids that whoever asks makes up, so that they are nobody's.
MADE_UP = {("POST", "/v1/knowledge/documents", "upload_id")}
# Not there, and still not 404: what is not there is left out of an order, and need not be taken away.
OTHERWISE = {
    ("PUT", "/v1/pipeline-stages/order", "stage"): 200,
    ("DELETE", "/v1/stays/{stay_id}/extras/{service_id}", "service"): 204,
}
# Said by whoever is not signed in yet, and judged by their password.
AT_THE_DOOR = {("POST", "/v1/auth/session", "organization_id")}


type Digest = psycopg.ClientCursor[tuple[Any, ...]]


@pytest.fixture(scope="module")
def digest(shared_database: Place) -> Iterator[Digest]:
    """Tells of every table how many rows it has and which of them was written last."""
    with psycopg.connect(shared_database.admin, autocommit=True) as administrator:
        yield psycopg.ClientCursor(administrator)


def everything(digest: Digest) -> list[tuple[Any, ...]]:
    tables = digest.execute(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
        """
    ).fetchall()
    one = sql.SQL("SELECT {name}, count(*), max(xmin::text::bigint) FROM {table}")
    # In whatever order the tables are looked at.
    found = digest.execute(
        sql.SQL(" UNION ALL ").join(
            one.format(name=sql.Literal(name), table=sql.Identifier(name)) for (name,) in tables
        )
    ).fetchall()
    return sorted(found, key=lambda told: told[0])


def is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def told(answer: Any, *ids: str) -> tuple[Any, ...]:
    """All that an answer says, but for when it was given and what was asked for."""
    body = re.sub(r'"timestamp":"[^"]*"', "", answer.text)
    for each in ids:
        body = body.replace(each, "")
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-ratelimit-reset"}}
    return answer.status_code, body, headers


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def ids_in(schema: Any, components: Any, name: str = "") -> Iterator[str]:
    """What is an id in a schema, by the name of its field."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if schema.get("format") == "uuid":
        yield name
    for field, inner in schema.get("properties", {}).items():
        yield from ids_in(inner, components, field)
    for inner in (
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        *([schema["items"]] if "items" in schema else ()),
    ):
        yield from ids_in(inner, components, name)


def ids_taken() -> set[tuple[str, str, str]]:
    specification = create().openapi()
    components = specification["components"]["schemas"]
    return {
        (method.upper(), path, name)
        for path, methods in specification["paths"].items()
        for method, route in methods.items()
        for schema, name in (
            *((given["schema"], given["name"]) for given in route.get("parameters", ())),
            *((body["schema"], "") for body in route.get("requestBody", {"content": {}})["content"].values()),
        )
        for name in ids_in(schema, components, name)
    }


def ids_said(route: Route, request: Granted) -> Iterator[tuple[str, str, str]]:
    """Each field that names what the shop has by a name."""
    method, path = route
    for name in (*request.names(path), *parse_qs(request.query, keep_blank_values=True), *fields(request.body)):
        yield method, path, name


def fields(body: Any, name: str = "") -> Iterator[str]:
    match body:
        case dict():
            for field, inner in body.items():  # pyright: ignore[reportUnknownVariableType]
                yield from fields(inner, str(field))  # pyright: ignore[reportUnknownArgumentType]
        case list():
            for inner in body:  # pyright: ignore[reportUnknownVariableType]
                yield from fields(inner, name)
        case str() if "{" in body:
            yield name
        case _:
            return


def test_every_route_has_a_request_that_is_granted() -> None:
    assert set(GRANTED) == set(ROUTES)


def test_every_id_that_a_route_takes_is_in_its_request() -> None:
    said = {each for table in (GRANTED, ALSO) for route, request in table.items() for each in ids_said(route, request)}

    assert ids_taken() - said - MADE_UP - AT_THE_DOOR == set()


@EVERY
def test_it_is_granted_to_whoever_may(town: Town, route: Route) -> None:
    answer = town.granted(route)

    assert answer.status_code < 300, answer.text


@GUARDED
def test_it_is_refused_to_whoever_may_not(town: Town, digest: Digest, route: Route) -> None:
    before = everything(digest)

    answers = {name: refusal(town.asked_by(person, route)) for name, person in strangers(town, route).items()}

    assert answers == {name: REFUSED[name] for name in answers}
    assert everything(digest) == before


@pytest.mark.parametrize("route", ALSO, ids=" ".join)
def test_what_else_it_takes_is_granted_too(town: Town, route: Route) -> None:
    answer = town.granted_too(route)

    assert answer.status_code < 300, answer.text


@NAMING
def test_what_is_another_shops_is_as_if_it_were_not(
    town: Town, digest: Digest, route: Route, request_: Granted
) -> None:
    before = everything(digest)

    for name in named(town, route, request_):
        theirs, nobodys = town.theirs.own[name], str(new_id())
        answers = [town.asked_for(route, request_, name, each) for each in (theirs, nobodys)]
        assert told(answers[0], theirs) == told(answers[1], nobodys), name
        assert_not_there(route, request_, name, answers[0])

    assert everything(digest) == before


def strangers(town: Town, route: Route) -> dict[str, Person]:
    """Whoever may not ask for it, by why."""
    method, path = route
    people, least = town.ours.people, ROUTES[route]
    nobody = town.asker(route)
    found = {
        "no token": replace(nobody, token=""),
        "a token of nobody's making": replace(nobody, token="eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
        "shut out": people["disabled"],
        "signed out": people["signed_out"],
        "a revoked key": people["revoked"],
        "a key for other things": people["writer" if access.scope(*route) == "tasks:read" else "reader"],
        "a shop that is closed": town.closed,
    }
    if least in {"manager", "owner"}:
        found["staff"] = people["staff"]
    if least == "owner":
        found["a manager"] = people["manager"]
    if access.is_about_access(path) and method not in READING:
        found["support"] = people["support"]
    return found


def named(town: Town, route: Route, request: Granted) -> list[str]:
    """What it names by an id, which another shop has too."""
    names = {*request.names(route[1]).values(), *request.named()}
    return sorted(name for name in names if is_id(town.theirs.own.get(name, "")))


def assert_not_there(route: Route, request: Granted, name: str, answer: Any) -> None:
    method, path = route
    if (*route, name) in OTHERWISE:
        assert answer.status_code == OTHERWISE[*route, name], answer.text
    elif name in request.names(path).values():
        assert answer.status_code == 404, answer.text
    elif method == "GET" and answer.status_code == 200:
        # What was looked for has nothing; of a file there is but its head.
        assert not answer.json().get("data") if is_json(answer) else answer.text.count("\n") <= 1, answer.text
    else:
        assert 400 <= answer.status_code < 500, answer.text


def is_json(answer: Any) -> bool:
    return answer.headers["content-type"].startswith("application/json")

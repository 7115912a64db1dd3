"""Every list comes by pages: one row at a time it is the same list, in the same order, with what it is asked for."""

from typing import Any

import pytest

from tests.api.generated import operations
from tests.api.granted import GRANTED, Granted, Route
from tests.api.town import Town, town

__all__ = ["town"]

# A file has its cursor among its headers.
FILES = {("GET", "/v1/audit/export")}
BY_PAGES = [
    route
    for route, operation in operations().items()
    if route[0] == "GET" and route not in FILES and "cursor" in {parameter.name for parameter in operation.query}
]
MOST_PAGES = 40


def sorts(route: Route) -> list[str]:
    """The ways in which a list can be asked for in order; as it comes, where there is but one."""
    known = [parameter.definition["schema"] for parameter in operations()[route].query if parameter.name == "sort"]
    return [f"sort={choice}" for schema in known for choice in schema["enum"]] or [""]


SORTED = [
    pytest.param(route, sort, id=" ".join(filter(None, [*route, sort]))) for route in BY_PAGES for sort in sorts(route)
]


def page(town: Town, route: Route, request: Granted, **asked: Any) -> dict[str, Any]:
    query = "&".join([request.query, *(f"{name}={value}" for name, value in asked.items())]).strip("&")
    path = request.path(route[1], town.ours.own).partition("?")[0]
    answer = town.ours.people["owner"].ask("GET", f"{path}?{query.format_map(town.ours.own)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def one_by_one(town: Town, route: Route, request: Granted) -> list[Any]:
    rows: list[Any] = []
    cursor: dict[str, str] = {}
    while len(rows) < MOST_PAGES:
        found = page(town, route, request, limit=1, **cursor)
        rows += found["data"]
        if found["meta"]["cursor"] is None:
            break
        assert found["data"], "a page that leads to another is not empty"
        cursor = {"cursor": found["meta"]["cursor"]}
    return rows


def without_links(rows: list[Any]) -> list[Any]:
    """Each link is signed anew."""
    return [{name: value for name, value in row.items() if name != "media"} for row in rows]


@pytest.mark.parametrize(("route", "sort"), SORTED)
def test_one_by_one_it_is_the_same_list(town: Town, route: Route, sort: str) -> None:
    request = GRANTED[route]
    for query in {request.query, ""}:
        asked = Granted("&".join(filter(None, [query, sort])), of=request.of)
        whole = page(town, route, asked, limit=100)["data"]
        assert without_links(one_by_one(town, route, asked)) == without_links(whole[:MOST_PAGES])

"""No list is asked for as a whole."""

import json
from pathlib import Path

import pytest

from tests.api.people import People

MOST = 100
SPECIFIED = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text("utf-8"))
LISTS = {
    path: parameter["schema"]["maximum"]
    for path, operations in SPECIFIED["paths"].items()
    for parameter in operations.get("get", {}).get("parameters", [])
    if parameter.get("name") == "limit"
}


def test_no_page_has_more_than_a_hundred_rows() -> None:
    assert len(LISTS) > 30
    assert max(LISTS.values()) <= MOST


@pytest.mark.parametrize("limit", [-1, 0, MOST + 1, 10**30, "all"])
def test_a_page_of_another_size_is_refused(people: People, limit: int | str) -> None:
    person = people.owner()

    assert person.ask("GET", f"/v1/contacts?limit={limit}").status_code == 422

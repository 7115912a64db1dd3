"""Whose messages go to the owner's agent: replaced as a whole, by owners alone, and by no program."""

from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, refused

HELENA = {"phone": "+55 11 98888-7777", "name": "Helena", "is_primary": True}
MARCOS = {"phone": "(11) 97777-6666", "name": "Marcos"}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def put(person: Person, *numbers: dict[str, Any]) -> Any:
    return person.ask("PUT", "/v1/owner-numbers", {"numbers": list(numbers)})


def test_numbers_are_replaced_as_a_whole_and_kept_as_numbers_are(helena: Person, database: Database) -> None:
    assert helena.get("/v1/owner-numbers") == []
    changed(put(helena, HELENA, MARCOS))

    after = changed(put(helena, {**MARCOS, "is_primary": True}))

    assert after == helena.get("/v1/owner-numbers")
    assert after == [{"phone": "+5511977776666", "name": "Marcos", "is_primary": True, "is_active": True}]
    with database.transaction(organization_of(helena), "test") as tx:
        known = "SELECT app.is_owner('+5511977776666'), app.is_owner('+5511988887777')"
        assert tx.execute(known).fetchone() == (True, False)


def test_a_number_that_is_put_away_speaks_as_a_customer(helena: Person, database: Database) -> None:
    after = changed(put(helena, HELENA, {**MARCOS, "is_active": False, "is_primary": True}))

    assert [(row["name"], row["is_primary"], row["is_active"]) for row in after] == [
        ("Helena", True, True),
        ("Marcos", False, False),
    ]
    with database.transaction(organization_of(helena), "test") as tx:
        assert tx.execute("SELECT app.is_owner('+5511977776666')").fetchone() == (False,)


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([MARCOS], "one_primary"),
        ([HELENA, {**MARCOS, "is_primary": True}], "one_primary"),
        ([HELENA, {**HELENA, "phone": "+5511988887777", "is_primary": False}], "same_phone"),
        ([HELENA, {**HELENA, "phone": "+551188887777", "is_primary": False}], "same_phone"),
        ([{**HELENA, "phone": "98888-7777"}], "unfit_phone"),
        ([{**HELENA, "phone": "+00 telephone"}], "unfit_phone"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_and_changes_nothing(
    helena: Person, numbers: list[dict[str, Any]], code: str
) -> None:
    changed(put(helena, HELENA))

    assert refused(put(helena, *numbers)) == (422, code)
    assert [row["name"] for row in helena.get("/v1/owner-numbers")] == ["Helena"]


def test_a_number_without_a_name_is_named_by_its_field(helena: Person) -> None:
    assert fields(put(helena, {**HELENA, "name": " "})) == ["numbers.0.name"]


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_only_an_owner_says_who_is_one(helena: Person, owner: psycopg.Connection, role: str) -> None:
    become(owner, helena, role)

    assert refused(put(helena, HELENA)) == (403, "forbidden")
    assert helena.get("/v1/owner-numbers") == []


def test_no_program_says_who_is_an_owner(helena: Person, client: TestClient) -> None:
    assert refused(helena.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": ["owner-numbers:write"]})) == (
        422,
        "unknown_scope",
    )
    key = made(helena.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": ["services:write"]}))["secret"]

    answer = client.put("/v1/owner-numbers", json={"numbers": []}, headers={"authorization": f"Bearer {key}"})

    assert refused(answer) == (403, "scope_missing")


def test_one_shops_owners_are_not_anothers(helena: Person, people: People) -> None:
    otto = people.owner()
    changed(put(helena, HELENA))
    changed(put(otto, {**HELENA, "name": "Otto"}))

    changed(put(otto))

    assert [row["name"] for row in helena.get("/v1/owner-numbers")] == ["Helena"]

"""The shop's own fields and the shop's own wordings."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from auzap.db.connection import Database
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, refused

FOUND = {"subject": "contact", "name": "how_found", "label": "Como nos conheceu", "kind": "choice", "choices": ["Rua"]}
HELLO = {"kind": "greeting", "text": "Oi, {customer}! Aqui é {agent}, da {shop}."}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner("Patas & Cia")


def test_a_field_is_defined_changed_and_removed_with_what_was_kept_in_it(helena: Person, database: Database) -> None:
    field = made(helena.ask("POST", "/v1/custom-fields", FOUND))
    assert field == {"id": field["id"], "position": 0, **FOUND}
    with database.transaction(organization_of(helena), "test") as tx:
        factories.make_contact(tx)
        tx.execute("""UPDATE contacts SET custom = '{"how_found": "Rua"}'""")

    after = changed(
        helena.ask("PATCH", f"/v1/custom-fields/{field['id']}", {"choices": ["Rua", "Instagram"], "position": 2})
    )
    assert helena.get("/v1/custom-fields") == [after] == [{**field, "choices": ["Rua", "Instagram"], "position": 2}]

    assert helena.ask("DELETE", f"/v1/custom-fields/{field['id']}").status_code == 204
    assert helena.get("/v1/custom-fields") == []
    with database.transaction(organization_of(helena), "test") as tx:
        assert tx.execute("SELECT custom FROM contacts").fetchone() == ({},)


def test_fields_stand_by_subject_in_their_order(helena: Person) -> None:
    for subject, name, position in (("pet", "chip", 0), ("contact", "b", 2), ("contact", "a", 1)):
        given = {"subject": subject, "name": name, "label": name, "kind": "text", "position": position}
        made(helena.ask("POST", "/v1/custom-fields", given))

    assert [row["name"] for row in helena.get("/v1/custom-fields")] == ["a", "b", "chip"]


def test_a_field_that_makes_no_sense_is_refused(helena: Person) -> None:
    field = made(helena.ask("POST", "/v1/custom-fields", FOUND))["id"]

    assert refused(helena.ask("POST", "/v1/custom-fields", FOUND)) == (409, "field_known")
    assert refused(helena.ask("POST", "/v1/custom-fields", FOUND | {"name": "x", "choices": []})) == (
        422,
        "unfit_field",
    )
    assert refused(helena.ask("POST", "/v1/custom-fields", FOUND | {"name": "x", "kind": "text"})) == (
        422,
        "unfit_field",
    )
    assert refused(helena.ask("PATCH", f"/v1/custom-fields/{field}", {"choices": []})) == (422, "unfit_field")
    assert fields(helena.ask("POST", "/v1/custom-fields", FOUND | {"name": "Como?"})) == ["name"]
    assert fields(helena.ask("PATCH", f"/v1/custom-fields/{field}", {"kind": "text"})) == ["kind"]


def test_a_wording_is_made_read_changed_and_removed(helena: Person) -> None:
    hello = made(helena.ask("POST", "/v1/wordings", HELLO))
    assert (hello["occasion"], hello["usage_count"], hello["is_active"]) == ("any", 0, True)

    read = changed(helena.ask("POST", "/v1/wordings/preview", {"text": HELLO["text"]}))["text"]
    after = changed(helena.ask("PATCH", f"/v1/wordings/{hello['id']}", {"occasion": "vip", "is_active": False}))

    assert read == "Oi, Ana! Aqui é Luna, da Patas & Cia."
    assert helena.get("/v1/wordings?kind=greeting") == [after] == [{**hello, "occasion": "vip", "is_active": False}]
    assert helena.get("/v1/wordings?kind=closing") == []
    assert helena.ask("DELETE", f"/v1/wordings/{hello['id']}").status_code == 204
    assert refused(helena.ask("DELETE", f"/v1/wordings/{hello['id']}")) == (404, "unknown_wording")


def test_a_wording_that_cannot_be_filled_in_is_refused(helena: Person) -> None:
    hello = made(helena.ask("POST", "/v1/wordings", HELLO))["id"]
    wrong = {"text": "Oi, {price}!"}

    assert refused(helena.ask("POST", "/v1/wordings", HELLO | wrong)) == (422, "unknown_placeholder")
    assert refused(helena.ask("PATCH", f"/v1/wordings/{hello}", wrong)) == (422, "unknown_placeholder")
    answer = helena.ask("POST", "/v1/wordings/preview", wrong)
    assert refused(answer) == (422, "unknown_placeholder")
    assert "{customer}" in answer.json()["message"]
    assert refused(helena.ask("POST", "/v1/wordings", HELLO)) == (409, "wording_known")
    assert fields(helena.ask("POST", "/v1/wordings", HELLO | {"text": ""})) == ["text"]


@pytest.mark.parametrize(
    ("noun", "body", "change"), [("custom-fields", FOUND, {"label": "x"}), ("wordings", HELLO, {"is_active": False})]
)
def test_they_are_changed_by_managers_and_are_of_one_shop(
    helena: Person, people: People, owner: psycopg.Connection, noun: str, body: Any, change: Any
) -> None:
    known, otto = made(helena.ask("POST", f"/v1/{noun}", body)), people.owner()
    become(owner, helena, "staff")
    assert refused(helena.ask("POST", f"/v1/{noun}", body)) == (403, "forbidden")
    assert refused(helena.ask("PATCH", f"/v1/{noun}/{known['id']}", change)) == (403, "forbidden")
    assert refused(helena.ask("DELETE", f"/v1/{noun}/{known['id']}")) == (403, "forbidden")
    assert otto.get(f"/v1/{noun}") == []
    for nobody in (known["id"], str(uuid4())):
        assert refused(otto.ask("PATCH", f"/v1/{noun}/{nobody}", change))[0] == 404
        assert refused(otto.ask("DELETE", f"/v1/{noun}/{nobody}"))[0] == 404
    assert helena.get(f"/v1/{noun}") == [known]

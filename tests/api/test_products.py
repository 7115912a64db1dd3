"""Products: made, changed, counted, found by their words, listed by pages."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, pages, refused

FOOD: dict[str, Any] = {"name": "Ração Premium Adulto", "price_cents": 18_990}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def new(person: Person, name: str = FOOD["name"], **more: Any) -> Any:
    return made(person.ask("POST", "/v1/products", {**FOOD, "name": name, **more}))


def names(person: Person, query: str = "") -> list[str]:
    return [row["name"] for row in person.get(f"/v1/products{query}")]


def test_a_product_is_made_changed_and_removed(helena: Person) -> None:
    shown = new(helena, code="R-1", brand="Bom Pet", stock=5)
    assert (shown["unit"], shown["stock"], shown["is_active"]) == ("un", 5, True)

    after = changed(helena.ask("PATCH", f"/v1/products/{shown['id']}", {"price_cents": 17_990, "brand": None}))

    assert after == helena.get(f"/v1/products/{shown['id']}") == {**shown, "price_cents": 17_990, "brand": None}
    assert helena.ask("DELETE", f"/v1/products/{shown['id']}").status_code == 204
    assert refused(helena.ask("DELETE", f"/v1/products/{shown['id']}")) == (404, "unknown_product")
    assert names(helena) == []


def test_a_name_and_a_code_are_taken(helena: Person) -> None:
    new(helena, code="R-1")
    other = new(helena, "Areia")["id"]

    assert refused(helena.ask("POST", "/v1/products", {**FOOD, "name": FOOD["name"].upper()})) == (409, "product_known")
    assert refused(helena.ask("PATCH", f"/v1/products/{other}", {"code": "R-1"})) == (409, "product_known")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"price_cents": -1}, "price_cents"),
        ({"stock": -1}, "stock"),
        ({"unit": "box"}, "unit"),
        ({"name": "x" * 121}, "name"),
        ({"price_cents": 2**40}, "price_cents"),
    ],
)
def test_a_wrong_value_is_named_by_its_field(helena: Person, more: dict[str, Any], field: str) -> None:
    assert fields(helena.ask("POST", "/v1/products", {**FOOD, **more})) == [field]


def test_stock_is_changed_by_counting_and_never_written_over(helena: Person) -> None:
    food = new(helena, stock=5)["id"]

    assert made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -2})) == {"stock": 3}
    assert made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": 10})) == {"stock": 13}
    assert refused(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -14})) == (409, "not_enough_stock")
    assert fields(helena.ask("PATCH", f"/v1/products/{food}", {"stock": 100})) == ["stock"]
    assert helena.get(f"/v1/products/{food}")["stock"] == 13


def test_a_doubled_count_counts_once(helena: Person) -> None:
    food = new(helena, stock=5)["id"]

    for _ in range(2):
        made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -2}, **{"idempotency-key": "once"}))

    assert helena.get(f"/v1/products/{food}")["stock"] == 3


def test_a_key_that_was_used_for_something_else_is_refused(helena: Person) -> None:
    food = new(helena, stock=5)["id"]
    made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -2}, **{"idempotency-key": "once"}))

    other = helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -3}, **{"idempotency-key": "once"})

    assert refused(other) == (422, "key_reused")


def test_products_are_found_by_their_words_and_listed_by_pages(helena: Person) -> None:
    new(helena, "Ração Filhote", stock=1, lowest_stock=2)
    new(helena, "Areia Sanitária", brand="Pipicat", is_highlighted=True, stock=9)
    new(helena, "biscoito", code="B-77", stock=9)
    old = new(helena, "Coleira", stock=9)["id"]
    changed(helena.ask("PATCH", f"/v1/products/{old}", {"is_active": False}))

    assert [[row["name"] for row in page] for page in pages(helena, "/v1/products", limit=3)] == [
        ["Areia Sanitária", "biscoito", "Coleira"],
        ["Ração Filhote"],
    ]
    assert names(helena, "?search=racoes%20de%20filhotes") == names(helena, "?is_low=true") == ["Ração Filhote"]
    assert names(helena, "?search=PIPICAT") == names(helena, "?is_highlighted=true") == ["Areia Sanitária"]
    assert names(helena, "?search=b-77") == ["biscoito"]
    assert names(helena, "?is_active=false") == ["Coleira"]
    assert names(helena, "?search=nada") == []


def test_staff_count_and_do_not_change(helena: Person, owner: psycopg.Connection) -> None:
    food = new(helena, stock=5)["id"]
    become(owner, helena, "staff")

    assert made(helena.ask("POST", f"/v1/products/{food}/stock-changes", {"by": -1})) == {"stock": 4}
    for answer in (
        helena.ask("POST", "/v1/products", {**FOOD, "name": "Outra"}),
        helena.ask("PATCH", f"/v1/products/{food}", {"price_cents": 1}),
        helena.ask("DELETE", f"/v1/products/{food}"),
    ):
        assert refused(answer) == (403, "forbidden")
    assert helena.get(f"/v1/products/{food}")["price_cents"] == FOOD["price_cents"]


def test_another_shops_product_is_as_one_that_is_not_there(helena: Person, people: People) -> None:
    otto = people.owner()
    food = new(helena, stock=5)
    assert names(otto) == []
    for product_id in (food["id"], str(uuid4())):
        assert refused(otto.ask("GET", f"/v1/products/{product_id}")) == (404, "not_found")
        assert refused(otto.ask("PATCH", f"/v1/products/{product_id}", {"price_cents": 1})) == (404, "unknown_product")
        assert refused(otto.ask("DELETE", f"/v1/products/{product_id}")) == (404, "unknown_product")
        counted = otto.ask("POST", f"/v1/products/{product_id}/stock-changes", {"by": 1})
        assert refused(counted) == (404, "unknown_product")
    assert helena.get("/v1/products") == [food]

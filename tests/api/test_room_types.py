"""The kinds of room: made, changed, archived where a pet stayed, and their rates by size."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.organizations.shop import find_shop
from auzap.stays import rooms
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, refused

SUITE = {"kind": "hotel", "name": "Suíte", "capacity": 4, "daily_cents": 12_000}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def new(person: Person, **more: Any) -> Any:
    return made(person.ask("POST", "/v1/room-types", SUITE | more))


def test_a_kind_of_room_is_made_with_the_usual_for_what_is_not_told(helena: Person, database: Database) -> None:
    suite = new(helena, features=["Câmera"], long_daily_cents=10_000, long_from_days=7)

    assert helena.get("/v1/room-types") == [suite]
    assert (suite["species"], suite["opens"], suite["rates"], suite["is_active"]) == (
        ["dog", "cat"],
        "08:00:00",
        [],
        True,
    )
    with database.transaction(organization_of(helena), "test") as tx:
        (known,) = rooms.rooms(tx, "hotel")
        assert "lodging" in find_shop(tx).offers
    assert known.price_for("small", 7).total_cents == 70_000


def test_a_field_that_is_changed_leaves_the_others_and_null_empties(helena: Person) -> None:
    suite = new(helena, long_daily_cents=10_000, long_from_days=7)
    path = f"/v1/room-types/{suite['id']}"

    after = changed(helena.ask("PATCH", path, {"capacity": 2, "long_daily_cents": None, "long_from_days": None}))

    assert after == {**suite, "capacity": 2, "long_daily_cents": None, "long_from_days": None}


def test_rates_by_size_are_replaced_as_a_whole(helena: Person, database: Database) -> None:
    path = f"/v1/room-types/{new(helena)['id']}/rates"
    small, giant = {"size": "small", "daily_cents": 9_000}, {"size": "giant", "daily_cents": 15_000}
    changed(helena.ask("PUT", path, {"rates": [small, giant]}))

    after = changed(helena.ask("PUT", path, {"rates": [{**giant, "daily_cents": 16_000, "long_daily_cents": 14_000}]}))

    assert after["rates"] == [{"size": "giant", "daily_cents": 16_000, "long_daily_cents": 14_000}]
    with database.transaction(organization_of(helena), "test") as tx:
        (known,) = rooms.rooms(tx, "hotel")
    assert (known.price_for("giant", 1).daily_cents, known.price_for("small", 1).daily_cents) == (16_000, 12_000)


@pytest.mark.parametrize(
    "more",
    [{"opens": "18:00", "closes": "08:00"}, {"long_daily_cents": 1}, {"long_from_days": 7}],
)
def test_what_makes_no_sense_together_is_refused(helena: Person, more: dict[str, Any]) -> None:
    assert refused(helena.ask("POST", "/v1/room-types", SUITE | more)) == (422, "unfit_room_type")


def test_a_size_that_is_told_twice_is_refused(helena: Person) -> None:
    path, small = f"/v1/room-types/{new(helena)['id']}/rates", {"size": "small", "daily_cents": 9_000}

    assert refused(helena.ask("PUT", path, {"rates": [small, small]})) == (422, "unfit_room_type")
    assert fields(helena.ask("PUT", path, {"rates": [{"size": "any", "daily_cents": 1}]})) == ["rates.0.size"]


def test_a_name_is_taken_within_its_kind(helena: Person) -> None:
    new(helena)
    new(helena, kind="daycare")

    assert refused(helena.ask("POST", "/v1/room-types", SUITE | {"name": "SUÍTE"})) == (409, "room_type_known")
    assert [row["kind"] for row in helena.get("/v1/room-types?kind=daycare")] == ["daycare"]


def test_a_room_where_no_pet_stayed_is_removed_and_another_archived(helena: Person, database: Database) -> None:
    suite, other = new(helena)["id"], new(helena, name="Standard")["id"]
    with database.transaction(organization_of(helena), "test") as tx:
        tx.execute(
            """
            WITH who AS (INSERT INTO contacts (name) VALUES ('Ana') RETURNING id),
              pet AS (INSERT INTO pets (contact_id, name, species) SELECT id, 'Rex', 'dog' FROM who RETURNING id, contact_id)
            INSERT INTO stays (contact_id, pet_id, room_type_id, from_day, until_day, state, daily_cents, total_cents, source)
            SELECT contact_id, id, %s, '2026-01-01', '2026-01-02', 'cancelled', 1, 1, 'staff' FROM pet
            """,
            [suite],
        )

    assert helena.ask("DELETE", f"/v1/room-types/{suite}").status_code == 204
    assert helena.ask("DELETE", f"/v1/room-types/{other}").status_code == 204

    assert [(row["id"], row["is_active"]) for row in helena.get("/v1/room-types")] == [(suite, False)]
    assert refused(helena.ask("DELETE", f"/v1/room-types/{other}")) == (404, "unknown_room_type")


def test_rooms_are_changed_by_managers_and_are_of_one_shop(
    helena: Person, people: People, owner: psycopg.Connection
) -> None:
    suite, otto = new(helena), people.owner()
    become(owner, helena, "staff")
    path = f"/v1/room-types/{suite['id']}"
    for answer in (
        helena.ask("POST", "/v1/room-types", SUITE | {"name": "Outra"}),
        helena.ask("PATCH", path, {"capacity": 1}),
        helena.ask("PUT", f"{path}/rates", {"rates": []}),
        helena.ask("DELETE", path),
    ):
        assert refused(answer) == (403, "forbidden")
    assert otto.get("/v1/room-types") == []
    for nobody in (path, f"/v1/room-types/{uuid4()}"):
        for answer in (
            otto.ask("PATCH", nobody, {"capacity": 1}),
            otto.ask("PUT", f"{nobody}/rates", {"rates": []}),
            otto.ask("DELETE", nobody),
        ):
            assert refused(answer) == (404, "unknown_room_type")
    assert helena.get("/v1/room-types") == [suite]

"""Services with their prices, add-ons and people: made, changed, archived where they were booked, listed by pages."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from auzap.catalog import services
from auzap.db.connection import Database
from auzap.ids import ServiceId
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, pages, refused
from tests.postgres import Clock

BATH = {"name": "Banho", "duration_minutes": 60, "price_cents": 7000}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def new(person: Person, name: str = "Banho", **more: Any) -> Any:
    return made(person.ask("POST", "/v1/services", {**BATH, "name": name, **more}))


def test_a_service_is_made_with_what_is_told_and_the_usual_for_the_rest(helena: Person, database: Database) -> None:
    shown = new(helena, species=["dog"], buffer_after_minutes=15, active_from="2026-01-01")

    assert shown == helena.get(f"/v1/services/{shown['id']}")
    assert (shown["duration_minutes"], shown["price_cents"], shown["category"]) == (60, 7000, "grooming")
    assert (shown["is_active"], shown["is_bookable_by_agent"], shown["species"]) == (True, True, ["dog"])
    assert (shown["prices"], shown["addon_ids"], shown["staff_ids"]) == ([], [], [])
    with database.transaction(organization_of(helena), "test") as tx:
        (known,) = services.services(tx)
    assert (known.buffer_after, known.duration) == (timedelta(minutes=15), timedelta(hours=1))


def test_a_doubled_request_makes_one_service_and_gives_the_same_answer(helena: Person) -> None:
    answers = [helena.ask("POST", "/v1/services", BATH, **{"idempotency-key": "once"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert len(helena.get("/v1/services")) == 1


def test_a_field_that_is_changed_leaves_the_others_and_null_empties(helena: Person) -> None:
    first = new(helena, "Consulta", needs_vet=True, species=["dog"])
    bath = new(helena, prerequisite_id=first["id"], prerequisite_within_days=30, youngest_months=3)

    after = changed(
        helena.ask(
            "PATCH", f"/v1/services/{bath['id']}", {"price_cents": 9000, "prerequisite_within_days": None, "name": None}
        )
    )

    assert after == {**bath, "price_cents": 9000, "prerequisite_within_days": None}
    emptied = changed(
        helena.ask("PATCH", f"/v1/services/{bath['id']}", {"prerequisite_id": None, "youngest_months": None})
    )
    assert (emptied["prerequisite_id"], emptied["youngest_months"]) == (None, None)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"duration_minutes": 9}, "duration_minutes"),
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": 70.5}, "price_cents"),
        ({"species": []}, "species"),
        ({"category": "surgery"}, "category"),
        ({"active_from": "yesterday"}, "active_from"),
        ({"organization_id": str(uuid4())}, "organization_id"),
    ],
)
def test_a_wrong_value_is_named_by_its_field(helena: Person, more: dict[str, Any], field: str) -> None:
    assert fields(helena.ask("POST", "/v1/services", {**BATH, **more})) == [field]
    assert helena.get("/v1/services") == []


@pytest.mark.parametrize(
    "more",
    [
        {"active_from": "2026-02-01", "active_until": "2026-01-01"},
        {"youngest_months": 12, "oldest_months": 3},
        {"is_addon": True, "prerequisite_id": "other"},
    ],
)
def test_what_makes_no_sense_together_is_refused(helena: Person, more: dict[str, Any]) -> None:
    other = new(helena, "Consulta")["id"]
    given = {name: other if value == "other" else value for name, value in more.items()}

    assert refused(helena.ask("POST", "/v1/services", {**BATH, **given})) == (422, "unfit_service")


def test_a_name_is_taken_while_its_service_is_active(helena: Person) -> None:
    bath = new(helena)
    assert refused(helena.ask("POST", "/v1/services", {**BATH, "name": "BANHO"})) == (409, "service_known")

    changed(helena.ask("PATCH", f"/v1/services/{bath['id']}", {"is_active": False}))
    new(helena)

    assert refused(helena.ask("PATCH", f"/v1/services/{bath['id']}", {"is_active": True})) == (409, "service_known")


def test_a_name_may_hold_a_nul_that_is_never_kept(helena: Person) -> None:
    assert new(helena, "Ba\x00nho")["name"] == "Ba�nho"


def test_prices_by_size_and_coat_are_replaced_as_a_whole(helena: Person, database: Database) -> None:
    bath = new(helena)["id"]
    large = {"size": "large", "price_cents": 12_000, "duration_minutes": 90}
    changed(helena.ask("PUT", f"/v1/services/{bath}/prices", {"prices": [large, {**large, "size": "giant"}]}))

    after = changed(
        helena.ask(
            "PUT",
            f"/v1/services/{bath}/prices",
            {"prices": [{**large, "price_cents": 11_000}, {**large, "coat": "long"}]},
        )
    )

    assert [(row["size"], row["coat"], row["price_cents"]) for row in after["prices"]] == [
        ("large", "any", 11_000),
        ("large", "long", 12_000),
    ]
    with database.transaction(organization_of(helena), "test") as tx:
        (known,) = services.services(tx)
    assert (known.price_for("large", "long"), known.price_for("giant"), known.duration_for("large")) == (
        12_000,
        7000,
        timedelta(minutes=90),
    )


@pytest.mark.parametrize(
    "prices",
    [
        [{"price_cents": 1, "duration_minutes": 60}],
        [{"size": "large", "price_cents": 1, "duration_minutes": 60}] * 2,
    ],
)
def test_a_price_of_no_size_and_no_coat_or_one_told_twice_is_refused(helena: Person, prices: list[Any]) -> None:
    bath = new(helena)["id"]

    assert refused(helena.ask("PUT", f"/v1/services/{bath}/prices", {"prices": prices})) == (422, "unfit_service")
    assert helena.get(f"/v1/services/{bath}")["prices"] == []


def test_addons_and_people_are_replaced_as_a_whole(helena: Person) -> None:
    bath, nails, ears = new(helena)["id"], *(new(helena, name, is_addon=True)["id"] for name in ("Unhas", "Ouvidos"))
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]

    changed(helena.ask("PUT", f"/v1/services/{bath}/add-ons", {"addon_ids": [nails, ears, nails]}))
    changed(helena.ask("PUT", f"/v1/services/{bath}/add-ons", {"addon_ids": [ears]}))
    after = changed(helena.ask("PUT", f"/v1/services/{bath}/staff", {"staff_ids": [bia]}))

    assert (after["addon_ids"], after["staff_ids"]) == ([ears], [bia])
    assert helena.get("/v1/staff-members")[0]["service_ids"] == [bath]


def test_only_addons_are_added(helena: Person) -> None:
    bath, trim = new(helena)["id"], new(helena, "Tosa")["id"]

    for wrong in (trim, bath):
        answer = helena.ask("PUT", f"/v1/services/{bath}/add-ons", {"addon_ids": [wrong]})
        assert refused(answer) == (422, "no_addon")


def test_what_was_never_booked_is_removed_and_what_was_is_archived(
    helena: Person, database: Database, clock: Clock
) -> None:
    bath, trim = new(helena), new(helena, "Tosa")
    with database.transaction(organization_of(helena), "test") as tx:
        shop = factories.make_shop(tx)
        known = next(each for each in services.services(tx) if each.id == ServiceId(UUID(bath["id"])))
        starts = shop.instant(clock.now().date() + timedelta(days=3), shop.openings[0].opens)
        factories.book_at(tx, shop, starts, service=known)

    assert helena.ask("DELETE", f"/v1/services/{bath['id']}").status_code == 204
    assert helena.ask("DELETE", f"/v1/services/{trim['id']}").status_code == 204

    assert helena.get(f"/v1/services/{bath['id']}")["is_active"] is False
    assert refused(helena.ask("GET", f"/v1/services/{trim['id']}")) == (404, "not_found")
    assert refused(helena.ask("DELETE", f"/v1/services/{trim['id']}")) == (404, "unknown_service")


def test_services_are_listed_by_position_and_name_filtered_and_by_pages(helena: Person) -> None:
    new(helena, "Tosa", position=2)
    new(helena, "banho", position=1, species=["dog"])
    new(helena, "Ácido hialurônico", position=1, category="veterinary", species=["cat"])
    nails = new(helena, "Unhas", position=3, is_addon=True)["id"]
    helena.ask("PATCH", f"/v1/services/{nails}", {"is_active": False})

    def names(query: str = "") -> list[str]:
        return [row["name"] for row in helena.get(f"/v1/services{query}")]

    assert [[row["name"] for row in page] for page in pages(helena, "/v1/services", limit=3)] == [
        ["banho", "Ácido hialurônico", "Tosa"],
        ["Unhas"],
    ]
    assert names("?species=dog") == ["banho", "Tosa", "Unhas"]
    assert names("?category=veterinary") == names("?search=acido") == ["Ácido hialurônico"]
    assert names("?is_active=false") == names("?is_addon=true") == ["Unhas"]
    assert names("?search=%25") == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/services", BATH),
        ("PATCH", "/v1/services/{id}", {"price_cents": 1}),
        ("DELETE", "/v1/services/{id}", None),
        ("PUT", "/v1/services/{id}/prices", {"prices": []}),
        ("PUT", "/v1/services/{id}/add-ons", {"addon_ids": []}),
        ("PUT", "/v1/services/{id}/staff", {"staff_ids": []}),
    ],
)
def test_the_catalogue_is_changed_by_managers(
    helena: Person, owner: psycopg.Connection, method: str, path: str, body: Any
) -> None:
    bath = new(helena)
    become(owner, helena, "staff")

    answer = helena.ask(method, path.format(id=bath["id"]), body)

    assert refused(answer) == (403, "forbidden")
    assert helena.get("/v1/services") == [bath]


def test_another_shops_service_is_as_one_that_is_not_there(helena: Person, people: People) -> None:
    otto = people.owner()
    bath, own = new(helena), new(otto)
    staff = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]
    for service_id in (bath["id"], str(uuid4())):
        assert refused(otto.ask("GET", f"/v1/services/{service_id}"))[0] == 404
        assert refused(otto.ask("PATCH", f"/v1/services/{service_id}", {"price_cents": 1}))[0] == 404
        assert refused(otto.ask("DELETE", f"/v1/services/{service_id}"))[0] == 404
        assert refused(otto.ask("PUT", f"/v1/services/{service_id}/prices", {"prices": []}))[0] == 404
        assert refused(otto.ask("PUT", f"/v1/services/{service_id}/add-ons", {"addon_ids": []}))[0] == 404
        assert refused(otto.ask("PUT", f"/v1/services/{service_id}/staff", {"staff_ids": []}))[0] == 404
        addons = {"addon_ids": [service_id]}
        assert refused(otto.ask("PUT", f"/v1/services/{own['id']}/add-ons", addons)) == (422, "unknown_reference")
        needing = {"prerequisite_id": service_id}
        assert refused(otto.ask("PATCH", f"/v1/services/{own['id']}", needing)) == (422, "unknown_reference")
    staffed = otto.ask("PUT", f"/v1/services/{own['id']}/staff", {"staff_ids": [staff]})
    assert refused(staffed) == (422, "unknown_reference")
    assert helena.get("/v1/services") == [bath]
    assert otto.get("/v1/services") == [own]

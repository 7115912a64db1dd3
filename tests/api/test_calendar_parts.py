"""Resources, the people on the calendar, and blocked times: what appointments are done at, by whom, and when not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from auzap.bookings import calendar
from auzap.bookings.wanted import wanted
from auzap.catalog import services
from auzap.db.connection import Database
from auzap.ids import ServiceId
from auzap.organizations.shop import find_shop
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, pages, refused
from tests.postgres import Clock

TABLE = {"name": "Mesa 1", "kind": "table"}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def test_a_resource_is_made_changed_and_removed(helena: Person) -> None:
    table = made(helena.ask("POST", "/v1/resources", TABLE))
    assert table == {"id": table["id"], "name": "Mesa 1", "kind": "table", "capacity": 1, "is_active": True}

    after = changed(helena.ask("PATCH", f"/v1/resources/{table['id']}", {"capacity": 3}))

    assert helena.get("/v1/resources") == [after] == [{**table, "capacity": 3}]
    assert helena.ask("DELETE", f"/v1/resources/{table['id']}").status_code == 204
    assert helena.get("/v1/resources") == []
    assert refused(helena.ask("DELETE", f"/v1/resources/{table['id']}")) == (404, "unknown_resource")


def test_a_resource_has_a_name_of_its_own_and_room_for_some(helena: Person) -> None:
    made(helena.ask("POST", "/v1/resources", TABLE))

    assert refused(helena.ask("POST", "/v1/resources", {**TABLE, "name": "MESA 1"})) == (409, "resource_known")
    assert fields(helena.ask("POST", "/v1/resources", {**TABLE, "capacity": 21})) == ["capacity"]
    assert fields(helena.ask("POST", "/v1/resources", {**TABLE, "kind": "sofa"})) == ["kind"]


def test_a_resource_that_served_and_its_people_are_archived(helena: Person, database: Database, clock: Clock) -> None:
    table = made(helena.ask("POST", "/v1/resources", TABLE))["id"]
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]
    bath = made(
        helena.ask(
            "POST",
            "/v1/services",
            {"name": "Banho", "duration_minutes": 60, "price_cents": 1, "resource_kind": "table"},
        )
    )["id"]
    changed(helena.ask("PUT", f"/v1/services/{bath}/staff", {"staff_ids": [bia]}))
    with database.transaction(organization_of(helena), "test") as tx:
        shop = factories.make_shop(tx)
        (known,) = services.services(tx)
        starts = shop.instant(clock.now().date() + timedelta(days=3), shop.openings[0].opens)
        factories.book_at(tx, shop, starts, service=known)

    assert helena.ask("DELETE", f"/v1/resources/{table}").status_code == 204
    assert helena.ask("DELETE", f"/v1/staff-members/{bia}").status_code == 204

    assert [row["is_active"] for row in helena.get("/v1/resources")] == [False]
    assert [row["is_active"] for row in helena.get("/v1/staff-members")] == [False]


def test_somebody_on_the_calendar_has_hours_and_maybe_a_login(helena: Person) -> None:
    user_id = helena.get("/v1/me")["id"]
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia", "user_id": user_id, "is_vet": True}))
    assert (bia["hours"], bia["service_ids"], bia["user_id"]) == ([], [], user_id)
    hours = [
        {"weekday": 1, "opens": "13:00", "closes": "18:00"},
        {"weekday": 1, "opens": "08:00", "closes": "12:00"},
    ]
    changed(helena.ask("PUT", f"/v1/staff-members/{bia['id']}/hours", {"hours": hours}))

    after = changed(helena.ask("PUT", f"/v1/staff-members/{bia['id']}/hours", {"hours": hours[:1]}))

    assert after["hours"] == [{"weekday": 1, "opens": "13:00:00", "closes": "18:00:00"}]
    assert helena.get("/v1/staff-members") == [after]
    left = changed(helena.ask("PATCH", f"/v1/staff-members/{bia['id']}", {"user_id": None, "is_vet": False}))
    assert (left["user_id"], left["is_vet"], left["name"]) == (None, False, "Bia")


def test_nobody_is_twice_on_the_calendar_and_only_the_team_has_logins(helena: Person, people: People) -> None:
    user_id, stranger = helena.get("/v1/me")["id"], people.owner().get("/v1/me")["id"]
    made(helena.ask("POST", "/v1/staff-members", {"name": "Bia", "user_id": user_id}))

    assert refused(helena.ask("POST", "/v1/staff-members", {"name": "bia"})) == (409, "staff_member_known")
    twice = {"name": "Caio", "user_id": user_id}
    assert refused(helena.ask("POST", "/v1/staff-members", twice)) == (409, "staff_member_known")
    for nobody in (stranger, str(uuid4())):
        given = {"name": "Caio", "user_id": nobody}
        assert refused(helena.ask("POST", "/v1/staff-members", given)) == (404, "not_a_member")


def test_somebodys_hours_do_not_overlap(helena: Person) -> None:
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]
    hours = [{"weekday": 1, "opens": "08:00", "closes": "12:00"}, {"weekday": 1, "opens": "11:00", "closes": "13:00"}]

    answer = helena.ask("PUT", f"/v1/staff-members/{bia}/hours", {"hours": hours})

    assert refused(answer) == (422, "overlapping_hours")


def block(person: Person, starts_at: datetime, hours: int = 1, **more: Any) -> Any:
    given = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=hours)).isoformat()}
    return person.ask("POST", "/v1/blocked-times", given | more)


def test_a_blocked_time_takes_its_time_from_the_calendar_and_gives_it_back(
    helena: Person, database: Database, clock: Clock
) -> None:
    with database.transaction(organization_of(helena), "test") as tx:
        shop = factories.make_shop(tx)
        known = factories.make_service(tx)
    day = clock.now().date() + timedelta(days=3)
    noon = shop.instant(day, shop.openings[0].opens)
    blocked = made(block(helena, noon, reason="Reforma"))
    assert (blocked["reason"], blocked["resource_id"], blocked["staff_id"]) == ("Reforma", None, None)

    def open_from() -> datetime:
        with database.transaction(organization_of(helena), "test") as tx:
            (bath,) = services.known(tx, [ServiceId(known.id)])
            return calendar.load(tx, find_shop(tx), [wanted(bath, None)], day, day).open_on(day)[0].starts_at

    assert open_from() == noon + timedelta(hours=1)
    assert helena.ask("DELETE", f"/v1/blocked-times/{blocked['id']}").status_code == 204
    assert open_from() == noon
    assert refused(helena.ask("DELETE", f"/v1/blocked-times/{blocked['id']}")) == (404, "not_found")


def test_whoever_waits_for_a_day_is_looked_at_when_it_is_freed(
    helena: Person, database: Database, clock: Clock
) -> None:
    day = clock.now().date() + timedelta(days=3)
    with database.transaction(organization_of(helena), "test") as tx:
        shop = factories.make_shop(tx)
        contact = factories.make_contact(tx)
        conversation = factories.make_conversation(tx, factories.make_account(tx), contact)
        pet, bath = factories.make_pet(tx, contact), factories.make_service(tx)
        tx.execute(
            """
            INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day, look_at)
            VALUES (%s, %s, %s, %s, %s, %s, app.now() + interval '1 day')
            """,
            [contact, conversation, pet.id, bath.id, day, day],
        )
    blocked = made(block(helena, shop.instant(day, shop.openings[0].opens)))

    helena.ask("DELETE", f"/v1/blocked-times/{blocked['id']}")

    with database.transaction(organization_of(helena), "test") as tx:
        assert tx.execute("SELECT look_at <= app.now() FROM waitlist_entries").fetchone() == (True,)


def test_a_blocked_time_that_makes_no_sense_is_refused(helena: Person, clock: Clock) -> None:
    table = made(helena.ask("POST", "/v1/resources", TABLE))["id"]
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]

    for answer in (
        block(helena, clock.now(), hours=-1),
        block(helena, clock.now(), hours=0),
        block(helena, clock.now(), hours=24 * 401),
        block(helena, clock.now(), resource_id=table, staff_id=bia),
    ):
        assert refused(answer) == (422, "unfit_block")
    assert refused(block(helena, clock.now(), resource_id=str(uuid4()))) == (422, "unknown_place")
    assert refused(block(helena, clock.now(), staff_id=str(uuid4()))) == (422, "unknown_place")
    local = {"starts_at": "2031-01-01T10:00:00", "ends_at": "2031-01-01T11:00:00"}
    assert fields(helena.ask("POST", "/v1/blocked-times", local)) == ["starts_at", "ends_at"]
    assert helena.get("/v1/blocked-times") == []


def test_blocked_times_come_by_pages_in_the_order_in_which_they_end(helena: Person, clock: Clock) -> None:
    now = clock.now()
    ids = [made(block(helena, now + timedelta(days=days), hours=2))["id"] for days in (3, 1, 2, 0)]
    made(block(helena, now - timedelta(days=2)))

    assert [[row["id"] for row in page] for page in pages(helena, "/v1/blocked-times", limit=3)] == [
        [ids[3], ids[1], ids[2]],
        [ids[0]],
    ]
    until = (now + timedelta(hours=30)).isoformat().replace("+00:00", "Z")
    assert [row["id"] for row in helena.get(f"/v1/blocked-times?until={until}")] == [ids[3], ids[1]]
    since = (now - timedelta(days=5)).isoformat().replace("+00:00", "Z")
    assert len(helena.get(f"/v1/blocked-times?since={since}")) == 5


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/resources", TABLE),
        ("PATCH", f"/v1/resources/{UUID(int=1)}", {"capacity": 2}),
        ("DELETE", f"/v1/resources/{UUID(int=1)}", None),
        ("POST", "/v1/staff-members", {"name": "Bia"}),
        ("PATCH", f"/v1/staff-members/{UUID(int=1)}", {"name": "Bia"}),
        ("DELETE", f"/v1/staff-members/{UUID(int=1)}", None),
        ("PUT", f"/v1/staff-members/{UUID(int=1)}/hours", {"hours": []}),
        ("POST", "/v1/blocked-times", {"starts_at": "2031-01-01T10:00:00Z", "ends_at": "2031-01-01T11:00:00Z"}),
        ("DELETE", f"/v1/blocked-times/{UUID(int=1)}", None),
    ],
)
def test_the_calendar_is_changed_by_managers(
    helena: Person, owner: psycopg.Connection, method: str, path: str, body: Any
) -> None:
    become(owner, helena, "staff")

    assert refused(helena.ask(method, path, body)) == (403, "forbidden")
    for listed in ("resources", "staff-members", "blocked-times"):
        assert helena.get(f"/v1/{listed}") == []


def test_another_shops_calendar_is_as_one_that_is_not_there(helena: Person, people: People, clock: Clock) -> None:
    otto = people.owner()
    table = made(helena.ask("POST", "/v1/resources", TABLE))["id"]
    bia = made(helena.ask("POST", "/v1/staff-members", {"name": "Bia"}))["id"]
    blocked = made(block(helena, clock.now()))["id"]

    for listed in ("resources", "staff-members", "blocked-times"):
        assert otto.get(f"/v1/{listed}") == []
    for nobody in (table, str(uuid4())):
        assert refused(otto.ask("PATCH", f"/v1/resources/{nobody}", {"capacity": 2})) == (404, "unknown_resource")
        assert refused(otto.ask("DELETE", f"/v1/resources/{nobody}")) == (404, "unknown_resource")
        assert refused(block(otto, clock.now(), resource_id=nobody)) == (422, "unknown_place")
    for nobody in (bia, str(uuid4())):
        path = f"/v1/staff-members/{nobody}"
        assert refused(otto.ask("PATCH", path, {"name": "Otto"})) == (404, "unknown_staff_member")
        assert refused(otto.ask("DELETE", path)) == (404, "unknown_staff_member")
        assert refused(otto.ask("PUT", f"{path}/hours", {"hours": []})) == (404, "unknown_staff_member")
        assert refused(block(otto, clock.now(), staff_id=nobody)) == (422, "unknown_place")
    assert refused(otto.ask("DELETE", f"/v1/blocked-times/{blocked}")) == (404, "not_found")
    assert len(helena.get("/v1/blocked-times")) == 1

"""What each person wants to hear of, over the API; and what a program does, which its shop's people hear of."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap.notifications.kinds import KINDS
from auzap.notifications.notices import notify
from tests import factories_bookings
from tests.api.at_work import Place
from tests.api.authenticator import turn_on
from tests.api.people import PASSWORD, People, Person
from tests.api.shops import fields
from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.postgres import Clock

__all__ = ["open_talk", "other_talk", "talk"]

PATH = "/v1/me/notification-preferences"
MUTED = {"kind": "low_stock", "in_centre": False, "by_mail": False}


def choose(place: Place, *wanted: dict[str, Any]) -> Any:
    return place.put(PATH, {"kinds": list(wanted)})


def of(kind: str, shown: list[dict[str, Any]]) -> tuple[bool, bool, bool]:
    (found,) = [each for each in shown if each["kind"] == kind]
    return found["in_centre"], found["by_mail"], found["may_be_muted"]


def told(talk: Talk, *told: str, **given: Any) -> None:
    with talk.place.tx() as tx:
        for kind in told:
            notify(tx, kind, **given)


def test_a_person_sees_every_kind_as_usual_until_they_choose(talk: Talk) -> None:
    shown = talk.place.get(PATH)

    assert [each["kind"] for each in shown] == list(KINDS)
    assert of("handoff", shown) == (True, True, True)
    assert of("low_stock", shown) == (True, False, True)
    assert of("support_session", shown) == (True, False, False)
    assert of("handoff", talk.member().place.get(PATH)) == (True, False, True)


def test_what_a_person_chooses_is_kept_whole_and_is_theirs_alone(talk: Talk) -> None:
    bia = talk.member()
    shown = choose(bia.place, MUTED, {"kind": "handoff", "in_centre": True, "by_mail": True})
    assert (of("low_stock", shown), of("handoff", shown)) == ((False, False, True), (True, True, True))
    assert bia.place.get(PATH) == shown

    assert of("low_stock", talk.place.get(PATH)) == (True, False, True)
    assert of("low_stock", choose(bia.place)) == (True, False, True)


def test_what_is_muted_is_not_listed_and_not_counted_for_that_person(talk: Talk) -> None:
    bia = talk.member()
    choose(bia.place, MUTED)
    told(talk, "low_stock", "handoff")

    assert [row["kind"] for row in bia.place.get("/v1/notifications")] == ["handoff"]
    assert bia.place.get("/v1/notifications/unread") == {"unread": 1}
    bia.place.put("/v1/notifications/read-mark")
    assert talk.place.get("/v1/notifications/unread") == {"unread": 1}
    assert [row["kind"] for row in talk.place.get("/v1/notifications?is_unread=true")] == ["low_stock"]


def test_a_notification_says_in_the_readers_language_what_it_is_and_where_it_leads(talk: Talk) -> None:
    told(talk, "low_stock", detail={"product": "7", "name": "Ração"})

    ((row),) = talk.place.get("/v1/notifications")
    assert (row["text"], row["link"]) == ("Estoque baixo: Ração", "/products/7")
    talk.place.patch("/v1/me", {"locale": "en"})
    assert talk.place.get("/v1/notifications")[0]["text"] == "Low in stock: Ração"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ([MUTED | {"kind": "unheard_of"}], "kinds.0.kind"),
        ([MUTED | {"in_centre": None}], "kinds.0.in_centre"),
        ([MUTED | {"user_id": str(UUID(int=1))}], "kinds.0.user_id"),
        ([{"kind": "low_stock", "in_centre": True}], "kinds.0.by_mail"),
        ([MUTED, MUTED], "kinds"),
        ([MUTED] * (len(KINDS) + 1), "kinds"),
        (None, "kinds"),
    ],
)
def test_a_choice_that_is_none_is_refused_by_its_field(talk: Talk, wanted: Any, field: str) -> None:
    assert fields(talk.place.person.ask("PUT", PATH, {"kinds": wanted})) == [field]
    assert talk.read("SELECT FROM notification_preferences") == []


def test_what_is_about_security_is_not_muted(talk: Talk) -> None:
    choose(talk.place, MUTED)
    body = {"kinds": [{"kind": "support_session", "in_centre": False, "by_mail": False}]}

    assert talk.place.refused("PUT", PATH, body) == (422, "not_to_be_muted")

    assert of("low_stock", talk.place.get(PATH)) == (False, False, True)


def test_another_shops_people_choose_for_themselves(talk: Talk, other_talk: Talk) -> None:
    choose(other_talk.place, MUTED)
    told(talk, "low_stock")
    told(other_talk, "low_stock")

    assert of("low_stock", talk.place.get(PATH)) == (True, False, True)
    assert talk.place.get("/v1/notifications/unread") == {"unread": 1}
    assert other_talk.place.get("/v1/notifications/unread") == {"unread": 0}


def test_a_program_has_no_preferences(talk: Talk) -> None:
    program = talk.key("notifications:read")
    told(talk, "low_stock")

    assert program.place.refused("GET", PATH)[0] == 403
    assert len(program.place.get("/v1/notifications")) == 1


def test_support_looks_in_and_has_nothing_to_prefer(
    client: TestClient, talk: Talk, people: People, owner: psycopg.Connection, clock: Clock
) -> None:
    house = people.owner("A própria casa")
    owner.execute("UPDATE users SET is_platform = true WHERE email = %s", [house.email])
    app, _ = turn_on(house, clock)
    # A code is good once.
    clock.move(timedelta(seconds=30))
    body = {"email": house.email, "password": PASSWORD, "code": app.code(), "reason": "A loja pediu ajuda"}
    shop = {"organization_id": str(talk.place.organization_id)}
    answer = client.post("/v1/auth/support-session", json=body | shop)
    inside = Person(client, house.email, answer.json()["data"]["access_token"])

    refused = inside.ask("PUT", PATH, {"kinds": [MUTED]})

    assert (refused.status_code, refused.json()["code"]) == (403, "not_of_the_shop")
    assert talk.read("SELECT FROM notification_preferences") == []


def test_the_shops_people_hear_of_what_a_program_books_and_not_of_what_they_book_themselves(talk: Talk) -> None:
    place = talk.place
    with place.tx() as tx:
        service = str(factories_bookings.offer(tx, "Banho").id)
    ana = place.contact("Ana")
    item = {"pet_id": place.pet(ana, "Mel"), "service_id": service, "starts_at": place.at(10).isoformat()}
    program = talk.key("bookings:write").place

    made = program.post("/v1/bookings", {"contact_id": ana, "items": [item]}, status=201)
    moved = {"starts_at": place.at(14).isoformat()}
    program.post(f"/v1/bookings/{made[0]['id']}/rescheduling", moved)
    later = {**item, "pet_id": place.pet(ana, "Thor")}
    place.post("/v1/bookings", {"contact_id": ana, "items": [later]}, status=201)
    place.post(f"/v1/bookings/{made[0]['id']}/cancellation", {})

    rows = place.get("/v1/notifications")
    assert [row["kind"] for row in rows] == ["booking_moved", "booking_made"]
    assert {row["link"] for row in rows} == {f"/bookings/{made[0]['id']}"}
    tomorrow = f"{place.today + timedelta(days=1):%d/%m}"
    assert rows[0]["text"] == f"Agendamento mudado de {tomorrow} às 10:00 para {tomorrow} às 14:00"


def test_the_shops_people_hear_that_a_product_runs_low(talk: Talk) -> None:
    product = {"name": "Ração", "price_cents": 9_900, "stock": 5, "lowest_stock": 3}
    made = talk.place.post("/v1/products", product)

    for by in (-1, -1, -1):
        talk.place.post(f"/v1/products/{made['id']}/stock-changes", {"by": by})

    (row,) = talk.place.get("/v1/notifications")
    assert (row["kind"], row["level"], row["link"]) == ("low_stock", "warning", f"/products/{made['id']}")
    assert row["detail"] == {"product": made["id"], "name": "Ração", "stock": 3}

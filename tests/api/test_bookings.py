"""The agenda over the API."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from auzap.bookings.reasons import Kind, Reason, Unbookable
from auzap.ids import ContactId
from functions.serve_api import problems
from functions.serve_api.problem_texts import TEXTS
from tests import factories, factories_bookings
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings

DAY = timedelta(days=1)


def offered(place: Place, name: str = "Banho", **conditions: Any) -> str:
    with place.tx() as tx:
        return str(factories_bookings.offer(tx, name, **conditions).id)


def item(pet_id: str, service_id: str, at: datetime, *addons: str) -> dict[str, Any]:
    return {"pet_id": pet_id, "service_id": service_id, "addon_ids": list(addons), "starts_at": at.isoformat()}


def booked(place: Place, at: datetime, *, pet: str | None = None, service_id: str | None = None) -> dict[str, Any]:
    """Of a pet of its own, where none is named."""
    contact_id = place.contact()
    pet_id = pet or place.pet(contact_id)
    if pet:
        contact_id = place.get(f"/v1/pets/{pet}")["pet"]["contact_id"]
    service = service_id or offered(place, f"Banho {next(factories.numbers)}")
    made = place.post("/v1/bookings", {"contact_id": contact_id, "items": [item(pet_id, service, at)]}, status=201)
    return made[0]


def test_people_book_with_add_ons_for_the_pets_of_a_customer(place: Place) -> None:
    with place.tx() as tx:
        nails = factories_bookings.offer(tx, "Unhas", price_cents=1500, duration=timedelta(minutes=15), is_addon=True)
        bath = factories_bookings.offer(tx, "Banho", price_cents=6000, addons=[nails])
    ana = place.contact("Ana")
    mel, thor = place.pet(ana, "Mel"), place.pet(ana, "Thor")

    made = place.post(
        "/v1/bookings",
        {
            "contact_id": ana,
            "items": [item(mel, str(bath.id), place.at(10), str(nails.id)), item(thor, str(bath.id), place.at(10))],
            "notes": "portão azul",
        },
        status=201,
    )

    assert {(row["pet_name"], row["price_cents"], row["status"], row["source"]) for row in made} == {
        ("Mel", 7500, "confirmed", "staff"),
        ("Thor", 6000, "confirmed", "staff"),
    }
    assert len({row["request_id"] for row in made}) == 1
    assert sorted(row["places"][0]["number"] for row in made) == [1, 2]
    (with_nails,) = [row for row in made if row["addons"]]
    assert with_nails["addons"] == [{"service_id": str(nails.id), "name": "Unhas", "price_cents": 1500}]
    assert (with_nails["notes"], with_nails["tutor"]) == ("portão azul", "Ana")


def test_the_agenda_is_found_by_day_customer_pet_service_and_status(place: Place, elsewhere: Place) -> None:
    today, later = booked(place, place.at(10)), booked(place, place.at(10, days=3))
    booked(elsewhere, elsewhere.at(10))
    place.post(f"/v1/bookings/{later['id']}/cancellation", {})
    tomorrow = place.today + DAY

    def ids(query: str) -> list[str]:
        return [row["id"] for row in place.get(f"/v1/bookings?{query}")]

    assert ids("") == [today["id"], later["id"]]
    assert ids(f"from_day={tomorrow}&until_day={tomorrow}") == ids("status=confirmed") == [today["id"]]
    for key in ("contact_id", "pet_id", "service_id"):
        assert ids(f"{key}={later[key]}") == [later["id"]]
    assert ids(f"until_day={place.today}") == ids(f"contact_id={uuid4()}") == []
    assert place.refused("GET", "/v1/bookings?from_day=0001-01-01") == (422, "invalid")


def test_the_agenda_comes_by_pages(place: Place) -> None:
    made = [booked(place, place.at(hour))["id"] for hour in (9, 9, 11, 12, 13)]

    assert sorted(row["id"] for row in place.all_pages("/v1/bookings")) == sorted(made)
    assert [row["starts_at"] for row in place.all_pages("/v1/bookings")] == sorted(
        row["starts_at"] for row in place.get("/v1/bookings")
    )
    _, cursor = place.page("/v1/bookings?limit=2")
    assert place.refused("GET", f"/v1/contacts?cursor={cursor}") == (422, "bad_cursor")


def test_a_full_hour_is_refused_with_its_reason(place: Place) -> None:
    for _ in range(2):
        booked(place, place.at(10))
    ana = place.contact()
    wanted = {"contact_id": ana, "items": [item(place.pet(ana), offered(place), place.at(10))]}

    assert place.refused("POST", "/v1/bookings", wanted) == (409, "unbookable_full")
    answer = place.person.ask("POST", "/v1/bookings", wanted, **{"accept-language": "en"})
    assert answer.json()["message"] == "There is no place then. Choose another time."
    assert len(place.get("/v1/bookings")) == 2


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("kind", Kind)
def test_each_reason_is_told_in_words_of_its_own(kind: Kind, locale: str) -> None:
    told = [problems.told(problems.of_refusal(Unbookable(Reason(each, ""))), locale) for each in Kind]

    assert told.count(problems.told(problems.of_refusal(Unbookable(Reason(kind, ""))), locale)) == 1
    assert TEXTS[locale]["refused"] not in told


def test_the_agents_rules_do_not_bind_people(place: Place) -> None:
    """Neither the notice, nor the hours, nor what only people book."""
    service = offered(place, is_bookable_by_agent=False)

    assert booked(place, place.at(20), service_id=service)["status"] == "confirmed"


def test_what_is_asked_for_must_be_the_customers_and_the_shops(place: Place, elsewhere: Place) -> None:
    ana, bruno = place.contact("Ana"), place.contact("Bruno")
    mel, thor, bath = place.pet(ana, "Mel"), place.pet(bruno, "Thor"), offered(place)
    their_pet, their_bath = elsewhere.pet(elsewhere.contact()), offered(elsewhere)

    def refused(*items: dict[str, Any], contact_id: str = ana) -> tuple[int, str]:
        return place.refused("POST", "/v1/bookings", {"contact_id": contact_id, "items": list(items)})

    at = place.at(10)
    assert refused(item(thor, bath, at)) == refused(item(their_pet, bath, at)) == (404, "unknown_pet")
    assert refused(item(str(uuid4()), bath, at)) == (404, "unknown_pet")
    assert refused(item(mel, their_bath, at)) == refused(item(mel, str(uuid4()), at)) == (404, "unknown_service")
    assert refused(item(mel, bath, at, bath)) == (422, "not_added_there")
    assert refused(item(mel, bath, at), contact_id=elsewhere.contact()) == (404, "unknown_pet")
    assert refused() == (422, "invalid")
    assert place.get("/v1/bookings") == []


def test_an_appointment_is_moved_and_its_place_offered(place: Place, around: Surroundings) -> None:
    made = booked(place, place.at(10))

    moved = place.post(
        f"/v1/bookings/{made['id']}/rescheduling", {"starts_at": place.at(15).isoformat(), "reason": "pedido"}
    )

    assert datetime.fromisoformat(moved["starts_at"]) == place.at(15)
    assert [hint["job"] for hint in around.hints("automations")] == ["offer_freed"]
    history = place.get(f"/v1/bookings/{made['id']}")["history"]
    me = place.get("/v1/me")["id"]
    assert [(step["from_status"], step["to_status"], step["reason"]) for step in history] == [
        (None, "confirmed", None),
        ("confirmed", "confirmed", "pedido"),
    ]
    assert history[1]["actor"] == f"user:{me}"


def test_an_appointment_is_cancelled_and_its_place_is_free(place: Place, around: Surroundings) -> None:
    made = booked(place, place.at(10))

    cancelled = place.post(f"/v1/bookings/{made['id']}/cancellation", {"reason": "viagem"})

    assert (cancelled["status"], cancelled["status_reason"], cancelled["places"]) == ("cancelled", "viagem", [])
    assert [hint["job"] for hint in around.hints("automations")] == ["offer_freed"]
    again = place.refused("POST", f"/v1/bookings/{made['id']}/cancellation", {})
    move = place.refused("POST", f"/v1/bookings/{made['id']}/rescheduling", {"starts_at": place.at(9).isoformat()})
    assert again == move == (409, "not_changeable")


def test_a_request_is_confirmed_started_and_completed(place: Place) -> None:
    with place.tx() as tx:
        tx.execute("UPDATE organization_settings SET staff_confirms = true")
    ana = place.contact()
    mel, service = place.pet(ana, "Mel"), offered(place, "Banho medicinal")
    with place.tx() as tx:
        shop = factories.find_shop(tx)
        pet = next(each for each in factories.pets.pets_of(tx, ContactId(UUID(ana))))
        (made,) = factories_bookings.book_pets(
            tx,
            shop,
            ContactId(UUID(ana)),
            [pet],
            [place.at(10)],
            service=next(s for s in factories.services.services(tx) if str(s.id) == service),
            now=place.now,
        )
    path = f"/v1/bookings/{made}"
    assert place.refused("POST", f"{path}/start") == (409, "wrong_move")

    assert place.post(f"{path}/confirmation")["status"] == "confirmed"
    assert place.post(f"{path}/attendance")["attendance_confirmed_at"]
    assert place.post(f"{path}/start")["status"] == "in_progress"
    done = place.post(f"{path}/completion", {"notes": "ficou calma", "medication": "otológico"})

    assert (done["status"], done["notes"]) == ("completed", "ficou calma")
    (given,) = place.get(f"/v1/pets/{mel}/health-events")
    assert (given["kind"], given["name"], given["notes"]) == ("treatment", "Banho medicinal", "otológico")
    assert place.refused("POST", f"{path}/no-show", {}) == (409, "wrong_move")


def test_nobody_is_missed_before_their_hour(place: Place, around: Surroundings) -> None:
    made = booked(place, place.at(10))
    path = f"/v1/bookings/{made['id']}/no-show"
    assert place.refused("POST", path, {}) == (409, "wrong_move")

    place.clock.move(timedelta(days=1, hours=20))
    again = place.person.client.post("/v1/auth/refresh")
    place.person.token = again.json()["data"]["access_token"]

    assert place.post(path, {"reason": "não veio"})["status"] == "no_show"


def test_staff_note_and_a_manager_changes_the_price(place: Place) -> None:
    made = booked(place, place.at(10), service_id=offered(place, deposit_percent=50))
    assert made["deposit_cents"] == 3000
    place.become("staff")
    path = f"/v1/bookings/{made['id']}"

    assert place.patch(path, {"notes": "chega às 11"})["notes"] == "chega às 11"
    assert place.refused("PUT", f"{path}/price", {"price_cents": 1000}) == (403, "forbidden")

    place.become("manager")
    changed = place.put(f"{path}/price", {"price_cents": 1000})
    assert (changed["price_cents"], changed["deposit_cents"]) == (1000, 1000)
    assert place.refused("PUT", f"{path}/price", {"price_cents": -1}) == (422, "invalid")
    place.post(f"{path}/cancellation", {})
    assert place.refused("PUT", f"{path}/price", {"price_cents": 1000}) == (409, "unfit_price")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"notes": "x"}),
        ("PUT", "/price", {"price_cents": 1}),
        ("POST", "/rescheduling", {"starts_at": "2027-03-15T14:00:00-03:00"}),
        ("POST", "/cancellation", {}),
        ("POST", "/confirmation", None),
        ("POST", "/start", None),
        ("POST", "/completion", {}),
        ("POST", "/no-show", {}),
    ],
)
def test_another_shops_appointment_is_not_there(
    place: Place, elsewhere: Place, method: str, path: str, body: dict[str, Any] | None
) -> None:
    theirs = booked(elsewhere, elsewhere.at(10))

    refused = place.refused(method, f"/v1/bookings/{theirs['id']}{path}", body)

    assert refused == place.refused(method, f"/v1/bookings/{uuid4()}{path}", body) == (404, "unknown_booking")
    assert elsewhere.get(f"/v1/bookings/{theirs['id']}")["booking"] == theirs


def test_another_shops_appointment_is_not_shown(place: Place, elsewhere: Place) -> None:
    theirs = booked(elsewhere, elsewhere.at(10))

    assert place.refused("GET", f"/v1/bookings/{theirs['id']}") == (404, "not_found")
    assert place.refused("POST", f"/v1/bookings/{theirs['id']}/attendance") == (404, "not_found")


def test_free_hours_of_a_day_are_told_for_one_pet_and_for_two(place: Place) -> None:
    ana, service = place.contact(), offered(place)
    mel, thor = place.pet(ana, "Mel"), place.pet(ana, "Thor")
    day = place.today + DAY
    path = f"/v1/availability?service_id={service}&day={day}"

    one = place.get(f"{path}&pet_id={mel}&period=morning")
    assert [datetime.fromisoformat(slot["starts"][0]) for slot in one["slots"]][:2] == [
        place.at(8),
        place.at(8) + timedelta(minutes=30),
    ]
    assert one["reasons"] == one["nearest"] == []
    booked(place, place.at(8))
    two = place.get(f"{path}&pet_id={mel}&pet_id={thor}")
    assert all(slot["is_together"] and len(slot["starts"]) == 2 for slot in two["slots"])
    assert datetime.fromisoformat(two["slots"][0]["starts"][0]) == place.at(9)


def test_a_day_without_room_says_why_and_when_instead(place: Place) -> None:
    mel, service = place.pet(place.contact()), offered(place)
    day = place.today + 2 * DAY
    with place.tx() as tx:
        factories_bookings.mark_day(tx, day)

    answer = place.get(f"/v1/availability?service_id={service}&pet_id={mel}&day={day}")

    assert answer["slots"] == []
    assert answer["reasons"] == [{"reason": "closed", "message": "A loja está fechada nesse dia."}]
    assert len(answer["nearest"]) == 3
    assert answer["looked_at"] is not None


def test_what_only_people_book_is_offered_to_people(place: Place) -> None:
    mel, service = place.pet(place.contact()), offered(place, is_bookable_by_agent=False)

    assert place.get(f"/v1/availability?service_id={service}&pet_id={mel}&day={place.today + DAY}")["slots"]


def test_availability_is_of_the_own_shop(place: Place, elsewhere: Place) -> None:
    mel, service, day = place.pet(place.contact()), offered(place), place.today + DAY
    their_pet, their_service = elsewhere.pet(elsewhere.contact()), offered(elsewhere)

    def refused(pet_id: str, service_id: str) -> tuple[int, str]:
        return place.refused("GET", f"/v1/availability?service_id={service_id}&pet_id={pet_id}&day={day}")

    assert refused(their_pet, service) == refused(str(uuid4()), service) == (404, "unknown_pet")
    assert refused(mel, their_service) == refused(mel, str(uuid4())) == (404, "unknown_service")
    assert place.refused("GET", f"/v1/availability?service_id={service}&day={day}") == (422, "invalid")

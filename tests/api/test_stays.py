"""Daycare and hotel over the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from auzap.ids import ContactId, ConversationId
from tests import factories, factories_customers, factories_stays
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings

DAY = timedelta(days=1)
ARRIVAL = {
    "room": "Suíte 2",
    "meals": [{"at": "08:00", "food": "ração", "amount": "80 g"}],
    "emergency_contact": "Bia, irmã",
}


def room(place: Place, **known: Any) -> str:
    with place.tx() as tx:
        return str(factories_stays.make_room(tx, f"Suíte {next(factories.numbers)}", **known).id)


def proved(place: Place, pet_id: str) -> None:
    with place.tx() as tx:
        factories_stays.prove(tx, UUID(pet_id), today=place.today, until=place.today + 200 * DAY)  # pyright: ignore[reportArgumentType]


def wanted(place: Place, room_id: str, *, days: int = 3, first: int = 1, pet_id: str | None = None) -> dict[str, Any]:
    return {
        "pet_id": pet_id or place.pet(place.contact("Ana"), "Mel"),
        "room_type_id": room_id,
        "from_day": str(place.today + first * DAY),
        "until_day": str(place.today + (first + days) * DAY),
    }


def reserved(place: Place, *, first: int = 1, days: int = 3, is_proved: bool = True) -> dict[str, Any]:
    given = wanted(place, room(place), first=first, days=days)
    if is_proved:
        proved(place, given["pet_id"])
    return place.post("/v1/stays", given, status=201)


def writes(place: Place, contact_id: str) -> ConversationId:
    with place.tx() as tx:
        return factories.make_conversation(tx, factories.make_account(tx), ContactId(UUID(contact_id)))


def test_a_stay_is_reserved_at_the_rooms_price_and_approved_by_the_record(place: Place) -> None:
    stay = reserved(place)

    assert (stay["state"], stay["daily_cents"], stay["total_cents"]) == ("approved", 10_000, 30_000)
    shown = place.get(f"/v1/stays/{stay['id']}")
    assert shown["stay"]["extras"] == []
    assert [line["kind"] for line in shown["timeline"]] == ["awaiting_assessment", "approved"]


def test_places_and_offers_are_told(place: Place) -> None:
    stay = reserved(place)
    day, until = stay["from_day"], stay["until_day"]
    other = place.pet(place.contact(), "Thor")
    free = place.get(f"/v1/stays/availability?kind=hotel&from_day={day}&until_day={until}")
    assert [(row["capacity"], row["free"]) for row in free] == [(1, 0)] * 3

    path = f"/v1/stays/offers?kind=hotel&pet_id={other}&from_day={day}&until_day={until}"
    answer = place.get(path)
    assert answer["offers"] == []
    (later,) = answer["later"]
    assert (later["from_day"], later["total_cents"]) == (until, 30_000)
    assert place.refused("GET", path.replace("hotel", "daycare")) == (409, "no_rooms")
    assert place.refused("GET", f"/v1/stays/availability?kind=hotel&from_day={until}&until_day={day}") == (
        422,
        "empty_period",
    )


def test_a_full_room_a_pet_that_stays_and_days_that_are_over_are_refused(place: Place) -> None:
    stay = reserved(place)
    only = str(stay["room_type_id"])

    def refused(**change: Any) -> tuple[int, str]:
        return place.refused("POST", "/v1/stays", wanted(place, only) | change)

    assert refused() == (409, "stay_full")
    assert place.details("POST", "/v1/stays", wanted(place, only)) == {"day": stay["from_day"]}
    assert refused(pet_id=stay["pet_id"], room_type_id=room(place)) == (409, "pet_stays_already")
    assert refused(from_day=str(place.today - DAY)) == (409, "period_over")
    assert refused(until_day=str(place.today + 99 * DAY)) == (422, "period_too_long")
    assert refused(room_type_id=str(uuid4())) == (404, "unknown_room_type")
    assert refused(pet_id=str(uuid4())) == (404, "unknown_pet")


def test_what_is_not_proved_is_assessed_and_approved_by_people_and_the_tutor_told(
    place: Place, around: Surroundings
) -> None:
    stay = reserved(place, is_proved=False)
    conversation_id = writes(place, stay["contact_id"])
    path = f"/v1/stays/{stay['id']}"
    assert stay["state"] == "awaiting_assessment"
    assert place.refused("POST", f"{path}/approval") == (409, "not_proved")
    assert place.details("POST", f"{path}/approval") == {"lacking": ["assessment"]}

    assert place.post(f"{path}/assessment", {"vaccines_ok": True})["vaccines_ok"] is True
    assert place.details("POST", f"{path}/approval") == {"lacking": ["deworming"]}
    place.post(f"{path}/assessment", {"vaccines_ok": True, "deworming_ok": True, "anxiety": "high"})
    approved = place.post(f"{path}/approval")

    assert (approved["state"], approved["anxiety"]) == ("approved", "high")
    assert [hint["conversation_id"] for hint in around.hints("outbox")] == [str(conversation_id)]


def test_days_are_changed_or_stay_as_they_are(place: Place) -> None:
    stay = reserved(place)
    path = f"/v1/stays/{stay['id']}/dates"

    changed = place.put(path, {"from_day": stay["from_day"], "until_day": str(place.today + 6 * DAY)})
    assert (changed["total_cents"], changed["state"]) == (50_000, "approved")
    assert place.refused("PUT", path, {"from_day": stay["until_day"], "until_day": stay["from_day"]}) == (
        422,
        "empty_period",
    )


def test_a_stay_is_cancelled_with_a_reason_and_its_places_are_free(place: Place) -> None:
    stay = reserved(place)
    path = f"/v1/stays/{stay['id']}/cancellation"
    assert place.refused("POST", path, {"reason": ""}) == (422, "invalid")

    assert place.post(path, {"reason": "viagem adiada"})["state"] == "cancelled"

    assert place.refused("POST", path, {"reason": "de novo"}) == (409, "stay_moved")
    assert place.post("/v1/stays", wanted(place, stay["room_type_id"]))["state"] == "awaiting_assessment"


def test_a_guest_arrives_is_reported_of_and_goes_home(place: Place, around: Surroundings) -> None:
    stay = reserved(place, first=0)
    conversation_id = writes(place, stay["contact_id"])
    path = f"/v1/stays/{stay['id']}"
    assert place.refused("POST", f"{path}/arrival", ARRIVAL | {"meals": []}) == (422, "invalid")
    assert place.post(f"{path}/arrival", ARRIVAL)["state"] == "staying"
    assert [row["pet_name"] for row in place.get("/v1/stays/reports-pending")] == ["Mel"]
    assert place.refused("POST", f"{path}/report") == (409, "nothing_to_report")

    place.post(f"{path}/activities", {"kind": "recreation", "text": "Brincou com a bola"}, status=201)
    late = {"kind": "rest", "text": "x", "at": (place.now + timedelta(hours=3)).isoformat()}
    assert place.refused("POST", f"{path}/activities", late) == (409, "not_yet")
    unknown = {"kind": "rest", "text": "x", "media_id": str(uuid4())}
    assert place.refused("POST", f"{path}/activities", unknown) == (404, "unknown_photo")
    place.post(f"{path}/report")
    assert place.refused("POST", f"{path}/report") == (409, "report_sent")
    assert place.get("/v1/stays/reports-pending") == []
    assert [hint["conversation_id"] for hint in around.hints("outbox")] == [str(conversation_id)]

    left = place.post(f"{path}/departure", {"condition": "calma", "items_returned": ["coleira"]})
    assert (left["state"], left["until_day"]) == ("finished", str(place.today + DAY))
    shown = place.get(path)
    assert shown["stay"]["arrival"]["meals"] == [{"at": "08:00", "food": "ração", "amount": "80 g"}]
    assert (shown["stay"]["departure"]["items_returned"], shown["stay"]["emergency_contact"]) == (
        ["coleira"],
        "Bia, irmã",
    )
    # Hours that are the same have no order.
    assert {line["what"] for line in shown["timeline"]} == {"move", "activity", "report"}


def test_a_tutor_who_never_wrote_is_to_be_called(place: Place) -> None:
    stay = reserved(place, first=0)
    place.post(f"/v1/stays/{stay['id']}/arrival", ARRIVAL)

    assert place.refused("POST", f"/v1/stays/{stay['id']}/report") == (409, "nobody_to_tell")


def test_nobody_arrives_on_another_day(place: Place) -> None:
    stay = reserved(place, first=2)

    assert place.refused("POST", f"/v1/stays/{stay['id']}/arrival", ARRIVAL) == (409, "not_its_day")


def test_extras_are_suggested_added_at_the_catalogues_price_and_taken_away(place: Place, elsewhere: Place) -> None:
    stay = reserved(place)
    with place.tx() as tx:
        bath = str(factories.make_service(tx, "Banho", price_cents=6000).id)
    with elsewhere.tx() as tx:
        theirs = str(factories.make_service(tx, "Banho").id)
    path = f"/v1/stays/{stay['id']}"
    (suggested,) = place.get(f"{path}/suggestions")
    assert (suggested["service_id"], suggested["price_cents"], suggested["priority"]) == (bath, 6000, "high")

    assert place.post(f"{path}/extras", {"service_id": bath}, status=201)["price_cents"] == 6000
    assert place.refused("POST", f"{path}/extras", {"service_id": bath}) == (409, "added_already")
    assert place.refused("POST", f"{path}/extras", {"service_id": theirs}) == (409, "not_in_the_catalogue")
    shown = place.get(path)["stay"]
    assert shown["extras"] == [{"service_id": bath, "name": "Banho", "price_cents": 6000}]
    assert (shown["extras_cents"], place.get(f"{path}/suggestions")) == (6000, [])

    place.delete(f"{path}/extras/{bath}")
    assert place.get(path)["stay"]["extras"] == []


def test_how_a_tutor_follows_is_chosen(place: Place) -> None:
    stay = reserved(place)

    place.put(f"/v1/stays/{stay['id']}/monitoring", {"ways": ["cameras", "cameras"]})

    assert place.get(f"/v1/stays/{stay['id']}")["stay"]["monitoring"] == ["cameras"]


def test_stays_are_found_by_kind_state_day_customer_and_pet(place: Place, elsewhere: Place) -> None:
    first, second = reserved(place, first=1, days=2), reserved(place, first=10, days=2, is_proved=False)
    third = reserved(place, first=20)
    reserved(elsewhere)

    def ids(query: str) -> list[str]:
        return [row["id"] for row in place.get(f"/v1/stays?{query}")]

    assert ids("") == [row["id"] for row in place.all_pages("/v1/stays")] == [first["id"], second["id"], third["id"]]
    assert ids("state=awaiting_assessment") == ids(f"pet_id={second['pet_id']}") == [second["id"]]
    assert ids(f"contact_id={first['contact_id']}") == ids(f"until_day={place.today + 2 * DAY}") == [first["id"]]
    assert ids(f"from_day={place.today + 12 * DAY}") == [third["id"]]
    assert ids("kind=daycare") == ids(f"from_day={place.today + 50 * DAY}") == []


def test_an_empty_shop_has_no_stays(place: Place) -> None:
    assert place.page("/v1/stays") == ([], None)
    assert place.get("/v1/stays/reports-pending") == []
    day, until = place.today, place.today + DAY
    assert place.get(f"/v1/stays/availability?kind=hotel&from_day={day}&until_day={until}") == []


def test_another_shops_stay_is_not_there(place: Place, elsewhere: Place) -> None:
    theirs, nobody = reserved(elsewhere)["id"], str(uuid4())
    dates = {"from_day": str(place.today), "until_day": str(place.today + DAY)}
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/assessment", {}),
        ("POST", "/approval", None),
        ("PUT", "/dates", dates),
        ("POST", "/cancellation", {"reason": "x"}),
        ("POST", "/arrival", ARRIVAL),
        ("POST", "/departure", {"condition": "bem"}),
        ("POST", "/activities", {"kind": "rest", "text": "x"}),
        ("PUT", "/monitoring", {"ways": []}),
        ("GET", "/suggestions", None),
        ("POST", "/extras", {"service_id": nobody}),
        ("DELETE", f"/extras/{nobody}", None),
    ):
        refused = place.refused(method, f"/v1/stays/{theirs}{path}", body)
        assert refused == place.refused(method, f"/v1/stays/{nobody}{path}", body) == (404, "unknown_stay")
    refused = place.refused("POST", f"/v1/stays/{theirs}/report")
    assert refused == place.refused("POST", f"/v1/stays/{nobody}/report")
    assert elsewhere.get(f"/v1/stays/{theirs}")["stay"]["state"] == "approved"
    their_pet = elsewhere.pet(elsewhere.contact(), "Rex")
    assert place.refused("POST", "/v1/stays", wanted(place, room(place), pet_id=their_pet)) == (404, "unknown_pet")
    assert place.refused("POST", "/v1/stays", wanted(place, room(elsewhere))) == (404, "unknown_room_type")


def test_a_photo_of_the_day_is_kept_with_it(place: Place) -> None:
    stay = reserved(place, first=0)
    conversation_id = writes(place, stay["contact_id"])
    with place.tx() as tx:
        photo = str(factories_customers.photo(tx, conversation_id))
    place.post(f"/v1/stays/{stay['id']}/arrival", ARRIVAL)

    place.post(f"/v1/stays/{stay['id']}/activities", {"kind": "recreation", "text": "Na piscina", "media_id": photo})

    (line,) = [each for each in place.get(f"/v1/stays/{stay['id']}")["timeline"] if each["what"] == "activity"]
    assert (line["text"], line["media_id"]) == ("Na piscina", photo)

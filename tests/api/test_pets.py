"""Pets and their health over the API."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from auzap.customers import pets
from auzap.ids import ContactId
from tests import factories, factories_customers, factories_stays
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings

DAY = timedelta(days=1)


def test_a_pet_is_registered_and_changed(place: Place) -> None:
    ana = place.contact()

    made = place.post(
        "/v1/pets",
        {
            "contact_id": ana,
            "name": "Mel",
            "species": "dog",
            "breed": "Shih Tzu",
            "weight_grams": 7200,
            "allergies": "frango",
        },
        status=201,
    )["pet"]
    assert (made["name"], made["size"], made["allergies"]) == ("Mel", "small", "frango")

    changed = place.patch(f"/v1/pets/{made['id']}", {"allergies": None, "gender": "female", "name": "Melzinha"})
    pet = changed["pet"]
    assert (pet["name"], pet["allergies"], pet["gender"], pet["breed"]) == ("Melzinha", None, "female", "Shih Tzu")
    assert place.get(f"/v1/pets/{made['id']}") == changed


def test_what_is_no_name_a_known_pet_and_an_unknown_tutor_are_refused(place: Place) -> None:
    ana = place.contact()
    place.pet(ana, "Mel")

    def refused(**given: str) -> tuple[int, str]:
        return place.refused("POST", "/v1/pets", {"contact_id": ana, "name": "Thor", "species": "dog"} | given)

    assert refused(name="cachorro") == (422, "no_name")
    assert refused(name="mel", species="cat") == (409, "pet_known")
    assert refused(contact_id=str(uuid4())) == (404, "unknown_contact")
    assert refused(species="dragon") == (422, "invalid")


def test_pets_are_listed_by_customer_and_shop_and_found_by_words(place: Place, elsewhere: Place) -> None:
    ana, bruno = place.contact("Ana"), place.contact("Bruno")
    place.pet(ana, "Mel")
    place.pet(ana, "Thor")
    place.pet(bruno, "Élio", species="cat")
    elsewhere.pet(elsewhere.contact(), "Mel")

    def names(query: str) -> list[str]:
        return [row["name"] for row in place.get(f"/v1/pets?{query}")]

    assert names("") == [row["name"] for row in place.all_pages("/v1/pets?")] == ["Mel", "Thor", "Élio"]
    assert names(f"contact_id={ana}") == ["Mel", "Thor"]
    assert names("search=elio") == names("search=bruno") == names("species=cat") == ["Élio"]
    assert names("search=zzz") == names("is_active=false") == []


def test_a_pet_that_is_gone_is_not_offered_and_can_come_back(place: Place) -> None:
    ana = place.contact()
    mel = place.pet(ana, "Mel")

    with place.tx() as tx:
        (pet,) = pets.pets_of(tx, ContactId(UUID(ana)))
        factories.book_at(tx, place.shop, place.at(11), pet=pet, contact_id=ContactId(UUID(ana)))

    place.put(f"/v1/pets/{mel}/departure", {"died_on": str(place.today)})
    assert [row["status"] for row in place.get("/v1/bookings")] == ["cancelled"]
    assert [row["died_on"] for row in place.get("/v1/pets?is_active=false")] == [str(place.today)]
    assert place.refused("PATCH", f"/v1/pets/{mel}", {"colour": "preto"}) == (404, "unknown_pet")

    place.delete(f"/v1/pets/{mel}/departure")
    assert [row["name"] for row in place.get("/v1/pets?is_active=true")] == ["Mel"]


def test_a_pet_does_not_come_back_beside_another_of_its_name(place: Place) -> None:
    ana = place.contact()
    mel = place.pet(ana, "Mel")
    place.put(f"/v1/pets/{mel}/departure", {})
    place.pet(ana, "Mel")

    assert place.refused("DELETE", f"/v1/pets/{mel}/departure") == (409, "pet_known")


def test_photos_are_those_that_the_customer_has_sent(place: Place) -> None:
    ana = place.contact()
    mel = place.pet(ana, "Mel")
    with place.tx() as tx:
        conversation_id = factories.make_conversation(tx, factories.make_account(tx), ContactId(UUID(ana)))
        first, second = (str(factories_customers.photo(tx, conversation_id)) for _ in range(2))
        ours = str(factories_customers.photo(tx, conversation_id, sender="staff"))

    place.post(f"/v1/pets/{mel}/photos", {"media_id": first}, status=201)
    shown = place.post(f"/v1/pets/{mel}/photos", {"media_id": second, "is_main": True}, status=201)
    assert [(row["media_id"], row["is_main"]) for row in shown] == [(second, True), (first, False)]
    assert set(shown[0]) == {"media_id", "is_main", "content_type"}
    assert place.refused("POST", f"/v1/pets/{mel}/photos", {"media_id": ours}) == (404, "no_such_photo")

    place.put(f"/v1/pets/{mel}/photos/{first}/main")
    assert [row["photo_id"] for row in place.get("/v1/pets")] == [first]
    place.delete(f"/v1/pets/{mel}/photos/{first}")
    assert [row["media_id"] for row in place.get(f"/v1/pets/{mel}/photos")] == [second]
    assert place.refused("PUT", f"/v1/pets/{mel}/photos/{first}/main") == (404, "no_such_photo")


def test_what_was_done_is_noted_once_verified_and_struck_out(place: Place) -> None:
    mel = place.pet(place.contact(), "Mel")
    given = {"kind": "vaccine", "name": "decupla", "done_on": str(place.today - DAY), "is_verified": False}

    said = place.post(f"/v1/pets/{mel}/health-events", given, status=201)
    assert (said["name"], said["is_verified"]) == ("V10", False)
    place.post(f"/v1/health-events/{said['id']}/verification", {})

    (kept,) = place.get(f"/v1/pets/{mel}/health-events")
    me = place.get("/v1/me")["id"]
    assert (kept["id"], kept["is_verified"], kept["verified_by"]) == (said["id"], True, f"user:{me}")

    place.delete(f"/v1/health-events/{said['id']}")
    assert place.get(f"/v1/pets/{mel}/health-events") == []
    assert place.refused("DELETE", f"/v1/health-events/{said['id']}") == (404, "no_such_event")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"done_on": "2099-01-01"}, "not_then"),
        ({"due_on": "2020-01-01"}, "not_then"),
        ({"name": "123"}, "not_a_vaccine"),
        ({"kind": "prayer"}, "invalid"),
    ],
)
def test_what_cannot_have_been_is_refused(place: Place, change: dict[str, str], code: str) -> None:
    mel = place.pet(place.contact(), "Mel")
    given = {"kind": "vaccine", "name": "V10", "done_on": str(place.today)} | change

    assert place.refused("POST", f"/v1/pets/{mel}/health-events", given) == (422, code)


def test_a_proof_is_due_again_after_it_was_done(place: Place) -> None:
    mel = place.pet(place.contact(), "Mel")
    given = {"kind": "vaccine", "name": "V10", "done_on": str(place.today)}
    said = place.post(f"/v1/pets/{mel}/health-events", given)

    path = f"/v1/health-events/{said['id']}/verification"
    assert place.refused("POST", path, {"due_on": str(place.today)}) == (422, "not_then")


def test_a_proof_approves_the_stay_that_waited_for_it_and_its_tutor_is_told(place: Place, around: Surroundings) -> None:
    ana = place.contact()
    with place.tx() as tx:
        place_of_talk = factories.make_conversation(tx, factories.make_account(tx), ContactId(UUID(ana)))
        pet = factories.make_pet(tx, ContactId(UUID(ana)), "Mel")
        room = factories_stays.make_room(tx)
        factories_stays.stay_for(tx, place.shop, pet, room, place.today + 3 * DAY, now=place.now)

    for kind, name in (("vaccine", "V10"), ("deworming", "Vermífugo")):
        place.post(f"/v1/pets/{pet.id}/health-events", {"kind": kind, "name": name, "done_on": str(place.today)})

    with place.tx() as tx:
        assert tx.execute("SELECT state FROM stays").fetchall() == [("approved",)]
    assert [hint["conversation_id"] for hint in around.hints("outbox")] == [str(place_of_talk)]


def test_an_alert_is_raised_listed_by_its_weight_and_resolved(place: Place, elsewhere: Place) -> None:
    mel = place.pet(place.contact(), "Mel")
    mild = {"kind": "medication_urgent", "severity": "low", "description": "trocar o remédio"}
    grave = {"kind": "urgent_health", "severity": "critical", "description": "vomitou três vezes"}
    made = place.post(f"/v1/pets/{mel}/health-alerts", mild, status=201)
    place.post(f"/v1/pets/{mel}/health-alerts", grave, status=201)
    place.post(f"/v1/pets/{mel}/health-alerts", grave | {"kind": "exam_overdue", "severity": "high"})

    rows = place.all_pages("/v1/health-alerts")
    assert [row["severity"] for row in rows] == ["critical", "high", "low"]
    assert rows == place.get(f"/v1/health-alerts?pet_id={mel}")
    assert place.get(f"/v1/pets/{mel}")["grade"] == "critical"
    assert elsewhere.get("/v1/health-alerts") == []
    assert elsewhere.refused("POST", f"/v1/health-alerts/{made['id']}/resolution") == (404, "no_such_alert")

    place.post(f"/v1/health-alerts/{made['id']}/resolution")
    assert [row["id"] for row in place.get("/v1/health-alerts?state=resolved")] == [made["id"]]
    assert place.refused("POST", f"/v1/health-alerts/{made['id']}/resolution") == (404, "no_such_alert")


def test_what_pets_are_late_with_comes_by_pages_the_worst_first(place: Place, elsewhere: Place) -> None:
    ana = place.contact()
    for name, late in (("Mel", 40), ("Thor", 100), ("Rex", 45)):
        pet_id = place.pet(ana, name)
        given = {"kind": "vaccine", "name": "V10", "done_on": str(place.today - (late + 365) * DAY)}
        place.post(f"/v1/pets/{pet_id}/health-events", given | {"due_on": str(place.today - late * DAY)})

    rows = place.all_pages("/v1/health-alerts/overdue")

    assert [(row["pet_name"], row["kind"]) for row in rows[:3]] == [
        ("Thor", "vaccine_overdue"),
        ("Rex", "vaccine_overdue"),
        ("Mel", "vaccine_overdue"),
    ]
    # No checkup was ever noted of any.
    assert [(row["kind"], row["days_late"]) for row in rows[3:]] == [("exam_overdue", None)] * 3
    assert elsewhere.get("/v1/health-alerts/overdue") == []


def test_another_shops_pet_is_not_there(place: Place, elsewhere: Place) -> None:
    theirs, nobody = elsewhere.pet(elsewhere.contact(), "Mel"), str(uuid4())
    event = {"kind": "vaccine", "name": "V10", "done_on": str(place.today)}
    alert = {"kind": "urgent_health", "severity": "low", "description": "x"}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"colour": "preto"}),
        ("PATCH", "", {"custom": {}}),
        ("PUT", "/departure", {}),
        ("DELETE", "/departure", None),
        ("GET", "/photos", None),
        ("GET", "/health-events", None),
        ("POST", "/health-events", event),
        ("POST", "/health-alerts", alert),
    ):
        refused = place.refused(method, f"/v1/pets/{theirs}{path}", body)
        assert refused == place.refused(method, f"/v1/pets/{nobody}{path}", body) == (404, "unknown_pet")
    assert elsewhere.get(f"/v1/pets/{theirs}")["pet"]["is_active"] is True

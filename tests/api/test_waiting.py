"""Regular appointments and the waitlist over the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from auzap.ids import ContactId
from tests import factories
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings
from tests.api.test_bookings import booked, offered

DAY = timedelta(days=1)


def writes(place: Place, contact_id: str) -> None:
    """They have a conversation, and can be told."""
    with place.tx() as tx:
        factories.make_conversation(tx, factories.make_account(tx), ContactId(UUID(contact_id)))


def full_day(place: Place, service_id: str, *, days: int = 2) -> dict[str, Any]:
    """The shop serves one at a time, for as long as the service takes: all day."""
    with place.tx() as tx:
        tx.execute("UPDATE organization_settings SET parallel_bookings = 1")
        tx.execute("UPDATE services SET duration = '10 hours' WHERE id = %s", [service_id])
    return booked(place, place.at(8, days=days), service_id=service_id)


def waiting(place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """Who waits, and the appointment that is in the way."""
    service = offered(place)
    taken = full_day(place, service)
    ana = place.contact("Ana")
    writes(place, ana)
    day = str(place.today + 2 * DAY)
    given = {"pet_id": place.pet(ana, "Mel"), "service_id": service, "from_day": day, "until_day": day}
    return place.post("/v1/waitlist", given, status=201), taken


def test_an_appointment_becomes_a_regular_one_and_ends(place: Place, elsewhere: Place, around: Surroundings) -> None:
    first = booked(place, place.at(10))

    made = place.post("/v1/booking-series", {"booking_id": first["id"], "every": 2, "unit": "week"}, status=201)
    series = made["series"]
    assert (series["every"], series["unit"], series["state"], series["at"]) == (2, "week", "active", "10:00:00")
    assert len(made["made"]["booked"]) == 4
    assert len(place.get(f"/v1/bookings?pet_id={first['pet_id']}")) == 5
    assert place.get("/v1/booking-series?state=active") == [series]
    assert place.get(f"/v1/booking-series/{series['id']}") == series

    again = {"booking_id": first["id"], "every": 1, "unit": "month"}
    assert place.refused("POST", "/v1/booking-series", again) == (409, "repeats_already")
    assert elsewhere.refused("POST", "/v1/booking-series", again) == (404, "unknown_booking")
    path = f"/v1/booking-series/{series['id']}/ending"
    assert elsewhere.refused("POST", path, {}) == elsewhere.refused("GET", path[:-7]) == (404, "not_found")

    ended = place.post(path, {"cancels_booked": True})
    assert (ended["state"], ended["next_starts_at"]) == ("ended", None)
    assert [hint["job"] for hint in around.hints("automations")] == ["offer_freed"]
    assert {row["status"] for row in place.get("/v1/bookings")} == {"cancelled"}
    assert place.refused("POST", path, {}) == (409, "not_running")


def test_also_a_far_appointment_can_become_a_regular_one(place: Place) -> None:
    """However many the customer has before it."""
    first = booked(place, place.at(10))
    last = first
    for days in range(2, 13):
        last = booked(place, place.at(10, days=days), pet=first["pet_id"], service_id=first["service_id"])

    made = place.post("/v1/booking-series", {"booking_id": last["id"], "every": 12, "unit": "month"})

    assert made["series"]["starts_on"] == str(place.today + 12 * DAY)


def test_what_is_cancelled_is_not_repeated(place: Place) -> None:
    first = booked(place, place.at(10))
    place.post(f"/v1/bookings/{first['id']}/cancellation", {})

    given = {"booking_id": first["id"], "every": 1, "unit": "week"}
    assert place.refused("POST", "/v1/booking-series", given) == (409, "not_repeatable")
    assert place.refused("POST", "/v1/booking-series", given | {"every": 13}) == (422, "invalid")


def test_series_come_by_pages(place: Place, elsewhere: Place) -> None:
    for hour in (9, 11, 13):
        first = booked(place, place.at(hour))
        place.post("/v1/booking-series", {"booking_id": first["id"], "every": 12, "unit": "month"})

    assert len({row["id"] for row in place.all_pages("/v1/booking-series")}) == 3
    assert elsewhere.get("/v1/booking-series") == []


def test_a_pet_waits_for_a_full_day_and_leaves(place: Place, elsewhere: Place) -> None:
    entry, _ = waiting(place)

    assert (entry["state"], entry["pet_name"], entry["tutor"]) == ("waiting", "Mel", "Ana")
    assert (
        place.get("/v1/waitlist?state=waiting")
        == place.get(f"/v1/waitlist?contact_id={entry['contact_id']}")
        == [entry]
    )
    assert elsewhere.get("/v1/waitlist") == []
    assert elsewhere.refused("DELETE", f"/v1/waitlist/{entry['id']}") == (404, "not_found")

    place.delete(f"/v1/waitlist/{entry['id']}")
    assert [row["state"] for row in place.get("/v1/waitlist")] == ["cancelled"]
    assert place.refused("DELETE", f"/v1/waitlist/{entry['id']}") == (409, "waits_no_more")


def test_what_is_not_waited_for_is_refused(place: Place) -> None:
    entry, _ = waiting(place)
    day, free_day = entry["from_day"], str(place.today + 5 * DAY)
    given = {key: entry[key] for key in ("pet_id", "service_id", "from_day", "until_day")}

    def refused(**change: str) -> tuple[int, str]:
        return place.refused("POST", "/v1/waitlist", given | change)

    assert refused() == (409, "waits_already")
    silent = place.pet(place.contact("Bruno"), "Thor")
    assert refused(pet_id=silent) == (409, "cannot_be_told")
    assert refused(pet_id=str(uuid4())) == (404, "unknown_pet")
    assert refused(service_id=str(uuid4())) == (404, "unknown_service")
    assert refused(from_day=free_day, until_day=free_day) == (409, "has_room")
    assert refused(until_day=str(place.today + 60 * DAY)) == (422, "bad_days")
    assert refused(from_day=str(place.today - DAY), until_day=day) == (409, "unbookable_past")


def test_the_waitlist_comes_by_pages_the_longest_waiting_first(place: Place) -> None:
    entry, _ = waiting(place)
    for name in ("Thor", "Rex"):
        contact_id = place.contact(name)
        writes(place, contact_id)
        given = {key: entry[key] for key in ("service_id", "from_day", "until_day")}
        place.post("/v1/waitlist", given | {"pet_id": place.pet(contact_id, name)})

    assert [row["pet_name"] for row in place.all_pages("/v1/waitlist")] == ["Mel", "Thor", "Rex"]

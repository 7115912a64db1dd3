"""Training over the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.api.at_work import Place

DAY = timedelta(days=1)
TOLD = {
    "routine": "passeia de manhã e à noite",
    "problems": ["puxa a guia"],
    "family": "casal com uma filha de seis anos",
    "health_history": "saudável, castrado, sem alergias",
    "observation": "aprende rápido com petisco",
    "goals": ["andar ao lado"],
}
OUTCOME = {"topics": ["guia"], "skills": ["junto"], "homework": "cinco minutos por dia", "rating": 4}


def assessed(place: Place, **told: Any) -> dict[str, Any]:
    pet_id = place.pet(place.contact("Ana"), "Thor")
    return place.post("/v1/training-plans", TOLD | {"pet_id": pet_id} | told, status=201)


def planned(place: Place, *, weeks: int = 2) -> str:
    plan = assessed(place)
    return place.post(f"/v1/training-plans/{plan['id']}/rhythm", {"sessions_a_week": 1, "weeks": weeks})["id"]


def running(place: Place) -> dict[str, Any]:
    given = {"starts_on": str(place.today + DAY), "at": "14:00"}
    return place.post(f"/v1/training-plans/{planned(place)}/start", given)


def let_pass(place: Place, days: int) -> None:
    """The session of whoever works there is carried on."""
    place.clock.move(timedelta(days=days))
    again = place.person.client.post("/v1/auth/refresh")
    place.person.token = again.json()["data"]["access_token"]


def test_an_assessment_is_told_in_parts_and_becomes_a_plan_when_it_is_whole(place: Place) -> None:
    plan = assessed(place, goals=[], family="")
    path = f"/v1/training-plans/{plan['id']}"
    assert (plan["state"], sorted(plan["missing"])) == ("assessing", ["family", "goals"])
    rhythm = {"sessions_a_week": 2, "weeks": 4}
    assert place.refused("POST", f"{path}/rhythm", rhythm) == (409, "assessment_incomplete")
    assert sorted(place.details("POST", f"{path}/rhythm", rhythm)["missing"]) == ["family", "goals"]

    more = {"pet_id": plan["pet_id"], "goals": TOLD["goals"], "family": TOLD["family"]}
    place.post("/v1/training-plans", more, status=201)
    made = place.post(f"{path}/rhythm", rhythm)

    assert (made["state"], made["sessions_a_week"], made["weeks"], made["session_cents"]) == ("planned", 2, 4, None)
    assert place.refused("POST", "/v1/training-plans", more) == (409, "plan_known")
    assert place.refused("POST", f"{path}/rhythm", rhythm | {"weeks": 53}) == (422, "invalid")
    assert place.get(path)["sessions_planned"] == 8


def test_how_it_is_trained_is_agreed_and_its_price_by_a_manager(place: Place) -> None:
    path = f"/v1/training-plans/{planned(place)}"
    place.become("staff")

    changed = place.patch(path, {"methodology": "clicker", "place": "park", "session_minutes": 45})
    assert (changed["methodology"], changed["place"], changed["session_length"]) == ("clicker", "park", "PT45M")
    assert place.refused("PUT", f"{path}/price", {"session_cents": 9000}) == (403, "forbidden")
    place.become("manager")
    assert place.put(f"{path}/price", {"session_cents": 9000})["session_cents"] == 9000


def test_a_plan_begins_with_all_of_its_sessions(place: Place) -> None:
    shown = running(place)

    assert (shown["plan"]["state"], shown["progress"], shown["ends_on"]) == ("running", 0, str(place.today + 15 * DAY))
    assert [(row["number"], row["state"]) for row in shown["sessions"]] == [(1, "scheduled"), (2, "scheduled")]
    assert place.get(f"/v1/training-plans/{shown['plan']['id']}") == shown
    path = f"/v1/training-plans/{shown['plan']['id']}"
    assert place.refused("PATCH", path, {"place": "park"}) == (409, "plan_moved")
    assert place.refused("POST", f"{path}/start", {"starts_on": str(place.today), "at": "14:00"}) == (409, "plan_moved")
    assert place.refused("POST", f"{path}/completion") == (409, "sessions_left")


def test_a_plan_begins_soon_and_when_there_is_room(place: Place) -> None:
    path = f"/v1/training-plans/{planned(place)}/start"

    assert place.refused("POST", path, {"starts_on": str(place.today - DAY), "at": "14:00"}) == (422, "unfit_beginning")
    assert place.refused("POST", path, {"starts_on": str(place.today + DAY), "at": "22:00"}) == (409, "no_room")


def test_sessions_are_held_missed_moved_and_cancelled(place: Place) -> None:
    shown = running(place)
    first, second = (f"/v1/training-sessions/{row['id']}" for row in shown["sessions"])
    assert place.refused("POST", f"{first}/completion", OUTCOME) == (409, "not_yet")
    other = {"day": str(place.today + 12 * DAY), "at": "15:00"}
    moved = place.post(f"{second}/rescheduling", other)
    assert (moved["number"], moved["day"], moved["state"]) == (2, other["day"], "scheduled")
    assert place.refused("POST", f"{second}/rescheduling", other) == (409, "session_over")
    assert place.refused("POST", f"{first}/rescheduling", other | {"at": "23:00"}) == (409, "no_such_day")

    let_pass(place, 2)
    held = place.post(f"{first}/completion", OUTCOME)
    assert (held["state"], held["rating"], held["homework"]) == ("completed", 4, "cinco minutos por dia")
    assert place.refused("POST", f"{first}/absence") == (409, "session_over")
    assert place.post(f"/v1/training-sessions/{moved['id']}/cancellation")["state"] == "cancelled"

    done = place.post(f"/v1/training-plans/{shown['plan']['id']}/completion")
    assert done["state"] == "completed"


def test_a_pet_that_did_not_come_is_noted(place: Place) -> None:
    shown = running(place)
    let_pass(place, 2)

    missed = place.post(f"/v1/training-sessions/{shown['sessions'][0]['id']}/absence")

    assert missed["state"] == "missed"


def test_a_plan_is_cancelled_with_a_reason_and_its_sessions_with_it(place: Place) -> None:
    shown = running(place)
    path = f"/v1/training-plans/{shown['plan']['id']}/cancellation"
    assert place.refused("POST", path, {"reason": "  "}) == (422, "invalid")

    cancelled = place.post(path, {"reason": "mudou de cidade"})

    assert (cancelled["state"], cancelled["state_reason"]) == ("cancelled", "mudou de cidade")
    assert {row["state"] for row in place.get("/v1/training-sessions")} == {"cancelled"}


def test_plans_and_sessions_are_listed_by_pages_and_found(place: Place, elsewhere: Place) -> None:
    shown = running(place)
    others = [assessed(place) for _ in range(2)]
    running(elsewhere)
    plan = shown["plan"]

    assert len({row["id"] for row in place.all_pages("/v1/training-plans")}) == 3
    assert [row["id"] for row in place.get("/v1/training-plans?state=running")] == [plan["id"]]
    assert [row["id"] for row in place.get(f"/v1/training-plans?pet_id={others[0]['pet_id']}")] == [others[0]["id"]]
    assert place.get(f"/v1/training-plans?contact_id={uuid4()}") == []
    assert place.all_pages("/v1/training-sessions") == shown["sessions"]
    assert place.get(f"/v1/training-sessions?plan_id={others[0]['id']}") == []
    until = place.today + 2 * DAY
    assert [row["number"] for row in place.get(f"/v1/training-sessions?until_day={until}")] == [1]
    assert [row["number"] for row in place.get(f"/v1/training-sessions?from_day={until}&state=scheduled")] == [2]


def test_days_with_room_for_sessions_are_told(place: Place) -> None:
    running(place)
    tomorrow, later = place.today + DAY, place.today + 500 * DAY

    days = place.get(f"/v1/training-sessions/days?from_day={tomorrow}&until_day={later}")

    assert (len(days), days[0], days[1]["free"]) == (91, {"day": str(tomorrow), "free": 4}, 5)
    assert place.get(f"/v1/training-sessions/days?from_day={later}&until_day={tomorrow}") == []


def test_another_shops_training_is_not_there(place: Place, elsewhere: Place) -> None:
    theirs = running(elsewhere)
    nobody = str(uuid4())
    for resource, row_id, code, calls in (
        (
            "training-plans",
            theirs["plan"]["id"],
            "unknown_plan",
            (
                ("GET", "", None),
                ("PATCH", "", {"place": "park"}),
                ("PUT", "/price", {"session_cents": 1}),
                ("POST", "/rhythm", {"sessions_a_week": 1, "weeks": 1}),
                ("POST", "/start", {"starts_on": str(place.today), "at": "10:00"}),
                ("POST", "/completion", None),
                ("POST", "/cancellation", {"reason": "x"}),
            ),
        ),
        (
            "training-sessions",
            theirs["sessions"][0]["id"],
            "unknown_session",
            (
                ("POST", "/rescheduling", {"day": str(place.today + DAY), "at": "10:00"}),
                ("POST", "/completion", OUTCOME),
                ("POST", "/absence", None),
                ("POST", "/cancellation", None),
            ),
        ),
    ):
        for method, path, body in calls:
            refused = place.refused(method, f"/v1/{resource}/{row_id}{path}", body)
            assert refused == place.refused(method, f"/v1/{resource}/{nobody}{path}", body) == (404, code)
    assert elsewhere.get(f"/v1/training-plans/{theirs['plan']['id']}") == theirs
    their_pet = TOLD | {"pet_id": theirs["plan"]["pet_id"]}
    assert place.refused("POST", "/v1/training-plans", their_pet) == (404, "unknown_pet")

"""What each route asks of the database: three statements at most to read, and one for each thing that it writes."""

import pytest

from functions.serve_api.access import ROUTES
from functions.serve_api.dependencies import READING
from tests.api import crowding
from tests.api.crowding import crowd
from tests.api.granted import GRANTED, Route
from tests.api.town import Town, town

__all__ = ["town"]

# Who asks, by what rules, and what for.
MOST_READING = 3
PROVIDER = "It asks a provider between its transactions, and each of them begins with who asks"
PLACES = "Its day is locked before its places are read, and what is answered is read as it stands afterwards"
TELLS = "What it does is told in the customer's conversation, which is found, locked and looked at"
HOLDS = "Whose it is and what may be sent is read under the conversation's lock, and how it stands afterwards"
OWN_RULE = "A rule is judged on what is read under the lock of what it is about, and the answer read afterwards"
# How many more a route may read, and why. Of those that only read, the one that also asks outside of the database.
MORE: dict[Route, tuple[int, str]] = {
    ("GET", "/v1/audit/verification"): (4, PROVIDER),
    ("POST", "/v1/channel-accounts"): (19, PROVIDER),
    ("POST", "/v1/channel-accounts/{account_id}/registration"): (12, PROVIDER),
    ("POST", "/v1/channel-accounts/{account_id}/health-check"): (11, PROVIDER),
    ("POST", "/v1/conversations/{conversation_id}/typing"): (4, PROVIDER),
    ("POST", "/v1/conversations/{conversation_id}/files"): (9, PROVIDER),
    ("POST", "/v1/booking-series"): (11, f"{PLACES}: for each of the days that are booked"),
    ("POST", "/v1/bookings"): (4, PLACES),
    ("POST", "/v1/bookings/{booking_id}/rescheduling"): (6, PLACES),
    ("POST", "/v1/bookings/{booking_id}/completion"): (4, OWN_RULE),
    ("POST", "/v1/booking-series/{series_id}/ending"): (4, OWN_RULE),
    ("POST", "/v1/waitlist"): (6, PLACES),
    ("POST", "/v1/stays"): (5, PLACES),
    ("PUT", "/v1/stays/{stay_id}/dates"): (5, PLACES),
    ("POST", "/v1/training-plans/{plan_id}/start"): (7, PLACES),
    ("POST", "/v1/training-sessions/{session_id}/rescheduling"): (4, PLACES),
    ("POST", "/v1/training-plans/{plan_id}/rhythm"): (4, OWN_RULE),
    ("POST", "/v1/training-plans/{plan_id}/completion"): (4, OWN_RULE),
    ("POST", "/v1/pets/{pet_id}/health-events"): (8, f"{TELLS}, where a proof approves a stay"),
    ("POST", "/v1/health-events/{event_id}/verification"): (7, f"{TELLS}, where a proof approves a stay"),
    ("POST", "/v1/stays/{stay_id}/approval"): (5, TELLS),
    ("POST", "/v1/stays/{stay_id}/report"): (5, TELLS),
    ("POST", "/v1/conversations/{conversation_id}/messages"): (5, HOLDS),
    ("POST", "/v1/contacts/{contact_id}/conversation"): (7, HOLDS),
    ("POST", "/v1/conversations/{conversation_id}/hold"): (4, HOLDS),
    ("POST", "/v1/conversations/{conversation_id}/transfer"): (4, HOLDS),
    ("PUT", "/v1/escalations/{escalation_id}/agent"): (4, HOLDS),
    ("POST", "/v1/escalations/{escalation_id}/answer"): (5, HOLDS),
    ("POST", "/v1/contacts/{contact_id}/merge"): (5, OWN_RULE),
    ("POST", "/v1/imports"): (4, OWN_RULE),
    ("POST", "/v1/auth/second-factor/removal"): (4, "Nobody is signed in by it: each proof is looked up by itself"),
}
# Lists that must have been seen with many rows; of others there cannot be many, or not by copying one.
LONG = {
    ("GET", path)
    for path in (
        "/v1/blocked-times",
        "/v1/contacts",
        "/v1/conversations/{conversation_id}/messages",
        "/v1/conversations/{conversation_id}/notes",
        "/v1/conversations/{conversation_id}/timeline",
        "/v1/dead-letters",
        "/v1/escalations",
        "/v1/imports",
        "/v1/imports/{import_id}/rows",
        "/v1/knowledge/documents",
        "/v1/knowledge/untaught",
        "/v1/notifications",
        "/v1/pets",
        "/v1/services",
        "/v1/special-days",
        "/v1/tasks",
    )
}
EVERY = pytest.mark.parametrize("route", GRANTED, ids=" ".join)


@pytest.fixture(autouse=True, scope="module")
def settings_are_known(town: Town) -> None:
    """As to any sandbox that has served the shop before."""
    for path in ("/v1/availability", "/v1/stays/offers"):
        town.granted(("GET", path))


@EVERY
def test_it_asks_no_more_than_it_may(town: Town, route: Route) -> None:
    answer, asked = town.counter.during(lambda: town.granted(route))

    assert answer.status_code < 300, answer.text
    most, _ = MORE.get(route, (MOST_READING, ""))
    assert len(asked.reading) <= most, asked.reading
    # What is no exception any more leaves the table.
    assert route not in MORE or len(asked.reading) == most
    if route[0] in READING:
        assert asked.writing == ()


# What it has shown within the minute a sandbox does not ask for anew.
KEPT = ("GET", "/v1/dashboard")
READS = [route for route in GRANTED if route[0] == "GET" and ROUTES.get(route) != "anybody" and route != KEPT]


@pytest.fixture(scope="module")
def crowded(town: Town) -> None:
    with town.database.transaction(town.theirs.organization_id, "test") as tx:
        crowd(tx)
    # As to any sandbox that has served the shop before.
    for path in ("/v1/availability", "/v1/stays/offers"):
        assert town.read(town.theirs, ("GET", path)).status_code == 200


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("route", READS, ids=" ".join)
def test_it_asks_no_more_for_many_rows_than_for_few(town: Town, route: Route) -> None:
    few, asked = town.counter.during(lambda: town.read(town.ours, route))
    many, asked_of_many = town.counter.during(lambda: town.read(town.theirs, route))

    assert few.status_code == many.status_code == 200
    assert asked_of_many.statements == asked.statements
    if route in LONG:
        assert len(many.json()["data"]) > crowding.COPIES

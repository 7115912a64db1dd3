"""Files of what the shop knows, over the API; and people who ask to be forgotten."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.api.at_work import Place
from tests.api.surroundings import Surroundings

ALL = {"kind": "contacts"}


def one(contact_id: str) -> dict[str, str]:
    return {"kind": "contact", "contact_id": contact_id}


def settle(place: Place, job: dict[str, Any], **columns: Any) -> None:
    """As a worker leaves it behind."""
    with place.tx() as tx:
        tx.execute(
            """
            UPDATE jobs SET state = %(state)s, done = 3, total = 3, problem = %(problem)s, object_key = %(key)s,
              finished_at = app.now() WHERE id = %(job)s
            """,
            {"state": "done", "problem": None, "key": None, "job": job["id"], **columns},
        )


def test_a_table_of_all_customers_is_asked_for_and_fetched_by_a_link(place: Place, around: Surroundings) -> None:
    place.contact("Ana")
    begun = place.post("/v1/exports", ALL, status=202)
    assert (begun["kind"], begun["state"], begun["done"], begun["total"]) == ("contact_export", "waiting", 0, 1)
    assert around.hints("jobs") == [{"organization_id": str(place.organization_id), "job_id": begun["id"]}]
    assert place.get(f"/v1/exports/{begun['id']}")["url"] is None

    settle(place, begun, key=f"exports/{place.organization_id}/{begun['id']}/x.csv")

    shown = place.get(f"/v1/exports/{begun['id']}")
    assert (shown["state"], shown["done"], shown["problem"]) == ("done", 3, None)
    asked = parse_qs(urlsplit(shown["url"]).query)
    assert asked["X-Amz-Expires"] == ["300"]
    assert asked["response-content-disposition"] == ['attachment; filename="customers.csv"']
    assert f"exports/{place.organization_id}/" in urlsplit(shown["url"]).path


def test_after_a_week_there_is_no_file_any_more(place: Place) -> None:
    begun = place.post("/v1/exports", ALL)
    settle(place, begun, key="exports/x.csv")
    with place.tx() as tx:
        tx.execute("UPDATE jobs SET finished_at = finished_at - %s", [timedelta(days=7)])

    assert place.get(f"/v1/exports/{begun['id']}")["url"] is None


def test_all_that_is_known_of_one_customer_is_asked_for(place: Place) -> None:
    contact_id = place.contact("Ana")

    begun = place.post("/v1/exports", one(contact_id))
    settle(place, begun, key="exports/x.json")

    assert (begun["kind"], begun["subject"], begun["total"]) == ("data_export", contact_id, None)
    assert "personal-data.json" in place.get(f"/v1/exports/{begun['id']}")["url"]


def test_why_it_failed_is_said_in_words(place: Place) -> None:
    begun = place.post("/v1/exports", ALL)
    settle(place, begun, state="failed", problem="given_up")

    assert place.get(f"/v1/exports/{begun['id']}")["problem"].startswith("Não deu certo depois de várias tentativas.")


def test_an_export_is_called_off_once(place: Place) -> None:
    begun = place.post("/v1/exports", ALL)

    assert place.post(f"/v1/exports/{begun['id']}/cancellation")["state"] == "cancelled"

    assert place.refused("POST", f"/v1/exports/{begun['id']}/cancellation") == (409, "job_over")


def test_a_request_that_is_sent_again_begins_nothing_new(place: Place) -> None:
    headers = {"idempotency-key": "once"}
    first, again = (place.person.ask("POST", "/v1/exports", ALL, **headers).json()["data"] for _ in range(2))

    assert first == again
    assert len(place.get("/v1/exports")) == 1


def test_exports_come_by_pages_the_latest_first(place: Place, elsewhere: Place) -> None:
    contacts = [place.contact(name) for name in ("Ana", "Bia", "Caio")]
    made = [place.post("/v1/exports", one(contact_id))["id"] for contact_id in contacts]
    place.post("/v1/erasures", {"contact_id": contacts[0]})

    assert [row["id"] for row in place.all_pages("/v1/exports")] == made[::-1]
    assert elsewhere.get("/v1/exports") == []


@pytest.mark.parametrize("body", [{}, {"kind": "pets"}, {"kind": "contact"}, {"kind": "contacts", "format": "xlsx"}])
def test_what_is_none_of_the_kinds_is_refused(place: Place, body: dict[str, str]) -> None:
    assert place.refused("POST", "/v1/exports", body) == (422, "invalid")


def test_a_person_is_forgotten_at_an_owners_word(place: Place, around: Surroundings) -> None:
    contact_id = place.contact("Ana")

    begun = place.post("/v1/erasures", {"contact_id": contact_id}, status=202)

    assert (begun["kind"], begun["subject"], begun["state"]) == ("erasure", contact_id, "waiting")
    assert around.hints("jobs") == [{"organization_id": str(place.organization_id), "job_id": begun["id"]}]
    assert place.get(f"/v1/erasures/{begun['id']}")["id"] == begun["id"]
    assert [row["id"] for row in place.all_pages("/v1/erasures")] == [begun["id"]]
    assert place.refused("GET", f"/v1/exports/{begun['id']}") == (404, "unknown_job")


def test_exports_are_a_managers_and_forgetting_an_owners(place: Place) -> None:
    contact_id = place.contact("Ana")
    begun = place.post("/v1/erasures", {"contact_id": contact_id})

    place.become("manager")
    place.post("/v1/exports", ALL)
    for method, path, body in (
        ("POST", "/v1/erasures", {"contact_id": contact_id}),
        ("GET", "/v1/erasures", None),
        ("GET", f"/v1/erasures/{begun['id']}", None),
    ):
        assert place.refused(method, path, body) == (403, "forbidden")
    place.become("staff")
    assert place.refused("POST", "/v1/exports", ALL) == (403, "forbidden")
    assert place.refused("GET", "/v1/exports") == (403, "forbidden")


def test_another_shops_customers_and_work_are_not_there(place: Place, elsewhere: Place) -> None:
    theirs, nobody = elsewhere.contact("Ana"), str(uuid4())
    for contact_id in (theirs, nobody):
        assert place.refused("POST", "/v1/exports", one(contact_id)) == (404, "unknown_contact")
        assert place.refused("POST", "/v1/erasures", {"contact_id": contact_id}) == (404, "unknown_contact")
    export = elsewhere.post("/v1/exports", ALL)["id"]
    erasure = elsewhere.post("/v1/erasures", {"contact_id": theirs})["id"]
    for id_ in (export, nobody):
        assert place.refused("GET", f"/v1/exports/{id_}") == (404, "unknown_job")
        assert place.refused("POST", f"/v1/exports/{id_}/cancellation") == (404, "unknown_job")
    for id_ in (erasure, nobody):
        assert place.refused("GET", f"/v1/erasures/{id_}") == (404, "unknown_job")
    assert elsewhere.get(f"/v1/exports/{export}")["state"] == "waiting"

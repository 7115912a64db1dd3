"""The ticket of the panel's socket: for people who are signed in, and for nobody and nothing else."""

from datetime import timedelta

from starlette.testclient import TestClient

from functions.serve_api import access
from tests.api.people import People
from tests.api.surroundings import Surroundings
from tests.postgres import Clock


def test_a_program_gets_no_ticket_whatever_its_scopes(client: TestClient, people: People) -> None:
    helena = people.owner()
    made = helena.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": sorted(access.SCOPES)[:30]})
    assert made.status_code == 201, made.text

    answer = client.post(
        "/v1/realtime/ticket",
        headers={"authorization": f"Bearer {made.json()['data']['secret']}", "idempotency-key": "1"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert not any(scope.startswith("realtime:") for scope in access.SCOPES)


def test_nobody_gets_a_ticket_without_signing_in(client: TestClient) -> None:
    assert client.post("/v1/realtime/ticket").status_code == 401


def test_a_session_that_has_ended_gets_none(people: People) -> None:
    helena = people.owner()
    assert helena.ask("DELETE", "/v1/auth/session").status_code == 204

    answer = helena.ask("POST", "/v1/realtime/ticket")

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_a_token_that_is_used_twice_ends_the_sockets_of_its_session_too(
    client: TestClient, people: People, around: Surroundings, clock: Clock
) -> None:
    helena = people.owner()
    name = next(name for name in client.cookies if "refresh" in name)
    stolen = client.cookies[name]
    assert client.post("/v1/auth/refresh").status_code == 200
    clock.move(timedelta(seconds=11))
    shop = helena.get("/v1/me")["organization_id"]
    hinted = len(around.hints("changes"))

    answer = client.post("/v1/auth/refresh", headers={"cookie": f"{name}={stolen}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    assert around.hints("changes")[hinted:] == [{"organization_id": shop}]

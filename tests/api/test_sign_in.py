"""Registering, signing in, carrying on, and signing out."""

from datetime import timedelta

from starlette.testclient import TestClient

from tests.api.people import PASSWORD, People
from tests.postgres import Clock


def test_who_registers_has_a_shop_and_is_its_owner(people: People) -> None:
    helena = people.owner("Patas & Cia")

    me = helena.get("/v1/me")

    assert (me["email"], me["role"], me["is_support"]) == (helena.email, "owner", False)
    assert [place["name"] for place in me["places"]] == ["Patas & Cia"]
    assert len(me["sessions"]) == 1


def test_an_address_that_has_an_account_registers_no_other(client: TestClient, people: People) -> None:
    helena = people.owner()

    again = client.post(
        "/v1/auth/registration",
        json={"shop_name": "Outra", "name": "Helena", "email": helena.email.upper(), "password": PASSWORD},
    )

    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(client: TestClient, people: People) -> None:
    helena = people.owner()

    wrong = client.post("/v1/auth/session", json={"email": helena.email, "password": "outra-senha-qualquer"})
    unknown = client.post("/v1/auth/session", json={"email": "ninguem@example.com", "password": PASSWORD})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong_login"


def test_a_sign_in_in_english_is_refused_in_english(client: TestClient) -> None:
    given = {"email": "ninguem@example.com", "password": PASSWORD}

    answer = client.post("/v1/auth/session", json=given, headers={"accept-language": "en-GB,en;q=0.8"})

    assert answer.json()["message"] == "Wrong e-mail or password."


def test_who_signs_out_is_refused_at_once(people: People) -> None:
    helena = people.owner()

    assert helena.ask("DELETE", "/v1/auth/session").status_code == 204

    answer = helena.ask("GET", "/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_an_access_token_is_good_for_a_quarter_of_an_hour(people: People, clock: Clock) -> None:
    helena = people.owner()
    clock.move(timedelta(minutes=14, seconds=50))
    assert helena.ask("GET", "/v1/me").status_code == 200

    clock.move(timedelta(seconds=20))

    assert helena.ask("GET", "/v1/me").status_code == 401


def test_a_session_is_carried_on_by_its_cookie(client: TestClient, people: People, clock: Clock) -> None:
    helena = people.owner()
    clock.move(timedelta(hours=20))

    answer = client.post("/v1/auth/refresh")
    helena.token = answer.json()["data"]["access_token"]

    assert helena.get("/v1/me")["email"] == helena.email


def test_a_refresh_token_that_is_used_again_later_ends_the_session_for_all(
    client: TestClient, people: People, clock: Clock
) -> None:
    people.owner()
    stolen = client.cookies["auzap_refresh"]
    assert client.post("/v1/auth/refresh").status_code == 200
    kept = client.cookies["auzap_refresh"]
    clock.move(timedelta(seconds=11))

    client.cookies.set("auzap_refresh", stolen, domain="app.example", path="/")
    assert client.post("/v1/auth/refresh").status_code == 401
    client.cookies.set("auzap_refresh", kept, domain="app.example", path="/")
    assert client.post("/v1/auth/refresh").status_code == 401


def test_a_lost_answer_is_given_again_within_ten_seconds(client: TestClient, people: People) -> None:
    people.owner()
    shown = client.cookies["auzap_refresh"]
    assert client.post("/v1/auth/refresh").status_code == 200
    first = client.cookies["auzap_refresh"]

    client.cookies.set("auzap_refresh", shown, domain="app.example", path="/")
    assert client.post("/v1/auth/refresh").status_code == 200

    assert first == client.cookies.get("auzap_refresh", domain="app.example")

"""Joining a shop by a link, and a new password by a link; both come by mail, and nobody learns who is known."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from tests.api.authenticator import turn_on
from tests.api.people import PASSWORD, People, Person
from tests.api.surroundings import Surroundings
from tests.factories_identity import new_email
from tests.postgres import Clock

NEW_PASSWORD = "tartaruga-verde-na-janela"
OPEN, ACCEPT = "/v1/auth/invitation", "/v1/auth/invitation/acceptance"
ASK, RESET = "/v1/auth/password-reset", "/v1/auth/password-reset/completion"


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner("Patas & Cia")


def link(database: Database, person: Person, kind: str) -> str:
    """The last link that waits in a mail of the person's shop: what stands behind its #."""
    shop = OrganizationId(UUID(person.get("/v1/me")["organization_id"]))
    with database.transaction(shop, "test") as tx:
        found = tx.execute(
            "SELECT content ->> 'link' FROM mails WHERE kind = %s ORDER BY id DESC LIMIT 1", [kind]
        ).fetchone()
    assert found
    address, _, secret = found[0].partition("#")
    assert (
        address
        == {
            "invitation": "https://app.example/invitation",
            "password_reset": "https://app.example/reset-password",
        }[kind]
    )
    return secret


def invite(person: Person, email: str, role: str = "staff") -> Any:
    return person.ask("POST", "/v1/invitations", {"email": email, "role": role})


def test_a_colleague_is_invited_opens_the_link_and_works_in_the_shop(
    client: TestClient, helena: Person, database: Database, around: Surroundings
) -> None:
    email = new_email("julia")
    made = invite(helena, email, "manager")
    assert made.status_code == 201
    assert set(made.json()["data"]) == {"id", "email", "role", "invited_by", "created_at", "expires_at"}
    hint = around.hints("automations")[-1]
    assert hint["job"] == "send_mail"
    secret = link(database, helena, "invitation")

    shown = client.post(OPEN, json={"token": secret}).json()["data"]
    answer = client.post(ACCEPT, json={"token": secret, "name": "Júlia Prado", "password": NEW_PASSWORD})

    assert shown == {"shop_name": "Patas & Cia", "email": email, "role": "manager", "has_account": False}
    assert answer.status_code == 201
    me = Person(client, email, answer.json()["data"]["access_token"]).get("/v1/me")
    assert (me["role"], me["name"], me["email"]) == ("manager", "Júlia Prado", email)
    assert client.post(OPEN, json={"token": secret}).json()["code"] == "link_not_good"
    assert helena.get("/v1/invitations") == []
    assert {member["email"] for member in helena.get("/v1/team")} == {helena.email, email}


def test_who_has_an_account_joins_with_its_password_and_with_its_second_factor(
    client: TestClient, helena: Person, people: People, database: Database, clock: Clock
) -> None:
    julia = people.owner("Outra Loja")
    app, _ = turn_on(julia, clock)
    clock.move(timedelta(seconds=30))
    invite(helena, julia.email)
    secret = link(database, helena, "invitation")
    assert client.post(OPEN, json={"token": secret}).json()["data"]["has_account"] is True

    stranger = client.post(ACCEPT, json={"token": secret, "name": "Mallory", "password": NEW_PASSWORD})
    asked = client.post(ACCEPT, json={"token": secret, "name": "Júlia", "password": PASSWORD})

    assert (stranger.status_code, stranger.json()["code"]) == (401, "wrong_login")
    assert asked.status_code == 200
    step = {"challenge": asked.json()["data"]["challenge"], "code": app.code()}
    entered = client.post("/v1/auth/session/second-factor", json=step)
    me = Person(client, julia.email, entered.json()["data"]["access_token"]).get("/v1/me")
    assert (me["role"], me["name"], len(me["places"])) == ("staff", "Helena", 2)


def test_a_person_of_two_shops_chooses_where_to_enter(
    client: TestClient, helena: Person, people: People, database: Database
) -> None:
    julia = people.owner("Outra Loja")
    invite(helena, julia.email)
    client.post(ACCEPT, json={"token": link(database, helena, "invitation"), "name": "Júlia", "password": PASSWORD})

    login = {"email": julia.email, "password": PASSWORD}
    asked = client.post("/v1/auth/session", json=login)

    assert (asked.status_code, asked.json()["code"]) == (409, "choose_shop")
    places = {place["name"]: place["organization_id"] for place in asked.json()["details"]}
    assert set(places) == {"Outra Loja", "Patas & Cia"}
    for name, organization_id in places.items():
        answer = client.post("/v1/auth/session", json={**login, "organization_id": organization_id})
        julia.token = answer.json()["data"]["access_token"]
        assert julia.get("/v1/me")["role"] == ("owner" if name == "Outra Loja" else "staff")


def test_an_invitation_is_the_owners_business(
    client: TestClient, helena: Person, people: People, database: Database
) -> None:
    invite(helena, new_email(), "manager")
    secret = link(database, helena, "invitation")
    answer = client.post(ACCEPT, json={"token": secret, "name": "Ana", "password": NEW_PASSWORD})
    manager = Person(client, "", answer.json()["data"]["access_token"])

    for method, path in (("GET", "/v1/invitations"), ("DELETE", f"/v1/invitations/{UUID(int=1)}")):
        assert manager.ask(method, path).json()["code"] == "forbidden"
    assert invite(manager, new_email()).json()["code"] == "forbidden"
    assert invite(manager, "not an address").status_code == 403


def test_a_withdrawn_invitation_opens_nothing_and_another_shops_is_not_there(
    client: TestClient, helena: Person, people: People, database: Database
) -> None:
    made = invite(helena, new_email()).json()["data"]["id"]
    secret, other = link(database, helena, "invitation"), people.owner("Outra Loja")

    assert other.get("/v1/invitations") == []
    strange, none = (other.ask("DELETE", f"/v1/invitations/{each}") for each in (made, UUID(int=1)))
    assert (strange.status_code, strange.json()) == (none.status_code, none.json())
    assert strange.status_code == 404
    assert client.post(OPEN, json={"token": secret}).status_code == 200

    assert helena.ask("DELETE", f"/v1/invitations/{made}").status_code == 204
    assert client.post(OPEN, json={"token": secret}).status_code == 410


def test_an_invitation_that_is_asked_for_twice_by_the_same_key_is_one(helena: Person, around: Surroundings) -> None:
    email = new_email()

    first, second = (
        helena.ask("POST", "/v1/invitations", {"email": email}, **{"idempotency-key": "the same"}) for _ in range(2)
    )

    assert first.json()["data"] == second.json()["data"]
    assert len(helena.get("/v1/invitations")) == 1
    assert len(around.hints("automations")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "julia"}, "email"),
        ({"email": "julia@example.com\nBcc: all@example.com"}, "email"),
        ({"email": "julia@example.com", "role": "super_admin"}, "role"),
        ({"email": "julia@example.com", "organization_id": str(UUID(int=1))}, "organization_id"),
        ({}, "email"),
    ],
)
def test_an_invitation_that_is_not_right_names_the_field(helena: Person, body: dict[str, Any], field: str) -> None:
    answer = helena.ask("POST", "/v1/invitations", body)

    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["details"]] == [field]


def test_a_full_team_and_a_second_invitation_are_refused(helena: Person, people: People) -> None:
    email = new_email()
    assert invite(helena, email).status_code == 201

    assert invite(helena, email.upper()).json()["code"] == "already_invited"
    assert invite(helena, new_email()).json()["code"] == "team_is_full"
    assert invite(helena, helena.email).json()["code"] == "already_on_the_team"


def test_a_forgotten_password_is_set_anew_by_the_link_of_a_mail(
    client: TestClient, helena: Person, database: Database, around: Surroundings
) -> None:
    assert client.post(ASK, json={"email": helena.email.upper()}).status_code == 202
    secret = link(database, helena, "password_reset")

    weak = client.post(RESET, json={"token": secret, "password": "curta"})
    done = client.post(RESET, json={"token": secret, "password": NEW_PASSWORD})

    assert (weak.status_code, weak.json()["code"], weak.json()["details"]) == (
        422,
        "weak_password",
        {"reason": "too_short"},
    )
    assert done.status_code == 200
    assert helena.ask("GET", "/v1/me").json()["code"] == "session_ended"
    assert client.post("/v1/auth/refresh").status_code == 401
    assert client.post(RESET, json={"token": secret, "password": PASSWORD}).status_code == 410
    assert client.post("/v1/auth/session", json={"email": helena.email, "password": NEW_PASSWORD}).status_code == 201


def test_nobody_learns_by_asking_for_a_link_who_has_an_account(
    client: TestClient, helena: Person, around: Surroundings
) -> None:
    def asked(email: str) -> tuple[int, Any, int, int]:
        around.aws.begin_test()
        answer = client.post(ASK, json={"email": email})
        body = {name: value for name, value in answer.json().items() if name != "meta"}
        return answer.status_code, body, len(around.aws.calls), len(around.hints("automations"))

    assert asked(helena.email) == asked("ninguem@example.com") == (202, {"success": True, "data": None}, 1, 1)


def test_a_reset_does_not_go_around_the_second_factor(
    client: TestClient, helena: Person, database: Database, clock: Clock
) -> None:
    turn_on(helena, clock)
    client.post(ASK, json={"email": helena.email})
    client.post(RESET, json={"token": link(database, helena, "password_reset"), "password": NEW_PASSWORD})

    answer = client.post("/v1/auth/session", json={"email": helena.email, "password": NEW_PASSWORD})

    assert answer.json()["data"]["second_factor"] is True


def test_a_new_password_is_set_with_the_old_one_and_others_are_signed_out(
    client: TestClient, helena: Person, around: Surroundings
) -> None:
    answer = client.post("/v1/auth/session", json={"email": helena.email, "password": PASSWORD})
    elsewhere = Person(client, helena.email, answer.json()["data"]["access_token"])
    path = "/v1/auth/password"

    wrong = helena.ask("PUT", path, {"current": "outra", "new": NEW_PASSWORD})
    weak = helena.ask("PUT", path, {"current": PASSWORD, "new": "password1234"})
    done = helena.ask("PUT", path, {"current": PASSWORD, "new": NEW_PASSWORD})

    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    assert weak.json()["details"] == {"reason": "too_common"}
    assert done.status_code == 200
    assert helena.ask("GET", "/v1/me").status_code == 200
    assert elsewhere.ask("GET", "/v1/me").status_code == 401
    # The sockets of the sessions that ended are closed by whoever publishes.
    assert around.hints("changes")


@pytest.mark.parametrize("path", [OPEN, ACCEPT, RESET])
@pytest.mark.parametrize("token", ["", "x", "a" * 19, "a" * 101, "../../etc/passwd-and-more", "ç" * 43, None, 1])
def test_a_link_that_cannot_be_ours_is_refused(client: TestClient, path: str, token: Any) -> None:
    answer = client.post(path, json={"token": token, "name": "Ana", "password": PASSWORD})

    assert answer.status_code == 422


def test_a_shop_that_is_suspended_invites_nobody_in(
    client: TestClient, helena: Person, database: Database, owner: psycopg.Connection
) -> None:
    invite(helena, new_email())
    secret, shop = link(database, helena, "invitation"), helena.get("/v1/me")["organization_id"]
    owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [shop])

    assert client.post(OPEN, json={"token": secret}).status_code == 410
    assert helena.ask("GET", "/v1/me").json()["code"] == "organization_unavailable"
    login = client.post("/v1/auth/session", json={"email": helena.email, "password": PASSWORD})
    assert (login.status_code, login.json()["code"]) == (403, "organization_unavailable")

"""Whoever is signed in: their data, their devices, and what support and programs may not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from functions.serve_api.access import SCOPES
from tests.api.authenticator import Authenticator, turn_on
from tests.api.people import PASSWORD, People, Person
from tests.factories_identity import told
from tests.postgres import Clock


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


def signed_in_again(client: TestClient, person: Person, device: str = "Telefone") -> Person:
    answer = client.post(
        "/v1/auth/session", json={"email": person.email, "password": PASSWORD}, headers={"user-agent": device}
    )
    return Person(client, person.email, answer.json()["data"]["access_token"])


def test_a_person_changes_what_is_theirs_and_the_rest_stays(helena: Person) -> None:
    assert helena.ask("PATCH", "/v1/me", {"phone": "+5511987654321", "name": " Helena Duarte "}).status_code == 200
    me = helena.get("/v1/me")
    assert (me["name"], me["phone"], me["locale"]) == ("Helena Duarte", "+5511987654321", "pt-BR")

    assert helena.ask("PATCH", "/v1/me", {"phone": None, "locale": "en", "name": None}).status_code == 200
    me = helena.get("/v1/me")
    assert (me["name"], me["phone"], me["locale"]) == ("Helena Duarte", None, "en")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "x" * 121},
        {"phone": "11 98765-4321"},
        {"locale": "fr"},
        {"email": "outra@example.com"},
        {"role": "super_admin"},
        {"is_platform": True},
        {"organization_id": str(UUID(int=1))},
    ],
)
def test_what_is_not_theirs_to_change_is_refused(helena: Person, body: dict[str, Any]) -> None:
    before = helena.get("/v1/me")

    assert helena.ask("PATCH", "/v1/me", body).status_code == 422

    assert helena.get("/v1/me") == before


def test_a_person_sees_where_they_are_signed_in_and_signs_out_there(client: TestClient, helena: Person) -> None:
    phone = signed_in_again(client, helena)
    listed = helena.get("/v1/me/sessions")
    assert {(each["device"], each["is_this"]) for each in listed} == {("testclient", True), ("Telefone", False)}
    there = next(each["id"] for each in listed if each["device"] == "Telefone")

    assert helena.ask("DELETE", f"/v1/me/sessions/{there}").status_code == 204

    assert phone.ask("GET", "/v1/me").json()["code"] == "session_ended"
    assert helena.ask("DELETE", f"/v1/me/sessions/{there}").status_code == 404
    assert len(helena.get("/v1/me/sessions")) == 1


def test_a_person_signs_out_everywhere_else(client: TestClient, helena: Person) -> None:
    others = [signed_in_again(client, helena) for _ in range(3)]

    assert helena.ask("DELETE", "/v1/me/sessions").status_code == 204

    assert {other.ask("GET", "/v1/me").status_code for other in others} == {401}
    assert helena.ask("GET", "/v1/me").status_code == 200


def test_somebody_elses_session_is_not_there(helena: Person, people: People) -> None:
    other = people.owner()
    (session,) = other.get("/v1/me/sessions")

    strange, none = (helena.ask("DELETE", f"/v1/me/sessions/{each}") for each in (session["id"], UUID(int=1)))

    assert strange.status_code == 404
    assert strange.json() == none.json()
    assert other.ask("GET", "/v1/me").status_code == 200


# Support.


@pytest.fixture
def support(people: People, owner: psycopg.Connection, clock: Clock) -> tuple[Person, Authenticator]:
    """Somebody of the house, with a second factor, and no place in the shop."""
    person = people.owner("A própria casa")
    owner.execute("UPDATE users SET is_platform = true WHERE email = %s", [person.email])
    app, _ = turn_on(person, clock)
    return person, app


def look_into(
    client: TestClient, person: Person, code: str, shop: str, *, reason: str = "A loja pediu ajuda", **changed: Any
) -> Any:
    body = {"email": person.email, "password": PASSWORD, "code": code, "organization_id": shop, "reason": reason}
    return client.post("/v1/auth/support-session", json={**body, **changed})


def test_support_looks_into_a_shop_for_some_minutes_and_the_shop_is_told_who_and_why(
    client: TestClient, helena: Person, support: tuple[Person, Authenticator], clock: Clock, database: Database
) -> None:
    person, app = support
    shop = helena.get("/v1/me")["organization_id"]
    clock.move(timedelta(seconds=30))

    answer = look_into(client, person, app.code(), shop)

    assert answer.status_code == 201
    inside = Person(client, person.email, answer.json()["data"]["access_token"])
    me = inside.get("/v1/me")
    assert (me["organization_id"], me["role"], me["is_support"]) == (shop, "super_admin", True)
    who = person.get("/v1/me")["id"]
    organization_id = OrganizationId(UUID(shop))
    assert told(database, organization_id)[-1][:2] == ("support_began", f"support:{who}")
    with database.transaction(organization_id, "test") as tx:
        reason = tx.execute(
            "SELECT after ->> 'reason' FROM audit WHERE table_name = 'access_events' ORDER BY id DESC LIMIT 1"
        )
        assert reason.fetchone() == ("A loja pediu ajuda",)
        assert tx.execute("SELECT kind, level, detail ->> 'reason' FROM notifications").fetchall() == [
            ("support_session", "warning", "A loja pediu ajuda")
        ]
    clock.move(timedelta(minutes=14))
    assert client.post("/v1/auth/refresh").status_code == 200
    clock.move(timedelta(minutes=7))
    assert client.post("/v1/auth/refresh").status_code == 401
    assert inside.ask("GET", "/v1/me").status_code == 401


def test_what_support_changes_is_told_under_its_own_name_and_who_may_come_in_it_does_not_change(
    client: TestClient, helena: Person, support: tuple[Person, Authenticator], clock: Clock, database: Database
) -> None:
    person, app = support
    clock.move(timedelta(seconds=30))
    shop = helena.get("/v1/me")["organization_id"]
    token = look_into(client, person, app.code(), shop).json()["data"]["access_token"]
    inside = Person(client, person.email, token)

    refused = [
        inside.ask("POST", "/v1/api-keys", {"name": "Mine", "scopes": [min(SCOPES)]}),
        inside.ask("POST", "/v1/invitations", {"email": "me@example.com", "role": "owner"}),
        inside.ask("PATCH", f"/v1/team/{UUID(int=1)}", {"role": "owner"}),
        inside.ask("DELETE", f"/v1/team/{UUID(int=1)}/sessions"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "not_for_support")}
    assert inside.get("/v1/team")[0]["email"] == helena.email
    assert inside.ask("DELETE", "/v1/auth/session").status_code == 204
    assert inside.ask("GET", "/v1/me").status_code == 401


def test_nobody_else_looks_into_a_shop_and_nobody_learns_why_not(
    client: TestClient,
    helena: Person,
    people: People,
    support: tuple[Person, Authenticator],
    clock: Clock,
    owner: psycopg.Connection,
) -> None:
    person, app = support
    clock.move(timedelta(seconds=30))
    shop = helena.get("/v1/me")["organization_id"]
    with_factor, bare = people.owner(), people.owner()
    other_app, _ = turn_on(with_factor, clock)
    owner.execute("UPDATE users SET is_platform = true WHERE email = %s", [bare.email])
    clock.move(timedelta(seconds=30))

    answers = [
        look_into(client, with_factor, other_app.code(), shop),
        look_into(client, bare, "123456", shop),
        look_into(client, helena, "123456", shop),
        look_into(client, person, app.code(), shop, password="errada"),
        look_into(client, person, app.code(), str(UUID(int=1))),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "wrong_login")}
    assert look_into(client, person, app.wrong_code(), shop).json()["code"] == "wrong_code"


@pytest.mark.parametrize("changed", [{"minutes": 14}, {"minutes": 31}, {"reason": "curto"}, {"reason": "x" * 301}])
def test_support_comes_for_a_quarter_to_half_an_hour_and_with_a_reason(
    client: TestClient, helena: Person, support: tuple[Person, Authenticator], changed: dict[str, Any]
) -> None:
    person, app = support
    shop = helena.get("/v1/me")["organization_id"]

    assert look_into(client, person, app.code(), shop, **changed).status_code == 422


def test_who_leaves_the_house_is_out_of_the_shops_at_once(
    client: TestClient,
    helena: Person,
    support: tuple[Person, Authenticator],
    clock: Clock,
    owner: psycopg.Connection,
) -> None:
    person, app = support
    clock.move(timedelta(seconds=30))
    shop = helena.get("/v1/me")["organization_id"]
    answer = look_into(client, person, app.code(), shop)
    inside = Person(client, person.email, answer.json()["data"]["access_token"])
    assert inside.ask("GET", "/v1/me").status_code == 200

    owner.execute("UPDATE users SET is_platform = false WHERE email = %s", [person.email])

    assert inside.ask("GET", "/v1/me").status_code == 401
    assert client.post("/v1/auth/refresh").status_code == 401


# Keys of programs.


def make_key(person: Person, **changed: Any) -> Any:
    return person.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": [min(SCOPES)], **changed})


def program(client: TestClient, secret: str, method: str, path: str) -> Any:
    return client.request(
        method,
        path,
        headers={"authorization": f"Bearer {secret}", "idempotency-key": "x"},
        json={} if method != "GET" else None,
    )


def test_a_key_is_shown_once_also_to_whoever_asks_again(helena: Person, owner: psycopg.Connection) -> None:
    given: dict[str, Any] = {"name": "Site", "scopes": [min(SCOPES)]}
    first, again = (
        helena.ask("POST", "/v1/api-keys", given, **{"idempotency-key": "the same"}).json()["data"] for _ in range(2)
    )

    assert first["secret"].startswith("auzap_")
    assert again == {**first, "secret": None}
    (listed,) = helena.get("/v1/api-keys")
    assert "secret" not in listed
    with owner.transaction():
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [helena.get("/v1/me")["organization_id"]])
        kept = owner.execute("SELECT response::text FROM idempotency_keys").fetchall()
    assert first["secret"] not in str(kept)


def test_a_revoked_key_is_refused_from_the_next_request_on(client: TestClient, helena: Person) -> None:
    made = make_key(helena).json()["data"]
    assert program(client, made["secret"], "GET", "/v1/me").status_code == 403

    assert helena.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 204

    answer = program(client, made["secret"], "GET", "/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    assert helena.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me"),
        ("PATCH", "/v1/me"),
        ("GET", "/v1/me/sessions"),
        ("DELETE", "/v1/me/sessions"),
        ("GET", "/v1/team"),
        ("GET", "/v1/invitations"),
        ("POST", "/v1/invitations"),
        ("GET", "/v1/api-keys"),
        ("POST", "/v1/api-keys"),
        ("PUT", "/v1/auth/password"),
        ("POST", "/v1/auth/second-factor"),
        ("DELETE", "/v1/auth/session"),
    ],
)
def test_a_key_with_every_scope_makes_changes_and_ends_nobodys_access(
    client: TestClient, helena: Person, method: str, path: str
) -> None:
    secret = make_key(helena, scopes=sorted(SCOPES)[:30]).json()["data"]["secret"]

    answer = program(client, secret, method, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_no_scope_speaks_of_peoples_access() -> None:
    assert not {scope.partition(":")[0] for scope in SCOPES} & {"auth", "me", "team", "invitations", "api-keys"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scopes": ["everything:write"]}, "unknown_scope"),
        ({"scopes": ["team:read"]}, "unknown_scope"),
        ({"scopes": []}, "invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "already_over"),
        ({"expires_at": "2030-01-01T00:00:00"}, "invalid"),
        ({"name": ""}, "invalid"),
    ],
)
def test_a_key_that_is_not_right_is_refused(helena: Person, changed: dict[str, Any], code: str) -> None:
    answer = make_key(helena, **changed)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_another_shops_key_is_not_there(client: TestClient, helena: Person, people: People) -> None:
    made = make_key(helena).json()["data"]
    other = people.owner()

    assert other.get("/v1/api-keys") == []
    assert other.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 404
    assert program(client, made["secret"], "GET", "/v1/me").status_code == 403

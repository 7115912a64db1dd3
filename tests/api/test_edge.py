"""What comes in: through the edge alone, from an address that the edge vouches for, and without NUL."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from functions.serve_api.edge import LONGEST_DEVICE
from tests.api.people import PASSWORD, People
from tests.api.surroundings import Surroundings
from tests.factories_identity import told

OLD, NEW, NEXT = "the-value-of-before-1234567890", "the-value-of-now-1234567890", "the-value-to-come-1234567890"


def health(client: TestClient, shown: str | None) -> int:
    headers = {} if shown is None else {b"x-auzap-origin": shown.encode("latin-1")}
    return client.get("/v1/health", headers=headers).status_code


@pytest.fixture
def guarded(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = around.keep_secret({"values": [OLD, NEW], "next": NEXT})
    monkeypatch.setenv("AUZAP_ORIGIN_SECRET", secret)


@pytest.mark.usefixtures("guarded")
def test_nobody_comes_around_the_edge(client: TestClient) -> None:
    for shown in (None, "", "wrong", OLD[:-1], OLD + "x", f"{OLD},{NEW}", "ç"):
        assert health(client, shown) == 403


@pytest.mark.usefixtures("guarded")
def test_while_it_is_rotated_the_value_of_before_of_now_and_the_next_hold(client: TestClient) -> None:
    assert [health(client, shown) for shown in (OLD, NEW, NEXT)] == [200, 200, 200]


@pytest.mark.parametrize("secret", [{"values": [], "next": ""}, {"values": [""]}, {"values": [None, 1, ["x"]]}, {}])
def test_a_secret_that_is_empty_lets_nobody_in(
    client: TestClient, around: Surroundings, monkeypatch: pytest.MonkeyPatch, secret: dict[str, Any]
) -> None:
    monkeypatch.setenv("AUZAP_ORIGIN_SECRET", around.keep_secret(secret))

    assert [health(client, shown) for shown in (None, "", "x", "None")] == [403] * 4


def addresses(client: TestClient, people: People, database: Database, **headers: str) -> set[str]:
    """What the trail says of where a sign-in came from."""
    helena = people.owner()
    shop = helena.get("/v1/me")["organization_id"]
    before = len(told(database, shop))
    body = {"email": helena.email, "password": PASSWORD}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    assert client.post("/v1/auth/session", json=body, headers=named).status_code == 201
    return {address for _, _, address in told(database, shop)[before:]}


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("203.0.113.7:46532", "203.0.113.7"),
        ("2001:db8::7:46532", "2001:db8::7"),
        ("[2001:db8::7]:46532", "2001:db8::7"),
        ("somebody:1", "testclient"),
        ("", "testclient"),
        ("203.0.113.7", "testclient"),
        ("1'; DROP TABLE audit;--:1", "testclient"),
    ],
)
def test_the_edge_says_where_a_request_came_from(
    client: TestClient, people: People, database: Database, said: str, known: str
) -> None:
    assert addresses(client, people, database, cloudfront_viewer_address=said) == {known}


def test_where_no_edge_stands_before_it_nobody_is_believed(
    client: TestClient, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUZAP_ENVIRONMENT", "production")

    found = addresses(
        client, people, database, cloudfront_viewer_address="203.0.113.7:1", x_forwarded_for="203.0.113.8"
    )

    assert found == {"testclient"}


def test_a_device_may_describe_itself_at_any_length(client: TestClient, people: People) -> None:
    helena = people.owner()
    body = {"email": helena.email, "password": PASSWORD}

    answer = client.post("/v1/auth/session", json=body, headers={"user-agent": "x" * 5_000})

    helena.token = answer.json()["data"]["access_token"]
    assert {len(each["device"]) for each in helena.get("/v1/me/sessions")} == {LONGEST_DEVICE, len("testclient")}


def test_nul_is_nowhere(client: TestClient, people: People) -> None:
    helena = people.owner()

    assert helena.ask("GET", "/v1/api-keys/a%00b").status_code in {404, 405}
    assert helena.ask("GET", "/v1/team?q=%00").status_code == 422
    given = {"authorization": f"Bearer {helena.token}", "content-type": "application/json"}
    assert client.patch("/v1/me", content=b'{"name": "Hele\\u0000na\\ud800"}', headers=given).status_code == 200
    assert helena.get("/v1/me")["name"] == "Hele\ufffdna\ufffd"


def test_in_production_the_cookie_is_of_this_host_alone_and_over_tls(
    client: TestClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUZAP_ENVIRONMENT", "production")
    helena = people.owner()

    answer = client.post("/v1/auth/session", json={"email": helena.email, "password": PASSWORD})

    cookie = answer.headers["set-cookie"]
    name, *attributes = [part.strip().lower() for part in cookie.split(";")]
    assert name.startswith("__host-auzap_refresh=")
    assert set(attributes) == {"httponly", "max-age=604800", "path=/", "samesite=strict", "secure"}
    assert client.post("/v1/auth/refresh").status_code == 200
    assert helena.ask("DELETE", "/v1/auth/session").status_code == 204
    assert "__Host-auzap_refresh" not in client.cookies


def test_a_cookie_that_cannot_be_ours_is_not_looked_for(client: TestClient, people: People) -> None:
    people.owner()
    client.cookies.clear()
    for value in (b"x" * 101, b"x" * 3_000, b"\xe9", b""):
        answer = client.post("/v1/auth/refresh", headers={b"cookie": b"auzap_refresh=" + value})

        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", "Basic eA==", "bearer x", "Bearer auzap_", "Bearer auzap_x", "Bearer a b", "x" * 9_000],
)
def test_without_a_good_token_nobody_is_let_in(client: TestClient, shown: str) -> None:
    answer = client.get("/v1/me", headers={"authorization": shown})

    assert answer.status_code == 401
    assert answer.json()["code"] in {"unauthorized", "session_ended"}

"""What comes in: through the edge alone, from where the edge says, out of no other site's page, and without NUL."""

from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from functions.serve_api.edge import LONGEST_DEVICE
from tests.api.people import PASSWORD, People
from tests.api.surroundings import Surroundings
from tests.factories_identity import told

OLD, NEW, NOW = "the-value-of-before-1234567890", "the-value-to-come-1234567890", "the-value-of-now-1234567890"


def health(client: TestClient, shown: str | None) -> int:
    headers = {} if shown is None else {b"x-auzap-origin": shown.encode("latin-1")}
    return client.get("/v1/health", headers=headers).status_code


@pytest.fixture
def guarded(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = around.keep_secret({"former": [OLD, NEW], "current": NOW})
    monkeypatch.setenv("AUZAP_ORIGIN_SECRET", secret)


@pytest.mark.usefixtures("guarded")
def test_nobody_comes_around_the_edge(client: TestClient) -> None:
    for shown in (None, "", "wrong", OLD[:-1], OLD + "x", f"{OLD},{NEW}", "ç"):
        assert health(client, shown) == 403


@pytest.mark.usefixtures("guarded")
def test_while_it_is_rotated_the_values_of_before_and_to_come_hold_beside_that_of_now(client: TestClient) -> None:
    assert [health(client, shown) for shown in (OLD, NOW, NEW)] == [200, 200, 200]


@pytest.mark.parametrize("secret", [{"former": [], "current": ""}, {"former": [""]}, {"former": [None, 1, ["x"]]}, {}])
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
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("somebody", "testclient"),
        ("", "testclient"),
        ("203.0.113.7, 198.51.100.1", "testclient"),
        ("1'; DROP TABLE audit;--", "testclient"),
    ],
)
def test_the_edge_says_where_a_request_came_from(
    client: TestClient, people: People, database: Database, said: str, known: str
) -> None:
    assert addresses(client, people, database, x_auzap_viewer=said) == {known}


def test_where_no_edge_stands_before_it_nobody_is_believed(
    client: TestClient, people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUZAP_ENVIRONMENT", "production")

    found = addresses(client, people, database, x_auzap_viewer="203.0.113.7", x_forwarded_for="203.0.113.8")

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


PANEL = "https://app.auzap.example"
OTHER_PAGES = [
    "null",
    f"{PANEL}.evil.example",
    "https://evil-app.auzap.example",
    "http://app.auzap.example",
    f"{PANEL}:8443",
]


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUZAP_PANEL_URL", PANEL)


def registration() -> dict[str, str]:
    address = f"helena-{uuid4()}@example.com"
    return {"shop_name": "Banho & Cia", "name": "Helena", "email": address, "password": PASSWORD}


def permissions(answer: Any) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize("origin", OTHER_PAGES)
def test_another_sites_page_neither_reads_nor_does_anything(client: TestClient, origin: str) -> None:
    given = registration()
    asked = {"origin": origin, "access-control-request-method": "POST"}
    preflight = client.options("/v1/auth/registration", headers=asked)
    done = client.post("/v1/auth/registration", json=given, headers={"origin": origin})
    read = client.get("/v1/health", headers={"origin": origin})

    assert preflight.status_code == 405
    assert (done.status_code, done.json()["code"]) == (403, "forbidden")
    assert [permissions(answer) for answer in (preflight, done, read)] == [[], [], []]
    # Nothing was done: the address is still free.
    assert client.post("/v1/auth/registration", json=given).status_code == 201


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_tells_of_another_sites_page_is_believed_over_its_origin(client: TestClient, site: str) -> None:
    answer = client.post("/v1/auth/refresh", headers={"sec-fetch-site": site, "origin": PANEL})

    assert answer.status_code == 403


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize("said", [{}, {"origin": PANEL}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_the_panels_own_page_and_programs_are_let_in(client: TestClient, said: dict[str, str]) -> None:
    assert client.post("/v1/auth/registration", json=registration(), headers=said).status_code == 201


@pytest.mark.parametrize("path", ["/v1/health", "/v1/me", "/v1/nothing-here"])
def test_no_answer_is_kept_on_the_way(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"

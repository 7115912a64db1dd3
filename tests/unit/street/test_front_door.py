"""The front door passes on what belongs to the HTTP API, unchanged, and says so when nobody is there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from infra.headers import API_HEADERS, security_headers
from local import ports
from local.front_door import BODY_LIMIT, FrontDoor
from local.street.config import ApiUpstream
from tests.unit.scripted_server import Answer, HangsUp, ScriptedServer, scripted

SOCKETS = "ws://127.0.0.1:8080"


@contextmanager
def door_to(port: int) -> Iterator[TestClient]:
    door = FrontDoor(ApiUpstream("127.0.0.1", port, "a1b2c3"), sockets=SOCKETS)

    with TestClient(Starlette(routes=door.routes(), lifespan=lambda _: door.open())) as client:
        yield client


@contextmanager
def door_before(*script: Answer | HangsUp) -> Iterator[tuple[TestClient, ScriptedServer]]:
    with scripted(*script) as api, door_to(int(api.url.rpartition(":")[2])) as client:
        yield client, api


@pytest.mark.parametrize(
    "path",
    [
        "/v1/bookings?day=2026-11-20&tag=a%2Fb",
        "/v1/pets/Jo%C3%A3o%20%2F1",
        "/webhooks/whatsapp?hub.mode=subscribe",
    ],
)
def test_the_path_and_the_query_arrive_as_they_were_written(path: str) -> None:
    with door_before(Answer()) as (client, api):
        client.get(path)

        assert api.requests[0].path == path


def test_health_is_asked_under_its_version() -> None:
    with door_before(Answer()) as (client, api):
        client.get("/health/database?deep=1")

        assert api.requests[0].path == "/v1/health/database?deep=1"


def test_the_emulator_is_told_which_api_is_meant() -> None:
    with door_before(Answer()) as (client, api):
        client.get("/v1/pets", headers={"Host": "127.0.0.1:8080"})

        headers = api.requests[0].headers
        port = api.url.rpartition(":")[2]
        assert headers["host"] == f"a1b2c3.execute-api.localhost:{port}"
        assert headers["x-forwarded-host"] == "127.0.0.1:8080"
        assert headers["x-forwarded-proto"] == "http"


def test_who_asks_is_told_by_the_door_and_not_by_themselves() -> None:
    with door_before(Answer()) as (client, api):
        client.get("/v1/pets", headers={"X-Auzap-Viewer": "203.0.113.7"})

        assert api.requests[0].headers["x-auzap-viewer"] == "testclient"


def test_body_and_headers_arrive_byte_for_byte() -> None:
    body = b'{"text": "Ol\\u00e1",\r\n "raw": "\xc3\xa9"}'
    with door_before(Answer()) as (client, api):
        client.post(
            "/webhooks/whatsapp",
            content=body,
            headers={"X-Hub-Signature-256": "sha256=abc", "Content-Type": "application/json", "Connection": "x"},
        )

        (request,) = api.requests
        assert (request.method, request.body) == ("POST", body)
        assert request.headers["x-hub-signature-256"] == "sha256=abc"
        assert request.headers["Content-Length"] == str(len(body))


def test_the_answer_comes_back_with_its_status_its_headers_and_its_bytes() -> None:
    answer = Answer(
        409, b"\x00\x01raw", {"Content-Type": "application/x-thing", "Set-Cookie": "a=1; HttpOnly", "X-Amzn-Id": "7"}
    )
    with door_before(answer) as (client, _):
        received = client.post("/v1/bookings", json={})

    assert (received.status_code, received.content) == (409, b"\x00\x01raw")
    assert received.headers["content-type"] == "application/x-thing"
    assert received.headers["set-cookie"] == "a=1; HttpOnly"
    assert received.headers["x-amzn-id"] == "7"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_passes(method: str) -> None:
    seen: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(204, content=empty())

    door = FrontDoor(ApiUpstream("127.0.0.1", 1, "api"), sockets=SOCKETS, transport=httpx.MockTransport(api))
    with TestClient(Starlette(routes=door.routes(), lifespan=lambda _: door.open())) as client:
        assert client.request(method, "/v1/pets/1").status_code == 204

    assert seen == [method]


async def empty() -> AsyncIterator[bytes]:
    yield b""


def test_an_api_that_is_down_is_a_502_in_the_projects_envelope() -> None:
    with door_to(ports.free()) as client:
        answer = client.get("/v1/pets")

    assert answer.status_code == 502
    body = answer.json()
    assert body["error"] is True
    assert body["code"] == "upstream_unavailable"
    assert "make run" in body["message"]
    assert isinstance(body["details"], dict)


def test_an_api_that_hangs_up_is_a_502_and_the_next_request_gets_through() -> None:
    with door_before(HangsUp(), Answer(body={"success": True})) as (client, _):
        assert client.get("/v1/pets").status_code == 502
        assert client.get("/v1/pets").json() == {"success": True}


def test_an_api_that_does_not_answer_in_time_is_a_504() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    door = FrontDoor(ApiUpstream("127.0.0.1", 1, "api"), sockets=SOCKETS, transport=httpx.MockTransport(api))
    with TestClient(Starlette(routes=door.routes(), lifespan=lambda _: door.open())) as client:
        answer = client.get("/v1/pets")

    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")


def test_ten_megabytes_pass_and_a_byte_more_does_not() -> None:
    with door_before(Answer()) as (client, api):
        assert client.post("/v1/imports", content=b"0" * BODY_LIMIT).status_code == 200
        refused = client.post("/v1/imports", content=b"0" * (BODY_LIMIT + 1))

        assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
        assert [len(request.body) for request in api.requests] == [BODY_LIMIT]


def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(11):
            yield b"0" * 1024 * 1024

    with door_before(Answer()) as (client, api):
        assert client.post("/v1/imports", content=endless()).status_code == 413
        assert api.requests == []


@pytest.mark.parametrize("path", ["/v1/pets", "/v1/nothing-here", "/health", "/health/database"])
def test_what_the_api_answers_carries_the_headers_of_the_edge(path: str) -> None:
    own = {"Cache-Control": "public, max-age=60", "X-Content-Type-Options": "sniff-away"}
    with door_before(Answer(404, b"{}", own)) as (client, api):
        answer = client.get(path)

    edge = security_headers(sockets=SOCKETS, media=api.url) | API_HEADERS
    assert {name: answer.headers.get_list(name) for name in edge} == {name: [value] for name, value in edge.items()}
    assert f"connect-src 'self' {SOCKETS} {api.url}" in answer.headers["content-security-policy"]


def test_what_the_door_says_itself_carries_them_too() -> None:
    with door_to(ports.free()) as client:
        assert client.get("/v1/pets").headers["x-content-type-options"] == "nosniff"


def test_the_webhook_is_answered_without_an_edge() -> None:
    with door_before(Answer()) as (client, _):
        assert "content-security-policy" not in client.post("/webhooks/whatsapp").headers


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("origin", ["null", "https://app.example.evil.test", "https://evil-app.example"])
def test_the_door_lets_no_other_page_read_an_answer(method: str, origin: str) -> None:
    with door_before(Answer()) as (client, _):
        answer = client.request(method, "/v1/pets", headers={"Origin": origin})

    assert not [name for name in answer.headers if name.startswith("access-control-")]

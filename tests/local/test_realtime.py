"""The socket of the panel through the deployed stack: from the ticket to the last word."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from tests.local.outside import Outside

pytestmark = pytest.mark.xdist_group("local-stack")
SOON = 30.0


@pytest.fixture(scope="module")
def outside(stack: dict[str, Any]) -> Iterator[Outside]:
    seen = Outside(stack)
    with seen.http:
        yield seen


def signed_in(outside: Outside) -> dict[str, str]:
    user = outside.endpoints["users"][0]
    answer = outside.http.post(
        f"{outside.endpoints['api']}/auth/session", json={"email": user["email"], "password": user["password"]}
    )
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['data']['access_token']}"}


def ticket(outside: Outside, headers: dict[str, str]) -> str:
    answer: httpx.Response = outside.http.post(
        f"{outside.endpoints['api']}/realtime/ticket", headers={**headers, "idempotency-key": uuid4().hex}
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()["data"]
    assert told["url"] == outside.endpoints["realtime"]
    return f"{told['url']}?ticket={told['ticket']}"


def say(socket: ClientConnection, **frame: Any) -> None:
    socket.send(json.dumps(frame))


def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of a kind; what comes before is of others."""
    while (frame := json.loads(socket.recv(SOON)))["type"] != kind:
        pass
    return frame


def test_a_conversation_is_watched_live_until_the_session_ends(outside: Outside) -> None:
    headers = signed_in(outside)
    address = ticket(outside, headers)
    with connect(address, proxy=None) as socket:
        say(socket, action="subscribe")
        start = next_of(socket, "subscribed")["position"]
        with pytest.raises(InvalidHandshake):
            connect(address, proxy=None)

        outside.writes("+5511900000077", "Oi! Vocês abrem no sábado?")
        events: list[dict[str, Any]] = []
        while not any(event["type"] == "message.created" for event in events):
            events += next_of(socket, "events")["events"]
        say(socket, action="here", conversation_id=None)
        assert len(next_of(socket, "presence")["people"]) == 1
        say(socket, action="ping")
        assert next_of(socket, "pong")["position"] > start

        assert outside.http.delete(f"{outside.endpoints['api']}/auth/session", headers=headers).status_code == 204
        next_of(socket, "session_ended")
        with pytest.raises(ConnectionClosed):
            socket.recv(SOON)

    message = next(event for event in events if event["type"] == "message.created")
    ((stored,),) = outside.rows("SELECT conversation_id::text FROM messages WHERE id = %s", [message["id"]])
    assert message["conversation_id"] == stored


def test_nobody_opens_a_socket_without_a_ticket(outside: Outside) -> None:
    with pytest.raises(InvalidHandshake):
        connect(f"{outside.endpoints['realtime']}?ticket=none", proxy=None)

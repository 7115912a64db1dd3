"""The front door passes a socket on to the WebSocket API: refused where it is refused, closed where it is closed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from local import ports
from local.socket_door import SocketDoor
from local.street.config import ApiUpstream


@contextmanager
def door_before(
    api: Callable[[ServerConnection], None], *, refuses: bool = False
) -> Iterator[tuple[TestClient, list[str]]]:
    asked: list[str] = []

    def judge(socket: ServerConnection, request: Request) -> Response | None:
        asked.append(request.path)
        return socket.respond(403, "no") if refuses else None

    with serve(api, "127.0.0.1", 0, process_request=judge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        door = SocketDoor(ApiUpstream("127.0.0.1", server.socket.getsockname()[1], "http", "a1b2c3"))
        with TestClient(Starlette(routes=door.routes())) as client:
            yield client, asked
        server.shutdown()
        thread.join()


def echo(socket: ServerConnection) -> None:
    for said in socket:
        socket.send(f"heard {said!s}")


def test_what_is_said_goes_both_ways_under_the_query_it_came_with() -> None:
    with door_before(echo) as (client, asked), client.websocket_connect("/realtime?ticket=a%2Fb") as socket:
        socket.send_text("ping")

        assert socket.receive_text() == "heard ping"
        assert asked == ["/_aws/execute-api/a1b2c3/realtime?ticket=a%2Fb"]


def test_who_is_refused_there_is_refused_here() -> None:
    with (
        door_before(echo, refuses=True) as (client, _),
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/realtime?ticket=none"),
    ):
        pass


def test_what_is_closed_there_is_closed_here_after_the_last_word() -> None:
    def last_word(socket: ServerConnection) -> None:
        socket.send("bye")

    with door_before(last_word) as (client, _), client.websocket_connect("/realtime") as socket:
        assert socket.receive_text() == "bye"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == 1000


def test_where_nobody_is_it_is_closed() -> None:
    door = SocketDoor(ApiUpstream("127.0.0.1", ports.free(), "http", "a1b2c3"))
    with (
        TestClient(Starlette(routes=door.routes())) as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/realtime"),
    ):
        pass

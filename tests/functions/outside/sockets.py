"""The management side of a WebSocket API: sockets that are open, gone, or take nothing, and what each was told."""

import json
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from werkzeug.serving import WSGIRequestHandler, make_server

PREFIX = "/realtime/@connections/"


@dataclass(slots=True)
class Sockets:
    """A socket that nobody has opened is gone. One that hangs is answered when the test lets it go."""

    url: str = ""
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    sizes: list[int] = field(default_factory=list[int])
    closed: list[str] = field(default_factory=list[str])
    hanging: set[str] = field(default_factory=set[str])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    let_go: threading.Event = field(default_factory=threading.Event)

    def open(self, connection_id: str) -> None:
        self.told[connection_id] = []

    def take(self, connection_id: str) -> list[dict[str, Any]]:
        """What came over it since it was last looked at."""
        taken, self.told[connection_id] = self.told[connection_id], []
        return taken

    def drop(self, connection_id: str) -> None:
        """Its client is away, without a word."""
        del self.told[connection_id]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        connection_id = unquote(environ["PATH_INFO"].removeprefix(PREFIX))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method = environ["REQUEST_METHOD"]
        self.calls.append((method, connection_id))
        if connection_id in self.hanging:
            self.let_go.wait(20)
        if connection_id not in self.told:
            start_response("410 Gone", [("Content-Type", "application/json")])
            return [b'{"message": "Gone"}']
        if method == "DELETE":
            self.drop(connection_id)
            self.closed.append(connection_id)
            start_response("204 No Content", [])
            return []
        self.sizes.append(len(body))
        self.told[connection_id].append(json.loads(body))
        start_response("200 OK", [])
        return []


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        """Nothing: a test shows what it asserts."""


@contextmanager
def serving() -> Generator[Sockets]:
    sockets = Sockets()
    server = make_server("127.0.0.1", 0, sockets, threaded=True, request_handler=_Quiet)
    sockets.url = f"http://127.0.0.1:{server.server_port}/realtime"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield sockets
    finally:
        sockets.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()

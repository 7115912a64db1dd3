"""A server on loopback that answers what a test has written down, and keeps what it was asked."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    # After the answer, and without a word of it in the answer.
    hangs_up: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Hangs:
    """Reads the request and never answers."""


class HangsUp:
    """Reads the request and closes the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class ScriptedServer:
    """The last line of the script is repeated for as long as somebody asks."""

    url: str
    script: list[Answer | Hangs | HangsUp]
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_line(self, request: Request) -> Answer | Hangs | HangsUp:
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def scripted(*script: Answer | Hangs | HangsUp) -> Generator[ScriptedServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    # A client may keep its connection to the end of the test.
    server.daemon_threads = True
    server.block_on_close = False
    playing = ScriptedServer(f"http://127.0.0.1:{server.server_port}", list(script))
    server.playing = playing  # pyright: ignore[reportAttributeAccessIssue]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield playing
    finally:
        playing.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        playing: ScriptedServer = self.server.playing  # pyright: ignore[reportAttributeAccessIssue]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = playing.next_line(Request(self.command, self.path, dict(self.headers), body))
        match line:
            case Hangs():
                playing.closing.wait()
                self.close_connection = True
            case HangsUp():
                self.close_connection = True
            case Answer():
                self.send_response(line.status)
                for name, value in {"Content-Type": "application/json", **line.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(line.content)))
                self.end_headers()
                self.wfile.write(line.content)
                self.close_connection = line.hangs_up

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gave it
        """Nothing: a test shows what it asserts."""

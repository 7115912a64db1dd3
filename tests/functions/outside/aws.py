"""AWS on loopback: moto's server, with every call kept, refused on demand, and no delay that a test would wait for."""

import io
import json
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

type Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Call:
    """What one of our functions asked of AWS, and what it was answered."""

    operation: str
    asked: dict[str, Any]
    answer: dict[str, Any]


@dataclass(slots=True)
class Aws:
    """A WSGI application in front of moto's. `DelaySeconds` is taken out and kept: the tests' clock honours it."""

    moto: Wsgi
    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    refusals: dict[str, str] = field(default_factory=dict[str, str])

    def refuse(self, operation: str, code: str = "ServiceUnavailable") -> None:
        """From now on, until it is allowed again."""
        self.refusals[operation] = code

    def allow(self, operation: str) -> None:
        del self.refusals[operation]

    def begin_test(self) -> None:
        self.calls.clear()
        self.refusals.clear()

    def of(self, operation: str) -> list[Call]:
        return [call for call in self.calls if call.operation == operation]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET")
        operation = target.partition(".")[2] if target else f"{environ['REQUEST_METHOD']} object"
        if code := self.refusals.get(operation):
            start_response("503 Service Unavailable", [("Content-Type", "application/json")])
            return [json.dumps({"__type": code}).encode()]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked: dict[str, Any] = json.loads(body) if target else {"path": environ["PATH_INFO"]}
        if operation == "SendMessage":
            body = json.dumps({name: value for name, value in asked.items() if name != "DelaySeconds"}).encode()
            environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(self.moto(environ, start_response))
        self.calls.append(Call(operation, asked, json.loads(answer) if target and answer else {}))
        return [answer]


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        """Nothing: a test shows what it asserts."""


@contextmanager
def serving() -> Generator[Aws]:
    aws = Aws(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, aws, threaded=True, request_handler=_Quiet)
    aws.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

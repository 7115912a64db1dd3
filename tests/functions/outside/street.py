"""Everything outside our walls that speaks HTTP, on one loopback server: the Graph API, the model, an address to call back."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.street import graph, mail, street
from local.street import model as offline
from local.street.config import Account, ApiUpstream, StreetConfig
from local.street.graph_errors import GraphError
from local.street.offline_model.dialect import BadRequest
from local.street.street import Street
from tests.functions.outside.model import Model, Trouble


@dataclass(slots=True)
class Outside:
    """What one test meets outside: a street with the shop's number, a model, and what was called back."""

    url: str
    street: Street
    model: Model = field(default_factory=Model)
    webhooks: list[bytes] = field(default_factory=list[bytes])
    callbacks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    # Called with every request to the model and to the Graph API, before it is answered.
    on_call: Callable[[], None] = lambda: None
    lost_answers: int = 0

    @property
    def graph_url(self) -> str:
        return f"{self.url}/graph/v26.0"

    @property
    def model_url(self) -> str:
        return f"{self.url}/model/v1"

    @property
    def sends(self) -> list[dict[str, Any]]:
        """Every attempt to send a message, accepted or not, without the read marks."""
        return [attempt for attempt in self.street.attempts if attempt.get("kind") == "send"]

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [attempt for attempt in self.sends if attempt["status"] == 200]

    @property
    def texts(self) -> list[str]:
        """What the shop's customers have received, in order."""
        return [text_sent(attempt["payload"]) for attempt in self.accepted]

    def fail(self, kind: str, **script: Any) -> None:
        """Put a fault on the street's script."""
        self.street.faults.add({"kind": kind, **script})

    def take_webhooks(self) -> list[bytes]:
        """The delivery statuses that Meta has to tell by now."""
        self.street.deliveries.deliver_due()
        taken, self.webhooks[:] = list(self.webhooks), []
        return taken

    def application(self) -> ASGIApp:
        app = Starlette(
            routes=[
                *graph.routes(),
                *mail.routes(),
                Route("/model/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/model/v1/embeddings", offline.answering(offline.embeddings_of), methods=["POST"]),
                Route("/webhook", self._webhook, methods=["POST"]),
                Route("/callback", self._callback, methods=["PUT"]),
            ],
            exception_handlers={GraphError: graph.refuse},
        )
        app.state.street = self.street

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            self.requests.append((scope["method"], scope["path"]))
            if scope["path"].startswith(("/graph", "/model", "/v2/email")):
                await run_in_threadpool(self.on_call)
            await app(scope, receive, self._breaking_off(send) if scope["path"].endswith("/messages") else send)

        return watched

    def _breaking_off(self, send: Send) -> Send:
        """The message is accepted, and the connection breaks in the middle of the answer that says so."""

        async def broken(message: Message) -> None:
            is_lost = self.lost_answers and self.street.attempts[-1].get("kind") == "send"
            if is_lost and message["type"] == "http.response.body":
                self.lost_answers -= 1
            else:
                await send(message)

        return broken

    async def _complete(self, request: Request) -> Response:
        body = await request.body()
        try:
            said = await run_in_threadpool(self.model.complete, body)
        except BadRequest as refused:
            return JSONResponse(refused.body(), status_code=400)
        if isinstance(said, Trouble):
            return JSONResponse({"error": {"message": "as the test wants it"}}, said.status, said.headers)
        return JSONResponse(said)

    async def _webhook(self, request: Request) -> Response:
        self.webhooks.append(await request.body())
        return Response()

    async def _callback(self, request: Request) -> Response:
        self.callbacks.append(await request.json())
        return Response()


class Server:
    """Stays for the session; each test sets what stands behind it."""

    def __init__(self, listening: socket.socket) -> None:
        self.port: int = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.application is not None
        await self.application(scope, receive, send)

    @contextmanager
    def standing(self, account: Account, **more: Any) -> Generator[Outside]:
        described: dict[str, Any] = {
            # What it links to is on this server too.
            "port": self.port,
            "app_secret": "of-the-tests",
            "verify_token": "of-the-tests",
            "accounts": (account,),
            "owner_phone": "5511999990000",
            "webhook_url": f"{self.url}/webhook",
            "api": ApiUpstream("127.0.0.1", 1, "none"),
            "delivery_seconds": 0,
        }
        config = StreetConfig(**described | more)
        outside = Outside(self.url, street.build(config))
        self.application = outside.application()
        try:
            yield outside
        finally:
            outside.street.deliveries.stop()


@contextmanager
def serving() -> Generator[Server]:
    # Listening from the start: whoever calls early waits in the socket's queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(listening)
        running = uvicorn.Server(
            uvicorn.Config(server, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield server
        finally:
            running.should_exit = True
            thread.join()


def text_sent(payload: dict[str, Any]) -> str:
    if payload["type"] == "interactive":
        return payload["interactive"]["body"]["text"]
    return payload["text"]["body"]

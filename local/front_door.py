"""The one address of the local stack: what belongs to AuZap's HTTP API is passed on to the emulator."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from infra.headers import API_HEADERS, security_headers
from local.street.config import ApiUpstream

# API Gateway's own limits for an HTTP API.
BODY_LIMIT = 10 * 1024 * 1024
PATIENCE_SECONDS = 30.0
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
VIEWER = b"x-auzap-viewer"
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)


class TooLarge(Exception):
    """The body exceeds what the HTTP API takes."""


class FrontDoor:
    def __init__(self, api: ApiUpstream, *, sockets: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._api = api
        # Files are in the emulator, too.
        self._headers = security_headers(sockets=sockets, media=api.url) | API_HEADERS
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
        self._client = httpx.AsyncClient(
            base_url=api.url,
            timeout=httpx.Timeout(PATIENCE_SECONDS, connect=2.0),
            limits=limits,
            transport=transport,
            trust_env=False,
            # Plain HTTP on loopback: no certificates to load, and none to trust.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def routes(self) -> list[BaseRoute]:
        edge = [
            Route(path, self.answer, methods=METHODS) for path in ("/v1/{rest:path}", "/health", "/health/{rest:path}")
        ]
        # No browser is there, and no CloudFront.
        return [*edge, Route("/webhooks/{rest:path}", self.pass_on, methods=METHODS)]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._client:
            yield

    async def answer(self, request: Request) -> Response:
        """As CloudFront answers, which has its own word on these headers."""
        response = await self.pass_on(request)
        for name, value in self._headers.items():
            response.headers[name] = value
        return response

    async def pass_on(self, request: Request) -> Response:
        try:
            body = await read_body(request)
            answer = await self._client.send(self._onward(request, body), stream=True)
        except TooLarge:
            return failure(413, "body_too_large", "O corpo da requisição passa de 10 MB.")
        except httpx.TimeoutException:
            return failure(504, "upstream_timeout", "A API local demorou mais de 30 segundos para responder.")
        except httpx.TransportError:
            return failure(
                502, "upstream_unavailable", "A API local não está respondendo. Veja se o `make run` continua de pé."
            )
        response = StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP
        ]
        return response

    def _onward(self, request: Request, body: bytes) -> httpx.Request:
        headers = [
            (name, value)
            for name, value in request.headers.raw
            if name not in HOP_BY_HOP and name not in {b"host", b"content-length", VIEWER}
        ]
        client = request.client.host if request.client else "127.0.0.1"
        headers += [
            (b"host", self._api.host_header.encode()),
            (b"x-forwarded-for", client.encode()),
            # As the edge tells it, whatever the client said.
            (VIEWER, client.encode()),
            (b"x-forwarded-proto", request.url.scheme.encode()),
            (b"x-forwarded-host", request.headers.get("host", "").encode()),
        ]
        # The path as it came: a decoded one would be another resource.
        target = request.scope["raw_path"]
        if target.startswith(b"/health"):
            # The emulator answers this path for itself; the API has the same under its version.
            target = b"/v1" + target
        if request.scope["query_string"]:
            target += b"?" + request.scope["query_string"]
        url = self._client.base_url.copy_with(raw_path=target)
        return self._client.build_request(request.method, url, content=body or None, headers=headers)


async def read_body(request: Request) -> bytes:
    """The raw bytes, whole, as API Gateway takes them: a signature is computed over exactly these."""
    if int(request.headers.get("content-length", 0)) > BODY_LIMIT:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def failure(status: int, code: str, message: str) -> Response:
    body: dict[str, Any] = {
        "error": True,
        "message": message,
        "code": code,
        "details": {"at": datetime.now(UTC).isoformat()},
    }
    return JSONResponse(body, status_code=status)

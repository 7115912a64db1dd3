"""How the model's SDK reaches the model: over a kept connection of ours, at half of what its own costs for each request."""

import ssl
import time
from urllib.parse import urlsplit

import httpx2

from auzap.aws.connection import Connection

# Who forgets a connection on the way does it later, and may not tell.
KEPT_SECONDS = 60.0
# A hundred vectors of texts are a few million characters.
LARGEST_ANSWER = 32 * 1024 * 1024


class Wire(httpx2.BaseTransport):
    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._connections: dict[bytes, Connection] = {}
        self._used_at = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        connection = self._connection(request)
        try:
            connection.wake()
            status, head, body = connection.exchange_whole(_written(request))
        except OSError as failed:
            connection.close()
            kind = httpx2.ReadTimeout if isinstance(failed, TimeoutError) else httpx2.NetworkError
            raise kind(type(failed).__name__, request=request) from failed
        return httpx2.Response(status, headers=_fields(head), content=body)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _connection(self, request: httpx2.Request) -> Connection:
        seconds: float = request.extensions["timeout"]["read"]
        origin = request.url.raw_scheme + b"://" + request.url.netloc
        connection = self._connections.get(origin)
        if connection is None:
            connection = Connection(urlsplit(origin.decode()), seconds, tls=self._tls, most=LARGEST_ANSWER)
            self._connections[origin] = connection
        now = time.monotonic()
        if now - self._used_at > KEPT_SECONDS:
            connection.close()
        self._used_at = now
        connection.wait_at_most(seconds)
        return connection


def _written(request: httpx2.Request) -> bytes:
    head = b"".join([b"%b: %b\r\n" % field for field in request.headers.raw])
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (request.method.encode(), request.url.raw_path, head, request.read())


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The first line is the status; what follows are names and values."""
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [(name.strip(), value.strip()) for name, _, value in lines]

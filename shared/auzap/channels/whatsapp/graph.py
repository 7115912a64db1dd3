"""The Graph API, over one kept connection."""

import functools
import http.client
import json
import select
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from auzap import tls
from auzap.loose import mapping

LARGEST_ANSWER = 1024 * 1024


class GraphError(Exception):
    """The Graph API refused, failed, or did not answer.

    `may_have_happened` is true where the request was sent and no answer came: the message may be on its way.
    """

    def __init__(self, code: int, detail: str, *, status: int = 0, may_have_happened: bool = False) -> None:
        super().__init__(f"{code} ({status}): {detail}")
        self.code = code
        self.status = status
        self.detail = detail
        self.may_have_happened = may_have_happened


@dataclass(frozen=True, slots=True)
class Graph:
    url: str
    timeout: float = 10

    def post(self, number: str, token: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send one message, or a read mark, from a number."""
        return self._call("POST", f"/{number}/messages", token, json.dumps(message).encode())

    def get(self, path: str, token: str) -> dict[str, Any]:
        return self._call("GET", path, token, None)

    def _call(self, method: str, path: str, token: str, body: bytes | None) -> dict[str, Any]:
        parts = urlsplit(self.url)
        connection = _connection(parts.scheme, parts.netloc, self.timeout)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            _wake(connection)
        except OSError as failed:
            raise GraphError(0, type(failed).__name__) from failed
        try:
            connection.request(method, parts.path + path, body, headers)
            response = connection.getresponse()
            status, answer = response.status, response.read(LARGEST_ANSWER)
            if response.length or len(answer) == LARGEST_ANSWER:
                raise http.client.HTTPException("an answer cut short, or too large")
        except (OSError, http.client.HTTPException) as failed:
            connection.close()
            raise GraphError(0, type(failed).__name__, may_have_happened=method == "POST") from failed
        return _read(status, answer)


def _wake(connection: http.client.HTTPConnection) -> None:
    """Connected, and not to a far side that hung up meanwhile: a send must not fail for that, half-known."""
    sock: socket.socket | None = connection.sock
    if sock is not None and select.select([sock], [], [], 0)[0]:
        connection.close()
    if connection.sock is None:
        connection.connect()


def _read(status: int, answer: bytes) -> dict[str, Any]:
    try:
        content = mapping(json.loads(answer))
    except (ValueError, RecursionError):
        content = {}
    if status < 300:
        return content
    error = mapping(content.get("error"))
    code = error.get("code")
    detail = mapping(error.get("error_data")).get("details") or error.get("message") or "no error body"
    raise GraphError(
        code if isinstance(code, int) else 1,
        str(detail)[:300],
        status=status,
        # A gateway that fails without Meta's own words may have passed the message on.
        may_have_happened=status >= 500 and not error,
    )


@functools.lru_cache(maxsize=4)
def _connection(scheme: str, netloc: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(netloc, timeout=timeout)
    return http.client.HTTPSConnection(netloc, timeout=timeout, context=tls.world())

"""The Graph API, over one kept connection."""

import functools
import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from auzap import tls
from auzap.aws.connection import Connection
from auzap.loose import mapping

LARGEST_ANSWER = 1024 * 1024
PRINTABLE = re.compile(r"[!-~]+")


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

    def subscribe(self, business_id: str, token: str) -> dict[str, Any]:
        """Have what happens in a business account told to the app that the token is of."""
        return self._call("POST", f"/{business_id}/subscribed_apps", token, b"")

    def unsubscribe(self, business_id: str, token: str) -> dict[str, Any]:
        """Have nothing more told of it."""
        return self._call("DELETE", f"/{business_id}/subscribed_apps", token, None)

    def exchange(self, app_id: str, app_secret: str, code: str) -> dict[str, Any]:
        """The token that a code of a signup stands for; a code is good for minutes, and once."""
        asked = urlencode({"client_id": app_id, "client_secret": app_secret, "code": code})
        return self._call("GET", f"/oauth/access_token?{asked}", None, None)

    def register(self, number: str, token: str, pin: str) -> dict[str, Any]:
        """Let a number send and receive here. Its owner is asked for the pin where it is registered elsewhere."""
        body = json.dumps({"messaging_product": "whatsapp", "pin": pin})
        return self._call("POST", f"/{number}/register", token, body.encode())

    def sync_phone(self, number: str, token: str, kind: Literal["smb_app_state_sync", "history"]) -> dict[str, Any]:
        """Have told what the app on the shop's own phone knows: its contacts, and what was written before."""
        body = json.dumps({"messaging_product": "whatsapp", "sync_type": kind})
        return self._call("POST", f"/{number}/smb_app_data", token, body.encode())

    def _call(self, method: str, path: str, token: str | None, body: bytes | None) -> dict[str, Any]:
        parts = urlsplit(self.url)
        request = _written(method, parts.netloc, parts.path + path, token, body)
        connection = _connection(parts.scheme, parts.netloc, self.timeout)
        try:
            # A send must not fail, half-known, for a far side that hung up before it.
            connection.wake()
        except OSError as failed:
            raise GraphError(0, type(failed).__name__) from failed
        try:
            status, answer = connection.exchange(request)
        except OSError as failed:
            connection.close()
            raise GraphError(0, type(failed).__name__, may_have_happened=method == "POST") from failed
        return _read(status, answer)


def _written(method: str, host: str, target: str, token: str | None, body: bytes | None) -> bytes:
    """The request as it goes over the wire: ids and tokens come from outside, and none may end its line."""
    if not PRINTABLE.fullmatch(target) or not (token is None or PRINTABLE.fullmatch(token)):
        raise GraphError(0, "a path or a token that cannot be written")
    bearer = "" if token is None else f"Authorization: Bearer {token}\r\n"
    length = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{bearer}{length}\r\n"
    return head.encode("ascii") + (body or b"")


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
def _connection(scheme: str, netloc: str, timeout: float) -> Connection:
    tls_context = None if scheme == "http" else tls.world()
    return Connection(urlsplit(f"{scheme}://{netloc}"), timeout, tls=tls_context, most=LARGEST_ANSWER)

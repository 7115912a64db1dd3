"""What the edge tells of a request: that it came through it, from where, and of whose page."""

import hmac
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auzap import runtime
from auzap.identity.origin import Origin
from auzap.loose import items
from functions.serve_api.problems import NotFound, Problem

# CloudFront sends it with every request, and nobody else knows it.
ORIGIN_HEADER = "x-auzap-origin"
VIEWER_HEADER = "x-auzap-viewer"
LONGEST_DEVICE = 200
READING = {"GET", "HEAD", "OPTIONS"}


def at_the_door(request: Request) -> None:
    """Nobody comes around the edge or out of another's page; and no NUL, which no text of ours may hold, by an address."""
    name = runtime.settings().origin_secret
    if name and not _is_known(request.headers.get(ORIGIN_HEADER, ""), runtime.secret(name)):
        raise Problem(403, "forbidden")
    if request.method not in READING and _is_of_another_page(request):
        raise Problem(403, "forbidden")
    if "\0" in request.url.path:
        raise NotFound
    if b"%00" in request.scope["query_string"]:
        raise Problem(422, "invalid")


def origin(request: Request) -> Origin:
    """Only the edge is believed: what a client says of its own address is not read at all."""
    return Origin(_address(request), request.headers.get("user-agent", "").replace("\0", "")[:LONGEST_DEVICE])


class KeptNowhere:
    """What one person may see is not kept on the way, neither by the edge nor by their browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_on)


def _is_of_another_page(request: Request) -> bool:
    """A browser says whose page asks, an older one at least of which host; what is no browser says nothing."""
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site not in {"same-origin", "none"}
    said = request.headers.get("origin", "")
    return bool(said) and said != runtime.settings().panel_origin


def _address(request: Request) -> str:
    settings = runtime.settings()
    if settings.origin_secret or settings.environment == "local":
        said = request.headers.get(VIEWER_HEADER, "")
        if _is_address(said):
            return said
    return request.client.host if request.client else ""


def _is_known(shown: str, secret: dict[str, object]) -> bool:
    """While it is rotated the former ones hold beside the current one."""
    known = [
        value for value in (*items(secret.get("former")), secret.get("current")) if isinstance(value, str) and value
    ]
    return any(hmac.compare_digest(shown.encode(), value.encode()) for value in known)


def _is_address(said: str) -> bool:
    try:
        ip_address(said)
    except ValueError:
        return False
    return True


From = Annotated[Origin, Depends(origin)]

"""What the edge tells of a request: that it came through it, and from where."""

import hmac
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request

from auzap import runtime
from auzap.identity.origin import Origin
from auzap.loose import items
from functions.serve_api.problems import NotFound, Problem

# CloudFront sends it with every request, and nobody else knows it.
ORIGIN_HEADER = "x-auzap-origin"
VIEWER_HEADER = "cloudfront-viewer-address"
LONGEST_DEVICE = 200


def at_the_door(request: Request) -> None:
    """Nobody comes around the edge; and no NUL, which no text of ours may hold, comes in by an address."""
    name = runtime.settings().origin_secret
    if name and not _is_known(request.headers.get(ORIGIN_HEADER, ""), runtime.secret(name)):
        raise Problem(403, "forbidden")
    if "\0" in request.url.path:
        raise NotFound
    if b"%00" in request.scope["query_string"]:
        raise Problem(422, "invalid")


def origin(request: Request) -> Origin:
    """Only the edge is believed: what a client says of its own address is not read at all."""
    return Origin(_address(request), request.headers.get("user-agent", "").replace("\0", "")[:LONGEST_DEVICE])


def _address(request: Request) -> str:
    settings = runtime.settings()
    if settings.origin_secret or settings.environment == "local":
        # Address and port; of an IPv6 address without brackets.
        said = request.headers.get(VIEWER_HEADER, "").rpartition(":")[0].strip("[]")
        if _is_address(said):
            return said
    return request.client.host if request.client else ""


def _is_known(shown: str, secret: dict[str, object]) -> bool:
    """Two hold while they are rotated: those of `values`, and the one that is `next`."""
    known = [value for value in (*items(secret.get("values")), secret.get("next")) if isinstance(value, str) and value]
    return any(hmac.compare_digest(shown.encode(), value.encode()) for value in known)


def _is_address(said: str) -> bool:
    try:
        ip_address(said)
    except ValueError:
        return False
    return True


From = Annotated[Origin, Depends(origin)]

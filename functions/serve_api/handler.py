"""The HTTP API under Lambda."""

import logging

from mangum import Mangum
from starlette.types import ASGIApp, Receive, Scope, Send

from auzap.observability import log_failure
from functions.serve_api.app import create


class Discreet:
    """Answered with 500 as it is, what fails is logged by its kind and its place: Mangum would log what it says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as failed:  # noqa: BLE001 - whatever it is, it was answered
            # The route as it is written, and not the address that was asked for.
            log_failure("request_failed", failed, route=getattr(scope.get("route"), "path", None))


# It would log every address that is asked for.
logging.getLogger("mangum").setLevel(logging.CRITICAL)
handler = Mangum(Discreet(create()), lifespan="off")

"""The HTTP API under Lambda."""

import logging
import os
import sys

from mangum import Mangum
from starlette.types import ASGIApp, Receive, Scope, Send

from auzap.observability import log_failure
from functions.serve_api.app import Api


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


# FastAPI asks of each type of a route whether it is of pydantic 1, and reads all of that to know it: a fiftieth of a cold
# start. Where there is none, none is of it.
sys.modules.setdefault("pydantic.v1", None)  # pyright: ignore[reportArgumentType]
# It would log every address that is asked for.
logging.getLogger("mangum").setLevel(logging.CRITICAL)
api = Api()
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # Once, at the deployment: every sandbox begins with what is in the snapshot.
    api.make_all()
handler = Mangum(Discreet(api), lifespan="off")

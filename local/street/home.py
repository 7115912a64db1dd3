"""The plain page at the root, until the panel stands there."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.street.page_policy import HEADERS, guarded

SCREEN = Path(__file__).parent / "home_screen"


def routes() -> list[BaseRoute]:
    return [
        Route("/", page),
        Route("/favicon.ico", icon),
        Mount("/home", guarded(StaticFiles(directory=SCREEN))),
    ]


async def page(request: Request) -> Response:
    return FileResponse(SCREEN / "index.html", headers=HEADERS)


async def icon(request: Request) -> Response:
    return FileResponse(SCREEN / "icon.svg", media_type="image/svg+xml")

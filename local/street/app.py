"""The fake street: everything outside AuZap's walls, and the front door, in one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from local.front_door import FrontDoor
from local.socket_door import SocketDoor
from local.street import control, graph, home, mail, model, phone, street
from local.street.config import HOST, StreetConfig
from local.street.graph_errors import GraphError


def create(config: StreetConfig) -> Starlette:
    front_door = FrontDoor(config.api, sockets=f"ws://{HOST}:{config.port}")
    shared = street.build(config)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        shared.deliveries.start()
        try:
            async with front_door.open():
                yield
        finally:
            shared.deliveries.stop()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *front_door.routes(),
            *SocketDoor(config.api).routes(),
            *graph.routes(),
            *model.routes,
            *control.routes(),
            *phone.routes(),
            *mail.routes(),
            *home.routes(),
        ],
        exception_handlers={
            GraphError: graph.refuse,
            **dict.fromkeys(control.REFUSED, control.refuse),
        },
    )
    app.state.street = shared
    return app

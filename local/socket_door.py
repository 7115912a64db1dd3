"""The socket of the local stack: what is said over `/realtime` is passed on to the WebSocket API in the emulator, and back."""

import asyncio
from contextlib import suppress

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from local.street.config import ApiUpstream

PATIENCE_SECONDS = 30.0
REFUSED = 1008
TRY_AGAIN = 1013


class SocketDoor:
    def __init__(self, api: ApiUpstream) -> None:
        self._api = api

    def routes(self) -> list[BaseRoute]:
        return [WebSocketRoute("/realtime", self.pass_on)]

    async def pass_on(self, socket: WebSocket) -> None:
        """Opened here when it is open there: who is refused there is refused here."""
        query = socket.scope["query_string"].decode("ascii", "ignore")
        try:
            far = await connect(f"{self._api.sockets_url}?{query}", proxy=None, open_timeout=PATIENCE_SECONDS)
        except InvalidHandshake:
            await socket.close(REFUSED)
            return
        except (OSError, TimeoutError):
            await socket.close(TRY_AGAIN)
            return
        async with far:
            await socket.accept()
            await _both_ways(socket, far)


async def _both_ways(socket: WebSocket, far: ClientConnection) -> None:
    """Until either side is closed."""
    passing = {asyncio.create_task(_outward(socket, far)), asyncio.create_task(_inward(socket, far))}
    _, waiting = await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)


async def _outward(socket: WebSocket, far: ClientConnection) -> None:
    with suppress(WebSocketDisconnect, ConnectionClosed):
        while True:
            await far.send(await socket.receive_text())


async def _inward(socket: WebSocket, far: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        async for said in far:
            await socket.send_text(said if isinstance(said, str) else said.decode())
    with suppress(RuntimeError):
        await socket.close(far.close_code or 1000)

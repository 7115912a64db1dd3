"""One loop for every socket of the simulator: HTTP from the functions, answers of the sandboxes, and what is due."""

import json
import re
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.ports import HOST

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nx-amz-target:[ \t]*\w+\.(\w+)", re.IGNORECASE)
RECEIVED = 262_144


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    # The operation of an AWS call.
    operation: str
    body: bytes
    # The far end of the connection, by which the process that asks can be found.
    port: int

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: str = ""

    @classmethod
    def of(cls, content: Any, status: int = 200, headers: str = "") -> "Answer":
        return cls(status, json.dumps(content).encode(), headers)

    def rendered(self) -> bytes:
        known = f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return f"HTTP/1.1 {self.status} X\r\n{known}{self.headers}\r\n".encode() + self.body


@dataclass(frozen=True, slots=True)
class HangUp:
    """The connection ends, after these bytes, where an answer was expected."""

    first: bytes = b""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, and the connection stays."""


@dataclass(frozen=True, slots=True)
class Later:
    """Asked again after so many real seconds."""

    seconds: float
    ask: Callable[[], "Reply"]


type Reply = Answer | HangUp | Silence | Later
type Handle = Callable[[Request], Reply]


@dataclass(slots=True)
class Peer:
    handle: Handle
    port: int
    received: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Wire:
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    requests: int = 0

    def serve(self, handle: Handle) -> int:
        """The port on which these requests are answered."""
        listening = socket.create_server((HOST, 0), backlog=128)
        self.watch(listening, lambda: self._accept(listening, handle))
        return listening.getsockname()[1]

    def watch(self, readable: socket.socket, act: Callable[[], None]) -> None:
        self.selector.register(readable, selectors.EVENT_READ, act)

    def forget(self, readable: socket.socket) -> None:
        self.selector.unregister(readable)
        readable.close()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """In real time, for what is measured by a process's own clock."""
        self.timers.append((time.monotonic() + seconds, act))

    def turn(self, patience: float) -> None:
        """Whatever comes within the patience is dealt with."""
        if self.timers:
            patience = min(patience, max(0.0, min(due for due, _ in self.timers) - time.monotonic()))
        for key, _ in self.selector.select(patience):
            key.data()
        if self.timers:
            now = time.monotonic()
            due = [timer for timer in self.timers if timer[0] <= now]
            self.timers = [timer for timer in self.timers if timer[0] > now]
            for _, act in due:
                act()

    def close(self) -> None:
        for key in list(self.selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            self.forget(key.fileobj)
        self.selector.close()

    def _accept(self, listening: socket.socket, handle: Handle) -> None:
        accepted, address = listening.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(handle, address[1])
        self.watch(accepted, lambda: self._read(accepted, peer))

    def _read(self, client: socket.socket, peer: Peer) -> None:
        try:
            chunk = client.recv(RECEIVED)
        except OSError:
            chunk = b""
        if not chunk:
            self.forget(client)
            return
        peer.received += chunk
        request = _parsed(peer)
        if request is not None:
            self.requests += 1
            self._reply(client, peer.handle(request))

    def _reply(self, client: socket.socket, reply: Reply) -> None:
        match reply:
            case Answer():
                _send(client, reply.rendered())
            case HangUp(first):
                _send(client, first)
                self.forget(client)
            case Silence():
                pass
            case Later(seconds, ask):
                self.after(seconds, lambda: self._reply(client, ask()))


def _send(client: socket.socket, answer: bytes) -> None:
    try:
        client.sendall(answer)
    except OSError:
        # Its process was killed meanwhile; the next read says so.
        return


def _parsed(peer: Peer) -> Request | None:
    received = peer.received
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[:end])
    length = LENGTH.search(head)
    size = end + 4 + (int(length[1]) if length else 0)
    if len(received) < size:
        return None
    body = bytes(received[end + 4 : size])
    del received[:size]
    method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
    target = TARGET.search(head)
    return Request(method.decode(), path.decode(), target[1].decode() if target else "", body, peer.port)

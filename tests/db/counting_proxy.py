"""A relay to PostgreSQL that reads what the client sends: how often it waits for an answer, and for how many statements."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict, make_conninfo

HEADER = 5
# Frontend messages: a simple query; the execution of a prepared one; the end of a pipeline, and a flush of it.
QUERY, EXECUTE, SYNC, FLUSH = b"Q", b"E", b"S", b"H"


@dataclass
class Proxy:
    conninfo: str
    round_trips: int = 0
    statements: int = 0
    _last: bytes = b""

    def reset(self) -> None:
        self.round_trips = self.statements = 0

    def read(self, stream: bytearray, *, is_started: bool) -> bool:
        """Count the whole messages at the head of the stream and take them off. The first one of all has no kind."""
        while True:
            prefix = 1 if is_started else 0
            size = int.from_bytes(stream[prefix : prefix + 4]) if len(stream) >= HEADER else HEADER
            if len(stream) < prefix + size:
                return is_started
            if is_started:
                self._count(bytes(stream[:1]))
            del stream[: prefix + size]
            is_started = True

    def _count(self, kind: bytes) -> None:
        self.statements += kind in {QUERY, EXECUTE}
        # A flush right behind a sync waits for the same answer.
        self.round_trips += kind == QUERY or (kind in {SYNC, FLUSH} and self._last not in {SYNC, FLUSH})
        self._last = kind


@contextmanager
def counting(conninfo: str) -> Iterator[Proxy]:
    target = conninfo_to_dict(conninfo)
    address = (str(target["host"]), int(target["port"] or 5432))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(make_conninfo(conninfo, port=listener.getsockname()[1]))
        accepting = threading.Thread(target=_accept, args=(listener, address, proxy))
        accepting.start()
        try:
            yield proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, address: tuple[str, int], proxy: Proxy) -> None:
    relays: list[threading.Thread] = []
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            break
        server = socket.create_connection(address)
        relays += [
            threading.Thread(target=_relay, args=(client, server, proxy)),
            threading.Thread(target=_relay, args=(server, client, None)),
        ]
        for relay in relays[-2:]:
            relay.start()
    for relay in relays:
        relay.join()


def _relay(source: socket.socket, sink: socket.socket, proxy: Proxy | None) -> None:
    stream, is_started = bytearray(), False
    # Each direction closes the end it writes to; the other one does the same to the rest.
    with sink:
        while chunk := _receive(source):
            if proxy:
                stream += chunk
                is_started = proxy.read(stream, is_started=is_started)
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_RDWR)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(65_536)
    except OSError:
        return b""

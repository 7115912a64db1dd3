"""A relay to PostgreSQL, of which a test watches what is asked, or what is answered."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo

PIECE = 65_536

# Is shown every piece of one direction of one connection before it goes on; False: it does not, and both ends are hung up.
type Watch = Callable[[bytes], bool]


def let_through(_: bytes) -> bool:
    return True


@contextmanager
def relaying(
    conninfo: str,
    *,
    asked: Callable[[], Watch] = lambda: let_through,
    answered: Callable[[], Watch] = lambda: let_through,
) -> Iterator[str]:
    """How the relay is reached. Each connection is given a watch of its own for what it asks and what it is answered."""
    target = conninfo_to_dict(conninfo)
    address = (str(target["host"]), int(target["port"] or 5432))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, address, asked, answered))
        accepting.start()
        try:
            # Nothing but messages of the protocol, from the first byte on.
            yield make_conninfo(conninfo, port=listener.getsockname()[1], sslmode="disable", gssencmode="disable")
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(
    listener: socket.socket, address: tuple[str, int], asked: Callable[[], Watch], answered: Callable[[], Watch]
) -> None:
    relays: list[threading.Thread] = []
    while client := _accepted(listener):
        server = socket.create_connection(address)
        relays += [
            threading.Thread(target=_relay, args=(client, server, asked())),
            threading.Thread(target=_relay, args=(server, client, answered())),
        ]
        for relay in relays[-2:]:
            relay.start()
    for relay in relays:
        relay.join()


def _accepted(listener: socket.socket) -> socket.socket | None:
    try:
        return listener.accept()[0]
    except OSError:
        return None


def _relay(source: socket.socket, sink: socket.socket, watch: Watch) -> None:
    with source:
        while (chunk := _receive(source)) and watch(chunk):
            sink.sendall(chunk)
        _hang_up(sink)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(PIECE)
    except OSError:
        return b""


def _hang_up(sink: socket.socket) -> None:
    try:
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It was the first to go.
        return

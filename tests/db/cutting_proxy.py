"""A relay to PostgreSQL that hangs up between a commit and its answer: the client cannot know what became of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict, make_conninfo

PIECE = 65_536
# The server is done with what was asked, and no transaction is open: whatever was to be committed is.
DONE = (b"Z", b"I")


@dataclass
class Proxy:
    conninfo: str
    # Which of the next answers is lost, counted from 1; 0: none is.
    loses: int = 0
    lost: int = 0

    def lets_through(self) -> bool:
        self.loses -= self.loses > 0
        return self.loses > 0


@contextmanager
def cutting(conninfo: str) -> Iterator[Proxy]:
    target = conninfo_to_dict(conninfo)
    address = (str(target["host"]), int(target["port"] or 5432))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Nothing but messages of the protocol, from the first byte on.
        plain = make_conninfo(conninfo, port=listener.getsockname()[1], sslmode="disable", gssencmode="disable")
        proxy = Proxy(plain)
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
        asking = threading.Thread(target=_ask, args=(client, server))
        answering = threading.Thread(target=_answer, args=(server, client, proxy))
        relays += [asking, answering]
        asking.start()
        answering.start()
    for relay in relays:
        relay.join()


def _ask(client: socket.socket, server: socket.socket) -> None:
    with client:
        while chunk := _receive(client):
            server.sendall(chunk)
        _hang_up(server)


def _answer(server: socket.socket, client: socket.socket, proxy: Proxy) -> None:
    stream = bytearray()
    with server:
        while chunk := _receive(server):
            stream += chunk
            if _is_done(stream) and proxy.loses and not proxy.lets_through():
                proxy.lost += 1
                break
            client.sendall(chunk)
        _hang_up(client)


def _is_done(stream: bytearray) -> bool:
    """Takes whole messages off the stream: a kind, a length, and what it says."""
    done = False
    while len(stream) >= 5 and len(stream) > (size := int.from_bytes(stream[1:5])):
        done = done or (bytes(stream[:1]), bytes(stream[5:6])) == DONE
        del stream[: size + 1]
    return done


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

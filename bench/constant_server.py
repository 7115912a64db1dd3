"""Servers in a process of their own that always answer the same, at once: an emulator would hide the difference."""

import json
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NoReturn

# PostgreSQL's messages: authenticated, two parameters, ready for queries.
GREETING = (
    b"R\x00\x00\x00\x08\x00\x00\x00\x00"
    b"S\x00\x00\x00\x19client_encoding\x00UTF8\x00"
    b"S\x00\x00\x00\x18server_version\x0018.6\x00"
    b"Z\x00\x00\x00\x05I"
)

type Reply = Callable[[bytes], bytes | None]


@contextmanager
def http(answers: dict[str, Any]) -> Generator[int]:
    """The port of a server with an answer for each AWS operation; the first answers everything else."""
    with _process("http", json.dumps(answers)) as port:
        yield port


@contextmanager
def database() -> Generator[int]:
    """The port of a PostgreSQL as far as a client's first statement, which the connection does not survive."""
    with _process("database") as port:
        yield port


@contextmanager
def _process(*arguments: str) -> Generator[int]:
    command = [sys.executable, "-m", "bench.constant_server", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def http_reply(answers: str) -> Reply:
    rendered = {name.encode().lower(): _rendered(body) for name, body in json.loads(answers).items()}
    first = next(iter(rendered.values()))

    def reply(received: bytes) -> bytes | None:
        head, separator, body = received.lower().partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if not separator or len(body) < int(fields[b"content-length"]):
            return None
        return rendered.get(fields.get(b"x-amz-target", b""), first)

    return reply


def _rendered(body: Any) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(content),
        content,
    )


def database_reply(received: bytes) -> bytes | None:
    """The greeting to a startup message, which begins with its length; to a statement, an end."""
    if len(received) >= 4 and received[0] == 0:
        return GREETING if len(received) >= int.from_bytes(received[:4]) else None
    return b""


def serve(reply: Reply) -> NoReturn:
    """One client after the other; no threads, so that the time of an answer does not depend on their order."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    waiting = selectors.DefaultSelector()
    waiting.register(listening, selectors.EVENT_READ, None)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                accepted, _ = listening.accept()
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting.register(accepted, selectors.EVENT_READ, bytearray())
                continue
            client: socket.socket = key.fileobj  # pyright: ignore[reportAssignmentType]
            received = client.recv(65536)
            key.data.extend(received)
            answer = reply(bytes(key.data)) if received else b""
            if answer is None:
                continue
            if not answer:
                waiting.unregister(client)
                client.close()
                continue
            key.data.clear()
            client.sendall(answer)


if __name__ == "__main__":
    kind, *given = sys.argv[1:]
    serve(http_reply(*given) if kind == "http" else database_reply)

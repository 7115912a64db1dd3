"""Servers in a process of their own that always answer the same, at once: an emulator would hide the difference."""

import json
import socket
import socketserver
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, ClassVar

# PostgreSQL's messages: authenticated, two parameters, ready for queries.
GREETING = (
    b"R\x00\x00\x00\x08\x00\x00\x00\x00"
    b"S\x00\x00\x00\x19client_encoding\x00UTF8\x00"
    b"S\x00\x00\x00\x18server_version\x0018.6\x00"
    b"Z\x00\x00\x00\x05I"
)


class ConstantHttp(socketserver.StreamRequestHandler):
    """Answers by the operation's name in X-Amz-Target, or else with the first answer."""

    disable_nagle_algorithm = True
    answers: ClassVar[dict[bytes, bytes]]

    def handle(self) -> None:
        while self.rfile.readline():
            target, length = b"", 0
            while (line := self.rfile.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                match name.lower():
                    case b"content-length":
                        length = int(value)
                    case b"x-amz-target":
                        target = value.strip()
            self.rfile.read(length)
            self.wfile.write(self.answers.get(target) or next(iter(self.answers.values())))


class FirstStatementOnly(socketserver.StreamRequestHandler):
    """PostgreSQL as far as a client's first statement, which it does not survive."""

    def handle(self) -> None:
        size = int.from_bytes(self.rfile.read(4))
        self.rfile.read(size - 4)
        self.wfile.write(GREETING)
        self.rfile.read(1)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def http(answers: dict[str, Any]) -> Generator[int]:
    """The port of a server with an answer for each AWS operation; the first answers everything else."""
    with _process("http", json.dumps(answers)) as port:
        yield port


@contextmanager
def database() -> Generator[int]:
    with _process("database", "{}") as port:
        yield port


@contextmanager
def _process(kind: str, answers: str) -> Generator[int]:
    command = [sys.executable, "-m", "bench.constant_server", kind, answers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _rendered(body: Any) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)


def serve(kind: str, answers: str) -> None:
    handler: type[socketserver.BaseRequestHandler] = FirstStatementOnly
    if kind == "http":
        handler = ConstantHttp
        ConstantHttp.answers = {name.encode(): _rendered(body) for name, body in json.loads(answers).items()}
    with Server(("127.0.0.1", 0), handler) as server:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])

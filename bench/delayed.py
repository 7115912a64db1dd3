"""A relay in a process of its own that lets everything wait on its way there: the slope over the wait is the round trips."""

import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo


@contextmanager
def relay(conninfo: str, *, milliseconds: int) -> Generator[str]:
    """The same database, reached through the relay."""
    target = conninfo_to_dict(conninfo)
    command = [
        sys.executable,
        "-m",
        "bench.delayed",
        str(target["host"]),
        str(target["port"] or 5432),
        str(milliseconds),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield make_conninfo(conninfo, host="127.0.0.1", port=int(process.stdout.readline()))
        finally:
            process.terminate()


def serve(host: str, port: int, seconds: float) -> NoReturn:
    """One client; what it sends waits, what it is sent does not."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    client, _ = listening.accept()
    server = socket.create_connection((host, port))
    watched = selectors.DefaultSelector()
    for source, sink, wait in ((client, server, seconds), (server, client, 0.0)):
        source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watched.register(source, selectors.EVENT_READ, (sink, wait))
    while True:
        for key, _ in watched.select():
            sink, wait = key.data
            source: socket.socket = key.fileobj  # pyright: ignore[reportAssignmentType]
            chunk = source.recv(65_536)
            if not chunk:
                sys.exit()
            time.sleep(wait)
            sink.sendall(chunk)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000)

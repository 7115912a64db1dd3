"""A relay in a process of its own that lets everything wait on its way there: the slope over the wait is the round trips."""

import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

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


def serve(host: str, port: int, seconds: float) -> None:
    """One client; what it sends arrives later, what it is sent at once."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    client, _ = listening.accept()
    server = socket.create_connection((host, port))
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    on_its_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_deliver, args=(on_its_way, server), daemon=True).start()
    threading.Thread(target=_return, args=(server, client), daemon=True).start()
    while chunk := client.recv(65_536):
        # A distance, not a narrow line: what is sent right behind waits no longer.
        on_its_way.put((time.monotonic() + seconds, chunk))


def _deliver(on_its_way: queue.SimpleQueue[tuple[float, bytes]], server: socket.socket) -> None:
    while True:
        due, chunk = on_its_way.get()
        time.sleep(max(0.0, due - time.monotonic()))
        server.sendall(chunk)


def _return(server: socket.socket, client: socket.socket) -> None:
    while chunk := server.recv(65_536):
        client.sendall(chunk)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000)

"""Addresses on this machine: which are free, and what to say when one is not."""

import socket

from local.problems import CannotStart

HOST = "127.0.0.1"


def free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def require_free(port: int, *, purpose: str, variable: str) -> None:
    with socket.socket() as probe:
        # As servers do, or a port that was in use a moment ago would look busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} ({purpose}) is not available: {error.strerror}. Set {variable} to another one."
            ) from error

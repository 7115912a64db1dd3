"""A PostgreSQL of our own, to be crashed and brought back: commits are on disk before they are answered."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from local import ports, postgres
from local.postgres import Postgres
from tests.postgres import Place

TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


@dataclass(slots=True)
class Server:
    directory: Path
    port: int
    password: str
    running: Postgres
    crashes: int = 0
    # By the wall clock: when it last answered again.
    back_at: list[float] = field(default_factory=list)
    _recovering: threading.Thread | None = None

    def crash(self) -> None:
        """As if the machine's power went: no shutdown, recovery from the log."""
        self.crashes += 1
        postmaster = int((self.running.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        self.running.process.wait()

    def recover(self) -> None:
        """Meanwhile the others go on."""
        self._recovering = threading.Thread(target=self._start)
        self._recovering.start()

    @property
    def is_recovering(self) -> bool:
        return self._recovering is not None and self._recovering.is_alive()

    def stop(self) -> None:
        if self._recovering is not None:
            self._recovering.join()
        self.running.stop()
        postgres.remove(self.directory)

    def _start(self) -> None:
        self.running.stop()
        self.running = _started(self.directory, self.port, self.password)
        self.back_at.append(time.time())


@contextmanager
def opened(directory: Path) -> Generator[Server]:
    directory.chmod(0o755)
    port, password = ports.free(), secrets.token_urlsafe(16)
    server = Server(directory, port, password, _started(directory, port, password))
    try:
        yield server
    finally:
        server.stop()


def make_durable(place: Place) -> None:
    """What the tests' server leaves out for speed: a commit that is answered is in the log."""
    with psycopg.connect(place.admin, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = on").format(sql.Identifier(place.name)))


def storm(place: Place) -> None:
    """Every connection to the database is cut."""
    with psycopg.connect(place.admin, autocommit=True) as admin:
        admin.execute(TERMINATE, [place.name])


def refuse_writes(place: Place) -> None:
    """As after a failover: whoever connects finds a server that only reads."""
    _alter(place, sql.SQL("SET default_transaction_read_only = on"))
    storm(place)


def take_writes(place: Place) -> None:
    _alter(place, sql.SQL("RESET default_transaction_read_only"))
    storm(place)


def _alter(place: Place, change: sql.SQL) -> None:
    with psycopg.connect(place.admin, autocommit=True, options="-c default_transaction_read_only=off") as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} {}").format(sql.Identifier(place.name), change))


def _started(directory: Path, port: int, password: str) -> Postgres:
    return postgres.start(directory, port, password=password, log=directory / "postgres.log", durable=False)

"""What a consumer's first statement needs: clients with their TLS, a connection, and the statement on its way."""

import contextlib
import os

import psycopg

from auzap import runtime
from auzap.db.connection import Database

SECRET = {
    "host": "127.0.0.1",
    "port": os.environ["BENCH_DATABASE_PORT"],
    "dbname": "auzap",
    "username": "auzap_app",
    "password": "none",
    "sslmode": "disable",
}


def send(statement: str) -> None:
    runtime.aws("secretsmanager")
    runtime.aws("sqs")
    with contextlib.suppress(psycopg.OperationalError):
        Database(lambda: runtime.conninfo(SECRET)).lookup(statement)  # pyright: ignore[reportArgumentType]

"""The application's database on a server, and the logins that reach it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

NAME = "auzap"


@dataclass(frozen=True)
class Login:
    """One way into the database, as a URL for people and as the secret that the functions read."""

    host: str
    port: int
    username: str
    password: str
    sslmode: str

    @property
    def url(self) -> str:
        credentials = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"
        return f"postgresql://{credentials}@{self.host}:{self.port}/{NAME}?{urlencode({'sslmode': self.sslmode})}"

    @property
    def secret(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "port": self.port,
            "dbname": NAME,
            "username": self.username,
            "password": self.password,
            "sslmode": self.sslmode,
        }


def administrator(server_dsn: str) -> Login:
    given = conninfo_to_dict(server_dsn)
    return Login(
        host=str(given.get("host") or "127.0.0.1"),
        port=int(given.get("port") or 5432),
        username=str(given.get("user") or "postgres"),
        password=str(given.get("password") or ""),
        sslmode=str(given.get("sslmode") or "prefer"),
    )


def create(server_dsn: str) -> str:
    """Make the database where it is missing, as Aurora does; the mark tells this database from any other."""
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        mark = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone()
        if mark and mark[0]:
            return str(mark[0])
        fresh = str(uuid4())
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(NAME), sql.Literal(fresh)))
        return fresh


def drop(server_dsn: str) -> None:
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))

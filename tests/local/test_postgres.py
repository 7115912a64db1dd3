"""The embedded PostgreSQL is a real server, kept between starts, closed to others."""

import os
import stat
from pathlib import Path

import psycopg
import pytest

from local import database, ports, postgres
from local.postgres import Postgres
from local.problems import CannotStart

PASSWORD = "a test's"


def start(directory: Path) -> Postgres:
    return postgres.start(directory, ports.free(), password="of-a-test", log=directory / "log", durable=False)


def ask(dsn: str, question: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture
def directory(tmp_path: Path):
    yield tmp_path
    postgres.remove(tmp_path)


def test_what_was_stored_is_there_at_the_next_start(directory: Path) -> None:
    server = start(directory)
    try:
        ask(server.admin_dsn, "CREATE TABLE kept AS SELECT 'here' AS value RETURNING 1")
    finally:
        server.stop()

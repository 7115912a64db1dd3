"""The embedded PostgreSQL is a real server, kept between starts and closed to others."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from local import database, ports, postgres
from local.postgres import Postgres
from local.problems import CannotStart


@contextmanager
def kept(directory: Path) -> Iterator[Postgres]:
    server = postgres.start(
        directory, ports.free(), password="of-a-test", log=directory / "postgres.log", durable=False
    )
    try:
        yield server
    finally:
        server.stop()


def ask(dsn: str, question: LiteralString) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    postgres.remove(tmp_path)


def test_it_is_version_18_on_this_machine_only_with_what_the_migrations_need(directory: Path) -> None:
    with postgres.running(directory, ports.free()) as server:
        postgres.check_server(server.admin_dsn)
        assert ask(server.admin_dsn, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server.admin_dsn, "SHOW unix_socket_directories") == ""
        for extension in ("vector", "btree_gist", "pg_trgm", "unaccent"):
            with psycopg.connect(server.admin_dsn) as connection:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))


def test_a_database_keeps_its_mark_over_a_restart_and_a_new_one_has_another(directory: Path) -> None:
    with kept(directory) as server:
        mark = database.create(server.admin_dsn)
    with kept(directory) as server:
        assert database.create(server.admin_dsn) == mark
        database.drop(server.admin_dsn)
        assert database.create(server.admin_dsn) != mark


def test_a_wrong_password_is_refused(directory: Path) -> None:
    with kept(directory) as server, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.admin_dsn.replace("of-a-test", "guessed"))


def test_logins_reach_the_database_as_themselves(directory: Path) -> None:
    with kept(directory) as server:
        database.create(server.admin_dsn)
        login = database.administrator(server.admin_dsn)

        assert ask(login.url, "SELECT current_user || ' in ' || current_database()") == "postgres in auzap"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")
def test_a_folder_that_is_closed_to_others_stays_closed(directory: Path) -> None:
    closed = directory / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "project"
    try:
        with kept(inside) as server:
            assert ask(server.admin_dsn, "SELECT 1") == 1
            assert not server.data.is_relative_to(directory)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        postgres.remove(inside)
    assert not server.data.exists()


def test_a_server_that_cannot_start_says_where_it_wrote_why(directory: Path) -> None:
    with kept(directory) as server:
        port = conninfo_to_dict(server.admin_dsn)["port"]
        second = directory / "second"

        with pytest.raises(CannotStart, match=r"PostgreSQL ended while starting; its log is .*why\.log"):
            postgres.start(second, int(str(port)), password="x", log=directory / "why.log", durable=False)
        postgres.remove(second)
    assert "could not" in (directory / "why.log").read_text()


def test_an_unreachable_given_database_is_one_line() -> None:
    with pytest.raises(CannotStart) as refusal:
        postgres.check_server(f"postgresql://nobody@127.0.0.1:{ports.free()}/postgres")

    assert str(refusal.value).startswith("DATABASE_URL does not answer: ")
    assert "\n" not in str(refusal.value)

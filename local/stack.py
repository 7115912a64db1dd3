"""The whole product on one machine: database, emulator, deployed application, seeded shop, street."""

import fcntl
import json
import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from psycopg.conninfo import make_conninfo

from auzap.settings import Settings
from local import database, deploy, emulator, keys, ports, postgres, seed, street_process
from local.database import Login
from local.deploy import Aws, Deployment
from local.given import Given, Model
from local.keys import Keys
from local.leash import Leashed
from local.places import PROJECT
from local.ports import HOST
from local.problems import CannotStart
from local.progress import Progress


@dataclass(frozen=True)
class StackConfig:
    directory: Path = PROJECT / ".local"
    port: int = 8080
    emulator_port: int = 4566
    database_port: int = 54329
    given: Given = field(default_factory=Given)
    # Off for tests: nothing then outlives the stack, and nothing waits for the disk.
    durable: bool = True

    @property
    def front_door(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def endpoints_file(self) -> Path:
        return self.directory / "endpoints.json"


class Stack:
    """Started and stopped as a whole. Used as a context manager it leaves nothing running."""

    def __init__(self, config: StackConfig, progress: Progress) -> None:
        self.config = config
        self.progress = progress
        self.endpoints: dict[str, Any] = {}
        self._processes: list[Leashed] = []
        self._teardown = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._teardown.close()

    @property
    def ended(self) -> Leashed | None:
        """A part that is no longer there."""
        return next((process for process in self._processes if not process.alive), None)

    def _start(self) -> None:
        config, step = self.config, self.progress.step
        config.directory.mkdir(parents=True, exist_ok=True)
        self._teardown.enter_context(_only_one(config))
        with step("Checking tools, ports and given parts"):
            self._check()
        key_ring = keys.load(config.directory / "keys.json")
        with step("Starting PostgreSQL"):
            server_dsn = config.given.database_url or self._postgres(key_ring)
            mark = database.create(server_dsn)
        with step("Starting the AWS emulator"):
            aws = Aws(config.given.aws_endpoint_url or self._emulator())
        ...

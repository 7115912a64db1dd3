"""A local stack of a test's own: another directory and other ports than the one that somebody is using."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import run
from local.places import PROJECT
from local.stack import StackConfig

# A first start builds the layers and deploys everything, on a machine that may be busy.
PATIENCE = 300.0


@dataclass(frozen=True)
class Started:
    """`make run` as a person has it: a process with an output, that a signal stops."""

    process: subprocess.Popen[str]
    config: StackConfig
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def stop(self, sent: signal.Signals) -> int:
        self.process.send_signal(sent)
        return self.process.wait(PATIENCE)


@dataclass(frozen=True)
class Installation:
    """A directory and ports of its own, so that nothing here disturbs a stack that somebody is using."""

    variables: dict[str, str]

    @property
    def config(self) -> StackConfig:
        return run.config(self.variables)

    @contextmanager
    def started(self) -> Iterator[Started]:
        output = self.config.directory.with_suffix(".out")
        with output.open("w") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.run"],
                cwd=PROJECT,
                env={**os.environ, **self.variables, "PYTHONPATH": str(PROJECT / "shared")},
                stdout=written,
                stderr=written,
                text=True,
            )
        running = Started(process, self.config, output)
        try:
            _await(self.config.endpoints_file.exists, running)
            yield running
        finally:
            if process.poll() is None:
                running.stop(signal.SIGTERM)


def _await(holds: Callable[[], bool], running: Started) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert running.process.poll() is None, running.said()
        assert time.monotonic() < deadline, running.said()
        time.sleep(0.1)

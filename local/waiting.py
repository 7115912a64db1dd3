"""Waiting for a condition, with the process that has to bring it about in sight."""

import time
from collections.abc import Callable

from local.leash import Leashed
from local.problems import CannotStart


def wait_until(holds: Callable[[], bool], *, process: Leashed, seconds: float, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if not process.alive:
            raise CannotStart(f"{process.name} ended while starting; its log is {process.log}.")
        if time.monotonic() > deadline:
            raise CannotStart(f"{process.name} was not ready after {seconds:.0f} s; its log is {process.log}.")
        time.sleep(every)

"""What the person who started the stack sees while it works."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 46


class Progress:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out

    def say(self, line: str = "") -> None:
        print(line, file=self._out, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        print(f"  {name} {'.' * (WIDTH - len(name))} ", end="", file=self._out, flush=True)
        started = time.monotonic()
        try:
            yield
        except BaseException as ended:
            self.say("failed" if isinstance(ended, Exception) else "stopped")
            raise
        self.say(f"{time.monotonic() - started:5.1f} s")

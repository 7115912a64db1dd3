"""Sandboxes as Lambda has them: warm ones are used again, as many at once as a function may have, and any may die."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.sim.wire import Wire
from tests.chaos.sim.zygote import PROJECT, SIZE, tell

# Beyond its time a function is ended by Lambda; what it needs to come back itself is not ours to cut short.
GRACE = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to: an answer, an error, or the death of its sandbox."""

    answer: Any = None
    raised: str = ""
    was_killed: bool = False


@dataclass(slots=True)
class Invocation:
    function: str
    event: dict[str, Any]
    done: Callable[[Outcome], None]
    seconds: float
    failpoint: str = ""


@dataclass(slots=True, eq=False)
class Sandbox:
    function: str
    pid: int = 0
    line: socket.socket | None = None
    works_on: Invocation | None = None
    began: float = 0.0
    is_killed: bool = False
    received: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Pool:
    most: int
    idle: list[Sandbox] = field(default_factory=list)
    waiting: deque[Invocation] = field(default_factory=deque)
    size: int = 0


class Zygote:
    """The process that forks; one for as many runs as there are, since importing everything takes seconds."""

    def __init__(self, directory: Path) -> None:
        self.address = str(directory / "sandboxes")
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(self.address)
        self.listening.listen(128)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AUZAP_", "AWS_"))}
        paths = os.pathsep.join([str(PROJECT), str(PROJECT / "shared")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.sim.zygote", self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**environment, "PYTHONPATH": paths},
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n", "a function could not be imported"

    def fork(self, order: Mapping[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.communicate()
        self.listening.close()


@contextmanager
def opened(directory: Path) -> Generator[Zygote]:
    zygote = Zygote(directory)
    try:
        yield zygote
    finally:
        zygote.close()


@dataclass(slots=True)
class Sandboxes:
    wire: Wire
    zygote: Zygote
    environment: Mapping[str, str]
    output: Path
    mutant: str
    pools: dict[str, Pool]
    # Asked before each invocation, for the point at which it is to die.
    failpoint: Callable[[str], str] = lambda _: ""
    busy: set[Sandbox] = field(default_factory=set)
    starting: dict[int, Sandbox] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    # By their own hand, at a failpoint.
    deaths: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    # Invocations that came to their end.
    ended: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    _number: int = 0

    def open(self) -> None:
        # A copy, so that the zygote's own outlives this run.
        self.wire.watch(self.zygote.listening.dup(), self._welcome)

    @property
    def is_idle(self) -> bool:
        return not self.busy and not self.starting and not any(pool.waiting for pool in self.pools.values())

    def starting_of(self, function: str) -> list[Sandbox]:
        return [sandbox for sandbox in self.starting.values() if sandbox.function == function]

    def invoke(self, invocation: Invocation) -> None:
        self.pools[invocation.function].waiting.append(invocation)
        self._pump(invocation.function)

    def kill(self, sandbox: Sandbox) -> None:
        _end(sandbox)
        self.killed[sandbox.function] += 1
        sandbox.is_killed = True

    def asker(self, port: int) -> Sandbox | None:
        """The busy sandbox at the far end of a connection to us."""
        sockets = _sockets(port)
        for sandbox in self.busy:
            descriptors = Path(f"/proc/{sandbox.pid}/fd")
            if any(_target(each) in sockets for each in descriptors.iterdir()):
                return sandbox
        return None

    def end_overdue(self) -> None:
        now = time.monotonic()
        for sandbox in list(self.busy):
            if sandbox.works_on is not None and now - sandbox.began > sandbox.works_on.seconds + GRACE:
                self.kill(sandbox)

    def close(self) -> None:
        for sandbox in [*self.busy, *(each for pool in self.pools.values() for each in pool.idle)]:
            _end(sandbox)

    def _pump(self, function: str) -> None:
        pool = self.pools[function]
        while pool.waiting and pool.idle:
            self._begin(pool.idle.pop(), pool.waiting.popleft())
        while len(pool.waiting) > len(self.starting_of(function)) and pool.size < pool.most:
            self._start(function)

    def _start(self, function: str) -> None:
        self._number += 1
        self.starting[self._number] = Sandbox(function)
        self.pools[function].size += 1
        self.zygote.fork(
            {
                "number": self._number,
                "function": function,
                "environment": dict(self.environment),
                "output": str(self.output),
                "mutant": self.mutant,
            }
        )

    def _welcome(self) -> None:
        line, _ = self.zygote.listening.accept()
        head = line.recv(SIZE, socket.MSG_WAITALL)
        hello = json.loads(line.recv(int.from_bytes(head), socket.MSG_WAITALL))
        sandbox = self.starting.pop(hello["number"], None)
        if sandbox is None:
            # Of a run that is over.
            os.kill(hello["pid"], signal.SIGKILL)
            line.close()
            return
        sandbox.pid, sandbox.line = hello["pid"], line
        self.wire.watch(line, lambda: self._hear(sandbox))
        self.pools[sandbox.function].idle.append(sandbox)
        self._pump(sandbox.function)

    def _begin(self, sandbox: Sandbox, invocation: Invocation) -> None:
        self.invocations[invocation.function] += 1
        sandbox.works_on, sandbox.began = invocation, time.monotonic()
        self.busy.add(sandbox)
        failpoint = invocation.failpoint or self.failpoint(invocation.function)
        assert sandbox.line
        try:
            tell(sandbox.line, {"event": invocation.event, "seconds": invocation.seconds, "failpoint": failpoint})
        except OSError:
            # Dead already, which its line will say.
            return

    def _hear(self, sandbox: Sandbox) -> None:
        assert sandbox.line
        try:
            chunk = sandbox.line.recv(262_144)
        except OSError:
            chunk = b""
        if not chunk:
            self._bury(sandbox)
            return
        sandbox.received += chunk
        size = SIZE + int.from_bytes(sandbox.received[:SIZE])
        if len(sandbox.received) < max(SIZE, size):
            return
        told = json.loads(sandbox.received[SIZE:size])
        del sandbox.received[:size]
        invocation, sandbox.works_on = sandbox.works_on, None
        self.ended += 1
        self.busy.discard(sandbox)
        self.pools[sandbox.function].idle.append(sandbox)
        assert invocation
        if raised := told.get("raised"):
            self.raised[f"{sandbox.function}: {raised}"] += 1
        invocation.done(Outcome(told.get("answer"), told.get("raised", "")))
        self._pump(sandbox.function)

    def _bury(self, sandbox: Sandbox) -> None:
        assert sandbox.line
        self.wire.forget(sandbox.line)
        pool = self.pools[sandbox.function]
        pool.size -= 1
        invocation, sandbox.works_on = sandbox.works_on, None
        if sandbox in self.busy:
            self.busy.discard(sandbox)
            self.deaths += not sandbox.is_killed
        else:
            pool.idle.remove(sandbox)
        if invocation is not None:
            invocation.done(Outcome(was_killed=True))
        self._pump(sandbox.function)


def _end(sandbox: Sandbox) -> None:
    # One that has just died of itself is told of later.
    with suppress(ProcessLookupError):
        os.kill(sandbox.pid, signal.SIGKILL)


def _sockets(port: int) -> set[str]:
    """The sockets that are bound to a local port of this machine; two with different far ends may share it."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if int(row[1].rsplit(":", 1)[1], 16) == port}


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""

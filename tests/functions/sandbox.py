"""Sandboxes: each a fresh process with the functions imported, forked from one that imported them and did nothing else."""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
HANDLERS = sorted(path.parent.name for path in (PROJECT / "functions").glob("*/handler.py"))
# Mangum makes its event loop in a way that Python 3.13 only frowns on.
NO_LOOP = "ignore:There is no current event loop:DeprecationWarning"
WARNINGS = ("error", f"{NO_LOOP}:mangum.adapter", f"{NO_LOOP}:mangum.protocols.http")


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a sandbox answered, and all that it wrote. An answer is missing where the sandbox died."""

    exit_code: int
    answers: list[Any]
    output: str

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL

    @property
    def answer(self) -> Any:
        assert self.exit_code == 0, self.output
        return self.answers[-1]

    @property
    def failed(self) -> list[str]:
        """The messages that the queue is to offer again."""
        return [failure["itemIdentifier"] for failure in self.answer["batchItemFailures"]]


@dataclass(slots=True)
class Sandboxes:
    nursery: subprocess.Popen[str]
    directory: Path
    invocations: int = 0

    def run(
        self, function: str, events: Sequence[dict[str, Any]], environment: dict[str, str], *, seconds: float
    ) -> Invocation:
        """One sandbox answers these events one after the other, and ends."""
        self.invocations += 1
        output, answers = (self.directory / f"{self.invocations}.{kind}" for kind in ("output", "answers"))
        order = {
            "function": function,
            "events": list(events),
            "environment": environment,
            "seconds": seconds,
            "output": str(output),
            "answers": str(answers),
        }
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write(json.dumps(order) + "\n")
        self.nursery.stdin.flush()
        exit_code = int(self.nursery.stdout.readline())
        answered = json.loads(answers.read_text()) if answers.exists() else []
        return Invocation(exit_code, answered, output.read_text())


@contextmanager
def opened(directory: Path) -> Generator[Sandboxes]:
    warnings = [f"-W{warning}" for warning in WARNINGS]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AUZAP_", "AWS_"))}
    with subprocess.Popen(
        [sys.executable, *warnings, "-m", "tests.functions.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "shared")])},
    ) as nursery:
        yield Sandboxes(nursery, directory)


@dataclass(slots=True)
class Context:
    """What Lambda hands to a handler beside the event."""

    function_name: str
    seconds: float
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:sa-east-1:000000000000:function:of-the-tests"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.began + self.seconds - time.monotonic()) * 1000))


def fork_for_each_order() -> None:
    handlers = {name: importlib.import_module(f"functions.{name}.handler").handler for name in HANDLERS}
    # What the imports left lying about is nothing for a sandbox to clear away, or to warn of.
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(handlers[order["function"]], order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _live(handler: Any, order: dict[str, Any]) -> None:
    written = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.update(order["environment"])
    # A function that outlives its time is ended, as Lambda would.
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])
    answers: list[Any] = []
    for event in order["events"]:
        try:
            answers.append(handler(event, Context(order["function"], order["seconds"])))
        except Exception as raised:
            # As Lambda's own runtime does: what is raised is printed with its text.
            traceback.print_exc()
            answers.append({"raised": type(raised).__name__})
    sys.stdout.flush()
    Path(order["answers"]).write_text(json.dumps(answers))
    os._exit(0)


if __name__ == "__main__":
    fork_for_each_order()

"""Cold starts, counted as the instructions of a fresh interpreter: the same on any day, however busy the machine."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.result import Missing

PROJECT = Path(__file__).parents[1]
PROGRAMS = Path(__file__).parent / "cold_programs"
BYTECODE = PROJECT / ".build" / "bench" / "bytecode"
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


@functools.cache
def bare_python() -> int:
    return _count([sys.executable, "-c", "pass"], {})


def of_program(name: str, **given: str) -> int:
    """A program of cold_programs, with these environment variables."""
    return _count([sys.executable, str(PROGRAMS / f"{name}.py")], given)


def millions(count: int) -> str:
    return f"{count / 1e6:,.1f} M"


def _count(command: list[str], given: dict[str, str]) -> int:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise Missing("cold starts need valgrind")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "shared")]),
        # A shipped function has its bytecode: it is written by a first run that is not counted.
        "PYTHONPYCACHEPREFIX": str(BYTECODE),
        "PYTHONHASHSEED": "0",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "sa-east-1",
        **given,
    }
    _run(command, environment)
    counting = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *command]
    found = COUNTED.search(_run(counting, environment))
    if found is None:
        raise RuntimeError("cachegrind printed no count")
    return int(found[1].replace(",", ""))


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[-1]} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr

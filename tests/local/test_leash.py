"""Nothing that the local stack starts outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local import leash
from local.places import PROJECT

# A program with a child of its own, as an emulator has workers; the child ignores what would end it politely.
FAMILY = """
import os, signal, subprocess, sys, time
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", stubborn])
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""
OWNER = """
import sys, time
from pathlib import Path
from local import leash
leash.start("family", [sys.executable, "-c", sys.argv[1], sys.argv[2]], log=Path(sys.argv[2] + ".log"))
time.sleep(600)
"""


def family_of(written: Path) -> list[int]:
    eventually(written.exists)
    return [int(pid) for pid in written.read_text().split()]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def running(pid: int) -> bool:
    try:
        # A child that nobody waited for is a zombie, which is gone for our purpose.
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")


@needs_proc
def test_stopping_ends_a_program_and_what_it_started(tmp_path: Path) -> None:
    written = tmp_path / "family"
    held = leash.start("family", [sys.executable, "-c", FAMILY, str(written)], log=tmp_path / "log")
    family = family_of(written)
    assert all(running(pid) for pid in family)

    held.stop()

    eventually(lambda: not any(running(pid) for pid in family))
    assert not held.alive


@needs_proc
def test_a_program_ends_with_an_owner_that_was_killed(tmp_path: Path) -> None:
    written = tmp_path / "family"
    with subprocess.Popen([sys.executable, "-c", OWNER, FAMILY, str(written)], cwd=PROJECT) as owner:
        family = family_of(written)

        os.kill(owner.pid, signal.SIGKILL)

        eventually(lambda: not any(running(pid) for pid in family))


@needs_proc
def test_a_program_whose_keeper_was_killed_still_ends_when_it_is_stopped(tmp_path: Path) -> None:
    written = tmp_path / "family"
    held = leash.start("family", [sys.executable, "-c", FAMILY, str(written)], log=tmp_path / "log")
    family = family_of(written)
    os.kill(parent_of(family[0]), signal.SIGKILL)
    held.wait()
    assert all(running(pid) for pid in family)

    held.stop()

    eventually(lambda: not any(running(pid) for pid in family))


def test_a_program_that_ends_by_itself_is_noticed_with_its_exit_code(tmp_path: Path) -> None:
    held = leash.start("short", [sys.executable, "-c", "raise SystemExit(7)"], log=tmp_path / "log")

    assert held.wait() == 7
    assert not held.alive
    held.stop()


def test_what_a_program_writes_is_in_its_log(tmp_path: Path) -> None:
    held = leash.start("loud", [sys.executable, "-c", "print('hello')"], log=tmp_path / "folder" / "log")
    held.wait()

    assert held.log.read_text() == "hello\n"
    held.stop()

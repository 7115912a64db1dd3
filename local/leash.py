"""Programs that end when we do, however we end: each is held by a pipe and dies with its whole group when it closes."""

import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOP_PATIENCE = 15.0


@dataclass(frozen=True)
class Leashed:
    name: str
    log: Path
    _keeper: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self._keeper.poll() is None

    def wait(self) -> int:
        return self._keeper.wait()

    def stop(self) -> None:
        if self._keeper.stdin and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        self._keeper.wait()
        # The keeper leads the group: whoever of it is still there, its child or its child's, goes now.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._keeper.pid, signal.SIGKILL)


def start(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> Leashed:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-I", __file__, str(int(stop_signal)), user or "", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            # A Ctrl-C in the terminal is ours to handle, in our order.
            start_new_session=True,
        )
    return Leashed(name=name, log=log, _keeper=keeper)


def keep(stop_signal: int, user: str, command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **_identity(user))
    let_go = threading.Event()
    threading.Thread(target=_end_with_the_pipe, args=(child, stop_signal, let_go), daemon=True).start()
    code = child.wait()
    if let_go.is_set():
        os.killpg(0, signal.SIGKILL)
    return code


def _end_with_the_pipe(child: subprocess.Popen[bytes], stop_signal: int, let_go: threading.Event) -> None:
    os.read(0, 1)
    let_go.set()
    child.send_signal(stop_signal)
    try:
        child.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


def _identity(user: str) -> dict[str, Any]:
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


if __name__ == "__main__":
    sys.exit(keep(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))

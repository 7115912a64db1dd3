"""The process that has imported every function and done nothing else; each sandbox is a fork of it."""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import openai

from auzap import tls
from tests.chaos import mutants
from tests.functions.sandbox import Context

PROJECT = Path(__file__).parents[3]
FUNCTIONS = sorted(path.parent.name for path in (PROJECT / "functions").glob("*/handler.py"))
NOT_DRIVEN = {"serve_api", "migrate_database"}
SIZE = 4


def fork_for_each_order(address: str) -> None:
    handlers = {
        name: importlib.import_module(f"functions.{name}.handler").handler
        for name in FUNCTIONS
        if name not in NOT_DRIVEN
    }
    # What each would otherwise read and build anew before its first call.
    openai.OpenAI(api_key="none", http_client=openai.DefaultHttpxClient(verify=tls.world())).close()
    # Nobody asks how a sandbox ended: the end of its connection says enough.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _live(handlers[order["function"]], order, address)


def _live(handler: Any, order: dict[str, Any], address: str) -> None:
    """A warm sandbox: one invocation after the other, until somebody kills it."""
    written = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.update(order["environment"])
    time.tzset()
    if order["mutant"]:
        mutants.MUTANTS[order["mutant"]].put_into_sandbox()
    with socket.socket(socket.AF_UNIX) as house:
        house.connect(address)
        tell(house, {"number": order["number"], "pid": os.getpid()})
        while (event := hear(house)) is not None:
            os.environ["AUZAP_FAILPOINT"] = event["failpoint"]
            try:
                answer = {"answer": handler(event["event"], Context(order["function"], event["seconds"]))}
            except Exception as raised:
                # As Lambda's own runtime does: what is raised is printed with its text.
                traceback.print_exc()
                answer = {"raised": type(raised).__name__}
            sys.stdout.flush()
            tell(house, answer)
    os._exit(0)


def tell(far: socket.socket, message: Any) -> None:
    content = json.dumps(message).encode()
    far.sendall(len(content).to_bytes(SIZE) + content)


def hear(far: socket.socket) -> Any:
    head = _exactly(far, SIZE)
    return json.loads(_exactly(far, int.from_bytes(head))) if head else None


def _exactly(far: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        chunk = far.recv(size - len(received))
        if not chunk:
            return b""
        received += chunk
    return bytes(received)


if __name__ == "__main__":
    fork_for_each_order(sys.argv[1])

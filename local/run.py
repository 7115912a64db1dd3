"""`make run`: the whole product on this machine, until Ctrl-C."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from local import given
from local.problems import CannotStart
from local.progress import Progress
from local.stack import Stack, StackConfig

WATCH_EVERY = 0.5


def main() -> int:
    progress = Progress()
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, _interrupt)
    try:
        return _run(config(), progress)
    except CannotStart as problem:
        progress.say(str(problem))
        return 1
    except KeyboardInterrupt:
        progress.say("AuZap has stopped.")
        return 0


def config(variables: Mapping[str, str] = os.environ) -> StackConfig:
    defaults = StackConfig()
    return StackConfig(
        directory=Path(variables.get("AUZAP_LOCAL_DIRECTORY") or defaults.directory),
        port=_port(variables, "AUZAP_PORT", defaults.port),
        emulator_port=_port(variables, "AUZAP_EMULATOR_PORT", defaults.emulator_port),
        database_port=_port(variables, "AUZAP_DATABASE_PORT", defaults.database_port),
        given=given.from_environment(variables),
    )


def _run(config: StackConfig, progress: Progress) -> int:
    progress.say("AuZap is starting.")
    started = time.monotonic()
    with Stack(config, progress) as stack:
        progress.say(_welcome(stack, time.monotonic() - started))
        while stack.ended is None:
            time.sleep(WATCH_EVERY)
        progress.say(f"{stack.ended.name} ended by itself; its log is {stack.ended.log}. Stopping everything.")
    return 1


def _welcome(stack: Stack, seconds: float) -> str:
    endpoints = stack.endpoints
    logins = "\n".join(f"    {user['role']:<8} {user['email']}  {user['password']}" for user in endpoints["users"])
    return f"""
AuZap is running after {seconds:.1f} s.

  Front door   {endpoints["front_door"]}
  Phone        {endpoints["phone"]}
  Mail         {endpoints["mail"]}
  API          {endpoints["api"]}
  Database     {endpoints["database_url"]}
  AWS          {endpoints["aws"]}
  For scripts  {stack.config.endpoints_file}

  Demonstration logins
{logins}

Open the phone, write as a customer "quero marcar um banho", and follow the conversation. Ctrl-C stops everything.
"""


def _port(variables: Mapping[str, str], name: str, default: int) -> int:
    said = variables.get(name) or str(default)
    if not said.isdecimal() or not 0 < int(said) < 65536:
        raise CannotStart(f"{name} is not a port: {said!r}")
    return int(said)


def _interrupt(*_: object) -> NoReturn:
    # A second Ctrl-C changes nothing: stopping takes a moment and is not cut short.
    for sent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sent, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

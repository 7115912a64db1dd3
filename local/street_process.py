"""The street as a process of its own, so that a fault in it is a part that ended and not a stack that hangs."""

import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import uvicorn

from local import leash
from local.leash import Leashed
from local.places import PROJECT
from local.street import app
from local.street.config import HOST, StreetConfig, read
from local.waiting import wait_until


def start(config: StreetConfig, *, directory: Path, log: Path) -> Leashed:
    written = directory / "street.json"
    written.touch(mode=0o600)
    written.write_text(json.dumps(_fields(config), default=_text))
    process = leash.start(
        "The street",
        [sys.executable, "-m", "local.street_process", str(written)],
        log=log,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'shared'}"},
    )
    try:
        wait_until(lambda: _answers(config.base_url), process=process, seconds=30)
    except BaseException:
        process.stop()
        raise
    return process


def serve(path: Path) -> None:
    config = read(path)
    uvicorn.run(
        app.create(config),
        host=HOST,
        port=config.port,
        log_level="warning",
        access_log=False,
        # The phone's event streams never end by themselves.
        timeout_graceful_shutdown=1,
    )


def _fields(config: StreetConfig) -> dict[str, object]:
    fields = asdict(config)
    del fields["clock"]
    return fields


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

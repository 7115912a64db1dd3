"""An append-only file of JSON lines, so that a restarted street remembers its chats."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def append(self, record: dict[str, Any]) -> None:
        if self._path is None:
            return
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock, self._path.open("a") as lines:
            lines.write(text)

    def records(self) -> Iterator[dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return
        with self._path.open() as lines:
            for line in lines:
                # A street killed in the middle of a write leaves half a line, the last one.
                if line.endswith("\n"):
                    yield json.loads(line)

    def clear(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)

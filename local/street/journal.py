"""An append-only file of JSON lines, so that a restarted street remembers its chats."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path | None) -> None:
        self._path = path

    def append(self, record: dict[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a") as lines:
                lines.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

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

"""What goes over a socket, in frames that API Gateway takes in one piece."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

MOST_BYTES = 32_000
# Around the events of a frame.
FRAME = '{"type":"events","events":[%s]}'


def frame(kind: str, **fields: Any) -> bytes:
    return _packed({"type": kind, **fields}).encode()


def frames_of(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """In their order, as many to a frame as it holds."""
    return [(FRAME % ",".join(part)).encode() for part in _parts(events)]


def _parts(events: Iterable[dict[str, Any]]) -> Iterator[list[str]]:
    part: list[str] = []
    size = len(FRAME)
    for event in events:
        packed = _packed(event)
        if part and size + len(packed) >= MOST_BYTES:
            yield part
            part, size = [], len(FRAME)
        part.append(packed)
        # JSON escapes all that is not ASCII: a letter is a byte.
        size += len(packed) + 1
    if part:
        yield part


def _packed(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))

"""A relay to PostgreSQL that reads what the client sends: how often it waits for an answer, and for how many statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.db.relay import Watch, relaying

HEADER = 5
# Frontend messages: a simple query; the execution of a prepared one; the end of a pipeline, and a flush of it.
QUERY, EXECUTE, SYNC, FLUSH = b"Q", b"E", b"S", b"H"


@dataclass
class Proxy:
    conninfo: str = ""
    round_trips: int = 0
    statements: int = 0
    _last: bytes = b""

    def reset(self) -> None:
        self.round_trips = self.statements = 0

    def asked(self) -> Watch:
        stream, is_started = bytearray(), False

        def watch(chunk: bytes) -> bool:
            nonlocal is_started
            stream.extend(chunk)
            is_started = self._read(stream, is_started=is_started)
            return True

        return watch

    def _read(self, stream: bytearray, *, is_started: bool) -> bool:
        """Count the whole messages at the head of the stream and take them off. The first one of all has no kind."""
        while True:
            prefix = 1 if is_started else 0
            size = int.from_bytes(stream[prefix : prefix + 4]) if len(stream) >= HEADER else HEADER
            if len(stream) < prefix + size:
                return is_started
            if is_started:
                self._count(bytes(stream[:1]))
            del stream[: prefix + size]
            is_started = True

    def _count(self, kind: bytes) -> None:
        self.statements += kind in {QUERY, EXECUTE}
        # A flush right behind a sync waits for the same answer.
        self.round_trips += kind == QUERY or (kind in {SYNC, FLUSH} and self._last not in {SYNC, FLUSH})
        self._last = kind


@contextmanager
def counting(conninfo: str) -> Iterator[Proxy]:
    proxy = Proxy()
    with relaying(conninfo, asked=proxy.asked) as proxy.conninfo:
        yield proxy

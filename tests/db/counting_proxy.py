"""A relay to PostgreSQL that reads what the client sends: how often it waits for an answer, and for how many statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.db.relay import Watch, relaying

HEADER = 5
# Frontend messages: a simple query; a statement to prepare, and the execution of it; the end of a pipeline, and a flush of it.
QUERY, PARSE, EXECUTE, SYNC, FLUSH = b"Q", b"P", b"E", b"S", b"H"


@dataclass
class Proxy:
    conninfo: str = ""
    round_trips: int = 0
    statements: int = 0
    # In their order; of prepared ones those that were executed.
    texts: list[str] = field(default_factory=list[str])
    _last: bytes = b""
    _prepared: str = ""

    def reset(self) -> None:
        self.round_trips = self.statements = 0
        self.texts.clear()

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
                self._count(bytes(stream[:1]), bytes(stream[HEADER : prefix + size]))
            del stream[: prefix + size]
            is_started = True

    def _count(self, kind: bytes, body: bytes) -> None:
        self.statements += kind in {QUERY, EXECUTE}
        if kind == PARSE:
            # Behind its name, which none has.
            self._prepared = body[1:].split(b"\0")[0].decode()
        elif kind in {QUERY, EXECUTE}:
            self.texts.append(self._prepared if kind == EXECUTE else body[:-1].decode())
        # A flush right behind a sync waits for the same answer.
        self.round_trips += kind == QUERY or (kind in {SYNC, FLUSH} and self._last not in {SYNC, FLUSH})
        self._last = kind


@contextmanager
def counting(conninfo: str) -> Iterator[Proxy]:
    proxy = Proxy()
    with relaying(conninfo, asked=proxy.asked) as proxy.conninfo:
        yield proxy

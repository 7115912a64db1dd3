"""A relay to PostgreSQL that hangs up between a commit and its answer: the client cannot know what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.db.relay import Watch, relaying

# The server is done with what was asked, and no transaction is open: whatever was to be committed is.
DONE = (b"Z", b"I")


@dataclass
class Proxy:
    conninfo: str = ""
    # Which of the next answers is lost, counted from 1; 0: none is.
    loses: int = 0
    lost: int = 0

    def answered(self) -> Watch:
        stream = bytearray()

        def watch(chunk: bytes) -> bool:
            stream.extend(chunk)
            return not _is_done(stream) or self._lets_through()

        return watch

    def _lets_through(self) -> bool:
        loses_this = self.loses == 1
        self.loses -= self.loses > 0
        self.lost += loses_this
        return not loses_this


@contextmanager
def cutting(conninfo: str) -> Iterator[Proxy]:
    proxy = Proxy()
    with relaying(conninfo, answered=proxy.answered) as proxy.conninfo:
        yield proxy


def _is_done(stream: bytearray) -> bool:
    """Takes whole messages off the stream: a kind, a length, and what it says."""
    done = False
    while len(stream) >= 5 and len(stream) > (size := int.from_bytes(stream[1:5])):
        done = done or (bytes(stream[:1]), bytes(stream[5:6])) == DONE
        del stream[: size + 1]
    return done

"""What a request asks of the database: how many statements read, how many write, and how often it waits for an answer.

The statement that begins the session counts as one that reads: it tells who asks. A lock counts as one that writes: it is
taken for what is written under it. BEGIN, COMMIT and savepoints are none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.db.counting_proxy import Proxy

CONTROL = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET CONSTRAINTS)\b")
# Where the request comes from goes before a lookup that begins no session, in one round trip with it.
ADDRESS = "SELECT set_config('app.address'"
BEGINS = re.compile(r"app\.begin_(session|key|tenant)\(")
WRITES = re.compile(
    r"\b(INSERT INTO|MERGE INTO|DELETE FROM|UPDATE)\b|\bFOR (NO KEY UPDATE|SHARE)\b|\bpg_advisory_xact_lock\("
)


@dataclass(frozen=True)
class Asked:
    reading: tuple[str, ...]
    writing: tuple[str, ...]
    round_trips: int

    @property
    def statements(self) -> int:
        return len(self.reading) + len(self.writing)


@dataclass(frozen=True)
class Counter:
    proxy: Proxy
    # Routines that may write, by their names.
    writers: frozenset[str]

    def during(self, request: Callable[[], Any]) -> tuple[Any, Asked]:
        self.proxy.reset()
        answer = request()
        said = [text for text in self.proxy.texts if not CONTROL.match(text) and not text.startswith(ADDRESS)]
        writing = [text for text in said if self.writes(text)]
        reading = [text for text in said if not self.writes(text)]
        return answer, Asked(tuple(reading), tuple(writing), self.proxy.round_trips)

    def writes(self, text: str) -> bool:
        if BEGINS.search(text):
            return False
        return bool(WRITES.search(text)) or any(
            called in self.writers for called in re.findall(r"\b(app\.\w+)\s*\(", text)
        )


def writers(owner: psycopg.Connection) -> frozenset[str]:
    return frozenset(
        name
        for (name,) in owner.execute(
            """
            SELECT 'app.' || proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND provolatile = 'v'
            """
        )
    )

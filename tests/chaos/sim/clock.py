"""Virtual time: the wall clock, ahead of itself by as much as was waited for and not lived through."""

import contextlib
import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg

SET = "UPDATE app.test_clock SET moved_by = make_interval(secs => %s)"


@dataclass(slots=True)
class Clock:
    """`owner` reaches the database, whose app.now() is moved with us. One that is down is told later."""

    owner: str = ""
    offset: float = 0.0
    is_told: bool = True
    _hand: psycopg.Connection | None = None
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def now(self) -> float:
        return time.time() + self.offset

    def jump(self, to: float) -> None:
        self.offset += max(0.0, to - self.now())
        self.tell()

    def tell(self) -> None:
        self.is_told = not self.owner
        if self.owner:
            with contextlib.suppress(psycopg.Error):
                if self._hand is None or self._hand.broken:
                    self._hand = psycopg.connect(self.owner, autocommit=True, connect_timeout=2)
                self._hand.execute(SET, [self.offset])
                self.is_told = True

    def close(self) -> None:
        if self._hand is not None:
            self._hand.close()

    def at(self, due: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (due, next(self._numbers), event))

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        self.at(self.now() + seconds, event)

    def next_due(self) -> float | None:
        return self._events[0][0] if self._events else None

    def fire(self) -> None:
        """All that is due by now."""
        now = self.now()
        while self._events and self._events[0][0] <= now:
            heapq.heappop(self._events)[2]()

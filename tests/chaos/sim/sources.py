"""Queues as sources of events: who drains each, how many at once, and what becomes of a batch."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.chaos.sim.clock import Clock
from tests.chaos.sim.queues import Message, Queue
from tests.chaos.sim.sandboxes import Invocation, Outcome, Sandboxes


@dataclass(frozen=True, slots=True)
class Source:
    """A queue as the stack draws it."""

    function: str
    # The function's timeout; the queue hides a message six times as long.
    seconds: int
    batch: int
    attempts: int
    concurrency: int
    is_fifo: bool = False


# As infra/queues.py and infra/functions.py say, but for the concurrency, which two cores bound.
SOURCES = {
    "inbound": Source("record_message", 20, 10, 1000, 4, is_fifo=True),
    "provider-events": Source("apply_provider_event", 20, 10, 12, 2),
    "turns": Source("answer_conversation", 35, 1, 12, 6),
    "outbox": Source("send_outbox", 30, 1, 10, 4),
    "media": Source("fetch_media", 60, 1, 10, 2),
    "automations": Source("run_automation", 60, 1, 5, 2),
    "jobs": Source("run_job", 60, 1, 10, 2),
}
KEEPER = Source("keep_dead_letter", 20, 10, 1000, 2)


@dataclass(slots=True)
class Sources:
    clock: Clock
    sandboxes: Sandboxes
    drained: Mapping[str, tuple[Queue, Source]]
    # Of each batch: turned away by Lambda, so that it comes again when it is visible.
    throttled: float = 0.0
    # Queues that nobody drains for now.
    paused: set[str] = field(default_factory=set)
    chance: random.Random = field(default_factory=random.Random)
    running: Counter[str] = field(default_factory=Counter)
    on_begin: Callable[[str, list[Message]], None] = lambda *_: None
    # Told what a batch came to.
    on_end: Callable[[str, list[Message], Outcome], None] = lambda *_: None

    def dispatch(self) -> None:
        """Whatever is visible goes to whoever has room for it."""
        now = self.clock.now()
        for name, (queue, source) in self.drained.items():
            if name in self.paused:
                continue
            while (
                self.running[name] < source.concurrency
                and (due := queue.next_due(now)) is not None
                and due <= now
                and (batch := queue.receive(now, source.batch))
            ):
                if self.throttled and self.chance.random() < self.throttled:
                    self.on_end(name, batch, Outcome(raised="throttled"))
                    continue
                self._invoke(name, queue, source, batch)

    def next_due(self) -> float | None:
        now = self.clock.now()
        due = [queue.next_due(now) for name, (queue, _) in self.drained.items() if name not in self.paused]
        return min((each for each in due if each is not None), default=None)

    def left(self) -> int:
        return sum(len(queue) for queue, _ in self.drained.values())

    def _invoke(self, name: str, queue: Queue, source: Source, batch: list[Message]) -> None:
        self.running[name] += 1
        self.on_begin(name, batch)
        # The receipts of this delivery: the same message may be delivered again meanwhile.
        receipts = {message.id: message.receipt for message in batch}
        event = {"Records": [message.as_record(queue.name) for message in batch]}

        def done(outcome: Outcome) -> None:
            self.running[name] -= 1
            failed = set(receipts)
            if not outcome.was_killed and not outcome.raised:
                answer = outcome.answer or {}
                failed = {each["itemIdentifier"] for each in answer.get("batchItemFailures", [])}
            now = self.clock.now()
            for identifier, receipt in receipts.items():
                if identifier not in failed:
                    queue.delete(receipt, now)
            self.on_end(name, batch, outcome)

        self.sandboxes.invoke(Invocation(source.function, event, done, source.seconds))

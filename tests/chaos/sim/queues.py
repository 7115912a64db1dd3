"""SQS as the house uses it: standard queues, and FIFO queues with the high throughput of message groups."""

import hashlib
import heapq
import itertools
import json
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

DEDUPLICATED_FOR = 300.0
ACCOUNT = "000000000000"
REGION = "sa-east-1"


@dataclass(slots=True, eq=False)
class Message:
    id: str
    body: str
    sent_at: float
    visible_at: float
    group: str = ""
    deduplication: str = ""
    receives: int = 0
    receipt: str = ""
    is_gone: bool = False

    def is_in_flight(self, now: float) -> bool:
        return not self.is_gone and bool(self.receipt) and self.visible_at > now

    def attributes(self) -> dict[str, str]:
        told = {"ApproximateReceiveCount": str(self.receives), "SentTimestamp": str(int(self.sent_at * 1000))}
        if self.group:
            told |= {"MessageGroupId": self.group}
        if self.deduplication:
            told |= {"MessageDeduplicationId": self.deduplication}
        return told

    def as_record(self, queue: str) -> dict[str, Any]:
        """As Lambda's event source hands it on."""
        return {
            "messageId": self.id,
            "receiptHandle": self.receipt,
            "body": self.body,
            "attributes": self.attributes(),
            "messageAttributes": {},
            "md5OfBody": md5(self.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": arn(queue),
            "awsRegion": REGION,
        }


@dataclass(slots=True)
class Disorder:
    """What a standard queue may do and seldom does: deliver twice, deliver later things first."""

    twice: float = 0.0
    window: int = 1
    chance: random.Random = field(default_factory=random.Random)


@dataclass(slots=True)
class Queue:
    name: str
    visibility: float = 30.0
    most_receives: int | None = None
    dead_letters: Self | None = None
    disorder: Disorder = field(default_factory=Disorder)
    attributes: dict[str, str] = field(default_factory=dict)
    held: dict[str, Message] = field(default_factory=dict)
    sent: int = 0
    buried: int = 0
    _due: list[tuple[float, int, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return len(self.held)

    def send(self, body: str, now: float, *, delay: float = 0.0, group: str = "", deduplication: str = "") -> Message:
        message = self._new(body, now, delay, group, deduplication)
        self._wait(message)
        return message

    def receive(self, now: float, most: int, visibility: float | None = None) -> list[Message]:
        hidden = self.visibility if visibility is None else visibility
        taken: list[Message] = []
        while len(taken) < most:
            message = self._next(now)
            if message is None:
                break
            if self._is_spent(message):
                self._bury(message, now)
                continue
            twice = self.disorder.twice and self.disorder.chance.random() < self.disorder.twice
            # Delivered, and there again at once: another server of the queue did not hear of it.
            self._take(message, now, 0.0 if twice else hidden)
            taken.append(message)
        return taken

    def delete(self, receipt: str, now: float) -> bool:
        message = self.held.get(_id_of(receipt))
        if message is None:
            return False
        message.is_gone = True
        del self.held[message.id]
        return True

    def hide(self, receipt: str, seconds: float, now: float) -> bool:
        """False where the message is no longer in flight."""
        message = self.held.get(_id_of(receipt))
        if message is None or not message.is_in_flight(now):
            return False
        message.visible_at = now + seconds
        self._wait(message)
        return True

    def next_due(self, now: float) -> float | None:
        """When there is something to receive; in the past where there is now."""
        del now
        while self._due:
            due, _, message = self._due[0]
            if not message.is_gone and message.visible_at == due:
                return due
            heapq.heappop(self._due)
        return None

    def _new(self, body: str, now: float, delay: float, group: str, deduplication: str) -> Message:
        self.sent += 1
        message = Message(str(uuid4()), body, now, now + delay, group, deduplication)
        self.held[message.id] = message
        return message

    def _wait(self, message: Message) -> None:
        heapq.heappush(self._due, (message.visible_at, next(self._numbers), message))

    def _next(self, now: float) -> Message | None:
        found: list[tuple[float, int, Message]] = []
        while len(found) < self.disorder.window and (due := self.next_due(now)) is not None and due <= now:
            found.append(heapq.heappop(self._due))
        if not found:
            return None
        chosen = found.pop(self.disorder.chance.randrange(len(found)) if len(found) > 1 else 0)
        for other in found:
            heapq.heappush(self._due, other)
        return chosen[2]

    def _take(self, message: Message, now: float, hidden: float) -> None:
        message.receives += 1
        message.receipt = f"{message.id}/{message.receives}"
        message.visible_at = now + hidden
        self._wait(message)

    def _is_spent(self, message: Message) -> bool:
        return self.most_receives is not None and message.receives >= self.most_receives

    def _bury(self, message: Message, now: float) -> None:
        message.is_gone = True
        del self.held[message.id]
        self.buried += 1
        assert self.dead_letters is not None
        self.dead_letters.send(message.body, now, group=message.group, deduplication=message.deduplication)


@dataclass(slots=True)
class Group:
    messages: deque[Message] = field(default_factory=deque)

    def free_at(self, now: float) -> float | None:
        """When the group may be received from: not while any of its messages is in flight."""
        while self.messages and self.messages[0].is_gone:
            self.messages.popleft()
        if not self.messages:
            return None
        return max([now, *(each.visible_at for each in self.messages if each.is_in_flight(now))])


@dataclass(slots=True)
class FifoQueue(Queue):
    """Groups are independent of each other, and so is their deduplication."""

    groups: dict[str, Group] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[float, Message]] = field(default_factory=dict)
    _ready: list[tuple[float, int, str]] = field(default_factory=list)

    def send(self, body: str, now: float, *, delay: float = 0.0, group: str = "", deduplication: str = "") -> Message:
        key = (group, deduplication or hashlib.sha256(body.encode()).hexdigest())
        known = self._known.get(key)
        if known is not None and now - known[0] < DEDUPLICATED_FOR:
            return known[1]
        message = self._new(body, now, delay, group, deduplication)
        self._known[key] = (now, message)
        self.groups.setdefault(group, Group()).messages.append(message)
        self._look_at(group, now)
        return message

    def receive(self, now: float, most: int, visibility: float | None = None) -> list[Message]:
        hidden = self.visibility if visibility is None else visibility
        taken: list[Message] = []
        while len(taken) < most and (name := self._next_group(now)) is not None:
            for message in list(self.groups[name].messages):
                if message.is_gone:
                    continue
                if len(taken) == most:
                    break
                if self._is_spent(message):
                    self._bury(message, now)
                    continue
                message.receives += 1
                message.receipt = f"{message.id}/{message.receives}"
                message.visible_at = now + hidden
                taken.append(message)
            self._look_at(name, now)
        return taken

    def delete(self, receipt: str, now: float) -> bool:
        message = self.held.get(_id_of(receipt))
        deleted = Queue.delete(self, receipt, now)
        if message is not None:
            self._look_at(message.group, now)
        return deleted

    def hide(self, receipt: str, seconds: float, now: float) -> bool:
        message = self.held.get(_id_of(receipt))
        if message is None or not message.is_in_flight(now):
            return False
        message.visible_at = now + seconds
        self._look_at(message.group, now)
        return True

    def next_due(self, now: float) -> float | None:
        while self._ready:
            due, number, name = self._ready[0]
            free_at = self.groups[name].free_at(now)
            if free_at is not None and free_at <= max(due, now):
                return due
            heapq.heappop(self._ready)
            if free_at is not None:
                heapq.heappush(self._ready, (free_at, number, name))
        return None

    def _look_at(self, name: str, now: float) -> None:
        free_at = self.groups[name].free_at(now)
        if free_at is not None:
            heapq.heappush(self._ready, (free_at, next(self._numbers), name))

    def _next_group(self, now: float) -> str | None:
        due = self.next_due(now)
        return heapq.heappop(self._ready)[2] if due is not None and due <= now else None


def make(name: str, attributes: dict[str, str] | None = None, queues: dict[str, Queue] | None = None) -> Queue:
    """A queue as CreateQueue describes it."""
    given = attributes or {}
    kind = FifoQueue if name.endswith(".fifo") else Queue
    queue = kind(name, visibility=float(given.get("VisibilityTimeout", 30)), attributes=given)
    if policy := given.get("RedrivePolicy"):
        redrive = json.loads(policy)
        queue.most_receives = int(redrive["maxReceiveCount"])
        queue.dead_letters = (queues or {})[redrive["deadLetterTargetArn"].rsplit(":", 1)[-1]]  # type: ignore[assignment]
    return queue


def arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def _id_of(receipt: str) -> str:
    return receipt.split("/", 1)[0]

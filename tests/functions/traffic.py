"""The queues between the functions, in the tests' own time: nothing is waited for, and what fails comes again."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.functions.outside.aws import Aws
from tests.functions.sandbox import Invocation
from tests.postgres import Clock

# Moto must not offer again by itself what the tests' clock decides about.
NEVER = 43_200
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Source:
    """A queue as infra/ draws it: who drains it, how long one has for it, how many messages at once."""

    function: str
    seconds: int
    batch: int

    @property
    def visibility(self) -> timedelta:
        return timedelta(seconds=6 * self.seconds)


SOURCES = {
    "inbound": Source("record_message", 20, 10),
    "provider_events": Source("apply_provider_event", 20, 10),
    "turns": Source("answer_conversation", 35, 1),
    "outbox": Source("send_outbox", 30, 1),
    "media": Source("fetch_media", 60, 1),
    "automations": Source("run_automation", 60, 1),
    "changes": Source("publish_changes", 30, 10),
    "jobs": Source("run_job", 60, 1),
}


@dataclass(order=True, frozen=True, slots=True)
class Held:
    """A message that waits for its time, as Lambda will see it; one that was received before must be received again."""

    due: datetime
    order: int
    queue: str = field(compare=False)
    record: dict[str, Any] = field(compare=False)
    was_received: bool = field(compare=False, default=False)


type Invoke = Callable[..., Invocation]


@dataclass(slots=True)
class Traffic:
    aws: Aws
    sqs: Any
    clock: Clock
    invoke: Invoke
    urls: Mapping[str, str]
    held: list[Held] = field(default_factory=list[Held])
    numbers: Iterator[int] = field(default_factory=itertools.count)
    read: int = 0

    def put(self, queue: str, body: str, *, group: str = "") -> None:
        # The queue's own deduplication lasts five minutes: here a duplicate always comes later.
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": str(next(self.numbers))} if group else {}
        self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body, **fifo)

    def hints(self, queue: str) -> list[dict[str, Any]]:
        """Everything sent to a queue so far, with its delay."""
        sent = [call.asked for call in self.aws.calls if call.operation in {"SendMessage", "SendMessageBatch"}]
        return [
            hint for asked in sent if asked["QueueUrl"] == self.urls[queue] for hint in asked.get("Entries", [asked])
        ]

    def take(self, queue: str) -> list[dict[str, Any]]:
        """What lies on a queue, whatever its time, as the records of an event."""
        self._collect()
        taken = [held for held in self.held if held.queue == queue]
        self.held = [held for held in self.held if held.queue != queue]
        return self._ready(queue, sorted(taken))

    def deliver(self, queue: str, records: Sequence[dict[str, Any]], **how: Any) -> Invocation:
        """One invocation; its messages are gone if it succeeded, and come again when they are visible if it did not."""
        calls_before = len(self.aws.calls)
        invocation = self.invoke(SOURCES[queue].function, {"Records": list(records)}, **how)
        failed = {record["messageId"] for record in records} if invocation.exit_code else set(invocation.failed)
        shown = {
            call.asked["ReceiptHandle"]: timedelta(seconds=call.asked["VisibilityTimeout"])
            for call in self.aws.calls[calls_before:]
            if call.operation == "ChangeMessageVisibility"
        }
        again_in: dict[str, timedelta] = {}
        for record in records:
            if record["messageId"] in failed:
                hidden = shown.get(record["receiptHandle"], SOURCES[queue].visibility)
                # A group is held back until the last of its messages is visible again.
                again_in[group_of(record)] = max(hidden, again_in.get(group_of(record), hidden))
            else:
                self.sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=record["receiptHandle"])
        now = self.clock.now()
        self.held += [
            Held(now + again_in[group_of(record)], next(self.numbers), queue, record, was_received=True)
            for record in records
            if record["messageId"] in failed
        ]
        return invocation

    def pass_time(self, by: timedelta, *, sweeping: bool = False) -> list[Invocation]:
        """All that is due meanwhile happens, at its time; with `sweeping`, also the clock that renews lost hints."""
        invocations: list[Invocation] = []
        end = self.clock.now() + by
        minute = timedelta(minutes=1)
        sweep = self.clock.now() + minute if sweeping else end + minute
        while True:
            self._collect()
            due = min([sweep, *(held.due for held in self.held)])
            if due > end:
                break
            self.clock.move(max(timedelta(0), due - self.clock.now()))
            if due == sweep:
                sweep += minute
                invocations.append(self.invoke("run_schedule", {"job": "hint_sweep"}))
            else:
                queue = min(self.held).queue
                invocations.append(self.deliver(queue, self._batch(queue)))
        self.clock.move(max(timedelta(0), end - self.clock.now()))
        return invocations

    def _batch(self, queue: str) -> list[dict[str, Any]]:
        now = self.clock.now()
        batch = sorted(held for held in self.held if held.queue == queue and held.due <= now)[: SOURCES[queue].batch]
        self.held = [held for held in self.held if held not in batch]
        return self._ready(queue, batch)

    def _collect(self) -> None:
        new, self.read = self.aws.calls[self.read :], len(self.aws.calls)
        # A message that is gone lets the next one of its group through.
        stirring = {"SendMessage", "SendMessageBatch", "DeleteMessage"}
        sent_to = {call.asked["QueueUrl"] for call in new if call.operation in stirring}
        delays = {
            call.answer["MessageId"]: call.asked.get("DelaySeconds", 0)
            for call in new
            if call.operation == "SendMessage"
        }
        for queue, url in self.urls.items():
            if url in sent_to:
                now = self.clock.now()
                for record in self._received(queue):
                    due = now + timedelta(seconds=delays.get(record["messageId"], 0))
                    self.held.append(Held(due, next(self.numbers), queue, record))
        self.read = len(self.aws.calls)

    def _ready(self, queue: str, held: Sequence[Held]) -> list[dict[str, Any]]:
        """As they are received: for those that failed once more, with a receipt of its own and one more in the count."""
        again = [message.record for message in held if message.was_received]
        for record in again:
            self.sqs.change_message_visibility(
                QueueUrl=self.urls[queue], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
            )
        received = {record["messageId"]: record for record in self._received(queue)} if again else {}
        ready = [
            received.pop(message.record["messageId"]) if message.was_received else message.record for message in held
        ]
        now = self.clock.now()
        self.held += [Held(now, next(self.numbers), queue, record) for record in received.values()]
        return ready

    def _received(self, queue: str) -> list[dict[str, Any]]:
        received: list[dict[str, Any]] = []
        asked = {
            "QueueUrl": self.urls[queue],
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": NEVER,
            "MessageSystemAttributeNames": ["All"],
        }
        while messages := self.sqs.receive_message(**asked).get("Messages"):
            received += [as_record(queue, self.urls[queue], message) for message in messages]
        return received


def group_of(record: dict[str, Any]) -> str:
    return record["attributes"].get("MessageGroupId", record["messageId"])


def as_record(queue: str, url: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message as Lambda's event source hands it on."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:sa-east-1:{ACCOUNT}:{url.rsplit('/', 1)[-1]}",
        "awsRegion": "sa-east-1",
    }

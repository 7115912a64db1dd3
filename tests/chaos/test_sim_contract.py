"""The simulator keeps the contract that the emulators keep: the same cases, asked of it over the same protocol."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.deploy import Aws as Clients
from tests.chaos.sim.aws import Aws
from tests.chaos.sim.clock import Clock
from tests.chaos.sim.queues import Message
from tests.chaos.sim.sandboxes import Invocation, Outcome
from tests.chaos.sim.sources import Source, Sources
from tests.chaos.sim.wire import Wire
from tests.local import test_sqs_contract as contract
from tests.local.test_sqs_contract import Queue, Queues, bodies, eventually

POLL = 0.02


@dataclass
class Simulator:
    """The loop, in a thread beside the test."""

    wire: Wire = field(default_factory=Wire)
    clock: Clock = field(default_factory=Clock)
    turns: list[Callable[[], None]] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)
    aws: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.aws = Aws(self.clock)
        self.aws.url = f"http://127.0.0.1:{self.wire.serve(self.aws)}"

    def live(self) -> None:
        while not self.ends.is_set():
            self.wire.turn(POLL)
            for turn in self.turns:
                turn()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    simulator = Simulator()
    living = threading.Thread(target=simulator.live)
    living.start()
    yield simulator
    simulator.ends.set()
    living.join()
    simulator.wire.close()


@pytest.fixture
def queues(simulator: Simulator) -> Iterator[Queues]:
    with Clients(simulator.aws.url).client("sqs") as sqs:
        queues = Queues(sqs)
        yield queues
        for url in queues.made:
            sqs.delete_queue(QueueUrl=url)


@dataclass
class AtOnce:
    """In place of sandboxes: what the contract's function does, in this process."""

    done: list[str]

    def invoke(self, invocation: Invocation) -> None:
        failed: list[dict[str, str]] = []
        held: set[str] = set()
        for record in invocation.event["Records"]:
            group = record["attributes"].get("MessageGroupId", "")
            is_first = record["attributes"]["ApproximateReceiveCount"] == "1"
            if group in held or "never" in record["body"] or ("later" in record["body"] and is_first):
                failed.append({"itemIdentifier": record["messageId"]})
                held |= {group} - {""}
            else:
                self.done.append(record["body"])
        invocation.done(Outcome({"batchItemFailures": failed}))


@dataclass
class Consumer:
    simulator: Simulator
    done: list[str] = field(default_factory=list)

    def drain(self, queue: Queue) -> None:
        found = self.simulator.aws.queues[queue.url.rsplit("/", 1)[-1]]
        drained = {found.name: (found, Source("contract", 1, 10, 5, 1))}
        sources = Sources(self.simulator.clock, AtOnce(self.done), drained)  # pyright: ignore[reportArgumentType]
        self.simulator.turns.append(sources.dispatch)

    def did(self, expected: int) -> list[str]:
        eventually(lambda: len(self.done) >= expected)
        return self.done


@pytest.fixture
def consumer(simulator: Simulator) -> Iterator[Consumer]:
    yield Consumer(simulator)
    simulator.turns.clear()


# Collected here as well, with the fixtures of this module.
for name, case in vars(contract).items():
    if name.startswith("test_"):
        globals()[name] = case


def test_a_message_may_be_delivered_twice_and_is_the_same() -> None:
    aws = Aws(Clock())
    queue = aws.make_queue("hints")
    queue.disorder.twice = 1.0
    queue.send("hint", now=0.0)

    first, second = queue.receive(0.0, 1), queue.receive(0.0, 1)

    assert [message.id for message in first] == [message.id for message in second]
    assert queue.delete(first[0].receipt, 0.0)
    assert queue.receive(0.0, 1) == []


def test_a_worker_that_dies_gives_back_its_message_when_it_is_visible_again() -> None:
    aws = Aws(Clock())
    queue = aws.make_queue("hints", {"VisibilityTimeout": "210"})
    queue.send("hint", now=0.0)
    (taken,) = queue.receive(0.0, 1)
    assert queue.hide(taken.receipt, 37, now=1.0)

    assert queue.receive(37.9, 1) == []
    assert [message.body for message in queue.receive(38.0, 1)] == ["hint"]


def test_five_minutes_of_virtual_time_end_a_deduplication() -> None:
    queue = Aws(Clock()).make_queue("inbound.fifo")
    numbers = itertools.count()

    def arrived(at: float) -> list[Message]:
        queue.send(f"delivery {next(numbers)}", now=at, group="ana", deduplication="wamid-1")
        found = queue.receive(at, 10)
        for message in found:
            queue.delete(message.receipt, at)
        return found

    assert [len(arrived(at)) for at in (0.0, 299.0, 301.0)] == [1, 0, 1]


def test_a_queue_that_is_down_takes_nothing_and_says_so(simulator: Simulator, queues: Queues) -> None:
    queue = queues.standard()
    simulator.aws.faults.down_until[queue.url.rsplit("/", 1)[-1]] = simulator.clock.now() + 0.5

    with pytest.raises(queues.sqs.exceptions.ClientError):
        queue.send("refused")

    eventually(lambda: sent(queue))
    assert bodies(queue.receive()) == ["taken"]


def sent(queue: Queue) -> Any:
    try:
        queue.send("taken")
    except Exception:
        return False
    return True

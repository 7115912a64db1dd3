"""The SQS behaviour that the message path is built on, asked of whichever emulator is in use."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import emulator, localstack
from local.deploy import Aws

PATIENCE = 20.0
HIDDEN = 30


@dataclass(frozen=True)
class Queue:
    sqs: Any
    url: str

    @property
    def arn(self) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def send(self, body: str, **more: Any) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)

    def send_in_group(self, group: str, body: str, *, dedup: str = "") -> None:
        self.send(body, MessageGroupId=group, MessageDeduplicationId=dedup or f"{group}-{body}")

    def receive(self, *, most: int = 10, visibility: int = HIDDEN, wait: int = 0) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=visibility,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def next(self, *, visibility: int = HIDDEN) -> dict[str, Any]:
        """The next message, waiting for it as long as anybody would."""
        messages = eventually(lambda: self.receive(most=1, visibility=visibility, wait=1))
        return messages[0]

    def delete(self, message: dict[str, Any]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide_for(self, message: dict[str, Any], seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


@dataclass
class Queues:
    sqs: Any
    made: list[str] = field(default_factory=list)

    def standard(self, **attributes: str) -> Queue:
        return self._make(f"contract-{uuid.uuid4().hex[:12]}", attributes)

    def fifo(self, **attributes: str) -> Queue:
        throughput = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        return self._make(f"contract-{uuid.uuid4().hex[:12]}.fifo", {"FifoQueue": "true", **throughput, **attributes})

    def with_dead_letters(self, make: Callable[..., Queue], attempts: int, **attributes: str) -> tuple[Queue, Queue]:
        dead_letters = make()
        policy = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": attempts}
        return make(RedrivePolicy=json.dumps(policy), **attributes), dead_letters

    def _make(self, name: str, attributes: dict[str, str]) -> Queue:
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.made.append(url)
        return Queue(self.sqs, url)


def eventually[T](look: Callable[[], T]) -> T:
    """What is looked for, once it is there. `look` waits a little itself."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
    return found


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]


@pytest.fixture(autouse=True)
def known_differences(request: pytest.FixtureRequest, aws_endpoint: str) -> None:
    if emulator.is_ministack(aws_endpoint):
        return
    if request.node.get_closest_marker("needs_lambda") and not localstack.docker_runs():
        pytest.skip("LocalStack runs functions in containers, and no Docker engine answers here")
    if differs := request.node.get_closest_marker("differs_on_localstack"):
        request.applymarker(pytest.mark.xfail(reason=differs.kwargs["reason"], strict=True))


@pytest.fixture
def queues(aws_endpoint: str) -> Iterator[Queues]:
    with Aws(aws_endpoint).client("sqs") as sqs:
        queues = Queues(sqs)
        yield queues
        for url in queues.made:
            sqs.delete_queue(QueueUrl=url)


def test_a_group_is_delivered_in_the_order_it_was_sent(queues: Queues) -> None:
    queue = queues.fifo()
    sent = [str(number) for number in range(12)]
    for body in sent:
        queue.send_in_group("ana", body)

    received: list[str] = []
    while len(received) < len(sent):
        messages = eventually(lambda: queue.receive(most=5, wait=1))
        received += bodies(messages)
        for message in messages:
            queue.delete(message)

    assert received == sent


def test_a_group_waits_while_one_of_its_messages_is_in_flight_and_others_do_not(queues: Queues) -> None:
    queue = queues.fifo()
    queue.send_in_group("ana", "first")
    queue.send_in_group("ana", "second")
    in_flight = queue.next()
    queue.send_in_group("bia", "other")

    assert bodies(queue.receive()) == ["other"]
    assert queue.receive() == []

    queue.delete(in_flight)
    assert queue.next()["Body"] == "second"


def test_a_group_goes_on_with_the_same_message_after_its_visibility_ends(queues: Queues) -> None:
    queue = queues.fifo()
    queue.send_in_group("ana", "first")
    queue.send_in_group("ana", "second")
    queue.next(visibility=1)

    again = queue.next()

    assert again["Body"] == "first"
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_repeated_deduplication_id_is_accepted_and_not_delivered(queues: Queues) -> None:
    queue = queues.fifo()
    queue.send_in_group("ana", "hello", dedup="wamid-1")
    queue.send_in_group("ana", "hello again", dedup="wamid-1")
    queue.send_in_group("ana", "end", dedup="wamid-2")

    assert bodies(queue.receive()) == ["hello", "end"]


def test_deduplication_outlives_the_deletion_of_the_message(queues: Queues) -> None:
    queue = queues.fifo()
    queue.send_in_group("ana", "hello", dedup="wamid-1")
    queue.delete(queue.next())

    queue.send_in_group("ana", "hello", dedup="wamid-1")
    queue.send_in_group("ana", "end", dedup="wamid-2")

    assert bodies(queue.receive()) == ["end"]


def test_deduplication_is_by_group(queues: Queues) -> None:
    queue = queues.fifo()
    queue.send_in_group("ana", "hello", dedup="same")
    queue.send_in_group("bia", "hello", dedup="same")

    assert {message["Attributes"]["MessageGroupId"] for message in queue.receive()} == {"ana", "bia"}


def test_an_undeleted_message_comes_back_when_its_visibility_ends(queues: Queues) -> None:
    queue = queues.standard()
    queue.send("hint")
    first = queue.next(visibility=1)

    second = queue.next()

    assert second["MessageId"] == first["MessageId"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"


def test_visibility_can_be_extended_and_ended(queues: Queues) -> None:
    queue = queues.standard()
    queue.send("extended")
    extended = queue.next(visibility=1)
    queue.hide_for(extended, HIDDEN)
    queue.send("clock")
    queue.next(visibility=2)

    # The clock ran out after the first visibility of the extended message would have.
    assert queue.next()["Body"] == "clock"
    assert queue.receive() == []

    queue.hide_for(extended, 0)
    assert queue.next()["Body"] == "extended"


def test_a_delayed_message_comes_after_its_delay(queues: Queues) -> None:
    queue = queues.standard()
    sent_at = time.monotonic()
    queue.send("later", DelaySeconds=2)
    queue.send("now")

    assert queue.next()["Body"] == "now"
    assert queue.next()["Body"] == "later"
    assert time.monotonic() - sent_at >= 1.9


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_a_message_received_too_often_moves_to_the_dead_letters(queues: Queues, kind: str) -> None:
    queue, dead_letters = queues.with_dead_letters(getattr(queues, kind), attempts=2)
    group = {"MessageGroupId": "ana", "MessageDeduplicationId": "1"} if kind == "fifo" else {}
    queue.send("poison", **group)
    for _ in range(2):
        queue.hide_for(queue.next(), 0)

    # The receive that finds it spent is the one that moves it.
    assert queue.receive() == []
    dead = dead_letters.next()

    assert dead["Body"] == "poison"
    assert dead["Attributes"].get("MessageGroupId") == group.get("MessageGroupId")


def test_a_dead_letter_lets_its_group_go_on(queues: Queues) -> None:
    queue, _ = queues.with_dead_letters(queues.fifo, attempts=1)
    queue.send_in_group("ana", "poison")
    queue.send_in_group("ana", "next")
    queue.hide_for(queue.next(), 0)

    assert queue.next()["Body"] == "next"


def batch(queue: Queue, bodies: list[str], **more: str) -> dict[str, Any]:
    entries = [{"Id": str(number), "MessageBody": body, **more} for number, body in enumerate(bodies)]
    return queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)


def test_a_batch_takes_ten_messages_of_90_kilobytes(queues: Queues) -> None:
    queue = queues.standard()

    answer = batch(queue, ["x" * 90_000] * 10)

    assert len(answer["Successful"]) == 10
    assert not answer.get("Failed")


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        pytest.param(["x"] * 11, "TooManyEntriesInBatchRequest", id="eleven entries"),
        pytest.param(["x" * 110_000] * 10, "BatchRequestTooLong", id="more than a mebibyte"),
    ],
)
def test_a_batch_beyond_the_limits_is_refused_whole(queues: Queues, refused: list[str], code: str) -> None:
    queue = queues.standard()

    with pytest.raises(ClientError) as refusal:
        batch(queue, refused)

    assert refusal.value.response["Error"]["Code"].endswith(code)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert queue.receive() == []


def test_a_batch_reports_the_entry_it_could_not_take_and_takes_the_others(queues: Queues) -> None:
    queue = queues.standard()

    answer = batch(queue, ["good", "a NUL \x00 is not allowed", "good too"])

    assert [(failed["Id"], failed["Code"]) for failed in answer["Failed"]] == [("1", "InvalidMessageContents")]
    assert sorted(bodies(queue.receive())) == ["good", "good too"]


@pytest.mark.differs_on_localstack(reason="LocalStack reports every refused entry as its own fault")
def test_a_refused_entry_is_the_senders_fault(queues: Queues) -> None:
    answer = batch(queues.standard(), ["a NUL \x00 is not allowed"])

    assert answer["Failed"][0]["SenderFault"] is True


def test_a_missing_queue_is_a_400_with_the_code_that_the_sender_knows(queues: Queues) -> None:
    queue = queues.standard()
    missing = Queue(queues.sqs, f"{queue.url}-missing")

    with pytest.raises(queues.sqs.exceptions.QueueDoesNotExist) as refusal:
        missing.send("lost")

    assert refusal.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


CONSUMER = """
import os, urllib.parse, urllib.request

def handler(event, context):
    failed, held = [], set()
    for record in event["Records"]:
        group = record["attributes"].get("MessageGroupId")
        first = record["attributes"]["ApproximateReceiveCount"] == "1"
        if group in held or "never" in record["body"] or ("later" in record["body"] and first):
            failed.append({"itemIdentifier": record["messageId"]})
            held.add(group) if group else None
        else:
            form = {"Action": "SendMessage", "MessageBody": record["body"], "QueueUrl": os.environ["DONE"]}
            urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"], urllib.parse.urlencode(form).encode(), timeout=5)
    return {"batchItemFailures": failed}
"""


@dataclass(frozen=True)
class Consumer:
    """A function that drains a queue and puts what it did on another; "later" fails once, "never" always."""

    functions: Any
    done: Queue
    name: str = field(default_factory=lambda: f"contract-{uuid.uuid4().hex[:12]}")

    def deploy(self) -> None:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("consumer.py", CONSUMER)
        self.functions.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="consumer.handler",
            Role=f"arn:aws:iam::{emulator.ACCOUNT}:role/contract",
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"DONE": self.done.url}},
            Timeout=10,
        )

    def drain(self, queue: Queue) -> None:
        self.functions.create_event_source_mapping(
            EventSourceArn=queue.arn,
            FunctionName=self.name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    def did(self, expected: int) -> list[str]:
        done: list[dict[str, Any]] = []
        eventually(lambda: done.extend(self.done.receive(wait=1)) or len(done) >= expected)
        return bodies(done)

    def remove(self) -> None:
        for mapping in self.functions.list_event_source_mappings(FunctionName=self.name)["EventSourceMappings"]:
            self.functions.delete_event_source_mapping(UUID=mapping["UUID"])
        self.functions.delete_function(FunctionName=self.name)


@pytest.fixture
def consumer(aws_endpoint: str, queues: Queues) -> Iterator[Consumer]:
    with Aws(aws_endpoint).client("lambda") as functions:
        consumer = Consumer(functions, done=queues.standard())
        consumer.deploy()
        yield consumer
        consumer.remove()


@pytest.mark.needs_lambda
def test_an_event_source_deletes_what_succeeded_and_buries_what_never_does(queues: Queues, consumer: Consumer) -> None:
    queue, dead_letters = queues.with_dead_letters(queues.standard, attempts=2, VisibilityTimeout="1")
    batch(queue, ["good", "never", "good too"])

    consumer.drain(queue)

    assert dead_letters.next()["Body"] == "never"
    assert sorted(consumer.did(2)) == ["good", "good too"]
    assert dead_letters.receive() == []
    assert queue.receive() == []


@pytest.mark.needs_lambda
def test_an_event_source_keeps_the_order_of_a_group_through_a_failure(queues: Queues, consumer: Consumer) -> None:
    queue, _ = queues.with_dead_letters(queues.fifo, attempts=5, VisibilityTimeout="1")
    for body in ("one", "two, later", "three"):
        queue.send_in_group("ana", body)
    queue.send_in_group("bia", "another group")

    consumer.drain(queue)

    of_ana = [body for body in consumer.did(4) if body != "another group"]
    assert of_ana == ["one", "two, later", "three"]


@pytest.mark.needs_lambda
def test_a_delayed_message_reaches_its_consumer_after_the_delay(queues: Queues, consumer: Consumer) -> None:
    queue = queues.standard()
    consumer.drain(queue)
    sent_at = time.monotonic()

    queue.send("hint", DelaySeconds=2)

    assert consumer.did(1) == ["hint"]
    assert time.monotonic() - sent_at >= 1.9

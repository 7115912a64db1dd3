"""What the house asks of AWS, over its JSON protocol: SQS, KMS, Secrets Manager, and objects in S3."""

import base64
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.chaos.sim.clock import Clock
from tests.chaos.sim.queues import ACCOUNT, Message, Queue, arn, make, md5
from tests.chaos.sim.wire import Answer, Later, Reply, Request

MOST_ENTRIES = 10
MOST_BYTES = 1_048_576
# What XML, and so SQS, does not take.
NOT_ALLOWED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
POLL = 0.02


class Refused(Exception):
    def __init__(self, code: str, *, query_code: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.answer = Answer.of(
            {"__type": f"com.amazonaws.sqs#{code}", "message": code},
            status,
            f"x-amzn-query-error: {query_code or code};Sender\r\n",
        )


@dataclass(slots=True)
class Faults:
    """What AWS does wrong, by chance or for a while; counted, so that a run can say what it went through."""

    chance: random.Random = field(default_factory=random.Random)
    # Of each entry of a batch: refused by SQS itself, to be said again.
    entry_failed: float = 0.0
    # Of each hint: taken, and never delivered.
    hint_lost: float = 0.0
    # By queue name ("*": all of them): until when nothing is taken.
    down_until: dict[str, float] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    # The conversations whose hints were lost.
    lost: set[str] = field(default_factory=set)

    def strikes(self, name: str, share: float) -> bool:
        struck = share > 0 and self.chance.random() < share
        self.met[name] += struck
        return struck


@dataclass(slots=True)
class Aws:
    clock: Clock
    faults: Faults = field(default_factory=Faults)
    queues: dict[str, Queue] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    _uploads: Iterator[int] = field(default_factory=itertools.count)
    _known: dict[str, Callable[[dict[str, Any]], Reply]] = field(init=False)

    def __post_init__(self) -> None:
        self._known = {
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "ChangeMessageVisibility": self._change_visibility,
            "DeleteMessage": self._delete_message,
            "ReceiveMessage": self._receive_message,
            "CreateQueue": self._create_queue,
            "DeleteQueue": self._delete_queue,
            "GetQueueAttributes": self._queue_attributes,
            "Decrypt": self._decrypt,
            "GetSecretValue": self._secret_value,
        }

    def __call__(self, request: Request) -> Reply:
        if not request.operation:
            return self._object(request)
        asked = request.json()
        try:
            return self._known[request.operation](asked)
        except Refused as refused:
            return refused.answer

    def make_queue(self, name: str, attributes: dict[str, str] | None = None) -> Queue:
        self.queues[name] = make(name, attributes, self.queues)
        return self.queues[name]

    def queue_url(self, name: str) -> str:
        return f"{self.url}/{ACCOUNT}/{name}"

    def wrapped(self, key: bytes, context: dict[str, str]) -> bytes:
        """A data key as KMS hands it out: opened again only with the same context."""
        return json.dumps({"key": base64.b64encode(key).decode(), "context": context}).encode()

    def _queue(self, asked: dict[str, Any]) -> Queue:
        name = str(asked["QueueUrl"]).rsplit("/", 1)[-1]
        queue = self.queues.get(name)
        if queue is None:
            raise Refused("QueueDoesNotExist", query_code="AWS.SimpleQueueService.NonExistentQueue")
        if self.faults.down_until and self.clock.now() < max(
            self.faults.down_until.get(name, 0.0), self.faults.down_until.get("*", 0.0)
        ):
            self.faults.met["queue_down"] += 1
            raise Refused("ServiceUnavailable", status=503)
        return queue

    def _object(self, request: Request) -> Reply:
        path = unquote(request.path.partition("?")[0])
        if request.method == "PUT":
            self.objects[path] = request.body
            return Answer(200, b"", f'ETag: "{next(self._uploads)}"\r\n')
        if request.method == "DELETE":
            self.objects.pop(path, None)
            return Answer(204, b"")
        if path not in self.objects:
            return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return Answer(200, self.objects[path])

    def _send_message(self, asked: dict[str, Any]) -> Reply:
        queue, body = self._queue(asked), asked["MessageBody"]
        if NOT_ALLOWED.search(body):
            raise Refused("InvalidMessageContents")
        if self.faults.strikes("hint_lost", self.faults.hint_lost):
            self.faults.lost.add(json.loads(body).get("conversation_id", ""))
            return Answer.of({"MessageId": "lost", "MD5OfMessageBody": md5(body)})
        message = self._put(queue, asked)
        return Answer.of({"MessageId": message.id, "MD5OfMessageBody": md5(body)})

    def _send_message_batch(self, asked: dict[str, Any]) -> Reply:
        queue, entries = self._queue(asked), asked["Entries"]
        if len(entries) > MOST_ENTRIES:
            raise Refused(
                "TooManyEntriesInBatchRequest", query_code="AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
            )
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MOST_BYTES:
            raise Refused("BatchRequestTooLong", query_code="AWS.SimpleQueueService.BatchRequestTooLong")
        taken: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for entry in entries:
            if NOT_ALLOWED.search(entry["MessageBody"]):
                failed.append({"Id": entry["Id"], "Code": "InvalidMessageContents", "SenderFault": True})
            elif self.faults.strikes("entry_failed", self.faults.entry_failed):
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                message = self._put(queue, entry)
                told = {"Id": entry["Id"], "MessageId": message.id, "MD5OfMessageBody": md5(message.body)}
                taken.append(told)
        return Answer.of({"Successful": taken, **({"Failed": failed} if failed else {})})

    def _put(self, queue: Queue, asked: dict[str, Any]) -> Message:
        return queue.send(
            asked["MessageBody"],
            self.clock.now(),
            delay=float(asked.get("DelaySeconds", 0)),
            group=asked.get("MessageGroupId", ""),
            deduplication=asked.get("MessageDeduplicationId", ""),
        )

    def _change_visibility(self, asked: dict[str, Any]) -> Reply:
        queue = self._queue(asked)
        if not queue.hide(asked["ReceiptHandle"], float(asked["VisibilityTimeout"]), self.clock.now()):
            raise Refused("MessageNotInflight", query_code="AWS.SimpleQueueService.MessageNotInflight")
        return Answer.of({})

    def _delete_message(self, asked: dict[str, Any]) -> Reply:
        self._queue(asked).delete(asked["ReceiptHandle"], self.clock.now())
        return Answer.of({})

    def _receive_message(self, asked: dict[str, Any], waited: float = 0.0) -> Reply:
        queue = self._queue(asked)
        visibility = asked.get("VisibilityTimeout")
        found = queue.receive(
            self.clock.now(), asked.get("MaxNumberOfMessages", 1), None if visibility is None else float(visibility)
        )
        if not found and waited < asked.get("WaitTimeSeconds", 0):
            return Later(POLL, lambda: self._receive_message(asked, waited + POLL))
        told = [
            {
                "MessageId": message.id,
                "ReceiptHandle": message.receipt,
                "Body": message.body,
                "MD5OfBody": md5(message.body),
                "Attributes": message.attributes(),
            }
            for message in found
        ]
        return Answer.of({"Messages": told} if told else {})

    def _create_queue(self, asked: dict[str, Any]) -> Reply:
        self.make_queue(asked["QueueName"], asked.get("Attributes", {}))
        return Answer.of({"QueueUrl": self.queue_url(asked["QueueName"])})

    def _delete_queue(self, asked: dict[str, Any]) -> Reply:
        del self.queues[self._queue(asked).name]
        return Answer.of({})

    def _queue_attributes(self, asked: dict[str, Any]) -> Reply:
        queue = self._queue(asked)
        return Answer.of({"Attributes": {**queue.attributes, "QueueArn": arn(queue.name)}})

    def _decrypt(self, asked: dict[str, Any]) -> Reply:
        known = json.loads(base64.b64decode(asked["CiphertextBlob"]))
        if asked.get("EncryptionContext") != known["context"]:
            raise Refused("InvalidCiphertextException")
        return Answer.of({"Plaintext": known["key"]})

    def _secret_value(self, asked: dict[str, Any]) -> Reply:
        return Answer.of({"SecretString": json.dumps(self.secrets[asked["SecretId"]])})

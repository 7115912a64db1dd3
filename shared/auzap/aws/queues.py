"""Sending to queues: batches that say what was refused, and hints."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from auzap.aws.client import AwsClient, AwsError
from auzap.loose import items

MOST_ENTRIES = 10
MOST_BYTES = 900_000
ATTEMPTS = 3
LONGEST_DELAY = 900


class Entry(TypedDict):
    body: str
    group: str
    deduplication: str


def send_all(sqs: AwsClient, queue_url: str, entries: Sequence[Entry], *, fifo: bool) -> None:
    """Every entry, in batches the queue accepts. What SQS fails to take is said again; what stays failed raises."""
    for batch in batches(entries):
        _send(sqs, queue_url, batch, fifo=fifo)


def batches(entries: Sequence[Entry]) -> list[list[Entry]]:
    grouped: list[list[Entry]] = []
    size = 0
    for entry in entries:
        weight = len(entry["body"].encode())
        if not grouped or len(grouped[-1]) == MOST_ENTRIES or size + weight > MOST_BYTES:
            grouped.append([])
            size = 0
        grouped[-1].append(entry)
        size += weight
    return grouped


def _send(sqs: AwsClient, queue_url: str, batch: list[Entry], *, fifo: bool) -> None:
    waiting = {str(index): entry for index, entry in enumerate(batch)}
    for _ in range(ATTEMPTS):
        answer = sqs.call(
            "SendMessageBatch",
            {"QueueUrl": queue_url, "Entries": [_wire(key, entry, fifo=fifo) for key, entry in waiting.items()]},
        )
        failed = items(answer.get("Failed"))
        if any(entry["SenderFault"] for entry in failed):
            raise AwsError(400, str(failed[0].get("Code", "Unknown")))
        waiting = {entry["Id"]: waiting[entry["Id"]] for entry in failed}
        if not waiting:
            return
    raise AwsError(503, "PartialBatch")


def _wire(key: str, entry: Entry, *, fifo: bool) -> dict[str, str]:
    wire = {"Id": key, "MessageBody": entry["body"], "MessageGroupId": entry["group"]}
    if fifo:
        wire["MessageDeduplicationId"] = entry["deduplication"]
    return wire


def waiting(sqs: AwsClient, queue_url: str) -> int:
    """How many messages lie there for somebody to take them, about."""
    asked = {"QueueUrl": queue_url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    return int(sqs.call("GetQueueAttributes", asked)["Attributes"]["ApproximateNumberOfMessages"])


def hint(sqs: AwsClient, queue_url: str, body: dict[str, Any], *, delay: float = 0) -> None:
    """A hint may be lost or doubled: the row it points at says what is to be done."""
    sqs.call(
        "SendMessage",
        {
            "QueueUrl": queue_url,
            "MessageBody": json.dumps(body),
            # A moment more than asked: a hint that comes too early is turned away.
            "DelaySeconds": min(LONGEST_DELAY, max(0, int(-(-delay // 1)))),
        },
    )

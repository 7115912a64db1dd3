"""Batches a queue accepts, and refusals of single entries."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.aws.client import AwsError
from auzap.aws.queues import MOST_BYTES, MOST_ENTRIES, Entry, batches, hint, send_all
from tests.unit.conftest import ClientTo
from tests.unit.scripted_server import Answer, ScriptedServer, scripted

QUEUE = "http://sqs.test/000000000000/inbound.fifo"
SIZES = st.lists(st.integers(1, 40) | st.integers(100_000, 262_144), max_size=45)


def entry(name: str, size: int = 1) -> Entry:
    return {"body": "x" * size, "group": f"group-{name}", "deduplication": f"once-{name}"}


def entries(count: int) -> list[Entry]:
    return [entry(str(number)) for number in range(count)]


def failed(*ids: str, sender: bool = False) -> Answer:
    return Answer(body={"Failed": [{"Id": id_, "SenderFault": sender, "Code": "Code"} for id_ in ids]})


def sent(server: ScriptedServer) -> list[list[dict[str, Any]]]:
    return [request.json["Entries"] for request in server.requests]


@given(SIZES)
def test_batches_keep_every_entry_in_order_within_the_limits(sizes: list[int]) -> None:
    given_entries = [entry(str(number), size) for number, size in enumerate(sizes)]

    made = batches(given_entries)

    assert [kept for batch in made for kept in batch] == given_entries
    assert all(1 <= len(batch) <= MOST_ENTRIES for batch in made)
    assert all(sum(len(kept["body"]) for kept in batch) <= MOST_BYTES for batch in made)


@given(SIZES)
def test_no_batch_is_smaller_than_it_must_be(sizes: list[int]) -> None:
    made = batches([entry(str(number), size) for number, size in enumerate(sizes)])

    for batch, following in pairwise(made):
        weight = sum(len(kept["body"]) for kept in batch) + len(following[0]["body"])
        assert len(batch) == MOST_ENTRIES or weight > MOST_BYTES


def test_an_entry_is_weighed_in_bytes() -> None:
    wide = Entry(body="ç" * (MOST_BYTES // 4), group="g", deduplication="d")

    assert [len(batch) for batch in batches([wide, wide, wide])] == [2, 1]


def test_a_fifo_entry_carries_its_group_and_its_deduplication(client_to: ClientTo) -> None:
    with scripted(Answer(body={"Successful": [{"Id": "0"}]})) as aws:
        send_all(client_to(aws.url), QUEUE, [entry("a")], fifo=True)

    assert aws.requests[0].json["QueueUrl"] == QUEUE
    assert sent(aws) == [
        [{"Id": "0", "MessageBody": "x", "MessageGroupId": "group-a", "MessageDeduplicationId": "once-a"}]
    ]


def test_a_standard_queue_is_given_no_deduplication(client_to: ClientTo) -> None:
    with scripted(Answer()) as aws:
        send_all(client_to(aws.url), QUEUE, [entry("a")], fifo=False)

    assert sent(aws) == [[{"Id": "0", "MessageBody": "x", "MessageGroupId": "group-a"}]]


def test_twenty_three_entries_are_three_calls(client_to: ClientTo) -> None:
    with scripted(Answer()) as aws:
        send_all(client_to(aws.url), QUEUE, entries(23), fifo=True)

    assert [len(batch) for batch in sent(aws)] == [10, 10, 3]


def test_nothing_to_send_is_no_call(client_to: ClientTo) -> None:
    with scripted(Answer()) as aws:
        send_all(client_to(aws.url), QUEUE, [], fifo=True)

    assert aws.requests == []


def test_only_what_failed_is_sent_again(client_to: ClientTo) -> None:
    with scripted(failed("1", "3"), failed("3"), Answer()) as aws:
        send_all(client_to(aws.url), QUEUE, entries(4), fifo=True)

    assert [[wire["MessageDeduplicationId"] for wire in batch] for batch in sent(aws)] == [
        ["once-0", "once-1", "once-2", "once-3"],
        ["once-1", "once-3"],
        ["once-3"],
    ]


def test_what_stays_failed_raises_after_three_tries(client_to: ClientTo) -> None:
    with scripted(failed("0")) as aws, pytest.raises(AwsError) as raised:
        send_all(client_to(aws.url), QUEUE, entries(2), fifo=True)

    assert (raised.value.status, raised.value.code) == (503, "PartialBatch")
    assert len(aws.requests) == 3


def test_an_entry_that_is_our_fault_is_not_repeated(client_to: ClientTo) -> None:
    with scripted(failed("0", sender=True)) as aws, pytest.raises(AwsError) as raised:
        send_all(client_to(aws.url), QUEUE, entries(1), fifo=True)

    assert (raised.value.status, raised.value.code) == (400, "Code")
    assert len(aws.requests) == 1


def test_a_later_batch_that_fails_is_not_hidden_by_an_earlier_that_passed(client_to: ClientTo) -> None:
    with scripted(Answer(), Answer(500)) as aws, pytest.raises(AwsError):
        send_all(client_to(aws.url), QUEUE, entries(11), fifo=True)

    assert len(aws.requests) == 2


@pytest.mark.parametrize(
    ("asked", "given_to_queue"),
    [(0, 0), (-3, 0), (0.2, 1), (2, 2), (2.001, 3), (899.5, 900), (900, 900), (4000, 900)],
)
def test_a_hint_is_never_early_and_never_later_than_a_queue_allows(
    client_to: ClientTo, asked: float, given_to_queue: int
) -> None:
    with scripted(Answer()) as aws:
        hint(client_to(aws.url), QUEUE, {"organization_id": "o", "conversation_id": "c"}, delay=asked)

    assert aws.requests[0].json == {
        "QueueUrl": QUEUE,
        "MessageBody": '{"organization_id": "o", "conversation_id": "c"}',
        "DelaySeconds": given_to_queue,
    }

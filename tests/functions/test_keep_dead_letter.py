"""keep_dead_letter: what no queue could deliver is kept with its tenant, once, and a person is told."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.functions.house import House
from tests.functions.sandbox import Invocation


def letter(body: str, *, queue: str = "turns-dead") -> dict[str, Any]:
    return {
        "messageId": str(uuid4()),
        "receiptHandle": "of the dead-letter queue",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "13", "SentTimestamp": "1795233600000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:sa-east-1:123456789012:{queue}",
        "awsRegion": "sa-east-1",
    }


def keep(house: House, *letters: dict[str, Any]) -> Invocation:
    return house.invoke("keep_dead_letter", {"Records": list(letters)})


def quarantined(house: House, record: dict[str, Any]) -> list[bytes]:
    return [content for name, content in house.installation.quarantined() if record["messageId"] in name]


def a_hint(house: House) -> str:
    house.hear(house.person())
    return house.traffic.take("turns")[0]["body"]


def test_a_dead_hint_is_kept_once_with_its_conversation_and_told_to_the_staff(house: House) -> None:
    hint = a_hint(house)
    dead = letter(hint)

    for _ in range(2):
        assert keep(house, dead).failed == []

    conversation = house.one("SELECT id FROM conversations")
    assert house.rows("SELECT queue, message_id, body, receives, conversation_id, state FROM dead_letters") == [
        ("turns-dead", dead["messageId"], json.loads(hint), 13, conversation, "kept")
    ]
    assert house.rows("SELECT kind, detail, conversation_id FROM staff_tasks") == [
        ("dead_letter", "turn_failed", conversation)
    ]


def test_a_customer_whose_turn_died_gets_one_apology_and_a_person(house: House) -> None:
    person = house.person()
    house.hear(person)
    dead = letter(house.traffic.take("turns")[0]["body"])

    for _ in range(2):
        keep(house, dead)
    keep(house, letter(dead["body"]))
    house.work("outbox")

    (apology,) = [
        message for message in house.outside.street.chats.snapshot()["messages"] if message["sender"] == "shop"
    ]
    assert "já passei sua mensagem para a equipe" in apology["content"]["body"]
    assert house.rows("SELECT state, handoff_reason, priority FROM conversations") == [
        ("waiting_human", "dead_letter", "high")
    ]


def test_a_dead_envelope_is_kept_with_the_shop_it_was_written_to(house: House) -> None:
    house.says(house.person(), "nunca gravada\x00")
    envelope = house.traffic.take("inbound")[0]["body"]

    assert keep(house, letter(envelope, queue="inbound-dead.fifo")).failed == []

    # Without the character that PostgreSQL refuses: the letter is kept all the same.
    kept = house.one("SELECT body -> 'element' -> 'text' ->> 'body' FROM dead_letters")
    assert kept == "nunca gravada\ufffd"
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("dead_letter", "message_failed")]


def test_a_letter_about_a_conversation_that_is_gone_is_kept_with_its_shop(house: House) -> None:
    body = {"organization_id": str(house.organization_id), "conversation_id": str(uuid4())}

    assert keep(house, letter(json.dumps(body))).failed == []

    assert house.rows("SELECT body, conversation_id FROM dead_letters") == [(body, None)]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"organization_id": str(uuid4()), "conversation_id": str(uuid4())}),
        json.dumps({"organization_id": "of no kind"}),
        json.dumps({"account": "404", "kind": "message"}),
        json.dumps({"nobody": "knows"}),
        json.dumps(["a", "list"]),
        "no JSON at all",
        "[" * 100_000,
    ],
    ids=["unknown shop", "no shop", "unknown account", "no address", "a list", "no JSON", "a deep nest"],
)
def test_a_letter_of_no_known_tenant_is_quarantined(house: House, body: str) -> None:
    dead = letter(body)

    assert keep(house, dead).failed == []

    assert quarantined(house, dead) == [body.encode()]


def test_a_letter_of_a_suspended_shop_is_quarantined(house: House) -> None:
    dead = letter(a_hint(house))
    house.suspend()

    assert keep(house, dead).failed == []

    assert quarantined(house, dead) == [dead["body"].encode()]


def test_a_letter_that_cannot_be_kept_now_comes_again_alone(house: House) -> None:
    unknown, known = letter("no JSON at all"), letter(a_hint(house))
    house.installation.aws.refuse("PUT object")

    invocation = keep(house, unknown, known)

    assert invocation.failed == [unknown["messageId"]]
    assert house.one("SELECT message_id FROM dead_letters") == known["messageId"]

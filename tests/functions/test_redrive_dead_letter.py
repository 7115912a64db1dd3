"""A dead letter goes back to the queue it came from, and the way on from there has every effect once."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.functions.house import House
from tests.functions.outside.model import answer
from tests.functions.test_keep_dead_letter import keep, letter

AT = "2026-11-21T12:00:00+00:00"


def redrive(house: House, *, at: str = AT) -> str:
    """As the panel asks for it; what the metric says came of it."""
    ((letter_id,),) = house.rows("SELECT id FROM dead_letters")
    work = {
        "organization_id": str(house.organization_id),
        "job": "redrive_dead_letter",
        "subject": str(letter_id),
        "at": at,
    }
    house.traffic.put("automations", json.dumps(work))
    (invocation,) = house.work("automations")
    assert invocation.failed == [], invocation.output
    return json.loads(invocation.output.splitlines()[-1])["outcome"]


def die(house: House, queue: str) -> dict[str, Any]:
    """The only message of a queue, which its dead-letter queue has now."""
    (record,) = house.traffic.take(queue)
    house.traffic.sqs.delete_message(QueueUrl=house.traffic.urls[queue], ReceiptHandle=record["receiptHandle"])
    return record


def work_through(house: House) -> list[str]:
    """What the customers' phones show of the shop when all queues are empty."""
    for queue in ("inbound", "provider_events", "turns", "outbox"):
        for invocation in house.work(queue):
            assert invocation.failed == [], invocation.output
    messages = house.outside.street.chats.snapshot()["messages"]
    return [message["content"]["body"] for message in messages if message["sender"] == "shop"]


def test_an_envelope_that_died_is_recorded_and_answered_once_however_often_it_is_redriven(house: House) -> None:
    house.says(house.person())
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    house.outside.model.script = [answer("Oi! Como posso ajudar?")]

    assert [redrive(house), redrive(house), redrive(house, at="2026-11-21T12:05:00+00:00")] == [
        "redriven",
        "skipped",
        "skipped",
    ]

    assert work_through(house) == ["Oi! Como posso ajudar?"]
    assert house.one("SELECT count(*) FROM messages WHERE sender = 'customer'") == 1


def test_an_envelope_goes_back_into_the_group_of_its_customer(house: House) -> None:
    person = house.person()
    house.says(person)
    first = die(house, "inbound")
    keep(house, letter(first["body"], queue="inbound-dead.fifo"))

    redrive(house)

    (again,) = house.traffic.take("inbound")
    assert again["attributes"]["MessageGroupId"] == first["attributes"]["MessageGroupId"]
    assert again["attributes"]["MessageDeduplicationId"] != first["attributes"]["MessageDeduplicationId"]
    assert json.loads(again["body"]) == json.loads(first["body"])


def test_an_envelope_that_was_recorded_meanwhile_has_no_second_effect(house: House) -> None:
    house.says(house.person())
    (record,) = house.traffic.take("inbound")
    keep(house, letter(record["body"], queue="inbound-dead.fifo"))
    house.traffic.deliver("inbound", [record])
    house.outside.model.script = [answer("Oi! Como posso ajudar?")]
    assert work_through(house) == ["Oi! Como posso ajudar?"]

    redrive(house)

    assert work_through(house) == ["Oi! Como posso ajudar?"]
    assert house.one("SELECT count(*) FROM messages WHERE sender = 'customer'") == 1


def test_a_turn_that_died_is_answered_after_its_redrive(house: House) -> None:
    house.hear(house.person())
    keep(house, letter(house.traffic.take("turns")[0]["body"]))
    house.outside.model.script = [answer("Oi! Como posso ajudar?")]

    assert redrive(house) == "redriven"

    assert work_through(house)[-1] == "Oi! Como posso ajudar?"
    assert house.one("SELECT state FROM conversations") == "ai"


def test_a_message_that_died_is_answered_by_the_agent_after_its_redrive(house: House) -> None:
    person = house.person()
    house.reply(person, "Oi! Como posso ajudar?")
    house.work("outbox")
    house.says(person, "E a tosa?")
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    house.outside.model.script = [answer("A tosa é na quinta?")]

    assert redrive(house) == "redriven"

    (first, apology, last) = work_through(house)
    assert (first, last) == ("Oi! Como posso ajudar?", "A tosa é na quinta?")
    assert "já passei sua mensagem para a equipe" in apology


def test_a_message_that_was_dead_for_too_long_is_a_persons(house: House) -> None:
    house.says(house.person(), "Tem horário hoje?")
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    house.clock.move(timedelta(hours=2))

    assert redrive(house) == "redriven"

    assert work_through(house) == []
    assert house.rows("SELECT state, handoff_reason FROM conversations") == [("waiting_human", "arrived_late")]
    assert ("arrived_late",) in house.rows("SELECT kind FROM staff_tasks")


def test_a_message_of_a_customer_whom_a_person_has_is_shown_to_them_and_answered_by_nobody_else(house: House) -> None:
    person = house.person()
    house.reply(person, "Oi! Como posso ajudar?")
    house.work("outbox")
    house.says(person, "E a tosa?")
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    house.work("outbox")
    house.change("UPDATE conversations SET state = 'human'")
    told = work_through(house)

    assert redrive(house) == "redriven"

    assert work_through(house) == told
    assert house.one("SELECT state FROM conversations") == "human"
    assert house.one("SELECT text FROM messages WHERE sender = 'customer' ORDER BY id DESC LIMIT 1") == "E a tosa?"


def test_a_send_that_died_goes_out_once_however_often_it_is_redriven(house: House) -> None:
    house.reply(house.person(), "Oi! Como posso ajudar?")
    keep(house, letter(die(house, "outbox")["body"], queue="outbox-dead"))

    assert [redrive(house), redrive(house, at="2026-11-21T12:05:00+00:00")] == ["redriven", "skipped"]

    assert work_through(house) == ["Oi! Como posso ajudar?"]


def test_a_status_that_died_moves_its_message_when_it_is_redriven(house: House) -> None:
    person = house.person()
    house.reply(person, "Oi! Como posso ajudar?")
    house.work("outbox")
    house.receive_statuses()
    for record in house.traffic.take("provider_events"):
        if json.loads(record["body"])["element"]["status"] == "delivered":
            keep(house, letter(record["body"], queue="provider-events-dead"))

    redrive(house)

    work_through(house)
    assert house.one("SELECT delivery FROM messages WHERE sender = 'agent'") == "delivered"


def test_a_letter_is_redriven_by_hand_as_the_runbook_says(house: House) -> None:
    house.says(house.person())
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    work = {
        "organization_id": str(house.organization_id),
        "job": "redrive_dead_letter",
        "subject": str(house.one("SELECT id FROM dead_letters")),
        "at": AT,
    }

    invocation = house.invoke("run_automation", {"Records": [{"messageId": "by-hand", "body": json.dumps(work)}]})

    assert invocation.answer == {"batchItemFailures": []}, invocation.output
    assert len(house.traffic.take("inbound")) == 1


def test_a_letter_of_nobody_is_skipped(house: House) -> None:
    house.says(house.person())
    keep(house, letter(die(house, "inbound")["body"], queue="inbound-dead.fifo"))
    house.traffic.put(
        "automations",
        json.dumps(
            {
                "organization_id": str(house.organization_id),
                "job": "redrive_dead_letter",
                "subject": str(uuid4()),
                "at": AT,
            }
        ),
    )

    (invocation,) = house.work("automations")

    assert json.loads(invocation.output.splitlines()[-1])["outcome"] == "skipped"
    assert house.traffic.take("inbound") == []

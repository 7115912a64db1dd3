"""What AuZap is told about a message it sent, and how stubbornly."""

import hashlib
import hmac
import threading
from typing import Any

import pytest

from local.street.deliveries import RETRY_SECONDS
from tests.unit.street.world import APP_SECRET, BIA, MARINA, SHOP, World, text, values


def sent(world: World, **fields: Any) -> str:
    answer = world.send(text(**fields))
    assert answer.status_code == 200
    return answer.json()["messages"][0]["id"]


def test_a_message_is_sent_at_once_and_delivered_a_moment_later(open_window: World) -> None:
    wamid = sent(open_window)

    assert [(s["id"], s["status"]) for s in open_window.statuses(after=0)] == [(wamid, "sent")]
    assert [(s["id"], s["status"]) for s in open_window.statuses(after=1)] == [(wamid, "delivered")]
    assert open_window.statuses(after=3600) == []


def test_a_status_carries_the_tracker_the_price_and_who_it_is_about(open_window: World) -> None:
    sent(open_window, biz_opaque_callback_data="outbox-row-7")

    for status in open_window.statuses():
        assert status["biz_opaque_callback_data"] == "outbox-row-7"
        assert status["pricing"] == {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "service",
        }
        assert status["recipient_id"] == MARINA.phone
        assert status["timestamp"].isdigit()
        assert "conversation" not in status


def test_a_status_about_somebody_without_a_phone_names_no_phone(world: World) -> None:
    world.client.post("/street/inbound", json={"bsuid": BIA.bsuid, "text": "Oi"})
    world.told()
    sent(world, to=None, recipient=BIA.bsuid)

    statuses = world.statuses()

    assert len(statuses) == 2
    assert all("recipient_id" not in status for status in statuses)


def test_a_message_is_read_when_the_phone_shows_the_chat(open_window: World) -> None:
    wamid = sent(open_window)
    open_window.statuses()
    message = open_window.street.chats.message(wamid)
    assert message is not None

    look = f"/phone/chats/{message.chat_id}/seen"
    assert open_window.client.post(look).json() == {"seen": 1}
    assert open_window.client.post(look).json() == {"seen": 0}

    assert [(s["id"], s["status"]) for s in open_window.statuses(after=0)] == [(wamid, "read")]


def test_a_message_seen_at_once_is_read_only_after_it_was_delivered(open_window: World) -> None:
    wamid = sent(open_window)
    message = open_window.street.chats.message(wamid)
    assert message is not None

    open_window.client.post(f"/phone/chats/{message.chat_id}/seen")

    assert [s["status"] for s in open_window.statuses()] == ["sent", "delivered", "read"]


def test_a_webhook_is_signed_over_its_raw_bytes_and_names_the_account(open_window: World) -> None:
    sent(open_window)

    webhook = open_window.deliver()[0]

    expected = hmac.new(APP_SECRET.encode(), webhook.body, hashlib.sha256).hexdigest()
    assert webhook.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert webhook.json["object"] == "whatsapp_business_account"
    assert webhook.json["entry"][0]["id"] == SHOP.waba_id
    assert webhook.json["entry"][0]["changes"][0]["field"] == "messages"
    assert values(webhook)[0]["metadata"] == {
        "display_phone_number": SHOP.digits,
        "phone_number_id": SHOP.phone_number_id,
    }


@pytest.mark.parametrize("refusal", [202, 401, 500])
def test_what_is_not_taken_with_200_is_offered_again_at_once_and_then_less_and_less_often(
    open_window: World, refusal: int
) -> None:
    sent(open_window)
    open_window.answers(refusal)

    # Offered, and offered again at once.
    assert len(open_window.deliver(after=0)) == 2
    for pause in RETRY_SECONDS[1:4]:
        status = [s["status"] for s in open_window.statuses(after=pause)]
        assert "sent" in status
        assert "sent" not in [s["status"] for s in open_window.statuses(after=0)]


def test_a_webhook_is_given_up_after_a_week(open_window: World) -> None:
    sent(open_window)
    open_window.answers(500)
    for _ in range(8 * 24):
        open_window.deliver(after=3600)
    open_window.answers(200)

    assert open_window.deliver(after=24 * 3600) == []


def test_a_webhook_that_was_taken_is_not_offered_again(open_window: World) -> None:
    sent(open_window)
    open_window.answers(503, 200)

    statuses = open_window.statuses()

    assert [s["status"] for s in statuses].count("sent") == 2
    assert open_window.deliver(after=3600) == []


def test_the_log_keeps_sends_and_webhooks_in_their_order(open_window: World) -> None:
    open_window.client.post("/street/reset")
    open_window.write(text="Oi")
    open_window.send(text(body="um"))
    open_window.send(text(body=""))
    open_window.send(text(body="dois"))
    open_window.deliver()

    log = open_window.client.get("/street/log").json()

    assert [(a["payload"]["text"]["body"], a["status"]) for a in log["attempts"]] == [
        ("um", 200),
        ("", 400),
        ("dois", 200),
    ]
    assert log["attempts"][1]["code"] == 131008
    assert log["attempts"][0]["message_id"].startswith("wamid.")
    assert [webhook["status"] for webhook in log["webhooks"]] == [200] * 5


def test_the_application_delivers_by_itself_while_it_runs(open_window: World) -> None:
    arrived = threading.Event()
    open_window.street.deliveries.schedule(b"{}", due=open_window.street.now, answered=lambda status: arrived.set())

    with open_window.client:
        assert arrived.wait(10)
        # What comes in while the thread sleeps wakes it.
        arrived.clear()
        open_window.street.deliveries.schedule(b"{}", due=open_window.street.now, answered=lambda status: arrived.set())
        assert arrived.wait(10)

    assert [request.body for request in open_window.told()] == [b"{}", b"{}"]

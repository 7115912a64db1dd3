"""apply_provider_event: what Meta tells of a message only ever moves it forward, and news of an account have it looked at."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from local.street import sending
from local.street.chats import Chat
from tests.functions.house import House
from tests.functions.sandbox import Invocation

ORDERS = list(itertools.permutations(("sent", "delivered", "read")))


def apply_all(house: House) -> list[Invocation]:
    invocations = house.work("provider_events")
    for invocation in invocations:
        assert not invocation.failed, invocation.output
    return invocations


def tell(house: House, state: str, **known: Any) -> None:
    """One status, as the webhook puts it on the queue."""
    element = {"id": "wamid.unknown", "status": state, "timestamp": str(int(house.outside.street.now)), **known}
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": house.account.phone_number_id}}
    change = {"field": "messages", "value": {**value, "statuses": [element]}}
    house.receive(json.dumps({"entry": [{"id": house.account.waba_id, "changes": [change]}]}).encode())


def sent_message(house: House, text: str = "O banho dura uma hora.") -> str:
    """A reply that has left; the id Meta gave it."""
    house.reply(house.person(), text)
    house.work("outbox")
    return house.outside.accepted[-1]["message_id"]


def delivery(house: House) -> str:
    return house.one("SELECT delivery FROM messages WHERE sender = 'agent'")


def test_what_the_customer_reads_is_read_in_the_inbox(house: House) -> None:
    ana: Chat = house.person()
    house.reply(ana, "O banho dura uma hora.")
    house.work("outbox")
    sending.mark_seen_by_customer(house.outside.street, house.account, ana)

    house.receive_statuses()
    apply_all(house)

    assert house.rows("SELECT delivery, pricing ->> 'category' FROM messages WHERE sender = 'agent'") == [
        ("read", "service")
    ]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_statuses_move_a_message_forward_in_whatever_order_they_come(house: House, order: tuple[str, ...]) -> None:
    wamid = sent_message(house)

    for state in order:
        for _ in range(2):
            tell(house, state, id=wamid)
            apply_all(house)

    assert delivery(house) == "read"


def test_a_status_that_meets_a_failover_is_tried_again_before_its_message_counts_as_unsent(house: House) -> None:
    reads = {"AUZAP_DATABASE_URL": make_conninfo(house.place.app, options="-c default_transaction_read_only=on")}
    tell(house, "delivered", id=sent_message(house))

    failed = [invocation for _ in range(6) for invocation in house.work("provider_events", settings=reads)]

    asked = [call.asked["VisibilityTimeout"] for call in house.installation.aws.of("ChangeMessageVisibility")]
    assert [seconds for seconds in asked if 0 < seconds < 30] == [2, 4, 8, 16]
    assert [len(invocation.failed) for invocation in failed] == [1] * 6
    apply_all(house)
    assert delivery(house) == "delivered"


def test_a_failure_after_the_delivery_is_noise(house: House) -> None:
    wamid = sent_message(house)
    tell(house, "delivered", id=wamid)
    tell(house, "failed", id=wamid, errors=[{"code": 131026}])

    apply_all(house)

    assert delivery(house) == "delivered"
    assert house.rows("SELECT * FROM staff_tasks") == []


def refuse_later(house: House, code: int) -> None:
    """A message that Meta accepts, and then refuses, and tells of it twice."""
    house.outside.fail("failed_status", code=code)
    sent_message(house)
    for _ in range(2):
        house.receive_statuses()
        apply_all(house)
        tell(house, "failed", id=house.outside.accepted[-1]["message_id"], errors=[{"code": code}])
    apply_all(house)


def test_a_message_refused_after_it_was_accepted_becomes_a_task_once(house: House) -> None:
    refuse_later(house, 131026)

    assert house.rows("SELECT delivery, error_code FROM messages WHERE sender = 'agent'") == [("failed", 131026)]
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("send_failed", "undeliverable")]


def test_a_message_whose_window_was_found_closed_after_it_was_accepted_is_not_sent_again_and_is_one_task(
    house: House,
) -> None:
    refuse_later(house, 131047)

    house.work("outbox")

    assert len(house.outside.sends) == 1
    assert (
        house.rows("SELECT delivery, error_code FROM messages WHERE outbox_id IS NOT NULL") == [("failed", 131047)] * 2
    )
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("window_closed", "window_closed")]


def test_a_status_that_names_our_own_id_settles_a_send_nobody_heard_of(house: House) -> None:
    house.reply(house.person(), "Chegou?")
    house.outside.lost_answers = 1
    house.work("outbox")
    tracker = str(house.one("SELECT id FROM outbox"))

    tell(house, "delivered", id="wamid.told-late", biz_opaque_callback_data=tracker)
    apply_all(house)

    assert house.rows("SELECT state, provider_id FROM outbox") == [("sent", "wamid.told-late")]
    assert house.rows("SELECT delivery, provider_id FROM messages WHERE sender = 'agent'") == [
        ("delivered", "wamid.told-late")
    ]


def test_a_status_that_comes_before_a_held_resend_spares_it(house: House) -> None:
    house.reply(house.person(), "Uma vez só.")
    house.outside.lost_answers = 1
    house.work("outbox")
    house.change("UPDATE channel_accounts SET sending_paused_until = app.now() + interval '1 hour'")
    house.clock.move(timedelta(seconds=61))
    house.work("outbox")
    assert house.rows("SELECT state, resent FROM outbox") == [("queued", True)]

    house.receive_statuses()
    apply_all(house)
    house.traffic.pass_time(timedelta(hours=2))

    assert house.outside.texts == ["Uma vez só."]


def test_a_status_that_comes_before_its_message_is_offered_again(house: House) -> None:
    ana = house.person()
    tell(house, "delivered", id="wamid.of-the-shop")
    (too_early,) = house.work("provider_events")
    written = {"from": house.account.digits, "to": ana.phone, "id": "wamid.of-the-shop", "type": "text"}
    echo = {**written, "timestamp": str(int(house.outside.street.now)), "text": {"body": "Aqui é a Helena!"}}
    change = {
        "field": "smb_message_echoes",
        "value": {"metadata": {"phone_number_id": house.account.phone_number_id}, "message_echoes": [echo]},
    }
    house.receive(json.dumps({"entry": [{"id": house.account.waba_id, "changes": [change]}]}).encode())
    house.work("inbound")

    apply_all(house)

    assert len(too_early.failed) == 1
    assert house.rows("SELECT sender, text, delivery FROM messages") == [("staff", "Aqui é a Helena!", "delivered")]


def test_a_status_of_nothing_of_ours_is_dropped_after_ten_minutes(house: House) -> None:
    tell(house, "read", timestamp=str(int(house.outside.street.now) - 601))

    (invocation,) = apply_all(house)

    assert '"outcome": "unknown"' in invocation.output


def test_a_status_of_an_account_that_left_is_dropped(house: House) -> None:
    wamid = sent_message(house)
    house.change("UPDATE channel_accounts SET status = 'disconnected'")
    tell(house, "read", id=wamid)

    apply_all(house)

    assert delivery(house) == "sent"


def test_news_of_a_business_have_its_numbers_looked_at(house: House) -> None:
    news = {"field": "account_update", "value": {"event": "ACCOUNT_VIOLATION"}}
    house.receive(json.dumps({"entry": [{"id": house.account.waba_id, "changes": [news]}]}).encode())
    apply_all(house)
    (hint,) = house.traffic.hints("automations")
    assert json.loads(hint["MessageBody"])["subject"] == str(house.one("SELECT id FROM channel_accounts"))
    house.outside.street.accounts.change_health(house.account, {"quality_rating": "RED"})

    (checked,) = house.work("automations")

    assert checked.failed == []
    assert house.one("SELECT status FROM channel_accounts") == "degraded"


def test_an_event_of_no_known_kind_fails_alone(house: House) -> None:
    wamid = sent_message(house)
    house.traffic.put("provider_events", json.dumps({"kind": "novelty", "account": "1"}))
    tell(house, "read", id=wamid)

    (invocation,) = house.work("provider_events")

    assert len(invocation.failed) == 1
    assert delivery(house) == "read"


def tell_of_people(house: House, field: str, key: str, element: dict[str, Any]) -> None:
    metadata = {"phone_number_id": house.account.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, key: [element]}
    house.receive(
        json.dumps({"entry": [{"id": house.account.waba_id, "changes": [{"field": field, "value": value}]}]}).encode()
    )


def test_a_customer_who_wants_no_news_and_one_whose_name_the_shop_knows(house: House) -> None:
    ana = house.person()
    house.hear(ana)
    wish = {"wa_id": ana.phone, "category": "marketing_messages", "value": "stop", "timestamp": 1_795_233_600}
    tell_of_people(house, "user_preferences", "user_preferences", wish)
    card = {"type": "contact", "action": "add", "contact": {"phone_number": ana.phone, "full_name": "Ana do Thor"}}
    tell_of_people(house, "smb_app_state_sync", "state_sync", card)

    invocations = apply_all(house)

    assert house.rows("SELECT name, opted_out_at IS NOT NULL FROM contacts") == [("Ana do Thor", True)]
    told = "".join(invocation.output for invocation in invocations)
    assert '"outcome": "opted_out"' in told
    assert '"outcome": "named"' in told


def test_news_of_people_of_a_number_of_no_shop_are_let_go(house: House) -> None:
    house.change("UPDATE channel_accounts SET status = 'disconnected'")
    card = {"type": "contact", "contact": {"phone_number": "5511955550001", "full_name": "Ana do Thor"}}
    tell_of_people(house, "smb_app_state_sync", "state_sync", card)

    apply_all(house)

    assert house.one("SELECT count(*) FROM contacts") == 0

"""send_outbox: what is to leave leaves once, in order, and whatever the Graph API answers has its consequence."""

import json
from datetime import timedelta
from typing import Any

import pytest

from local.street.chats import Chat
from tests import factories
from tests.functions.house import House
from tests.functions.sandbox import Invocation

MINUTE = timedelta(minutes=1)


def send_all(house: House) -> list[Invocation]:
    invocations = house.work("outbox")
    for invocation in invocations:
        assert not invocation.failed, invocation.output
    return invocations


def states(house: House) -> list[tuple[Any, ...]]:
    return house.rows("SELECT content ->> 'text', state FROM outbox ORDER BY id")


def state(house: House) -> str:
    return house.one("SELECT state FROM outbox")


def add(house: House, text: str, *, author: str = "bot", kind: str = "reply") -> None:
    """One more message in the outbox of the only conversation."""
    house.change(
        """
        WITH added AS (
          INSERT INTO outbox (conversation_id, kind, author, content)
          SELECT id, %s, %s, jsonb_build_object('type', 'text', 'text', %s::text) FROM conversations RETURNING id, conversation_id
        )
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at, outbox_id, delivery)
        SELECT conversation_id, 'agent', 'text', %s, app.now(), id, 'queued' FROM added
        """,
        kind,
        author,
        text,
        text,
    )


def without_bsuid(house: House, person: Chat) -> None:
    """A message of somebody whom the webhook knows by telephone only."""
    house.says(person)
    (record,) = house.traffic.take("inbound")
    envelope = json.loads(record["body"])
    del envelope["person"]["bsuid"]
    house.traffic.put("inbound", json.dumps(envelope), group=person.id)
    house.work("inbound")
    house.work("turns")


def test_a_reply_leaves_with_our_own_id_and_is_known_by_theirs(house: House) -> None:
    ana = house.person()
    house.reply(ana, "O banho dura uma hora.")

    send_all(house)

    (attempt,) = house.outside.sends
    sent = attempt["payload"]
    assert sent["biz_opaque_callback_data"] == str(house.one("SELECT id FROM outbox"))
    assert sent["text"] == {"body": "O banho dura uma hora.", "preview_url": False}
    assert house.rows("SELECT state, provider_id, attempts FROM outbox") == [("sent", attempt["message_id"], 1)]
    assert house.rows("SELECT delivery, provider_id FROM messages WHERE sender = 'agent'") == [
        ("sent", attempt["message_id"])
    ]
    assert house.one("SELECT count(*) FROM message_keys WHERE provider_id = %s", attempt["message_id"]) == 1


def test_the_answer_goes_to_the_identity_that_wrote(house: House) -> None:
    ana, bruno = house.person("Ana"), house.person("Bruno")
    house.reply(ana, "Oi, Ana!")
    without_bsuid(house, bruno)

    send_all(house)

    by_bsuid, by_phone = (attempt["payload"] for attempt in house.outside.sends)
    assert by_bsuid["recipient"] == ana.bsuid
    assert "to" not in by_bsuid
    assert by_phone["to"] == bruno.phone
    assert "recipient" not in by_phone


def test_two_hints_send_once(house: House) -> None:
    house.reply(house.person(), "Uma vez só.")
    (hint,) = house.traffic.take("outbox")
    house.traffic.put("outbox", hint["body"])

    house.traffic.deliver("outbox", [hint])
    send_all(house)

    assert house.outside.texts == ["Uma vez só."]


def test_a_shop_that_takes_its_time_sends_later(house: House) -> None:
    house.change("UPDATE organization_settings SET human_delay = '10 seconds'")
    # Long enough that nobody types it in less than the most that the shop allows.
    house.reply(house.person(), "Deixa eu ver na agenda com a equipe e já te digo. " * 6)

    house.traffic.pass_time(timedelta(seconds=11))

    assert len(house.outside.sends) == 1
    assert house.rows(
        """
        SELECT o.due_at - m.recorded_at, o.claimed_at >= o.due_at FROM outbox o, messages m WHERE m.sender = 'customer'
        """
    ) == [(timedelta(seconds=10), True)]


@pytest.mark.parametrize(
    ("kind", "code"), [("rate_limit", 130429), ("rate_limit", 80007), ("server_error", 131000), ("server_error", 2)]
)
def test_what_ails_the_service_is_waited_for(house: House, kind: str, code: int) -> None:
    house.reply(house.person(), "Já respondo.")
    house.outside.fail(kind, code=code, times=2)

    send_all(house)
    assert house.rows("SELECT state, error_code FROM outbox") == [("queued", code)]
    house.traffic.pass_time(MINUTE)

    assert house.outside.texts == ["Já respondo."]
    assert house.rows("SELECT state, attempts, resent, error_code FROM outbox") == [("sent", 3, False, None)]


def test_a_service_that_stays_ill_for_half_an_hour_is_given_up(house: House) -> None:
    house.reply(house.person(), "Nunca chega.")
    house.outside.fail("server_error", times=20)

    house.traffic.pass_time(30 * MINUTE)
    assert state(house) == "queued"
    house.traffic.pass_time(10 * MINUTE)

    assert len(house.outside.sends) == 12
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("send_failed", "service_down")]
    assert state(house) == "failed"


def test_too_many_messages_to_one_customer_wait_and_keep_their_order(house: House) -> None:
    ana, bruno = house.person("Ana"), house.person("Bruno")
    house.reply(ana, "Primeira.")
    add(house, "Segunda.")
    # The third time: longer than a slow machine takes to come back to it.
    house.change("UPDATE outbox SET attempts = 2 WHERE content ->> 'text' = 'Primeira.'")
    house.outside.fail("refuse", code=131056)
    send_all(house)
    assert house.traffic.hints("outbox")[-1]["DelaySeconds"] == 64

    # Another hint does not let the second message overtake the first, and nobody else waits.
    send_all(house)
    assert house.outside.texts == []
    house.reply(bruno, "Outra pessoa não espera.")
    house.traffic.pass_time(timedelta(seconds=2))
    assert house.outside.texts == ["Outra pessoa não espera."]
    house.traffic.pass_time(2 * MINUTE)

    assert house.outside.texts == ["Outra pessoa não espera.", "Primeira.", "Segunda."]


@pytest.mark.parametrize("code", [190, 10, 200, 368, 131031, 131042])
def test_an_account_that_is_not_in_order_keeps_its_outbox_until_it_is(house: House, code: int) -> None:
    ana, bruno = house.person("Ana"), house.person("Bruno")
    house.reply(ana, "Primeira.")
    house.reply(bruno, "De outra conversa.")
    house.outside.fail("refuse", code=code)

    send_all(house)

    assert len(house.outside.sends) == 1
    assert states(house) == [("Primeira.", "queued"), ("De outra conversa.", "queued")]
    ((status, reason),) = house.rows("SELECT status, status_reason FROM channel_accounts")
    assert (status, reason.partition(":")[0]) == ("failing", str(code))
    assert [hint["DelaySeconds"] for hint in house.traffic.hints("outbox")[-2:]] == [900, 900]

    house.traffic.pass_time(16 * MINUTE)
    assert sorted(house.outside.texts) == ["De outra conversa.", "Primeira."]


def test_an_account_in_order_again_sends_at_the_next_look(house: House) -> None:
    ana = house.person()
    house.reply(ana, "Primeira.")
    add(house, "Segunda.")
    house.outside.fail("token_expired")
    send_all(house)
    work = {
        "organization_id": str(house.organization_id),
        "job": "channel_health",
        "subject": str(house.one("SELECT id FROM channel_accounts")),
        "at": house.clock.now().isoformat(),
    }
    account = "SELECT status, sending_paused_until FROM channel_accounts"

    house.traffic.put("automations", json.dumps(work))
    house.work("automations")
    # The provider saw nothing of it: it is a try, until the next check finds no new trouble.
    assert house.rows(account) == [("failing", None)]
    send_all(house)
    assert house.outside.texts == ["Primeira.", "Segunda."]

    house.traffic.put("automations", json.dumps(work | {"at": (house.clock.now() + 5 * MINUTE).isoformat()}))
    house.work("automations")
    assert house.rows(account) == [("connected", None)]


def test_a_shop_without_a_token_waits_for_one(house: House) -> None:
    house.reply(house.person(), "Sem chave.")
    house.change("UPDATE channel_accounts SET credentials = NULL")

    send_all(house)

    assert house.outside.sends == []
    assert state(house) == "queued"
    assert house.one("SELECT status FROM channel_accounts") == "failing"


def test_a_key_that_is_out_of_reach_is_tried_again_and_is_no_lost_answer(house: House) -> None:
    house.reply(house.person(), "Chave de volta.")
    records = house.traffic.take("outbox")
    house.installation.aws.refuse("Decrypt")
    invocation = house.traffic.deliver("outbox", records)
    house.installation.aws.allow("Decrypt")

    assert invocation.failed == []
    assert house.rows("SELECT state, resent FROM outbox") == [("queued", False)]
    house.traffic.pass_time(timedelta(seconds=10))

    assert house.outside.texts == ["Chave de volta."]
    assert house.rows("SELECT state, resent FROM outbox") == [("sent", False)]


@pytest.mark.parametrize(("code", "reason"), [(131026, "undeliverable"), (131051, "type_unsupported")])
def test_what_cannot_be_sent_becomes_a_task_and_holds_nobody_up(house: House, code: int, reason: str) -> None:
    house.reply(house.person(), "Não vai.")
    add(house, "Esta vai.")
    house.outside.fail("refuse", code=code)

    send_all(house)

    assert house.rows("SELECT content ->> 'text', state, error_code FROM outbox ORDER BY id") == [
        ("Não vai.", "failed", code),
        ("Esta vai.", "sent", None),
    ]
    assert house.rows("SELECT delivery, error_code FROM messages WHERE text = 'Não vai.'") == [("failed", code)]
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("send_failed", reason)]


def test_a_closed_window_without_a_template_is_one_task_whatever_waits_behind_it(house: House) -> None:
    house.reply(house.person(), "Não vai.")
    add(house, "Esta também não.")
    house.outside.fail("refuse", code=131047)

    send_all(house)

    assert len(house.outside.sends) == 1
    assert house.rows("SELECT content ->> 'text', state, error_code FROM outbox ORDER BY id") == [
        ("Não vai.", "failed", 131047),
        ("Esta também não.", "failed", 131047),
    ]
    assert house.rows("SELECT DISTINCT delivery, error_code FROM messages WHERE sender = 'agent'") == [
        ("failed", 131047)
    ]
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("window_closed", "window_closed")]


def test_a_send_whose_answer_was_lost_is_settled_by_its_status(house: House) -> None:
    house.reply(house.person(), "Chegou, mas ninguém soube.")
    house.outside.lost_answers = 1
    send_all(house)
    assert state(house) == "sending"

    house.receive_statuses()
    house.traffic.pass_time(5 * MINUTE)

    assert house.outside.texts == ["Chegou, mas ninguém soube."]
    ((outbox_state, provider_id),) = house.rows("SELECT state, provider_id FROM outbox")
    assert (outbox_state, provider_id) == ("sent", house.outside.sends[0]["message_id"])
    assert house.rows("SELECT delivery FROM messages WHERE sender = 'agent'") == [("delivered",)]


def test_a_send_whose_answer_was_lost_waits_a_minute_for_its_status_and_is_then_sent_again_once(house: House) -> None:
    house.reply(house.person(), "Talvez duas vezes.")
    house.outside.lost_answers = 1
    send_all(house)

    house.traffic.pass_time(timedelta(seconds=45))
    house.traffic.put("outbox", house.traffic.hints("outbox")[0]["MessageBody"])
    house.traffic.pass_time(timedelta(seconds=1))
    assert len(house.outside.sends) == 1
    house.traffic.pass_time(10 * MINUTE)

    assert len(house.outside.sends) == 2
    assert {attempt["payload"]["biz_opaque_callback_data"] for attempt in house.outside.sends} == {
        str(house.one("SELECT id FROM outbox"))
    }
    assert house.rows("SELECT state, resent FROM outbox") == [("sent", True)]


def test_a_send_whose_answer_is_lost_twice_is_not_sent_a_third_time(house: House) -> None:
    house.reply(house.person(), "Nunca três vezes.")
    house.outside.lost_answers = 2

    house.traffic.pass_time(15 * MINUTE)

    assert len(house.outside.sends) == 2
    assert state(house) == "failed"
    assert house.rows("SELECT kind FROM staff_tasks") == [("send_failed",)]


def test_what_a_person_wrote_is_never_sent_again_by_itself(house: House) -> None:
    house.reply(house.person(), "Antes.")
    send_all(house)
    add(house, "Da equipe.", author="person", kind="staff")
    house.outside.lost_answers = 1
    house.traffic.put("outbox", house.traffic.hints("outbox")[0]["MessageBody"])

    house.traffic.pass_time(15 * MINUTE)

    assert house.outside.texts == ["Antes.", "Da equipe."]
    assert states(house)[-1] == ("Da equipe.", "failed")
    assert house.rows("SELECT kind FROM staff_tasks") == [("send_failed",)]


def test_a_person_who_takes_over_is_not_talked_over(house: House) -> None:
    house.reply(house.person(), "Do robô.")
    add(house, "Da equipe.", author="person", kind="staff")
    house.change(factories.TAKE)

    send_all(house)

    assert house.outside.texts == ["Da equipe."]
    assert states(house) == [("Do robô.", "cancelled"), ("Da equipe.", "sent")]
    assert house.rows("SELECT delivery FROM messages WHERE text = 'Do robô.'") == [("failed",)]


def test_a_suspended_shop_sends_nothing(house: House) -> None:
    house.reply(house.person(), "Não sai.")
    house.suspend()

    send_all(house)

    assert house.outside.sends == []


def test_a_sender_without_time_leaves_the_rest_to_the_next_hint(house: House) -> None:
    house.reply(house.person(), "Fica para depois.")

    house.work("outbox", seconds=10)

    assert house.outside.sends == []
    assert len(house.traffic.hints("outbox")) == 2

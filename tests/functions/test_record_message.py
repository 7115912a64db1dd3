"""record_message: every envelope becomes a stored message, once, and whatever goes wrong with one is its own affair."""

import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from tests import factories
from tests.functions.house import House
from tests.functions.outside.model import answer

NOWHERE = "postgresql://auzap_app:none@127.0.0.1:1/auzap"


def envelopes(house: House) -> list[dict[str, Any]]:
    return house.traffic.take("inbound")


def spoiled(record: dict[str, Any]) -> dict[str, Any]:
    """The same envelope without the person who wrote it."""
    envelope = json.loads(record["body"])
    del envelope["person"]
    return {**record, "body": json.dumps(envelope)}


def texts(house: House) -> list[str]:
    return [text for (text,) in house.rows("SELECT text FROM messages ORDER BY id")]


def test_a_bad_envelope_fails_alone(house: House) -> None:
    for name in ("Ana", "Bruno", "Carla"):
        house.says(house.person(name), f"Oi, aqui é {name}")
    ana, bruno, carla = envelopes(house)

    invocation = house.traffic.deliver("inbound", [ana, spoiled(bruno), carla])

    assert invocation.failed == [bruno["messageId"]]
    assert texts(house) == ["Oi, aqui é Ana", "Oi, aqui é Carla"]


def test_what_a_customer_wrote_after_a_bad_envelope_waits_for_it(house: House) -> None:
    ana, bruno = house.person("Ana"), house.person("Bruno")
    house.say_at_once(bruno, {"text": "primeira de Bruno"}, {"text": "segunda de Bruno"})
    house.says(ana, "primeira de Ana")
    first, second, other = envelopes(house)

    invocation = house.traffic.deliver("inbound", [spoiled(first), second, other])

    assert invocation.failed == [first["messageId"], second["messageId"]]
    assert texts(house) == ["primeira de Ana"]


def test_an_envelope_that_nothing_can_record_is_quarantined_at_its_fifth_receive_and_lets_the_next_one_through(
    house: House,
) -> None:
    house.say_at_once(house.person(), {"text": "mensagem estragada"}, {"text": "mensagem boa"})
    for record, spoil in zip(envelopes(house), (spoiled, dict), strict=True):
        house.traffic.put("inbound", spoil(record)["body"], group="Ana")

    answers = [invocation.answer for invocation in house.traffic.pass_time(timedelta(minutes=10))]

    assert [len(answered["batchItemFailures"]) for answered in answers[:5]] == [2, 2, 2, 2, 0]
    assert texts(house)[0] == "mensagem boa"
    ((name, kept),) = [each for each in house.installation.quarantined() if b"mensagem estragada" in each[1]]
    assert name.startswith("inbound/unrecordable/")
    assert json.loads(kept)["account"] == house.account.phone_number_id
    assert house.rows("SELECT queue, reason, receives, conversation_id FROM dead_letters") == [
        ("inbound", "message_failed", 5, None)
    ]
    assert house.rows("SELECT kind, detail FROM staff_tasks") == [("dead_letter", "message_failed")]


def test_a_customer_whose_message_nothing_can_record_gets_one_apology_and_a_person(house: House) -> None:
    person = house.person()
    house.reply(person, "Oi! Como posso ajudar?")
    house.says(person, wamid="wamid." + secrets.token_urlsafe(6_000))
    (record,) = envelopes(house)

    for _ in range(3):
        record["attributes"]["ApproximateReceiveCount"] = "5"
        assert house.traffic.deliver("inbound", [record]).failed == []
    house.work("outbox")

    assert [text[:20] for text in house.outside.texts] == ["Oi! Como posso ajuda", "Desculpe a demora! N"]
    assert house.rows("SELECT state, handoff_reason, priority FROM conversations") == [
        ("waiting_human", "dead_letter", "high")
    ]
    assert house.rows("SELECT queue, reason, state FROM dead_letters") == [("inbound", "message_failed", "kept")]


def test_a_message_that_no_index_can_hold_is_not_waited_for(house: House) -> None:
    wamid = "wamid." + secrets.token_urlsafe(6_000)
    house.says(house.person(), wamid=wamid)

    invocations = [invocation for _ in range(5) for invocation in house.work("inbound")]

    assert [len(invocation.failed) for invocation in invocations] == [1, 1, 1, 1, 0]
    assert pauses(house) == []
    assert any(wamid.encode() in kept for _, kept in house.installation.quarantined())


@contextmanager
def refusing(house: House, text: str, code: str) -> Generator[None]:
    """The database fails with this code whenever it is to store this text."""
    with psycopg.connect(house.place.owner, autocommit=True) as owner:
        owner.execute(
            sql.SQL(
                """
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN RAISE EXCEPTION 'too slow' USING ERRCODE = {code}; END$$;
                GRANT EXECUTE ON FUNCTION public.refuse() TO auzap_app;
                CREATE TRIGGER refuse BEFORE INSERT ON messages
                  FOR EACH ROW WHEN (NEW.text = {text}) EXECUTE FUNCTION public.refuse();
                """
            ).format(code=code, text=text)
        )
        yield
        owner.execute("DROP FUNCTION public.refuse() CASCADE")


@pytest.mark.parametrize("code", [errors.QueryCanceled.sqlstate, errors.LockNotAvailable.sqlstate])
def test_a_message_that_takes_too_long_each_time_is_given_up_and_lets_the_next_one_through(
    lonely_house: House, code: str
) -> None:
    house = lonely_house
    ana = house.person()
    house.reply(ana, "Oi! Como posso ajudar?")
    house.say_at_once(ana, {"text": "mensagem lenta demais"}, {"text": "mensagem rápida"})

    with refusing(house, "mensagem lenta demais", code):
        invocations = [invocation for _ in range(5) for invocation in house.work("inbound")]

    assert [len(invocation.failed) for invocation in invocations] == [2, 2, 2, 2, 0]
    assert house.rows("SELECT queue, reason, receives FROM dead_letters") == [("inbound", "message_failed", 5)]
    assert texts(house)[-1] == "mensagem rápida"
    assert house.one("SELECT state FROM conversations") == "waiting_human"


def test_a_message_is_not_given_up_while_nobody_can_be_told_of_it(lonely_house: House) -> None:
    house = lonely_house
    ana = house.person()
    house.reply(ana, "Oi! Como posso ajudar?")
    house.says(ana, "chegou enquanto outro trabalhava")
    impatient = {"AUZAP_DATABASE_URL": make_conninfo(house.place.app, options="-c lock_timeout=20")}

    with psycopg.connect(house.place.admin) as another:
        another.execute("SELECT FROM conversations FOR UPDATE")
        during = [invocation for _ in range(7) for invocation in house.work("inbound", settings=impatient)]
    (after,) = house.work("inbound")

    assert [len(invocation.failed) for invocation in during] == [1] * 7
    assert after.failed == []
    assert texts(house)[-1] == "chegou enquanto outro trabalhava"
    assert house.rows("SELECT FROM dead_letters") == []


@pytest.mark.parametrize(
    "trouble", ["the server is away", "the server takes no writes", "its password is out of reach"]
)
def test_a_database_that_is_away_is_waited_for_however_long(house: House, trouble: str) -> None:
    house.says(house.person(), "chegou durante a queda")
    away: dict[str, str] = {}
    match trouble:
        case "the server is away":
            away["AUZAP_DATABASE_URL"] = NOWHERE
        case "the server takes no writes":
            away["AUZAP_DATABASE_URL"] = make_conninfo(house.place.app, options="-c default_transaction_read_only=on")
        case _:
            house.installation.aws.refuse("GetSecretValue")

    invocations = [invocation for _ in range(7) for invocation in house.work("inbound", settings=away)]
    if trouble == "its password is out of reach":
        house.installation.aws.allow("GetSecretValue")
    back = house.work("inbound")

    assert [len(invocation.failed) for invocation in invocations] == [1] * 7
    assert pauses(house) == [2, 4, 8, 16, 32, 60, 60]
    assert [invocation.failed for invocation in back] == [[]]
    assert texts(house) == ["chegou durante a queda"]
    assert not house.installation.aws.of("PUT object")


def pauses(house: House) -> list[int]:
    """How long the function asked the queue to wait; the zeros are the tests' own."""
    asked = [call.asked["VisibilityTimeout"] for call in house.installation.aws.of("ChangeMessageVisibility")]
    return [seconds for seconds in asked if seconds]


def test_a_message_to_an_account_of_no_shop_is_quarantined_at_once(house: House) -> None:
    house.says(house.person(), "para um número desligado")
    house.change("UPDATE channel_accounts SET status = 'disconnected'")

    (invocation,) = house.work("inbound")

    assert invocation.failed == []
    ((name, kept),) = [each for each in house.installation.quarantined() if b"para um n" in each[1]]
    assert name.startswith("inbound/unknown-account/")
    assert json.loads(kept)["account"] == house.account.phone_number_id
    assert texts(house) == []


def test_a_message_to_a_suspended_shop_is_dropped(house: House) -> None:
    house.says(house.person())
    house.suspend()

    (invocation,) = house.work("inbound")

    assert invocation.failed == []
    assert house.traffic.hints("turns") == []


def test_the_hint_comes_when_the_burst_is_over(house: House) -> None:
    house.change("UPDATE organization_settings SET burst_window = '8 seconds'")

    house.hear(house.person())

    (hint,) = house.traffic.hints("turns")
    conversation = house.one("SELECT id FROM conversations")
    assert json.loads(hint["MessageBody"]) == {
        "organization_id": str(house.organization_id),
        "conversation_id": str(conversation),
    }
    assert hint["DelaySeconds"] == 8


def test_a_message_is_seen_by_the_staff_before_the_agent_has_thought(house: House) -> None:
    house.hear(house.person("Ana Souza"), "Oi, tudo bem?")

    assert house.rows("SELECT state, unread_count FROM conversations") == [("ai", 1)]
    assert house.rows("SELECT sender, text, awaits_answer, turn_id FROM messages") == [
        ("customer", "Oi, tudo bem?", True, None)
    ]
    assert house.outside.model.asked == []


def test_a_duplicate_is_stored_once_and_hints_as_long_as_nobody_has_answered(house: House) -> None:
    ana = house.person()
    wamid = house.hear(ana, "uma vez só")

    house.hear(ana, "uma vez só", wamid=wamid)

    assert texts(house) == ["uma vez só"]
    assert len(house.traffic.hints("turns")) == 2


def test_a_duplicate_of_an_answered_message_hints_nobody(house: House) -> None:
    ana = house.person()
    house.outside.model.script = [answer("Pode sim!")]
    wamid = house.hear(ana, "Posso levar meu gato?")
    house.work("turns")
    hinted = len(house.traffic.hints("turns"))

    house.hear(ana, "Posso levar meu gato?", wamid=wamid)

    assert len(house.traffic.hints("turns")) == hinted


def test_a_conversation_that_a_person_holds_is_recorded_and_not_hinted(house: House) -> None:
    ana = house.person()
    house.hear(ana)
    house.change(factories.TAKE)
    hinted = len(house.traffic.hints("turns"))

    house.hear(ana, "E vocês abrem sábado?")

    assert texts(house)[-1] == "E vocês abrem sábado?"
    assert len(house.traffic.hints("turns")) == hinted


def test_a_hint_that_the_queue_refuses_is_sent_with_the_next_receive(house: House) -> None:
    house.says(house.person(), "guardada sem aviso")
    house.installation.aws.refuse("SendMessage")
    (refused,) = house.work("inbound")
    house.installation.aws.allow("SendMessage")

    (accepted,) = house.work("inbound")

    assert len(refused.failed) == 1
    assert accepted.failed == []
    assert texts(house) == ["guardada sem aviso"]
    assert len(house.traffic.hints("turns")) == 1


def test_a_photo_is_copied_before_it_is_answered(house: House) -> None:
    house.hear(house.person(), "", kind="image", caption="Olha o Thor")

    (hint,) = house.traffic.hints("media")
    assert json.loads(hint["MessageBody"]) == {
        "organization_id": str(house.organization_id),
        "media_id": str(house.one("SELECT id FROM media")),
    }
    assert len(house.traffic.hints("turns")) == 1


def test_what_a_database_refuses_is_kept_as_it_came(house: House) -> None:
    house.says(house.person(), "meia figura \ud83d aqui")
    (record,) = envelopes(house)

    invocation = house.traffic.deliver("inbound", [record])

    assert invocation.failed == []
    assert texts(house) == ["meia figura � aqui"]
    ((name, kept),) = [each for each in house.installation.quarantined() if b"meia figura" in each[1]]
    assert name.startswith("inbound/scrubbed/")
    assert kept.decode() == record["body"]


EVERYTHING: list[dict[str, Any]] = [
    {"kind": kind}
    for kind in (
        "image",
        "audio",
        "voice",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "order",
        "unsupported",
    )
] + [
    {"kind": "button", "text": "Quero"},
    {"kind": "button_reply", "reply_id": "row-1", "title": "Banho"},
    {"kind": "list_reply", "reply_id": "row-2", "title": "Tosa"},
    {"kind": "nfm_reply", "response": {"pet": "Thor"}},
    {"kind": "request_welcome"},
    {"kind": "text", "text": "Vi o anúncio", "referral": True},
]


def test_everything_that_a_telephone_can_send_is_stored_and_wants_an_answer(house: House) -> None:
    ana = house.person()
    for fields in EVERYTHING:
        house.hear(ana, **{"text": "", **fields})

    kept = house.rows("SELECT kind, awaits_answer FROM messages WHERE sender = 'customer' ORDER BY id")
    assert len(kept) == len(EVERYTHING)
    assert all(awaits for _, awaits in kept)


def test_a_customer_with_a_new_number_is_answered_there(house: House) -> None:
    ana = house.person()
    house.hear(ana, "Oi")
    house.hear(ana, "", kind="user_changed_number", new_phone=factories.new_wa_id())

    assert house.rows("SELECT sender, kind FROM messages ORDER BY id") == [("customer", "text"), ("system", "system")]
    assert house.one("SELECT count(*) FROM contacts") == 1
    house.hear(ana, "Mudei de número, sou eu")
    assert house.one("SELECT count(DISTINCT conversation_id) FROM messages") == 1

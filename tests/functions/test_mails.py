"""Mails leave once, come again where SES is away, are forgotten when they have left, and are found when their hint was lost."""

import json
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from local.street.mail import Letter
from tests import factories
from tests.functions.house import House
from tests.functions.test_run_automation import run

CONTENT = {
    "invitation": {"link": "https://app.example/invitation#secret", "role": "manager", "shop": "Patas & Cia"},
    "password_reset": {"link": "https://app.example/reset-password#secret", "name": "Júlia"},
    "password_changed": {"name": "Júlia", "at": "2026-11-21T12:00:00+00:00"},
    "new_device": {"name": "Júlia", "at": "2026-11-21T12:00:00.123456+00:00", "device": "Firefox/130.0 (Linux)"},
    "welcome": {"name": "Júlia", "shop": "Patas & Cia"},
    "notice": {"name": "Júlia", "shop": "Patas & Cia", "notice": "handoff"},
}


def write(house: House, kind: str = "invitation", locale: str = "pt-BR", **changed: str) -> UUID:
    """A mail that waits."""
    ((mail_id,),) = house.rows(
        "INSERT INTO mails (kind, address, locale, content) VALUES (%s, 'julia@example.com', %s, %s) RETURNING id",
        kind,
        locale,
        Jsonb(CONTENT[kind] | changed),
    )
    return mail_id


def send(house: House, mail_id: UUID) -> str:
    return run(house, "send_mail", mail_id, "2026-11-21T12:00:00Z")


def letters(house: House) -> list[Letter]:
    return list(house.outside.street.letterbox.letters)


@pytest.fixture(autouse=True)
def _secrets(house: House) -> None:
    house.canaries |= {"julia@example.com", "#secret"}


def test_a_mail_leaves_once_and_its_link_is_forgotten(house: House) -> None:
    mail_id = write(house)

    assert [send(house, mail_id) for _ in range(2)] == ["sent", "skipped"]

    (letter,) = letters(house)
    assert (letter.to, letter.sender) == ("julia@example.com", "AuZap <nao-responda@auzap.example>")
    assert letter.subject == "Convite para a equipe de Patas & Cia"
    assert "https://app.example/invitation#secret" in letter.text
    assert house.rows("SELECT state, content, provider_id, sent_at IS NOT NULL FROM mails") == [
        ("sent", {}, letter.id, True)
    ]


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("kind", CONTENT)
def test_a_mail_says_in_both_languages_what_it_is_about(house: House, kind: str, locale: str) -> None:
    send(house, write(house, kind, locale))

    (letter,) = letters(house)
    assert letter.subject
    assert "{" not in letter.subject + letter.text
    assert len(letter.subject) < 90
    for word in ("link", "name", "shop"):
        assert CONTENT[kind].get(word, "") in letter.subject + letter.text
    if "at" in CONTENT[kind]:
        # As the shop's clock shows it.
        assert "09:00" in letter.text


def test_a_shop_s_name_brings_no_link_and_no_second_line(house: House) -> None:
    name = "Banco: clique em https://evil.example/x\r\nBcc: all@example.com <b>já</b> evil.example"

    send(house, write(house, shop=name))

    (letter,) = letters(house)
    assert "\n" not in letter.subject
    for linked in ("://", "evil.example", "all@example", "<b>"):
        assert linked not in letter.subject + letter.text.replace("https://app.example/invitation#secret", "")


def test_while_ses_is_away_a_mail_waits_longer_each_time_and_then_is_given_up(house: House) -> None:
    mail_id = write(house)
    house.outside.street.letterbox.refusal = (503, "ServiceUnavailable")

    outcomes: list[str] = []
    for minutes in (0, 1, 2, 4, 8, 16):
        house.clock.move(timedelta(minutes=minutes, seconds=1))
        outcomes.append(send(house, mail_id))

    assert outcomes == ["postponed"] * 4 + ["failed", "skipped"]
    assert house.rows("SELECT state, content, attempts FROM mails") == [("failed", {}, 5)]


def test_a_mail_that_was_refused_once_leaves_the_next_time(house: House) -> None:
    mail_id = write(house)
    house.outside.street.letterbox.refusal = (429, "TooManyRequestsException")
    assert [send(house, mail_id), send(house, mail_id)] == ["postponed", "skipped"]

    house.outside.street.letterbox.refusal = None
    house.clock.move(timedelta(minutes=2))

    assert send(house, mail_id) == "sent"
    assert len(letters(house)) == 1


def test_a_mail_whose_sender_died_on_the_way_is_sent_by_the_next(house: House) -> None:
    mail_id = write(house)
    house.change("UPDATE mails SET state = 'sending', attempts = 1, due_at = app.now() + interval '5 minutes'")
    assert send(house, mail_id) == "skipped"

    house.clock.move(timedelta(minutes=5, seconds=1))

    assert send(house, mail_id) == "sent"


def test_without_a_sender_nothing_waits_for_ever(house: House) -> None:
    house.environment["AUZAP_MAIL_FROM"] = ""
    mail_id = write(house)

    assert send(house, mail_id) == "no_sender"

    assert house.rows("SELECT state, problem FROM mails") == [("failed", "no sender is set")]


def test_a_mail_of_a_suspended_shop_does_not_leave(house: House) -> None:
    mail_id = write(house)
    house.suspend()

    assert send(house, mail_id) == "skipped"
    assert letters(house) == []


def test_a_mail_whose_hint_was_lost_is_found_by_the_sweep_once_in_two_minutes(lonely_house: House) -> None:
    house = lonely_house
    write(house)

    def sweep() -> int:
        before = len(house.traffic.hints("automations"))
        assert house.invoke("run_schedule", {"job": "hint_sweep"}).answer is None
        return len(house.traffic.hints("automations")) - before

    assert sweep() == 0
    house.clock.move(timedelta(seconds=6))
    assert [sweep(), sweep()] == [1, 0]
    (invocation,) = house.work("automations")

    assert json.loads(invocation.output.splitlines()[-1])["outcome"] == "sent"
    assert len(letters(house)) == 1
    house.clock.move(timedelta(minutes=3))
    assert sweep() == 0


def test_what_nobody_reads_is_found_by_the_clock_and_mailed_once_to_the_owner(lonely_house: House) -> None:
    house = lonely_house
    with psycopg.connect(house.place.owner, autocommit=True) as owner:
        helena = factories.make_member(owner, house.organization_id, "Helena")
    house.change("UPDATE memberships SET role = 'owner' WHERE user_id = %s", helena)
    house.change("INSERT INTO notifications (kind, level) VALUES ('handoff', 'warning')")

    def noticed() -> list[str]:
        house.traffic.take("automations")
        assert house.invoke("run_schedule", {"job": "channel_health", "at": "2026-11-21T12:00:00Z"}).answer is None
        hints = [json.loads(hint["body"]) for hint in house.traffic.take("automations")]
        return [hint["subject"] for hint in hints if hint["job"] == "mail_notices"]

    assert noticed() == []
    house.clock.move(timedelta(minutes=10, seconds=1))
    assert noticed() == noticed() == [str(house.organization_id)]

    outcomes = [run(house, "mail_notices", house.organization_id, "2026-11-21T12:00:00Z") for _ in range(2)]
    assert outcomes == ["written", "skipped"]
    assert send(house, house.one("SELECT id FROM mails")) == "sent"

    (letter,) = letters(house)
    assert (letter.to, letter.subject) == (f"{helena}@example.com", "Pet Feliz: Um cliente espera por uma pessoa")
    assert "https://app.example/notifications\n" in letter.text
    house.clock.move(timedelta(minutes=16))
    assert noticed() == []

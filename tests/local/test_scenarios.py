"""Whole conversations through the deployed stack, with the offline model: what the phones show and what is stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.outside import Outside, wait_for, words

pytestmark = pytest.mark.xdist_group("local-stack")

BRUNO, CARLA, DIEGO, ELISA = (f"+551190000000{number}" for number in range(2, 6))
QUESTION = "Vocês fazem festa de aniversário para cachorro?"
LESSON = "Sim, fazemos festa para até dez cães, aos domingos à tarde."


@pytest.fixture(scope="module")
def outside(stack: dict[str, Any]) -> Iterator[Outside]:
    seen = Outside(stack)
    with seen.http:
        yield seen


def says(outside: Outside, phone: str, text: str, **more: Any) -> dict[str, Any]:
    before = len(outside.replies(phone))
    outside.writes(phone, text, **more)
    return outside.next_reply(phone, after=before)


def presses(outside: Outside, phone: str, message: dict[str, Any], title: str) -> dict[str, Any]:
    before = len(outside.replies(phone))
    reply = next(reply for reply in options(message) if title in reply["title"])
    kind = "list_reply" if message["content"]["type"] == "list" else "button_reply"
    outside.sends({"from": phone, "kind": kind, "reply_id": reply["id"], "title": reply["title"]})
    return outside.next_reply(phone, after=before)


def options(message: dict[str, Any]) -> list[dict[str, Any]]:
    if message["kind"] != "interactive":
        return []
    action = message["content"]["action"]
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    return rows or [button["reply"] for button in action["buttons"]]


def confirmed(outside: Outside, phone: str, message: dict[str, Any]) -> dict[str, Any]:
    """The first of whatever is offered, and then a yes."""
    while not any(reply["id"].startswith("yes:") for reply in options(message)):
        assert options(message), words(message)
        message = presses(outside, phone, message, options(message)[0]["title"])
    return presses(outside, phone, message, "Sim")


def test_an_emergency_reaches_a_person_and_sends_to_a_vet(outside: Outside) -> None:
    said = words(says(outside, ELISA, "Socorro! A Pipoca engoliu veneno de rato e está convulsionando"))

    assert "veterinári" in said
    held = """
        SELECT c.state, t.urgency FROM conversations c JOIN turns t ON t.conversation_id = c.id
        JOIN contacts p ON p.id = c.contact_id WHERE p.phone = %s
        """
    assert outside.rows(held, [ELISA]) == [("waiting_human", "critical")]


def test_what_the_owner_answers_is_learned_and_told_to_the_next_customer(outside: Outside) -> None:
    owner = outside.endpoints["owner_phone"]
    says(outside, owner, "Oi, Aurora!")
    before = len(outside.replies(owner)), len(outside.replies(CARLA))
    says(outside, CARLA, QUESTION)
    asked = outside.next_reply(owner, after=before[0])
    assert QUESTION in words(asked)

    told = says(outside, owner, LESSON, quoted_id=asked["id"])
    assert LESSON in words(outside.next_reply(CARLA, after=before[1] + 1))
    presses(outside, owner, told, "Ensinar")

    assert outside.rows("SELECT count(*) FROM knowledge_entries WHERE source = 'escalation'") == [(1,)]
    assert "dez cães" in words(says(outside, BRUNO, QUESTION))


def test_a_stay_is_reserved_after_a_yes_and_waits_for_the_vaccines(outside: Outside) -> None:
    first = datetime.now(UTC).date() + timedelta(days=20)
    last = first + timedelta(days=2)
    offer = says(outside, CARLA, f"Quero reservar o hotel para o Bob de {first:%d/%m} a {last:%d/%m}")
    assert stays(outside) == [], "nothing is reserved before the yes"

    confirmed(outside, CARLA, offer)

    def reserved() -> list[tuple[Any, ...]] | None:
        return stays(outside) or None

    assert wait_for(reserved, "the stay") == [("Bob", first, last, "awaiting_assessment")]


def stays(outside: Outside) -> list[tuple[Any, ...]]:
    return outside.rows(
        """
        SELECT p.name, s.from_day, s.until_day, s.state FROM stays s JOIN pets p ON p.id = s.pet_id WHERE s.source = 'agent'
        """
    )

"""What the agent remembers of a customer who comes back: a few messages after days, three lines after weeks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.facts import facts_of
from auzap.agent.prompt import EARLIER
from auzap.conversations import holding
from auzap.conversations.recording import Recorded
from tests import factories
from tests.db.committed import read, write
from tests.db.hands import Hands
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.turning import answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

DAY = timedelta(days=1)
type Write = Callable[[str], Recorded]


@pytest.fixture
def again(hands: Hands, wa_id: str, clock: Clock) -> Write:
    """The customer writes a minute later, and then it is time to answer."""

    def writes(text: str) -> Recorded:
        clock.move(timedelta(minutes=1))
        recorded = say(hands.database, hands.shop, text, wa_id=wa_id, at=clock.now())
        clock.move(timedelta(seconds=12))
        return recorded

    return writes


def talk(hands: Hands, model: ScriptedModel, again: Write, times: int) -> None:
    for number in range(times):
        if number:
            again(f"Pergunta {number}")
        answered(claimed(hands.database, hands.shop, hands.conversation_id), model.says(answer(f"Resposta {number}")))


def read_by(model: ScriptedModel) -> list[tuple[str, str]]:
    """What the model was last shown, beside the rules and the context."""
    return [(message["role"], message["content"]) for message in model.asked[-1][2:]]


def test_within_a_week_the_talk_goes_on_with_its_last_five_messages(
    hands: Hands, model: ScriptedModel, again: Write, clock: Clock
) -> None:
    talk(hands, model, again, 4)
    hands.do(holding.close, hands.bia)
    clock.move(6 * DAY)

    back = again("Voltei!")
    answered(claimed(hands.database, hands.shop, back.conversation_id), model.says(answer("Que bom!")))

    assert back.conversation_id == hands.conversation_id
    assert read_by(model) == [
        ("assistant", "Resposta 1"),
        ("user", "Pergunta 2"),
        ("assistant", "Resposta 2"),
        ("user", "Pergunta 3"),
        ("assistant", "Resposta 3"),
        ("user", "Voltei!"),
    ]


def test_what_is_said_after_that_is_remembered_beside_the_five(
    hands: Hands, model: ScriptedModel, again: Write, clock: Clock
) -> None:
    talk(hands, model, again, 4)
    hands.do(holding.close, hands.bia)
    clock.move(6 * DAY)

    for number in range(3):
        again(f"Mais {number}")
        answered(claimed(hands.database, hands.shop, hands.conversation_id), model.says(answer(f"Certo {number}")))

    shown = [text for _, text in read_by(model)]
    assert shown[0] == "Resposta 1"
    assert shown[5:] == ["Mais 0", "Certo 0", "Mais 1", "Certo 1", "Mais 2"]


def test_after_more_than_a_week_a_new_talk_begins_with_three_lines_of_the_last(
    hands: Hands, model: ScriptedModel, again: Write, clock: Clock
) -> None:
    talk(hands, model, again, 2)
    hands.do(holding.write_as_staff, hands.bia, "Aqui é a Bia:\nquer  marcar?")
    hands.do(holding.close, hands.bia)
    clock.move(8 * DAY)

    back = again("Oi de novo!")
    answered(claimed(hands.database, hands.shop, back.conversation_id), model.says(answer("Olá!")))

    lines = "Cliente: Pergunta 1\nAssistente: Resposta 1\nEquipe: Aqui é a Bia: quer marcar?"
    assert back.conversation_id != hands.conversation_id
    assert hands.many("SELECT summary FROM conversations WHERE id = %s", back.conversation_id) == [lines]
    assert read_by(model) == [("assistant", f"{EARLIER}\n{lines}"), ("user", "Oi de novo!")]


def test_a_summary_that_a_model_wrote_is_what_is_remembered(hands: Hands, again: Write, clock: Clock) -> None:
    write(hands.database, hands.shop, "UPDATE conversations SET summary = 'Ana quer banho.', summary_at = app.now()")
    hands.do(holding.close, hands.bia)
    clock.move(8 * DAY)

    back = again("Oi de novo!")

    assert claimed(hands.database, hands.shop, back.conversation_id).earlier == "Ana quer banho."


def test_what_was_deleted_or_says_nothing_is_not_remembered(hands: Hands, again: Write, clock: Clock) -> None:
    again("Segredo")
    again("Até logo")
    write(hands.database, hands.shop, "UPDATE messages SET revoked_at = app.now() WHERE text = 'Segredo'")
    write(hands.database, hands.shop, "UPDATE messages SET text = '' WHERE text = 'Oi!'")
    hands.do(holding.close, hands.bia)
    clock.move(8 * DAY)

    back = again("Oi de novo!")

    assert claimed(hands.database, hands.shop, back.conversation_id).earlier == "Cliente: Até logo"


def test_who_never_wrote_before_has_nothing_to_be_remembered(
    hands: Hands, owner: psycopg.Connection, wa_id: str, clock: Clock
) -> None:
    hands.do(holding.close, hands.bia)
    other: PetShop = factories.make_pet_shop(owner, hands.database)

    strangers = [say(hands.database, hands.shop), say(hands.database, other, wa_id=wa_id)]
    clock.move(timedelta(seconds=3))

    assert claimed(hands.database, hands.shop, strangers[0].conversation_id).earlier is None
    assert claimed(hands.database, other, strangers[1].conversation_id).earlier is None


def test_what_was_said_weeks_ago_is_no_fact_of_the_shops(hands: Hands, again: Write, clock: Clock) -> None:
    again("Da outra vez paguei R$ 10,00")
    hands.do(holding.close, hands.bia)
    clock.move(8 * DAY)
    turn = claimed(hands.database, hands.shop, again("Oi de novo!").conversation_id)

    facts = facts_of(turn, CLIENT_AGENT)

    assert any("R$ 10,00" in text for text in facts.said)
    assert not any("R$ 10,00" in text for text in facts.shown)


def test_the_shops_language_names_who_said_it(hands: Hands, again: Write, clock: Clock) -> None:
    write(hands.database, hands.shop, "UPDATE organization_settings SET locale = 'en'")
    hands.do(holding.close, hands.bia)
    clock.move(8 * DAY)

    summaries: list[Any] = read(
        hands.database, hands.shop, "SELECT summary FROM conversations WHERE id = %s", again("Hi!").conversation_id
    )

    assert summaries == [("Customer: Oi!",)]

"""An animal in danger: the same words at once, a person, and priority, whether rules, a tool or the model noticed it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap import texts
from auzap.agent.model import Completion
from auzap.errors import ModelUnavailable
from auzap.turns import emergencies
from tests import factories
from tests.db.committed import write
from tests.db.scripted_model import answer, call
from tests.db.talk import Talk
from tests.db.turning import SECOND, answered, claimed, replies, take_over, turns
from tests.factories import PetShop, say

DANGER = "Meu cachorro está convulsionando!"


def told(*keys: texts.TextKey) -> str:
    return "\n\n".join(texts.text(key, "pt-BR") for key in keys)


def conversation(talk: Talk) -> tuple[Any, ...]:
    (row,) = talk.read("SELECT state, handoff_reason, priority FROM conversations")
    return row


def test_an_emergency_is_answered_at_once_without_the_model(talk: Talk) -> None:
    talk.write("UPDATE organization_settings SET human_delay = '10 seconds'")
    say(talk.database, talk.shop, DANGER, wa_id=talk.wa_id, at=talk.clock.now())
    talk.clock.move(4 * SECOND)

    outcome = talk.answer()

    assert talk.model.asked == []
    assert talk.replies == [told("emergency", "call_back")]
    assert outcome.send_in == 0
    assert conversation(talk) == ("waiting_human", "emergency", "urgent")
    assert turns(talk.database, talk.shop) == [("answered", "emergency")]
    assert talk.read("SELECT intent, urgency, confidence, handoff_trigger FROM turns") == [
        ("emergency", "critical", None, "emergency")
    ]
    assert talk.read("SELECT kind, detail FROM staff_tasks") == [("call_back", "emergency")]
    assert talk.read("SELECT kind, level, detail ->> 'trigger' FROM notifications") == [
        ("handoff", "error", "emergency")
    ]


def test_the_clinic_that_the_shop_names_is_named(talk: Talk) -> None:
    talk.write("UPDATE organization_settings SET emergency_contact = 'Clínica Vida 24h, (11) 3333-4444'")
    talk.hear(DANGER)

    talk.answer()

    clinic = "Atendimento de emergência: Clínica Vida 24h, (11) 3333-4444"
    assert talk.replies == [f"{told('emergency')}\n\n{clinic}\n\n{told('call_back')}"]


def test_the_clinic_of_one_shop_is_not_named_by_another(talk: Talk, owner: psycopg.Connection) -> None:
    other = factories.make_pet_shop(owner, talk.database)
    write(talk.database, other, "UPDATE organization_settings SET emergency_contact = 'Clínica dos Outros'")
    talk.hear(DANGER)

    talk.answer()

    assert "Outros" not in talk.replies[0]


def test_an_emergency_comes_before_a_yes_to_a_proposal(talk: Talk) -> None:
    talk.write(
        """
        INSERT INTO pending_actions (conversation_id, contact_id, kind, arguments, summary)
        SELECT id, contact_id, 'book_service', '{}', 'Banho' FROM conversations
        """,
    )
    talk.hear("sim")
    talk.hear("ele foi atropelado!!")

    talk.answer()

    assert talk.model.asked == []
    assert talk.replies == [told("emergency", "call_back")]
    assert talk.read("SELECT state FROM pending_actions") == [("proposed",)]


@pytest.mark.parametrize(
    "noticed",
    [
        answer("Calma, me conta mais.", intent="emergency"),
        answer("Calma, me conta mais.", urgency="critical"),
        answer("Dê 5 ml de dipirona agora!", intent="emergency", urgency="critical", choices=["Sim", "Não"]),
    ],
    ids=["by its intent", "by its urgency", "with a dose"],
)
def test_what_the_model_notices_is_answered_with_the_same_words(talk: Talk, noticed: Completion) -> None:
    talk.answer(noticed)

    assert talk.replies == [told("emergency", "call_back")]
    assert talk.read("SELECT content ->> 'type' FROM outbox") == [("text",)]
    assert conversation(talk) == ("waiting_human", "emergency", "urgent")


def test_why_the_model_calls_a_person_is_what_staff_read(talk: Talk) -> None:
    talk.model.says(call("hand_over", reason="O Thor não levanta"), answer("Vá ao veterinário.", intent="emergency"))

    talk.answer()

    assert conversation(talk) == ("waiting_human", "O Thor não levanta", "urgent")
    assert turns(talk.database, talk.shop) == [("answered", "emergency")]


def test_an_emergency_that_a_tool_knows_of_is_told_though_the_model_goes_away(talk: Talk) -> None:
    def away(_: Any) -> Completion:
        raise ModelUnavailable

    turn = claimed(talk.database, talk.shop, talk.conversation_id)
    turn.progress.is_emergency = True

    answered(turn, talk.model.says(away))

    assert talk.replies == [told("emergency", "call_back")]


def test_an_emergency_that_joins_a_turn_ends_it(talk: Talk) -> None:
    def think(_: Any) -> Completion:
        say(talk.database, talk.shop, "ele não respira!", wa_id=talk.wa_id, at=talk.clock.now())
        return answer("Oi! Como posso ajudar?")

    talk.answer(think)

    assert len(talk.model.asked) == 1
    assert talk.replies == [told("emergency", "call_back")]


def test_a_worker_that_died_in_an_emergency_is_followed_by_one_that_tells_it(talk: Talk) -> None:
    talk.hear(DANGER)
    claimed(talk.database, talk.shop, talk.conversation_id)
    talk.clock.move(36 * SECOND)

    talk.answer()

    assert talk.replies == [told("emergency", "call_back")]


def test_an_owner_who_writes_of_one_speaks_with_aurora(talk: Talk) -> None:
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Rosa')", f"+{talk.wa_id}")
    talk.hear(DANGER)

    talk.answer(answer("Ligue para a clínica.", intent="emergency"))

    assert talk.replies == ["Ligue para a clínica."]


# While a person is waited for


def tell(talk: Talk) -> str:
    return emergencies.tell(talk.database, talk.shop.organization_id, talk.conversation_id, at=talk.clock.now())


def test_who_waits_for_a_person_is_told_what_to_do_once_an_hour(talk: Talk) -> None:
    talk.write(factories.HAND_OVER)
    talk.clock.move(timedelta(minutes=61 - talk.clock.now().minute))

    outcomes = [tell(talk) for _ in range(2)]

    assert outcomes == ["told", "told"]
    assert talk.replies == [told("emergency")]
    assert conversation(talk)[2] == "urgent"
    assert talk.read("SELECT kind, level FROM notifications") == [("emergency", "error")]
    talk.clock.move(timedelta(hours=1))
    tell(talk)
    assert len(talk.replies) == 2


def test_a_person_who_has_the_conversation_is_told_and_not_talked_over(talk: Talk) -> None:
    take_over(talk.database, talk.shop)

    assert tell(talk) == "raised"

    assert talk.replies == []
    assert conversation(talk)[2] == "urgent"
    assert talk.read("SELECT kind, level FROM notifications") == [("emergency", "error")]


def test_what_the_agent_has_is_the_turns_to_answer(talk: Talk) -> None:
    assert tell(talk) == "skipped"
    assert talk.replies == []


def test_nobody_is_told_for_another_shop(talk: Talk, other_shop: PetShop) -> None:
    talk.write(factories.HAND_OVER)

    assert tell(replace(talk, shop=other_shop)) == "skipped"
    assert talk.replies == replies(talk.database, other_shop) == []

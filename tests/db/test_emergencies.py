"""An animal in danger: the same words at once, a person, and priority, whether rules, a tool or the model noticed it."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap import texts
from auzap.agent.model import Completion
from auzap.db.connection import Database
from auzap.errors import ModelUnavailable
from auzap.ids import ConversationId
from auzap.turns import emergencies
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import ScriptedModel, answer, call
from tests.db.turning import SECOND, answered, claimed, replies, take_over, turns
from tests.factories import PetShop, say
from tests.postgres import Clock

DANGER = "Meu cachorro está convulsionando!"


def told(*keys: texts.TextKey) -> str:
    return "\n\n".join(texts.text(key, "pt-BR") for key in keys)


def hear(database: Database, shop: PetShop, wa_id: str, clock: Clock, text: str) -> None:
    say(database, shop, text, wa_id=wa_id, at=clock.now())
    clock.move(12 * SECOND)


def conversation(database: Database, shop: PetShop) -> tuple[Any, ...]:
    (row,) = read(database, shop, "SELECT state, handoff_reason, priority FROM conversations")
    return row


def test_an_emergency_is_answered_at_once_without_the_model(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "UPDATE organization_settings SET human_delay = '10 seconds'")
    say(database, shop, DANGER, wa_id=wa_id, at=clock.now())
    clock.move(4 * SECOND)

    outcome = answered(claimed(database, shop, conversation_id), model)

    assert model.asked == []
    assert replies(database, shop) == [told("emergency", "call_back")]
    assert outcome.send_in == 0
    assert conversation(database, shop) == ("waiting_human", "emergency", "urgent")
    assert turns(database, shop) == [("answered", "emergency")]
    assert read(database, shop, "SELECT intent, urgency, confidence, handoff_trigger FROM turns") == [
        ("emergency", "critical", None, "emergency")
    ]
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("call_back", "emergency")]
    assert read(database, shop, "SELECT kind, level, detail ->> 'trigger' FROM notifications") == [
        ("handoff", "error", "emergency")
    ]


def test_the_clinic_that_the_shop_names_is_named(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "UPDATE organization_settings SET emergency_contact = 'Clínica Vida 24h, (11) 3333-4444'")
    hear(database, shop, wa_id, clock, DANGER)

    answered(claimed(database, shop, conversation_id), model)

    clinic = "Atendimento de emergência: Clínica Vida 24h, (11) 3333-4444"
    assert replies(database, shop) == [f"{told('emergency')}\n\n{clinic}\n\n{told('call_back')}"]


def test_the_clinic_of_one_shop_is_not_named_by_another(
    owner: psycopg.Connection,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    other = factories.make_pet_shop(owner, database)
    write(database, other, "UPDATE organization_settings SET emergency_contact = 'Clínica dos Outros'")
    hear(database, shop, wa_id, clock, DANGER)

    answered(claimed(database, shop, conversation_id), model)

    assert "Outros" not in replies(database, shop)[0]


def test_an_emergency_comes_before_a_yes_to_a_proposal(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    write(
        database,
        shop,
        """
        INSERT INTO pending_actions (conversation_id, contact_id, kind, arguments, summary)
        SELECT id, contact_id, 'book_service', '{}', 'Banho' FROM conversations
        """,
    )
    hear(database, shop, wa_id, clock, "sim")
    hear(database, shop, wa_id, clock, "ele foi atropelado!!")

    answered(claimed(database, shop, conversation_id), model)

    assert model.asked == []
    assert replies(database, shop) == [told("emergency", "call_back")]
    assert read(database, shop, "SELECT state FROM pending_actions") == [("proposed",)]


@pytest.mark.parametrize(
    "noticed",
    [
        answer("Calma, me conta mais.", intent="emergency"),
        answer("Calma, me conta mais.", urgency="critical"),
        answer("Dê 5 ml de dipirona agora!", intent="emergency", urgency="critical", choices=["Sim", "Não"]),
    ],
    ids=["by its intent", "by its urgency", "with a dose"],
)
def test_what_the_model_notices_is_answered_with_the_same_words(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, noticed: Completion
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(noticed))

    assert replies(database, shop) == [told("emergency", "call_back")]
    assert read(database, shop, "SELECT content ->> 'type' FROM outbox") == [("text",)]
    assert conversation(database, shop) == ("waiting_human", "emergency", "urgent")


def test_why_the_model_calls_a_person_is_what_staff_read(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    model.says(call("hand_over", reason="O Thor não levanta"), answer("Vá ao veterinário.", intent="emergency"))

    answered(claimed(database, shop, conversation_id), model)

    assert conversation(database, shop) == ("waiting_human", "O Thor não levanta", "urgent")
    assert turns(database, shop) == [("answered", "emergency")]


def test_an_emergency_that_a_tool_knows_of_is_told_though_the_model_goes_away(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    def away(_: Any) -> Completion:
        raise ModelUnavailable

    turn = claimed(database, shop, conversation_id)
    turn.progress.is_emergency = True

    answered(turn, model.says(away))

    assert replies(database, shop) == [told("emergency", "call_back")]


def test_an_emergency_that_joins_a_turn_ends_it(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    def think(_: Any) -> Completion:
        say(database, shop, "ele não respira!", wa_id=wa_id, at=clock.now())
        return answer("Oi! Como posso ajudar?")

    answered(claimed(database, shop, conversation_id), model.says(think))

    assert len(model.asked) == 1
    assert replies(database, shop) == [told("emergency", "call_back")]


def test_a_worker_that_died_in_an_emergency_is_followed_by_one_that_tells_it(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    hear(database, shop, wa_id, clock, DANGER)
    claimed(database, shop, conversation_id)
    clock.move(36 * SECOND)

    answered(claimed(database, shop, conversation_id), model)

    assert replies(database, shop) == [told("emergency", "call_back")]


def test_an_owner_who_writes_of_one_speaks_with_aurora(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Rosa')", f"+{wa_id}")
    hear(database, shop, wa_id, clock, DANGER)

    answered(claimed(database, shop, conversation_id), model.says(answer("Ligue para a clínica.", intent="emergency")))

    assert replies(database, shop) == ["Ligue para a clínica."]


# While a person is waited for


def tell(database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock) -> str:
    return emergencies.tell(database, shop.organization_id, conversation_id, at=clock.now())


def test_who_waits_for_a_person_is_told_what_to_do_once_an_hour(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    write(database, shop, factories.HAND_OVER)
    clock.move(timedelta(minutes=61 - clock.now().minute))

    outcomes = [tell(database, shop, conversation_id, clock) for _ in range(2)]

    assert outcomes == ["told", "told"]
    assert replies(database, shop) == [told("emergency")]
    assert conversation(database, shop)[2] == "urgent"
    assert read(database, shop, "SELECT kind, level FROM notifications") == [("emergency", "error")]
    clock.move(timedelta(hours=1))
    tell(database, shop, conversation_id, clock)
    assert len(replies(database, shop)) == 2


def test_a_person_who_has_the_conversation_is_told_and_not_talked_over(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    take_over(database, shop)

    assert tell(database, shop, conversation_id, clock) == "raised"

    assert replies(database, shop) == []
    assert conversation(database, shop)[2] == "urgent"
    assert read(database, shop, "SELECT kind, level FROM notifications") == [("emergency", "error")]


def test_what_the_agent_has_is_the_turns_to_answer(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    assert tell(database, shop, conversation_id, clock) == "skipped"
    assert replies(database, shop) == []


def test_nobody_is_told_for_another_shop(
    database: Database, shop: PetShop, other_shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    write(database, shop, factories.HAND_OVER)

    assert tell(database, other_shop, conversation_id, clock) == "skipped"
    assert replies(database, shop) == replies(database, other_shop) == []

"""What may be spent on the model: reaching any cap brings a person with an apology, never silence."""

from typing import Any

import psycopg
import pytest

from auzap import texts
from auzap.agent.conversing import MOST_CALLS
from auzap.agent.model import Completion
from auzap.agent.turn import Usage
from auzap.db.connection import Database
from auzap.ids import ConversationId
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import USAGE, ScriptedModel, answer, call
from tests.db.turning import SECOND, answered, claimed, replies, take_over, turns
from tests.factories import PetShop, say
from tests.postgres import Clock

# What one answer of the scripted model costs.
TOKENS, COST = USAGE.tokens, USAGE.cost_micros
APOLOGY = "\n\n".join(texts.text(key, "pt-BR") for key in ("apology", "call_back"))


def limit(database: Database, shop: PetShop, setting: str, value: int) -> None:
    write(database, shop, f"UPDATE organization_settings SET {setting} = %s", value)


def meter(database: Database, shop: PetShop) -> dict[str, int]:
    rows = read(database, shop, "SELECT metric, amount FROM usage_counters WHERE metric LIKE 'model%%'")
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("setting", ["contact_daily_token_cap", "daily_token_cap", "daily_cost_cap_micros"])
def test_a_cap_of_nothing_asks_no_model(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, setting: str
) -> None:
    limit(database, shop, setting, 0)

    outcome = answered(claimed(database, shop, conversation_id), model)

    assert outcome.outcome == "replied"
    assert model.asked == []
    assert replies(database, shop) == [APOLOGY]
    assert read(database, shop, "SELECT state, handoff_reason FROM conversations") == [("waiting_human", "cap_reached")]
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("call_back", "cap_reached")]


@pytest.mark.parametrize(
    ("setting", "value", "asked"),
    [
        ("contact_daily_token_cap", 2 * TOKENS, 2),
        ("contact_daily_token_cap", 2 * TOKENS + 1, 3),
        ("daily_token_cap", TOKENS, 1),
        ("daily_cost_cap_micros", 2 * COST, 2),
        # Another request costs at least what the last one did: the turn stops before it is over its own cap.
        ("turn_cost_cap_micros", 3 * COST - 1, 2),
        ("turn_cost_cap_micros", 3 * COST, 3),
    ],
)
def test_a_turn_stops_where_the_next_request_is_one_too_many(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
    setting: str,
    value: int,
    asked: int,
) -> None:
    limit(database, shop, setting, value)

    answered(
        claimed(database, shop, conversation_id),
        model.says(call("list_services", category="any"), call("list_pets"), call("list_bookings"), answer("Oi!")),
    )

    assert len(model.asked) == asked
    assert turns(database, shop) == [("answered", "cap_reached")]
    assert replies(database, shop) == [APOLOGY]


def test_a_turn_has_a_cap_of_tokens(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    limit(database, shop, "turn_token_cap", 1000)

    def dear(_: list[dict[str, Any]]) -> Completion:
        asked = call("list_services", category="any")
        return Completion(asked.text, asked.calls, Usage(500, 100, 1), refused=False)

    answered(claimed(database, shop, conversation_id), model.says(dear, answer("Oi!")))

    assert len(model.asked) == 1
    assert turns(database, shop) == [("answered", "cap_reached")]


def test_what_earlier_attempts_have_cost_counts(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    limit(database, shop, "turn_cost_cap_micros", COST)
    turn = claimed(database, shop, conversation_id)
    write(database, shop, "UPDATE turns SET cost_micros = %s", COST + 1)
    write(database, shop, "UPDATE conversations SET lease_until = app.now() - interval '1 second'")

    assert turn.spent.turn_cost_micros == 0
    answered(claimed(database, shop, conversation_id), model)

    assert model.asked == []
    assert turns(database, shop) == [("answered", "cap_reached")]


def test_a_customers_cap_is_this_customers_and_begins_anew_each_day(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    limit(database, shop, "contact_daily_token_cap", TOKENS)
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    other = say(database, shop, at=clock.now())
    say(database, shop, "E mais", wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)

    assert claimed(database, shop, other.conversation_id).spent.contact_tokens == 0
    assert claimed(database, shop, conversation_id).spent.contact_tokens == TOKENS
    clock.move(24 * 3600 * SECOND)
    assert claimed(database, shop, conversation_id).spent.contact_tokens == 0


def test_a_customers_cap_is_of_all_their_conversations_with_the_shop(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    limit(database, shop, "contact_daily_token_cap", TOKENS)
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    write(database, shop, factories.MOVES["closed"])
    write(database, shop, "UPDATE conversations SET closed_at = app.now() - interval '8 days'")
    later = say(database, shop, "E mais", wa_id=wa_id, at=clock.now()).conversation_id
    clock.move(3 * SECOND)

    turn = claimed(database, shop, later)

    assert later != conversation_id
    assert turn.spent.contact_tokens == TOKENS
    answered(turn, model)
    assert len(model.asked) == 1


def test_a_shop_spends_nothing_of_another_shops_day(
    owner: psycopg.Connection,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    other = factories.make_pet_shop(owner, database)
    recorded = say(database, other, at=clock.now())
    clock.move(3 * SECOND)

    spent = claimed(database, other, recorded.conversation_id).spent

    assert (spent.tokens, spent.cost_micros, spent.contact_tokens) == (0, 0, 0)


@pytest.mark.parametrize(("more", "outcome"), [(0, "replied"), (1, "stuck")])
def test_a_turn_calls_eight_tools_at_most_and_may_then_answer(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, more: int, outcome: str
) -> None:
    tools = [
        call("register_pet", **factories.pet_told(f"Mel {chr(ord('A') + number)}"))
        for number in range(MOST_CALLS + more)
    ]

    answered(claimed(database, shop, conversation_id), model.says(*tools, answer("Olá!")))

    assert read(database, shop, "SELECT count(*) FROM pets") == [(MOST_CALLS,)]
    assert turns(database, shop) == [("answered", outcome)]


# The meter of the day


def test_the_meter_agrees_with_the_turns_whatever_becomes_of_them(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    def more(_: list[dict[str, Any]]) -> Completion:
        say(database, shop, "E mais", wa_id=wa_id)
        return answer("Oi!")

    def taken(_: list[dict[str, Any]]) -> Completion:
        take_over(database, shop)
        return answer("Oi!")

    answered(
        claimed(database, shop, conversation_id),
        model.says(call("list_services", category="any"), more, answer("Oi, de novo!")),
    )
    say(database, shop, "E aí", wa_id=wa_id, at=clock.now())
    clock.move(12 * SECOND)
    answered(claimed(database, shop, conversation_id), model.says(call("list_pets"), taken))

    assert [state for state, _ in turns(database, shop)] == ["answered", "dropped"]
    assert meter(database, shop) == {"model_tokens": 5 * TOKENS, "model_cost_micros": 5 * COST}
    assert read(database, shop, "SELECT sum(input_tokens + output_tokens)::int, sum(cost_micros)::int FROM turns") == [
        (5 * TOKENS, 5 * COST)
    ]

"""Every tool that the agent has, called in every way that it must not be: nothing of others is read, changed or told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.model import Completion, ToolCall
from auzap.agent.toolbox import Tool
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.text import clean
from tests import factories
from tests.db import hostile_calls, town
from tests.db.committed import read
from tests.db.hostile_calls import LIE, Call, Known
from tests.db.scripted_model import USAGE, ScriptedModel, answer, call
from tests.db.town import NEIGHBOURS, STRANGERS, Rows
from tests.db.turning import SECOND, answered, claimed, replies
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock

ZONE = ZoneInfo("America/Sao_Paulo")
HARMLESS = "Posso ajudar com mais alguma coisa?"
TOOLS = [pytest.param(tool, id=name) for name, tool in CLIENT_AGENT.tools.items()]
TALKING = [pytest.param(tool, id=name) for name, tool in CLIENT_AGENT.tools.items() if hostile_calls.texts(tool)]
# Two wrong calls in a row end a turn, and so do more than eight: each of these is followed by a right one.
IN_A_TURN = 4


@dataclass(frozen=True)
class Place:
    """Our shop with Carla in it, and another shop with Beatriz in it, as they were before the model began."""

    database: Database
    model: ScriptedModel
    clock: Clock
    shop: PetShop
    other: PetShop
    neighbour: Rows
    stranger: Rows
    known: Known

    @property
    def foreign_ids(self) -> list[str]:
        ids = [self.stranger.ids[kind] for kind in ("contact", "booking")]
        return [*ids, *(self.neighbour.ids[kind] for kind in ("booking", "stay", "plan"))]

    @property
    def foreign_names(self) -> list[str]:
        return ["Bidu", "Mimi", "Serviço de Beatriz", self.neighbour.ids["pet"], self.stranger.ids["pet"]]

    def others(self) -> tuple[dict[str, list[str]], list[str]]:
        """All that no call of the model may change."""
        return town.everything(self.database, self.other), town.rows_about(self.database, self.shop, self.neighbour)


@pytest.fixture
def place(
    owner: psycopg.Connection,
    database: Database,
    shop: PetShop,
    other_shop: PetShop,
    clock: Clock,
    model: ScriptedModel,
) -> Place:
    day = datetime.combine(town.next_open_day(clock.now().astimezone(ZONE).date()), time(15), ZONE)
    with database.transaction(shop.organization_id, "test") as tx:
        rules = factories.make_shop(tx)
        factories.make_service(tx)
        town.open_every_door(tx)
        neighbour = town.furnish(tx, rules, day, name="Carla", pet="Mimi", mark=NEIGHBOURS)
    with database.transaction(other_shop.organization_id, "test") as tx:
        stranger = town.furnish(tx, factories.make_shop(tx), day, name="Beatriz", pet="Bidu", mark=STRANGERS)
        town.furnish_shop(tx, STRANGERS)
    known = Known(pet="Rex", service="Banho", day=str(day.date()))
    return Place(database, model, clock, shop, other_shop, neighbour, stranger, known)


def customers(place: Place) -> Iterator[ConversationId]:
    """Customer after customer with a dog called Rex, who waits for an answer."""
    while True:
        recorded = say(place.database, place.shop, "Oi, tudo bem?", wa_id=new_wa_id(), at=place.clock.now())
        with place.database.transaction(place.shop.organization_id, "test") as tx:
            (found,) = tx.execute(
                "SELECT contact_id FROM conversations WHERE id = %s", [recorded.conversation_id]
            ).fetchall()
            factories.make_pet(tx, found[0], "Rex")
        place.clock.move(3 * SECOND)
        yield recorded.conversation_id


def made(tool: Tool, called: Call, number: int) -> Completion:
    # The door to the model scrubs what no database can hold.
    calls = [ToolCall(f"hostile_{number}", tool.name, clean(called.arguments) or "{}")]
    return Completion(text="", calls=calls, usage=USAGE, refused=False)


def attack(place: Place, tool: Tool, calls: Sequence[Call]) -> list[ConversationId]:
    """All of them, a few in each turn of another customer; the customers who were there."""
    waiting, numbers = customers(place), iter(range(len(calls)))
    there: list[ConversationId] = []
    for few in batched(calls, IN_A_TURN, strict=False):
        there.append(next(waiting))
        lines: list[Any] = []
        for called in few:
            number = next(numbers)
            lines += [made(tool, called, number), call("search_products", words=f"petisco {number}")]
        place.model.script.clear()
        answered(
            claimed(place.database, place.shop, there[-1]), place.model.says(*lines, answer(HARMLESS), answer(HARMLESS))
        )
    return there


def rules_noted(place: Place) -> Counter[str]:
    noted = read(place.database, place.shop, "SELECT rules FROM security_incidents WHERE layer = 'tool'")
    return Counter(rule for (rules,) in noted for rule in rules)


def assert_nothing_told(place: Place) -> None:
    """Neither to the model nor to a customer."""
    for text in [*town.told(place.model), *replies(place.database, place.shop)]:
        assert STRANGERS not in text, text
        assert NEIGHBOURS not in text, text


@pytest.mark.parametrize("tool", TOOLS)
def test_what_was_not_given_is_refused_and_counted(place: Place, tool: Tool) -> None:
    calls = list(hostile_calls.forged(tool, place.known, place.foreign_ids))
    before = place.others()

    attack(place, tool, calls)

    # A turn is noted once for each rule that it breaks.
    by_turn = [{each.rule for each in few} for few in batched(calls, IN_A_TURN, strict=False)]
    assert rules_noted(place) == Counter(rule for rules in by_turn for rule in rules)
    assert place.others() == before
    assert read(place.database, place.shop, "SELECT FROM pending_actions") == []
    assert_nothing_told(place)


@pytest.mark.parametrize("tool", TALKING)
def test_nothing_of_others_is_reached_by_its_name(place: Place, tool: Tool) -> None:
    before = place.others()

    attack(place, tool, list(hostile_calls.named(tool, place.known, place.foreign_names)))

    assert place.others() == before
    assert_nothing_told(place)


@pytest.mark.parametrize("tool", TOOLS)
def test_garbage_is_survived(place: Place, tool: Tool) -> None:
    before = place.others()

    there = attack(place, tool, list(hostile_calls.garbage(tool, place.known)))

    assert place.others() == before
    assert len(replies(place.database, place.shop)) == len(there)
    assert_nothing_told(place)


@pytest.mark.parametrize("tool", TALKING)
def test_a_lie_that_a_tool_was_told_is_no_fact_later(place: Place, tool: Tool) -> None:
    """Neither in the same turn nor in the next one, wherever the tool has written it down."""
    lies = [answer(LIE), answer(LIE)]
    waiting = customers(place)
    for number, called in enumerate(hostile_calls.poisoned(tool, place.known)):
        conversation_id = next(waiting)
        place.model.script.clear()
        answered(
            claimed(place.database, place.shop, conversation_id), place.model.says(made(tool, called, number), *lies)
        )
        assert_refused(place, conversation_id, called)

        write_again(place, conversation_id)
        place.model.script.clear()
        answered(claimed(place.database, place.shop, conversation_id), place.model.says(*lies))
        assert_refused(place, conversation_id, called)


def write_again(place: Place, conversation_id: ConversationId) -> None:
    """The same customer, when the agent has them back."""
    with place.database.transaction(place.shop.organization_id, "test") as tx:
        for state, then in (("waiting_human", "human"), ("human", "ai")):
            tx.execute(
                "UPDATE conversations SET state = %s WHERE id = %s AND state = %s", [then, conversation_id, state]
            )
        ((wa_id,),) = tx.execute(
            """
            SELECT i.value FROM contact_identities i JOIN conversations c ON c.contact_id = i.contact_id
            WHERE c.id = %s AND i.kind = 'wa_id'
            """,
            [conversation_id],
        ).fetchall()
    say(place.database, place.shop, "E aí?", wa_id=wa_id, at=place.clock.now())
    place.clock.move(3 * SECOND)


def assert_refused(place: Place, conversation_id: ConversationId, called: Call) -> None:
    sent = read(
        place.database, place.shop, "SELECT content ->> 'text' FROM outbox WHERE conversation_id = %s", conversation_id
    )
    assert not any("golpe" in text or "1,00" in text or "23:00" in text for (text,) in sent), (called, sent)
    rules = read(
        place.database,
        place.shop,
        """
        SELECT DISTINCT unnest(rules) FROM security_incidents
        WHERE layer = 'output' AND action = 'blocked'
          AND turn_id = (SELECT id FROM turns WHERE conversation_id = %s ORDER BY id DESC LIMIT 1)
        """,
        conversation_id,
    )
    assert {"link", "price", "time"} <= {rule for (rule,) in rules}, called

"""Workers that die, and those that come after them: done once, said once, or given up."""

from collections.abc import Callable
from typing import Any

import pytest

from auzap.agent import journal
from auzap.agent.model import Completion
from auzap.agent.turn import Step, Usage
from auzap.db.connection import Database
from auzap.errors import ModelUnavailable, StaleTurn
from auzap.ids import ConversationId
from auzap.turns.answering import Answered
from auzap.turns.claiming import MOST_ATTEMPTS, NotNow, claim
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import USAGE, Killed, ScriptedModel, answer, call, calls, dies
from tests.db.turning import EXPIRED, GREETING, SECOND, answered, claimed, replies, turns, unanswered
from tests.factories import PetShop
from tests.postgres import Clock, Place


def test_a_worker_that_died_is_followed_by_one_that_goes_on(
    connect: Callable[[], Database], database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    dead = claimed(connect(), shop, conversation_id)
    assert claim(database, shop.organization_id, conversation_id) == NotNow("leased")
    clock.move(EXPIRED)

    turn = claimed(database, shop, conversation_id)

    assert (turn.id, turn.attempt, turn.fence) == (dead.id, 2, dead.fence + 1)
    assert [said.text for said in turn.unanswered] == ["Oi!"]


def test_an_overtaken_worker_changes_nothing_more(
    connect: Callable[[], Database], database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    zombie = claimed(connect(), shop, conversation_id)
    clock.move(EXPIRED)
    turn = claimed(database, shop, conversation_id)

    assert finish(zombie, GREETING, Usage(), join=True).outcome == "superseded"
    with pytest.raises(StaleTurn), zombie.step():
        pass
    assert replies(database, shop) == []
    assert turns(database, shop) == [("running", None)]

    assert finish(turn, GREETING, Usage(), join=True).outcome == "replied"
    assert finish(zombie, GREETING, Usage(), join=True).outcome == "superseded"
    assert replies(database, shop) == ["Oi! Como posso ajudar?"]


def test_a_retry_replays_what_was_done_and_does_not_do_it_again(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    clock: Clock,
) -> None:
    registering = call("register_pet", **factories.pet_told("Mel"))
    first = connect()
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), ScriptedModel(shared_database, first).says(registering, dies))
    clock.move(EXPIRED)

    again = ScriptedModel(shared_database, database).says(answer("A Mel está cadastrada!"))
    outcome = answered(claimed(database, shop, conversation_id), again)

    assert outcome.outcome == "replied"
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]
    assert [m["content"] for m in again.asked[0] if m["role"] == "tool"] == ["Registered: Mel | dog | SRD | small."]
    assert read(database, shop, "SELECT input_tokens FROM turns") == [(200,)]


def test_a_retry_goes_on_between_two_calls_of_one_answer(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    clock: Clock,
) -> None:
    known = [factories.pet_told(name) for name in ("Mel", "Rex")]
    asked = calls(*(("register_pet", arguments) for arguments in known))
    dead = claimed(connect(), shop, conversation_id)
    with dead.step() as tx:
        # As the first of the two leaves it; its worker dies before the second.
        factories.make_pet(tx, dead.contact.id, "Mel")
        done = {"call_id": asked.calls[0].id, "name": "register_pet", "arguments": "{}", "result": "Registered: Mel"}
        journal.write(tx, dead, [Step("model", {"message": asked.as_message()}), Step("tool", done)], USAGE)
    clock.move(EXPIRED)

    model = ScriptedModel(shared_database, database).says(answer("Cadastrados!"))
    assert answered(claimed(database, shop, conversation_id), model).outcome == "replied"

    assert read(database, shop, "SELECT name FROM pets ORDER BY name") == [("Mel",), ("Rex",)]
    assert read(database, shop, "SELECT kind, step FROM turn_steps ORDER BY step") == [
        ("model", 1),
        ("tool", 2),
        ("tool", 3),
    ]
    assert len(model.asked) == 1


def test_a_turn_that_keeps_dying_is_given_up_with_one_apology(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claimed(database, shop, conversation_id).attempt == attempt
        clock.move(EXPIRED)

    outcome = answered(claimed(database, shop, conversation_id), model)

    assert (outcome.outcome, outcome.has_outbox, outcome.again_in) == ("replied", True, None)
    assert model.asked == []
    assert read(database, shop, "SELECT kind, count(*) FROM outbox GROUP BY kind") == [("apology", 1)]
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("gave_up", "gave_up")]
    assert turns(database, shop) == [("gave_up", "gave_up")]
    assert read(database, shop, "SELECT state, handoff_reason FROM conversations") == [("waiting_human", "gave_up")]
    assert unanswered(database, shop) == []


def test_an_owner_whose_turn_keeps_dying_is_told_and_stays_with_the_agent_and_staff_have_a_task(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) SELECT phone, 'Rosa' FROM contacts")
    for _ in range(MOST_ATTEMPTS):
        claimed(database, shop, conversation_id)
        clock.move(EXPIRED)

    answered(claimed(database, shop, conversation_id), model)

    assert read(database, shop, "SELECT kind, count(*) FROM outbox GROUP BY kind") == [("apology", 1)]
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("gave_up", "gave_up")]
    assert read(database, shop, "SELECT state FROM conversations") == [("ai",)]


def test_without_a_model_and_without_progress_a_person_is_called_at_once(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    outcome = answered(claimed(database, shop, conversation_id), model.says(no_model))

    assert outcome.outcome == "replied"
    assert read(database, shop, "SELECT kind FROM outbox") == [("apology",)]
    assert read(database, shop, "SELECT state, handoff_reason FROM conversations") == [
        ("waiting_human", "model_unavailable")
    ]


def test_without_a_model_but_with_progress_the_turn_is_tried_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    outcome = answered(
        claimed(database, shop, conversation_id), model.says(call("list_services", category="any"), no_model)
    )

    assert outcome == Answered("retry", again_in=5.0)
    assert replies(database, shop) == []
    clock.move(5 * SECOND)
    assert answered(claimed(database, shop, conversation_id), model.says(answer("Pronto!"))).outcome == "replied"
    assert read(database, shop, "SELECT attempt, steps FROM turns") == [(2, 2)]


def no_model(_: list[dict[str, Any]]) -> Completion:
    raise ModelUnavailable

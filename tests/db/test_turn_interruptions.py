"""What happens while a turn runs: more messages join it, and a person takes the word."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from auzap.agent.model import Completion
from auzap.agent.turn import Usage
from auzap.conversations import recording, recording_queries
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns import answering
from auzap.turns.answering import Answered
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import about, read
from tests.db.scripted_model import ScriptedModel, answer, call
from tests.db.turning import GREETING, SECOND, answered, claimed, replies, take_over, turns, unanswered
from tests.factories import PetShop, message, say
from tests.postgres import Clock, Place, wait_until_blocked

# A message that comes while the turn runs


def test_a_message_that_comes_while_the_agent_thinks_joins_the_turn(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
) -> None:
    recorder = connect()

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        say(recorder, shop, "E quanto custa?", wa_id=wa_id)
        return answer("Oi! Como posso ajudar?")

    outcome = answered(
        claimed(database, shop, conversation_id), model.says(meanwhile, answer("Oi! Já te conto os preços."))
    )

    assert outcome == Answered("replied", has_outbox=True, again_in=None)
    assert model.last_words == ["Oi!", "E quanto custa?"]
    assert replies(database, shop) == ["Oi! Já te conto os preços."]
    assert unanswered(database, shop) == []


def test_a_message_that_is_being_stored_while_the_turn_ends_is_not_forgotten(
    shared_database: Place,
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
) -> None:
    """The recorder holds the conversation; the turn's end waits for it, and must then see what it stored."""
    turn = claimed(database, shop, conversation_id)
    late = message(shop, "E quanto custa?", wa_id=wa_id)
    with ThreadPoolExecutor(1) as pool:
        with connect().transaction(shop.organization_id, "test") as tx:
            stored = recording_queries.record_known(
                tx, shop.account.id, late, actor="test", too_late=recording.TOO_LATE
            )
            assert stored.fetchone()
            ending = pool.submit(finish, turn, GREETING, Usage(), join=True)
            wait_until_blocked(shared_database)
        ended = ending.result()

    assert ended.outcome == "joined"
    assert [said.text for said in ended.newer] == ["E quanto custa?"]
    assert replies(database, shop) == []
    assert read(database, shop, "SELECT cardinality(message_ids) FROM turns") == [(2,)]


def test_a_message_that_comes_while_the_last_word_is_said_is_hinted_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel
) -> None:
    def one_more(_: list[dict[str, Any]]) -> Completion:
        say(database, shop, f"E mais {len(model.asked)}?", wa_id=wa_id)
        return answer("Oi!")

    thought = answering.MOST_JOINS + 1
    outcome = answered(claimed(database, shop, conversation_id), model.says(*[one_more] * thought))

    assert outcome == Answered("replied", has_outbox=True, again_in=0)
    assert replies(database, shop) == ["Oi!"]
    assert unanswered(database, shop) == [f"E mais {thought}?"]

    following = claimed(database, shop, conversation_id)
    assert [said.text for said in following.unanswered] == [f"E mais {thought}?"]
    assert answered(following, model.says(answer("Claro!"))).outcome == "replied"
    assert unanswered(database, shop) == []


def test_a_message_that_comes_after_the_end_wakes_a_turn_of_its_own(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, clock: Clock
) -> None:
    finish(claimed(database, shop, conversation_id), GREETING, Usage(), join=True)

    recorded = say(database, shop, "E quanto custa?", wa_id=wa_id, at=clock.now())

    assert recorded.answer_in == about(2)
    clock.move(2 * SECOND)
    assert [said.text for said in claimed(database, shop, conversation_id).unanswered] == ["E quanto custa?"]


def test_a_message_that_came_before_is_read_even_if_its_time_is_older(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, clock: Clock, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    say(database, shop, "Antes disso eu perguntei outra coisa", wa_id=wa_id, at=clock.now() - timedelta(minutes=30))
    clock.move(3 * SECOND)

    turn = claimed(database, shop, conversation_id)

    assert [said.text for said in turn.unanswered] == ["Antes disso eu perguntei outra coisa"]


# A person takes over


def test_a_person_who_takes_over_while_the_agent_thinks_has_the_word(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
) -> None:
    person = connect()

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        take_over(person, shop)
        return answer("Oi! Como posso ajudar?")

    outcome = answered(claimed(database, shop, conversation_id), model.says(meanwhile))

    assert outcome == Answered("superseded")
    assert replies(database, shop) == []
    assert turns(database, shop) == [("dropped", "taken_over")]
    assert unanswered(database, shop) == ["Oi!"]
    assert read(database, shop, "SELECT state, lease_token FROM conversations") == [("human", None)]


def test_a_person_who_is_taking_over_while_the_turn_ends_has_the_word(
    shared_database: Place,
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
) -> None:
    turn = claimed(database, shop, conversation_id)
    with ThreadPoolExecutor(1) as pool:
        with connect().transaction(shop.organization_id, "person") as tx:
            tx.execute(factories.TAKE)
            ending = pool.submit(finish, turn, GREETING, Usage(), join=True)
            wait_until_blocked(shared_database)
        assert ending.result().outcome == "superseded"

    assert replies(database, shop) == []
    assert turns(database, shop) == [("dropped", "taken_over")]


def test_an_answer_from_the_shops_phone_takes_over(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
) -> None:
    recorder = connect()

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        recording.record(recorder, message(shop, "Oi, aqui é a Rosa!", wa_id=wa_id, echo=True))
        return call("list_services", category="any")

    outcome = answered(claimed(database, shop, conversation_id), model.says(meanwhile))

    assert outcome == Answered("superseded")
    assert replies(database, shop) == []
    assert read(database, shop, "SELECT count(*) FROM turn_steps") == [(0,)]

"""Faults in the middle of a turn: deadlocks, lost connections, dead workers, models that talk nonsense."""

from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from auzap import texts
from auzap.agent import journal
from auzap.agent.model import Completion, ToolCall
from auzap.agent.turn import Step, Turn, Usage
from auzap.db import retrying
from auzap.db.connection import Database, Tx
from auzap.errors import RequestRefused, StaleTurn
from auzap.ids import ConversationId, OrganizationId
from auzap.turns.answering import Answered
from auzap.turns.claiming import HISTORY, LONGEST_REMEMBERED, MOST_UNANSWERED, claim
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import USAGE, Killed, ScriptedModel, answer, call, dies
from tests.db.turning import EXPIRED, GREETING, SECOND, answered, claimed, replies, take_over, turns, unanswered
from tests.factories import PetShop, say
from tests.postgres import Clock, Place

MEL = call("register_pet", **factories.pet_told("Mel"))
DEADLOCK, RACE = "40P01", "40001"


def text_only(text: str, *, refused: bool = False) -> Completion:
    return Completion(text=text, calls=[], usage=USAGE, refused=refused)


def raw(tool: str, arguments: str) -> Completion:
    return Completion("", [ToolCall(f"call_{uuid4().hex}", tool, arguments)], USAGE, refused=False)


def told(*keys: texts.TextKey) -> str:
    return "\n\n".join(texts.text(key, "pt-BR") for key in keys)


# The database asks for another try


def lose(tx: Tx, state: str) -> None:
    """The database ends this transaction as it would the victim of a deadlock or of a race."""
    tx.execute("SELECT set_config('test.state', %s, true)", [state])
    tx.execute("DO $$ BEGIN RAISE EXCEPTION 'victim' USING ERRCODE = current_setting('test.state'); END $$")


class Unlucky(Database):
    """Its first transactions in one round trip are victims."""

    losses = retrying.RETRIES

    @contextmanager
    def batch(self, organization_id: OrganizationId, actor: str) -> Generator[Tx]:
        with super().batch(organization_id, actor) as tx:
            yield tx
            if self.losses:
                self.losses -= 1
                lose(tx, DEADLOCK)


@pytest.mark.parametrize("state", [DEADLOCK, RACE])
def test_a_step_that_was_a_victim_is_done_again_as_if_it_had_not_been_begun(
    database: Database, shop: PetShop, conversation_id: ConversationId, state: str
) -> None:
    turn = claimed(database, shop, conversation_id)
    tries = 0

    def register(tx: Tx) -> str:
        nonlocal tries
        tries += 1
        tx.execute("INSERT INTO pets (contact_id, name, species) VALUES (%s, 'Mel', 'dog')", [turn.contact.id])
        turn.progress.acts_done.append("registered")
        journal.write(tx, turn, [Step("note", {"result": "registered"})], USAGE)
        if tries <= retrying.RETRIES:
            lose(tx, state)
        return "done"

    assert turn.act(register) == "done"
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]
    assert turn.progress.acts_done == ["registered"]
    assert (turn.new_steps, [step.kind for step in turn.steps]) == (1, ["note"])
    assert read(database, shop, "SELECT steps, input_tokens FROM turns") == [(1, USAGE.input_tokens)]


def test_a_step_that_stays_a_victim_is_given_up(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    turn = claimed(database, shop, conversation_id)

    with pytest.raises(psycopg.errors.DeadlockDetected):
        turn.act(lambda tx: lose(tx, DEADLOCK))


def test_a_claim_and_an_end_that_were_victims_are_done_again(
    shared_database: Place, database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    with closing(Unlucky(lambda: shared_database.app)) as unlucky:
        turn = claim(unlucky, shop.organization_id, conversation_id)
        assert isinstance(turn, Turn)
        unlucky.losses = retrying.RETRIES

        assert finish(turn, GREETING, USAGE, join=True).outcome == "replied"

    assert replies(database, shop) == [GREETING.content["text"]]
    assert read(database, shop, "SELECT attempt, input_tokens, fence FROM turns") == [(1, USAGE.input_tokens, 1)]
    assert read(database, shop, "SELECT score FROM leads") == [(10,)]


def test_a_connection_that_is_cut_gives_the_turn_back_for_another_worker(
    shared_database: Place,
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    clock: Clock,
) -> None:
    """The tool's transaction dies; the turn is given back over a new connection, and goes on from its journal."""
    worker = connect()
    turn = claimed(worker, shop, conversation_id)

    def cut(_: list[dict[str, Any]]) -> Completion:
        write(database, shop, "UPDATE organization_settings SET minimum_notice = '2 hours'")
        with psycopg.connect(shared_database.admin, autocommit=True) as administrator:
            administrator.execute(
                """
                CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'
                """
            )
            administrator.execute(
                "CREATE TRIGGER cut BEFORE INSERT ON pets FOR EACH ROW WHEN (NEW.name = 'Cut') EXECUTE FUNCTION public.cut()"
            )
        return call("register_pet", **factories.pet_told("Cut"))

    try:
        with pytest.raises(psycopg.OperationalError):
            answered(turn, ScriptedModel(shared_database, worker).says(MEL, cut))
    finally:
        with psycopg.connect(shared_database.admin, autocommit=True) as administrator:
            administrator.execute("DROP FUNCTION IF EXISTS public.cut() CASCADE")
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]
    assert read(database, shop, "SELECT lease_token, answer_at > app.now() FROM conversations") == [(None, True)]
    clock.move(5 * SECOND)

    again = ScriptedModel(shared_database, database).says(answer("A Mel está cadastrada!"))
    assert answered(claimed(database, shop, conversation_id), again).outcome == "replied"
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]


# Workers that are dead or too late


def test_a_dead_workers_turn_ends_when_a_person_takes_the_word(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    claimed(connect(), shop, conversation_id)
    take_over(database, shop)

    assert turns(database, shop) == [("dropped", "taken_over")]
    write(database, shop, "UPDATE messages SET awaits_answer = false")
    write(database, shop, "UPDATE conversations SET state = 'ai'")
    say(database, shop, "E agora?", wa_id=wa_id, at=clock.now())
    clock.move(12 * SECOND)

    following = claimed(database, shop, conversation_id)
    assert (following.attempt, [said.text for said in following.unanswered]) == (1, ["E agora?"])


def test_a_worker_that_was_overtaken_by_a_person_and_back_says_nothing(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
) -> None:
    """Taken and given back while it thinks: its own lease and fence would look as if nothing had happened."""
    person, worker = connect(), connect()

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        take_over(person, shop)
        write(person, shop, "UPDATE conversations SET state = 'ai', answer_at = app.now()")
        return answer("Eu respondo!")

    outcome = answered(claimed(worker, shop, conversation_id), ScriptedModel(shared_database, worker).says(meanwhile))

    assert outcome == Answered("superseded")
    assert replies(database, shop) == []
    assert turns(database, shop) == [("dropped", "taken_over")]
    # Nobody has to wait for the end of its lease.
    assert answered(claimed(database, shop, conversation_id), model.says(answer("Oi!"))).outcome == "replied"


def test_a_conversation_that_went_into_another_ends_its_turn(
    connect: Callable[[], Database], database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    worker = connect()
    turn = claimed(worker, shop, conversation_id)
    write(database, shop, "UPDATE conversations SET state = 'closed', merged_into = id")

    assert turns(database, shop) == [("dropped", "taken_over")]
    assert finish(turn, GREETING, Usage(), join=True).outcome == "superseded"
    with pytest.raises(StaleTurn):
        turn.act(lambda tx: None)


def test_a_journal_that_cannot_be_written_undoes_the_effect(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    turn = claimed(database, shop, conversation_id)

    def act(tx: Tx) -> None:
        tx.execute("INSERT INTO pets (contact_id, name, species) VALUES (%s, 'Mel', 'dog')", [turn.contact.id])
        tx.execute("UPDATE turns SET state = 'dropped' WHERE id = %s", [turn.id])
        journal.write(tx, turn, [Step("note", {"result": "registered"})], Usage())

    with pytest.raises(StaleTurn):
        turn.act(act)
    assert read(database, shop, "SELECT count(*) FROM pets") == [(0,)]


def test_what_a_worker_spent_before_it_was_overtaken_is_counted(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
) -> None:
    worker, person = connect(), connect()

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        take_over(person, shop)
        return call("list_services", category="any")

    answered(claimed(worker, shop, conversation_id), ScriptedModel(shared_database, worker).says(meanwhile))

    assert read(database, shop, "SELECT input_tokens, cost_micros FROM turns") == [
        (USAGE.input_tokens, USAGE.cost_micros)
    ]


# Models that talk nonsense


NONSENSE: dict[str, Completion] = {
    "no JSON": raw("answer", "{"),
    "a JSON that is no object": raw("answer", "[1]"),
    "nothing to say": raw("answer", "{}"),
    "an empty text": raw("answer", '{"text": " ", "intent": "other", "confidence": 1}'),
    "more than was asked for": raw("answer", '{"text": "Oi", "intent": "other", "confidence": 90, "discount": 10}'),
    "half an answer as text": text_only('{"text": "Oi'),
    "nothing at all": text_only(""),
    "an unknown tool": raw("send_money", '{"amount": 100}'),
    "a tool with wrong types": raw("find_free_slots", '{"service": 1, "day": "never", "period": "x"}'),
    "a tool with too much": raw("list_services", '{"organization_id": "x"}'),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_may_be_mended_once(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, nonsense: Completion
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(nonsense, answer("Oi!")))

    assert replies(database, shop) == ["Oi!"]


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_twice_is_a_persons_to_answer(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, nonsense: Completion
) -> None:
    other = raw("list_pets", '{"phone": "+5511"}') if nonsense.calls else nonsense
    answered(claimed(database, shop, conversation_id), model.says(nonsense, other, answer("Oi!")))

    assert len(model.asked) == 2
    assert replies(database, shop) == [told("unsure", "call_back")]
    assert turns(database, shop) == [("answered", "stuck")]


def test_a_model_that_refuses_to_speak_is_spoken_for(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(text_only("I can't help with that", refused=True)))

    assert replies(database, shop) == [told("unsure", "call_back")]
    assert turns(database, shop) == [("answered", "refused")]


def test_text_without_a_call_is_an_answer(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(text_only("Oi! Tudo bem?")))

    assert replies(database, shop) == ["Oi! Tudo bem?"]


def test_a_request_that_no_model_takes_is_not_tried_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    def refused(_: list[dict[str, Any]]) -> Completion:
        raise RequestRefused

    outcome = answered(
        claimed(database, shop, conversation_id), model.says(call("list_services", category="any"), refused)
    )

    assert outcome.outcome == "replied"
    assert turns(database, shop) == [("answered", "model_unavailable")]
    assert replies(database, shop) == [told("apology", "call_back")]


def test_what_joins_a_safe_text_wakes_a_turn_of_its_own(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel
) -> None:
    def refused(_: list[dict[str, Any]]) -> Completion:
        say(database, shop, "E a tosa?", wa_id=wa_id)
        raise RequestRefused

    answered(claimed(database, shop, conversation_id), model.says(refused))

    assert replies(database, shop) == [told("apology", "call_back")]
    assert unanswered(database, shop) == ["E a tosa?"]


# Long talks


def test_a_long_history_is_cut_and_the_facts_stay(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    write(
        database,
        shop,
        """
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT id, 'customer', 'text', repeat('x', 4000), app.now() - n * interval '1 minute'
        FROM conversations, generate_series(1, 500) n
        """,
    )

    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))

    (asked,) = model.asked
    said = [message["content"] for message in asked if message["role"] == "user"]
    assert len(said) == HISTORY + 1
    assert max(len(text) for text in said) == LONGEST_REMEMBERED
    assert said[-1] == "Oi!"
    assert any("Pet Feliz" in message["content"] for message in asked if message["role"] == "system")


def test_whoever_writes_a_book_is_read_in_parts(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, clock: Clock
) -> None:
    for number in range(30):
        say(database, shop, f"{number} " + "x" * 3000, wa_id=wa_id, at=clock.now())
    clock.move(40 * SECOND)

    turn = claimed(database, shop, conversation_id)

    assert len(turn.unanswered) == 31
    assert sum(len(said.text) for said in turn.unanswered) <= MOST_UNANSWERED
    assert [said.text.split()[0] for said in turn.unanswered[1:]] == [str(number) for number in range(30)]


def test_a_killed_worker_leaves_what_it_had_journalled_on_the_meter(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    clock: Clock,
) -> None:
    worker = connect()
    with pytest.raises(Killed):
        answered(claimed(worker, shop, conversation_id), ScriptedModel(shared_database, worker).says(MEL, dies))
    clock.move(EXPIRED)

    spent = claimed(database, shop, conversation_id).spent

    assert (spent.turn_tokens, spent.tokens, spent.contact_tokens) == (USAGE.tokens,) * 3

"""Turns against everything that may happen meanwhile: new messages, a person, another worker, an expired lease."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent import journal
from auzap.agent.model import Completion, Model
from auzap.agent.reply import Reply
from auzap.agent.turn import Step, Turn, Usage
from auzap.conversations import recording, recording_queries
from auzap.customers import pets
from auzap.db.connection import Database
from auzap.errors import ModelUnavailable, StaleTurn
from auzap.ids import ContactId, ConversationId
from auzap.turns import answering
from auzap.turns.answering import Answered
from auzap.turns.claiming import LEASE, MOST_ATTEMPTS, NotNow, claim
from auzap.turns.finishing import finish
from tests import factories
from tests.db.counting_proxy import counting
from tests.db.scripted_model import USAGE, ScriptedModel, answer, call, calls
from tests.factories import PetShop, message, new_wa_id, say
from tests.postgres import Clock, Place, wait_until_blocked

SECOND = timedelta(seconds=1)
EXPIRED = LEASE + SECOND
GREETING = Reply(
    kind="reply", content={"type": "text", "text": "Oi! Como posso ajudar?"}, intent="greeting", confidence=90
)


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    return factories.make_pet_shop(owner, database)


@pytest.fixture
def model(shared_database: Place, database: Database) -> ScriptedModel:
    return ScriptedModel(shared_database, database)


@pytest.fixture
def wa_id() -> str:
    return new_wa_id()


@pytest.fixture
def conversation_id(database: Database, shop: PetShop, wa_id: str, clock: Clock) -> ConversationId:
    """A customer has asked something, and it is time to answer."""
    recorded = say(database, shop, "Oi!", wa_id=wa_id)
    clock.move(3 * SECOND)
    return recorded.conversation_id


def claimed(database: Database, shop: PetShop, conversation_id: ConversationId) -> Turn:
    turn = claim(database, shop.organization_id, conversation_id)
    assert isinstance(turn, Turn), turn
    return turn


def answered(turn: Turn, model: ScriptedModel) -> Answered:
    return answering.answer(turn, cast(Model, model), seconds=20)


def read(database: Database, shop: PetShop, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.transaction(shop.organization_id, "test") as tx:
        return tx.connection.execute(query.encode(), parameters).fetchall()


def write(database: Database, shop: PetShop, query: str, *parameters: Any) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        tx.connection.execute(query.encode(), parameters)


def replies(database: Database, shop: PetShop) -> list[str]:
    return [row[0] for row in read(database, shop, "SELECT content ->> 'text' FROM outbox ORDER BY id")]


def unanswered(database: Database, shop: PetShop) -> list[str]:
    query = "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL ORDER BY provider_at, id"
    return [row[0] for row in read(database, shop, query)]


def turns(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(database, shop, "SELECT state, outcome FROM turns ORDER BY id")


def take_over(database: Database, shop: PetShop) -> None:
    write(database, shop, "UPDATE conversations SET state = 'human'")


# A turn by itself


def test_a_turn_reads_answers_and_releases(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    turn = claimed(database, shop, conversation_id)

    outcome = answered(turn, model.says(answer("Oi! Como posso ajudar?", intent="greeting")))

    assert outcome == Answered("replied", has_outbox=True, again_in=None)
    assert replies(database, shop) == ["Oi! Como posso ajudar?"]
    assert unanswered(database, shop) == []
    assert read(database, shop, "SELECT state, intent, input_tokens, output_tokens, cost_micros FROM turns") == [
        ("answered", "greeting", 100, 10, 5)
    ]
    assert read(database, shop, "SELECT amount FROM usage_counters WHERE metric = 'model_tokens'") == [(110,)]
    assert read(database, shop, "SELECT lease_token, lease_until, answer_at, fence FROM conversations") == [
        (None, None, None, 1)
    ]
    assert read(database, shop, "SELECT sender, text, delivery FROM messages ORDER BY id DESC LIMIT 1") == [
        ("agent", "Oi! Como posso ajudar?", "queued")
    ]


def test_a_turn_without_tools_costs_at_most_three_round_trips_and_twelve_statements(
    shared_database: Place, shop: PetShop, conversation_id: ConversationId
) -> None:
    with counting(shared_database.app) as proxy, closing(Database(lambda: proxy.conninfo)) as database:
        assert isinstance(claim(database, shop.organization_id, ConversationId(shop.account.id)), NotNow)
        model = ScriptedModel(shared_database, database).says(answer("Oi! Como posso ajudar?"))
        proxy.reset()

        answered(claimed(database, shop, conversation_id), model)

        assert proxy.round_trips <= 3
        assert proxy.statements <= 12


def test_a_turn_learns_what_it_needs_in_one_round_trip(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, clock: Clock
) -> None:
    say(database, shop, "Quero marcar um banho", wa_id=wa_id, name="Ana", at=clock.now())
    clock.move(3 * SECOND)

    turn = claimed(database, shop, conversation_id)

    assert [said.text for said in turn.unanswered] == ["Oi!", "Quero marcar um banho"]
    assert turn.history == []
    assert (turn.contact.name, turn.contact.phone, turn.contact.is_owner) == ("Ana", f"+{wa_id}", False)
    assert (turn.reply_to, turn.account_external_id) == (wa_id, shop.account.external_id)
    assert (turn.shop.name, turn.shop.zone, turn.shop.parallel_bookings) == (
        "Pet Feliz",
        ZoneInfo("America/Sao_Paulo"),
        2,
    )
    assert turn.shop.openings == factories.ALL_WEEK
    assert abs(turn.now - clock.now()) < 5 * SECOND


@pytest.mark.parametrize(
    ("listed", "written"),
    [("+5511987654321", "5511987654321"), ("+5531987654321", "553187654321")],
    ids=["as listed", "ninth lost"],
)
def test_the_owner_is_recognised(database: Database, shop: PetShop, clock: Clock, listed: str, written: str) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Dona Rosa')", listed)
    recorded = say(database, shop, wa_id=written)
    clock.move(3 * SECOND)

    assert claimed(database, shop, recorded.conversation_id).contact.is_owner


# Who may have the turn


def test_a_hint_that_comes_too_early_is_told_when_to_come(database: Database, shop: PetShop, wa_id: str) -> None:
    recorded = say(database, shop, wa_id=wa_id)

    refused = claim(database, shop.organization_id, recorded.conversation_id)

    assert refused == NotNow("early", again_in=pytest.approx(2, abs=0.5))


def test_a_hint_may_be_a_second_early(database: Database, shop: PetShop, wa_id: str, clock: Clock) -> None:
    recorded = say(database, shop, wa_id=wa_id)
    clock.move(1.1 * SECOND)

    assert isinstance(claim(database, shop.organization_id, recorded.conversation_id), Turn)


def test_nobody_answers_what_a_person_holds(database: Database, shop: PetShop, conversation_id: ConversationId) -> None:
    take_over(database, shop)

    assert claim(database, shop.organization_id, conversation_id) == NotNow("held")


def test_nobody_answers_twice(database: Database, shop: PetShop, conversation_id: ConversationId) -> None:
    finish(claimed(database, shop, conversation_id), GREETING, Usage(), join=True)

    assert claim(database, shop.organization_id, conversation_id) == NotNow("answered")


def test_nobody_answers_for_another_shop(
    owner: psycopg.Connection, database: Database, conversation_id: ConversationId
) -> None:
    other = factories.make_pet_shop(owner, database)

    assert claim(database, other.organization_id, conversation_id) == NotNow("unknown")


def test_of_two_workers_one_gets_the_turn(
    connect: Callable[[], Database], database: Database, shop: PetShop, clock: Clock
) -> None:
    workers = connect(), connect()
    for _ in range(10):
        recorded = say(database, shop, at=clock.now())
        clock.move(3 * SECOND)
        together = Barrier(2)

        def work(
            worker: Database, conversation_id: ConversationId = recorded.conversation_id, together: Barrier = together
        ):
            together.wait()
            return claim(worker, shop.organization_id, conversation_id)

        with ThreadPoolExecutor(2) as pool:
            got = list(pool.map(work, workers))

        assert sorted(type(each).__name__ for each in got) == ["NotNow", "Turn"]
        assert NotNow("leased") in got
        clock.move(-3 * SECOND)


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
            stored = recording_queries.store_known(tx, shop.account.id, late, too_late=recording.TOO_LATE)
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

    assert recorded.answer_in == pytest.approx(2, abs=0.5)
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
            tx.execute("UPDATE conversations SET state = 'human'")
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
        return call("list_services")

    outcome = answered(claimed(database, shop, conversation_id), model.says(meanwhile))

    assert outcome == Answered("superseded")
    assert replies(database, shop) == []
    assert read(database, shop, "SELECT count(*) FROM turn_steps") == [(0,)]


# Another worker


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
    class Killed(Exception):
        pass

    def kill(_: list[dict[str, Any]]) -> Completion:
        raise Killed

    registering = call("register_pet", name="Mel", species="dog", breed="SRD", size="small")
    first = connect()
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), ScriptedModel(shared_database, first).says(registering, kill))
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
    known = [{"name": name, "species": "dog", "breed": "SRD", "size": "small"} for name in ("Mel", "Rex")]
    asked = calls(*(("register_pet", arguments) for arguments in known))
    dead = claimed(connect(), shop, conversation_id)
    with dead.step() as tx:
        # As the first of the two leaves it; its worker dies before the second.
        pets.register(tx, dead.contact.id, **known[0])
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

    assert outcome == Answered("replied", has_outbox=True, again_in=None)
    assert model.asked == []
    assert read(database, shop, "SELECT kind, count(*) FROM outbox GROUP BY kind") == [("apology", 1)]
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("gave_up", "gave_up")]
    assert turns(database, shop) == [("gave_up", "gave_up")]
    assert read(database, shop, "SELECT state, handoff_reason FROM conversations") == [("waiting_human", "gave_up")]
    assert unanswered(database, shop) == []


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
    outcome = answered(claimed(database, shop, conversation_id), model.says(call("list_services"), no_model))

    assert outcome == Answered("retry", again_in=2.0)
    assert replies(database, shop) == []
    clock.move(2 * SECOND)
    assert answered(claimed(database, shop, conversation_id), model.says(answer("Pronto!"))).outcome == "replied"
    assert read(database, shop, "SELECT attempt, steps FROM turns") == [(2, 2)]


def no_model(_: list[dict[str, Any]]) -> Completion:
    raise ModelUnavailable


# Acts that bind

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.fixture
def proposed(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> datetime:
    """The agent has proposed a bath in three days at ten, and the customer has just said yes."""
    with database.transaction(shop.organization_id, "test") as tx:
        factories.make_service(tx)
        (contact_id,) = tx.execute("SELECT id FROM contacts").fetchone() or (None,)
        factories.make_pet(tx, ContactId(contact_id), "Rex")
    day = clock.now().astimezone(SAO_PAULO).date() + timedelta(days=3)
    answered(
        claimed(database, shop, conversation_id),
        model.says(
            call("find_free_slots", service="Banho", day=f"{day}", period="morning"),
            call("propose_booking", pet_name="Rex", slot="s4"),
            answer("Rex, Banho, por R$ 60,00. Confirma?", intent="booking"),
        ),
    )
    assert read(database, shop, "SELECT content ->> 'type' FROM outbox") == [("buttons",)]
    say(database, shop, "Sim!", wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)
    (starts_at,) = read(database, shop, "SELECT arguments ->> 'starts_at' FROM pending_actions")[0]
    return datetime.fromisoformat(starts_at)


def bookings(database: Database, shop: PetShop) -> list[datetime]:
    return [row[0] for row in read(database, shop, "SELECT starts_at FROM bookings")]


def test_a_yes_books_what_was_stored(
    database: Database, shop: PetShop, conversation_id: ConversationId, proposed: datetime, model: ScriptedModel
) -> None:
    outcome = answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!")))

    assert outcome.outcome == "replied"
    assert bookings(database, shop) == [proposed]
    assert read(database, shop, "SELECT state FROM pending_actions") == [("done",)]


def test_an_expired_lease_cannot_book(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    slow = connect()
    zombie = claimed(slow, shop, conversation_id)
    clock.move(EXPIRED)

    assert answered(zombie, ScriptedModel(shared_database, slow)) == Answered("superseded")
    assert bookings(database, shop) == []

    assert answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!"))).outcome == "replied"
    assert answered(zombie, ScriptedModel(shared_database, slow)) == Answered("superseded")
    assert bookings(database, shop) == [proposed]
    assert len(replies(database, shop)) == 2


def test_a_worker_that_died_after_booking_books_once(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    class Killed(Exception):
        pass

    def kill(_: list[dict[str, Any]]) -> Completion:
        raise Killed

    first = connect()
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), ScriptedModel(shared_database, first).says(kill))
    assert bookings(database, shop) == [proposed]
    clock.move(EXPIRED)

    assert answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!"))).outcome == "replied"
    assert bookings(database, shop) == [proposed]


def test_a_slot_that_was_taken_meanwhile_is_refused_and_told(
    database: Database, shop: PetShop, conversation_id: ConversationId, proposed: datetime, model: ScriptedModel
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        rules = factories.make_shop(tx)
        for _ in range(rules.parallel_bookings):
            factories.book_at(tx, rules, proposed)

    answered(claimed(database, shop, conversation_id), model.says(answer("Esse horário acabou de ser ocupado.")))

    assert len(bookings(database, shop)) == 2
    assert read(database, shop, "SELECT state FROM pending_actions") == [("refused",)]
    (told,) = [m["content"] for m in model.asked[-1] if m["role"] == "system" and m["content"].startswith("[result]")]
    assert "has just been taken" in told


def test_a_yes_after_ten_minutes_books_nothing(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    clock.move(timedelta(minutes=11))

    answered(claimed(database, shop, conversation_id), model.says(answer("Podemos ver outro horário?")))

    assert bookings(database, shop) == []


def test_a_yes_to_what_was_never_shown_books_nothing(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    clock: Clock,
) -> None:
    """The worker dies after proposing; a "sim" that comes before the question is asked means something else."""

    class Killed(Exception):
        pass

    def kill(_: list[dict[str, Any]]) -> Completion:
        raise Killed

    with database.transaction(shop.organization_id, "test") as tx:
        factories.make_service(tx)
        (contact_id,) = tx.execute("SELECT id FROM contacts").fetchone() or (None,)
        factories.make_pet(tx, ContactId(contact_id), "Rex")
    day = clock.now().astimezone(SAO_PAULO).date() + timedelta(days=3)
    first = connect()
    dying = ScriptedModel(shared_database, first).says(
        call("find_free_slots", service="Banho", day=f"{day}", period="morning"),
        call("propose_booking", pet_name="Rex", slot="s4"),
        kill,
    )
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), dying)
    say(database, shop, "Sim", wa_id=wa_id, at=clock.now())
    clock.move(EXPIRED)

    ask = answer("Rex, Banho, por R$ 60,00. Confirma?", intent="booking")
    answered(claimed(database, shop, conversation_id), ScriptedModel(shared_database, database).says(ask, ask))

    assert bookings(database, shop) == []
    assert read(database, shop, "SELECT state FROM pending_actions") == [("proposed",)]

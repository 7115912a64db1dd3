"""A turn: what it reads, what it leaves, what it costs, and who may have it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.turn import Turn, Usage
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns.answering import Answered
from auzap.turns.claiming import NotNow, claim
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import about, read, write
from tests.db.counting_proxy import counting
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.turning import GREETING, SECOND, answered, claimed, replies, take_over, unanswered
from tests.factories import PetShop, say
from tests.postgres import Clock, Place


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


def test_a_shop_is_read_again_only_when_it_has_changed(database: Database, shop: PetShop) -> None:
    def another() -> Turn:
        conversation_id = say(database, shop).conversation_id
        write(database, shop, "UPDATE conversations SET answer_at = app.now()")
        return claimed(database, shop, conversation_id)

    first, second = another(), another()
    write(database, shop, "UPDATE organization_settings SET agent_name = 'Bolota'")
    third = another()

    assert second.shop is first.shop
    assert third.shop.agent_name == "Bolota"


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


def test_a_transaction_that_is_open_while_the_model_is_asked_is_noticed_whoever_holds_it(
    connect: Callable[[], Database],
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
) -> None:
    """The watch that every test with a scripted model relies on."""
    turn = claimed(database, shop, conversation_id)
    model.says(answer("Oi! Como posso ajudar?"))
    for holder in (database, connect()):
        with holder.transaction(shop.organization_id, "test"), pytest.raises(AssertionError):
            answered(turn, model)

    assert answered(turn, model).outcome == "replied"


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

    assert refused == NotNow("early", again_in=about(2))


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

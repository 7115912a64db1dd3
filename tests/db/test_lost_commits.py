"""The connection is lost between a commit and its answer: whoever does it again finds it done."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.agent.model import Completion
from auzap.agent.turn import Usage
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.turns.claiming import NotNow, claim
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import read
from tests.db.cutting_proxy import Proxy, cutting
from tests.db.posting import Post
from tests.db.scripted_model import ScriptedModel, answer, call
from tests.db.turning import EXPIRED, GREETING, SECOND, answered, claimed, replies
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock, Place


@pytest.fixture
def proxy(shared_database: Place) -> Iterator[Proxy]:
    with cutting(shared_database.app) as made:
        yield made


@pytest.fixture
def worker(proxy: Proxy) -> Iterator[Database]:
    """A sandbox whose next commit may stay without an answer."""
    with closing(Database(lambda: proxy.conninfo)) as database:
        database.lookup("SELECT 1")
        yield database


def test_a_message_whose_storing_was_not_confirmed_is_stored_once_and_still_answered(
    database: Database, shop: PetShop, worker: Database, proxy: Proxy
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    # The account is known by then: the next statement is the one that stores.
    say(worker, shop, "Oi!", wa_id=wa_id)
    proxy.loses = 1

    with pytest.raises(psycopg.OperationalError):
        say(worker, shop, "Tem banho?", wa_id=wa_id, wamid=wamid)
    again = say(worker, shop, "Tem banho?", wa_id=wa_id, wamid=wamid)

    assert proxy.lost == 1
    assert (again.is_new, again.answer_in is not None) == (False, True)
    assert read(database, shop, "SELECT text FROM messages ORDER BY id") == [("Oi!",), ("Tem banho?",)]
    assert read(database, shop, "SELECT unread_count FROM conversations") == [(2,)]


def test_a_stranger_whose_first_message_was_not_confirmed_is_one_contact(
    database: Database, shop: PetShop, worker: Database, proxy: Proxy
) -> None:
    say(worker, shop)
    wa_id, wamid = new_wa_id(), new_wamid()

    # The first statement only finds out that nobody is known by this number.
    proxy.loses = 2

    with pytest.raises(psycopg.OperationalError):
        say(worker, shop, "Oi!", wa_id=wa_id, wamid=wamid)
    assert read(database, shop, "SELECT count(*) FROM message_keys WHERE provider_id = %s", wamid) == [(1,)]
    again = say(worker, shop, "Oi!", wa_id=wa_id, wamid=wamid)

    assert (again.is_new, again.answer_in is not None) == (False, True)
    assert read(database, shop, "SELECT count(*) FROM contacts") == [(2,)]
    assert read(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == [("Oi!",)]


def test_a_turn_whose_claim_was_not_confirmed_is_taken_up_after_its_lease(
    database: Database, shop: PetShop, conversation_id: ConversationId, worker: Database, proxy: Proxy, clock: Clock
) -> None:
    proxy.loses = 1
    with pytest.raises(psycopg.OperationalError):
        claim(worker, shop.organization_id, conversation_id)
    assert claim(database, shop.organization_id, conversation_id) == NotNow("leased")
    clock.move(EXPIRED)

    turn = claimed(worker, shop, conversation_id)

    assert turn.attempt == 2
    assert finish(turn, GREETING, Usage(), join=True).outcome == "replied"
    assert replies(database, shop) == [GREETING.content["text"]]


def test_an_act_that_was_not_confirmed_is_done_once_and_told_to_the_next_worker(
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    worker: Database,
    proxy: Proxy,
    clock: Clock,
) -> None:
    def register(_: list[dict[str, Any]]) -> Completion:
        proxy.loses = 1
        return call("register_pet", **factories.pet_told("Mel"))

    turn = claimed(worker, shop, conversation_id)
    with pytest.raises(psycopg.OperationalError):
        answered(turn, ScriptedModel(shared_database, worker).says(register))
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]
    # It was given back over another connection: nobody waits for the lease.
    clock.move(5 * SECOND)

    model = ScriptedModel(shared_database, worker).says(answer("A Mel está cadastrada!"))
    assert answered(claimed(worker, shop, conversation_id), model).outcome == "replied"

    assert [said["content"] for said in model.asked[0] if said["role"] == "tool"] == [
        "Registered: Mel | dog | SRD | small."
    ]
    assert read(database, shop, "SELECT name FROM pets") == [("Mel",)]


def test_a_reply_that_was_not_confirmed_is_not_written_again(
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    worker: Database,
    proxy: Proxy,
) -> None:
    def reply(_: list[dict[str, Any]]) -> Completion:
        proxy.loses = 1
        return answer("Oi! Como posso ajudar?")

    turn = claimed(worker, shop, conversation_id)
    with pytest.raises(psycopg.OperationalError):
        answered(turn, ScriptedModel(shared_database, worker).says(reply))

    assert claim(worker, shop.organization_id, conversation_id) == NotNow("answered")
    assert replies(database, shop) == ["Oi! Como posso ajudar?"]
    assert read(database, shop, "SELECT state, outcome FROM turns") == [("answered", "replied")]


def test_a_send_whose_record_was_not_confirmed_is_not_sent_again(post: Post, worker: Database, proxy: Proxy) -> None:
    ana = post.customer()
    post.queue(ana, "Seu banho está marcado.")

    def lose() -> None:
        proxy.loses = 1

    post.outside.on_send = lose
    with pytest.raises(psycopg.OperationalError):
        post.send(ana, by=worker)
    post.clock.move(timedelta(minutes=2))

    assert post.send(ana, by=worker).outcome == "empty"
    assert post.outside.texts == ["Seu banho está marcado."]
    assert post.states == ["sent"]


def test_a_send_whose_claim_was_not_confirmed_leaves_once(post: Post, worker: Database, proxy: Proxy) -> None:
    ana = post.customer()
    post.queue(ana, "Seu banho está marcado.")
    proxy.loses = 1
    with pytest.raises(psycopg.OperationalError):
        post.send(ana, by=worker)
    assert post.outside.texts == []
    post.clock.move(timedelta(minutes=2))

    assert post.send(ana, by=worker).outcome == "sent"
    assert post.send(ana, by=worker).outcome == "empty"
    assert post.outside.texts == ["Seu banho está marcado."]

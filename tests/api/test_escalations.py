"""Questions of the agent in the panel: listed, answered through the customer's WhatsApp, learned, and the agent switched."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from auzap.db.connection import Database
from auzap.ids import ConversationId
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import changed, fields, made, organization_of, pages, refused
from tests.api.surroundings import Surroundings
from tests.postgres import Clock

QUESTION = "Vocês atendem coelhos?"


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


@pytest.fixture
def conversation_id(helena: Person, database: Database) -> ConversationId:
    with database.transaction(organization_of(helena), "test") as tx:
        return factories.make_conversation(tx, factories.make_account(tx), factories.make_contact(tx, "Ana"))


def ask(
    database: Database, person: Person, conversation_id: ConversationId, question: str = QUESTION, **columns: Any
) -> str:
    kind = columns.get("kind", "ai_unknown")
    with database.transaction(organization_of(person), "test") as tx:
        ((asked,),) = tx.execute(
            "INSERT INTO escalations (conversation_id, question, kind) VALUES (%s, %s, %s) RETURNING id",
            [conversation_id, question, kind],
        ).fetchall()
    return str(asked)


def outbox(database: Database, person: Person) -> list[Any]:
    with database.transaction(organization_of(person), "test") as tx:
        return tx.execute("SELECT conversation_id, author, content ->> 'text' FROM outbox ORDER BY id").fetchall()


def state(database: Database, person: Person) -> Any:
    with database.transaction(organization_of(person), "test") as tx:
        return tx.execute("SELECT state, assigned_user_id FROM conversations").fetchone()


def test_a_shop_that_was_never_asked_has_an_empty_list(helena: Person) -> None:
    assert helena.get("/v1/escalations") == []
    assert helena.get("/v1/escalations/statistics") == {
        "pending": 0,
        "answered": 0,
        "resolved": 0,
        "expired": 0,
        "learned": 0,
        "answer_seconds": None,
    }


def test_questions_are_listed_by_state_and_by_pages_the_newest_first(
    helena: Person, database: Database, conversation_id: ConversationId
) -> None:
    ids = [ask(database, helena, conversation_id, f"Pergunta {number}?") for number in range(3)]
    made(helena.ask("POST", f"/v1/escalations/{ids[0]}/answer", {"answer": "Sim."}))

    assert [[row["id"] for row in page] for page in pages(helena, "/v1/escalations", limit=2)] == [
        [ids[2], ids[1]],
        [ids[0]],
    ]
    (answered,) = helena.get("/v1/escalations?state=answered")
    assert (answered["id"], answered["customer"], answered["answer"]) == (ids[0], "Ana", "Sim.")
    assert [row["id"] for row in helena.get("/v1/escalations?state=pending")] == [ids[2], ids[1]]
    assert fields(helena.ask("GET", "/v1/escalations?state=lost")) == ["state"]


@pytest.mark.parametrize("teach", [True, False])
def test_an_answer_goes_to_the_customer_and_is_learned_if_so_wished(
    helena: Person, database: Database, conversation_id: ConversationId, around: Surroundings, teach: bool
) -> None:
    asked = ask(database, helena, conversation_id)

    shown = made(helena.ask("POST", f"/v1/escalations/{asked}/answer", {"answer": "Sim, às terças.", "teach": teach}))

    assert (shown["state"], shown["answer"], shown["is_learned"]) == ("answered", "Sim, às terças.", teach)
    ((place, author, told),) = outbox(database, helena)
    assert (place, author) == (conversation_id, "person")
    assert told.endswith("Sim, às terças.")
    hint = {"organization_id": str(organization_of(helena)), "conversation_id": str(conversation_id)}
    assert around.hints("outbox") == [hint]
    assert [hint["job"] for hint in around.hints("automations")] == ["embed_knowledge"] * teach
    assert [row["answer"] for row in helena.get("/v1/knowledge/entries")] == ["Sim, às terças."] * teach
    with database.transaction(organization_of(helena), "test") as tx:
        by = tx.execute("SELECT answered_by FROM escalations").fetchone()
    assert by == (f"user:{helena.get('/v1/me')['id']}",)


def test_an_answer_that_is_sent_twice_goes_out_once_and_another_one_comes_too_late(
    helena: Person, database: Database, conversation_id: ConversationId
) -> None:
    path = f"/v1/escalations/{ask(database, helena, conversation_id)}/answer"
    answers = [helena.ask("POST", path, {"answer": "Sim."}, **{"idempotency-key": "once"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert refused(helena.ask("POST", path, {"answer": "Não."})) == (409, "answered_already")
    assert len(outbox(database, helena)) == 1


def test_an_answer_that_cannot_be_sent_is_refused(
    helena: Person, database: Database, conversation_id: ConversationId
) -> None:
    path = f"/v1/escalations/{ask(database, helena, conversation_id)}/answer"

    assert fields(helena.ask("POST", path, {"answer": " "})) == ["answer"]
    assert fields(helena.ask("POST", path, {"answer": "x" * 3901})) == ["answer"]
    assert refused(helena.ask("POST", path, {"answer": "\u2003"}))[0] == 422
    assert outbox(database, helena) == []


def test_an_answer_to_a_closed_conversation_opens_it_again(
    helena: Person, database: Database, conversation_id: ConversationId
) -> None:
    asked = ask(database, helena, conversation_id)
    with database.transaction(organization_of(helena), "test") as tx:
        tx.execute(factories.CLOSE)

    made(helena.ask("POST", f"/v1/escalations/{asked}/answer", {"answer": "Sim."}))

    assert state(database, helena) == ("ai", None)


def test_what_became_of_questions_is_counted(
    helena: Person, database: Database, conversation_id: ConversationId, clock: Clock
) -> None:
    asked = ask(database, helena, conversation_id)
    ask(database, helena, conversation_id, "Outra?")
    clock.move(timedelta(minutes=10))
    made(helena.ask("POST", f"/v1/escalations/{asked}/answer", {"answer": "Sim.", "teach": True}))

    counted = helena.get("/v1/escalations/statistics")

    assert (counted["pending"], counted["answered"], counted["learned"]) == (1, 1, 1)
    assert counted["answer_seconds"] == pytest.approx(600, abs=60)
    since = clock.now().isoformat().replace("+00:00", "Z")
    assert helena.get(f"/v1/escalations/statistics?since={since}")["pending"] == 0


def test_the_agent_is_switched_off_and_on_where_a_question_came_from(
    helena: Person, database: Database, conversation_id: ConversationId, around: Surroundings
) -> None:
    path = f"/v1/escalations/{ask(database, helena, conversation_id)}/agent"

    changed(helena.ask("PUT", path, {"is_on": False}))
    assert state(database, helena) == ("human", UUID(helena.get("/v1/me")["id"]))
    changed(helena.ask("PUT", path, {"is_on": False}))

    with database.transaction(organization_of(helena), "test") as tx:
        tx.execute("UPDATE conversations SET last_inbound_at = app.now()")
    changed(helena.ask("PUT", path, {"is_on": True}))
    assert state(database, helena) == ("ai", None)
    assert around.hints("turns") == []


def test_the_agent_goes_on_with_what_waits_for_it(helena: Person, database: Database, around: Surroundings) -> None:
    with database.transaction(organization_of(helena), "test") as tx:
        account = factories.make_account(tx)
    shop = factories.PetShop(organization_of(helena), account)
    said = factories.say(database, shop, "Oi!")
    path = f"/v1/escalations/{ask(database, helena, said.conversation_id)}/agent"

    changed(helena.ask("PUT", path, {"is_on": False}))
    changed(helena.ask("PUT", path, {"is_on": True}))

    hint = {"organization_id": str(organization_of(helena)), "conversation_id": str(said.conversation_id)}
    assert around.hints("turns") == [hint]


def test_another_shops_question_is_as_one_that_is_not_there(
    helena: Person, people: People, database: Database, conversation_id: ConversationId
) -> None:
    asked, otto = ask(database, helena, conversation_id), people.owner()

    assert otto.get("/v1/escalations") == []
    assert otto.get("/v1/escalations/statistics")["pending"] == 0
    for nobody in (asked, str(uuid4())):
        answer = otto.ask("POST", f"/v1/escalations/{nobody}/answer", {"answer": "Não!"})
        assert refused(answer) == (404, "unknown_question")
        assert refused(otto.ask("PUT", f"/v1/escalations/{nobody}/agent", {"is_on": False})) == (
            404,
            "unknown_question",
        )
    assert outbox(database, helena) == []
    assert state(database, helena) == ("ai", None)

"""A question goes to the owner and the quoted answer to the customer who asked: once, and to nobody else."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.agent.model import Completion
from auzap.conversations import merging
from auzap.db.connection import Database
from auzap.escalations import answering as escalations
from auzap.escalations.queries import UnknownQuestion
from auzap.ids import ContactId, ConversationId, EscalationId, MessageId, new_id
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import Killed, ScriptedModel, answer, call, dies
from tests.db.turning import EXPIRED, answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock, Place, wait_until_blocked

OWNER = "+5511988887777"
OWNER_WA_ID = "5511988887777"
QUESTION = "Vocês atendem coelhos?"
ASKING = (call("search_knowledge", question=QUESTION), call("ask_the_team", question=QUESTION))
OFFERED = "Quer que eu use essa resposta quando outra pessoa perguntar o mesmo?"


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    made = factories.make_pet_shop(owner, database)
    give_owner(database, made)
    return made


def give_owner(database: Database, shop: PetShop, phone: str = OWNER) -> None:
    statement = "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)"
    write(database, shop, statement, phone)


def asks(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> list[ConversationId]:
    """The agent does not know, and asks; the conversations that are to be sent from."""
    model.says(*ASKING, answer("Vou perguntar à equipe, que te responde por aqui."))
    return answered(claimed(database, shop, conversation_id), model).wakes


def sent_to(database: Database, shop: PetShop, conversation_id: ConversationId) -> list[str]:
    query = "SELECT content ->> 'text' FROM outbox WHERE conversation_id = %s ORDER BY id"
    return [row[0] for row in read(database, shop, query, conversation_id)]


def deliver_all(database: Database, shop: PetShop) -> None:
    """As the sender does it: every message has a provider's id, by which it can be quoted."""
    write(
        database,
        shop,
        """
        WITH sent AS (
          UPDATE outbox SET state = 'sent', provider_id = 'wamid.' || id, sent_at = app.now() WHERE state = 'queued'
          RETURNING id, provider_id
        ), known AS (
          UPDATE messages m SET provider_id = sent.provider_id FROM sent WHERE m.outbox_id = sent.id
          RETURNING m.id, m.provider_id, m.conversation_id
        )
        INSERT INTO message_keys (channel_account_id, provider_id, message_id)
        SELECT c.channel_account_id, known.provider_id, known.id FROM known JOIN conversations c ON c.id = known.conversation_id
        """,
    )


def owner_says(
    database: Database, shop: PetShop, clock: Clock, text: str, *, quoting: str | None = None, **said: Any
) -> ConversationId:
    context = {"context": {"id": quoting}} if quoting else {}
    recorded = say(database, shop, text, wa_id=OWNER_WA_ID, **{"at": clock.now()} | context | said)
    clock.move(timedelta(seconds=3))
    return recorded.conversation_id


def the_question(database: Database, shop: PetShop) -> str:
    """The provider's id of the message that asked the owner."""
    deliver_all(database, shop)
    ((asked,),) = read(
        database, shop, "SELECT o.provider_id FROM escalations e JOIN outbox o ON o.id = e.asked_outbox_id"
    )
    return asked


def escalation(database: Database, shop: PetShop) -> tuple[Any, ...]:
    (row,) = read(database, shop, "SELECT state, answer, answered_by IS NOT NULL FROM escalations")
    return row


def test_what_the_agent_does_not_know_goes_to_the_owner_with_name_and_question_and_without_a_telephone(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, wa_id: str
) -> None:
    write(database, shop, "UPDATE contacts SET name = 'Ana Souza'")

    (place,) = asks(database, shop, conversation_id, model)

    (asked,) = sent_to(database, shop, place)
    assert asked.startswith(f"Ana Souza perguntou, e eu não sei responder:\n\n“{QUESTION}”")
    assert wa_id not in asked
    ((escalation_id,),) = read(database, shop, "SELECT id FROM escalations")
    assert escalation_id.hex[-8:] in asked
    assert sent_to(database, shop, conversation_id) == ["Vou perguntar à equipe, que te responde por aqui."]
    assert read(database, shop, "SELECT kind, conversation_id FROM notifications") == [("escalation", conversation_id)]


def test_an_owner_who_has_written_before_is_asked_where_they_write(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    # Meta may leave the ninth digit out.
    place = say(database, shop, "Oi", wa_id="551188887777", at=clock.now()).conversation_id

    assert asks(database, shop, conversation_id, model) == [place]
    assert len(read(database, shop, "SELECT FROM contacts")) == 2


def test_the_answer_reaches_the_customer_who_asked_and_the_owner_is_told(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    other = say(database, shop, "Oi", at=clock.now()).conversation_id
    asks(database, shop, conversation_id, model)
    write(
        database,
        shop,
        "UPDATE contacts SET name = 'Ana' WHERE id = (SELECT contact_id FROM conversations WHERE id = %s)",
        conversation_id,
    )

    place = owner_says(database, shop, clock, "Sim, coelhos também.", quoting=the_question(database, shop))
    done = answered(claimed(database, shop, place), model)

    assert done.wakes == [conversation_id]
    assert sent_to(database, shop, conversation_id)[-1] == "A equipe respondeu à sua pergunta:\n\nSim, coelhos também."
    assert sent_to(database, shop, place)[-1] == f"Pronto, enviei a sua resposta para Ana. ✅\n\n{OFFERED}"
    assert sent_to(database, shop, other) == []
    assert escalation(database, shop) == ("answered", "Sim, coelhos também.", True)
    assert model.script == []


def test_an_answer_that_was_long_on_its_way_reaches_the_customer_all_the_same(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    place = owner_says(
        database, shop, clock, "Sim.", quoting=the_question(database, shop), at=clock.now() - timedelta(hours=3)
    )

    answered(claimed(database, shop, place), model)

    assert sent_to(database, shop, conversation_id)[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    assert read(database, shop, "SELECT FROM staff_tasks WHERE kind = 'arrived_late'") == []


def test_a_second_answer_is_not_sent_and_the_owner_is_told_so(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    for text in ("Sim.", "Quero dizer, não."):
        place = owner_says(database, shop, clock, text, quoting=asked)
        answered(claimed(database, shop, place), model)

    assert sent_to(database, shop, conversation_id)[1:] == ["A equipe respondeu à sua pergunta:\n\nSim."]
    assert "já tinha sido respondida" in sent_to(database, shop, place)[-1]


def test_an_answer_that_is_retried_is_sent_once_and_confirmed(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    place = owner_says(database, shop, clock, "Sim.", quoting=the_question(database, shop))
    turn = claimed(database, shop, place)
    (message,) = turn.unanswered
    assert message.answers
    for _ in range(2):
        passed = escalations.pass_on(
            database,
            shop.organization_id,
            escalation_id=message.answers,
            message_id=message.id,
            contact_id=turn.contact.id,
            locale="pt-BR",
        )
        assert passed.outcome == "sent"

    answered(turn, model)

    assert len(sent_to(database, shop, conversation_id)) == 2
    assert sent_to(database, shop, place)[-1].startswith("Pronto, enviei")


def test_what_else_the_owner_asks_at_once_is_answered_by_aurora_in_the_same_message(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    owner_says(database, shop, clock, "Sim.", quoting=asked)
    place = owner_says(database, shop, clock, "Quem está esperando?")

    answered(claimed(database, shop, place), model.says(answer("Ninguém está esperando.")))

    assert (
        sent_to(database, shop, place)[-1]
        == f"Pronto, enviei a sua resposta para Um cliente. ✅\n\n{OFFERED}\n\nNinguém está esperando."
    )
    assert model.last_words[-1] == "Quem está esperando?"
    assert "Sim." not in model.last_words


def test_an_answer_without_a_text_is_asked_for_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    place = owner_says(database, shop, clock, "", quoting=asked, kind="audio", content={"id": "1", "voice": True})

    answered(claimed(database, shop, place), model)

    assert "respostas escritas" in sent_to(database, shop, place)[-1]
    assert escalation(database, shop) == ("pending", None, False)


def test_an_answer_goes_out_though_a_person_has_the_conversation_by_now(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    for move in factories.TAKE.split(";"):
        write(database, shop, f"{move} AND id = '{conversation_id}'")
    place = owner_says(database, shop, clock, "Sim.", quoting=asked)

    answered(claimed(database, shop, place), model)

    assert read(
        database, shop, "SELECT author FROM outbox WHERE conversation_id = %s ORDER BY id DESC LIMIT 1", conversation_id
    ) == [("person",)]


def test_an_answer_to_a_closed_conversation_gives_it_back_to_the_agent(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    for move in factories.CLOSE.split(";"):
        write(database, shop, f"{move} AND id = '{conversation_id}'")
    place = owner_says(database, shop, clock, "Sim.", quoting=asked)

    answered(claimed(database, shop, place), model)

    assert read(database, shop, "SELECT state FROM conversations WHERE id = %s", conversation_id) == [("ai",)]
    assert len(sent_to(database, shop, conversation_id)) == 2


def passing_on(
    database: Database, own: Database, shop: PetShop, place: ConversationId
) -> Callable[[], escalations.PassedOn]:
    """The owner's answer, on its way in a worker with a connection of its own."""
    turn = claimed(database, shop, place)
    (message,) = turn.unanswered
    assert message.answers
    return functools.partial(
        escalations.pass_on,
        own,
        shop.organization_id,
        escalation_id=message.answers,
        message_id=message.id,
        contact_id=turn.contact.id,
        locale="pt-BR",
    )


def test_an_answer_that_waits_for_a_merge_goes_where_the_customer_is_then(
    database: Database,
    connect: Callable[[], Database],
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    shared_database: Place,
) -> None:
    survivor = say(database, shop, "Oi, sou eu de novo.", at=clock.now()).conversation_id
    asks(database, shop, conversation_id, model)
    place = owner_says(database, shop, clock, "Sim.", quoting=the_question(database, shop))
    passes_on = passing_on(database, connect(), shop, place)
    of_both = "SELECT contact_id FROM conversations WHERE id IN (%s, %s) ORDER BY id = %s"
    (merged,), (kept,) = read(database, shop, of_both, conversation_id, survivor, survivor)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction(shop.organization_id, "test") as tx:
            assert merging.merge(tx, kept, merged, "same_person")
            passing = pool.submit(passes_on)
            wait_until_blocked(shared_database)
        passed = passing.result()

    assert (passed.outcome, passed.conversation_id) == ("sent", survivor)
    assert sent_to(database, shop, survivor)[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    joined = "SELECT state, merged_into FROM conversations WHERE id = %s"
    assert read(database, shop, joined, conversation_id) == [("closed", survivor)]


def test_an_answer_goes_into_the_conversation_that_the_customer_begins_meanwhile(
    database: Database,
    connect: Callable[[], Database],
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    shared_database: Place,
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    for move in factories.CLOSE.split(";"):
        write(database, shop, f"{move} AND id = '{conversation_id}'")
    passes_on = passing_on(database, connect(), shop, owner_says(database, shop, clock, "Sim.", quoting=asked))

    with ThreadPoolExecutor(1) as pool:
        with database.transaction(shop.organization_id, "test") as tx:
            ((begun,),) = tx.execute(
                """
                INSERT INTO conversations (contact_id, channel_account_id, reply_to)
                SELECT contact_id, channel_account_id, reply_to FROM conversations WHERE id = %s RETURNING id
                """,
                [conversation_id],
            )
            passing = pool.submit(passes_on)
            wait_until_blocked(shared_database)
        passed = passing.result()

    assert (passed.outcome, passed.conversation_id) == ("sent", begun)
    assert sent_to(database, shop, begun) == ["A equipe respondeu à sua pergunta:\n\nSim."]
    assert read(database, shop, "SELECT state FROM conversations WHERE id = %s", conversation_id) == [("closed",)]


def test_a_customer_who_quotes_the_question_answers_nothing(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock, wa_id: str
) -> None:
    asks(database, shop, conversation_id, model)
    asked = the_question(database, shop)
    say(database, shop, "Sim, e de graça!", wa_id=wa_id, at=clock.now(), context={"id": asked})
    clock.move(timedelta(seconds=3))

    answered(claimed(database, shop, conversation_id), model.says(answer("Posso ajudar?")))

    assert escalation(database, shop)[0] == "pending"
    assert sent_to(database, shop, conversation_id)[-1] == "Posso ajudar?"


@pytest.mark.parametrize(
    "owners", ["UPDATE authorized_owner_numbers SET is_active = false", "DELETE FROM authorized_owner_numbers"]
)
def test_where_nobody_can_be_asked_the_agent_is_told_to_call_a_person(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, owners: str
) -> None:
    write(database, shop, owners)

    assert asks(database, shop, conversation_id, model) == []

    assert "Call hand_over" in str(model.asked[-1])
    assert read(database, shop, "SELECT FROM escalations") == []


def test_a_customer_who_waits_for_three_answers_is_given_a_person(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    write(
        database,
        shop,
        f"INSERT INTO escalations (conversation_id, question) SELECT '{conversation_id}', 'Outra?' FROM generate_series(1, 3)",
    )

    assert asks(database, shop, conversation_id, model) == []

    assert "was asked already" in str(model.asked[-1])


def test_the_question_is_asked_once_though_the_worker_dies_after_it(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    with pytest.raises(Killed):
        answered(claimed(database, shop, conversation_id), model.says(*ASKING, dies))
    clock.move(EXPIRED)

    done = answered(claimed(database, shop, conversation_id), model.says(answer("A equipe te responde por aqui.")))

    assert len(done.wakes) == 1
    assert len(sent_to(database, shop, done.wakes[0])) == 1


def test_an_answer_to_another_shops_question_finds_no_question(
    database: Database,
    owner: psycopg.Connection,
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
) -> None:
    asks(database, shop, conversation_id, model)
    ((escalation_id,),) = read(database, shop, "SELECT id FROM escalations")
    other = factories.make_pet_shop(owner, database)

    with pytest.raises(UnknownQuestion):
        escalations.pass_on(
            database,
            other.organization_id,
            escalation_id=EscalationId(escalation_id),
            message_id=MessageId(new_id()),
            contact_id=ContactId(new_id()),
            locale="pt-BR",
        )

    assert escalation(database, shop)[0] == "pending"


def test_two_questions_at_once_make_one_conversation_with_the_owner(
    database: Database,
    connect: Callable[[], Database],
    shop: PetShop,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    other = say(database, shop, "E chinchilas?", at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))
    own = ScriptedModel(model.place, second := connect())

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        asks(second, shop, other, own)
        return answer("A equipe te responde por aqui.")

    model.says(*ASKING, meanwhile)
    (place,) = answered(claimed(database, shop, conversation_id), model).wakes

    assert len(sent_to(database, shop, place)) == 2
    assert len(read(database, shop, "SELECT FROM contacts WHERE phone = %s", OWNER)) == 1

"""From a question to an answer to knowledge: buttons, the panel, whoever is asked, reminders, the end, and alerts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from auzap.conversations import holding
from auzap.db.connection import Database
from auzap.escalations import answering, asking, learning, limits, queries, reminding
from auzap.escalations.answering import AnsweredAlready, UnsendableAnswer
from auzap.ids import ConversationId, EscalationId, new_id
from auzap.knowledge import entries
from tests import factories
from tests.db.committed import read, write
from tests.db.hands import Hands
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.test_escalations import (
    ASKING,
    OFFERED,
    OWNER_WA_ID,
    QUESTION,
    asks,
    deliver_all,
    give_owner,
    owner_says,
    sent_to,
    the_question,
)
from tests.db.turning import answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

HOUR = timedelta(hours=1)
MANAGER, MANAGER_WA_ID = "+5511977776666", "551177776666"


@pytest.fixture
def shop(owner: psycopg.Connection, database: Database) -> PetShop:
    made = factories.make_pet_shop(owner, database)
    give_owner(database, made)
    return made


@pytest.fixture
def asked(database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel) -> ConversationId:
    """Where the owner was asked."""
    (place,) = asks(database, shop, conversation_id, model)
    return place


def the_id(database: Database, shop: PetShop) -> EscalationId:
    ((found,),) = read(database, shop, "SELECT id FROM escalations")
    return found


def state(database: Database, shop: PetShop) -> str:
    ((found,),) = read(database, shop, "SELECT state FROM escalations")
    return found


def presses(
    database: Database, shop: PetShop, clock: Clock, button: str, *, wa_id: str = OWNER_WA_ID
) -> ConversationId:
    pressed = {"type": "button_reply", "button_reply": {"id": button, "title": "Ensinar"}}
    place = say(database, shop, wa_id=wa_id, kind="interactive", content=pressed, at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))
    return place


def buttons(database: Database, shop: PetShop, place: ConversationId) -> list[dict[str, str]]:
    query = "SELECT content -> 'buttons' FROM outbox WHERE conversation_id = %s ORDER BY id DESC LIMIT 1"
    return read(database, shop, query, place)[0][0]


def answers(
    database: Database, shop: PetShop, clock: Clock, model: ScriptedModel, text: str = "Sim, às terças."
) -> None:
    place = owner_says(database, shop, clock, text, quoting=the_question(database, shop))
    answered(claimed(database, shop, place), model)


def test_after_the_answer_one_message_offers_to_teach_it(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    answers(database, shop, clock, model)

    assert sent_to(database, shop, asked)[1:] == [f"Pronto, enviei a sua resposta para Um cliente. ✅\n\n{OFFERED}"]
    known = the_id(database, shop)
    assert buttons(database, shop, asked) == [
        {"id": f"teach:{known}", "title": "Ensinar"},
        {"id": f"once:{known}", "title": "Só desta vez"},
    ]


def test_what_is_taught_is_known_once_and_answers_the_next_customer(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    answers(database, shop, clock, model)
    teach = f"teach:{the_id(database, shop)}"
    for _ in range(2):
        done = answered(claimed(database, shop, presses(database, shop, clock, teach)), model)
        assert done.has_learned

    assert sent_to(database, shop, asked)[-1].startswith("Aprendi!")
    kept = "SELECT question, answer, source, embedding_model FROM knowledge_entries"
    assert read(database, shop, kept) == [(QUESTION, "Sim, às terças.", "escalation", None)]
    assert read(database, shop, "SELECT is_learned, entry_id IS NOT NULL FROM escalations") == [(True, True)]

    other = say(database, shop, "Oi, atendem coelho?", at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))
    answered(claimed(database, shop, other), model.says(answer("Atendemos coelhos às terças.")))
    assert "Sim, às terças." in str(model.asked[-1])
    assert sent_to(database, shop, other) == ["Atendemos coelhos às terças."]


def test_only_this_once_teaches_nothing(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    answers(database, shop, clock, model)

    done = answered(claimed(database, shop, presses(database, shop, clock, f"once:{the_id(database, shop)}")), model)

    assert not done.has_learned
    assert sent_to(database, shop, asked)[-1] == "Certo, foi só desta vez."
    assert read(database, shop, "SELECT FROM knowledge_entries") == []


def test_a_question_that_was_taught_before_has_the_newer_answer(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        entries.create(tx, entries.Draft(QUESTION.upper(), "Não."))
    answers(database, shop, clock, model)

    assert learning.learn(database, shop.organization_id, the_id(database, shop)) == "learned"

    assert read(database, shop, "SELECT answer FROM knowledge_entries") == [("Sim, às terças.",)]


def test_before_there_is_an_answer_there_is_nothing_to_teach(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    answered(claimed(database, shop, presses(database, shop, clock, f"teach:{the_id(database, shop)}")), model)

    assert sent_to(database, shop, asked)[-1] == "Não encontrei uma resposta para aprender."
    assert read(database, shop, "SELECT FROM knowledge_entries") == []


def test_a_button_of_another_shops_question_teaches_nothing(
    database: Database,
    owner: psycopg.Connection,
    shop: PetShop,
    asked: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    answers(database, shop, clock, model)
    other = factories.make_pet_shop(owner, database)
    give_owner(database, other)

    answered(claimed(database, other, presses(database, other, clock, f"teach:{the_id(database, shop)}")), model)

    assert read(database, other, "SELECT FROM knowledge_entries") == []
    assert read(database, shop, "SELECT FROM knowledge_entries") == []


def test_a_customer_who_makes_up_the_button_teaches_nothing(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    wa_id: str,
) -> None:
    answers(database, shop, clock, model)

    place = presses(database, shop, clock, f"teach:{the_id(database, shop)}", wa_id=wa_id)
    answered(claimed(database, shop, place), model.says(answer("Posso ajudar?")))

    assert read(database, shop, "SELECT FROM knowledge_entries") == []


def test_two_answers_at_once_are_passed_on_and_offer_no_button_that_could_mean_either(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    other = say(database, shop, "E chinchilas?", at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))
    asks(database, shop, other, model)
    deliver_all(database, shop)
    query = "SELECT o.provider_id FROM escalations e JOIN outbox o ON o.id = e.asked_outbox_id ORDER BY e.id"
    first, second = (quoted for (quoted,) in read(database, shop, query))
    owner_says(database, shop, clock, "Resposta 0.", quoting=first)
    place = owner_says(database, shop, clock, "Resposta 1.", quoting=second)

    answered(claimed(database, shop, place), model)

    assert buttons(database, shop, place) is None
    assert sent_to(database, shop, conversation_id)[-1].endswith("Resposta 0.")
    assert sent_to(database, shop, other)[-1].endswith("Resposta 1.")


@pytest.mark.parametrize("said", ["{} Sim.", "{}: Sim.", "ref. {} - Sim.", "({}) Sim.", "REF {}\nSim."])
def test_an_answer_that_begins_with_the_short_id_needs_no_quoting(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    said: str,
) -> None:
    reference = asking.reference(the_id(database, shop))
    for written in (reference, reference.upper()):
        place = owner_says(database, shop, clock, said.format(written))
        answered(claimed(database, shop, place), model)

    assert sent_to(database, shop, conversation_id)[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    assert "já tinha sido respondida" in sent_to(database, shop, asked)[-1]


@pytest.mark.parametrize("said", ["12345678 sim", "deadbeef", "Sim {}", "x{} Sim.", "{}0 Sim."])
def test_what_only_looks_like_a_short_id_is_auroras(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock, said: str
) -> None:
    text = said.format(asking.reference(the_id(database, shop)))
    place = owner_says(database, shop, clock, text)

    answered(claimed(database, shop, place), model.says(answer("Oi, Helena!")))

    assert state(database, shop) == "pending"


def test_a_customer_who_knows_the_short_id_answers_nothing(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    wa_id: str,
) -> None:
    say(database, shop, f"{asking.reference(the_id(database, shop))} É de graça!", wa_id=wa_id, at=clock.now())
    clock.move(timedelta(seconds=3))

    answered(claimed(database, shop, conversation_id), model.says(answer("Posso ajudar?")))

    assert state(database, shop) == "pending"


def test_whom_the_settings_name_is_asked_answers_and_teaches_and_is_no_owner(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "UPDATE organization_settings SET escalation_phone = %s", MANAGER)
    (place,) = asks(database, shop, conversation_id, model)
    assert read(database, shop, "SELECT phone FROM contacts WHERE phone = %s", MANAGER) == [(MANAGER,)]

    context = {"context": {"id": the_question(database, shop)}}
    # Meta may leave the ninth digit out.
    there = say(database, shop, "Sim.", wa_id=MANAGER_WA_ID, at=clock.now(), **context).conversation_id
    clock.move(timedelta(seconds=3))
    turn = claimed(database, shop, there)
    assert (turn.contact.is_owner, turn.contact.is_asked) == (False, True)
    answered(turn, model)

    assert there == place
    assert sent_to(database, shop, conversation_id)[-1].endswith("Sim.")
    teach = presses(database, shop, clock, f"teach:{the_id(database, shop)}", wa_id=MANAGER_WA_ID)
    answered(claimed(database, shop, teach), model)
    assert len(read(database, shop, "SELECT FROM knowledge_entries")) == 1


def test_a_manager_who_only_writes_is_served_like_a_customer_and_never_handed_over(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    write(database, shop, "UPDATE organization_settings SET escalation_phone = %s, handoff_most_turns = 3", MANAGER)
    place = say(database, shop, "Oi, quero falar com uma pessoa", wa_id=MANAGER_WA_ID, at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))

    answered(claimed(database, shop, place), model.says(answer("Oi!", confidence=10)))

    assert read(database, shop, "SELECT state FROM conversations WHERE id = %s", place) == [("ai",)]


def test_the_same_question_is_not_asked_twice_while_it_waits(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
    wa_id: str,
) -> None:
    say(database, shop, "E então?", wa_id=wa_id, at=clock.now())
    clock.move(timedelta(seconds=3))

    answered(claimed(database, shop, conversation_id), model.says(*ASKING, answer("A equipe ainda não respondeu.")))

    assert len(sent_to(database, shop, asked)) == 1


def from_panel(database: Database, shop: PetShop, *, teach: bool, text: str = "Sim, às terças.") -> ConversationId:
    escalation_id, by = the_id(database, shop), f"user:{UUID(int=7)}"
    with database.transaction(shop.organization_id, "test") as tx:
        return answering.answer_in_panel(tx, escalation_id, text, teach=teach, by=by, locale="pt-BR")


@pytest.mark.parametrize("teach", [True, False])
def test_an_answer_written_in_the_panel_goes_the_same_way(
    database: Database, shop: PetShop, asked: ConversationId, conversation_id: ConversationId, teach: bool
) -> None:
    assert from_panel(database, shop, teach=teach) == conversation_id

    assert sent_to(database, shop, conversation_id)[-1] == "A equipe respondeu à sua pergunta:\n\nSim, às terças."
    known = "SELECT state, answered_by, is_learned FROM escalations"
    assert read(database, shop, known) == [("answered", f"user:{UUID(int=7)}", teach)]
    assert len(read(database, shop, "SELECT FROM knowledge_entries")) == int(teach)


def test_the_panel_and_the_owner_together_answer_once(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    from_panel(database, shop, teach=False)
    answers(database, shop, clock, model, "Não!")

    with pytest.raises(AnsweredAlready):
        from_panel(database, shop, teach=True)
    assert len(sent_to(database, shop, conversation_id)) == 2
    assert "já tinha sido respondida" in sent_to(database, shop, asked)[-1]
    assert read(database, shop, "SELECT FROM knowledge_entries") == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 3_901])
def test_a_panel_answer_that_cannot_be_sent_is_not_kept(
    database: Database, shop: PetShop, asked: ConversationId, text: str
) -> None:
    with pytest.raises(UnsendableAnswer):
        from_panel(database, shop, teach=True, text=text)

    assert state(database, shop) == "pending"


def look(database: Database, shop: PetShop) -> reminding.Looked:
    return reminding.look_after(database, shop.organization_id, the_id(database, shop))


def is_due(database: Database, shop: PetShop) -> bool:
    rows = database.lookup("SELECT organization_id FROM app.due_escalations(500)")
    return (shop.organization_id,) in rows


def test_whoever_was_asked_is_reminded_twice_and_the_customer_is_told_the_truth_in_the_end(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    outcomes: list[tuple[bool, str]] = []
    for _ in range(25):
        outcomes.append((is_due(database, shop), look(database, shop).outcome))
        clock.move(HOUR)

    assert [hour for hour, (due, _) in enumerate(outcomes) if due] == [2, 4, 24]
    assert [outcome for due, outcome in outcomes if due] == ["reminded", "reminded", "expired"]
    assert {outcome for due, outcome in outcomes if not due} == {"skipped"}
    reminders = sent_to(database, shop, asked)[1:]
    assert len(reminders) == 2
    assert all("ainda espera uma resposta" in told and QUESTION in told for told in reminders)
    assert sent_to(database, shop, conversation_id)[-1].startswith("Desculpe a espera! A equipe ainda não conseguiu")
    tasks = "SELECT kind, detail FROM staff_tasks WHERE conversation_id = %s"
    assert read(database, shop, tasks, conversation_id) == [("call_back", "question_expired")]
    assert state(database, shop) == "expired"


def test_an_answer_that_quotes_a_reminder_or_comes_after_the_end_still_reaches_the_customer(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    clock.move(2 * HOUR)
    assert look(database, shop).conversation_id == asked
    clock.move(24 * HOUR)
    look(database, shop)
    deliver_all(database, shop)
    query = "SELECT provider_id FROM outbox WHERE once_key LIKE 'asked_again:%%'"
    ((reminder,),) = read(database, shop, query)

    answered(claimed(database, shop, owner_says(database, shop, clock, "Sim!", quoting=reminder)), model)

    assert sent_to(database, shop, conversation_id)[-1] == "A equipe respondeu à sua pergunta:\n\nSim!"
    assert state(database, shop) == "answered"


def test_what_is_answered_meanwhile_is_reminded_of_no_more(
    database: Database, shop: PetShop, asked: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    answers(database, shop, clock, model)
    clock.move(48 * HOUR)

    assert not is_due(database, shop)
    assert look(database, shop).outcome == "skipped"


def test_a_shop_that_does_not_pay_is_not_looked_after(
    database: Database, owner: psycopg.Connection, shop: PetShop, asked: ConversationId, clock: Clock
) -> None:
    clock.move(3 * HOUR)
    owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [shop.organization_id])

    assert not is_due(database, shop)
    owner.execute("UPDATE organizations SET status = 'active' WHERE id = %s", [shop.organization_id])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE contacts SET blocked_at = app.now()", False),
        (factories.HAND_OVER, False),
        (factories.TAKE, False),
        (factories.CLOSE, True),
        ("SELECT 1", True),
    ],
)
def test_in_the_end_only_whom_the_agent_speaks_with_is_told_and_somebody_is_always_called(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    clock: Clock,
    change: str,
    told: bool,
) -> None:
    for statement in change.split(";"):
        where = f" AND id = '{conversation_id}'" if "conversations" in statement else ""
        write(database, shop, statement + where)
    clock.move(25 * HOUR)

    looked = look(database, shop)

    assert (looked.outcome, looked.conversation_id) == ("expired", conversation_id if told else None)
    assert len(read(database, shop, "SELECT FROM staff_tasks WHERE detail = 'question_expired'")) == 1


def test_where_nobody_is_named_any_more_nobody_is_reminded(
    database: Database, shop: PetShop, asked: ConversationId, clock: Clock
) -> None:
    write(database, shop, "DELETE FROM authorized_owner_numbers")
    clock.move(2 * HOUR)

    assert look(database, shop) == reminding.Looked("skipped")
    assert len(sent_to(database, shop, asked)) == 1


def test_a_person_who_writes_to_the_customer_settles_what_was_asked(
    database: Database, shop: PetShop, hands: Hands, asked: ConversationId
) -> None:
    hands.do(holding.take, hands.bia)
    assert state(database, shop) == "pending"

    hands.do(holding.write_as_staff, hands.bia, "Oi! Atendemos sim.")

    assert read(database, shop, "SELECT state, resolved_at IS NOT NULL, next_at FROM escalations") == [
        ("resolved", True, None)
    ]


def test_a_word_from_the_shops_phone_settles_it_too_and_a_reaction_does_not(
    database: Database, shop: PetShop, asked: ConversationId, clock: Clock, wa_id: str
) -> None:
    reaction = {"message_id": "wamid.x", "emoji": "👍"}
    say(database, shop, wa_id=wa_id, echo=True, kind="reaction", content=reaction, at=clock.now())
    assert state(database, shop) == "pending"

    say(database, shop, "Oi, atendemos sim!", wa_id=wa_id, echo=True, at=clock.now())

    assert state(database, shop) == "resolved"


def test_an_answer_that_is_passed_on_settles_its_own_question_only(
    database: Database,
    shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    write(database, shop, f"INSERT INTO escalations (conversation_id, question) VALUES ('{conversation_id}', 'Outra?')")

    answers(database, shop, clock, model)

    assert read(database, shop, "SELECT question, state FROM escalations ORDER BY state") == [
        (QUESTION, "answered"),
        ("Outra?", "pending"),
    ]


def at_limit(database: Database, shop: PetShop) -> None:
    write(
        database,
        shop,
        "UPDATE conversations SET state = 'waiting_human', handoff_reason = 'turns', handoff_at = app.now() WHERE state = 'ai'",
    )


def untold(database: Database, conversation_id: ConversationId) -> bool:
    return (conversation_id,) in database.lookup("SELECT conversation_id FROM app.untold_limits(500)")


def test_a_customer_the_agent_could_not_help_in_so_many_turns_is_told_of_on_whatsapp_once(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    assert limits.tell(database, shop.organization_id, conversation_id) is None
    at_limit(database, shop)
    assert untold(database, conversation_id)

    place = limits.tell(database, shop.organization_id, conversation_id)

    assert place
    assert limits.tell(database, shop.organization_id, conversation_id) is None
    assert not untold(database, conversation_id)
    (told,) = sent_to(database, shop, place)
    assert "Parei de responder na conversa com Um cliente: a conversa ficou longa." in told
    assert "devolva a conversa no painel" in told
    assert read(database, shop, "SELECT kind, urgency, state FROM escalations") == [
        ("limit_reached", "high", "pending")
    ]


def test_the_agents_turn_that_reaches_the_limit_is_found_by_the_clock(
    database: Database, shop: PetShop, hands: Hands, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    write(database, shop, "UPDATE organization_settings SET handoff_most_turns = 3")
    write(database, shop, "UPDATE conversations SET agent_turns = 2")
    write(database, shop, "UPDATE memberships SET availability = 'online'")

    answered(claimed(database, shop, conversation_id), model.says(answer("Oi! Como posso ajudar?")))

    assert untold(database, conversation_id)


def test_what_whoever_was_told_writes_back_goes_to_the_customer_as_it_is_and_teaches_nothing(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, clock: Clock
) -> None:
    at_limit(database, shop)
    limits.tell(database, shop.organization_id, conversation_id)

    answers(database, shop, clock, model, "Oi, aqui é a Helena!")

    assert sent_to(database, shop, conversation_id) == ["Oi, aqui é a Helena!"]
    place = owner_says(database, shop, clock, "Oi")
    assert sent_to(database, shop, place)[-1] == "Pronto, enviei a sua resposta para Um cliente. ✅"


def test_a_limit_is_settled_when_the_agent_is_let_back_or_a_person_comes(
    database: Database, shop: PetShop, hands: Hands, conversation_id: ConversationId
) -> None:
    at_limit(database, shop)
    limits.tell(database, shop.organization_id, conversation_id)

    with database.transaction(shop.organization_id, "test") as tx:
        holding.give_back(tx, conversation_id)

    assert state(database, shop) == "resolved"


def alerted(database: Database, shop: PetShop, conversation_id: ConversationId) -> ConversationId | None:
    with database.transaction(shop.organization_id, "test") as tx:
        return asking.alert(
            tx,
            conversation_id,
            kind="health_alert",
            detail="Rex está vomitando sangue.",
            locale="pt-BR",
            urgency="critical",
        )


def test_a_health_alert_is_told_at_once_and_waits_for_a_person_not_for_the_agent(
    database: Database, shop: PetShop, hands: Hands, conversation_id: ConversationId
) -> None:
    place = alerted(database, shop, conversation_id)
    assert place
    assert "Rex está vomitando sangue." in sent_to(database, shop, place)[0]
    write(database, shop, factories.HAND_OVER)
    with database.transaction(shop.organization_id, "test") as tx:
        holding.give_back(tx, conversation_id)
    assert state(database, shop) == "pending"

    hands.do(holding.take, hands.bia)

    assert state(database, shop) == "resolved"


def test_an_alert_that_nobody_is_named_for_is_the_panels(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    write(database, shop, "DELETE FROM authorized_owner_numbers")

    assert alerted(database, shop, conversation_id) is None

    assert read(database, shop, "SELECT kind, state, next_at FROM escalations") == [("health_alert", "pending", None)]
    assert read(database, shop, "SELECT count(*) FROM outbox") == [(0,)]


def test_an_alert_that_nobody_sees_to_calls_somebody_without_a_word_to_the_customer(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    alerted(database, shop, conversation_id)
    clock.move(25 * HOUR)

    assert look(database, shop) == reminding.Looked("expired")

    assert sent_to(database, shop, conversation_id) == []
    assert len(read(database, shop, "SELECT FROM staff_tasks")) == 1


def test_what_no_shop_can_settle_waits_for_the_house(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        asking.ask_the_house(tx, conversation_id, problem="O número não conecta.", urgency="high")

    assert read(database, shop, "SELECT kind, urgency, next_at, question FROM escalations") == [
        ("technical", "high", None, "O número não conecta.")
    ]
    assert read(database, shop, "SELECT FROM outbox") == []


def listed(database: Database, shop: PetShop, **of: Any) -> list[str]:
    with database.transaction(shop.organization_id, "test") as tx:
        return [each.question for each in queries.listed(tx, **({"state": None, "after": None, "most": 50} | of))]


def test_the_panel_lists_and_counts_its_own_shops_questions(
    database: Database,
    shop: PetShop,
    other_shop: PetShop,
    asked: ConversationId,
    conversation_id: ConversationId,
    clock: Clock,
) -> None:
    clock.move(HOUR)
    from_panel(database, shop, teach=True)
    write(database, shop, f"INSERT INTO escalations (conversation_id, question) VALUES ('{conversation_id}', 'Outra?')")

    assert listed(database, shop) == ["Outra?", QUESTION]
    assert (
        listed(database, shop, state="answered")
        == listed(database, shop, after=new_id(), state="answered")
        == [QUESTION]
    )
    assert listed(database, shop, after=the_first(database, shop)) == []
    with database.transaction(shop.organization_id, "test") as tx:
        counted = queries.statistics(tx, clock.now() - 2 * HOUR)
    assert (counted.pending, counted.answered, counted.learned) == (1, 1, 1)
    assert counted.answer_seconds == pytest.approx(3_600, abs=10)
    assert listed(database, other_shop) == []
    with database.transaction(other_shop.organization_id, "test") as tx:
        assert queries.statistics(tx, clock.now() - 2 * HOUR) == queries.Statistics(0, 0, 0, 0, 0, None)


def the_first(database: Database, shop: PetShop) -> EscalationId:
    return read(database, shop, "SELECT id FROM escalations ORDER BY id LIMIT 1")[0][0]

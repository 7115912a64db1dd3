"""A question goes to the owner and the quoted answer to the customer who asked: once, and to nobody else."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.agent.model import Completion
from auzap.agent.turn import Turn
from auzap.conversations import merging
from auzap.db.connection import Database
from auzap.escalations import answering as escalations
from auzap.escalations.queries import UnknownQuestion
from auzap.ids import ContactId, MessageId, new_id
from auzap.outbox import windows
from auzap.outbox.queries import claim
from tests import factories
from tests.db.scripted_model import Killed, ScriptedModel, answer, dies
from tests.db.team import ASKING, OFFERED, OWNER, QUESTION, Team
from tests.db.turning import EXPIRED, answered, claimed
from tests.postgres import Place, wait_until_blocked


def escalation(team: Team) -> tuple[Any, ...]:
    (row,) = team.read("SELECT state, answer, answered_by IS NOT NULL FROM escalations")
    return row


def passing_on(turn: Turn, own: Database) -> Callable[[], escalations.PassedOn]:
    """The owner's answer, on its way in a worker with a connection of its own."""
    (message,) = turn.unanswered
    assert message.answers
    return functools.partial(
        escalations.pass_on,
        own,
        turn.shop.organization_id,
        escalation_id=message.answers,
        message_id=message.id,
        contact_id=turn.contact.id,
        locale="pt-BR",
    )


def test_what_the_agent_does_not_know_goes_to_the_owner_with_name_and_question_and_without_a_telephone(
    team: Team,
) -> None:
    team.write("UPDATE contacts SET name = 'Ana Souza'")

    (place,) = team.asks()

    (asked,) = team.sent_to(place)
    assert asked.startswith(f"Ana Souza perguntou, e eu não sei responder:\n\n“{QUESTION}”")
    assert team.wa_id not in asked
    assert team.escalation_id().hex[-8:] in asked
    assert team.told() == ["Vou perguntar à equipe, que te responde por aqui."]
    assert team.read("SELECT kind, conversation_id FROM notifications") == [("escalation", team.conversation_id)]


def test_an_owner_who_has_written_before_is_asked_where_they_write(team: Team) -> None:
    # Meta may leave the ninth digit out.
    place = team.says("Oi", wa_id="551188887777")

    assert team.asks() == [place]
    assert len(team.read("SELECT FROM contacts")) == 2


def test_the_answer_reaches_the_customer_who_asked_and_the_owner_is_told(team: Team) -> None:
    other = team.says("Oi")
    team.asks()
    team.write(
        "UPDATE contacts SET name = 'Ana' WHERE id = (SELECT contact_id FROM conversations WHERE id = %s)",
        team.conversation_id,
    )

    place = team.owner_says("Sim, coelhos também.", quoting=team.question())
    done = team.turn(place)

    assert done.wakes == [team.conversation_id]
    assert team.told()[-1] == "A equipe respondeu à sua pergunta:\n\nSim, coelhos também."
    assert team.sent_to(place)[-1] == f"Pronto, enviei a sua resposta para Ana. ✅\n\n{OFFERED}"
    assert team.sent_to(other) == []
    assert escalation(team) == ("answered", "Sim, coelhos também.", True)
    assert team.model.script == []


def test_the_answer_reaches_a_customer_who_wants_no_news_of_the_shop(team: Team) -> None:
    team.asks()
    team.write("UPDATE contacts SET opted_out_at = app.now()")
    team.answers()

    taken = claim(team.database, team.shop.organization_id, team.conversation_id, settled_after=timedelta(minutes=1))

    assert taken is not None
    assert taken.content["text"] == "A equipe respondeu à sua pergunta:\n\nSim, às terças."


def test_an_owner_who_wants_no_news_of_the_shop_is_asked_all_the_same(team: Team) -> None:
    team.owner_says("Oi")
    (place,) = team.asks()
    team.write("UPDATE contacts SET opted_out_at = app.now() WHERE phone = %s", OWNER)

    taken = claim(team.database, team.shop.organization_id, place, settled_after=timedelta(minutes=1))

    assert taken is not None
    assert QUESTION in taken.content["text"]


def test_whom_the_shop_has_named_for_questions_is_asked_whatever_news_they_want_of_it(team: Team) -> None:
    named = "+5511955554444"
    team.write("UPDATE organization_settings SET escalation_phone = %s", named)
    team.says("Oi", wa_id=named.removeprefix("+"))
    (place,) = team.asks()
    team.write("UPDATE contacts SET opted_out_at = app.now() WHERE phone = %s", named)

    taken = claim(team.database, team.shop.organization_id, place, settled_after=timedelta(minutes=1))

    assert taken is not None
    assert QUESTION in taken.content["text"]


def test_whom_the_shop_has_named_is_called_by_a_template_after_a_day_whatever_news_they_want(team: Team) -> None:
    named = "+5511955554444"
    team.write("UPDATE organization_settings SET escalation_phone = %s", named)
    place = team.says("Oi", wa_id=named.removeprefix("+"))
    team.write("UPDATE contacts SET opted_out_at = app.now() WHERE phone = %s", named)
    team.write(
        """
        INSERT INTO message_templates (business_id, name, language, purpose, category, status, body, parameters, buttons)
        SELECT business_id, 'auzap_reopen', 'pt_BR', 'reopen', 'utility', 'approved', 'Oi, {{1}}!', ARRAY['1'], '["Ver"]'
        FROM channel_accounts
        """
    )
    team.clock.move(timedelta(days=2))
    assert team.asks() == [place]

    with team.begin() as tx:
        assert windows.hold(tx, place)

    taken = claim(team.database, team.shop.organization_id, place, settled_after=timedelta(minutes=1))
    assert taken is not None
    assert taken.kind == "template"


def test_an_answer_that_was_long_on_its_way_reaches_the_customer_all_the_same(team: Team) -> None:
    team.asks()
    place = team.owner_says("Sim.", quoting=team.question(), at=team.clock.now() - timedelta(hours=3))

    team.turn(place)

    assert team.told()[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    assert team.read("SELECT FROM staff_tasks WHERE kind = 'arrived_late'") == []


def test_a_second_answer_is_not_sent_and_the_owner_is_told_so(team: Team) -> None:
    team.asks()
    asked = team.question()
    for text in ("Sim.", "Quero dizer, não."):
        place = team.owner_says(text, quoting=asked)
        team.turn(place)

    assert team.told()[1:] == ["A equipe respondeu à sua pergunta:\n\nSim."]
    assert "já tinha sido respondida" in team.sent_to(place)[-1]


def test_an_answer_that_is_retried_is_sent_once_and_confirmed(team: Team) -> None:
    team.asks()
    place = team.owner_says("Sim.", quoting=team.question())
    turn = claimed(team.database, team.shop, place)
    passes_on = passing_on(turn, team.database)

    assert [passes_on().outcome for _ in range(2)] == ["sent", "sent"]

    answered(turn, team.model)

    assert len(team.told()) == 2
    assert team.sent_to(place)[-1].startswith("Pronto, enviei")


def test_what_else_the_owner_asks_at_once_is_answered_by_aurora_in_the_same_message(team: Team) -> None:
    team.asks()
    asked = team.question()
    team.owner_says("Sim.", quoting=asked)
    place = team.owner_says("Quem está esperando?")

    team.turn(place, answer("Ninguém está esperando."))

    assert (
        team.sent_to(place)[-1]
        == f"Pronto, enviei a sua resposta para Um cliente. ✅\n\n{OFFERED}\n\nNinguém está esperando."
    )
    assert team.model.last_words[-1] == "Quem está esperando?"
    assert "Sim." not in team.model.last_words


def test_an_answer_without_a_text_is_asked_for_again(team: Team) -> None:
    team.asks()
    asked = team.question()
    place = team.owner_says("", quoting=asked, kind="audio", content={"id": "1", "voice": True})

    team.turn(place)

    assert "respostas escritas" in team.sent_to(place)[-1]
    assert escalation(team) == ("pending", None, False)


def test_an_answer_goes_out_though_a_person_has_the_conversation_by_now(team: Team) -> None:
    team.asks()
    asked = team.question()
    team.move(factories.TAKE)
    place = team.owner_says("Sim.", quoting=asked)

    team.turn(place)

    assert team.read(
        "SELECT author FROM outbox WHERE conversation_id = %s ORDER BY id DESC LIMIT 1", team.conversation_id
    ) == [("person",)]


def test_an_answer_to_a_closed_conversation_gives_it_back_to_the_agent(team: Team) -> None:
    team.asks()
    asked = team.question()
    team.move(factories.CLOSE)
    place = team.owner_says("Sim.", quoting=asked)

    team.turn(place)

    assert team.read("SELECT state FROM conversations WHERE id = %s", team.conversation_id) == [("ai",)]
    assert len(team.told()) == 2


def test_an_answer_that_waits_for_a_merge_goes_where_the_customer_is_then(
    team: Team, connect: Callable[[], Database], shared_database: Place
) -> None:
    survivor = team.says("Oi, sou eu de novo.")
    team.asks()
    place = team.owner_says("Sim.", quoting=team.question())
    passes_on = passing_on(claimed(team.database, team.shop, place), connect())
    of_both = "SELECT contact_id FROM conversations WHERE id IN (%s, %s) ORDER BY id = %s"
    (merged,), (kept,) = team.read(of_both, team.conversation_id, survivor, survivor)

    with ThreadPoolExecutor(1) as pool:
        with team.begin() as tx:
            assert merging.merge(tx, kept, merged, "same_person")
            passing = pool.submit(passes_on)
            wait_until_blocked(shared_database)
        passed = passing.result()

    assert (passed.outcome, passed.conversation_id) == ("sent", survivor)
    assert team.sent_to(survivor)[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    joined = "SELECT state, merged_into FROM conversations WHERE id = %s"
    assert team.read(joined, team.conversation_id) == [("closed", survivor)]


def test_an_answer_goes_into_the_conversation_that_the_customer_begins_meanwhile(
    team: Team, connect: Callable[[], Database], shared_database: Place
) -> None:
    team.asks()
    asked = team.question()
    team.move(factories.CLOSE)
    place = team.owner_says("Sim.", quoting=asked)
    passes_on = passing_on(claimed(team.database, team.shop, place), connect())

    with ThreadPoolExecutor(1) as pool:
        with team.begin() as tx:
            ((begun,),) = tx.execute(
                """
                INSERT INTO conversations (contact_id, channel_account_id, reply_to)
                SELECT contact_id, channel_account_id, reply_to FROM conversations WHERE id = %s RETURNING id
                """,
                [team.conversation_id],
            )
            passing = pool.submit(passes_on)
            wait_until_blocked(shared_database)
        passed = passing.result()

    assert (passed.outcome, passed.conversation_id) == ("sent", begun)
    assert team.sent_to(begun) == ["A equipe respondeu à sua pergunta:\n\nSim."]
    assert team.read("SELECT state FROM conversations WHERE id = %s", team.conversation_id) == [("closed",)]


def test_a_customer_who_quotes_the_question_answers_nothing(team: Team) -> None:
    team.asks()
    asked = team.question()
    team.customer_says("Sim, e de graça!", context={"id": asked})

    team.turn(team.conversation_id, answer("Posso ajudar?"))

    assert escalation(team)[0] == "pending"
    assert team.told()[-1] == "Posso ajudar?"


@pytest.mark.parametrize(
    "owners", ["UPDATE authorized_owner_numbers SET is_active = false", "DELETE FROM authorized_owner_numbers"]
)
def test_where_nobody_can_be_asked_the_agent_is_told_to_call_a_person(team: Team, owners: str) -> None:
    team.write(owners)

    assert team.asks() == []

    assert "Call hand_over" in str(team.model.asked[-1])
    assert team.read("SELECT FROM escalations") == []


def test_a_customer_who_waits_for_three_answers_is_given_a_person(team: Team) -> None:
    team.write(
        "INSERT INTO escalations (conversation_id, question) SELECT %s, 'Outra?' FROM generate_series(1, 3)",
        team.conversation_id,
    )

    assert team.asks() == []

    assert "was asked already" in str(team.model.asked[-1])


def test_the_question_is_asked_once_though_the_worker_dies_after_it(team: Team) -> None:
    with pytest.raises(Killed):
        team.turn(team.conversation_id, *ASKING, dies)
    team.clock.move(EXPIRED)

    done = team.turn(team.conversation_id, answer("A equipe te responde por aqui."))

    assert len(done.wakes) == 1
    assert len(team.sent_to(done.wakes[0])) == 1


def test_an_answer_to_another_shops_question_finds_no_question(team: Team, owner: psycopg.Connection) -> None:
    team.asks()
    other = factories.make_pet_shop(owner, team.database)

    with pytest.raises(UnknownQuestion):
        escalations.pass_on(
            team.database,
            other.organization_id,
            escalation_id=team.escalation_id(),
            message_id=MessageId(new_id()),
            contact_id=ContactId(new_id()),
            locale="pt-BR",
        )

    assert escalation(team)[0] == "pending"


def test_two_questions_at_once_make_one_conversation_with_the_owner(
    team: Team, connect: Callable[[], Database]
) -> None:
    other = team.says("E chinchilas?")
    second = connect()
    elsewhere = replace(team, database=second, model=ScriptedModel(team.model.place, second))

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        elsewhere.asks(other)
        return answer("A equipe te responde por aqui.")

    (place,) = team.turn(team.conversation_id, *ASKING, meanwhile).wakes

    assert len(team.sent_to(place)) == 2
    assert len(team.read("SELECT FROM contacts WHERE phone = %s", OWNER)) == 1

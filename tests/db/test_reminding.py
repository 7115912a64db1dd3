"""A question that waits: reminders, its end, and what settles it without an answer."""

from datetime import timedelta

import psycopg
import pytest

from auzap.conversations import holding
from auzap.escalations import reminding
from auzap.ids import ConversationId
from tests import factories
from tests.db.hands import Hands
from tests.db.team import QUESTION, Team

HOUR = timedelta(hours=1)


def is_due(team: Team) -> bool:
    rows = team.database.lookup("SELECT organization_id FROM app.due_escalations(500)")
    return (team.shop.organization_id,) in rows


def test_whoever_was_asked_is_reminded_twice_and_the_customer_is_told_the_truth_in_the_end(
    team: Team, asked: ConversationId
) -> None:
    outcomes: list[tuple[bool, str]] = []
    for _ in range(25):
        outcomes.append((is_due(team), team.look().outcome))
        team.clock.move(HOUR)

    assert [hour for hour, (due, _) in enumerate(outcomes) if due] == [2, 4, 24]
    assert [outcome for due, outcome in outcomes if due] == ["reminded", "reminded", "expired"]
    assert {outcome for due, outcome in outcomes if not due} == {"skipped"}
    reminders = team.sent_to(asked)[1:]
    assert len(reminders) == 2
    assert all("ainda espera uma resposta" in told and QUESTION in told for told in reminders)
    assert team.told()[-1].startswith("Desculpe a espera! A equipe ainda não conseguiu")
    tasks = "SELECT kind, detail FROM staff_tasks WHERE conversation_id = %s"
    assert team.read(tasks, team.conversation_id) == [("call_back", "question_expired")]
    assert team.state() == "expired"


def test_an_answer_that_quotes_a_reminder_or_comes_after_the_end_still_reaches_the_customer(
    team: Team, asked: ConversationId
) -> None:
    team.clock.move(2 * HOUR)
    assert team.look().conversation_id == asked
    team.clock.move(24 * HOUR)
    team.look()
    team.deliver_all()
    query = "SELECT provider_id FROM outbox WHERE once_key LIKE 'asked_again:%%'"
    ((reminder,),) = team.read(query)

    team.turn(team.owner_says("Sim!", quoting=reminder))

    assert team.told()[-1] == "A equipe respondeu à sua pergunta:\n\nSim!"
    assert team.state() == "answered"


def test_what_is_answered_meanwhile_is_reminded_of_no_more(team: Team, asked: ConversationId) -> None:
    team.answers()
    team.clock.move(48 * HOUR)

    assert not is_due(team)
    assert team.look().outcome == "skipped"


def test_a_shop_that_does_not_pay_is_not_looked_after(
    team: Team, owner: psycopg.Connection, asked: ConversationId
) -> None:
    team.clock.move(3 * HOUR)
    owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [team.shop.organization_id])

    assert not is_due(team)
    owner.execute("UPDATE organizations SET status = 'active' WHERE id = %s", [team.shop.organization_id])


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
    team: Team, asked: ConversationId, change: str, told: bool
) -> None:
    for statement in change.split(";"):
        where = f" AND id = '{team.conversation_id}'" if "conversations" in statement else ""
        team.write(statement + where)
    team.clock.move(25 * HOUR)

    looked = team.look()

    assert (looked.outcome, looked.conversation_id) == ("expired", team.conversation_id if told else None)
    # Asked for, and so no news that somebody may not want.
    assert team.read("SELECT kind FROM outbox WHERE once_key LIKE 'expired:%%'") == ([("reply",)] if told else [])
    assert len(team.read("SELECT FROM staff_tasks WHERE detail = 'question_expired'")) == 1


def test_where_nobody_is_named_any_more_nobody_is_reminded(team: Team, asked: ConversationId) -> None:
    team.write("DELETE FROM authorized_owner_numbers")
    team.clock.move(2 * HOUR)

    assert team.look() == reminding.Looked("skipped")
    assert len(team.sent_to(asked)) == 1


def test_a_person_who_writes_to_the_customer_settles_what_was_asked(
    team: Team, hands: Hands, asked: ConversationId
) -> None:
    hands.do(holding.take, hands.bia)
    assert team.state() == "pending"

    hands.do(holding.write_as_staff, hands.bia, "Oi! Atendemos sim.")

    assert team.read("SELECT state, resolved_at IS NOT NULL, next_at FROM escalations") == [("resolved", True, None)]


def test_a_word_from_the_shops_phone_settles_it_too_and_a_reaction_does_not(team: Team, asked: ConversationId) -> None:
    reaction = {"message_id": "wamid.x", "emoji": "👍"}
    team.customer_says("", echo=True, kind="reaction", content=reaction)
    assert team.state() == "pending"

    team.customer_says("Oi, atendemos sim!", echo=True)

    assert team.state() == "resolved"


def test_an_answer_that_is_passed_on_settles_its_own_question_only(team: Team, asked: ConversationId) -> None:
    team.write("INSERT INTO escalations (conversation_id, question) VALUES (%s, 'Outra?')", team.conversation_id)

    team.answers()

    assert team.read("SELECT question, state FROM escalations ORDER BY state") == [
        (QUESTION, "answered"),
        ("Outra?", "pending"),
    ]

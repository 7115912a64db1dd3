"""What else the team is told: that the agent came to its limit, that a pet is not well, that the house must help."""

from datetime import timedelta

from auzap.conversations import holding
from auzap.escalations import asking, forwarding, limits, reminding
from auzap.ids import ConversationId
from tests import factories
from tests.db.hands import Hands
from tests.db.scripted_model import answer
from tests.db.team import Team

HOUR = timedelta(hours=1)


def at_limit(team: Team) -> None:
    team.write(
        "UPDATE conversations SET state = 'waiting_human', handoff_reason = 'turns', handoff_at = app.now() WHERE state = 'ai'",
    )


def untold(team: Team) -> bool:
    return (team.conversation_id,) in team.database.lookup("SELECT conversation_id FROM app.untold_limits(500)")


def tell(team: Team) -> ConversationId | None:
    return limits.tell(team.database, team.shop.organization_id, team.conversation_id)


def test_a_customer_the_agent_could_not_help_in_so_many_turns_is_told_of_on_whatsapp_once(team: Team) -> None:
    assert tell(team) is None
    at_limit(team)
    assert untold(team)

    place = tell(team)

    assert place
    assert tell(team) is None
    assert not untold(team)
    (told,) = team.sent_to(place)
    assert "Parei de responder na conversa com Um cliente: a conversa ficou longa." in told
    assert "devolva a conversa no painel" in told
    assert team.read("SELECT kind, urgency, state FROM escalations") == [("limit_reached", "high", "pending")]


def test_the_agents_turn_that_reaches_the_limit_is_found_by_the_clock(team: Team, hands: Hands) -> None:
    team.write("UPDATE organization_settings SET handoff_most_turns = 3")
    team.write("UPDATE conversations SET agent_turns = 2")
    team.write("UPDATE memberships SET availability = 'online'")

    team.turn(team.conversation_id, answer("Oi! Como posso ajudar?"))

    assert untold(team)


def test_what_whoever_was_told_writes_back_goes_to_the_customer_as_it_is_and_teaches_nothing(team: Team) -> None:
    at_limit(team)
    tell(team)

    team.answers("Oi, aqui é a Helena!")

    assert team.told() == ["Oi, aqui é a Helena!"]
    place = team.owner_says("Oi")
    assert team.sent_to(place)[-1] == "Pronto, enviei a sua resposta para Um cliente. ✅"


def test_a_limit_is_settled_when_the_agent_is_let_back_or_a_person_comes(team: Team, hands: Hands) -> None:
    at_limit(team)
    tell(team)

    with team.begin() as tx:
        holding.give_back(tx, team.conversation_id)

    assert team.state() == "resolved"


def alerted(team: Team) -> ConversationId | None:
    with team.begin() as tx:
        return asking.alert(
            tx,
            team.conversation_id,
            kind="health_alert",
            detail="Rex está vomitando sangue.",
            locale="pt-BR",
            urgency="critical",
        )


def test_a_health_alert_is_told_at_once_and_waits_for_a_person_not_for_the_agent(team: Team, hands: Hands) -> None:
    place = alerted(team)
    assert place
    assert "Rex está vomitando sangue." in team.sent_to(place)[0]
    team.write(factories.HAND_OVER)
    with team.begin() as tx:
        holding.give_back(tx, team.conversation_id)
    assert team.state() == "pending"

    hands.do(holding.take, hands.bia)

    assert team.state() == "resolved"


def test_an_alert_that_nobody_is_named_for_is_the_panels(team: Team) -> None:
    team.write("DELETE FROM authorized_owner_numbers")

    assert alerted(team) is None

    assert team.read("SELECT kind, state, next_at FROM escalations") == [("health_alert", "pending", None)]
    assert team.read("SELECT count(*) FROM outbox") == [(0,)]


def test_an_alert_that_nobody_sees_to_calls_somebody_without_a_word_to_the_customer(team: Team) -> None:
    alerted(team)
    team.clock.move(25 * HOUR)

    assert team.look() == reminding.Looked("expired")

    assert team.told() == []
    assert len(team.read("SELECT FROM staff_tasks")) == 1


def test_what_no_shop_can_settle_waits_for_the_house(team: Team) -> None:
    with team.begin() as tx:
        asking.ask_the_house(tx, team.conversation_id, problem="O número não conecta.", urgency="high")

    assert team.read("SELECT kind, urgency, next_at, question FROM escalations") == [
        ("technical", "high", None, "O número não conecta.")
    ]
    assert team.read("SELECT FROM outbox") == []


# What the customer goes on writing.


def forward(team: Team) -> ConversationId | None:
    return forwarding.forward(team.database, team.shop.organization_id, team.conversation_id)


def unforwarded(team: Team) -> bool:
    return (team.conversation_id,) in team.database.lookup("SELECT conversation_id FROM app.unforwarded_limits(500)")


def told_of_limit(team: Team) -> ConversationId:
    """The manager has read that the agent is silent there."""
    at_limit(team)
    place = tell(team)
    assert place
    team.deliver_all()
    team.clock.move(timedelta(seconds=1))
    return place


def test_what_a_customer_writes_after_the_limit_goes_to_the_manager_a_burst_at_a_time(team: Team) -> None:
    team.write("UPDATE contacts SET name = 'Ana Souza' WHERE id = (SELECT contact_id FROM conversations LIMIT 1)")
    place = told_of_limit(team)
    assert forward(team) is None, "nothing was written since"

    team.customer_says("Alguém aí?")
    team.customer_says("É sobre o banho de amanhã.")
    assert not unforwarded(team), "there may be more to come"
    team.clock.move(timedelta(seconds=20))
    assert unforwarded(team)

    assert [forward(team), forward(team)] == [place, None]
    assert not unforwarded(team)
    told = team.sent_to(place)[1:]
    assert len(told) == 1
    assert told[0].startswith("Ana Souza escreveu de novo:\n\n“Alguém aí?\nÉ sobre o banho de amanhã.”")
    assert team.wa_id not in told[0]


def test_while_one_has_not_left_yet_the_rest_waits_and_then_goes_with_one_more(team: Team) -> None:
    place = told_of_limit(team)
    team.customer_says("Um")
    assert forward(team) == place

    team.customer_says("Dois")
    team.customer_says("Três")
    assert forward(team) is None
    team.deliver_all()

    assert forward(team) == place
    assert [told.split("“")[1].split("”")[0] for told in team.sent_to(place)[1:]] == ["Um", "Dois\nTrês"]


def test_an_answer_that_quotes_what_was_passed_on_reaches_the_customer_each_time(team: Team) -> None:
    place = told_of_limit(team)
    for said, answered_with in (("Alguém aí?", "Oi, aqui é a Helena!"), ("Tem vaga?", "Temos, às dez.")):
        team.customer_says(said)
        forward(team)
        team.deliver_all()
        ((quoted,),) = team.read(
            "SELECT provider_id FROM outbox WHERE conversation_id = %s AND content ->> 'text' LIKE %s",
            place,
            f"%{said}%",
        )
        team.turn(team.owner_says(answered_with, quoting=quoted))
        team.clock.move(timedelta(seconds=5))

    assert team.told() == ["Oi, aqui é a Helena!", "Temos, às dez."]


def test_nothing_of_another_customers_is_passed_on(team: Team) -> None:
    place = told_of_limit(team)
    team.customer_says("É sobre o Rex.")
    team.says("Sou outra pessoa, com outro assunto.")

    forward(team)

    assert "outra pessoa" not in "".join(team.sent_to(place))


def test_a_file_is_named_by_a_sign_and_what_was_taken_back_not_at_all(team: Team) -> None:
    place = told_of_limit(team)
    team.customer_says("Segredo meu")
    team.write("UPDATE messages SET revoked_at = app.now(), text = '' WHERE text = 'Segredo meu'")
    team.customer_says("", kind="image", content={"id": "1", "mime_type": "image/jpeg"})

    forward(team)

    assert "“📎”" in team.sent_to(place)[-1]


def test_once_a_person_has_come_or_the_agent_is_back_nothing_is_passed_on(team: Team, hands: Hands) -> None:
    told_of_limit(team)
    team.customer_says("Alguém aí?")
    team.clock.move(timedelta(seconds=30))
    hands.do(holding.take, hands.bia)

    assert not unforwarded(team)
    assert forward(team) is None


def test_where_nobody_is_named_to_be_told_nothing_is_passed_on(team: Team) -> None:
    team.write("DELETE FROM authorized_owner_numbers")
    at_limit(team)
    tell(team)
    team.customer_says("Alguém aí?")

    assert forward(team) is None

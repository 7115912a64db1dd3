"""From an answer to knowledge: by buttons, by its short id, in the panel, by whomever the shop names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from auzap.escalations import answering, asking, learning, queries
from auzap.escalations.answering import AnsweredAlready, UnsendableAnswer
from auzap.ids import ConversationId, EscalationId, new_id
from auzap.knowledge import entries
from tests.db.scripted_model import answer
from tests.db.team import ASKING, OFFERED, QUESTION, Team, give_owner
from tests.db.turning import answered, claimed
from tests.factories import PetShop

HOUR = timedelta(hours=1)
MANAGER, MANAGER_WA_ID = "+5511977776666", "551177776666"


def test_after_the_answer_one_message_offers_to_teach_it(team: Team, asked: ConversationId) -> None:
    team.answers()

    assert team.sent_to(asked)[1:] == [f"Pronto, enviei a sua resposta para Um cliente. ✅\n\n{OFFERED}"]
    known = team.escalation_id()
    assert team.buttons(asked) == [
        {"id": f"teach:{known}", "title": "Ensinar"},
        {"id": f"once:{known}", "title": "Só desta vez"},
    ]


def test_what_is_taught_is_known_once_and_answers_the_next_customer(team: Team, asked: ConversationId) -> None:
    team.answers()
    teach = f"teach:{team.escalation_id()}"
    for _ in range(2):
        done = team.turn(team.presses(teach))
        assert done.has_learned

    assert team.sent_to(asked)[-1].startswith("Aprendi!")
    kept = "SELECT question, answer, source, embedding_model FROM knowledge_entries"
    assert team.read(kept) == [(QUESTION, "Sim, às terças.", "escalation", None)]
    assert team.read("SELECT is_learned, entry_id IS NOT NULL FROM escalations") == [(True, True)]

    other = team.says("Oi, atendem coelho?")
    team.turn(other, answer("Atendemos coelhos às terças."))
    assert "Sim, às terças." in str(team.model.asked[-1])
    assert team.sent_to(other) == ["Atendemos coelhos às terças."]


def test_only_this_once_teaches_nothing(team: Team, asked: ConversationId) -> None:
    team.answers()

    done = team.turn(team.presses(f"once:{team.escalation_id()}"))

    assert not done.has_learned
    assert team.sent_to(asked)[-1] == "Certo, foi só desta vez."
    assert team.learned() == []


def test_a_question_that_was_taught_before_has_the_newer_answer(team: Team, asked: ConversationId) -> None:
    with team.begin() as tx:
        entries.create(tx, entries.Draft(QUESTION.upper(), "Não."))
    team.answers()

    assert learning.learn(team.database, team.shop.organization_id, team.escalation_id()) == "learned"

    assert team.learned() == ["Sim, às terças."]


def test_before_there_is_an_answer_there_is_nothing_to_teach(team: Team, asked: ConversationId) -> None:
    team.turn(team.presses(f"teach:{team.escalation_id()}"))

    assert team.sent_to(asked)[-1] == "Não encontrei uma resposta para aprender."
    assert team.learned() == []


def test_a_button_of_another_shops_question_teaches_nothing(
    team: Team, other_shop: PetShop, asked: ConversationId
) -> None:
    team.answers()
    elsewhere = replace(team, shop=other_shop)
    give_owner(team.database, other_shop)

    elsewhere.turn(elsewhere.presses(f"teach:{team.escalation_id()}"))

    assert elsewhere.learned() == []
    assert team.learned() == []


def test_a_customer_who_makes_up_the_button_teaches_nothing(team: Team, asked: ConversationId) -> None:
    team.answers()

    place = team.presses(f"teach:{team.escalation_id()}", wa_id=team.wa_id)
    team.turn(place, answer("Posso ajudar?"))

    assert team.learned() == []


def test_two_answers_at_once_are_passed_on_and_offer_no_button_that_could_mean_either(
    team: Team, asked: ConversationId
) -> None:
    other = team.says("E chinchilas?")
    team.asks(other)
    team.deliver_all()
    query = "SELECT o.provider_id FROM escalations e JOIN outbox o ON o.id = e.asked_outbox_id ORDER BY e.id"
    first, second = (quoted for (quoted,) in team.read(query))
    team.owner_says("Resposta 0.", quoting=first)
    place = team.owner_says("Resposta 1.", quoting=second)

    team.turn(place)

    assert team.buttons(place) is None
    assert team.told()[-1].endswith("Resposta 0.")
    assert team.sent_to(other)[-1].endswith("Resposta 1.")


@pytest.mark.parametrize("said", ["{} Sim.", "{}: Sim.", "ref. {} - Sim.", "({}) Sim.", "REF {}\nSim."])
def test_an_answer_that_begins_with_the_short_id_needs_no_quoting(team: Team, asked: ConversationId, said: str) -> None:
    reference = asking.reference(team.escalation_id())
    for written in (reference, reference.upper()):
        place = team.owner_says(said.format(written))
        team.turn(place)

    assert team.told()[-1] == "A equipe respondeu à sua pergunta:\n\nSim."
    assert "já tinha sido respondida" in team.sent_to(asked)[-1]


@pytest.mark.parametrize("said", ["12345678 sim", "deadbeef", "Sim {}", "x{} Sim.", "{}0 Sim."])
def test_what_only_looks_like_a_short_id_is_auroras(team: Team, asked: ConversationId, said: str) -> None:
    text = said.format(asking.reference(team.escalation_id()))
    place = team.owner_says(text)

    team.turn(place, answer("Oi, Helena!"))

    assert team.state() == "pending"


def test_a_customer_who_knows_the_short_id_answers_nothing(team: Team, asked: ConversationId) -> None:
    team.customer_says(f"{asking.reference(team.escalation_id())} É de graça!")

    team.turn(team.conversation_id, answer("Posso ajudar?"))

    assert team.state() == "pending"


def test_whom_the_settings_name_is_asked_answers_and_teaches_and_is_no_owner(team: Team) -> None:
    team.write("UPDATE organization_settings SET escalation_phone = %s", MANAGER)
    (place,) = team.asks()
    assert team.read("SELECT phone FROM contacts WHERE phone = %s", MANAGER) == [(MANAGER,)]

    # Meta may leave the ninth digit out.
    there = team.owner_says("Sim.", quoting=team.question(), wa_id=MANAGER_WA_ID)
    turn = claimed(team.database, team.shop, there)
    assert (turn.contact.is_owner, turn.contact.is_asked) == (False, True)
    answered(turn, team.model)

    assert there == place
    assert team.told()[-1].endswith("Sim.")
    teach = team.presses(f"teach:{team.escalation_id()}", wa_id=MANAGER_WA_ID)
    team.turn(teach)
    assert len(team.learned()) == 1


def test_a_manager_who_only_writes_is_served_like_a_customer_and_never_handed_over(team: Team) -> None:
    team.write("UPDATE organization_settings SET escalation_phone = %s, handoff_most_turns = 3", MANAGER)
    place = team.says("Oi, quero falar com uma pessoa", wa_id=MANAGER_WA_ID)

    team.turn(place, answer("Oi!", confidence=10))

    assert team.read("SELECT state FROM conversations WHERE id = %s", place) == [("ai",)]


def test_the_same_question_is_not_asked_twice_while_it_waits(team: Team, asked: ConversationId) -> None:
    team.customer_says("E então?")

    team.turn(team.conversation_id, *ASKING, answer("A equipe ainda não respondeu."))

    assert len(team.sent_to(asked)) == 1


def from_panel(team: Team, *, teach: bool, text: str = "Sim, às terças.") -> ConversationId:
    escalation_id, by = team.escalation_id(), f"user:{UUID(int=7)}"
    with team.begin() as tx:
        return answering.answer_in_panel(tx, escalation_id, text, teach=teach, by=by, locale="pt-BR")


@pytest.mark.parametrize("teach", [True, False])
def test_an_answer_written_in_the_panel_goes_the_same_way(team: Team, asked: ConversationId, teach: bool) -> None:
    assert from_panel(team, teach=teach) == team.conversation_id

    assert team.told()[-1] == "A equipe respondeu à sua pergunta:\n\nSim, às terças."
    known = "SELECT state, answered_by, is_learned FROM escalations"
    assert team.read(known) == [("answered", f"user:{UUID(int=7)}", teach)]
    assert len(team.learned()) == int(teach)


def test_the_panel_and_the_owner_together_answer_once(team: Team, asked: ConversationId) -> None:
    from_panel(team, teach=False)
    team.answers("Não!")

    with pytest.raises(AnsweredAlready):
        from_panel(team, teach=True)
    assert len(team.told()) == 2
    assert "já tinha sido respondida" in team.sent_to(asked)[-1]
    assert team.learned() == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 3_901])
def test_a_panel_answer_that_cannot_be_sent_is_not_kept(team: Team, asked: ConversationId, text: str) -> None:
    with pytest.raises(UnsendableAnswer):
        from_panel(team, teach=True, text=text)

    assert team.state() == "pending"


def listed(team: Team, **of: Any) -> list[str]:
    with team.begin() as tx:
        return [each.question for each in queries.listed(tx, **({"state": None, "after": None, "most": 50} | of))]


def test_the_panel_lists_and_counts_its_own_shops_questions(
    team: Team, other_shop: PetShop, asked: ConversationId
) -> None:
    team.clock.move(HOUR)
    from_panel(team, teach=True)
    team.write("INSERT INTO escalations (conversation_id, question) VALUES (%s, 'Outra?')", team.conversation_id)

    assert listed(team) == ["Outra?", QUESTION]
    assert listed(team, state="answered") == listed(team, after=new_id(), state="answered") == [QUESTION]
    assert listed(team, after=the_first(team)) == []
    with team.begin() as tx:
        counted = queries.statistics(tx, team.clock.now() - 2 * HOUR)
    assert (counted.pending, counted.answered, counted.learned) == (1, 1, 1)
    assert counted.answer_seconds == pytest.approx(3_600, abs=10)
    elsewhere = replace(team, shop=other_shop)
    assert listed(elsewhere) == []
    with elsewhere.begin() as tx:
        assert queries.statistics(tx, team.clock.now() - 2 * HOUR) == queries.Statistics(0, 0, 0, 0, 0, None)


def the_first(team: Team) -> EscalationId:
    return team.read("SELECT id FROM escalations ORDER BY id LIMIT 1")[0][0]

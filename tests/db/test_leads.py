"""Leads: scored with the end of a turn, each change with its event, and counted against what the plan holds."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap import texts
from auzap.agent.turn import Usage
from auzap.organizations.shop import find_shop
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import answer, call
from tests.db.talk import Talk
from tests.db.turning import EXPIRED, GREETING, claimed
from tests.factories import say

DAY = timedelta(days=1)
FINE = answer("Tudo bem!")


def lead(talk: Talk) -> tuple[Any, ...]:
    (row,) = talk.read("SELECT stage, score FROM leads")
    return row


def events(talk: Talk) -> list[tuple[Any, ...]]:
    return talk.read("SELECT kind, detail, created_by FROM lead_events ORDER BY id")


def test_a_first_contact_is_a_lead(talk: Talk) -> None:
    talk.answer(FINE)

    assert lead(talk) == ("new", 10)
    assert events(talk) == [("score_change", {"from": 0, "to": 10, "signals": ["first_contact"]}, "ai")]


def test_a_question_about_the_price_warms_it_to_the_next_stage(talk: Talk) -> None:
    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 30)
    assert events(talk) == [
        ("score_change", {"from": 0, "to": 30, "signals": ["first_contact", "asked_price"]}, "ai"),
        ("stage_change", {"from": "new", "to": "qualifying"}, "ai"),
    ]


def test_who_wants_to_book_is_hot(talk: Talk) -> None:
    talk.hear("Quanto custa?", "Quanto tempo demora?", "Quero agendar!")
    talk.answer(FINE)

    assert lead(talk) == ("hot", 75)


def test_a_signal_counts_once_a_day_and_again_the_next(talk: Talk) -> None:
    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)
    talk.hear("E quanto custa a tosa?")
    talk.answer(FINE)
    assert lead(talk) == ("qualifying", 35)

    talk.clock.move(DAY)
    talk.hear("Quanto custa o corte de unhas?")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 60)


def test_a_day_is_the_shops_own(talk: Talk) -> None:
    """A minute before its midnight, and a minute after."""
    local = talk.clock.now().astimezone(claimed_zone(talk))
    midnight = (local + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    talk.clock.move(midnight - local - timedelta(seconds=60))
    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)
    assert lead(talk) == ("qualifying", 30)

    talk.clock.move(timedelta(seconds=60))
    talk.hear("Quanto custa a tosa?")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 55)


def claimed_zone(talk: Talk) -> Any:
    with talk.begin() as tx:
        return find_shop(tx).zone


def test_a_turn_that_is_tried_again_counts_once(talk: Talk) -> None:
    zombie = claimed(talk.database, talk.shop, talk.conversation_id)
    talk.clock.move(EXPIRED)
    turn = claimed(talk.database, talk.shop, talk.conversation_id)

    for each in (zombie, turn, turn, zombie):
        finish(each, GREETING, Usage(), join=True)

    assert lead(talk) == ("new", 10)
    assert len(events(talk)) == 1


def test_who_cools_down_does_not_become_new_again(talk: Talk) -> None:
    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)
    talk.hear("Pare de me mandar mensagem")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 0)


def test_a_hand_over_makes_the_lead_a_persons_and_the_agent_has_it_back(talk: Talk) -> None:
    talk.answer(call("hand_over", reason="pede desconto"), answer("Vou ver."))
    assert lead(talk) == ("human", 10)
    assert [kind for kind, _, _ in events(talk)] == ["score_change", "stage_change", "handoff"]
    assert events(talk)[-1][1] == {"trigger": "agent", "reason": "pede desconto"}

    talk.write("UPDATE conversations SET state = 'ai'")
    talk.hear("Oi de novo")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 15)


def test_a_booking_converts_the_lead(talk: Talk) -> None:
    with talk.begin() as tx:
        factories.make_service(tx)
        (contact,) = tx.execute("SELECT id FROM contacts").fetchone() or (None,)
        assert contact
        factories.make_pet(tx, contact, "Rex")
    day = talk.clock.now().date() + timedelta(days=3)
    talk.answer(
        call("find_free_slots", service="Banho", addons=[], pets=["Rex"], day=f"{day}", period="any"),
        call("propose_booking", slot="s2", pets=["Rex"], notes=""),
        answer("Posso confirmar o banho do Rex?", intent="booking"),
    )
    talk.hear("Sim")
    talk.answer(answer("Agendado!"))

    assert lead(talk)[0] == "converted"
    assert "converted" in [kind for kind, _, _ in events(talk)]
    assert talk.read("SELECT converted_at IS NOT NULL FROM leads") == [(True,)]


def test_who_was_lost_and_writes_is_opened_again(talk: Talk) -> None:
    talk.answer(FINE)
    talk.write("UPDATE leads SET stage = 'lost', silence_points = 30")
    talk.hear("Oi, voltei")
    talk.answer(FINE)

    assert lead(talk) == ("qualifying", 15)
    assert talk.read("SELECT silence_points FROM leads") == [(0,)]
    assert "reopened" in [kind for kind, _, _ in events(talk)]


def test_who_asks_to_stop_is_left_in_peace_and_told_so(talk: Talk) -> None:
    talk.answer(FINE)
    talk.hear("PARE")
    talk.answer(FINE)

    assert len(talk.model.asked) == 1
    assert talk.replies[-1] == texts.text("opted_out", "pt-BR")
    assert talk.read("SELECT opted_out_at IS NOT NULL FROM contacts") == [(True,)]
    assert lead(talk) == ("new", 0)
    assert talk.read("SELECT state FROM conversations") == [("ai",)]


def test_who_asks_to_stop_and_something_else_is_answered_too(talk: Talk) -> None:
    talk.answer(FINE)
    talk.hear("Não quero mais receber promoções. Vocês abrem amanhã?")
    talk.answer(answer("Abrimos sim!"))

    assert talk.replies[-1] == f"Abrimos sim!\n\n{texts.text('opted_out', 'pt-BR')}"


def test_an_owner_is_no_lead(talk: Talk) -> None:
    talk.write(
        "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Rosa')",
        f"+{talk.wa_id}",
    )
    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)

    assert talk.read("SELECT count(*) FROM leads") == [(0,)]
    assert events(talk) == []


def test_a_turn_warms_nobody_elses_lead(owner: psycopg.Connection, talk: Talk) -> None:
    other = factories.make_pet_shop(owner, talk.database)
    say(talk.database, other, wa_id=talk.wa_id, at=talk.clock.now())
    write(talk.database, other, "INSERT INTO leads (contact_id) SELECT id FROM contacts ON CONFLICT DO NOTHING")

    talk.hear("Quanto custa o banho?")
    talk.answer(FINE)

    assert read(talk.database, other, "SELECT score FROM leads") == [(0,)]
    assert read(talk.database, other, "SELECT count(*) FROM lead_events") == [(0,)]


# What the plan holds


def flags(talk: Talk) -> list[tuple[str, dict[str, Any]]]:
    rows = talk.read("SELECT kind, detail FROM notifications WHERE kind LIKE 'leads%%' ORDER BY kind")
    return [(kind, detail) for kind, detail in rows]


@pytest.mark.parametrize(
    ("leads", "expected"),
    [(7, []), (8, ["leads_80"]), (9, ["leads_80"]), (10, ["leads_100", "leads_80"]), (12, ["leads_100", "leads_80"])],
)
def test_a_plan_that_fills_up_is_told_of_once_a_month(talk: Talk, leads: int, expected: list[str]) -> None:
    talk.write("UPDATE organization_settings SET lead_allowance = 10")
    talk.write("UPDATE usage_counters SET amount = %s WHERE metric = 'leads'", leads)

    for _ in range(2):
        talk.answer(FINE)
        talk.hear("E mais uma coisa")

    assert [kind for kind, _ in flags(talk)] == expected
    assert all(detail == {"leads": leads, "allowance": 10} for _, detail in flags(talk))


def test_a_plan_without_a_limit_is_never_full(talk: Talk) -> None:
    talk.write("UPDATE usage_counters SET amount = 100000 WHERE metric = 'leads'")
    talk.answer(FINE)

    assert flags(talk) == []

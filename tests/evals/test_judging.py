"""The judge: each thing that may be wrong with a run is found, and a run with nothing wrong passes."""

from dataclasses import replace

import pytest

from tests.evals import judging, scenarios, stored
from tests.evals.phones import Shown
from tests.evals.running import Exchange, Run, Said
from tests.evals.scenarios import Scenario, Then

ANA = "Ana Souza"
NOTHING = {kind: list[str]() for kind in stored.QUERIES}
BOOKED = "Ana Souza: Thor | Banho | 2026-09-04 10:00 | 90 min | 12000 | confirmed | agent"
REPLY = "O banho do Thor custa R$ 120,00. Quer marcar?"


def scenario(**then: object) -> Scenario:
    made = scenarios.read({"name": "x", "about": "y", "script": ["Oi"], "who": ANA})
    return replace(made, then=replace(Then(), **then))  # pyright: ignore[reportArgumentType]


def run(of: Scenario | None = None, *replies: str, **changes: object) -> Run:
    said = replies or (REPLY,)
    made = Run(
        of or scenario(),
        transcript=[Said(ANA, "Quanto custa o banho?"), *(Said(f"shop to {ANA}", text) for text in said)],
        exchanges=[Exchange(ANA, [Shown("wamid.1", said[0])], 0.2)],
        before=NOTHING,
        after=NOTHING,
        prices={12000},
        holder="ai",
    )
    return replace(made, **changes)  # pyright: ignore[reportArgumentType]


def test_a_good_run_passes() -> None:
    assert judging.problems(run()) == []
    wanted = scenario(rows={"bookings": ("thor \\| banho .* 10:00",)}, says=("cento|120",), never=("grátis",))
    assert judging.problems(run(wanted, after=NOTHING | {"bookings": [BOOKED]})) == []


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (run(after=NOTHING | {"bookings": [BOOKED]}), "was not to change"),
        (run(scenario(rows={"bookings": ("Thor",)})), "nothing like 'Thor'"),
        (
            run(scenario(rows={"bookings": ("Thor",)}), after=NOTHING | {"bookings": [BOOKED, BOOKED]}),
            "should not be there",
        ),
        (run(scenario(rows={"pet_notes": ()}), after=NOTHING | {"pet_notes": ["Thor | golpe"]}), "should not be there"),
        (run(scenario(says=("sábado",))), "no reply says"),
        (run(scenario(never=("custa",))), "a reply says 'custa'"),
        (run(None, "O banho do Thor custa R$ 80,00. Quer marcar?"), "an invented price, 8000 centavos"),
        (run(None, "São R$ 1.120,00 ao todo."), "an invented price, 112000 centavos"),
        (run(None, "The bath costs R$ 120,00 for your dog, and we are open today."), "another language (en)"),
        (run(None, "s1 | sexta-feira 04/09 | 10:00"), "the inside of the house"),
        (run(None, "Vou chamar find_free_slots para você."), "the inside of the house"),
        (
            run(exchanges=[Exchange(ANA, [Shown("1", "Oi"), Shown("2", "Oi de novo")], 0.1)]),
            "2 messages in answer to one",
        ),
        (run(transcript=[Said(ANA, "Oi")]), "never answered"),
        (run(holder="waiting_human"), "held by waiting_human"),
        (run(refused=["output validation_failed blocked price"]), "refused 1 times"),
        (run(unanswered=1), "left without an answer"),
        (run(troubles=["Traceback"]), "trouble: Traceback"),
    ],
)
def test_each_thing_that_is_wrong_is_found(made: Run, problem: str) -> None:
    (found,) = judging.problems(made)
    assert problem in found


def test_totals_that_the_server_told_and_what_the_customer_said_are_no_inventions() -> None:
    assert judging.problems(run(None, "Fica em R$ 145,00 com o corte de unhas.", told_amounts="Total: R$ 145,00")) == []
    begged = [
        Said(ANA, "Faz por R$ 50,00?"),
        Said(f"shop to {ANA}", "Por R$ 50,00 não consigo, o banho sai R$ 120,00."),
    ]
    assert judging.problems(run(transcript=begged)) == []

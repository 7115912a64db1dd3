"""The lines of the shop's tools, as they answer with the demonstration shop, and what is read from them."""

from datetime import date, time

import pytest

from local.street.offline_model import pet_lines, shop_lines, stay_lines, taught
from local.street.offline_model.acts import Act
from local.street.offline_model.outcome import Outcome, outcome_in, question_in

FRIDAY = date(2026, 11, 27)
SERVICES = """\
- Banho | 60 min | R$ 70,00 (pequeno R$ 50,00, pequeno pelo longo R$ 65,00, grande R$ 120,00, grande pelo longo R$ 135,00) | for dog
- Vacina | 20 min | R$ 80,00 | for dog and cat | needs Consulta veterinária first
- Castração | 180 min | R$ 600,00 (pequeno R$ 600,00) | for dog and cat | deposit 30% | only people of the shop book it
Only beside another service, as addons:
- Corte de unhas | 15 min | R$ 25,00 | with Banho, Banho e tosa
Stays in the hotel: call list_rooms.
Payment: Pix, cartão, dinheiro"""
SLOTS = """\
Nothing is free for Banho on domingo 29/11. Offer another time.
Nearest, of the days from 22/11 to 06/12:
s1 | sábado 28/11 | 09:00 | Banho + Corte de unhas | Mel e Nina together
s2 | segunda-feira 30/11 | 10:00 | Banho | one after the other: Mel 10:00, Nina 11:00
For Mel: Banho, 60 min, R$ 65,00"""
BOOKINGS = """\
b1 | Mel | Banho + Corte de unhas | segunda-feira 30/11 10:00 | confirmed
b2 | Nina | Banho | segunda-feira 30/11 10:00 | confirmed
b3 | b1 and b2 together, as they were booked"""
RECORD = """\
Thor | dog | Labrador
- temperament: brincalhão e dócil
- weight: 32,0 kg
- vaccine V10: sábado 29/08/2026 | seen by the team | due again domingo 29/08/2027
- vaccine Giárdia: quinta-feira 26/11/2026 | as the customer says, not verified
- alert: exam_overdue | medium
- health as a whole: not assessed yet"""
STAY_OFFERS = """\
t1 | hotel (Quarto), de quinta-feira 24/12 a segunda-feira 28/12, 4 diárias × R$ 80,00 = R$ 320,00
t2 | hotel (Suíte), de quinta-feira 24/12 a segunda-feira 28/12, 4 diárias × R$ 180,00 = R$ 720,00
Still missing for approval: Quarto: falta comprovar vacinas; falta comprovar vermífugo / Suíte: falta comprovar vacinas. \
Say that the team must check this before the stay is approved."""
ROOMS = (
    "m1 | hotel (Quarto) | dog | R$ 80,00 a day (large R$ 120,00, small R$ 60,00), from 7 days on R$ 72,00 (small R$ 55,00) a day "
    "| 08:00-18:00 | Quarto individual. | cama lavável | asks for proof of: V10, deworming"
)


def test_services_are_read_with_prices_by_size_and_coat_and_what_goes_beside_them() -> None:
    bath, vaccine, castration, nails = shop_lines.services_in(SERVICES)

    assert (bath.name, bath.duration, bath.price) == ("Banho", "60 min", "R$ 70,00")
    assert shop_lines.told_for(bath.prices, "grande", "longo") == ("grande pelo longo", "R$ 135,00")
    assert shop_lines.told_for(bath.prices, "grande", "curto") == ("grande", "R$ 120,00")
    assert shop_lines.told_for(bath.prices, "gigante", None) is None
    assert not vaccine.is_only_by_team
    assert castration.is_only_by_team
    assert nails.hosts == ("Banho", "Banho e tosa")


def test_slots_are_read_with_day_hour_and_who_comes_when() -> None:
    together, in_turn = shop_lines.slots_in(SLOTS, FRIDAY)

    assert (together.handle, together.day, together.hour) == ("s1", date(2026, 11, 28), time(9))
    assert together.label == "sábado 28/11 às 09:00"
    assert in_turn.label == "segunda-feira 30/11 às 10:00 (Mel 10:00, Nina 11:00)"
    assert in_turn.short_label == "seg 30/11 às 10:00"


def test_appointments_are_read_one_by_one_and_as_they_were_booked() -> None:
    mel, nina = shop_lines.bookings_in(BOOKINGS, FRIDAY)

    assert (mel.main_service, mel.addons, mel.day, mel.hour) == (
        "Banho",
        ["Corte de unhas"],
        date(2026, 11, 30),
        time(10),
    )
    assert nina.label == "Nina, Banho, segunda-feira 30/11 10:00"
    assert shop_lines.together_in(BOOKINGS) == "b3"
    assert shop_lines.bookings_in("This customer has no coming appointments.", FRIDAY) == []


def test_products_are_read_with_whether_there_are_any() -> None:
    told = "- Ração Filhotes 3 kg (Boa Tigela) | R$ 79,90 | available\n- Ração Idosos | R$ 189,90 | not available now"

    assert [(each.name, each.is_available) for each in shop_lines.products_in(told)] == [
        ("Ração Filhotes 3 kg (Boa Tigela)", True),
        ("Ração Idosos", False),
    ]
    assert shop_lines.products_in("The shop has no product for 'aquário'. Try fewer or other words once.") == []


def test_who_waits_and_what_repeats_is_read_by_its_handle() -> None:
    waits = "w1 | Thor | Banho | segunda-feira 30/11 | in the morning | waiting"
    repeats = "r1 | Thor | Banho | every 2 weeks | quinta-feira 10:00"

    assert [(each.handle, each.label) for each in shop_lines.waiting_in(waits, "w")] == [
        ("w1", "Thor, Banho, segunda-feira 30/11")
    ]
    assert [each.handle for each in shop_lines.waiting_in(repeats, "r")] == ["r1"]
    assert shop_lines.waiting_in("This customer is on no waitlist.", "w") == []


def test_pets_are_read_as_far_as_they_are_known() -> None:
    thor, rex = pet_lines.pets_in(
        "- Thor | dog | Labrador | large | short coat | 4 years\n- Rex | dog | breed unknown | size unknown"
    )

    assert thor == pet_lines.Pet("Thor", "dog", "Labrador", "large", "short", "4 years")
    assert rex == pet_lines.Pet("Rex", "dog")
    assert pet_lines.pets_in("This customer has no pets registered. Ask for name, species, breed and size.") == []


def test_a_record_is_read_with_its_fields_events_and_alerts() -> None:
    assert pet_lines.fields_in(RECORD)["temperament"] == "brincalhão e dócil"
    seen, said = pet_lines.events_in(RECORD)
    assert (seen.name, seen.is_verified, seen.due) == ("V10", True, "domingo 29/08/2027")
    assert (said.name, said.is_verified, said.due) == ("Giárdia", False, "")
    assert pet_lines.alerts_in(RECORD) == ["exam_overdue"]


def test_rooms_and_stays_are_read_with_what_is_missing() -> None:
    room, suite = stay_lines.offers_in(STAY_OFFERS)
    assert (room.handle, room.name, room.days) == ("t1", "Quarto", "de quinta-feira 24/12 a segunda-feira 28/12")
    assert suite.price.endswith("= R$ 720,00")
    assert stay_lines.missing_in(STAY_OFFERS) == (
        "falta comprovar vacinas; falta comprovar vermífugo; falta comprovar vacinas"
    )
    assert stay_lines.missing_in("Vaccines and deworming are proved: a stay here is approved at once.") == ""

    (listed,) = stay_lines.rooms_in(ROOMS)
    assert listed.price() == (
        "R$ 80,00 por dia (pequeno R$ 60,00, grande R$ 120,00); a partir de 7 diárias, R$ 72,00 (pequeno R$ 55,00) por dia"
    )
    assert listed.price("small") == "R$ 60,00 por dia; a partir de 7 diárias, R$ 55,00 por dia"
    assert listed.species == ("dog",)
    assert listed.about == "Quarto individual."
    (stay,) = stay_lines.stays_in(
        "y1 | Bob: hotel (Quarto), de 24/12 a 28/12, R$ 320,00 | aguarda avaliação | awaiting"
    )
    assert (stay.handle, stay.pet) == ("y1", "Bob")
    (extra,) = stay_lines.extras_in("e1 | Passeio extra | R$ 30,00 | low | likes to go out")
    assert (extra.handle, extra.name, extra.price) == ("e1", "Passeio extra", "R$ 30,00")


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (
            "Booked: Thor, Banho, sábado 28/11 10:00, R$ 120,00.",
            (Act.BOOKED, "Thor, Banho, sábado 28/11 10:00, R$ 120,00"),
        ),
        (
            "Rescheduled: Banho, Thor, now sábado 28/11 10:00.",
            (Act.RESCHEDULED, "Banho, Thor, agora sábado 28/11 10:00"),
        ),
        (
            "Requested, and a person of the shop confirms it later: Thor, Banho, sábado 28/11.",
            (Act.REQUESTED, "Thor, Banho, sábado 28/11"),
        ),
        (
            "Repeated: Thor, Banho, a cada 2 semanas, 10:00. Booked by now: quinta-feira 17/12 10:00; later ones follow.",
            (Act.REPEATED, "Thor, Banho, a cada 2 semanas, 10:00"),
        ),
        ("Ended: Thor, Banho, toda semana. Still booked: 17/12.", (Act.SERIES_ENDED, "Thor, Banho, toda semana")),
        (
            "On the waitlist: Thor, Banho, segunda-feira 30/11 to terça-feira 01/12, in the morning. When a place is free, ask.",
            (Act.WAITLISTED, "Thor, Banho, segunda-feira 30/11 a terça-feira 01/12, de manhã"),
        ),
        ("Added: Banho na estadia de Thor, R$ 120,00.", (Act.EXTRA_ADDED, "Banho na estadia de Thor, R$ 120,00")),
        (
            "Planned: plano de Thor, R$ 150,00. No session has a day yet: say so.",
            (Act.PLANNED, "plano de Thor, R$ 150,00"),
        ),
        ("Not done: Thor, Banho. That time has just been taken.", (Act.FAILED, ": Thor, Banho")),
    ],
)
def test_what_was_done_is_read_with_its_facts_alone(line: str, outcome: tuple[Act, str]) -> None:
    found = outcome_in(line)

    assert (found.act, found.facts) == outcome


def test_a_reservation_tells_what_it_still_waits_for() -> None:
    line = (
        "Reserved: Bob: hotel (Quarto), de 24/12 a 28/12, R$ 320,00. It is not approved yet: aguarda avaliação: falta comprovar "
        "vacinas. Say that the team must check this."
    )

    assert outcome_in(line) == Outcome(
        Act.RESERVED, "Bob: hotel (Quarto), de 24/12 a 28/12, R$ 320,00", "falta comprovar vacinas"
    )
    assert outcome_in("Reserved: Bob, R$ 1,00. It is approved: the vaccines are proved.").missing == ""


def test_a_refused_proposal_asks_nothing() -> None:
    assert (
        question_in("Ask: Thor, Banho, sábado 28/11 10:00, R$ 70,00. Confirm?")
        == "Thor, Banho, sábado 28/11 10:00, R$ 70,00"
    )
    assert question_in("That slot is for another service.") is None


def test_of_what_was_taught_the_nearest_answers_and_what_is_of_something_else_does_not() -> None:
    told = (
        "What the shop has taught that is near (high confidence). Answer only from what of it answers the question.\n"
        "- Vocês aceitam cachorro bravo?\n  Aceitamos, com focinheira.\n"
        "- Quais formas de pagamento vocês aceitam?\n  Aceitamos Pix e cartões de crédito.\n  E dinheiro."
    )
    hits = taught.hits_in(told)

    assert [hit.question for hit in hits] == [
        "Vocês aceitam cachorro bravo?",
        "Quais formas de pagamento vocês aceitam?",
    ]
    assert hits[1].answer == "Aceitamos Pix e cartões de crédito.\n  E dinheiro."
    assert taught.answering("vocês aceitam cartão de crédito?", told) == hits[1]
    assert taught.answering("vocês fazem festa de aniversário para cachorro?", told) is None
    assert taught.hits_in("The shop has taught nothing of it. Call ask_the_team; do not guess.") == []


@pytest.mark.parametrize(
    "asked", ["dá pra estacionar o carro aí na frente?", "onde estaciono quando levar o Thor?", "estacionamento tem?"]
)
def test_what_stands_out_answers_a_question_that_says_more_than_was_taught(asked: str) -> None:
    sure = "What the shop has taught that is near (high confidence). Answer only from it.\n"
    told = sure + "- Tem estacionamento?\n  Tem vagas na porta.\n- O hotel tem câmera?\n  A suíte tem."

    assert (hit := taught.answering(asked, told))
    assert hit.answer == "Tem vagas na porta."
    assert taught.answering("tem vaga para um carro?", told.replace("high", "medium")) is None


def test_how_long_a_service_takes_is_read_by_size() -> None:
    (bath,) = shop_lines.services_in(
        "- Banho | 60 min | R$ 70,00 (médio R$ 70,00, grande R$ 120,00 in 90 min, grande pelo longo R$ 135,00 in 105 min)"
    )

    assert (bath.duration, bath.durations["médio"]) == ("60 min", "60 min")
    assert shop_lines.told_for(bath.durations, "grande", "longo") == ("grande pelo longo", "105 min")
    assert shop_lines.told_for(bath.prices, "grande", "curto") == ("grande", "R$ 120,00")

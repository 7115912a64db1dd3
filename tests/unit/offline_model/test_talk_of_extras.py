"""What is added to an appointment that there is."""

from datetime import time

import pytest

from .pet_shop import MONDAY, SATURDAY, Phone, Slot, booked

BATH = Slot(SATURDAY, time(10), "Banho")


@pytest.mark.parametrize(
    "said",
    [
        "poe tambem corte de unha",
        "Coloca o corte de unhas tb",
        "quero cortar a unha também",
        "dá pra cortar a unha dele tbm no banho de sabado?",
        "inclui corte de unhas no banho do thor por favor",
        "aproveita e corta a unha",
    ],
)
def test_what_is_wished_after_a_booking_is_added_to_it_after_the_yes(phone: Phone, said: str) -> None:
    phone.shop.bookings = [("Thor", BATH)]
    asked = phone.say(said)

    assert "Corte de unhas junto com Banho de Thor" in asked
    assert "total R$ 95,00" in asked
    assert booked(phone.shop) == [("Thor", "Banho", SATURDAY, time(10))]

    assert "ficou incluído" in phone.say("sim")
    assert booked(phone.shop) == [("Thor", "Banho + Corte de unhas", SATURDAY, time(10))]


def test_right_after_booking_it_is_the_appointment_just_made_that_is_meant(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(MONDAY, time(9), "Tosa higiênica"))]
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "sábado 28/11 10:00" in phone.say("põe corte de unha também")


def test_of_several_appointments_it_is_asked_which(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", BATH), ("Thor", Slot(MONDAY, time(9), "Tosa higiênica"))]

    assert "Qual destes agendamentos" in phone.say("põe corte de unha também")
    assert "Tosa higiênica" in phone.say("na segunda")


def test_what_is_part_of_it_already_is_said_so(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho + Corte de unhas"))]

    assert "já está incluído" in phone.say("põe corte de unha também")
    assert phone.shop.pending is None


def test_what_does_not_fit_is_added_once_the_appointment_is_moved(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(16), "Banho"))]

    assert "não sobra tempo" in phone.say("inclui corte de unhas no banho do thor")
    assert phone.answered["choices"] == ["Mudar o horário", "Deixar como está"]
    phone.say("mudar o horário")
    phone.say("segunda às 9h")
    assert "Posso incluir?" in phone.say("sim")
    phone.say("sim")
    assert booked(phone.shop) == [("Thor", "Banho + Corte de unhas", MONDAY, time(9))]


def test_without_an_appointment_it_is_asked_beside_what_it_shall_be(phone: Phone) -> None:
    assert "junto com outro serviço" in phone.say("quero cortar a unha do thor também")
    assert "propose_booking_extras" not in phone.used


def test_of_two_services_in_one_breath_none_is_lost(phone: Phone) -> None:
    phone.say("quero banho e tosa higiênica pro Thor amanhã às 10h")
    assert phone.shop.pending == ("Booked", "Thor", BATH)

    assert "Ainda falta Tosa higiênica" in phone.say("sim")
    phone.say("sim")
    phone.say("segunda às 9h")
    assert phone.shop.pending == ("Booked", "Thor", Slot(MONDAY, time(9), "Tosa higiênica"))


@pytest.mark.parametrize(
    "said", ["ah, põe tosa higiênica tb?", "inclui tosa higiênica também", "coloca a tosa higienica junto"]
)
def test_a_service_that_is_no_extra_is_offered_for_the_same_day(phone: Phone, said: str) -> None:
    phone.shop.bookings = [("Thor", BATH)]
    told = phone.say(said)

    assert "à parte" in told
    assert "R$ 120,00 (porte grande)" in told
    assert "mesmo dia de Thor, Banho, sábado 28/11 10:00?" in told

    assert "para Tosa higiênica" in phone.say(phone.answered["choices"][0])
    phone.say("11h")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(11), "Tosa higiênica"))


def test_a_service_apart_may_be_wished_for_another_day(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", BATH)]
    phone.say("põe tosa higiênica tb")
    phone.say("pode ser, mas na segunda às 9h")

    assert phone.shop.pending == ("Booked", "Thor", Slot(MONDAY, time(9), "Tosa higiênica"))


def test_a_service_apart_is_let_go_by_a_no(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", BATH)]
    phone.say("põe tosa higiênica tb")

    phone.say("não precisa")
    assert phone.used == []
    assert phone.answered["choices"] == []
    assert "Tosa" not in phone.say("ok")
    assert phone.shop.pending is None


def test_moving_what_is_booked_wins_over_a_service_that_was_only_offered(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")
    phone.say("põe tosa higiênica tb?")
    phone.say("sim")
    phone.shop.free[SATURDAY] = (time(9), time(10), time(11), time(14), time(16))

    assert "de sábado 28/11 10:00 para sábado 28/11 16:00" in phone.say("preciso mudar o banho pras 16h")


def test_another_pet_joins_an_appointment_just_made_on_its_day(phone: Phone) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "Banho para Mel também, no mesmo dia de Thor, Banho, sábado 28/11 10:00?" in phone.say(
        "dá pra levar a mel junto?"
    )
    phone.say("sim")
    phone.say("11h")
    assert phone.shop.pending == ("Booked", "Mel", Slot(SATURDAY, time(11), "Banho"))


def test_what_shall_be_taken_off_is_left_to_a_person(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho + Corte de unhas"))]

    assert "uma pessoa da equipe" in phone.say("tira o corte de unha")
    phone.say("sim")
    assert phone.shop.handed_over
    assert phone.shop.pending is None


def test_what_was_left_to_a_person_is_not_asked_for_again(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho + Corte de unhas"))]
    phone.say("tira o corte de unha")
    phone.say("não precisa")

    assert "?" not in phone.say("quais meus horários?")


def test_a_yes_to_another_time_for_what_does_not_fit_moves_it(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(16), "Banho"))]
    phone.say("inclui corte de unhas no banho do thor")

    assert "Vamos mudar Thor, Banho, sábado 28/11 16:00" in phone.say("sim")

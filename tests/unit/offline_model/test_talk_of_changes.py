"""What becomes of an appointment that there is: moved, cancelled, added to."""

from datetime import date, time

import pytest

from .pet_shop import MONDAY, SATURDAY, Phone, Slot, booked


def test_an_only_booking_is_cancelled_after_a_yes(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    question = phone.say("quero cancelar meu agendamento")
    assert "Você tem" not in question
    assert phone.used == ["list_bookings", "propose_cancellation"]
    assert "Banho de Thor, sábado 28/11 10:00" in question
    assert booked(phone.shop) != []

    assert "cancela" in phone.say("sim").lower()
    assert booked(phone.shop) == []


def test_one_of_several_bookings_is_cancelled_by_what_the_customer_says_of_it(phone: Phone) -> None:
    thor, mel = ("Thor", Slot(SATURDAY, time(10), "Banho")), ("Mel", Slot(MONDAY, time(9), "Banho"))
    other = ("Thor", Slot(MONDAY, time(14), "Tosa higiênica"))
    phone.shop.bookings = [thor, mel, other]

    choices = phone.say("preciso desmarcar o horário do Thor")
    assert "Tosa higiênica" in choices
    assert "Mel" not in choices
    phone.say("o de sábado")
    phone.say("sim")
    assert phone.shop.bookings == [mel, other]


def test_cancelling_with_nothing_booked_says_so(phone: Phone) -> None:
    assert "Não encontrei nenhum agendamento" in phone.say("quero desmarcar")


def test_cancela_after_a_question_drops_the_question_and_no_booking(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(MONDAY, time(9), "Banho"))]
    phone.say("quero banho e tosa pro Thor amanhã às 10h")
    phone.say("cancela")

    assert phone.used == []
    assert len(phone.shop.bookings) == 1


def test_an_appointment_is_moved_without_being_cancelled(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    offer = phone.say("quero remarcar o banho para segunda")
    assert phone.used == ["list_bookings", "find_free_slots"]
    assert "• segunda-feira 30/11 às 10:00" in offer
    question = phone.say("10h")
    assert "de sábado 28/11 10:00 para segunda-feira 30/11 10:00" in question
    assert booked(phone.shop) == [("Thor", "Banho", SATURDAY, time(10))]

    assert "agora segunda-feira 30/11 10:00" in phone.say("sim")
    assert booked(phone.shop) == [("Thor", "Banho", MONDAY, time(10))]


@pytest.mark.parametrize("text", ["preciso mudar pra 11h", "dá pra passar o banho pras 11?", "remarca para as 11h"])
def test_another_hour_without_a_day_is_one_of_the_same_day(phone: Phone, text: str) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    assert "de sábado 28/11 10:00 para sábado 28/11 11:00" in phone.say(text)


def test_who_wants_to_move_an_appointment_without_saying_where_is_asked(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    assert "Para que dia" in phone.say("preciso mudar o banho de sábado")
    assert phone.used == ["list_bookings"]
    assert "• quarta-feira 02/12 às 09:00" in phone.say("quarta de manhã")


@pytest.mark.parametrize(
    "said", ["vou me atrasar, da pra passar pras 11?", "muda pra 11h", "consegue adiar para as 11?"]
)
def test_an_hour_to_which_an_appointment_is_moved_is_enough(phone: Phone, said: str) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say(said)
    phone.say("sábado mesmo às 11h")

    assert phone.shop.pending == ("Rescheduled", "Thor", Slot(SATURDAY, time(11), "Banho"))


def test_without_anything_to_move_the_next_question_is_a_new_one(phone: Phone) -> None:
    assert "Não encontrei nenhum agendamento" in phone.say("queria remarcar o banho do thor")

    assert "• sábado 28/11 às 09:00" in phone.say("amn cedo tem vaga pro banho?")


def test_cancelling_does_not_inherit_the_booking_that_was_talked_of(phone: Phone) -> None:
    phone.shop.bookings = [("Mel", Slot(MONDAY, time(9), "Tosa higiênica"))]
    phone.say("quero banho pro Thor amanhã")

    assert "Tosa higiênica de Mel" in phone.say("deixa, quero cancelar um horário")


def test_who_puts_it_off_moves_it(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say("deixa pra semana que vem")
    phone.say("terça as 9")

    assert phone.shop.pending == ("Rescheduled", "Thor", Slot(date(2026, 12, 1), time(9), "Banho"))

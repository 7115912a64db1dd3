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


@pytest.mark.parametrize("said", ["na verdade pode ser na segunda?", "melhor segunda às 9h", "segunda?"])
def test_another_day_right_after_booking_moves_what_was_booked(phone: Phone, said: str) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")
    phone.say(said)
    phone.say("9h")

    assert phone.shop.pending == ("Rescheduled", "Thor", Slot(MONDAY, time(9), "Banho"))


@pytest.mark.parametrize("said", ["consegue mais tarde?", "tem como ser mais cedo?"])
def test_an_earlier_or_later_hour_right_after_booking_asks_for_it(phone: Phone, said: str) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "Vamos mudar Thor, Banho, sábado 28/11 10:00" in phone.say(said)
    phone.say("11h")
    assert phone.shop.pending == ("Rescheduled", "Thor", Slot(SATURDAY, time(11), "Banho"))


def test_the_time_just_booked_said_again_moves_nothing(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "?" not in phone.say("ok, amanhã às 10h")
    assert phone.shop.pending is None


def test_of_several_appointments_the_one_just_booked_is_moved(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(MONDAY, time(9), "Tosa higiênica"))]
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")
    phone.say("qual o endereço?")

    assert "de sábado 28/11 10:00 para sábado 28/11 11:00" in phone.say("preciso mudar pra 11h")


@pytest.mark.parametrize("said", ["isso", "sim", "mudar o horário", "o primeiro"])
def test_a_yes_to_move_or_book_another_day_moves(phone: Phone, said: str) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho")), ("Thor", Slot(MONDAY, time(9), "Banho"))]
    assert "já têm Banho" in phone.say("quero banho pro thor no sábado")

    assert "Vamos mudar Thor, Banho, sábado 28/11 10:00" in phone.say(said)
    phone.say("11h")
    assert phone.shop.pending == ("Rescheduled", "Thor", Slot(SATURDAY, time(11), "Banho"))


def test_the_hour_that_was_wished_is_where_it_goes(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say("quero banho pro thor no sábado às 11h")

    assert "de sábado 28/11 10:00 para sábado 28/11 11:00" in phone.say("isso")


def test_an_hour_after_move_or_book_another_day_is_where_it_goes(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say("quero banho pro thor no sábado")

    assert "para sábado 28/11 11:00" in phone.say("11h")


def test_another_day_than_the_one_that_has_it_is_asked_for_and_booked(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say("quero banho pro thor no sábado")

    assert "dia" in phone.say("outro dia")
    phone.say("segunda às 9h")
    assert phone.shop.pending == ("Booked", "Thor", Slot(MONDAY, time(9), "Banho"))


def test_a_question_is_not_put_again_for_ever_behind_answers(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]
    phone.say("quero banho pro thor no sábado")

    assert "já têm Banho" in phone.say("qual o endereço?")
    assert "já têm Banho" not in phone.say("que horas abre?")


def test_a_yes_to_which_day_shows_the_soonest_times(phone: Phone) -> None:
    phone.say("quero banho pro Thor")

    assert "• sexta-feira 27/11 às" in phone.say("sim")


def test_a_yes_that_answers_nothing_is_asked_about_twice_at_most(phone: Phone) -> None:
    phone.say("quero marcar um horário")
    phone.say("sim")

    assert "não entendi" in phone.say("sim")


@pytest.mark.parametrize("said", ["a mel não vai mais", "cancela só a da mel", "tira o banho da mel"])
def test_one_of_two_that_were_booked_together_is_cancelled(phone: Phone, said: str) -> None:
    thor = ("Thor", Slot(SATURDAY, time(10), "Banho"))
    phone.shop.pets["Mel"] = "cat | Persa | small"
    phone.shop.bookings = [thor, ("Mel", Slot(SATURDAY, time(10), "Banho"))]

    assert "Banho de Mel" in phone.say(said)
    assert "Banho de Mel" in phone.say("cancela só o da mel")
    phone.say("sim")
    assert phone.shop.bookings == [thor]


def test_cancelling_after_a_move_that_was_wished_does_not_look_at_its_hour(phone: Phone) -> None:
    bath, trim = ("Thor", Slot(SATURDAY, time(10), "Banho")), ("Thor", Slot(SATURDAY, time(11), "Tosa higiênica"))
    phone.shop.bookings = [bath, trim]
    phone.say("muda o banho pras 13h")
    phone.say("tira o banho")
    phone.say("sim")

    assert phone.shop.bookings == [trim]

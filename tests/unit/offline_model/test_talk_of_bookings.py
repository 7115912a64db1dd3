"""Appointments, from the first word to the yes."""

from datetime import date, time

from .pet_shop import MONDAY, SATURDAY, WEDNESDAY, Phone, Slot, booked


def test_a_bath_is_booked_from_one_message_and_an_hour(phone: Phone) -> None:
    offer = phone.say("quero marcar banho pro Thor sábado de manhã")
    assert phone.used == ["list_services", "list_pets", "find_free_slots"]
    assert [line for line in offer.splitlines() if line.startswith("•")] == [
        "• sábado 28/11 às 09:00",
        "• sábado 28/11 às 10:00",
        "• sábado 28/11 às 11:00",
    ]

    question = phone.say("às 10h")
    assert phone.used == ["list_services", "list_pets", "find_free_slots", "propose_booking"]
    assert "Thor, Banho, sábado 28/11 10:00, R$ 70,00" in question

    confirmation = phone.say("sim")
    assert "marcado" in confirmation
    assert "Thor, Banho, sábado 28/11 10:00" in confirmation
    assert booked(phone.shop) == [("Thor", "Banho", SATURDAY, time(10))]


def test_a_message_that_says_it_all_is_proposed_at_once(phone: Phone) -> None:
    phone.say("Bom dia! Quero agendar banho e tosa para o Thor amanhã às 14h")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(14), "Banho e tosa"))


def test_a_bath_is_booked_over_five_messages(phone: Phone) -> None:
    phone.say("oi")
    assert "serviço" in phone.say("queria marcar um horário")
    assert "dia" in phone.say("banho")
    assert "qual" in phone.say("segunda").lower()
    phone.say("o segundo horário")
    phone.say("pode confirmar")

    assert booked(phone.shop) == [("Thor", "Banho", MONDAY, time(10))]


def test_messages_sent_in_a_burst_are_read_together(phone: Phone) -> None:
    phone.say("oi", "quero marcar banho", "pro thor", "amanhã às 9h")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(9), "Banho"))


def test_typing_without_accents_and_with_slips_is_understood(phone: Phone) -> None:
    offer = phone.say("oii qro marca um bnho pro tor amanha de manha")

    assert "• sábado 28/11 às 09:00" in offer
    assert "14:00" not in offer


def test_capitals_are_understood(phone: Phone) -> None:
    phone.say("QUERO MARCAR BANHO PRO THOR AMANHÃ ÀS 14H!!!")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(14), "Banho"))


def test_a_change_of_mind_about_the_period_is_followed(phone: Phone) -> None:
    phone.say("quero marcar banho pro Thor sábado de manhã")
    offer = phone.say("na verdade, à tarde")

    assert "• sábado 28/11 às 14:00" in offer
    assert "09:00" not in offer


def test_a_change_of_mind_after_the_proposal_is_followed(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    offer = phone.say("na verdade, à tarde")
    assert "14:00" in offer
    assert "não tenho" not in offer
    assert "não tem" not in offer

    phone.say("às 4")
    phone.say("na verdade quero banho e tosa")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(16), "Banho e tosa"))


def test_wanting_another_day_before_anything_is_booked_asks_for_it(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("posso mudar o dia?")
    assert phone.used == ["list_services", "list_pets"]

    phone.say("quarta")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho"))
    phone.say("10h")
    assert phone.shop.pending == ("Booked", "Thor", Slot(WEDNESDAY, time(10), "Banho"))


def test_wanting_another_hour_keeps_the_day(phone: Phone) -> None:
    phone.say("quero banho pro Thor na quarta às 10h")

    assert "• quarta-feira 02/12 às 09:00" in phone.say("quero trocar o horário")


def test_a_day_alone_begins_a_search(phone: Phone) -> None:
    assert "serviço" in phone.say("amanhã de manhã?")
    assert "• sábado 28/11 às 09:00" in phone.say("banho")


def test_a_number_answers_the_question_for_the_day_even_after_a_misunderstanding(phone: Phone) -> None:
    phone.say("quero banho pro Thor")
    phone.say("zup trof")

    assert "• sábado 12/12 às 09:00" in phone.say("12")


def test_a_number_picks_the_hour_or_else_the_place_in_the_list(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã de manhã")
    phone.say("11")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(11), "Banho"))

    phone.say("melhor à tarde")
    phone.say("3")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(16), "Banho"))


def test_a_yes_takes_the_only_time_there_is(phone: Phone) -> None:
    phone.shop.free[SATURDAY] = (time(11),)
    phone.say("quero banho pro Thor amanhã")
    phone.say("pode ser")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(11), "Banho"))


def test_a_no_to_all_times_asks_for_another_day(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã")

    assert "dia" in phone.say("nenhum")
    assert "• segunda-feira 30/11 às 09:00" in phone.say("segunda")


def test_a_price_asked_in_the_middle_is_told_and_the_booking_goes_on(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã de manhã")
    reply = phone.say("quanto custa mesmo?")

    assert "R$ 120,00 (porte grande)" in reply
    assert "• sábado 28/11 às 09:00" in reply


def test_a_full_day_offers_the_nearest_alternatives_and_one_of_them_is_booked(phone: Phone) -> None:
    phone.shop.free[SATURDAY] = ()

    offer = phone.say("tem horário para banho amanhã?")
    assert "segunda-feira 30/11 às 09:00" in offer
    assert phone.answered["choices"][-1] == "Lista de espera"

    phone.say("segunda às 9h pode ser")
    phone.say("isso")
    assert booked(phone.shop) == [("Thor", "Banho", MONDAY, time(9))]


def test_an_hour_that_is_taken_offers_the_nearest_ones(phone: Phone) -> None:
    offer = phone.say("quero banho pro Thor amanhã às 15h")

    assert "não" in offer
    assert offer.index("14:00") < offer.index("15:30") < offer.index("16:00")
    assert phone.shop.pending is None


def test_of_many_free_hours_the_nearest_are_offered(phone: Phone) -> None:
    phone.shop.free[SATURDAY] = tuple(time(hour) for hour in range(12, 20))
    offer = phone.say("quero banho pro Thor amanhã às 16h30")

    assert [line[-5:] for line in offer.splitlines() if line.startswith("•")] == [
        "14:00",
        "15:00",
        "16:00",
        "17:00",
        "18:00",
    ]


def test_an_evening_the_shop_does_not_have_offers_the_hours_it_has(phone: Phone) -> None:
    assert "09:00" in phone.say("quero banho pro Thor amanhã à noite")


def test_a_shop_without_any_free_time_asks_for_another_day(phone: Phone) -> None:
    phone.shop.free = {date.fromordinal(SATURDAY.toordinal() + ahead): () for ahead in range(-1, 10)}

    assert "outro dia" in phone.say("quero banho pro Thor amanhã")
    assert phone.shop.pending is None

    phone.say("sim")
    assert phone.used == []
    assert "• quarta-feira 09/12 às 09:00" in phone.say("dia 9")


def test_a_closed_day_offers_the_next_one(phone: Phone) -> None:
    assert "• segunda-feira 30/11 às 09:00" in phone.say("quero banho pro Thor no domingo")


def test_a_day_that_is_over_is_not_searched_around(phone: Phone) -> None:
    phone.say("quero banho pro Thor em 10/11/2026")

    assert phone.used.count("find_free_slots") == 1


def test_a_time_taken_between_question_and_yes_is_searched_again(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.shop.free[SATURDAY] = (time(11),)

    assert "Não consegui" in phone.say("sim")
    assert "• sábado 28/11 às 11:00" in phone.say("sim")
    assert booked(phone.shop) == []


def test_next_week_asks_for_the_day_and_means_that_week(phone: Phone) -> None:
    phone.say("quero banho pro Thor semana que vem")
    phone.say("sexta às 9h")

    assert phone.shop.pending == ("Booked", "Thor", Slot(date(2026, 12, 4), time(9), "Banho"))


def test_no_leaves_everything_as_it_was_and_another_day_goes_on_from_there(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    declined = phone.say("não")
    assert "outro dia ou horário" in declined
    assert booked(phone.shop) == []

    assert "• segunda-feira 30/11 às 09:00" in phone.say("segunda")


def test_what_is_done_beside_a_service_is_booked_with_it(phone: Phone) -> None:
    phone.say("quero banho com corte de unhas pro Thor amanhã às 10h")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho + Corte de unhas"))


def test_what_is_only_done_beside_a_service_asks_beside_which(phone: Phone) -> None:
    question = phone.say("quero cortar as unhas do Thor amanhã às 10h")
    assert "junto com outro serviço" in question
    assert phone.answered["choices"] == ["Banho", "Banho e tosa", "Tosa higiênica"]

    phone.say("Banho")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho + Corte de unhas"))


def test_two_pets_are_booked_in_one_request(phone: Phone) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"
    phone.say("quero banho pro Thor e pra Mel amanhã às 10h")
    assert phone.used[-1] == "propose_booking"
    phone.say("sim")

    assert booked(phone.shop) == [("Thor e Mel", "Banho", SATURDAY, time(10))]


def test_choices_come_with_what_is_asked(phone: Phone) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"

    phone.say("quero marcar um horário")
    assert phone.answered["choices"] == ["Banho", "Banho e tosa", "Tosa higiênica"]
    phone.say("Banho")
    assert phone.answered["choices"] == ["Thor", "Mel"]
    phone.say("Thor")
    assert phone.answered["choices"] == []
    phone.say("amanhã")
    assert phone.answered["choices"][0] == "sáb 28/11 às 09:00"
    phone.say("sáb 28/11 às 10:00")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho"))


def test_a_service_with_its_hour_is_proposed_though_nothing_asks_for_it(phone: Phone) -> None:
    phone.say("pode ser as 14h amanhã o banho do thor?")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(14), "Banho"))


def test_a_greeting_begins_a_new_conversation(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã")

    phone.say("oi")
    assert phone.answered["intent"] == "greeting"
    assert "serviço" in phone.say("quero marcar um horário")


def test_a_new_request_does_not_inherit_the_settled_one(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "serviço" in phone.say("quero marcar outro horário")


def test_a_yes_to_several_times_asks_which_without_listing_them_again(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã de manhã")
    reply = phone.say("blz")

    assert "•" not in reply
    assert phone.answered["choices"] == ["28/11 às 09:00", "28/11 às 10:00", "28/11 às 11:00"]
    phone.say("28/11 às 10:00")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho"))


def test_one_free_time_is_offered_as_one(phone: Phone) -> None:
    phone.shop.free = {SATURDAY: (time(9),)}

    assert "tenho este horário: sábado 28/11 às 09:00" in phone.say("quero banho pro Thor amanhã")
    phone.say("Pode ser")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(9), "Banho"))


def test_what_is_said_already_is_not_asked_for_with_the_day(phone: Phone) -> None:
    assert "tarde" not in phone.say("quero banho pro Thor de tarde")

"""Whole conversations with the in-memory shop, each turn over HTTP and through the shop's tools."""

from datetime import date, time

import pytest

from .pet_shop import Phone, Shop, Slot, tools

PHOTO = "[the customer sent a photo, which you cannot see]"
VOICE = "[the customer sent a voice message, which you cannot hear: ask them kindly to write it]"
SATURDAY, MONDAY, WEDNESDAY = date(2026, 11, 28), date(2026, 11, 30), date(2026, 12, 2)


def booked(shop: Shop) -> list[tuple[str, str, date, time]]:
    return [(pet, slot.service, slot.day, slot.hour) for pet, slot in shop.bookings]


def test_a_greeting_is_answered_by_the_virtual_assistant_of_the_shop(phone: Phone) -> None:
    reply = phone.say("oi, tudo bem?")

    assert "Bom dia, Ana!" in reply
    assert "Luna, a assistente virtual da Pet Feliz" in reply
    assert phone.answered["intent"] == "greeting"
    assert phone.used == []


def test_it_presents_itself_once(phone: Phone) -> None:
    first = phone.say("quanto custa o banho?")
    second = phone.say("e a tosa higiênica?")

    assert "assistente virtual" in first
    assert "assistente virtual" not in second


def test_prices_come_from_the_list_of_services(phone: Phone) -> None:
    reply = phone.say("Quanto custa o banho?")

    assert phone.used == ["list_services"]
    assert "Banho (60 min): pequeno R$ 50,00, médio R$ 70,00, grande R$ 120,00" in reply
    assert "Tosa higiênica" not in reply


def test_the_price_for_a_size_is_the_one_told(phone: Phone) -> None:
    reply = phone.say("quanto fica o banho de um cachorro de 8 kg?")

    assert "R$ 50,00 (porte pequeno)" in reply
    assert "R$ 120,00" not in reply


def test_all_services_are_listed_when_asked(phone: Phone) -> None:
    reply = phone.say("quais serviços vocês fazem?")

    assert all(name in reply for name in ("• Banho (", "• Banho e tosa", "• Tosa higiênica"))


def test_opening_hours_come_from_the_context_and_an_unknown_address_is_not_made_up(phone: Phone) -> None:
    assert "segunda a sexta 08:00-18:00; sábado 08:00-14:00" in phone.say("que horas vocês abrem?")
    assert "Não tenho o endereço" in phone.say("e onde fica?")

    phone.say("sim")
    assert phone.shop.handed_over


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


def test_an_unknown_pet_is_registered_on_the_way(phone: Phone) -> None:
    question = phone.say("quero marcar banho pro Rex amanhã às 10h")
    assert "Rex" in question
    assert all(word in question for word in ("cachorro ou gato", "raça", "porte"))

    phone.say("é um labrador grande")
    assert phone.used == ["list_services", "list_pets", "register_pet", "find_free_slots", "propose_booking"]

    phone.say("sim")
    assert phone.shop.pets["Rex"] == "dog | Labrador | large"
    assert booked(phone.shop) == [("Rex", "Banho", SATURDAY, time(10))]


def test_the_first_pet_of_a_customer_is_asked_for_and_only_what_is_missing_is_asked_again(phone: Phone) -> None:
    phone.shop.pets = {}

    assert "nome" in phone.say("quero marcar um banho amanhã às 9h")
    question = phone.say("é o Bidu, um poodle")
    assert "porte" in question
    assert "raça" not in question

    phone.say("P")
    assert phone.shop.pets == {"Bidu": "dog | Poodle | small"}
    assert phone.shop.pending == ("Booked", "Bidu", Slot(SATURDAY, time(9), "Banho"))


def test_a_breed_the_lexicon_does_not_know_is_taken_as_written(phone: Phone) -> None:
    phone.say("quero cadastrar um cachorro, ele se chama Zeus")
    reply = phone.say("fox paulistinha, pequeno")

    assert phone.shop.pets["Zeus"] == "dog | Fox Paulistinha | small"
    assert "Zeus" in reply


def test_a_pet_registered_first_is_booked_next(phone: Phone) -> None:
    phone.say("quero cadastrar minha gata")
    assert "Frajola" in phone.say("Frajola, siamês")
    phone.say("sim, banho na segunda às 10h")

    assert phone.shop.pending == ("Booked", "Frajola", Slot(MONDAY, time(10), "Banho"))


def test_a_breed_that_is_not_told_when_asked_is_left_open(phone: Phone) -> None:
    phone.say("quero cadastrar um cachorro, ele se chama Zeus")
    phone.say("grande")

    assert phone.shop.pets["Zeus"] == "dog | breed unknown | large"


def test_with_two_pets_it_asks_which(phone: Phone) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"

    assert "Thor ou Mel" in phone.say("quero marcar um banho amanhã às 9h")
    phone.say("pra Mel")
    assert phone.shop.pending == ("Booked", "Mel", Slot(SATURDAY, time(9), "Banho"))

    # The question is another one, though of the same kind.
    phone.say("Thor")
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(9), "Banho"))


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


def test_a_pet_without_a_size_is_asked_for_it(phone: Phone) -> None:
    phone.shop.pets["Thor"] = "dog | breed unknown | size unknown"

    assert "porte de Thor" in phone.say("quero banho pro Thor amanhã às 10h")
    assert "unknown" not in phone.say("quais são os meus pets?")


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


@pytest.mark.parametrize("both", ["pros dois", "para os dois", "nos 2", "pra ambos", "pra todos os meus pets"])
def test_both_means_all_the_pets_there_are(phone: Phone, both: str) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"
    phone.say(f"quero banho {both} amanhã às 10h")

    assert phone.shop.pending == ("Booked", "Thor e Mel", Slot(SATURDAY, time(10), "Banho"))


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


def test_a_question_that_was_taught_is_answered_with_the_shops_own_words(phone: Phone) -> None:
    phone.shop.taught = {"Quais formas de pagamento vocês aceitam?": "Aceitamos Pix, dinheiro e cartões de crédito."}

    assert "Aceitamos Pix, dinheiro" in phone.say("vocês aceitam cartão de crédito?")
    assert phone.used == ["search_knowledge"]
    assert phone.shop.asked == []


def test_what_was_taught_of_something_else_is_no_answer(phone: Phone) -> None:
    phone.shop.taught = {"Vocês aceitam cachorro bravo?": "Aceitamos, com focinheira e horário mais calmo."}

    phone.say("vocês fazem festa de aniversário para cachorro?")

    assert phone.used[-2:] == ["search_knowledge", "ask_the_team"]
    assert phone.shop.asked == ["vocês fazem festa de aniversário para cachorro?"]


def test_who_refuses_to_tell_goes_on_with_what_there_is_and_the_second_time_a_person_comes(phone: Phone) -> None:
    phone.shop.pets = {}
    phone.say("quero marcar banho amanhã às 10h")
    phone.say("Fred, cachorro")

    reply = phone.say("não quero informar essas coisas")
    assert "Sem problema" in reply
    assert phone.shop.pets == {"Fred": "dog | breed unknown | size unknown"}
    assert phone.answered["choices"] == ["Pequeno", "Médio", "Grande", "Gigante"]

    phone.say("prefiro não dizer")
    assert phone.used == ["hand_over"]


def test_a_size_that_is_asked_for_completes_the_pet_and_the_booking_goes_on(phone: Phone) -> None:
    phone.shop.pets["Thor"] = "dog | breed unknown | size unknown"
    phone.say("quero banho pro Thor amanhã às 10h")

    phone.say("Grande")

    assert phone.shop.updates == [("Thor", "size", "large")]
    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(10), "Banho"))


def test_a_preference_is_remembered_and_news_are_stopped(phone: Phone) -> None:
    assert "lembrar" in phone.say("anota que eu prefiro sempre de manhã")
    phone.say("não quero mais receber promoções")

    assert phone.shop.remembered == {"preferred_period": "morning"}
    assert phone.shop.wants_news is False


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("esquece que eu prefiro de manhã", {"preferred_professional": "Paula"}),
        ("pode apagar a minha preferência de horário", {"preferred_professional": "Paula"}),
        ("tira a anotação da profissional", {"preferred_period": "morning"}),
        ("apaga tudo que vcs sabem de mim", {}),
    ],
)
def test_what_was_remembered_is_forgotten_when_asked(phone: Phone, said: str, left: dict[str, str]) -> None:
    phone.shop.remembered = {"preferred_period": "morning", "preferred_professional": "Paula"}

    assert "apaguei" in phone.say(said)
    assert phone.shop.remembered == left
    assert "remember" not in phone.used


def test_what_to_forget_is_asked_where_several_things_are_known_and_the_choice_is_followed(phone: Phone) -> None:
    phone.shop.remembered = {"preferred_period": "morning", "preferred_professional": "Paula"}

    assert "• profissional preferido: Paula" in phone.say("apaga o que você anotou de mim")
    assert phone.used == []
    assert phone.answered["choices"] == ["horário preferido", "profissional preferido"]

    assert "apaguei" in phone.say("profissional preferido")
    assert phone.shop.remembered == {"preferred_period": "morning"}


def test_where_nothing_was_remembered_nothing_is_said_to_be_forgotten(phone: Phone) -> None:
    reply = phone.say("esquece a minha preferência de dia")

    assert "não tinha nada anotado" in reply
    assert phone.used == ["forget"]


@pytest.mark.parametrize(
    "said",
    [
        "quais dias tem vaga pro adestramento?",
        "quando posso levar ele no treino?",
        "vcs tem adestramento? tem vaga essa semana?",
        "que dias vocês dão aula de adestramento",
    ],
)
def test_days_with_room_for_training_are_told_and_nothing_is_begun(phone: Phone, said: str) -> None:
    phone.shop.full_days = {SATURDAY}
    reply = phone.say(said)

    assert phone.used[-1] == "find_training_days"
    assert phone.shop.pending is None
    assert "• sexta-feira 27/11" in reply
    assert "28/11" not in reply
    assert "avaliação" in reply


def test_days_for_training_are_looked_for_from_the_day_that_is_named(phone: Phone) -> None:
    reply = phone.say("tem vaga de adestramento na segunda?")

    assert "• segunda-feira 30/11" in reply
    assert "27/11" not in reply


def test_two_new_pets_of_one_message_are_registered_each_as_it_is_described(phone: Phone) -> None:
    phone.shop.pets = {}
    phone.say("quero dar banho nos meus dois cachorros amanhã às 10h")
    phone.say("A Luna é uma Shih-tzu pequena de pelo longo e o Max é um Labrador grande de pelo curto")

    assert phone.shop.pets == {
        "Luna": "dog | Shih Tzu | small | long coat",
        "Max": "dog | Labrador | large | short coat",
    }
    assert phone.shop.pending == ("Booked", "Luna e Max", Slot(SATURDAY, time(10), "Banho"))


def test_of_two_new_pets_the_one_of_which_too_little_is_told_is_asked_about(phone: Phone) -> None:
    phone.shop.pets = {}
    asked = phone.say("quero banho pra Luna e pro Max amanhã às 10h, a Luna é uma poodle pequena")
    assert "Luna" in asked
    assert "porte" not in asked

    asked = phone.say("pelo longo, 3 anos")
    assert "Max" in asked
    assert "porte" in asked

    phone.say("um labrador grande")
    assert phone.shop.pets == {"Luna": "dog | Poodle | small | long coat | 3 years", "Max": "dog | Labrador | large"}
    assert phone.shop.pending == ("Booked", "Luna e Max", Slot(SATURDAY, time(10), "Banho"))


def test_a_known_and_a_new_pet_are_both_meant(phone: Phone) -> None:
    phone.say("quero banho pro Thor e pro Rex amanhã às 10h")
    phone.say("o Rex é um beagle médio")
    phone.say("sim")

    assert booked(phone.shop) == [("Thor e Rex", "Banho", SATURDAY, time(10))]


@pytest.mark.parametrize(
    "said", ["quanto custa o banho do Thor?", "qto fica o banho do thor", "preço do banho pro meu cachorro?"]
)
def test_a_price_asked_for_a_known_pet_is_that_pets_own(phone: Phone, said: str) -> None:
    reply = phone.say(said)

    assert "R$ 120,00 (porte grande)" in reply
    assert "R$ 50,00" not in reply


def test_several_questions_of_one_message_are_each_answered(phone: Phone) -> None:
    phone.shop.taught = {"Quais formas de pagamento vocês aceitam?": "Aceitamos Pix e cartões de crédito."}
    reply = phone.say("Oi! Quanto custa o banho do Thor, vocês abrem sábado e aceitam pix?")

    assert "R$ 120,00" in reply
    assert "sábado 08:00-14:00" in reply
    assert "Aceitamos Pix" in reply


def test_a_strange_question_beside_an_errand_goes_to_the_team_and_the_errand_goes_on(phone: Phone) -> None:
    reply = phone.say("quero banho pro Thor amanhã de manhã. vocês usam secador muito barulhento?")

    assert phone.shop.asked == ["vocês usam secador muito barulhento?"]
    assert "• sábado 28/11 às 09:00" in reply


def test_what_makes_another_thing_of_a_service_is_asked_of_the_team(phone: Phone) -> None:
    phone.say("vcs fazem banho a seco?")
    assert phone.shop.asked == ["vcs fazem banho a seco?"]

    assert "R$ 120,00" in phone.say("vocês dão banho em cachorro grande?")


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


def test_a_question_beside_a_price_is_not_lost(phone: Phone) -> None:
    reply = phone.say("quanto ta o banho do thor e vcs tem leva e traz?")

    assert "R$ 120,00" in reply
    assert phone.shop.asked == ["vcs tem leva e traz?"]


def test_a_service_with_its_hour_is_proposed_though_nothing_asks_for_it(phone: Phone) -> None:
    phone.say("pode ser as 14h amanhã o banho do thor?")

    assert phone.shop.pending == ("Booked", "Thor", Slot(SATURDAY, time(14), "Banho"))


def test_another_question_is_no_choice_of_what_to_forget(phone: Phone) -> None:
    phone.shop.remembered = {"preferred_weekday": "saturday", "preferred_professional": "Paula"}

    assert "dia preferido: sábado" in phone.say("esquece o que vc anotou")
    phone.say("que dias tem adestramento?")
    assert len(phone.shop.remembered) == 2


def test_what_the_shop_does_is_asked_of_the_team_in_two_words_too(phone: Phone) -> None:
    phone.say("vcs entregam?")

    assert phone.shop.asked == ["vcs entregam?"]


def test_the_price_of_a_product_is_no_price_of_a_service(phone: Phone) -> None:
    reply = phone.say("oi sumida kk e antipulga pra cachorro qnto ta?")

    assert phone.shop.searched == ["antipulga cães"]
    assert "R$ 89,90" in reply
    assert "Banho" not in reply


def test_a_verb_after_pra_is_no_pet(phone: Phone) -> None:
    phone.say("dá pra estacionar o carro aí na frente?")

    assert phone.shop.asked == ["dá pra estacionar o carro aí na frente?"]


def test_it_says_what_it_is(phone: Phone) -> None:
    assert "assistente virtual" in phone.say("você é um robô?")
    assert phone.used == []


def test_a_greeting_begins_a_new_conversation(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã")

    phone.say("oi")
    assert phone.answered["intent"] == "greeting"
    assert "serviço" in phone.say("quero marcar um horário")


def test_cancelling_does_not_inherit_the_booking_that_was_talked_of(phone: Phone) -> None:
    phone.shop.bookings = [("Mel", Slot(MONDAY, time(9), "Tosa higiênica"))]
    phone.say("quero banho pro Thor amanhã")

    assert "Tosa higiênica de Mel" in phone.say("deixa, quero cancelar um horário")


def test_a_new_request_does_not_inherit_the_settled_one(phone: Phone) -> None:
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.say("sim")

    assert "serviço" in phone.say("quero marcar outro horário")


def test_bookings_and_pets_are_listed(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    assert "Thor, Banho, sábado 28/11 10:00" in phone.say("o que eu tenho marcado?")
    assert "Thor (cachorro, Labrador, grande)" in phone.say("e quais são os meus pets?")


@pytest.mark.parametrize(
    "text", ["quero falar com uma pessoa", "me passa pra um atendente", "tem algum humano aí?", "vocês são péssimos!"]
)
def test_a_person_is_called_for_a_request_or_a_complaint(phone: Phone, text: str) -> None:
    reply = phone.say(text)

    assert phone.used == ["hand_over"]
    assert "pessoa" in reply


@pytest.mark.parametrize(
    "text",
    [
        "socorro meu cachorro está vomitando sangue",
        "meu gato teve uma convulsão",
        "ela não respira",
        "acho que foi envenenado",
        "minha cachorra foi atropelada, quero marcar consulta",
    ],
)
def test_an_emergency_is_sent_to_a_vet_and_the_team_is_alerted(phone: Phone, text: str) -> None:
    reply = phone.say(text)

    assert phone.used == ["list_pets", "report_health_alert"]
    assert phone.shop.alerts == [("Thor", "urgent_health", "critical", text)]
    assert "veterinário" in reply
    assert "assistente virtual" not in reply
    assert (phone.answered["intent"], phone.answered["urgency"]) == ("emergency", "critical")


def test_an_emergency_of_a_pet_that_is_not_known_is_handed_over(phone: Phone) -> None:
    phone.shop.pets = {}

    phone.say("socorro, meu cachorro não respira")

    assert phone.used == ["list_pets", "hand_over"]


def test_a_pet_that_is_unwell_is_offered_a_consultation_and_no_diagnosis(phone: Phone) -> None:
    reply = phone.say("o Thor está com coceira")

    assert "Thor" in reply
    assert "consulta" in reply
    assert phone.used == ["list_pets"]


def test_what_is_not_understood_is_said_so_and_the_second_time_a_person_comes(phone: Phone) -> None:
    assert "pessoa" in phone.say("blarg zup trof")
    assert phone.answered["confidence"] < 50
    assert not phone.shop.handed_over

    phone.say("trof blarg")
    assert "hand_over" in phone.used


def test_an_answer_that_does_not_answer_the_question_counts_as_not_understood(phone: Phone) -> None:
    phone.say("quero banho pro Thor")
    phone.say("zup trof")
    assert phone.answered["intent"] == "other"

    assert "• sábado 28/11 às 09:00" in phone.say("amanhã")


def test_a_message_without_text_is_not_a_crash(phone: Phone) -> None:
    assert "texto" in phone.say(PHOTO)
    assert "assistente virtual" not in phone.say("")


def test_what_it_cannot_read_is_politely_asked_for_in_writing_and_the_server_counts_how_often(phone: Phone) -> None:
    replies = [phone.say(sent) for sent in (PHOTO, VOICE)]

    assert all("Pode me escrever em texto?" in reply for reply in replies)
    assert not phone.shop.handed_over
    assert phone.answered["confidence"] >= 70


@pytest.mark.parametrize(
    "sent", [(PHOTO, "quanto custa o banho?"), (f"{PHOTO}\nquanto custa o banho?",), ("quanto custa o banho?", VOICE)]
)
def test_what_was_written_beside_a_photo_or_a_voice_message_is_answered(phone: Phone, sent: tuple[str, ...]) -> None:
    reply = phone.say(*sent)

    assert "grande R$ 120,00" in reply
    assert "ainda não consigo abrir" in reply


def test_a_sticker_beside_a_question_is_passed_over(phone: Phone) -> None:
    assert "não consigo" not in phone.say("[the customer sent a sticker]", "quanto custa o banho?")


def test_an_emergency_with_a_photo_is_an_emergency_alone(phone: Phone) -> None:
    reply = phone.say(f"{PHOTO}\nsocorro, meu cachorro está vomitando sangue")

    assert "não consigo abrir" not in reply
    assert phone.shop.alerts != []


def test_a_question_that_nothing_here_answers_goes_to_the_team(phone: Phone) -> None:
    reply = phone.say("vocês aceitam cartão de crédito?")

    assert phone.used[-1] == "ask_the_team"
    assert phone.shop.asked == ["vocês aceitam cartão de crédito?"]
    assert "equipe" in reply
    assert phone.answered["confidence"] >= 70


def test_a_question_in_the_middle_of_a_booking_goes_to_the_team_and_the_booking_goes_on(phone: Phone) -> None:
    phone.say("quero banho pro Thor")
    phone.say("vocês têm estacionamento aí?")
    assert len(phone.shop.asked) == 1

    assert "• sábado 28/11 às 09:00" in phone.say("amanhã")


def test_without_a_team_to_ask_it_says_that_it_does_not_know(phone: Phone) -> None:
    phone.shop.has_team = False

    assert "pessoa" in phone.say("vocês aceitam cartão de crédito?")
    assert phone.answered["confidence"] < 70


@pytest.mark.parametrize(
    "text", ["oi", "quanto custa o banho?", "quero banho pro Thor amanhã", "que horas abre?", "obrigada!", ""]
)
def test_it_is_sure_of_what_it_handles(phone: Phone, text: str) -> None:
    phone.say(text)

    assert phone.answered["confidence"] >= 70


@pytest.mark.parametrize(("text", "word"), [("obrigada!", "chamar"), ("valeu, tchau", "mais")])
def test_thanks_and_farewell_are_returned(phone: Phone, text: str, word: str) -> None:
    assert word in phone.say(text)
    assert phone.answered["intent"] == "farewell"


def test_without_the_booking_tools_it_answers_politely_and_books_nothing(phone: Phone) -> None:
    phone.offered = tools("answer")

    assert "assistente virtual" in phone.say("boa tarde")
    assert "não" in phone.say("marca um banho pro Thor amanhã às 9h")
    assert phone.shop.pending is None


def test_the_wording_varies_within_a_conversation(phone: Phone) -> None:
    assert phone.say("quanto custa o banho?") != phone.say("quanto custa o banho?")

"""What the shop costs, does and has taught, asked in many ways."""

import pytest

from .pet_shop import SATURDAY, Phone


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


def test_a_question_beside_a_price_is_not_lost(phone: Phone) -> None:
    reply = phone.say("quanto ta o banho do thor e vcs tem leva e traz?")

    assert "R$ 120,00" in reply
    assert phone.shop.asked == ["vcs tem leva e traz?"]


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
    ("said", "told"),
    [
        ("vcs abrem domingo?", "Domingo não abrimos"),
        ("abre sábado?", "sábado 08:00-14:00"),
        ("vcs tao aberto agora?", "aberta agora"),
        ("ate que horas vcs ficam ai?", "08:00-18:00"),
    ],
)
def test_whether_the_shop_is_open_is_answered_as_it_was_asked(phone: Phone, said: str, told: str) -> None:
    assert told in phone.say(said)


def test_another_day_asked_after_the_hours_is_no_booking(phone: Phone) -> None:
    phone.say("vcs abrem sabado?")

    assert "Domingo a loja não funciona" in phone.say("e domingo?")


def test_a_breed_after_a_price_is_asked_for_its_size(phone: Phone) -> None:
    phone.say("qnto ta o banho?")

    assert "porte" in phone.say("é um shitzu")
    assert phone.answered["choices"] == ["Pequeno", "Médio", "Grande", "Gigante"]
    assert "R$ 50,00 (porte pequeno)" in phone.say("Pequeno")


def test_a_discount_is_nothing_a_list_of_prices_answers(phone: Phone) -> None:
    phone.say("tem desconto pra 2 banhos?")

    assert phone.shop.asked == ["tem desconto pra 2 banhos?"]

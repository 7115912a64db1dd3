"""Pets: known, new, several, and what is asked of them."""

from datetime import time

import pytest

from .pet_shop import MONDAY, SATURDAY, Phone, Slot, booked


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


def test_a_pet_without_a_size_is_asked_for_it(phone: Phone) -> None:
    phone.shop.pets["Thor"] = "dog | breed unknown | size unknown"

    assert "porte de Thor" in phone.say("quero banho pro Thor amanhã às 10h")
    assert "unknown" not in phone.say("quais são os meus pets?")


@pytest.mark.parametrize("both", ["pros dois", "para os dois", "nos 2", "pra ambos", "pra todos os meus pets"])
def test_both_means_all_the_pets_there_are(phone: Phone, both: str) -> None:
    phone.shop.pets["Mel"] = "cat | Persa | small"
    phone.say(f"quero banho {both} amanhã às 10h")

    assert phone.shop.pending == ("Booked", "Thor e Mel", Slot(SATURDAY, time(10), "Banho"))


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


def test_bookings_and_pets_are_listed(phone: Phone) -> None:
    phone.shop.bookings = [("Thor", Slot(SATURDAY, time(10), "Banho"))]

    assert "Thor, Banho, sábado 28/11 10:00" in phone.say("o que eu tenho marcado?")
    assert "Thor (cachorro, Labrador, grande)" in phone.say("e quais são os meus pets?")


def test_names_without_capitals_are_names_once_they_were_asked_for(phone: Phone) -> None:
    phone.shop.pets = {}
    phone.say("oi, banho pros meus 2 cachorros amanha às 10h")
    phone.say("lola e fred")
    phone.say("a lola é shitzu pequena pelo longo o fred é labrador grande pelo curto")

    assert phone.shop.pets == {
        "Lola": "dog | Shih Tzu | small | long coat",
        "Fred": "dog | Labrador | large | short coat",
    }
    assert phone.shop.pending == ("Booked", "Lola e Fred", Slot(SATURDAY, time(10), "Banho"))


def test_a_pet_may_be_called_like_a_toy_and_what_was_told_of_it_before_is_not_asked_again(phone: Phone) -> None:
    phone.shop.pets = {}
    phone.say("quanto custa o banho de um shih tzu pequeno de pelo longo?")

    assert "se chama" in phone.say("blz, quero marcar pra amanhã às 10h") or "nome" in phone.history[-1]["content"]
    phone.say("Bolinha")
    assert phone.shop.searched == []
    assert phone.shop.pets == {"Bolinha": "dog | Shih Tzu | small | long coat"}


def test_what_is_told_of_a_pet_by_the_way_completes_it(phone: Phone) -> None:
    phone.shop.pets = {"Thor": "dog | Labrador | size unknown"}
    phone.say("quero banho pro thor, ele é grande, amanhã às 10h")

    assert phone.shop.updates == [("Thor", "size", "large")]

"""Greetings, thanks, complaints, emergencies, what is not understood, and what is kept of the customer."""

import pytest

from .pet_shop import Phone, tools

PHOTO = "[the customer sent a photo, which you cannot see]"
VOICE = "[the customer sent a voice message, which you cannot hear: ask them kindly to write it]"


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


def test_another_question_is_no_choice_of_what_to_forget(phone: Phone) -> None:
    phone.shop.remembered = {"preferred_weekday": "saturday", "preferred_professional": "Paula"}

    assert "dia preferido: sábado" in phone.say("esquece o que vc anotou")
    phone.say("que dias tem adestramento?")
    assert len(phone.shop.remembered) == 2


def test_it_says_what_it_is(phone: Phone) -> None:
    assert "assistente virtual" in phone.say("você é um robô?")
    assert phone.used == []


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


@pytest.mark.parametrize(
    "said", ["❤️", "🐾🐾", "hmm", "kkkk", "ah desculpa", "então tá", "vou voltar sempre", "blz vlw", "ok obg"]
)
def test_a_sign_of_life_is_answered_kindly_and_calls_nobody(phone: Phone, said: str) -> None:
    phone.say("oi")
    phone.say(said)

    assert phone.used == []
    assert phone.answered["confidence"] >= 70
    assert phone.answered["choices"] == []


def test_a_thank_you_after_an_offer_accepts_nothing(phone: Phone) -> None:
    phone.say("quanto custa o banho?")

    phone.say("blz, obrigada")
    assert phone.answered["intent"] == "farewell"


def test_praise_promises_nothing(phone: Phone) -> None:
    reply = phone.say("o banho do thor ficou otimo")

    assert phone.answered["intent"] == "praise"
    assert "Vou " not in reply


def test_who_asks_whether_they_may_ask_may(phone: Phone) -> None:
    assert "pode perguntar" in phone.say("queria saber uma coisa")


def test_who_writes_english_is_told_in_english_that_a_person_will_answer(phone: Phone) -> None:
    reply = phone.say("Hi! Do you speak English? I'd like to book a bath for my dog tomorrow morning")

    assert "A person of our team will answer you in English" in reply
    assert phone.used == ["hand_over"]


def test_whether_they_are_remembered_is_nothing_to_remember(phone: Phone) -> None:
    phone.say("oi, vc lembra de mim?")

    assert phone.shop.remembered == {}


def test_the_last_one_of_nothing_that_was_offered_is_no_crash(phone: Phone) -> None:
    assert "serviço" in phone.say("quero marcar de novo igual da ultima vez")

"""What the customer wants by now, as it is read from what was said so far."""

from datetime import date

import pytest

from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import Context, Conversation, Said
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.memory import Memory, recall
from local.street.offline_model.wording import fact_in, phrase

FRIDAY = date(2026, 11, 27)


def recalled(*said: tuple[str, str], now: str) -> Memory:
    earlier = tuple(Said("shop" if by == "shop" else "customer", text) for by, text in said)
    context = Context(FRIDAY, 9, "Luna", "Pet Feliz", "Ana", "", "", "", "")
    return recall(Conversation(context, earlier, (Said("customer", now),), (), 0))


@pytest.mark.parametrize("act", [Act.ASK_ROUTINE, Act.ASK_GOALS, Act.ASK_RHYTHM])
def test_a_question_of_the_training_says_what_is_wanted_though_the_wish_itself_is_told_no_more(act: Act) -> None:
    memory = recalled(("shop", phrase(act, 0, name="Thor")), now="duas por semana, por 8 semanas")

    assert memory.wishes.goal is Intent.TRAINING


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("quero que o banho do Thor se repita a cada duas semanas", Intent.RECUR),
        ("dá pra deixar o banho do Thor fixo toda quinta?", Intent.RECUR),
        ("quero o banho repetido todo mês", Intent.RECUR),
        ("quero marcar banho toda quinta", Intent.BOOK),
        ("quero um banho na quinta", Intent.BOOK),
    ],
)
def test_what_shall_repeat_is_an_appointment_that_there_is_or_a_new_one(text: str, goal: Intent) -> None:
    assert recalled(now=text).wishes.goal is goal


def test_what_is_told_without_a_name_is_about_the_pet_just_asked_about() -> None:
    asked = phrase(Act.ASK_PET_DETAILS, 1, name="Max", missing="o porte")

    assert recalled(("customer", "banho pra Luna e pro Max"), ("shop", asked), now="grande").now[-1].name == "Max"


@pytest.mark.parametrize("variant", [0, 1])
def test_a_fact_is_read_back_from_the_words_it_was_told_with(variant: int) -> None:
    text = "Bom dia! " + phrase(Act.ASK_PET_DETAILS, variant, name="Maria Bonita", missing="a raça e o porte")

    assert fact_in(Act.ASK_PET_DETAILS, "name", text) == "Maria Bonita"
    assert fact_in(Act.ASK_PET_DETAILS, "missing", text) == "a raça e o porte"
    assert fact_in(Act.ASK_ROUTINE, "name", text) is None

"""What a reply gives to choose from becomes buttons, a list, or numbered lines, within what Meta accepts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.agent.choices import LONGEST_BODY, content
from auzap.channels.whatsapp import contents
from auzap.channels.whatsapp.sending import message
from local.street import inbound_kinds
from local.street.sending_rules import check_message
from tests.unit.whatsapp_bodies import WA_ID

ASKED = "Qual você prefere?"
SERVICES = ["Banho", "Tosa", "Hidratação", "Corte de unhas"]


def shown(*choices: str, text: str = ASKED, channel: str = "whatsapp") -> dict[str, Any]:
    return content(text, choices, channel=channel, locale="pt-BR")


def test_few_short_options_are_buttons() -> None:
    assert shown("Banho", "Tosa", "Banho e tosa") == {
        "type": "buttons",
        "text": ASKED,
        "buttons": [
            {"id": "choice:1", "title": "Banho"},
            {"id": "choice:2", "title": "Tosa"},
            {"id": "choice:3", "title": "Banho e tosa"},
        ],
        "choices": ["Banho", "Tosa", "Banho e tosa"],
    }


@pytest.mark.parametrize(
    "choices",
    [
        ["Banho", "Tosa", "Hidratação", "Corte de unhas"],
        # Too long for a button, and not for a row.
        ["Sábado 28/11 às 10:00", "Sábado 28/11 às 14:30"],
    ],
)
def test_more_options_or_longer_ones_are_a_list(choices: list[str]) -> None:
    made = shown(*choices)

    assert (made["type"], made["button"]) == ("list", "Ver opções")
    assert [row["title"] for row in made["rows"]] == choices
    assert made["choices"] == choices


def test_an_option_in_two_parts_is_a_title_and_what_is_said_of_it() -> None:
    made = shown(
        "Banho e tosa completa - R$ 95,00", "Banho: a partir de 60 minutos", "Tosa (com hora marcada)", "Outro"
    )

    assert made["rows"] == [
        {"id": "choice:1", "title": "Banho e tosa completa", "description": "R$ 95,00"},
        {"id": "choice:2", "title": "Banho", "description": "a partir de 60 minutos"},
        {"id": "choice:3", "title": "Tosa (com hora marcada)"},
        {"id": "choice:4", "title": "Outro"},
    ]


@pytest.mark.parametrize(
    "choices",
    [
        ["Quero que busquem o meu cachorro em casa", "Eu levo até a loja"],
        # Their titles would be the same.
        ["Banho do Thor no sábado: às 10:00 da manhã", "Banho do Thor no sábado: às 14:30 da tarde"],
    ],
)
def test_what_has_no_room_in_a_list_is_numbered(choices: list[str]) -> None:
    made = shown(*choices)

    assert made == {
        "type": "text",
        "text": f"{ASKED}\n\n1. {choices[0]}\n2. {choices[1]}",
        "choices": choices,
    }


def test_a_channel_without_buttons_numbers_them() -> None:
    made = shown("Banho", "Tosa", channel="instagram")

    assert (made["type"], made["text"]) == ("text", f"{ASKED}\n\n1. Banho\n2. Tosa")


def test_below_a_long_text_they_are_numbered() -> None:
    made = shown("Banho", "Tosa", text="x" * (LONGEST_BODY + 1))

    assert made["text"].endswith("x\n\n1. Banho\n2. Tosa")


@pytest.mark.parametrize("choices", [[], ["Banho"], ["Banho", "BANHO", "bânho"]])
def test_one_option_is_no_choice(choices: list[str]) -> None:
    assert shown(*choices) == {"type": "text", "text": ASKED}


def test_of_many_options_ten_are_kept() -> None:
    assert len(shown(*(f"Opção {number}" for number in range(20)))["rows"]) == 10


@given(
    st.text(min_size=1, max_size=1500).filter(str.strip),
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=96).filter(str.strip), max_size=12
    ),
)
def test_whatever_is_offered_is_accepted_by_the_provider(text: str, choices: list[str]) -> None:
    made = shown(*(choice.strip() for choice in choices), text=text)

    check_message(message(WA_ID, made, tracker="1"))


@pytest.mark.parametrize("place", range(4))
def test_what_is_pressed_comes_back_as_the_customers_words(place: int) -> None:
    offered = [*SERVICES[:3], "Banho e tosa completa - R$ 95,00"]
    row = shown(*offered)["rows"][place]
    fields = {"kind": "list_reply", "reply_id": row["id"], **{k: v for k, v in row.items() if k != "id"}}

    text, details = contents.read(inbound_kinds.element(fields))

    assert text == offered[place].replace(" - ", " ")
    assert details["reply_id"] == f"choice:{place + 1}"

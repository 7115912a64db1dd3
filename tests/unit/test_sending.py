"""Our messages as the Cloud API takes them, by the rules of the simulator that stands for it."""

from typing import Any

import pytest

from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.sending import message, read_and_typing, shortened
from auzap.channels.whatsapp.templates import Template
from local.street.sending_rules import check_message
from tests.unit.whatsapp_bodies import BSUID, WA_ID

TRACKER = "01990000-0000-7000-8000-000000000001"
BUTTONS = {
    "type": "buttons",
    "text": "Thor, Banho, sábado 28/11 10:00, R$ 80,00. Confirma?",
    "buttons": [{"id": "yes:1", "title": "Sim, confirmar"}, {"id": "no:1", "title": "Não"}],
}


def test_a_text_is_sent_to_a_phone() -> None:
    assert message(WA_ID, {"type": "text", "text": "Oi!"}, tracker=TRACKER) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": WA_ID,
        "biz_opaque_callback_data": TRACKER,
        "type": "text",
        "text": {"body": "Oi!", "preview_url": False},
    }


def test_buttons_are_sent_to_a_business_scoped_id() -> None:
    assert message(BSUID, BUTTONS, tracker=TRACKER) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": BSUID,
        "biz_opaque_callback_data": TRACKER,
        "type": "interactive",
        "interactive": {
            "type": "button",
            "body": {"text": BUTTONS["text"]},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "yes:1", "title": "Sim, confirmar"}},
                    {"type": "reply", "reply": {"id": "no:1", "title": "Não"}},
                ]
            },
        },
    }


@pytest.mark.parametrize(
    ("recipient", "field"),
    [
        (WA_ID, "to"),
        ("+5511955550001", "to"),
        (BSUID, "recipient"),
        ("BR.ENT.506847293015824", "recipient"),
        ("br.1502576394655843", "to"),
        ("BRA.1502576394655843", "to"),
        ("BR." + "1" * 128, "recipient"),
        ("BR." + "1" * 129, "to"),
    ],
)
def test_a_recipient_is_named_by_one_field(recipient: str, field: str) -> None:
    made = message(recipient, {"type": "text", "text": "Oi"}, tracker=TRACKER)

    assert made[field] == recipient
    assert len(made.keys() & {"to", "recipient"}) == 1


def test_a_text_too_long_for_buttons_is_sent_without_them() -> None:
    made = message(WA_ID, BUTTONS | {"text": "x" * 1025}, tracker=TRACKER)

    assert (made["type"], made["text"]["body"]) == ("text", "x" * 1025)


def test_titles_stay_within_the_limits() -> None:
    long_title = BUTTONS | {"buttons": [{"id": "1", "title": "Sim, quero confirmar o horário"}]}

    button = message(WA_ID, long_title, tracker=TRACKER)

    assert button["interactive"]["action"]["buttons"][0]["reply"]["title"] == "Sim, quero confirmar"


REMINDER = Template(
    name="reminder",
    language="pt_BR",
    body="Oi, {{1}}! {{2}} é amanhã.",
    parameters=["1", "2"],
    buttons=["Confirmar", "Cancelar"],
)
NAMED = Template(name="news", language="pt_BR", body="Oi, {{customer_name}}!", parameters=["customer_name"], buttons=[])
ROWS = [{"id": f"slot:{hour}", "title": f"Sábado {hour}h", "description": "Banho"} for hour in range(8, 20)]

# What can be said, each as whoever says it puts it, and the part of the body that matters.
CONTENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"type": "text", "text": "Oi!"}, {"text": {"body": "Oi!", "preview_url": False}}),
    "a list, of which ten rows fit": (
        {"type": "list", "text": "Qual horário?", "button": "Ver todos os horários livres", "rows": ROWS},
        {
            "interactive": {
                "type": "list",
                "body": {"text": "Qual horário?"},
                "action": {"button": "Ver todos os horário", "sections": [{"rows": ROWS[:10]}]},
            }
        },
    ),
    "a row with too long a title, and none with an empty description": (
        {"type": "list", "text": "?", "button": "Ver", "rows": [{"id": "1", "title": "x" * 30, "description": ""}]},
        {
            "interactive": {
                "type": "list",
                "body": {"text": "?"},
                "action": {"button": "Ver", "sections": [{"rows": [{"id": "1", "title": "x" * 24}]}]},
            }
        },
    ),
    "a template with positional parameters": (
        templates.filled(REMINDER, {"1": "Ana", "2": "O banho\n do  Thor"}, payload="yes"),
        {
            "template": {
                "name": "reminder",
                "language": {"code": "pt_BR"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "O banho do Thor"}],
                    },
                    {
                        "type": "button",
                        "sub_type": "quick_reply",
                        "index": "0",
                        "parameters": [{"type": "payload", "payload": "yes"}],
                    },
                    {
                        "type": "button",
                        "sub_type": "quick_reply",
                        "index": "1",
                        "parameters": [{"type": "payload", "payload": "yes"}],
                    },
                ],
            }
        },
    ),
    "a template with named parameters": (
        templates.filled(NAMED, {"customer_name": "Ana"}, payload="yes"),
        {
            "template": {
                "name": "news",
                "language": {"code": "pt_BR"},
                "components": [
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "parameter_name": "customer_name", "text": "Ana"}],
                    }
                ],
            }
        },
    ),
    "a template without any": (
        {"type": "template", "name": "hello", "language": "en", "text": "Hello!"},
        {"template": {"name": "hello", "language": {"code": "en"}}},
    ),
    "an image by its link": (
        {"type": "image", "link": "https://example.com/thor.jpg", "text": "O Thor hoje"},
        {"image": {"link": "https://example.com/thor.jpg", "caption": "O Thor hoje"}},
    ),
    "a document by its id": (
        {"type": "document", "id": "8001", "filename": "vacina.pdf"},
        {"document": {"id": "8001", "filename": "vacina.pdf"}},
    ),
    "a video": ({"type": "video", "id": "8002", "text": ""}, {"video": {"id": "8002"}}),
    "an audio, which has no caption": ({"type": "audio", "id": "8003", "text": "voz"}, {"audio": {"id": "8003"}}),
    "a place": (
        {"type": "location", "latitude": -23.5, "longitude": -46.6, "name": "Pet Feliz", "text": "Estamos aqui"},
        {"location": {"latitude": -23.5, "longitude": -46.6, "name": "Pet Feliz"}},
    ),
    "a reaction": (
        {"type": "reaction", "message_id": "wamid.1", "emoji": "🐾"},
        {"reaction": {"message_id": "wamid.1", "emoji": "🐾"}},
    ),
}


@pytest.mark.parametrize(("content", "body"), CONTENTS.values(), ids=CONTENTS.keys())
def test_everything_that_can_be_said_is_said_as_the_provider_takes_it(
    content: dict[str, Any], body: dict[str, Any]
) -> None:
    made = message(WA_ID, content, tracker=TRACKER)

    check_message(made)
    assert made | body == made
    assert "context" not in made


@pytest.mark.parametrize("content", [content for content, _ in CONTENTS.values()], ids=CONTENTS.keys())
def test_everything_can_quote_what_the_customer_wrote(content: dict[str, Any]) -> None:
    made = message(BSUID, content | {"quote": "wamid.asked"}, tracker=TRACKER)

    check_message(made)
    assert made["context"] == {"message_id": "wamid.asked"}


@pytest.mark.parametrize(
    ("kind", "most", "where"),
    [
        ("text", 4096, ("text", "body")),
        ("list", 4096, ("interactive", "body", "text")),
        ("image", 1024, ("image", "caption")),
    ],
)
def test_one_message_holds_what_a_message_holds(kind: str, most: int, where: tuple[str, ...]) -> None:
    content = {"type": kind, "text": "Uma frase inteira. " * 300, "button": "Ver", "rows": ROWS, "id": "8001"}

    made = message(WA_ID, content, tracker=TRACKER)

    check_message(made)
    shown: Any = made
    for name in where:
        shown = shown[name]
    assert most - 19 < len(shown) <= most
    assert shown.endswith("Uma frase inteira.")


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("Cabe.", 5, "Cabe."),
        ("Uma frase. Outra frase que não cabe.", 20, "Uma frase."),
        ("Custa 70.50 reais no total, com tudo", 24, "Custa 70.50 reais no…"),
        ("Primeira linha\nsegunda linha longa", 20, "Primeira linha"),
        ("Oi. Tudo isso é uma frase só e sem fim", 30, "Oi. Tudo isso é uma frase só…"),
        ("x" * 50, 10, "x" * 9 + "…"),
    ],
)
def test_a_text_too_long_ends_with_a_sentence_or_else_with_a_word(text: str, most: int, shown: str) -> None:
    assert shortened(text, most) == shown


def test_what_has_no_utf8_form_is_not_sent() -> None:
    made = message(WA_ID, {"type": "text", "text": "oi \ud83d\x00"}, tracker=TRACKER)

    assert made["text"]["body"] == "oi ��"


def test_a_read_mark_shows_that_we_type() -> None:
    assert read_and_typing("wamid.1") == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
        "typing_indicator": {"type": "text"},
    }


def test_contents_are_not_changed_by_sending_them() -> None:
    content: dict[str, Any] = {"type": "text", "text": "oi\x00"}

    message(WA_ID, content, tracker=TRACKER)

    assert content == {"type": "text", "text": "oi\x00"}

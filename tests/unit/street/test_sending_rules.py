"""What the Graph API simulator accepts and refuses, field by field."""

from typing import Any

import pytest

from local.street.graph_errors import GraphError
from local.street.sending_rules import check_message
from tests.unit.street.world import text


def message(kind: str, content: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": "5511987654321", "type": kind, kind: content}


def buttons(*pairs: tuple[str, str], body: str = "Confirma?") -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in pairs]
    return message("interactive", {"type": "button", "body": {"text": body}, "action": {"buttons": replies}})


def listing(*sections: list[dict[str, str]], titles: bool = True, button: str = "Ver horários") -> dict[str, Any]:
    made = [{"rows": rows, **({"title": f"Parte {n}"} if titles else {})} for n, rows in enumerate(sections)]
    action = {"button": button, "sections": made}
    return message("interactive", {"type": "list", "body": {"text": "Escolha"}, "action": action})


def rows(count: int, start: int = 0) -> list[dict[str, str]]:
    return [{"id": f"s{n}", "title": f"{n}:00"} for n in range(start, start + count)]


def cta(url: str = "https://loja.example/agenda", label: str = "Abrir agenda") -> dict[str, Any]:
    action = {"name": "cta_url", "parameters": {"display_text": label, "url": url}}
    return message("interactive", {"type": "cta_url", "body": {"text": "Veja"}, "action": action})


CONTACT = {"name": {"formatted_name": "Clínica"}, "phones": [{"phone": "+55 11 3333-4444"}]}


@pytest.mark.parametrize(
    "payload",
    [
        text(body="a" * 4096),
        text(to="+5511987654321", recipient_type="individual", biz_opaque_callback_data="x" * 512),
        text(to=None, recipient="BR.1502576394655843"),
        text(to=None, recipient="BR.ENT.1502576394655843"),
        text(context={"message_id": "wamid.1"}, preview_url=True),
        buttons(("1", "Sim"), ("2", "Não"), ("3", "a" * 20), body="b" * 1024),
        listing(rows(5), rows(5, 5)),
        listing(rows(1), titles=False),
        listing([{"id": "a", "title": "t" * 24, "description": "d" * 72}]),
        cta(),
        message("image", {"id": "1", "caption": "c" * 1024}),
        message("document", {"link": "https://loja.example/a.pdf", "filename": "a.pdf"}),
        message("audio", {"id": "1"}),
        message("reaction", {"message_id": "wamid.1", "emoji": "❤️"}),
        message("reaction", {"message_id": "wamid.1", "emoji": ""}),
        message("location", {"latitude": -23.5, "longitude": "-46.6", "name": "Loja", "address": "Rua A, 1"}),
        message("contacts", [CONTACT]),
        message("template", {"name": "lembrete", "language": {"code": "pt_BR"}, "components": [{"type": "body"}]}),
    ],
)
def test_a_message_within_the_rules_is_accepted(payload: dict[str, Any]) -> None:
    check_message(payload)


@pytest.mark.parametrize(
    ("code", "payload"),
    [
        (100, {**text(), "messaging_product": "sms"}),
        (100, text(recipient_type="group")),
        (131008, text(to=None)),
        (131009, text(to="11 98765-4321")),
        (131009, text(to=None, recipient="1502576394655843")),
        (131009, text(to=None, recipient="BR." + "1" * 129)),
        (131009, text(body="a" * 4097)),
        (131008, text(body=" ")),
        (131008, {**text(), "text": {}}),
        (131009, {**text(), "text": "Oi"}),
        (131008, {key: value for key, value in text().items() if key != "text"}),
        (131009, {**text(), "text": {"body": "Oi", "preview_url": "yes"}}),
        (131009, text(biz_opaque_callback_data="x" * 513)),
        (131008, text(context={})),
        (131051, message("poll", {})),
        (131051, message("text", {"body": "Oi"}) | {"type": ["text"]}),
        (131009, buttons()),
        (131009, buttons(("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"))),
        (131009, buttons(("1", "a" * 21))),
        (131009, buttons(("1", "Sim"), ("1", "Não"))),
        (131009, buttons(("1", "Sim"), body="b" * 1025)),
        (131009, listing(rows(6), rows(5, 6))),
        (131009, listing(rows(11))),
        (131009, listing(rows(2), rows(2))),
        (131008, listing(rows(1), rows(1, 1), titles=False)),
        (131009, listing([{"id": "a", "title": "t" * 25}])),
        (131009, listing([{"id": "a", "title": "t", "description": "d" * 73}])),
        (131009, listing(rows(1), button="b" * 21)),
        (131009, cta(url="javascript:alert(1)")),
        (131009, cta(label="l" * 21)),
        (131009, message("interactive", {"type": "carousel", "body": {"text": "x"}})),
        (131009, message("image", {"id": "1", "link": "https://loja.example/a.png"})),
        (131009, message("image", {})),
        (131009, message("image", {"id": "1", "caption": "c" * 1025})),
        (131009, message("audio", {"id": "1", "caption": "Ouça"})),
        (131009, message("video", {"link": "ftp://loja.example/a.mp4"})),
        (131008, message("reaction", {"emoji": "❤️"})),
        (131009, message("reaction", {"message_id": "wamid.1", "emoji": "like"})),
        (131009, message("location", {"latitude": 91, "longitude": 0})),
        (131008, message("location", {"latitude": 1})),
        (131009, message("location", {"latitude": "north", "longitude": 0})),
        (131009, message("contacts", [])),
        (131008, message("contacts", [{"phones": []}])),
        (131008, message("template", {"name": "lembrete"})),
        (131009, message("template", {"name": "l", "language": {"code": "pt_BR"}, "components": [{"type": "foot"}]})),
    ],
)
def test_a_message_outside_the_rules_is_refused_with_metas_code(code: int, payload: dict[str, Any]) -> None:
    with pytest.raises(GraphError) as refused:
        check_message(payload)

    assert refused.value.code == code


def test_with_both_a_phone_and_a_user_id_the_phone_counts() -> None:
    check_message(text(to="5511987654321", recipient="not a user id"))

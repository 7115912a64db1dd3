"""Our messages as the Cloud API takes them, and what its refusals mean."""

from typing import Any

import pytest

from auzap.channels.whatsapp.sending import Fate, fate, message, read_and_typing, retry_seconds
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


def test_texts_and_titles_stay_within_the_limits() -> None:
    long_title = BUTTONS | {"buttons": [{"id": "1", "title": "Sim, quero confirmar o horário"}]}

    text = message(WA_ID, {"type": "text", "text": "x" * 5000}, tracker=TRACKER)
    button = message(WA_ID, long_title, tracker=TRACKER)

    assert len(text["text"]["body"]) == 4096
    assert button["interactive"]["action"]["buttons"][0]["reply"]["title"] == "Sim, quero confirmar"


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


# The provider's error table (code, HTTP status): what to do with the message.
FATES: dict[Fate, dict[str, tuple[int, int]]] = {
    Fate.RETRY: {
        "no answer before it was sent": (0, 0),
        "unknown error": (1, 500),
        "service temporarily unavailable": (2, 503),
        "application rate limit": (4, 400),
        "business account rate limit": (80007, 400),
        "throughput reached": (130429, 400),
        "something went wrong": (131000, 500),
        "service overloaded": (131016, 500),
        "pair rate limit": (131056, 400),
        "account in maintenance": (131057, 400),
        "registration throttled": (133016, 400),
        "an unknown code with a server error": (999_999, 500),
        "an unknown code with a gateway error": (999_999, 502),
        "an unknown code with too many requests": (999_999, 429),
    },
    Fate.PAUSE: {
        "no capability": (3, 400),
        "no permission": (10, 403),
        "token expired": (190, 401),
        "permission missing, first of its range": (200, 403),
        "permission missing, last of its range": (299, 403),
        "blocked for policy": (368, 403),
        "access denied": (131005, 403),
        "account locked": (131031, 403),
        "display name not approved": (131037, 400),
        "payment problem": (131042, 400),
        "number not registered": (131045, 500),
        "account restricted": (131064, 403),
        "number not on the platform": (133010, 400),
        "token expired, as a server error": (190, 500),
    },
    Fate.WINDOW_CLOSED: {"more than 24 hours since the customer wrote": (131047, 400)},
    Fate.FAILED: {
        "invalid parameter": (100, 400),
        "experiment": (130472, 400),
        "country restricted": (130497, 403),
        "parameter missing": (131008, 400),
        "parameter not valid": (131009, 400),
        "sender is recipient": (131021, 400),
        "undeliverable": (131026, 400),
        "kept back for the ecosystem": (131049, 400),
        "unsupported type": (131051, 400),
        "media upload": (131053, 400),
        "no business-scoped id for this": (131062, 400),
        "marketing disabled": (131063, 400),
        "template parameters": (132000, 400),
        "template missing": (132001, 404),
        "template too long": (132005, 400),
        "template against the policy": (132007, 400),
        "template paused": (132015, 400),
        "template disabled": (132016, 400),
        "flow blocked": (132068, 400),
        "identity key": (137000, 400),
        "an unknown code": (999_999, 400),
    },
}
CASES = [
    pytest.param(expected, code, http, id=f"{code}: {why}")
    for expected, table in FATES.items()
    for why, (code, http) in table.items()
]


@pytest.mark.parametrize(("expected", "code", "http"), CASES)
def test_what_becomes_of_a_refused_message_is_the_error_tables_to_say(expected: Fate, code: int, http: int) -> None:
    assert fate(code, http) == expected


@pytest.mark.parametrize(
    ("code", "attempts", "seconds"),
    [
        (131056, 0, 1),
        (131056, 1, 4),
        (131056, 2, 16),
        (131056, 4, 256),
        (131056, 5, 600),
        (131000, 1, 2),
        (131000, 5, 32),
        (131000, 10, 600),
        (131000, 64, 600),
    ],
)
def test_the_pause_grows_with_each_attempt_and_has_an_end(code: int, attempts: int, seconds: int) -> None:
    assert retry_seconds(code, attempts) == seconds


def test_contents_are_not_changed_by_sending_them() -> None:
    content: dict[str, Any] = {"type": "text", "text": "oi\x00"}

    message(WA_ID, content, tracker=TRACKER)

    assert content == {"type": "text", "text": "oi\x00"}

"""Envelopes as the consumer understands them, one kind after the other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auzap.channels.whatsapp.inbound import KINDS, LONGEST_NAME, LONGEST_TEXT, InboundMessage, read
from tests.unit import whatsapp_bodies as whatsapp
from tests.unit.whatsapp_bodies import ACCOUNT, BSUID, CONTENTS, RECEIVED_AT, WA_ID


def envelope(element: dict[str, Any], *, kind: str = "message", **person: str) -> dict[str, Any]:
    return {
        "v": 1,
        "channel": "whatsapp",
        "received_at": RECEIVED_AT,
        "account": ACCOUNT,
        "kind": kind,
        "id": element["id"],
        "element": element,
        "person": person or {"wa_id": WA_ID, "profile_name": "Célia"},
    }


def reading(kind: str, content: Any = None, **more: Any) -> InboundMessage:
    return read(envelope(whatsapp.message(kind, content, **more)))


def test_a_text_is_read_whole() -> None:
    element = whatsapp.message(context={"from": "551130000000", "id": "wamid.QUOTED"})

    assert read(
        envelope(element, wa_id=WA_ID, bsuid=BSUID, profile_name="Célia", username="celia.p")
    ) == InboundMessage(
        account=ACCOUNT,
        direction="from_customer",
        provider_id="wamid.1",
        provider_at=datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
        received_at=datetime(2026, 11, 21, 4, 0, 1, 500_000, tzinfo=UTC),
        identities={"bsuid": BSUID, "wa_id": WA_ID},
        profile_name="Célia",
        username="celia.p",
        kind="text",
        text="Quero agendar um banho para o Thor",
        details={},
        quoted_provider_id="wamid.QUOTED",
        raw=element,
    )


TEXTS = {
    "text": "Quero agendar um banho para o Thor",
    "image": "Olha o pelo dele",
    "audio": "",
    "video": "",
    "document": "Carteirinha",
    "sticker": "",
    "location": "Parque Rua das Flores, 10",
    "contacts": "Dona Célia",
    "reaction": "❤️",
    "button": "Confirmar",
    "interactive": "Sim, confirmar",
    "order": "",
    "system": "O número mudou",
    "edit": "Para o Thor e a Mel",
    "revoke": "",
    "request_welcome": "",
}


def test_the_examples_are_all_the_kinds_there_are() -> None:
    assert set(TEXTS) == set(CONTENTS) == KINDS


@pytest.mark.parametrize(("kind", "text"), TEXTS.items())
def test_every_kind_has_its_text(kind: str, text: str) -> None:
    message = reading(kind)

    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document", "sticker"])
def test_media_keep_what_is_needed_to_fetch_them(kind: str) -> None:
    assert reading(kind).details == {"media": CONTENTS[kind]}


@pytest.mark.parametrize("kind", ["location", "reaction", "button", "order", "system", "edit", "revoke"])
def test_other_kinds_keep_what_they_carry(kind: str) -> None:
    assert reading(kind).details == CONTENTS[kind]


def test_shared_contacts_are_kept() -> None:
    assert reading("contacts").details == {"contacts": CONTENTS["contacts"]}


@pytest.mark.parametrize(
    ("content", "text", "reply_id"),
    [
        ({"button_reply": {"id": "yes:1", "title": "Sim"}}, "Sim", "yes:1"),
        ({"list_reply": {"id": "row-2", "title": "Banho", "description": "60 min"}}, "Banho", "row-2"),
        ({"button_reply": {"title": "Sim"}}, "Sim", ""),
    ],
)
def test_a_pressed_button_is_known_by_its_id(content: dict[str, Any], text: str, reply_id: str) -> None:
    message = reading("interactive", content)

    assert (message.text, message.details["reply_id"]) == (text, reply_id)


@pytest.mark.parametrize(
    ("response", "answers"),
    [
        ('{"pet": "Thor"}', {"pet": "Thor"}),
        ("{broken", {}),
        ("", {}),
        (None, {}),
        ("[" * 100_000, {}),
    ],
)
def test_the_answers_of_a_form_are_read_where_they_can_be(response: Any, answers: Any) -> None:
    message = reading("interactive", {"nfm_reply": {"body": "Enviado", "response_json": response}})

    assert (message.text, message.details["answers"]) == ("Enviado", answers)


def test_reactions_edits_deletions_and_notices_ask_nothing() -> None:
    silent = {kind for kind in KINDS if not reading(kind).awaits_answer}

    assert silent == {"reaction", "system", "edit", "revoke", "request_welcome"}


def test_what_whatsapp_does_not_pass_on_is_unsupported_and_awaits_an_answer() -> None:
    message = read(envelope(whatsapp.unsupported()))

    assert (message.kind, message.text, message.awaits_answer) == ("unsupported", "", True)
    assert message.raw["errors"][0]["code"] == 131051


@pytest.mark.parametrize("kind", ["hologram", None, 7, ["text"]])
def test_an_unknown_kind_is_unsupported(kind: Any) -> None:
    assert read(envelope(whatsapp.message() | {"type": kind})).kind == "unsupported"


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("content", [None, 7, "text", [], [7], {}, {"body": 7, "message": 7, "button_reply": 7}])
def test_content_of_another_type_is_no_exception(kind: str, content: Any) -> None:
    element = {"from": WA_ID, "id": "wamid.1", "timestamp": whatsapp.TIMESTAMP, "type": kind, kind: content}

    assert read(envelope(element)).kind == kind


def test_an_edit_of_an_edit_is_read_without_end() -> None:
    content: dict[str, Any] = {"message": {"type": "edit", "edit": {"message": {"type": "edit"}}}}

    assert reading("edit", content).text == ""


def test_an_echo_is_from_the_shop_and_awaits_nothing() -> None:
    message = read(envelope(whatsapp.echo(), kind="echo", wa_id=WA_ID))

    assert (message.direction, message.awaits_answer) == ("from_shop", False)
    assert message.identities == {"wa_id": WA_ID}


@pytest.mark.parametrize(
    ("person", "reply_to"),
    [({"wa_id": WA_ID}, WA_ID), ({"bsuid": BSUID}, BSUID), ({"wa_id": WA_ID, "bsuid": BSUID}, BSUID)],
)
def test_the_answer_goes_to_the_identity_that_wrote(person: dict[str, str], reply_to: str) -> None:
    assert read(envelope(whatsapp.message(), **person)).reply_to == reply_to


def test_the_ad_a_customer_came_from_is_kept() -> None:
    referral = {"source_type": "ad", "source_id": "1", "ctwa_clid": "click"}

    assert reading("text", referral=referral).details == {"referral": referral}


def test_what_the_database_refuses_is_scrubbed_everywhere() -> None:
    element = whatsapp.message("text", {"body": "oi\x00 \ud83d"}, note={"\x00": "\ud800"})

    message = read(envelope(element, wa_id=WA_ID, profile_name="C\x00lia", username="\udfff"))

    assert message.text == "oi� �"
    assert (message.profile_name, message.username) == ("C�lia", "�")
    assert message.raw["text"] == {"body": "oi� �"}
    assert message.raw["note"] == {"�": "�"}


def test_long_texts_and_names_are_cut() -> None:
    message = read(envelope(whatsapp.message("text", {"body": "ç" * 10_000}), wa_id=WA_ID, profile_name="C" * 500))

    assert len(message.text) == LONGEST_TEXT
    assert message.profile_name == "C" * LONGEST_NAME


def test_the_id_of_a_quoted_message_is_scrubbed_too() -> None:
    assert reading("text", context={"id": "wamid.\x00\ud800"}).quoted_provider_id == "wamid.��"


def test_the_raw_element_is_kept_as_it_came() -> None:
    element = whatsapp.message("button", referral={"source_id": "1"})

    assert read(envelope(element)).raw == element

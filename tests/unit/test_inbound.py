"""Envelopes as the consumer understands them, one kind after the other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auzap.channels.whatsapp.contents import KINDS, LONGEST_UTM, MEDIA_KINDS
from auzap.channels.whatsapp.inbound import LONGEST_NAME, LONGEST_TEXT, InboundMessage, Media, read
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
    "contacts": "Dona Célia +55 11 95555-0002",
    "reaction": "❤️",
    "button": "Confirmar",
    "interactive": "Sim, confirmar",
    "order": "2 × racao-10kg",
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
        ({"list_reply": {"id": "row-2", "title": "Banho", "description": "60 min"}}, "Banho 60 min", "row-2"),
        ({"button_reply": {"title": "Sim"}}, "Sim", ""),
    ],
)
def test_a_pressed_button_is_known_by_its_id(content: dict[str, Any], text: str, reply_id: str) -> None:
    message = reading("interactive", content)

    assert (message.text, message.details["reply_id"]) == (text, reply_id)


@pytest.mark.parametrize(
    ("response", "text", "answers"),
    [
        (
            '{"flow_token": "t", "pet": "Thor", "kg": 8}',
            "Enviado\npet: Thor\nkg: 8",
            {"flow_token": "t", "pet": "Thor", "kg": 8},
        ),
        ('{"size": NaN}', "Enviado\nsize: NaN", {"size": "NaN"}),
        ('["Thor"]', "Enviado", {}),
        ("{broken", "Enviado", {}),
        ("", "Enviado", {}),
        (None, "Enviado", {}),
        ("[" * 100_000, "Enviado", {}),
        ('{"a":' * 500 + "1" + "}" * 500, "Enviado", {}),
    ],
)
def test_the_answers_of_a_form_are_read_where_they_can_be(response: Any, text: str, answers: Any) -> None:
    message = reading("interactive", {"nfm_reply": {"body": "Enviado", "response_json": response}})

    assert (message.text, message.details["answers"]) == (text, answers)


def test_a_permission_to_call_asks_nothing() -> None:
    message = reading("interactive", {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}})

    assert (message.text, message.awaits_answer) == ("", False)
    assert message.details["call_permission_reply"] == {"response": "accept"}


def test_a_place_without_a_name_is_where_it_is() -> None:
    assert reading("location", {"latitude": -23.56, "longitude": -46.65}).text == "-23.56, -46.65"


def test_an_order_is_read_with_its_note_and_without_its_prices() -> None:
    items = [
        {"product_retailer_id": "racao-10kg", "quantity": 2, "item_price": 189.9, "currency": "BRL"},
        {"product_retailer_id": "coleira", "quantity": 1},
    ]

    assert reading("order", {"text": "Entrega hoje?", "product_items": items}).text == (
        "Entrega hoje?\n2 × racao-10kg\n1 × coleira"
    )


@pytest.mark.parametrize("kind", sorted(MEDIA_KINDS))
def test_media_are_named_for_whoever_copies_them(kind: str) -> None:
    content = {"id": "77", "mime_type": "image/jpeg", "filename": "thor.jpg", "voice": True}

    message = reading(kind, content)

    assert message.media == Media("77", kind, "image/jpeg", "thor.jpg")
    assert message.details["media"]["voice"] is True


@pytest.mark.parametrize("content", [{}, {"id": ""}, {"id": 7}, {"id": "7" * 201}, None])
def test_media_that_have_no_name_are_copied_by_nobody(content: Any) -> None:
    assert reading("image", content if content is not None else 7).media is None


def test_a_reaction_quotes_what_it_is_about() -> None:
    assert reading("reaction").quoted_provider_id == "wamid.QUOTED"


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_what_changes_a_message_says_which(kind: str) -> None:
    assert reading(kind).original == "wamid.QUOTED"
    assert reading(kind, {"original_message_id": 7}).original is None


@pytest.mark.parametrize(
    ("system", "becomes"),
    [
        ({"type": "user_changed_number", "wa_id": "5511955550009"}, {"wa_id": "5511955550009"}),
        (
            {"type": "user_changed_number", "wa_id": "5511955550009", "user_id": BSUID},
            {"bsuid": BSUID, "wa_id": "5511955550009"},
        ),
        ({"type": "user_changed_user_id", "user_id": BSUID}, {"bsuid": BSUID}),
        # Nothing new, nothing that can be one, or no such notice.
        ({"type": "user_changed_number", "wa_id": WA_ID}, {}),
        ({"type": "user_changed_number", "wa_id": 7, "user_id": "x" * 161}, {}),
        ({"type": "customer_identity_changed", "wa_id": "5511955550009"}, {}),
        ({"type": ["user_changed_number"], "wa_id": "5511955550009"}, {}),
        ({}, {}),
    ],
)
def test_a_notice_says_who_a_person_is_from_now_on(system: dict[str, Any], becomes: dict[str, str]) -> None:
    message = reading("system", {"body": "O número mudou", **system})

    assert (message.becomes, message.sender, message.awaits_answer) == (becomes, "system", False)


def test_reactions_edits_deletions_and_notices_ask_nothing() -> None:
    silent = {kind for kind in KINDS if not reading(kind).awaits_answer}

    assert silent == {"reaction", "system", "edit", "revoke"}


def test_what_whatsapp_does_not_pass_on_is_unsupported_and_awaits_an_answer() -> None:
    message = read(envelope(whatsapp.unsupported()))

    assert (message.kind, message.text, message.awaits_answer) == ("unsupported", "", True)
    assert message.details["errors"][0]["code"] == 131051
    assert message.raw["errors"] == message.details["errors"]


def test_what_an_unknown_kind_was_is_kept() -> None:
    assert reading("hologram", {"id": "1"}).details == {"type": "hologram", "errors": []}


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
    [
        ({"wa_id": WA_ID}, WA_ID),
        ({"bsuid": BSUID}, BSUID),
        ({"wa_id": WA_ID, "bsuid": BSUID}, BSUID),
        ({"lid": "9@lid"}, "9@lid"),
        ({"lid": "9@lid", "wa_id": WA_ID}, WA_ID),
    ],
)
def test_the_answer_goes_to_the_identity_that_wrote(person: dict[str, str], reply_to: str) -> None:
    assert read(envelope(whatsapp.message(), **person)).reply_to == reply_to


@pytest.mark.parametrize(
    ("source_url", "utm"),
    [
        (
            "https://fb.me/banho?utm_source=instagram&utm_medium=story&x=1",
            {"utm_source": "instagram", "utm_medium": "story"},
        ),
        ("https://fb.me/banho?utm_source=caf%C3%A9%20%00", {"utm_source": "café �"}),
        ("https://fb.me/banho?source_id=forged&utm_term=" + "x" * 500, {"utm_term": "x" * LONGEST_UTM}),
        ("https://[broken", {}),
        (None, {}),
        (7, {}),
    ],
)
def test_the_ad_a_customer_came_from_is_kept(source_url: Any, utm: dict[str, str]) -> None:
    referral = {"source_url": source_url, "source_type": "ad", "source_id": "1", "ctwa_clid": "click"}

    message = reading("text", referral=referral)

    assert message.details["referral"] == referral
    assert message.utm == message.details["utm"] == utm | {"source_type": "ad", "source_id": "1", "ctwa_clid": "click"}


def test_who_came_by_no_ad_has_none() -> None:
    assert reading("text").utm is None


def test_a_product_somebody_asks_about_and_a_forwarded_text_are_kept_as_such() -> None:
    product = {"catalog_id": "1", "product_retailer_id": "racao-10kg"}
    context = {"id": "wamid.QUOTED", "forwarded": True, "referred_product": product}

    assert reading("text", context=context).details == {"context": {"forwarded": True, "referred_product": product}}


# History


def history(element: dict[str, Any]) -> InboundMessage:
    return read(envelope(element, kind="history", wa_id=WA_ID))


def test_what_was_said_before_is_from_whoever_said_it_and_asks_nothing() -> None:
    theirs = history(whatsapp.message())
    ours = history(whatsapp.echo() | {"history_context": {"status": "DELIVERED"}})

    assert (theirs.sender, theirs.delivery, theirs.imported, theirs.awaits_answer) == ("customer", None, True, False)
    assert (ours.sender, ours.delivery, ours.imported, ours.awaits_answer) == ("staff", "delivered", True, False)


@pytest.mark.parametrize("status", [None, "ERROR", 7])
def test_how_far_an_old_message_came_is_at_least_sent(status: Any) -> None:
    assert history(whatsapp.echo() | {"history_context": {"status": status}}).delivery == "sent"


def test_an_envelope_of_a_kind_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="an envelope of kind parcel"):
        read(envelope(whatsapp.message(), kind="parcel"))


def test_what_the_database_refuses_is_scrubbed_everywhere() -> None:
    element = whatsapp.message("text", {"body": "oi\x00 \ud83d"}, note={"\x00": "\ud800"})

    message = read(envelope(element, wa_id=WA_ID, profile_name="C\x00lia", username="\udfff"))
    assert message.is_scrubbed
    assert not reading("text").is_scrubbed

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

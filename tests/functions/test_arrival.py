"""From the bytes of a webhook to what is stored: every kind of message, and every way to say who somebody is."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from auzap.channels.whatsapp.signature import sign
from tests import factories
from tests.functions.house import House
from tests.functions.outside.model import answer
from tests.unit import whatsapp_bodies as whatsapp

APP_SECRET = "the-app-secret"
MEDIA = {"id": "1037543291543636", "sha256": "a2V5c3RvbmU="}


def arrive(house: House, *messages: dict[str, Any], people: list[dict[str, Any]] | None = None, **more: Any) -> None:
    """As the provider sends it: signed, through both functions, to the database."""
    known = people if people is not None else [{"profile": {"name": "Célia"}, "wa_id": messages[0].get("from")}]
    change = whatsapp.change(account=house.account.phone_number_id, contacts=known, messages=list(messages), **more)
    body = json.dumps(whatsapp.body(change))
    secret = house.installation.keep_secret({"app_secrets": [APP_SECRET], "verify_token": "token"})
    event = {
        "headers": {"x-hub-signature-256": sign(body.encode(), APP_SECRET)},
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
    }
    answered = house.invoke("receive_webhook", event, settings={"AUZAP_WHATSAPP_SECRET": secret}).answer
    assert answered["statusCode"] == 200
    for invocation in house.work("inbound"):
        assert invocation.failed == []


def message(kind: str = "text", content: Any = None, *, wa_id: str | None = None, **more: Any) -> dict[str, Any]:
    """Of this moment, and of a person of its own where none is named."""
    own = {"from": wa_id or factories.new_wa_id(), "timestamp": str(int(time.time()))}
    known = {"body": "Oi"} if kind == "text" and content is None else content
    made = whatsapp.message(kind, known, wamid=factories.new_wamid()) | own | more
    return made if known is not None else {name: value for name, value in made.items() if name != kind}


# Of each kind what WhatsApp sends, and the words that people and the agent read of it.
KINDS: dict[str, tuple[str, Any, str]] = {
    "text": ("text", {"body": "Oi, tudo bem?"}, "Oi, tudo bem?"),
    "image": ("image", {**MEDIA, "mime_type": "image/jpeg", "caption": "Olha o Thor"}, "Olha o Thor"),
    "video": ("video", {**MEDIA, "mime_type": "video/mp4", "caption": "Ele pulando"}, "Ele pulando"),
    "document": ("document", {**MEDIA, "mime_type": "application/pdf", "filename": "v.pdf", "caption": "A v."}, "A v."),
    "sticker": ("sticker", {**MEDIA, "mime_type": "image/webp", "animated": True}, ""),
    "audio": ("audio", {**MEDIA, "mime_type": "audio/mpeg"}, ""),
    "voice note": ("audio", {**MEDIA, "mime_type": "audio/ogg; codecs=opus", "voice": True}, ""),
    "location": ("location", {"latitude": -23.5, "longitude": -46.6, "name": "Parque", "url": "https://x"}, "Parque"),
    "place without a name": ("location", {"latitude": -23.5, "longitude": -46.6}, "-23.5, -46.6"),
    "contacts": (
        "contacts",
        [{"name": {"formatted_name": "Dra. Lia"}, "phones": [{"phone": "+55 11 3333-4444"}], "origin": "other"}],
        "Dra. Lia +55 11 3333-4444",
    ),
    "template's quick reply": ("button", {"payload": "reopen", "text": "Quero saber mais"}, "Quero saber mais"),
    "button": (
        "interactive",
        {"type": "button_reply", "button_reply": {"id": "yes:1", "title": "Sim"}},
        "Sim",
    ),
    "list": (
        "interactive",
        {"type": "list_reply", "list_reply": {"id": "row-2", "title": "Tosa", "description": "A partir de R$ 80"}},
        "Tosa A partir de R$ 80",
    ),
    "flow": (
        "interactive",
        {"type": "nfm_reply", "nfm_reply": {"body": "Enviado", "response_json": '{"pet": "Thor", "flow_token": "t"}'}},
        "Enviado\npet: Thor",
    ),
    "order": (
        "order",
        {
            "catalog_id": "1",
            "text": "Para hoje?",
            "product_items": [{"product_retailer_id": "racao", "quantity": 2, "item_price": 1, "currency": "BRL"}],
        },
        "Para hoje?\n2 × racao",
    ),
    "chat opened": ("request_welcome", {}, ""),
}
SILENT: dict[str, tuple[str, Any, str]] = {
    "reaction": ("reaction", {"message_id": "wamid.other", "emoji": "❤️"}, "❤️"),
    "reaction taken back": ("reaction", {"message_id": "wamid.other"}, ""),
    "permission to call": (
        "interactive",
        {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}},
        "",
    ),
    "edit": (
        "edit",
        {"original_message_id": "wamid.other", "message": {"type": "text", "text": {"body": "Às 10h"}}},
        "Às 10h",
    ),
    "edit of a caption": (
        "edit",
        {"original_message_id": "wamid.other", "message": {"type": "image", "image": {"caption": "A Mel"}}},
        "A Mel",
    ),
    "deletion": ("revoke", {"original_message_id": "wamid.other"}, ""),
}


def test_every_kind_of_message_is_stored_as_what_it_is_and_as_it_came(house: House) -> None:
    sent = {name: message(kind, content) for name, (kind, content, _) in (KINDS | SILENT).items()}

    arrive(house, *sent.values(), people=[])

    stored = {
        wamid: (kind, text, awaits)
        for wamid, kind, text, awaits in house.rows("SELECT provider_id, kind, text, awaits_answer FROM messages")
    }
    assert stored == {
        sent[name]["id"]: (kind, text, name in KINDS) for name, (kind, _, text) in (KINDS | SILENT).items()
    }
    kept = dict(house.rows("SELECT m.provider_id, r.element FROM messages m JOIN raw_elements r ON r.id = m.id"))
    assert kept == {element["id"]: element for element in sent.values()}


def test_every_file_waits_to_be_copied_and_is_hinted_at_once(house: House) -> None:
    files = [(kind, content) for kind, content, _ in KINDS.values() if "mime_type" in content]

    arrive(house, *[message(kind, content) for kind, content in files], people=[])

    assert house.rows("SELECT kind, declared_type, filename, provider_media_id, state FROM media ORDER BY id") == [
        (kind, content["mime_type"], content.get("filename"), MEDIA["id"], "waiting") for kind, content in files
    ]
    hints = [json.loads(hint["MessageBody"])["media_id"] for hint in house.traffic.hints("media")]
    assert sorted(hints) == sorted(str(media_id) for (media_id,) in house.rows("SELECT id FROM media"))


@pytest.mark.parametrize(
    ("element", "type_"),
    [
        (whatsapp.unsupported(), "unsupported"),
        (whatsapp.unsupported() | {"unsupported": {"type": "poll_creation"}}, "poll_creation"),
        (message("hologram", {"depth": 3}), "hologram"),
        (message("image", "no object"), None),
    ],
)
def test_what_nobody_knows_yet_is_a_message_all_the_same(
    house: House, element: dict[str, Any], type_: str | None
) -> None:
    arrive(house, element | {"timestamp": str(int(time.time()))})

    ((kind, details, awaits),) = house.rows("SELECT kind, details, awaits_answer FROM messages")
    assert awaits
    assert (kind, details["type"]) == ("unsupported", type_) if type_ else (kind, details) == ("image", {"media": {}})
    assert house.one("SELECT count(*) FROM media") == 0


def test_what_is_said_in_a_group_is_kept_aside_and_answered_by_nobody(house: House) -> None:
    in_group, alone = message(group_id="120363000000000000@g.us"), message()

    arrive(house, in_group, alone)

    assert house.rows("SELECT provider_id FROM messages") == [(alone["id"],)]
    assert [name for name, kept in house.installation.quarantined() if in_group["id"].encode() in kept]


def test_whoever_came_by_an_advertisement_is_a_lead_with_its_words(house: House) -> None:
    referral = {
        "source_url": "https://fb.me/x?utm_source=instagram&utm_campaign=banho&fbclid=secret",
        "source_type": "ad",
        "source_id": "120210",
        "headline": "Banho com 20% de desconto",
        "ctwa_clid": "ARAk",
    }

    arrive(house, message(referral=referral))

    assert house.one("SELECT details -> 'referral' FROM messages") == referral
    assert house.rows("SELECT source, utm FROM leads") == [
        (
            "advertisement",
            {
                "utm_source": "instagram",
                "utm_campaign": "banho",
                "source_type": "ad",
                "source_id": "120210",
                "ctwa_clid": "ARAk",
            },
        )
    ]


def test_what_is_forwarded_quoted_or_asked_of_a_product_says_so(house: House) -> None:
    product = {"catalog_id": "1", "product_retailer_id": "racao-10kg"}
    context = {"id": "wamid.QUOTED", "forwarded": True, "frequently_forwarded": False, "referred_product": product}

    arrive(house, message(context=context))

    ((quoted, told),) = house.rows("SELECT quoted_provider_id, details -> 'context' FROM messages")
    assert quoted == "wamid.QUOTED"
    assert told == {"forwarded": True, "frequently_forwarded": False, "referred_product": product}


def test_an_edit_and_a_deletion_reach_what_they_are_about(house: House) -> None:
    wa_id = factories.new_wa_id()
    first, second = message(wa_id=wa_id, content={"body": "Às 9h"}), message(wa_id=wa_id)
    arrive(house, first, second)

    rewritten = {"original_message_id": first["id"], "message": {"type": "text", "text": {"body": "Às 10h"}}}
    taken_back = {"original_message_id": second["id"]}
    arrive(house, message("edit", rewritten, wa_id=wa_id), message("revoke", taken_back, wa_id=wa_id))

    rows = house.rows(
        """
        SELECT text, edited_at IS NOT NULL, revoked_at IS NOT NULL, awaits_answer FROM messages
        WHERE provider_id IN (%s, %s) ORDER BY id
        """,
        first["id"],
        second["id"],
    )
    assert rows == [("Às 10h", True, False, True), ("", False, True, False)]


# Who it is.


def test_somebody_who_hides_the_number_is_known_and_answered_by_the_id_that_wrote(house: House) -> None:
    hidden = message(from_user_id=whatsapp.BSUID)
    del hidden["from"]
    person = {"profile": {"name": "Célia", "username": "celia.p"}, "user_id": whatsapp.BSUID}
    house.outside.model.script = [answer("Oi, Célia!")]
    house.outside.street.chats.open(house.account, name="Célia", phone=factories.new_wa_id(), bsuid=whatsapp.BSUID)

    arrive(house, hidden, people=[person])
    house.work("turns")
    house.work("outbox")

    assert house.rows("SELECT profile_name, username, phone FROM contacts") == [("Célia", "celia.p", None)]
    assert house.rows("SELECT kind, value FROM contact_identities") == [("bsuid", whatsapp.BSUID)]
    ((sent,),) = [[attempt["payload"] for attempt in house.outside.sends]]
    assert sent["recipient"] == whatsapp.BSUID
    assert "to" not in sent


def test_the_number_that_comes_to_light_joins_both_halves_and_is_answered(house: House) -> None:
    wa_id = factories.new_wa_id()
    hidden = message(from_user_id=whatsapp.BSUID)
    del hidden["from"]
    arrive(house, hidden, people=[{"user_id": whatsapp.BSUID}])
    arrive(house, message(wa_id=wa_id))

    arrive(
        house,
        message(wa_id=wa_id, from_user_id=whatsapp.BSUID),
        people=[{"wa_id": wa_id, "user_id": whatsapp.BSUID, "profile": {"name": "Célia"}}],
    )

    assert house.rows("SELECT profile_name, phone FROM contacts") == [("Célia", f"+{wa_id}")]
    assert sorted(house.rows("SELECT kind, value FROM contact_identities")) == [
        ("bsuid", whatsapp.BSUID),
        ("wa_id", wa_id),
    ]
    assert house.rows("SELECT reason FROM contact_merges") == [("same_person",)]
    assert house.one("SELECT count(DISTINCT conversation_id) FROM messages") == 1
    assert house.one("SELECT count(*) FROM messages") == 3


def test_the_ninth_digit_is_no_other_person(house: House) -> None:
    wa_id = factories.new_wa_id()

    arrive(house, message(wa_id=wa_id))
    arrive(house, message(wa_id=wa_id[:4] + wa_id[5:]))

    assert house.rows("SELECT phone FROM contacts") == [(f"+{wa_id}",)]
    assert house.one("SELECT reply_to FROM conversations") == wa_id[:4] + wa_id[5:]


@pytest.mark.parametrize("told", ["wa_id", "user_id"])
def test_a_new_number_or_account_is_the_same_person_and_is_answered_there(house: House, told: str) -> None:
    wa_id, becomes = factories.new_wa_id(), {"wa_id": factories.new_wa_id(), "user_id": "BR.99887766"}[told]
    kind = {"wa_id": "user_changed_number", "user_id": "user_changed_user_id"}[told]
    arrive(house, message(wa_id=wa_id))

    arrive(house, message("system", {"type": kind, "body": "mudou", told: becomes}, wa_id=wa_id))

    assert house.one("SELECT count(*) FROM contacts") == 1
    assert house.one("SELECT reply_to FROM conversations") == becomes
    assert house.rows("SELECT sender, kind, awaits_answer FROM messages ORDER BY id") == [
        ("customer", "text", True),
        ("system", "system", False),
    ]


def test_news_of_somebodys_security_code_change_nobody(house: House) -> None:
    wa_id = factories.new_wa_id()
    arrive(house, message(wa_id=wa_id))

    notice = {"type": "customer_identity_changed", "body": "mudou", "hash": "x", "created_at": 1}
    arrive(house, message("system", notice, wa_id=wa_id))

    assert house.rows("SELECT kind, value FROM contact_identities") == [("wa_id", wa_id)]
    assert house.one("SELECT reply_to FROM conversations") == wa_id


# What was long on its way.


def test_bytes_that_come_again_after_a_week_change_nothing_and_what_is_new_is_a_persons(house: House) -> None:
    wa_id = factories.new_wa_id()
    known = message(wa_id=wa_id)
    house.outside.model.script = [answer("Oi! Como posso ajudar?")]
    arrive(house, known)
    house.work("turns")

    house.clock.move(timedelta(days=7))
    arrive(house, known)
    asked = len(house.outside.model.asked)
    arrive(house, message(wa_id=wa_id, content={"body": "Amanhã às 9h"}))
    house.work("turns")

    assert len(house.outside.model.asked) == asked
    assert house.one("SELECT count(*) FROM messages WHERE sender = 'customer'") == 2
    assert house.rows("SELECT state, handoff_reason FROM conversations WHERE state <> 'closed'") == [
        ("waiting_human", "arrived_late")
    ]
    assert house.rows("SELECT kind FROM staff_tasks") == [("arrived_late",)]
    assert house.one("SELECT count(*) FROM bookings") == 0

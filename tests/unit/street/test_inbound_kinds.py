"""Every kind of message a customer can send has the shape Meta documents."""

import base64
import hashlib
import json
from typing import Any

import pytest

from local.street.inbound_kinds import KINDS
from tests.unit.street.world import MARINA, SHOP, World, values


def written(world: World, **fields: Any) -> dict[str, Any]:
    world.write(**fields)
    (value,) = values(world.told()[-1])
    (message,) = value["messages"]
    return message


def test_every_message_says_who_when_and_under_which_id(world: World) -> None:
    answer = world.write(text="Oi")

    (value,) = values(world.told()[0])
    assert value["contacts"] == [{"profile": {"name": MARINA.name}, "wa_id": MARINA.phone, "user_id": MARINA.bsuid}]
    (message,) = value["messages"]
    assert message == {
        "from": MARINA.phone,
        "from_user_id": MARINA.bsuid,
        "id": answer["wamids"][0],
        "timestamp": str(int(world.clock().timestamp())),
        "type": "text",
        "text": {"body": "Oi"},
    }


@pytest.mark.parametrize(
    ("kind", "type_", "mime_type", "more"),
    [
        ("image", "image", "image/jpeg", set()),
        ("audio", "audio", "audio/ogg", {"voice"}),
        ("voice", "audio", "audio/ogg; codecs=opus", {"voice"}),
        ("video", "video", "video/mp4", set()),
        ("document", "document", "application/pdf", {"filename"}),
        ("sticker", "sticker", "image/webp", {"animated"}),
    ],
)
def test_media_names_a_file_that_can_be_fetched(
    world: World, kind: str, type_: str, mime_type: str, more: set[str]
) -> None:
    message = written(world, kind=kind)

    media = message[message["type"]]
    assert message["type"] == type_
    assert set(media) == {"id", "mime_type", "sha256", "url"} | more
    assert media["mime_type"] == mime_type
    file = world.client.get(media["url"], headers={"Authorization": f"Bearer {SHOP.access_token}"})
    assert file.status_code == 200
    assert media["sha256"] == base64.b64encode(hashlib.sha256(file.content).digest()).decode()


def test_only_a_voice_message_is_a_voice_message(world: World) -> None:
    assert written(world, kind="voice")["audio"]["voice"] is True
    assert written(world, kind="audio")["audio"]["voice"] is False


def test_a_caption_and_a_file_of_ones_own_go_along(world: World) -> None:
    data = base64.b64encode(b"%PDF-1.7 mine").decode()

    message = written(world, kind="document", caption="Exame", data=data, filename="exame.pdf")

    assert (message["document"]["caption"], message["document"]["filename"]) == ("Exame", "exame.pdf")
    assert message["document"]["sha256"] == base64.b64encode(hashlib.sha256(b"%PDF-1.7 mine").digest()).decode()


@pytest.mark.parametrize(
    ("fields", "type_", "content"),
    [
        (
            {"kind": "location", "latitude": -23.5, "longitude": -46.6, "name": "Casa", "address": "Rua A"},
            "location",
            {"latitude": -23.5, "longitude": -46.6, "name": "Casa", "address": "Rua A"},
        ),
        (
            {"kind": "reaction", "message_id": "wamid.1", "emoji": "👍"},
            "reaction",
            {"message_id": "wamid.1", "emoji": "👍"},
        ),
        ({"kind": "reaction", "message_id": "wamid.1"}, "reaction", {"message_id": "wamid.1"}),
        (
            {"kind": "button", "text": "Confirmar", "payload": "yes:42"},
            "button",
            {"text": "Confirmar", "payload": "yes:42"},
        ),
        (
            {"kind": "button_reply", "reply_id": "yes", "title": "Sim"},
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "yes", "title": "Sim"}},
        ),
        (
            {"kind": "list_reply", "reply_id": "s1", "title": "9:00", "description": "com a Júlia"},
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "s1", "title": "9:00", "description": "com a Júlia"}},
        ),
        (
            {"kind": "edit", "message_id": "wamid.1", "text": "Oi!"},
            "edit",
            {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "Oi!"}}},
        ),
        ({"kind": "revoke", "message_id": "wamid.1"}, "revoke", {"original_message_id": "wamid.1"}),
        ({"kind": "unsupported"}, "unsupported", {"type": "poll_creation"}),
    ],
)
def test_the_content_stands_under_the_name_of_its_type(
    world: World, fields: dict[str, Any], type_: str, content: dict[str, Any]
) -> None:
    message = written(world, **fields)

    assert (message["type"], message[type_]) == (type_, content)
    assert message["id"].startswith("wamid.")


def test_a_form_comes_back_as_json_inside_json(world: World) -> None:
    message = written(world, kind="nfm_reply", response={"pet": "Mel"})

    reply = message["interactive"]["nfm_reply"]
    assert json.loads(reply["response_json"])["pet"] == "Mel"


def test_a_contact_card_is_a_list(world: World) -> None:
    (card,) = written(world, kind="contacts", contact_name="Ana Lima", contact_phone="+55 11 90000-0000")["contacts"]

    assert card["name"]["formatted_name"] == "Ana Lima"
    assert card["phones"][0]["wa_id"] == "5511900000000"
    assert card["origin"] == "other"


def test_an_order_lists_products(world: World) -> None:
    order = written(world, kind="order")["order"]

    assert set(order["product_items"][0]) == {"product_retailer_id", "quantity", "item_price", "currency"}


def test_an_unsupported_message_carries_its_error(world: World) -> None:
    assert written(world, kind="unsupported")["errors"][0]["code"] == 131051


def test_a_welcome_request_has_no_content(world: World) -> None:
    message = written(world, kind="request_welcome")

    assert set(message) == {"from", "from_user_id", "id", "timestamp", "type"}


def test_who_changes_the_number_gets_a_new_user_id_and_is_reached_under_the_new_number_only(world: World) -> None:
    message = written(world, kind="user_changed_number", new_phone="5511955554444")

    system = message["system"]
    assert message["from"] == MARINA.phone
    assert (system["type"], system["wa_id"]) == ("user_changed_number", "5511955554444")
    assert system["user_id"] != MARINA.bsuid
    account = world.street.accounts.first
    assert world.street.chats.find(account, phone=MARINA.phone) is None
    moved = world.street.chats.find(account, phone="5511955554444")
    assert moved is not None
    assert moved.bsuid == system["user_id"]


def test_an_advertisement_goes_along_with_the_message_it_brought(world: World) -> None:
    message = written(world, text="Oi", referral=True)

    assert {"source_url", "source_id", "source_type", "headline", "body", "ctwa_clid"} <= set(message["referral"])
    assert written(world, text="Oi", referral={"source_id": "7"})["referral"] == {"source_id": "7"}


def test_a_quoted_message_is_named_with_its_author(open_window: World) -> None:
    answer = open_window.client.get("/street/chats").json()["messages"][0]

    quoted = written(open_window, text="isso", quoted_id=answer["id"])
    foreign = written(open_window, text="isso", quoted_id="wamid.of-the-shop", forwarded=True)

    assert quoted["context"] == {"from": MARINA.phone, "id": answer["id"]}
    assert foreign["context"] == {"from": SHOP.digits, "id": "wamid.of-the-shop", "forwarded": True}


NEEDED = {
    "text": "text",
    "reaction": "message_id",
    "button": "text",
    "button_reply": "reply_id",
    "list_reply": "reply_id",
    "user_changed_number": "new_phone",
    "edit": "text",
    "revoke": "message_id",
}


@pytest.mark.parametrize(("kind", "missing"), NEEDED.items())
def test_a_kind_asked_for_without_what_it_needs_is_refused(world: World, kind: str, missing: str) -> None:
    answer = world.client.post("/street/inbound", json={"from": MARINA.phone, "kind": kind})

    assert answer.status_code == 400
    assert answer.json()["error"] == f"{kind} needs {missing}."
    assert world.told() == []


def test_every_kind_without_needs_can_be_asked_for_by_name_alone(world: World) -> None:
    for kind in KINDS.keys() - NEEDED.keys() - {"nfm_reply", "request_welcome", "unsupported", "user_changed_number"}:
        assert written(world, kind=kind)["type"] == KINDS[kind][0]


def test_an_unknown_kind_is_refused(world: World) -> None:
    answer = world.client.post("/street/inbound", json={"from": MARINA.phone, "kind": "telegram"})

    assert answer.status_code == 400
    assert "telegram" in answer.json()["error"]

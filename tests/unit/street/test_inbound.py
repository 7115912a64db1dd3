"""Inbound webhooks as a script asks for them: batches, doubles, broken signatures, people without a phone."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.street.webhooks import sign
from tests.unit.scripted_server import Answer, HangsUp
from tests.unit.street.world import (
    APP_SECRET,
    BIA,
    JOAO,
    MARINA,
    OTHER_SHOP,
    SHOP,
    VERIFY_TOKEN,
    World,
    values,
)


def post(world: World, **fields: Any) -> Any:
    return world.client.post("/street/inbound", json=fields)


def state(world: World, wamid: str) -> str:
    message = world.street.chats.message(wamid)
    assert message is not None
    return message.state


def test_a_batch_has_the_shape_asked_for_and_each_message_an_id(world: World) -> None:
    shape = {"entries": 3, "changes": 2, "messages": 4}

    answer = post(world, messages=[{"from": MARINA.phone, "text": "Oi"}], shape=shape).json()

    (webhook,) = world.told()
    assert len(webhook.json["entry"]) == 3
    assert [len(entry["changes"]) for entry in webhook.json["entry"]] == [2, 2, 2]
    assert [len(value["messages"]) for value in values(webhook)] == [4] * 6
    ids = [message["id"] for value in values(webhook) for message in value["messages"]]
    assert ids == answer["wamids"]
    assert len(set(ids)) == 24


def test_messages_of_mixed_kinds_and_people_fill_the_shape_in_their_order(world: World) -> None:
    messages = [
        {"from": MARINA.phone, "text": "um"},
        {"from": JOAO.phone, "kind": "image"},
        {"bsuid": BIA.bsuid, "kind": "sticker"},
        {"from": MARINA.phone, "kind": "request_welcome"},
    ]

    post(world, messages=messages, shape={"entries": 1, "changes": 2, "messages": 2})

    first, second = values(world.told()[0])
    assert [m["type"] for m in first["messages"]] == ["text", "image"]
    assert [m["type"] for m in second["messages"]] == ["sticker", "request_welcome"]
    assert [contact["user_id"] for contact in first["contacts"]] == [MARINA.bsuid, JOAO.bsuid]


def test_each_entry_carries_the_account_of_its_messages(world: World) -> None:
    messages = [
        {"from": MARINA.phone, "text": "um"},
        {"from": MARINA.phone, "text": "dois", "phone_number_id": OTHER_SHOP.phone_number_id},
    ]

    post(world, messages=messages, shape={"entries": 2, "changes": 1, "messages": 1})

    (webhook,) = world.told()
    assert [entry["id"] for entry in webhook.json["entry"]] == [SHOP.waba_id, OTHER_SHOP.waba_id]
    ids = [value["messages"][0]["from_user_id"] for value in values(webhook)]
    assert ids[0] == MARINA.bsuid
    assert ids[1] != MARINA.bsuid, "the user id of a person differs from business to business"


def test_messages_of_two_accounts_do_not_fit_into_one_change(world: World) -> None:
    messages = [
        {"from": MARINA.phone, "text": "um"},
        {"from": MARINA.phone, "text": "dois", "phone_number_id": OTHER_SHOP.phone_number_id},
    ]

    assert post(world, messages=messages).status_code == 400
    assert world.told() == []


def test_a_shape_that_does_not_fit_is_refused(world: World) -> None:
    messages = [{"from": MARINA.phone, "text": body} for body in ("um", "dois", "três")]

    answer = post(world, messages=messages, shape={"entries": 2, "changes": 1, "messages": 2})

    assert answer.status_code == 400
    assert answer.json()["error"] == "The shape holds 4 messages, 3 were given."


def test_copies_are_the_same_bytes(world: World) -> None:
    answer = post(world, **{"from": MARINA.phone, "text": "Oi", "copies": 3}).json()

    bodies = {webhook.body for webhook in world.told()}
    assert answer["statuses"] == [200, 200, 200]
    assert bodies == {base64.b64decode(answer["body"])}


def test_letters_outside_ascii_are_escaped_as_meta_does(world: World) -> None:
    world.write(text="Olá, João! 🐶")

    (webhook,) = world.told()
    assert webhook.body.isascii()
    assert values(webhook)[0]["messages"][0]["text"] == {"body": "Olá, João! 🐶"}


def test_a_message_may_be_given_the_id_of_another_webhook(world: World) -> None:
    for _ in range(2):
        post(world, **{"from": MARINA.phone, "text": "Oi", "wamid": "wamid.again"})

    assert {values(webhook)[0]["messages"][0]["id"] for webhook in world.told()} == {"wamid.again"}
    assert len(world.client.get("/street/chats").json()["messages"]) == 1


def test_a_tampered_body_no_longer_fits_its_signature_and_is_not_offered_again(world: World) -> None:
    world.answers(401, 200)

    answer = post(world, **{"from": MARINA.phone, "text": "Oi", "tamper": True}).json()

    (webhook,) = world.told()
    assert answer["status"] == 401
    assert webhook.headers["X-Hub-Signature-256"] == answer["signature"]
    assert sign(APP_SECRET, webhook.body) != answer["signature"]
    assert world.deliver(after=3600) == []


def test_someone_may_keep_the_phone_number_from_the_shop(world: World) -> None:
    post(world, **{"from": MARINA.phone, "text": "Oi", "without_phone": True, "username": "marina.s"})

    (value,) = values(world.told()[0])
    assert value["contacts"] == [{"profile": {"name": MARINA.name, "username": "marina.s"}, "user_id": MARINA.bsuid}]
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == MARINA.bsuid


def test_somebody_new_is_known_from_the_first_message_on(world: World) -> None:
    post(world, **{"from": "+55 11 90000-1111", "name": "Carla", "text": "Oi"})

    (value,) = values(world.told()[0])
    assert value["contacts"][0]["wa_id"] == "5511900001111"
    assert value["contacts"][0]["profile"]["name"] == "Carla"
    assert value["contacts"][0]["user_id"].startswith("BR.")


@pytest.mark.parametrize("fields", [{"text": "Oi"}, {"from": "5511900001111", "phone_number_id": "1", "text": "Oi"}])
def test_a_message_from_nobody_or_to_nobody_is_refused(world: World, fields: dict[str, Any]) -> None:
    assert post(world, **fields).status_code == 400


def test_a_refused_message_is_marked_offered_again_and_delivered_at_last(world: World) -> None:
    world.answers(503, 200)

    (wamid,) = post(world, **{"from": MARINA.phone, "text": "Oi"}).json()["wamids"]
    assert state(world, wamid) == "failed"

    world.deliver(after=1)
    assert state(world, wamid) == "delivered"


def test_a_webhook_nobody_answers_leaves_the_message_undelivered(world: World) -> None:
    world.auzap.script[:] = [HangsUp()]

    answer = post(world, **{"from": MARINA.phone, "text": "Oi"}).json()

    assert answer["status"] is None
    assert state(world, answer["wamids"][0]) == "failed"


def test_edits_reactions_and_deletions_change_the_message_they_name(world: World) -> None:
    first = world.write(text="Quero banho")["wamids"][0]
    second = world.write(text="Amanhã")["wamids"][0]

    world.write(kind="edit", message_id=first, text="Quero banho e tosa")
    world.write(kind="reaction", message_id=first, emoji="👍")
    world.write(kind="revoke", message_id=second)

    edited, revoked, *_ = world.client.get("/street/chats").json()["messages"]
    assert (edited["content"], edited["edited"]) == ({"body": "Quero banho e tosa"}, True)
    assert edited["reactions"] == {"customer": "👍"}
    assert (revoked["kind"], revoked["content"]) == ("revoked", {})

    world.write(kind="reaction", message_id=first)
    assert world.client.get("/street/chats").json()["messages"][0]["reactions"] == {"customer": ""}


def test_the_handshake_of_a_webhook_address_is_checked(world: World) -> None:
    world.auzap.script[:] = [Answer(body=b"1158201444"), Answer(403)]

    assert world.client.post("/street/verify").json() == {"verified": True, "status": 200}
    assert world.client.post("/street/verify").json() == {"verified": False, "status": 403}

    query = parse_qs(urlsplit(world.told()[0].path).query)
    assert query["hub.mode"] == ["subscribe"]
    assert query["hub.verify_token"] == [VERIFY_TOKEN]


def test_a_reset_forgets_everything_but_the_people_it_began_with(world: World) -> None:
    world.write(**{"from": "5511900001111", "text": "Oi"})
    world.fault(kind="server_error", times=9)

    assert world.client.post("/street/reset").status_code == 204

    snapshot = world.client.get("/street/chats").json()
    assert snapshot["messages"] == []
    assert [chat["name"] for chat in snapshot["chats"]] == ["Dona da loja", MARINA.name, JOAO.name, BIA.name]
    assert world.client.get("/street/faults").json() == {"faults": []}
    assert world.client.get("/street/log").json() == {"attempts": [], "webhooks": []}

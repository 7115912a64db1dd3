"""The Graph API simulator over HTTP: who may send, to whom, when, and what comes back."""

import re
from typing import Any

import pytest

from local.street.accounts import APP_ID
from tests.unit.street.world import APP_SECRET, BIA, JOAO, MARINA, OTHER_SHOP, OWNER_PHONE, SHOP, World, text


def code(answer: Any) -> int:
    return answer.json()["error"]["code"]


def template(name: str = "lembrete", parameters: tuple[str, ...] = ("Marina", "amanhã")) -> dict[str, object]:
    body = {"type": "body", "parameters": [{"type": "text", "text": each} for each in parameters]}
    press = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"payload": "yes:42"}]}
    return {
        "messaging_product": "whatsapp",
        "to": MARINA.phone,
        "type": "template",
        "template": {"name": name, "language": {"code": "pt_BR"}, "components": [body, press]},
    }


def test_an_accepted_message_is_answered_with_its_id_and_stands_on_the_phone(open_window: World) -> None:
    answer = open_window.send(text(body="Temos horário às 9h"))

    assert answer.status_code == 200
    body = answer.json()
    assert body["messaging_product"] == "whatsapp"
    assert body["contacts"] == [{"input": MARINA.phone, "wa_id": MARINA.phone, "user_id": MARINA.bsuid}]
    assert re.fullmatch(r"wamid\.[A-Za-z0-9+/=]+", body["messages"][0]["id"])
    shown = open_window.street.chats.message(body["messages"][0]["id"])
    assert shown is not None
    assert (shown.sender, shown.content) == ("shop", {"body": "Temos horário às 9h"})


def test_the_version_in_the_path_is_optional(open_window: World) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}

    answer = open_window.client.post(f"/graph/{SHOP.phone_number_id}/messages", json=text(), headers=headers)

    assert answer.status_code == 200


def test_an_error_has_metas_shape(world: World) -> None:
    answer = world.send(text())

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["message"] == "(#131047) Re-engagement message"
    assert error["type"] == "OAuthException"
    assert error["code"] == 131047
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert "24 hours" in error["error_data"]["details"]
    assert error["fbtrace_id"]


@pytest.mark.parametrize("token", ["", "wrong", OTHER_SHOP.access_token[:-1]])
def test_a_wrong_token_is_401_with_code_190(open_window: World, token: str) -> None:
    answer = open_window.send(text(), token=token)

    assert (answer.status_code, code(answer)) == (401, 190)


def test_a_shop_cannot_send_from_the_number_of_another(open_window: World) -> None:
    answer = open_window.send(text(), token=OTHER_SHOP.access_token)

    assert (answer.status_code, code(answer)) == (400, 100)
    assert answer.json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize("raw", [b"", b"{", b"[]"])
def test_a_body_that_is_no_json_object_is_refused(open_window: World, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}

    answer = open_window.client.post(f"/graph/v26.0/{SHOP.phone_number_id}/messages", content=raw, headers=headers)

    assert (answer.status_code, code(answer)) == (400, 100)


def test_a_number_nobody_has_is_undeliverable(world: World) -> None:
    assert code(world.send(text(to="5511900000000"))) == 131026


def test_a_user_id_of_nobody_is_undeliverable(world: World) -> None:
    assert code(world.send(text(to=None, recipient="BR.999"))) == 131026


def test_the_shop_cannot_write_to_itself(world: World) -> None:
    assert code(world.send(text(to=SHOP.digits))) == 131021


def test_a_number_without_registration_cannot_send(open_window: World) -> None:
    changed = open_window.client.patch(f"/street/accounts/{SHOP.phone_number_id}", json={"status": "DISCONNECTED"})
    assert changed.status_code == 200

    assert code(open_window.send(text())) == 133010


def test_the_window_closes_24_hours_after_the_customers_last_message(open_window: World) -> None:
    open_window.clock.advance(24 * 3600 - 1)
    assert open_window.send(text()).status_code == 200

    open_window.clock.advance(1)
    assert code(open_window.send(text())) == 131047


def test_the_window_of_one_customer_is_not_the_window_of_another(open_window: World) -> None:
    assert code(open_window.send(text(to=JOAO.phone))) == 131047
    assert code(open_window.send(text(to=OWNER_PHONE))) == 131047


def test_the_window_belongs_to_one_number_of_the_shops(open_window: World) -> None:
    open_window.client.post(
        "/street/people", json={"from": MARINA.phone, "phone_number_id": OTHER_SHOP.phone_number_id}
    )

    answer = open_window.send(text(), token=OTHER_SHOP.access_token, node=OTHER_SHOP.phone_number_id)

    assert code(answer) == 131047


def test_a_template_goes_outside_the_window(world: World) -> None:
    answer = world.send(template())

    assert answer.status_code == 200
    message = answer.json()["messages"][0]
    assert message["message_status"] == "accepted"
    shown = world.street.chats.message(message["id"])
    assert shown is not None
    assert shown.content["body"] == "Oi Marina, o banho é amanhã."
    assert shown.content["buttons"] == [
        {"text": "Confirmar", "payload": "yes:42"},
        {"text": "Cancelar", "payload": "Cancelar"},
    ]


def test_a_template_that_was_not_approved_is_refused(world: World) -> None:
    assert code(world.send(template(name="promocao"))) == 132001


def test_a_template_wants_exactly_its_parameters(world: World) -> None:
    assert code(world.send(template(parameters=("Marina",)))) == 132000


def test_a_pair_has_45_messages_on_credit_and_then_one_each_6_seconds(open_window: World) -> None:
    assert {open_window.send(text()).status_code for _ in range(45)} == {200}
    assert code(open_window.send(text())) == 131056

    open_window.clock.advance(6)
    assert open_window.send(text()).status_code == 200
    assert code(open_window.send(text())) == 131056


def test_the_pair_limit_of_one_customer_leaves_the_others_alone(open_window: World) -> None:
    open_window.write(**{"from": JOAO.phone, "text": "Oi"})
    for _ in range(45):
        open_window.send(text())

    assert open_window.send(text(to=JOAO.phone)).status_code == 200


def test_a_customer_without_a_phone_is_reached_by_the_user_id(world: World) -> None:
    world.client.post("/street/inbound", json={"bsuid": BIA.bsuid, "text": "Oi"})

    answer = world.send(text(to=None, recipient=BIA.bsuid))

    assert answer.json()["contacts"] == [{"input": BIA.bsuid, "user_id": BIA.bsuid}]


def test_a_brazilian_mobile_is_reached_with_and_without_its_ninth_digit(open_window: World) -> None:
    answer = open_window.send(text(to="551187654321"))

    assert answer.json()["contacts"][0] == {"input": "551187654321", "wa_id": MARINA.phone, "user_id": MARINA.bsuid}


def test_a_landline_is_not_taken_for_the_mobile_with_a_nine_more(world: World) -> None:
    world.client.post("/street/people", json={"from": "552133334444", "name": "Célia"})

    assert code(world.send(text(to="5521933334444"))) == 131026
    assert code(world.send(text(to="552133334444"))) == 131047


def test_a_reaction_must_be_about_a_message_of_the_chat(open_window: World) -> None:
    other = open_window.write(**{"from": JOAO.phone, "text": "Oi"})["wamids"][0]
    reaction = {"messaging_product": "whatsapp", "to": MARINA.phone, "type": "reaction"}

    refused = open_window.send({**reaction, "reaction": {"message_id": other, "emoji": "❤️"}})

    assert code(refused) == 131009


def test_a_reaction_stands_on_the_message_it_is_about(open_window: World) -> None:
    mine = open_window.write(text="Essa é a Mel")["wamids"][0]

    answer = open_window.send(
        {
            "messaging_product": "whatsapp",
            "to": MARINA.phone,
            "type": "reaction",
            "reaction": {"message_id": mine, "emoji": "❤️"},
        }
    )

    assert answer.status_code == 200
    message = open_window.street.chats.message(mine)
    assert message is not None
    assert message.reactions == {"shop": "❤️"}


def test_reading_a_message_marks_it_and_those_before_it_and_shows_typing(world: World) -> None:
    first, second, third = (world.write(text=body)["wamids"][0] for body in ("um", "dois", "três"))
    told: list[dict[str, object]] = []
    with world.street.chats.watch(told.append):
        answer = world.send(
            {
                "messaging_product": "whatsapp",
                "status": "read",
                "message_id": second,
                "typing_indicator": {"type": "text"},
            }
        )

    assert answer.json() == {"success": True}
    states = {message.id: message.state for message in world.street.chats.messages(chat_of(world, second))}
    assert states == {first: "read", second: "read", third: "delivered"}
    assert told[-1] == {"type": "typing", "chat_id": chat_of(world, second), "seconds": 25}


def chat_of(world: World, message_id: str) -> str:
    message = world.street.chats.message(message_id)
    assert message is not None
    return message.chat_id


def test_only_a_received_message_can_be_marked_read(open_window: World) -> None:
    own = open_window.send(text()).json()["messages"][0]["id"]
    read = {"messaging_product": "whatsapp", "status": "read"}

    assert code(open_window.send({**read, "message_id": own})) == 131009
    assert code(open_window.send({**read, "message_id": "wamid.unknown"})) == 131009


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke", "request_welcome"])
def test_a_message_without_a_bubble_of_its_own_can_be_marked_read(world: World, kind: str) -> None:
    first = world.write(text="Oi")["wamids"][0]
    second = world.write(kind=kind, message_id=first, emoji="👍", text="Olá")["wamids"][0]

    answer = world.send({"messaging_product": "whatsapp", "status": "read", "message_id": second})

    assert answer.json() == {"success": True}


def test_another_shop_cannot_mark_a_message_read(world: World) -> None:
    mine = world.write(text="Oi")["wamids"][0]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": mine}

    answer = world.send(read, token=OTHER_SHOP.access_token, node=OTHER_SHOP.phone_number_id)

    assert code(answer) == 131009


def test_a_typing_indicator_has_one_form_only(world: World) -> None:
    mine = world.write(text="Oi")["wamids"][0]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": mine}

    assert code(world.send({**read, "typing_indicator": {"type": "audio"}})) == 131009


def get(world: World, path: str, token: str = SHOP.access_token) -> Any:
    return world.client.get(f"/graph/v26.0/{path}", headers={"Authorization": f"Bearer {token}"})


def test_the_health_of_a_number_is_told_field_by_field(world: World) -> None:
    fields = (
        "quality_rating,status,code_verification_status,throughput,health_status,platform_type,is_on_biz_app,"
        "name_status,whatsapp_business_manager_messaging_limit,webhook_configuration,is_pin_enabled"
    )

    answer = get(world, f"{SHOP.phone_number_id}?fields={fields}").json()

    assert set(answer) == {*fields.split(","), "id"}
    assert answer["status"] == "CONNECTED"
    assert answer["health_status"]["can_send_message"] == "AVAILABLE"
    assert answer["webhook_configuration"] == {"application": world.street.config.webhook_url}


def test_a_number_that_fell_ill_says_so(world: World) -> None:
    world.client.patch(
        f"/street/accounts/{SHOP.phone_number_id}", json={"quality_rating": "RED", "status": "RESTRICTED"}
    )

    answer = get(world, f"{SHOP.phone_number_id}?fields=quality_rating,health_status").json()

    assert answer["quality_rating"] == "RED"
    assert answer["health_status"]["can_send_message"] == "BLOCKED"


def test_an_unknown_field_is_refused(world: World) -> None:
    assert code(get(world, f"{SHOP.phone_number_id}?fields=colour")) == 100


def test_the_subscribed_apps_of_an_account_are_listed(world: World) -> None:
    answer = get(world, f"{SHOP.waba_id}/subscribed_apps").json()

    assert answer["data"][0]["whatsapp_business_api_data"]["name"] == "AuZap"
    assert code(get(world, f"{SHOP.waba_id}/subscribed_apps", OTHER_SHOP.access_token)) == 100


def test_an_account_that_lost_its_subscription_lists_no_apps_until_it_subscribes_again(world: World) -> None:
    world.client.patch(f"/street/accounts/{SHOP.phone_number_id}", json={"subscribed": False})
    assert get(world, f"{SHOP.waba_id}/subscribed_apps").json() == {"data": []}
    assert get(world, f"{OTHER_SHOP.waba_id}/subscribed_apps", OTHER_SHOP.access_token).json()["data"]

    headers = {"Authorization": f"Bearer {SHOP.access_token}"}
    world.client.post(f"/graph/v26.0/{SHOP.waba_id}/subscribed_apps", headers=headers)

    assert get(world, f"{SHOP.waba_id}/subscribed_apps").json()["data"]


def test_a_token_tells_until_when_it_is_good(world: World) -> None:
    path = f"debug_token?input_token={SHOP.access_token}"
    assert get(world, path).json()["data"]["expires_at"] == 0

    world.client.patch(f"/street/accounts/{SHOP.phone_number_id}", json={"token_expires_at": 1_800_000_000})

    told = get(world, path).json()["data"]
    assert (told["is_valid"], told["expires_at"]) == (True, 1_800_000_000)
    assert code(get(world, path, "nobody's token")) == 190


def exchanged(world: World, code: str, *, app_id: str = APP_ID, secret: str = APP_SECRET) -> Any:
    given = {"client_id": app_id, "client_secret": secret, "code": code}
    return world.client.get("/graph/v26.0/oauth/access_token", params=given)


def test_a_signups_code_is_exchanged_for_the_numbers_token_once(world: World) -> None:
    answer = exchanged(world, f"signup-{SHOP.phone_number_id}-1")

    assert answer.json() == {"access_token": SHOP.access_token, "token_type": "bearer"}
    assert code(exchanged(world, f"signup-{SHOP.phone_number_id}-1")) == 100
    assert exchanged(world, f"signup-{SHOP.phone_number_id}-2").status_code == 200


@pytest.mark.parametrize("wrong", ["", "signup-", "signup-77", SHOP.phone_number_id])
def test_a_code_of_no_signup_is_refused(world: World, wrong: str) -> None:
    assert code(exchanged(world, wrong)) == 100


@pytest.mark.parametrize("wrong", [{"app_id": "1"}, {"secret": "x"}])
def test_a_code_is_for_our_app_alone(world: World, wrong: dict[str, str]) -> None:
    assert code(exchanged(world, f"signup-{SHOP.phone_number_id}", **wrong)) == 101


def test_a_business_shows_its_numbers(world: World) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}
    path = f"/graph/v26.0/{SHOP.waba_id}/phone_numbers"

    shown = world.client.get(f"{path}?fields=id,verified_name", headers=headers).json()["data"]

    assert shown == [{"id": SHOP.phone_number_id, "verified_name": SHOP.shop_name}]


def test_a_number_is_registered_with_one_pin(world: World) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}
    path = f"/graph/v26.0/{SHOP.phone_number_id}/register"

    def register(pin: str) -> Any:
        return world.client.post(path, json={"messaging_product": "whatsapp", "pin": pin}, headers=headers)

    assert register("123456").json() == {"success": True}
    assert code(register("654321")) == 133005
    assert code(register("12345")) == 100
    assert register("123456").status_code == 200


def test_what_the_app_on_a_phone_knows_is_asked_for_by_its_kind(world: World) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}
    path = f"/graph/v26.0/{SHOP.phone_number_id}/smb_app_data"

    assert world.client.post(path, json={"sync_type": "history"}, headers=headers).status_code == 200
    assert code(world.client.post(path, json={"sync_type": "all"}, headers=headers)) == 100


def test_a_business_that_is_not_listened_to_any_more_has_no_app(world: World) -> None:
    headers = {"Authorization": f"Bearer {SHOP.access_token}"}
    path = f"/graph/v26.0/{SHOP.waba_id}/subscribed_apps"

    assert world.client.delete(path, headers=headers).json() == {"success": True}
    assert world.client.get(path, headers=headers).json() == {"data": []}

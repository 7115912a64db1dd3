"""The phone: its page, its requests, its events, and what it remembers."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from local.street import app, phone
from local.street.config import Customer, PastMessage
from tests.unit.scripted_server import ScriptedServer
from tests.unit.street.world import (
    BIA,
    JOAO,
    MARINA,
    OTHER_SHOP,
    SHOP,
    Clock,
    World,
    street_config,
    text,
    values,
)

MARINAS = f"{SHOP.phone_number_id}-{MARINA.phone}"


def test_the_page_loads_only_its_own_files(world: World) -> None:
    page = world.client.get("/phone")

    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert 'lang="pt-BR"' in page.text
    addresses = re.findall(r'(?:src|href)="(?!#)([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        assert address.startswith("/"), address
        assert world.client.get(address).status_code == 200, address
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page.text)


@pytest.mark.parametrize("file", sorted(path.name for path in phone.SCREEN.iterdir()))
def test_each_file_of_the_page_stands_under_the_policy_and_reaches_for_nothing_else(world: World, file: str) -> None:
    answer = world.client.get(f"/phone/screen/{file}")

    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert not re.search(r"(import|from|url\(|src|href)\s*['\"(=]*https?://", answer.text)
    for module in re.findall(r"from '\./([^']+)'", answer.text):
        assert (phone.SCREEN / module).exists(), module


def test_the_first_page_leads_to_the_phone_and_to_the_health_of_the_api(world: World) -> None:
    page = world.client.get("/")

    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert 'href="/phone"' in page.text
    assert 'href="/health"' in page.text
    assert world.client.get("/home/home.css").status_code == 200


@pytest.mark.parametrize("page", ["/", "/mail", "/phone"])
def test_the_pages_of_the_street_look_alike(world: World, page: str) -> None:
    assert 'href="/home/street.css"' in world.client.get(page).text
    assert world.client.get("/home/street.css").status_code == 200


def send(world: World, chat_id: str = MARINAS, **fields: Any) -> Any:
    return world.client.post(f"/phone/chats/{chat_id}/messages", json=fields)


def test_what_is_written_on_the_phone_becomes_a_signed_webhook(world: World) -> None:
    answer = send(world, kind="text", text="Oi, tem horário?")

    assert answer.status_code == 201
    assert answer.json()["status"] == 200
    (webhook,) = world.told()
    (message,) = values(webhook)[0]["messages"]
    assert (message["id"], message["text"]) == (answer.json()["id"], {"body": "Oi, tem horário?"})
    assert webhook.headers["X-Hub-Signature-256"].startswith("sha256=")


def test_a_pressed_button_answers_the_message_it_stands_on(open_window: World) -> None:
    wamid = open_window.send(text()).json()["messages"][0]["id"]

    send(open_window, kind="button_reply", reply_id="yes", title="Sim", quoted_id=wamid)

    (message,) = values(open_window.told()[-1])[0]["messages"]
    assert message["context"] == {"from": SHOP.digits, "id": wamid}
    assert message["interactive"]["button_reply"] == {"id": "yes", "title": "Sim"}


def test_the_page_cannot_choose_what_only_a_script_may(world: World) -> None:
    answer = send(world, kind="text", text="Oi", phone_number_id=OTHER_SHOP.phone_number_id)

    assert answer.status_code == 400
    assert world.told() == []


def test_another_site_cannot_write_through_the_browser(world: World) -> None:
    body = json.dumps({"kind": "text", "text": "Oi"})

    answer = world.client.post(f"/phone/chats/{MARINAS}/messages", content=body, headers={"Content-Type": "text/plain"})

    assert answer.status_code == 400
    assert world.told() == []


@pytest.mark.parametrize("status", [401, 500])
def test_a_refused_message_says_why_and_goes_out_again_when_it_is_tapped(world: World, status: int) -> None:
    world.answers(status, 200)
    wamid = send(world, kind="voice").json()["id"]
    failed = world.street.chats.message(wamid)
    assert failed is not None
    assert (failed.state, failed.failure) == ("failed", str(status))

    answer = world.client.post(f"/phone/chats/{MARINAS}/messages/{wamid}/resend", json={})

    assert answer.json() == {"id": wamid, "status": 200}
    first, again = world.told()
    assert first.body == again.body
    delivered = world.street.chats.message(wamid)
    assert delivered is not None
    assert (delivered.state, delivered.failure) == ("delivered", None)


def test_a_message_of_another_chat_cannot_be_sent_again(world: World) -> None:
    wamid = send(world, kind="text", text="Oi").json()["id"]

    other = f"{SHOP.phone_number_id}-{JOAO.phone}"
    assert world.client.post(f"/phone/chats/{other}/messages/{wamid}/resend", json={}).status_code == 404


def test_a_message_the_shop_has_read_does_not_fall_back_to_delivered(world: World) -> None:
    wamid = send(world, kind="text", text="Oi").json()["id"]
    world.send({"messaging_product": "whatsapp", "status": "read", "message_id": wamid})

    world.client.post(f"/phone/chats/{MARINAS}/messages/{wamid}/resend", json={})

    message = world.street.chats.message(wamid)
    assert message is not None
    assert message.state == "read"


def test_an_unknown_chat_is_refused_in_words(world: World) -> None:
    answer = send(world, chat_id="nobody", kind="text", text="Oi")

    assert (answer.status_code, answer.json()) == (400, {"error": "Essa conversa não existe mais."})


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("(11) 91234-5678", "5511912345678"),
        ("11 3333-4444", "551133334444"),
        ("5511912345678", "5511912345678"),
        ("+1 (212) 555-0100", "12125550100"),
    ],
)
def test_a_new_chat_takes_a_number_as_people_write_it(world: World, written: str, known: str) -> None:
    answer = world.client.post("/phone/chats", json={"name": " Carla ", "phone": written})

    assert answer.status_code == 201
    chat = answer.json()
    assert (chat["name"], chat["phone"], chat["phone_number_id"]) == ("Carla", known, SHOP.phone_number_id)
    assert chat["bsuid"].startswith("BR.")


@pytest.mark.parametrize(
    "person",
    [
        {"name": "", "phone": "11 91234-5678"},
        {"name": "Carla", "phone": "1234"},
        {"name": "Carla", "phone": ""},
        {"name": "Carla", "phone": "1" * 16},
        {"name": "Carla", "phone": SHOP.display_phone},
        {"name": "Carla", "phone": "11 91234-5678", "phone_number_id": "1"},
    ],
)
def test_a_new_chat_with_nobody_is_refused_in_words(world: World, person: dict[str, str]) -> None:
    answer = world.client.post("/phone/chats", json=person)

    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_a_new_person_may_hide_the_number_from_the_shop(world: World) -> None:
    person = {"name": "Carla", "phone": "11 91234-5678", "hide_phone": True}
    chat = world.client.post("/phone/chats", json=person).json()

    send(world, chat_id=chat["id"], kind="text", text="Oi")

    assert "5511912345678" not in world.told()[0].body.decode()


def test_the_same_person_is_the_same_chat(world: World) -> None:
    chat = world.client.post("/phone/chats", json={"name": "Outro nome", "phone": MARINA.phone}).json()

    assert chat["id"] == MARINAS


def test_the_events_begin_with_everything_and_go_on_with_each_change(world: World) -> None:
    async def follow() -> list[dict[str, Any]]:
        stream = phone.event_stream(world.street.chats)
        first = await anext(stream)
        await asyncio.to_thread(send, world, kind="text", text="Oi")
        events = [first, await anext(stream), await anext(stream)]
        await stream.aclose()
        return [json.loads(event.removeprefix("data: ")) for event in events]

    state, sent, delivered = asyncio.run(follow())

    assert state["type"] == "state"
    assert [chat["name"] for chat in state["chats"]] == ["Dona da loja", MARINA.name, JOAO.name, BIA.name]
    assert state["shops"][SHOP.phone_number_id] == SHOP.shop_name
    assert (sent["message"]["content"], sent["message"]["state"]) == ({"body": "Oi"}, "sent")
    assert delivered["message"] == {**sent["message"], "state": "delivered"}
    assert "element" not in sent["message"]


def test_a_quiet_stream_shows_that_it_is_alive(world: World) -> None:
    async def follow() -> str:
        stream = phone.event_stream(world.street.chats, heartbeat_seconds=0.001)
        await anext(stream)
        beat = await anext(stream)
        await stream.aclose()
        return beat

    assert asyncio.run(follow()) == phone.HEARTBEAT


def test_nobody_watches_after_the_page_is_closed(world: World) -> None:
    async def follow() -> None:
        stream = phone.event_stream(world.street.chats)
        await anext(stream)
        await stream.aclose()

    asyncio.run(follow())

    assert send(world, kind="text", text="Oi").status_code == 201


def test_a_restarted_street_remembers_chats_messages_and_files(
    auzap: ScriptedServer, clock: Clock, tmp_path: Path
) -> None:
    journal = tmp_path / "street.jsonl"
    config = street_config(auzap, clock, journal=journal)
    application = app.create(config)
    first = World(TestClient(application), application.state.street, auzap, clock)
    first.client.post("/phone/chats", json={"name": "Carla", "phone": "11 91234-5678"})
    send(first, kind="image")
    first.send(text(body="Que linda!"))
    before = first.client.get("/street/chats").json()
    first.street.deliveries.stop()
    with journal.open("a") as lines:
        lines.write('{"message": {"id": "half')

    application = app.create(config)
    second = World(TestClient(application), application.state.street, auzap, clock)

    after = second.client.get("/street/chats").json()
    assert after == before
    picture = after["messages"][0]["content"]["id"]
    assert second.client.get(f"/phone/media/{picture}").headers["content-type"] == "image/jpeg"
    assert second.send(text(body="a janela continua aberta")).status_code == 200
    second.street.deliveries.stop()


def test_a_customer_with_a_history_has_it_on_the_phone_once(
    auzap: ScriptedServer, clock: Clock, tmp_path: Path
) -> None:
    past = (
        PastMessage("wamid.1", clock.now, "Vocês dão banho em gato?"),
        PastMessage("wamid.2", clock.now, "Damos sim!", from_shop=True),
    )
    customer = Customer("Célia", "5511955556666", "BR.5", history=past)
    config = street_config(auzap, clock, customers=(customer,), journal=tmp_path / "street.jsonl")

    for _ in range(2):
        application = app.create(config)
        world = World(TestClient(application), application.state.street, auzap, clock)
        messages = world.client.get("/street/chats").json()["messages"]
        assert [(m["sender"], m["content"]["body"], m["state"]) for m in messages] == [
            ("customer", "Vocês dão banho em gato?", "read"),
            ("shop", "Damos sim!", "read"),
        ]
        world.street.deliveries.stop()

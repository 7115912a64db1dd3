"""Media at the Graph API simulator: upload, look up, download while the link lives, delete."""

import base64
from typing import Any

import pytest

from tests.unit.scripted_server import Answer, scripted
from tests.unit.street.world import MARINA, OTHER_SHOP, SHOP, World

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
HEADERS = {"Authorization": f"Bearer {SHOP.access_token}"}


def upload(
    world: World, data: bytes = PNG, mime_type: str = "image/png", product: str | None = "whatsapp", **headers: str
) -> Any:
    return world.client.post(
        f"/graph/v26.0/{SHOP.phone_number_id}/media",
        files={"file": ("foto.png", data, mime_type)},
        data={} if product is None else {"messaging_product": product},
        headers=headers or HEADERS,
    )


def look_up(world: World, media_id: str) -> Any:
    return world.client.get(f"/graph/v26.0/{media_id}", headers=HEADERS)


def image(world: World, **source: str) -> Any:
    return world.send({"messaging_product": "whatsapp", "to": MARINA.phone, "type": "image", "image": source})


def test_an_upload_is_looked_up_and_downloaded_as_it_was(world: World) -> None:
    media_id = upload(world).json()["id"]

    node = look_up(world, media_id).json()

    assert (node["id"], node["mime_type"], node["file_size"]) == (media_id, "image/png", len(PNG))
    file = world.client.get(node["url"], headers=HEADERS)
    assert file.content == PNG
    assert file.headers["content-type"] == "image/png"


def test_a_link_lives_five_minutes(world: World) -> None:
    url = look_up(world, upload(world).json()["id"]).json()["url"]

    world.clock.advance(5 * 60)
    assert world.client.get(url, headers=HEADERS).status_code == 200
    world.clock.advance(1)
    assert world.client.get(url, headers=HEADERS).status_code == 404


def test_a_link_opens_only_with_a_token_and_only_as_it_was_made(world: World) -> None:
    url = look_up(world, upload(world).json()["id"]).json()["url"]
    other = upload(world).json()["id"]
    media_id = url.split("/")[-3]

    assert world.client.get(url).status_code == 401
    assert world.client.get(url.replace(media_id, other), headers=HEADERS).status_code == 404
    assert world.client.get(url[:-1] + ("0" if url[-1] != "0" else "1"), headers=HEADERS).status_code == 404


def test_what_a_customer_sent_is_gone_after_a_week_and_an_upload_after_a_month(world: World) -> None:
    uploaded = upload(world).json()["id"]
    world.write(kind="image")
    (received,) = (m["content"]["id"] for m in world.client.get("/street/chats").json()["messages"])

    world.clock.advance(7 * 24 * 3600 + 1)
    assert (look_up(world, received).status_code, look_up(world, uploaded).status_code) == (400, 200)
    world.clock.advance(23 * 24 * 3600)
    assert look_up(world, uploaded).status_code == 400


def test_a_deleted_file_is_gone(world: World) -> None:
    media_id = upload(world).json()["id"]

    assert world.client.delete(f"/graph/v26.0/{media_id}", headers=HEADERS).json() == {"success": True}
    assert look_up(world, media_id).status_code == 400
    assert world.client.delete(f"/graph/v26.0/{media_id}", headers=HEADERS).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"product": None}, 400, 100),
        ({"product": "sms"}, 400, 100),
        ({"mime_type": "application/x-sh"}, 400, 100),
        ({"data": b""}, 400, 131053),
        ({"data": b"0" * (5 * 1024 * 1024 + 1)}, 400, 131053),
        ({"Authorization": "Bearer wrong"}, 401, 190),
        ({"Authorization": f"Bearer {OTHER_SHOP.access_token}"}, 400, 100),
    ],
)
def test_an_upload_outside_the_rules_is_refused(world: World, changes: dict[str, Any], status: int, code: int) -> None:
    answer = upload(world, **changes)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_body_that_is_no_form_is_refused(world: World) -> None:
    answer = world.client.post(f"/graph/v26.0/{SHOP.phone_number_id}/media", content=b"hello", headers=HEADERS)

    assert answer.json()["error"]["code"] == 100


def test_an_uploaded_picture_is_sent_and_shown(open_window: World) -> None:
    media_id = upload(open_window).json()["id"]

    wamid = image(open_window, id=media_id, caption="A Mel ficou linda").json()["messages"][0]["id"]

    message = open_window.street.chats.message(wamid)
    assert message is not None
    assert message.content == {"id": media_id, "caption": "A Mel ficou linda", "mime_type": "image/png"}
    assert open_window.client.get(f"/phone/media/{media_id}").content == PNG


def test_a_picture_nobody_uploaded_is_refused(open_window: World) -> None:
    assert image(open_window, id="1").json()["error"]["code"] == 131053


def test_a_picture_given_by_link_is_fetched_for_the_phone(open_window: World) -> None:
    with scripted(Answer(body=PNG, headers={"Content-Type": "image/png"})) as host:
        wamid = image(open_window, link=f"{host.url}/mel.png").json()["messages"][0]["id"]

    message = open_window.street.chats.message(wamid)
    assert message is not None
    assert open_window.client.get(f"/phone/media/{message.content['id']}").content == PNG


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(body=b"<html>", headers={"Content-Type": "text/html"})], ids=["missing", "html"]
)
def test_a_link_without_a_picture_fails_after_it_was_accepted(open_window: World, answer: Answer) -> None:
    with scripted(answer) as host:
        assert image(open_window, link=f"{host.url}/mel.png").status_code == 200

    sent, failed = open_window.statuses()
    assert (sent["status"], failed["status"]) == ("sent", "failed")
    assert failed["errors"][0]["code"] == 131053


def test_what_the_shop_sends_is_never_run_by_the_browser(world: World) -> None:
    page = base64.b64encode(b"<script>alert(1)</script>").decode()
    world.write(kind="document", data=page, mime_type="text/html", filename="a.html")
    (message,) = world.client.get("/street/chats").json()["messages"]

    file = world.client.get(f"/phone/media/{message['content']['id']}")

    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["x-content-type-options"] == "nosniff"

"""Files that people of the shop send: a link to put them to, a look at what came, and a message of the conversation."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from auzap import runtime
from auzap.media.bucket import Bucket
from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk

__all__ = ["open_talk", "other_talk", "talk"]

PICTURE = (Path(__file__).parents[2] / "local/street/samples/foto-da-mel.jpg").read_bytes()
VOICE = (Path(__file__).parents[2] / "local/street/samples/mensagem-de-voz.ogg").read_bytes()


@pytest.fixture(autouse=True)
def bucket(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = around.make_bucket()
    monkeypatch.setenv("AUZAP_MEDIA_BUCKET", made.name)
    runtime.settings.cache_clear()
    return made


def begun(talk: Talk, place: str, kind: str, content_type: str, size: int) -> httpx.Response:
    body = {"kind": kind, "content_type": content_type, "size": size}
    return talk.place.person.ask("POST", f"/v1/conversations/{place}/uploads", body)


def put(talk: Talk, place: str, file: bytes, kind: str = "image", content_type: str = "image/jpeg") -> str:
    """The id of an upload whose file is there."""
    upload = begun(talk, place, kind, content_type, len(file)).json()["data"]
    assert httpx.put(upload["url"], content=file, headers=upload["headers"]).status_code == 200
    return upload["id"]


def send(talk: Talk, place: str, upload_id: str, kind: str = "image", **more: Any) -> httpx.Response:
    headers = {name: more.pop(name) for name in ("idempotency-key",) if name in more}
    body = {"upload_id": upload_id, "kind": kind, **more}
    return talk.place.person.ask("POST", f"/v1/conversations/{place}/files", body, **headers)


def refused(answer: httpx.Response) -> tuple[int, str, Any]:
    told = answer.json()
    return answer.status_code, told["code"], told["details"]


def test_a_picture_is_put_sent_and_seen_in_the_conversation(talk: Talk, bucket: Bucket) -> None:
    place = talk.say()

    sent = send(talk, place, put(talk, place, PICTURE), caption="Olha a Mel!")

    assert sent.status_code == 201, sent.text
    shown, _ = talk.place.get(f"/v1/conversations/{place}/messages")
    assert (shown["id"], shown["sender"], shown["kind"], shown["text"]) == (
        sent.json()["data"]["id"],
        "staff",
        "image",
        "Olha a Mel!",
    )
    assert (shown["media"]["state"], shown["media"]["content_type"]) == ("stored", "image/jpeg")
    assert httpx.get(shown["media"]["link"]).content == bucket.content(talk.one("SELECT object_key FROM media"))
    assert talk.read("SELECT content ->> 'type', content ->> 'object_key' FROM outbox") == talk.read(
        "SELECT kind, object_key FROM media"
    )
    assert talk.of(place, "state") == "human"


def test_the_sender_is_hinted_and_a_second_click_sends_nothing_more(talk: Talk, around: Surroundings) -> None:
    place = talk.say()
    upload_id = put(talk, place, PICTURE)

    answers = [send(talk, place, upload_id, **{"idempotency-key": "f1"}).json()["data"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(talk.outbox()) == 1
    assert {hint["conversation_id"] for hint in around.hints("outbox")} == {place}


def test_a_paper_goes_by_its_name_and_can_be_sent_again_elsewhere(talk: Talk) -> None:
    place, other = talk.say(), talk.say(sender="+5511955550002")
    upload_id = put(talk, place, b"Orcamento: um banho", "document", "text/plain")

    send(talk, place, upload_id, "document", filename="orçamento.txt")
    again = {"type": "file", "media_id": upload_id}

    assert talk.place.person.ask("POST", f"/v1/conversations/{other}/messages", again).status_code == 201
    names = talk.read("SELECT content ->> 'filename' FROM outbox")
    assert names == [("orçamento.txt",), ("orçamento.txt",)]


@pytest.mark.parametrize(
    ("kind", "content_type", "size", "refusal"),
    [
        ("image", "image/webp", 10, (422, "unsendable_file", "type_not_allowed")),
        ("image", "image/jpeg", 6_000_000, (422, "too_large", 5 * 1024 * 1024)),
        ("document", "application/x-msdownload", 10, (422, "unsendable_file", "type_not_allowed")),
    ],
)
def test_what_whatsapp_does_not_take_is_refused_before_it_is_put(
    talk: Talk, kind: str, content_type: str, size: int, refusal: tuple[int, str, Any]
) -> None:
    assert refused(begun(talk, talk.say(), kind, content_type, size)) == refusal


@pytest.mark.parametrize(
    ("file", "kind", "content_type"),
    [(b"MZ\x90\0 a program", "image", "image/jpeg"), (PICTURE, "audio", "audio/ogg"), (VOICE, "image", "image/png")],
)
def test_what_is_not_what_it_says_is_refused_when_it_is_to_be_sent(
    talk: Talk, file: bytes, kind: str, content_type: str
) -> None:
    place = talk.say()
    upload_id = put(talk, place, file, kind, content_type)

    assert refused(send(talk, place, upload_id, kind)) == (422, "unsendable_file", "type_not_allowed")
    assert (talk.outbox(), talk.read("SELECT 1 FROM media")) == ([], [])


def test_a_file_that_was_never_put_is_not_sent(talk: Talk) -> None:
    place = talk.say()
    upload = begun(talk, place, "image", "image/jpeg", 10).json()["data"]

    assert refused(send(talk, place, upload["id"])) == (422, "not_uploaded", None)


def test_after_a_day_only_templates_are_taken(talk: Talk) -> None:
    place = talk.say()
    upload_id = put(talk, place, PICTURE)
    talk.let_a_day_pass()

    assert refused(send(talk, place, upload_id))[:2] == (409, "window_closed")


def test_another_shops_conversation_and_file_are_not_there(talk: Talk, other_talk: Talk) -> None:
    place, theirs = talk.say(), other_talk.say()
    upload_id = put(other_talk, theirs, PICTURE)

    assert refused(begun(talk, theirs, "image", "image/jpeg", 10))[:2] == (404, "unknown_conversation")
    assert refused(send(talk, theirs, upload_id))[:2] == (404, "unknown_conversation")
    assert refused(send(talk, place, upload_id))[:2] == (422, "not_uploaded")

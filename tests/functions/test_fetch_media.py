"""fetch_media: what a customer sent lies in the bucket before its link dies, or the panel knows why it does not."""

import hashlib
import json
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from auzap.aws.client import AwsClient
from auzap.ids import MediaId
from auzap.media import links
from auzap.media.bucket import Bucket
from local.street.media import SAMPLE_OF_KIND, SAMPLES
from tests import factories
from tests.functions.house import MEDIA_BUCKET, House, seal_token
from tests.functions.sandbox import Invocation
from tests.unit.scripted_server import Answer, Hangs, ScriptedServer, scripted

MEGABYTE = 1024 * 1024
TYPES = {
    "image": "image/jpeg",
    "voice": "audio/ogg",
    "audio": "audio/ogg",
    "video": "video/mp4",
    "document": "application/pdf",
    "sticker": "image/webp",
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
PLACE = b"\xff\xfe\x00\x1bRua das Flores, numero 12"


def sends_media(house: House, kind: str = "image") -> None:
    """A customer sends it, it is recorded, and the hint to fetch it lies on its queue."""
    house.hear(house.person(), "Olha só", kind=kind)


def work(house: House, **how: Any) -> Invocation:
    (invocation,) = house.work("media", **how)
    return invocation


def outcome(invocation: Invocation) -> str:
    (counted,) = [line for line in invocation.output.splitlines() if '"Media": 1' in line]
    return json.loads(counted)["outcome"]


def row(house: House) -> tuple[Any, ...]:
    (found,) = house.rows("SELECT state, reason, attempts FROM media")
    return found


def objects(house: House) -> dict[str, bytes]:
    """This shop's files, by their names below the shop's."""
    s3, prefix = house.installation.clients["s3"], f"media/{house.organization_id}/"
    found = s3.list_objects_v2(Bucket=MEDIA_BUCKET, Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket=MEDIA_BUCKET, Key=each["Key"])["Body"].read()
        for each in found
    }


def keeps(house: House, content: bytes, mime_type: str, *, kind: str = "image") -> None:
    """What the customer sent is really this."""
    stored = house.outside.street.media.keep(content, mime_type, "file", days=7)
    house.change("UPDATE media SET provider_media_id = %s, kind = %s", stored.id, kind)


def node(server: ScriptedServer, content: bytes, **said: Any) -> Answer:
    """What the Graph API says of a file that the same server gives."""
    told = {
        "url": f"{server.url}/file",
        "mime_type": "image/png",
        "sha256": hashlib.sha256(content).hexdigest(),
        "file_size": len(content),
    }
    return Answer(body={name: value for name, value in (told | said).items() if value is not None})


def told_by(house: House, server: ScriptedServer, *script: Answer | Hangs) -> Invocation:
    """One attempt with another Graph API."""
    server.script[:] = script
    return work(house, settings={"AUZAP_GRAPH_URL": f"{server.url}/v26.0"})


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_customer_sends_lies_in_the_bucket(house: House, kind: str) -> None:
    sends_media(house, kind)

    invocation = work(house)

    assert invocation.failed == [], invocation.output
    assert outcome(invocation) == "stored"
    ((media_id, size, sha256, type_, state, key),) = house.rows(
        "SELECT id, bytes, sha256, content_type, state, object_key FROM media"
    )
    content = objects(house)[str(media_id)]
    assert (state, type_, key) == ("stored", TYPES[kind], f"media/{house.organization_id}/{media_id}")
    assert (size, sha256) == (len(content), hashlib.sha256(content).digest())
    sent = (SAMPLES / SAMPLE_OF_KIND[kind].file).read_bytes()
    assert content == sent or (kind == "image" and len(content) < len(sent))
    kept = house.installation.clients["s3"].head_object(Bucket=MEDIA_BUCKET, Key=key)
    assert kept["ContentType"] == TYPES[kind]


def test_the_link_in_the_panel_gives_the_file(house: House) -> None:
    sends_media(house, "document")
    work(house)
    media_id = MediaId(house.one("SELECT id FROM media"))
    s3 = AwsClient("s3", region="sa-east-1", endpoint=house.installation.aws.url)
    with house.database.transaction(house.organization_id, "test") as tx:
        link = links.link(tx, Bucket(s3, MEDIA_BUCKET), media_id, now=datetime.now(UTC))

    assert link
    with closing(urllib.request.urlopen(link, timeout=10)) as answer:
        assert answer.read() == objects(house)[str(media_id)]
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")


def test_a_doubled_hint_fetches_once(house: House) -> None:
    sends_media(house)
    (hint,) = house.traffic.hints("media")
    house.traffic.put("media", hint["MessageBody"])

    outcomes = [outcome(invocation) for invocation in house.work("media")]

    assert sorted(outcomes) == ["nothing_to_do", "stored"]
    assert len([path for _, path in house.outside.requests if path.startswith("/graph/media/")]) == 1


def test_a_hint_that_was_lost_is_renewed_by_the_sweep(lonely_house: House) -> None:
    house = lonely_house
    sends_media(house)
    house.traffic.take("media")

    house.traffic.pass_time(timedelta(minutes=3), sweeping=True)

    assert row(house)[0] == "stored"


def test_a_photo_does_not_tell_where_it_was_taken(house: House) -> None:
    sends_media(house)
    photo = (SAMPLES / "foto-da-mel.jpg").read_bytes()
    keeps(house, photo[:2] + PLACE + photo[2:], "image/jpeg")

    work(house)

    (content,) = objects(house).values()
    assert b"Rua das Flores" not in content
    assert content[-100:] == photo[-100:]


def test_a_file_that_lies_about_its_type_is_kept_under_the_true_one(house: House) -> None:
    sends_media(house)
    keeps(house, PNG, "image/jpeg")

    work(house)

    assert house.rows("SELECT declared_type, content_type, state FROM media") == [("image/jpeg", "image/png", "stored")]


@pytest.mark.parametrize(
    ("kind", "content", "mime_type", "reason"),
    [
        ("image", b"MZ\x90\x00\x03\x00\x00\x00", "image/jpeg", "type_not_allowed"),
        ("image", b"%PDF-1.7\n", "image/jpeg", "type_not_allowed"),
        ("audio", PNG, "audio/ogg", "type_not_allowed"),
        ("document", b"\x7fELF\x02\x01\x01\x00", "application/pdf", "type_not_allowed"),
        ("image", b"\xff\xd8\xff\xe1\xff\xffbroken", "image/jpeg", "unreadable"),
        ("image", b"", "image/jpeg", "empty"),
        ("image", PNG + bytes(5 * MEGABYTE), "image/png", "too_large"),
        ("audio", b"ID3" + bytes(16 * MEGABYTE), "audio/mpeg", "too_large"),
        ("document", b"%PDF-" + bytes(101 * MEGABYTE), "application/pdf", "too_large"),
        ("sticker", b"RIFF" + bytes(501 * 1024), "image/webp", "too_large"),
    ],
    ids=["program", "paper", "picture", "program as paper", "broken", "empty", "photo", "17 MB", "101 MB", "sticker"],
)
def test_what_must_not_be_kept_is_refused_with_a_reason_and_asked_for_no_more(
    house: House, kind: str, content: bytes, mime_type: str, reason: str
) -> None:
    sends_media(house)
    keeps(house, content, mime_type, kind=kind)

    invocation = work(house)

    assert (invocation.failed, outcome(invocation)) == ([], "refused")
    assert row(house) == ("refused", reason, 1)
    assert objects(house) == {}
    if reason == "too_large":
        assert not [path for _, path in house.outside.requests if path.startswith("/graph/media/")]


def test_a_file_that_is_larger_than_it_was_said_to_be_is_cut_off(house: House) -> None:
    sends_media(house)
    with scripted(Hangs()) as server:
        large = PNG + bytes(6 * MEGABYTE)
        told_by(house, server, node(server, large, file_size=1000), Answer(body=large))

    assert row(house) == ("refused", "too_large", 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://10.0.0.1/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_link_to_a_machine_that_is_not_the_providers_is_not_opened(house: House, url: str) -> None:
    sends_media(house)
    with scripted(Hangs()) as server:
        told_by(house, server, node(server, PNG, url=url))

    assert row(house) == ("refused", "unsafe_address", 1)


def test_a_redirect_to_a_machine_of_ours_is_not_followed(house: House) -> None:
    sends_media(house)
    with scripted(Hangs()) as server, scripted(Answer(body=PNG)) as secret:
        elsewhere = Answer(302, b"", {"Location": f"{secret.url}/file"})
        told_by(house, server, node(server, PNG), elsewhere)
        assert secret.requests == []

    assert row(house) == ("refused", "redirect", 1)


@pytest.mark.parametrize(
    ("said", "answer", "reason"),
    [
        ({"sha256": "0" * 64}, Answer(body=PNG), "altered"),
        ({"file_size": len(PNG) + 1}, Answer(body=PNG), "altered"),
        ({}, Answer(404, b""), "status 404"),
        ({}, Answer(503, b""), "status 503"),
    ],
    ids=["altered", "cut", "dead link", "away"],
)
def test_a_file_that_did_not_come_is_asked_for_again_with_a_new_link(
    house: House, said: Mapping[str, Any], answer: Answer, reason: str
) -> None:
    sends_media(house)
    with scripted(Hangs()) as server:
        invocation = told_by(house, server, node(server, PNG, **said), answer)
        assert (len(invocation.failed), outcome(invocation)) == (1, "postponed")
        assert row(house) == ("waiting", reason, 1)

        house.clock.move(timedelta(seconds=6))
        assert told_by(house, server, node(server, PNG), Answer(body=PNG)).failed == []

    assert row(house) == ("stored", None, 2)


def test_what_the_provider_says_less_of_is_fetched_all_the_same(house: House) -> None:
    sends_media(house)
    with scripted(Hangs()) as server:
        told_by(house, server, node(server, PNG, sha256=None, file_size=None, mime_type=None), Answer(body=PNG))

    assert row(house)[0] == "stored"


def test_a_hint_comes_again_when_its_file_is_due(house: House) -> None:
    sends_media(house)
    away = {"AUZAP_GRAPH_URL": "http://127.0.0.1:9/v26.0"}
    work(house, settings=away)

    house.traffic.pass_time(timedelta(seconds=4))
    assert row(house)[:2] == ("waiting", "graph 0")
    house.traffic.pass_time(timedelta(seconds=3))

    assert row(house) == ("stored", None, 2)


def test_after_five_attempts_it_is_given_up_and_the_panel_knows_why(house: House) -> None:
    sends_media(house)
    away = {"AUZAP_GRAPH_URL": "http://127.0.0.1:9/v26.0"}

    failed: list[int] = []
    for _ in range(5):
        failed.append(len(work(house, settings=away).failed))
        house.clock.move(timedelta(minutes=11))

    assert failed == [1, 1, 1, 1, 0]
    assert row(house) == ("failed", "graph 0", 5)
    assert house.one("SELECT count(*) FROM changes WHERE table_name = 'media' AND operation = 'update'") == 1
    assert house.work("media") == []


def test_a_file_that_kills_every_worker_is_given_up(house: House) -> None:
    sends_media(house)
    house.change("UPDATE media SET attempts = 5")

    assert outcome(work(house)) == "failed"
    assert row(house) == ("failed", "given_up", 6)


def test_a_file_that_the_provider_no_longer_has_is_not_waited_for(house: House) -> None:
    sends_media(house)
    house.outside.street.media.reset()

    invocation = work(house)

    assert (invocation.failed, row(house)) == ([], ("failed", "gone", 1))


@pytest.mark.parametrize("identifier", ["../1065/messages", "1?fields=access_token", "4242/owner", "id with space"])
def test_a_file_whose_id_is_none_is_not_asked_for(house: House, identifier: str) -> None:
    sends_media(house)
    house.change("UPDATE media SET provider_media_id = %s", identifier)
    asked = len(house.outside.requests)

    work(house)

    assert row(house) == ("failed", "gone", 1)
    assert len(house.outside.requests) == asked


def test_a_token_that_is_refused_costs_no_attempt_and_the_file_comes_when_it_is_renewed(lonely_house: House) -> None:
    house = lonely_house
    sends_media(house)
    seal_token(house, "another-token")
    invocation = work(house)
    assert (invocation.failed, row(house)) == ([], ("waiting", "graph 190", 0))

    seal_token(house, house.account.access_token)
    house.traffic.pass_time(timedelta(minutes=12), sweeping=True)

    assert row(house) == ("stored", None, 1)


def test_trouble_with_aws_costs_no_attempt(lonely_house: House) -> None:
    house = lonely_house
    sends_media(house)
    aws = house.installation.aws
    aws.refuse("PUT object")
    assert work(house).failed == []
    assert row(house) == ("waiting", "aws ServiceUnavailable", 0)

    aws.allow("PUT object")
    house.traffic.pass_time(timedelta(minutes=12), sweeping=True)

    assert row(house) == ("stored", None, 1)


def test_a_file_without_a_token_waits(house: House) -> None:
    sends_media(house)
    house.change("UPDATE channel_accounts SET credentials = NULL")

    assert work(house).failed == []
    assert row(house) == ("waiting", "no credentials", 0)


def test_a_file_of_a_suspended_shop_is_left_alone(house: House) -> None:
    sends_media(house)
    house.suspend()

    invocation = work(house)

    assert (invocation.failed, outcome(invocation)) == ([], "organization_unavailable")
    with psycopg.connect(house.place.admin) as admin:
        found = admin.execute(
            "SELECT state, attempts FROM media WHERE organization_id = %s", [house.organization_id]
        ).fetchall()
    assert found == [("waiting", 0)]


def test_a_message_that_is_deleted_while_its_file_comes_leaves_none_behind(house: House) -> None:
    sends_media(house)

    def revoke() -> None:
        house.change("UPDATE media SET state = 'refused', reason = 'revoked' WHERE state = 'waiting'")

    house.outside.on_call = revoke
    invocation = work(house)

    assert outcome(invocation) == "withdrawn"
    assert row(house)[:2] == ("refused", "revoked")
    assert objects(house) == {}


def test_a_message_that_is_deleted_after_its_file_was_stored_takes_it_along(lonely_house: House) -> None:
    house = lonely_house
    ana = house.person()
    wamid = house.hear(ana, "", kind="image")
    work(house)
    assert row(house)[0] == "stored"
    assert len(objects(house)) == 1

    house.hear(ana, "", kind="revoke", message_id=wamid)
    house.traffic.pass_time(timedelta(minutes=3), sweeping=True)

    assert row(house)[:2] == ("refused", "revoked")
    assert house.one("SELECT object_key FROM media") is None
    assert objects(house) == {}


def test_a_file_that_the_bucket_does_not_let_go_is_dropped_later(lonely_house: House) -> None:
    house = lonely_house
    ana = house.person()
    wamid = house.hear(ana, "", kind="image")
    work(house)
    aws = house.installation.aws
    aws.refuse("DELETE object")
    house.hear(ana, "", kind="revoke", message_id=wamid)
    house.traffic.pass_time(timedelta(minutes=3), sweeping=True)
    assert len(objects(house)) == 1

    aws.allow("DELETE object")
    house.traffic.pass_time(timedelta(minutes=14), sweeping=True)

    assert row(house)[:2] == ("refused", "revoked")
    assert objects(house) == {}


def test_a_hint_of_another_shop_fetches_nothing(house: House) -> None:
    sends_media(house)
    (hint,) = house.traffic.take("media")
    with psycopg.connect(house.place.owner, autocommit=True) as owner:
        stranger = factories.make_organization(owner)
    house.traffic.put("media", json.dumps({**json.loads(hint["body"]), "organization_id": str(stranger)}))

    assert outcome(work(house)) == "nothing_to_do"
    assert row(house) == ("waiting", None, 0)

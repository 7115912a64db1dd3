"""The rows of files: one worker at a time, settled once, found again when forgotten, and shown to their own shop only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from auzap.aws.client import AwsClient
from auzap.db.connection import Database
from auzap.ids import MediaId
from auzap.media import links, queries
from auzap.media.bucket import Bucket
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock

SECOND = timedelta(seconds=1)
LEASE = 70 * SECOND
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def bucket() -> Bucket:
    return Bucket(AwsClient("s3", region="sa-east-1", endpoint="https://s3.sa-east-1.amazonaws.com"), "files")


@pytest.fixture
def media_id(database: Database, shop: PetShop) -> MediaId:
    return a_file(database, shop)


def a_file(database: Database, shop: PetShop, **said: Any) -> MediaId:
    content = {"id": "4242", "mime_type": "application/pdf", "filename": "vacinas da Mel.pdf"}
    recorded = say(database, shop, kind="document", content=content, **said)
    assert recorded.media_id
    return MediaId(recorded.media_id)


def claimed(database: Database, shop: PetShop, media_id: MediaId) -> queries.Claimed | None:
    with database.batch(shop.organization_id, "test") as tx:
        found = queries.claim(tx, media_id, lease=LEASE)
    return found.fetchone()


def store(database: Database, shop: PetShop, media_id: MediaId) -> bool:
    key = f"media/{shop.organization_id}/{media_id}"
    with database.batch(shop.organization_id, "test") as tx:
        queries.record_stored(tx, media_id, content_type="application/pdf", size=9, sha256=bytes(32), object_key=key)
        found = queries.is_stored(tx, media_id)
    return found.fetchone() is not None


def state(database: Database, shop: PetShop) -> list[tuple[object, ...]]:
    return read(database, shop, "SELECT state, reason, attempts FROM media")


def unhinted(database: Database, shop: PetShop) -> list[UUID]:
    rows = database.lookup("SELECT * FROM app.unhinted_media(10000)")
    return [media_id for organization_id, media_id in rows if organization_id == shop.organization_id]


def test_a_file_is_given_to_one_worker_until_its_lease_is_over(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    first = claimed(database, shop, media_id)
    assert first
    assert (first.provider_media_id, first.kind, first.declared_type, first.attempts) == (
        "4242",
        "document",
        "application/pdf",
        1,
    )
    assert claimed(database, shop, media_id) is None

    clock.move(LEASE + SECOND)
    again = claimed(database, shop, media_id)
    assert again
    assert again.attempts == 2


def test_a_file_that_is_settled_is_given_to_nobody_and_settled_no_more(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    assert store(database, shop, media_id)
    clock.move(LEASE)

    with database.batch(shop.organization_id, "test") as tx:
        queries.record_ended(tx, media_id, state="failed", reason="gone")
        queries.record_postponed(tx, media_id, reason="altered", wait=SECOND, counts=False)

    assert claimed(database, shop, media_id) is None
    assert state(database, shop) == [("stored", None, 0)]


def test_a_file_whose_message_was_deleted_meanwhile_is_not_stored(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    person, wamid = new_wa_id(), new_wamid()
    media_id = a_file(database, shop, wa_id=person, wamid=wamid)
    assert claimed(database, shop, media_id)

    say(database, shop, wa_id=person, kind="revoke", content={"original_message_id": wamid})

    assert not store(database, shop, media_id)
    assert state(database, shop) == [("refused", "revoked", 1)]


def test_a_stored_file_whose_message_is_deleted_is_some_workers_to_drop(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    person, wamid = new_wa_id(), new_wamid()
    media_id = a_file(database, shop, wa_id=person, wamid=wamid)
    store(database, shop, media_id)
    say(database, shop, wa_id=person, kind="revoke", content={"original_message_id": wamid})
    clock.move(31 * SECOND)

    assert unhinted(database, shop) == [media_id]
    found = claimed(database, shop, media_id)
    assert found
    assert found.is_revoked
    # Nor does a worker that was late bring it back.
    assert not store(database, shop, media_id)


def test_the_panel_is_told_that_a_file_is_there_and_once(database: Database, shop: PetShop, media_id: MediaId) -> None:
    def told() -> int:
        return read(
            database,
            shop,
            "SELECT count(*) FROM changes WHERE table_name = 'media' AND operation = 'update'",
        )[0][0]

    claimed(database, shop, media_id)
    assert told() == 0

    store(database, shop, media_id)
    store(database, shop, media_id)
    assert told() == 1


def test_an_attempt_that_was_not_the_files_fault_does_not_count(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    for counts, attempts in ((True, 1), (False, 1)):
        assert claimed(database, shop, media_id)
        with database.batch(shop.organization_id, "test") as tx:
            queries.record_postponed(tx, media_id, reason="altered", wait=5 * SECOND, counts=counts)
        assert state(database, shop) == [("waiting", "altered", attempts)]
        assert claimed(database, shop, media_id) is None
        clock.move(6 * SECOND)


def test_a_forgotten_file_is_hinted_half_a_minute_after_it_was_due_and_then_every_two_minutes(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    assert unhinted(database, shop) == []
    clock.move(31 * SECOND)
    assert unhinted(database, shop) == [media_id]
    clock.move(119 * SECOND)
    assert unhinted(database, shop) == []
    clock.move(2 * SECOND)
    assert unhinted(database, shop) == [media_id]


def test_a_file_that_somebody_fetches_or_that_waits_for_its_next_attempt_is_not_forgotten(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    clock.move(31 * SECOND)
    claimed(database, shop, media_id)
    assert unhinted(database, shop) == []

    clock.move(LEASE + 31 * SECOND)
    assert unhinted(database, shop) == [media_id]


@pytest.mark.parametrize("settled", ["stored", "refused", "failed"])
def test_a_settled_file_is_not_hinted(
    database: Database, shop: PetShop, media_id: MediaId, clock: Clock, settled: str
) -> None:
    key = "'media/1'" if settled == "stored" else "NULL"
    write(database, shop, f"UPDATE media SET state = '{settled}', object_key = {key}")
    clock.move(timedelta(hours=1))

    assert unhinted(database, shop) == []


def test_files_of_a_shop_that_is_suspended_wait(
    owner: psycopg.Connection, database: Database, shop: PetShop, media_id: MediaId, clock: Clock
) -> None:
    clock.move(31 * SECOND)
    with owner.transaction():
        owner.execute("SELECT set_config('app.organization', %s, true)", [str(shop.organization_id)])
        owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [shop.organization_id])

    assert media_id not in unhinted(database, shop)


def test_a_link_serves_the_file_under_its_name_for_five_minutes(
    database: Database, shop: PetShop, media_id: MediaId, bucket: Bucket
) -> None:
    store(database, shop, media_id)

    with database.transaction(shop.organization_id, "test") as tx:
        made = links.link(tx, bucket, media_id, now=NOW)

    assert made
    asked = urlsplit(made)
    parameters = {name: value for name, (value,) in parse_qs(asked.query).items()}
    assert (asked.scheme, asked.netloc) == ("https", "s3.sa-east-1.amazonaws.com")
    assert asked.path == f"/files/media/{shop.organization_id}/{media_id}"
    assert (parameters["X-Amz-Expires"], parameters["X-Amz-Date"]) == ("300", "20261121T120000Z")
    assert parameters["response-content-disposition"] == "attachment; filename*=UTF-8''vacinas%20da%20Mel.pdf"


@pytest.mark.parametrize(
    ("kind", "content_type", "begins"),
    [
        ("image", "image/jpeg", "inline; filename*=UTF-8''vacinas%20da%20Mel.pdf.jpg"),
        ("audio", "audio/ogg", "inline; "),
        ("video", "video/mp4", "inline; "),
        ("sticker", "image/webp", "inline; "),
        ("document", "image/jpeg", "attachment; "),
        ("document", "text/plain", "attachment; "),
    ],
)
def test_what_plays_in_the_panel_is_shown_and_papers_are_saved(
    database: Database, shop: PetShop, media_id: MediaId, bucket: Bucket, kind: str, content_type: str, begins: str
) -> None:
    store(database, shop, media_id)
    write(database, shop, "UPDATE media SET kind = %s, content_type = %s", kind, content_type)

    with database.transaction(shop.organization_id, "test") as tx:
        made = links.link(tx, bucket, media_id, now=NOW)

    assert made
    assert parse_qs(urlsplit(made).query)["response-content-disposition"][0].startswith(begins)


def test_there_is_no_link_to_what_is_not_stored(
    database: Database, shop: PetShop, media_id: MediaId, bucket: Bucket
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        assert links.link(tx, bucket, media_id, now=NOW) is None


def test_there_is_no_link_to_what_its_sender_deleted(database: Database, shop: PetShop, bucket: Bucket) -> None:
    person, wamid = new_wa_id(), new_wamid()
    media_id = a_file(database, shop, wa_id=person, wamid=wamid)
    store(database, shop, media_id)
    say(database, shop, wa_id=person, kind="revoke", content={"original_message_id": wamid})

    with database.transaction(shop.organization_id, "test") as tx:
        assert links.link(tx, bucket, media_id, now=NOW) is None


def test_another_shop_can_neither_claim_nor_settle_nor_link_a_file(
    owner: psycopg.Connection, database: Database, shop: PetShop, media_id: MediaId, bucket: Bucket
) -> None:
    other = factories.make_pet_shop(owner, database)

    assert claimed(database, other, media_id) is None
    assert not store(database, other, media_id)
    assert state(database, shop) == [("waiting", None, 0)]

    store(database, shop, media_id)
    with database.transaction(other.organization_id, "test") as tx:
        assert links.link(tx, bucket, media_id, now=NOW) is None

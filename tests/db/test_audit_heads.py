"""Heads of the trails outside of the database: what whoever owns it does to a chain is found there."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from auzap.audit import checking, heads, sealing
from auzap.audit.heads import Archive
from auzap.aws.client import AwsClient, AwsError
from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.factories import PetShop
from tests.functions.outside.aws import Aws, serving
from tests.postgres import Clock, Place

MINUTES = timedelta(minutes=2)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with serving() as aws:
        yield aws


@pytest.fixture
def s3(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    aws.begin_test()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "sa-east-1"}
    client = boto3.client("s3", endpoint_url=aws.url, **keys)  # pyright: ignore[reportArgumentType]
    yield client
    client.close()


@pytest.fixture
def archive(aws: Aws, s3: Any) -> Archive:
    """As the application stack makes it."""
    name = f"heads-{uuid4()}"
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "sa-east-1"},
        ObjectLockEnabledForBucket=True,
    )
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    return Archive(AwsClient("s3", region="sa-east-1", endpoint=aws.url), name)


def sealed(database: Database, shop: PetShop, clock: Clock, *names: str) -> None:
    """A segment that says these customers came."""
    for name in names:
        write(database, shop, "INSERT INTO contacts (name) VALUES (%s)", name)
    clock.move(MINUTES)
    sealing.seal(database, shop.organization_id)


def versions(s3: Any, archive: Archive) -> list[Any]:
    return s3.list_object_versions(Bucket=archive.bucket).get("Versions", [])


def broken(database: Database, archive: Archive, shop: PetShop) -> list[tuple[int | None, str]]:
    verified = heads.verify(lambda: database.transaction(shop.organization_id, "test"), archive, shop.organization_id)
    assert verified.is_whole == (not verified.broken)
    return [(place.segment, place.problem) for place in verified.broken]


def written_anew(place: Place, shop: PetShop) -> None:
    """As the owner of the database would who knows how trails are sealed: another row, and every digest after it."""
    with psycopg.connect(place.admin) as administrator:
        administrator.execute(
            """
            UPDATE audit SET actor = 'somebody else' WHERE organization_id = %s AND after ->> 'name' = 'Ana'
            """,
            [shop.organization_id],
        )
        administrator.execute(
            "UPDATE audit a SET digest = app.audit_digest(a) WHERE organization_id = %s", [shop.organization_id]
        )
        before = b""
        segments = "SELECT number FROM audit_segments WHERE organization_id = %s ORDER BY number"
        for (number,) in administrator.execute(segments, [shop.organization_id]).fetchall():
            rows = administrator.execute(
                "SELECT digest FROM audit WHERE organization_id = %s AND segment = %s ORDER BY id",
                [shop.organization_id, number],
            ).fetchall()
            before = hashlib.sha256(before + b"".join(digest for (digest,) in rows)).digest()
            administrator.execute(
                "UPDATE audit_segments SET digest = %s WHERE organization_id = %s AND number = %s",
                [before, shop.organization_id, number],
            )


def test_a_head_says_which_segment_came_to_what_and_nothing_that_it_covers(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, s3: Any
) -> None:
    sealed(database, shop, clock, "Ana")

    assert heads.keep(database, archive, shop.organization_id) == 1

    (version,) = versions(s3, archive)
    ((digest, at),) = read(database, shop, "SELECT digest, sealed_at FROM audit_segments")
    assert version["Key"] == f"heads/{shop.organization_id}/000000000001-{digest.hex()}"
    assert json.loads(s3.get_object(Bucket=archive.bucket, Key=version["Key"])["Body"].read()) == {
        "organization": str(shop.organization_id),
        "segment": 1,
        "digest": digest.hex(),
        "sealed_at": at.isoformat(),
    }
    assert broken(database, archive, shop) == []


def test_a_head_is_locked_and_written_once(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, s3: Any
) -> None:
    sealed(database, shop, clock, "Ana")
    heads.keep(database, archive, shop.organization_id)
    (version,) = versions(s3, archive)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=archive.bucket, Key=version["Key"], VersionId=version["VersionId"])

    # As after a worker that died before it could say that it had written.
    write(database, shop, "UPDATE audit_segments SET kept_at = NULL")

    assert [heads.keep(database, archive, shop.organization_id) for _ in range(2)] == [1, 0]
    assert versions(s3, archive) == [version]


def test_what_could_not_be_written_is_written_at_the_next_tick(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, aws: Aws
) -> None:
    sealed(database, shop, clock, "Ana")
    aws.refuse("PUT object")
    with pytest.raises(AwsError):
        heads.keep(database, archive, shop.organization_id)
    sealed(database, shop, clock, "Bia")
    assert database.lookup("SELECT * FROM app.unkept_organizations(1000)").count((shop.organization_id,)) == 1
    aws.allow("PUT object")

    assert heads.keep(database, archive, shop.organization_id) == 2

    assert (shop.organization_id,) not in database.lookup("SELECT * FROM app.unkept_organizations(1000)")
    assert broken(database, archive, shop) == []


def test_a_chain_that_was_written_anew_as_a_whole_is_found_from_where_it_was_changed(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, shared_database: Place
) -> None:
    for name in ("Zoe", "Ana", "Bia"):
        sealed(database, shop, clock, name)
    heads.keep(database, archive, shop.organization_id)

    written_anew(shared_database, shop)

    with database.transaction(shop.organization_id, "test") as tx:
        assert tx.execute("SELECT * FROM app.broken_audit(0, 3)").fetchall() == [], "in itself it is whole"
    assert broken(database, archive, shop) == [(2, "rewritten"), (3, "rewritten")]
    # Also where the new heads are written beside the old ones.
    write(database, shop, "UPDATE audit_segments SET kept_at = NULL")
    heads.keep(database, archive, shop.organization_id)
    assert broken(database, archive, shop) == [(2, "rewritten"), (3, "rewritten")]


def test_an_end_that_was_cut_off_is_found(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, shared_database: Place
) -> None:
    for name in ("Ana", "Bia"):
        sealed(database, shop, clock, name)
    heads.keep(database, archive, shop.organization_id)

    with psycopg.connect(shared_database.admin) as administrator:
        for table, column in (("audit", "segment"), ("audit_segments", "number")):
            administrator.execute(
                f"DELETE FROM {table} WHERE organization_id = %s AND {column} = 2".encode(), [shop.organization_id]
            )

    assert broken(database, archive, shop) == [(2, "rewritten")]


def test_a_head_whose_name_was_deleted_is_found_all_the_same(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, shared_database: Place, s3: Any
) -> None:
    sealed(database, shop, clock, "Ana")
    heads.keep(database, archive, shop.organization_id)
    (version,) = versions(s3, archive)
    s3.delete_object(Bucket=archive.bucket, Key=version["Key"])

    assert broken(database, archive, shop) == []
    written_anew(shared_database, shop)
    assert broken(database, archive, shop) == [(1, "rewritten")]


def test_a_head_that_is_not_there_after_a_day_is_told(
    database: Database, shop: PetShop, clock: Clock, archive: Archive
) -> None:
    sealed(database, shop, clock, "Ana")
    write(database, shop, "UPDATE audit_segments SET kept_at = app.now()")
    assert broken(database, archive, shop) == []

    clock.move(timedelta(days=1))

    assert broken(database, archive, shop) == [(1, "unkept")]


def test_a_long_trail_is_compared_page_after_page(
    database: Database, shop: PetShop, other_shop: PetShop, clock: Clock, archive: Archive, s3: Any
) -> None:
    sealed(database, other_shop, clock, "Caio")
    heads.keep(database, archive, other_shop.organization_id)
    sealed(database, shop, clock, "Ana")
    heads.keep(database, archive, shop.organization_id)
    digest = "ab" * 32
    # Beyond what S3 shows at a time.
    for number in range(2, 1_100):
        s3.put_object(Bucket=archive.bucket, Key=f"heads/{shop.organization_id}/{number:012}-{digest}", Body=b"{}")

    kept = list(archive.kept(shop.organization_id, since=1))

    assert [number for number, _ in archive.kept(shop.organization_id, since=0)] == list(range(1, 1_100))
    assert kept == [(number, digest) for number in range(2, 1_100)]
    assert broken(database, archive, other_shop) == []


def test_the_command_compares_with_what_is_kept(
    database: Database, shop: PetShop, clock: Clock, archive: Archive, shared_database: Place
) -> None:
    sealed(database, shop, clock, "Ana")
    heads.keep(database, archive, shop.organization_id)
    written_anew(shared_database, shop)
    said: list[str] = []
    asked = [str(shop.organization_id)]

    assert checking.main(asked, database, said.append) == 0
    assert checking.main(asked, database, said.append, archive=archive) == 1

    assert said[-3:] == [
        f"{shop.organization_id} segment 1 rewritten",
        f"{shop.organization_id} BROKEN",
        "0 of 1 trails are whole",
    ]

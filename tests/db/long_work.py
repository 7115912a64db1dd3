"""Long work in the tests: a bucket of files, and workers that come until a job is over."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from auzap.aws.client import AwsClient
from auzap.db.connection import Database
from auzap.ids import JobId, OrganizationId
from auzap.jobs.working import Worked, work
from auzap.media.bucket import Bucket
from functions.run_job.handler import STEPS
from tests.functions.outside.aws import serving

BUCKET = "files-of-the-tests"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "sa-east-1"}


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    with serving() as aws:
        client = boto3.client("s3", endpoint_url=aws.url, **KEYS)  # pyright: ignore[reportArgumentType]
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
        yield client
        client.close()


@pytest.fixture
def bucket(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return Bucket(AwsClient("s3", region="sa-east-1", endpoint=s3.meta.endpoint_url), BUCKET)


def objects(s3: Any, folder: str) -> dict[str, bytes]:
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=folder).get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found}


def come(
    database: Database,
    bucket: Bucket,
    organization_id: OrganizationId,
    job_id: JobId,
    *,
    has_time: Callable[[], bool] = lambda: True,
    tell: Callable[[], None] = lambda: None,
) -> Worked:
    """One worker, as run_job sends it."""
    return work(database, bucket, organization_id, job_id, STEPS, has_time=has_time, tell=tell)

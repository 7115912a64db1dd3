"""The bucket of files, and the links by which a client puts one there."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from auzap import runtime
from auzap.aws.client import AwsClient
from auzap.media import bucket
from auzap.media.bucket import Bucket

# S3 answers when it has all of a file.
STORE_SECONDS = 20


class Upload(BaseModel):
    """The file is sent to `url` by PUT, with exactly these headers, before the link dies."""

    id: UUID
    url: str
    headers: dict[str, str]
    expires_in: int

    @classmethod
    def by(cls, upload_id: UUID, link: bucket.Upload) -> Self:
        return cls(id=upload_id, url=link.url, headers=link.headers, expires_in=link.expires_in)


def files() -> Bucket:
    return Bucket(AwsClient("s3", timeout=STORE_SECONDS), runtime.settings().media_bucket)


Files = Annotated[Bucket, Depends(files)]

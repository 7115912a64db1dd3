"""Where files are kept: private, and shown by links that die in minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from auzap.aws.client import AwsClient
from auzap.media.downloading import Content

LINK_LIVES = timedelta(minutes=5)
UPLOAD_LIVES = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a file is to be put, with which headers, and for how long from now."""

    url: str
    headers: dict[str, str]
    expires_in: int


@dataclass(frozen=True, slots=True)
class Bucket:
    s3: AwsClient
    name: str

    def keep(self, key: str, file: BinaryIO, content: Content, *, content_type: str) -> None:
        self.s3.put_file(
            f"/{self.name}/{key}", file, length=content.size, sha256=content.sha256, content_type=content_type
        )

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """A small file of ours, as a whole."""
        self.s3.put(f"/{self.name}/{key}", content, content_type)

    def content(self, key: str) -> bytes:
        """Of a small file of ours, as a whole."""
        return self.s3.get(f"/{self.name}/{key}")

    def drop(self, key: str) -> None:
        self.s3.delete(f"/{self.name}/{key}")

    def link(self, key: str, *, answer: Mapping[str, str], now: datetime) -> str:
        """`answer`: headers with which S3 is to serve the file."""
        asked = {f"response-{name}": value for name, value in answer.items()}
        return self.s3.link(f"/{self.name}/{key}", asked, seconds=int(LINK_LIVES.total_seconds()), now=now.timestamp())

    def link_to_put(self, key: str, *, size: int, content_type: str, now: datetime) -> Upload:
        """For one file of exactly this size and type."""
        headers = {"content-length": str(size), "content-type": content_type}
        seconds = int(UPLOAD_LIVES.total_seconds())
        url = self.s3.link_to_put(f"/{self.name}/{key}", headers, seconds=seconds, now=now.timestamp())
        return Upload(url, headers, seconds)

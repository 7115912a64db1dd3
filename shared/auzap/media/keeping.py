"""A file goes into our bucket under its true type, a picture without what it tells beside the picture."""

import mmap
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

from auzap.media import content
from auzap.media.bucket import Bucket
from auzap.media.downloading import PIECE, Content
from auzap.media.errors import Refused
from auzap.media.stripping import Malformed, kept


def keep(
    bucket: Bucket, key: str, came: BinaryIO, found: Content, *, allowed: frozenset[str], declared: str | None
) -> tuple[str, Content]:
    """Type, size and hash of what now lies in the bucket; refused where the bytes are of no type that is allowed."""
    type_ = _type(came, found.size, allowed, declared)
    if type_ not in content.IMAGES:
        bucket.keep(key, came, found, content_type=type_)
        return type_, found
    with tempfile.TemporaryFile() as bare:
        found = _strip(came, bare, type_)
        bucket.keep(key, bare, found, content_type=type_)
    return type_, found


def _type(file: BinaryIO, size: int, allowed: frozenset[str], declared: str | None) -> str:
    file.seek(0)
    head = file.read(content.HEAD)
    file.seek(max(0, size - content.TAIL))
    found = content.true_type(head, file.read(), declared)
    if found is None or found not in allowed:
        raise Refused("type_not_allowed")
    return found


def _strip(came: BinaryIO, bare: BinaryIO, type_: str) -> Content:
    """The picture once more, without what it tells of where it was taken, and with what."""
    count, digest = 0, sha256()
    with mmap.mmap(came.fileno(), 0, access=mmap.ACCESS_READ) as picture:
        try:
            for piece in kept(type_, picture):
                parts = [piece] if isinstance(piece, bytes) else _parts(picture, *piece)
                for part in parts:
                    count += bare.write(part)
                    digest.update(part)
        except Malformed as failed:
            raise Refused("unreadable") from failed
    return Content(count, digest.digest())


def _parts(picture: mmap.mmap, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, PIECE):
        yield picture[at : min(end, at + PIECE)]

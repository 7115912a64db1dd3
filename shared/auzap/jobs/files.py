"""A file made part by part, each an object until they are joined: no worker holds the whole, and each goes on where one died."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from auzap.db.connection import Tx
from auzap.ids import new_id
from auzap.jobs.working import Overtaken, Work
from auzap.media.bucket import Bucket
from auzap.media.downloading import Content

PART_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Part:
    content: bytes
    # What it is about, in rows.
    rows: int
    # Where the next one begins; None: this is the last.
    then: Any


# The part that begins there; None: the first.
type Read = Callable[[Tx, Any], Part]


def step(work: Work, read: Read, *, ending: str, content_type: str) -> bool:
    """The next part; and when there are all, the file."""
    if abandoned := work.job.place.get("writing"):
        # Somebody died over it. Under a new name: they may be alive.
        work.bucket.drop(abandoned)
    if work.job.place.get("is_read"):
        _join(work, f"{_folder(work)}/{new_id()}.{ending}", content_type)
        return False
    _add(work, read, f"{_folder(work)}/{new_id()}.part")
    return True


def kept_in(place: dict[str, Any]) -> list[str]:
    """Every object that a job on its way has made."""
    return [*place.get("parts", []), *([place["writing"]] if "writing" in place else [])]


def _folder(work: Work) -> str:
    return f"exports/{work.organization_id}/{work.job.id}"


def _add(work: Work, read: Read, key: str) -> None:
    """Named before it is written: nothing lies in the bucket that no row knows of."""
    place = work.job.place
    parts = place.get("parts", [])
    with work.transaction() as tx:
        part = read(tx, place.get("then"))
        work.note(tx, {"then": place.get("then"), "parts": parts, "writing": key})
    with _dropped_when_overtaken(work.bucket, key):
        work.bucket.put(key, part.content, content_type=PART_TYPE)
        with work.transaction() as tx:
            work.keep(tx, {"then": part.then, "parts": [*parts, key], "is_read": part.then is None}, more=part.rows)


def _join(work: Work, key: str, content_type: str) -> None:
    place = work.job.place
    with work.transaction() as tx:
        work.note(tx, {**place, "writing": key})
    with _dropped_when_overtaken(work.bucket, key):
        _write(work.bucket, place["parts"], key, content_type)
        with work.transaction() as tx:
            work.finish(tx, object_key=key)
    for part in place["parts"]:
        work.bucket.drop(part)


def _write(bucket: Bucket, parts: list[str], key: str, content_type: str) -> None:
    hashed, size = sha256(), 0
    with tempfile.TemporaryFile() as whole:
        for part in parts:
            content = bucket.content(part)
            whole.write(content)
            hashed.update(content)
            size += len(content)
        bucket.keep(key, whole, Content(size, hashed.digest()), content_type=content_type)


@contextmanager
def _dropped_when_overtaken(bucket: Bucket, key: str) -> Generator[None]:
    try:
        yield
    except Overtaken:
        bucket.drop(key)
        raise

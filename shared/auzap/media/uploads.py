"""Files that people of a shop send: put into the bucket by a signed link, and looked at before anybody gets them."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args

from auzap.aws.client import AwsError
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import MediaId, OrganizationId, OutboxId
from auzap.media import content, keeping
from auzap.media.bucket import Bucket, Upload
from auzap.media.downloading import Content
from auzap.media.errors import Refused

type Kind = Literal["image", "audio", "video", "document"]

# Who may not list a bucket is told as little of what is not there.
NOT_THERE = frozenset({403, 404})
# What WhatsApp takes of each kind; of papers less than it would, because a request waits for them.
ALLOWED: Mapping[Kind, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "audio": content.AUDIO - {"audio/3gpp"},
    "video": content.VIDEO,
    "document": content.PAPERS,
}
MOST_BYTES: Mapping[Kind, int] = {
    kind: min(content.MOST_BYTES[kind], 16 * content.MEGABYTE) for kind in get_args(Kind.__value__)
}


class TooLarge(Refusal):
    """`details`: how many bytes it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A file of this kind may have {most // content.MEGABYTE} MB at most.")
        self.details = most


class UnsendableFile(Refusal):
    """`details` say what is wrong with it."""

    def __init__(self, reason: str) -> None:
        super().__init__("WhatsApp does not take this file. Send a usual picture, sound, film or document.")
        self.details = reason


class NotUploaded(Refusal):
    def __init__(self) -> None:
        super().__init__("The file is not there. Put it to the link of its upload first.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the bucket by now, and belongs to no message yet."""

    id: MediaId
    kind: Kind
    content_type: str
    object_key: str
    size: int
    sha256: bytes


def begin(
    bucket: Bucket,
    organization_id: OrganizationId,
    media_id: MediaId,
    kind: Kind,
    *,
    size: int,
    content_type: str,
    now: datetime,
) -> Upload:
    """Where the file is to be put. What is not sent then is gone the day after."""
    if size > MOST_BYTES[kind]:
        raise TooLarge(MOST_BYTES[kind])
    if content_type not in ALLOWED[kind]:
        raise UnsendableFile("type_not_allowed")
    return bucket.link_to_put(_waiting_key(organization_id, media_id), size=size, content_type=content_type, now=now)


def keep(bucket: Bucket, organization_id: OrganizationId, media_id: MediaId, kind: Kind) -> Kept:
    """Looked at and kept; the same again is kept in the same place. No transaction is open meanwhile."""
    try:
        came = bucket.content(_waiting_key(organization_id, media_id))
    except AwsError as failed:
        if failed.status in NOT_THERE:
            raise NotUploaded from failed
        raise
    key = f"media/{organization_id}/{media_id}"
    with tempfile.TemporaryFile() as file:
        file.write(came)
        found = Content(len(came), sha256(came).digest())
        try:
            type_, kept = keeping.keep(bucket, key, file, found, allowed=ALLOWED[kind], declared=f"{kind}/*")
        except Refused as refused:
            raise UnsendableFile(refused.reason) from refused
    return Kept(media_id, kind, type_, key, kept.size, kept.sha256)


def attach(tx: Tx, kept: Kept, outbox_id: OutboxId, filename: str | None) -> None:
    """To the message that was just queued with it."""
    tx.execute(
        """
        INSERT INTO media (id, message_id, conversation_id, provider_media_id, kind, filename, state, content_type, bytes,
          sha256, object_key, fetched_at)
        SELECT %(id)s, m.id, m.conversation_id, %(upload)s, %(kind)s, %(filename)s, 'stored', %(type)s, %(bytes)s,
          %(sha256)s, %(key)s, app.now()
        FROM messages m WHERE m.outbox_id = %(outbox)s
        """,
        {
            "id": kept.id,
            "upload": f"upload:{kept.id}",
            "kind": kept.kind,
            "filename": filename,
            "type": kept.content_type,
            "bytes": kept.size,
            "sha256": kept.sha256,
            "key": kept.object_key,
            "outbox": outbox_id,
        },
    )


def _waiting_key(organization_id: OrganizationId, media_id: MediaId) -> str:
    return f"uploads/{organization_id}/{media_id}"

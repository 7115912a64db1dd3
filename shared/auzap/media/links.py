"""A link to a stored file, for whoever may see its conversation: alive for five minutes, and safe to open."""

import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from auzap.db.connection import Tx
from auzap.ids import MediaId
from auzap.media import queries
from auzap.media.bucket import Bucket
from auzap.media.content import ENDINGS
from auzap.media.queries import Stored

LONGEST_NAME = 80


def link(tx: Tx, bucket: Bucket, media_id: MediaId, *, now: datetime) -> str | None:
    """None where there is no such file, or it is not stored."""
    stored = queries.find_stored(tx, media_id)
    return None if stored is None else link_to(bucket, stored, now=now)


def link_to(bucket: Bucket, stored: Stored, *, now: datetime) -> str:
    """For whoever knows already that it may be seen."""
    # Pictures, sound and film play in the panel; a paper is never opened on a page of ours.
    how = "attachment" if stored.kind == "document" else "inline"
    name = shown_name(stored.filename or stored.kind, stored.content_type)
    disposition = f"{how}; filename*=UTF-8''{quote(name, safe='')}"
    return bucket.link(stored.object_key, answer={"content-disposition": disposition}, now=now)


def shown_name(given: str, content_type: str) -> str:
    """The customer's name for it, without what a name must not hold, and with the ending of what it really is."""
    visible = "".join(c for c in given if unicodedata.category(c)[0] != "C" and c not in '/\\:*?"<>|')
    path, endings = PurePosixPath(visible.strip(" .") or "arquivo"), ENDINGS[content_type]
    if path.suffix.lower() in endings:
        return f"{path.stem[:LONGEST_NAME]}{path.suffix}"
    return f"{path.name[:LONGEST_NAME]}{endings[0]}"

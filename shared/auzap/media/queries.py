"""The rows of media: claimed by one worker at a time, and settled once."""

from dataclasses import dataclass
from datetime import timedelta

from psycopg import Cursor
from psycopg.rows import TupleRow

from auzap.db.connection import Tx
from auzap.ids import MediaId


@dataclass(frozen=True, slots=True)
class Claimed:
    provider_media_id: str
    kind: str
    declared_type: str | None
    attempts: int
    credentials: bytes | None
    wrapped_key: bytes | None
    # Its message was deleted: what the bucket has of it is to go.
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Stored:
    kind: str
    filename: str | None
    content_type: str
    object_key: str


def claim(tx: Tx, media_id: MediaId, *, lease: timedelta) -> Cursor[Claimed]:
    """The file, if it is still to be fetched and nobody is at it, with the token of the number that received it."""
    return tx.rows(
        Claimed,
        """
        WITH claimed AS (
          UPDATE media SET attempts = attempts + 1, due_at = app.now() + %(lease)s
          WHERE id = %(media)s AND state = 'waiting' AND due_at <= app.now()
          RETURNING message_id, conversation_id, provider_media_id, kind, declared_type, attempts
        )
        SELECT m.provider_media_id, m.kind, m.declared_type, m.attempts, a.credentials, k.wrapped_key,
          said.revoked_at IS NOT NULL AS is_revoked
        FROM claimed m
        JOIN messages said ON said.id = m.message_id
        JOIN conversations c ON c.id = m.conversation_id
        JOIN channel_accounts a ON a.id = c.channel_account_id
        LEFT JOIN organization_keys k ON true
        """,
        {"media": media_id, "lease": lease},
    )


def record_stored(tx: Tx, media_id: MediaId, *, content_type: str, size: int, sha256: bytes, object_key: str) -> None:
    tx.execute(
        """
        UPDATE media SET state = 'stored', reason = NULL, content_type = %(type)s, bytes = %(bytes)s, sha256 = %(sha256)s,
          object_key = %(key)s, fetched_at = app.now()
        WHERE id = %(media)s AND state = 'waiting'
          AND NOT EXISTS (SELECT FROM messages m WHERE m.id = media.message_id AND m.revoked_at IS NOT NULL)
        """,
        {"media": media_id, "type": content_type, "bytes": size, "sha256": sha256, "key": object_key},
    )


def record_ended(tx: Tx, media_id: MediaId, *, state: str, reason: str) -> None:
    tx.execute(
        "UPDATE media SET state = %s, reason = %s WHERE id = %s AND state = 'waiting'", [state, reason, media_id]
    )


def record_postponed(tx: Tx, media_id: MediaId, *, reason: str, wait: timedelta, counts: bool) -> None:
    tx.execute(
        """
        UPDATE media SET due_at = app.now() + %(wait)s, reason = %(reason)s,
          attempts = attempts - CASE WHEN %(counts)s THEN 0 ELSE 1 END
        WHERE id = %(media)s AND state = 'waiting'
        """,
        {"media": media_id, "wait": wait, "reason": reason, "counts": counts},
    )


def is_stored(tx: Tx, media_id: MediaId) -> Cursor[TupleRow]:
    """A row, if the file is somebody's to see: by whoever stored it."""
    return tx.execute("SELECT 1 FROM media WHERE id = %s AND state = 'stored'", [media_id])


def find_stored(tx: Tx, media_id: MediaId) -> Stored | None:
    """What its own sender deleted is shown to nobody any more."""
    return tx.rows(
        Stored,
        """
        SELECT f.kind, f.filename, f.content_type, f.object_key FROM media f JOIN messages m ON m.id = f.message_id
        WHERE f.id = %s AND f.state = 'stored' AND m.revoked_at IS NULL
        """,
        [media_id],
    ).fetchone()

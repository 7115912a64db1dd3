"""The centre of notifications: what the shop's people were told, until somebody puts it away.

What is meant for another person, and what this one has muted, is not for them; a program is told everything.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from auzap.db.connection import Tx
from auzap.ids import ConversationId, NotificationId, UserId
from auzap.notifications import kinds

type Level = Literal["info", "success", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Noted:
    id: NotificationId
    kind: str
    level: Level
    detail: dict[str, Any]
    conversation_id: ConversationId | None
    created_at: datetime
    read_at: datetime | None
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told(Noted):
    """`text` says it in the reader's language, `link` is the page of the panel that shows what it is about."""

    text: str
    link: str


def page(
    tx: Tx,
    *,
    reader: UserId | None,
    locale: str,
    zone: ZoneInfo,
    is_archived: bool,
    is_unread: bool | None,
    level: Level | None,
    before: NotificationId | None,
    limit: int,
) -> list[Told]:
    """The newest first."""
    found = tx.rows(
        Noted,
        """
        SELECT n.id, n.kind, n.level, n.detail, n.conversation_id, n.created_at, n.read_at, n.archived_at FROM notifications n
        WHERE (n.archived_at IS NOT NULL) = %(archived)s AND (%(unread)s::boolean IS NULL OR (n.read_at IS NULL) = %(unread)s)
          AND (%(level)s::text IS NULL OR n.level = %(level)s) AND (%(before)s::uuid IS NULL OR n.id < %(before)s)
          AND (%(reader)s::uuid IS NULL OR coalesce(n.detail ->> 'user_id', %(reader)s::text) = %(reader)s::text AND NOT EXISTS (
            SELECT FROM notification_preferences p WHERE p.user_id = %(reader)s AND p.kind = n.kind AND NOT p.in_centre))
        ORDER BY n.id DESC LIMIT %(limit)s
        """,
        {
            "archived": is_archived,
            "unread": is_unread,
            "level": level,
            "before": before,
            "reader": reader,
            "limit": limit,
        },
    )
    return [_told(each, locale, zone) for each in found]


def unread(tx: Tx, *, reader: UserId | None) -> int:
    """How many nobody has read yet."""
    row = tx.execute(
        """
        SELECT count(*) FROM notifications n WHERE n.archived_at IS NULL AND n.read_at IS NULL
          AND (%(reader)s::uuid IS NULL OR coalesce(n.detail ->> 'user_id', %(reader)s::text) = %(reader)s::text AND NOT EXISTS (
            SELECT FROM notification_preferences p WHERE p.user_id = %(reader)s AND p.kind = n.kind AND NOT p.in_centre))
        """,
        {"reader": reader},
    ).fetchone()
    return row[0] if row else 0


def read(tx: Tx, notification_id: NotificationId) -> bool:
    """Whether there is such a one; who was first stays."""
    changed = tx.execute(
        "UPDATE notifications SET read_at = coalesce(read_at, app.now()) WHERE id = %s", [notification_id]
    )
    return changed.rowcount == 1


def read_all(tx: Tx, *, reader: UserId | None) -> None:
    """Of what is theirs to read."""
    tx.execute(
        """
        UPDATE notifications n SET read_at = app.now() WHERE n.archived_at IS NULL AND n.read_at IS NULL
          AND (%(reader)s::uuid IS NULL OR coalesce(n.detail ->> 'user_id', %(reader)s::text) = %(reader)s::text AND NOT EXISTS (
            SELECT FROM notification_preferences p WHERE p.user_id = %(reader)s AND p.kind = n.kind AND NOT p.in_centre))
        """,
        {"reader": reader},
    )


def archive(tx: Tx, notification_id: NotificationId) -> bool:
    """What is put away was read."""
    changed = tx.execute(
        """
        UPDATE notifications SET archived_at = coalesce(archived_at, app.now()), read_at = coalesce(read_at, app.now())
        WHERE id = %s
        """,
        [notification_id],
    )
    return changed.rowcount == 1


def _told(noted: Noted, locale: str, zone: ZoneInfo) -> Told:
    return Told(
        noted.id,
        noted.kind,
        noted.level,
        noted.detail,
        noted.conversation_id,
        noted.created_at,
        noted.read_at,
        noted.archived_at,
        text=kinds.worded(noted.kind, noted.detail, locale, zone),
        link=kinds.page(noted.detail, noted.conversation_id),
    )

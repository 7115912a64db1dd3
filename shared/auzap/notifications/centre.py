"""The centre of notifications: what the shop's people were told, until somebody puts it away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from auzap.db.connection import Tx
from auzap.ids import ConversationId, NotificationId, UserId

type Level = Literal["info", "success", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Told:
    """`kind` and `detail` are what the panel words it by; `link` is where it leads."""

    id: NotificationId
    kind: str
    level: Level
    detail: dict[str, Any]
    conversation_id: ConversationId | None
    created_at: datetime
    read_at: datetime | None
    archived_at: datetime | None


def page(
    tx: Tx,
    *,
    reader: UserId | None,
    is_archived: bool,
    is_unread: bool | None,
    level: Level | None,
    before: NotificationId | None,
    limit: int,
) -> list[Told]:
    """The newest first. What is meant for one person is shown to them alone; a program is shown everything."""
    return tx.rows(
        Told,
        """
        SELECT id, kind, level, detail, conversation_id, created_at, read_at, archived_at FROM notifications
        WHERE (archived_at IS NOT NULL) = %(archived)s AND (%(unread)s::boolean IS NULL OR (read_at IS NULL) = %(unread)s)
          AND (%(level)s::text IS NULL OR level = %(level)s) AND (%(before)s::uuid IS NULL OR id < %(before)s)
          AND (%(reader)s::text IS NULL OR coalesce(detail ->> 'user_id', %(reader)s) = %(reader)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "archived": is_archived,
            "unread": is_unread,
            "level": level,
            "before": before,
            "reader": reader and str(reader),
            "limit": limit,
        },
    ).fetchall()


def unread(tx: Tx, *, reader: UserId | None) -> int:
    """How many nobody has read yet."""
    row = tx.execute(
        """
        SELECT count(*) FROM notifications WHERE archived_at IS NULL AND read_at IS NULL
          AND (%(reader)s::text IS NULL OR coalesce(detail ->> 'user_id', %(reader)s) = %(reader)s)
        """,
        {"reader": reader and str(reader)},
    ).fetchone()
    return row[0] if row else 0


def read(tx: Tx, notification_id: NotificationId) -> bool:
    """Whether there is such a one; who was first stays."""
    changed = tx.execute(
        "UPDATE notifications SET read_at = coalesce(read_at, app.now()) WHERE id = %s", [notification_id]
    )
    return changed.rowcount == 1


def read_all(tx: Tx, *, reader: UserId | None) -> None:
    tx.execute(
        """
        UPDATE notifications SET read_at = app.now() WHERE archived_at IS NULL AND read_at IS NULL
          AND (%(reader)s::text IS NULL OR coalesce(detail ->> 'user_id', %(reader)s) = %(reader)s)
        """,
        {"reader": reader and str(reader)},
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

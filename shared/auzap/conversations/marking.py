"""What staff mark on a conversation to find it again: read, priority, tags, and until when it may rest."""

from datetime import datetime
from typing import Literal

from psycopg import errors

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId

type Priority = Literal["low", "normal", "high", "urgent"]

LONGEST_TAG = 40


class UnusableTag(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A tag has between 1 and {LONGEST_TAG} characters.")


class TooManyTags(Refusal):
    def __init__(self) -> None:
        super().__init__("This conversation has as many tags as it can have. Remove one first.")


class PastSnooze(Refusal):
    def __init__(self) -> None:
        super().__init__("That moment is over. Choose a later one.")


def read(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute("UPDATE conversations SET unread_count = 0 WHERE id = %s AND unread_count > 0", [conversation_id])


def prioritise(tx: Tx, conversation_id: ConversationId, priority: Priority) -> None:
    tx.execute("UPDATE conversations SET priority = %s WHERE id = %s", [priority, conversation_id])


def tag(tx: Tx, conversation_id: ConversationId, name: str, *, by: str = "system") -> None:
    """Tags are compared as they are read: without regard to case or spaces around them."""
    try:
        with tx.savepoint():
            tx.execute(
                """
                WITH tagged AS (
                  UPDATE conversations SET tags = tags || %(tag)s::text WHERE id = %(conversation)s AND %(tag)s <> ALL (tags)
                  RETURNING contact_id
                )
                INSERT INTO lead_events (contact_id, kind, detail, created_by)
                SELECT l.contact_id, 'tag_added', jsonb_build_object('tag', %(tag)s::text), %(by)s
                FROM leads l JOIN tagged ON tagged.contact_id = l.contact_id
                """,
                {"conversation": conversation_id, "tag": _usable(name), "by": by},
            )
    except errors.CheckViolation as full:
        raise TooManyTags from full


def untag(tx: Tx, conversation_id: ConversationId, name: str, *, by: str = "system") -> None:
    tx.execute(
        """
        WITH untagged AS (
          UPDATE conversations SET tags = array_remove(tags, %(tag)s) WHERE id = %(conversation)s AND %(tag)s = ANY (tags)
          RETURNING contact_id
        )
        INSERT INTO lead_events (contact_id, kind, detail, created_by)
        SELECT l.contact_id, 'tag_removed', jsonb_build_object('tag', %(tag)s::text), %(by)s
        FROM leads l JOIN untagged ON untagged.contact_id = l.contact_id
        """,
        {"conversation": conversation_id, "tag": _usable(name), "by": by},
    )


def snooze(tx: Tx, conversation_id: ConversationId, until: datetime) -> None:
    """Out of the way until then. It is the inbox that rests: the agent's return has its own time."""
    later = tx.execute("SELECT %s > app.now()", [until]).fetchone()
    if later != (True,):
        raise PastSnooze
    tx.execute("UPDATE conversations SET snoozed_until = %s WHERE id = %s", [until, conversation_id])


def wake(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute("UPDATE conversations SET snoozed_until = NULL WHERE id = %s", [conversation_id])


def _usable(name: str) -> str:
    usable = " ".join(name.split()).casefold()
    if not 1 <= len(usable) <= LONGEST_TAG:
        raise UnusableTag
    return usable

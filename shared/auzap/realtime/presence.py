"""Who of the shop's people is where, and who is typing: told to the others, and forgotten by itself."""

from collections.abc import Iterable
from typing import Any

from auzap.realtime.connections import Connection
from auzap.realtime.frames import frame

# A panel that is looked at says it again before.
HERE_SECONDS = 90
TYPING_SECONDS = 6


def people(connections: Iterable[Connection], *, now: float) -> bytes:
    """All at once, each person as often as they are somewhere: whoever missed the last word knows by this one."""
    standing = sorted(
        (each for each in connections if each.here_until > now), key=lambda each: (str(each.holder.user_id), each.id)
    )
    return frame("presence", people=[_person(each, now) for each in standing])


def typing(connection: Connection, conversation_id: str) -> bytes:
    return frame(
        "typing",
        user_id=str(connection.holder.user_id),
        conversation_id=conversation_id,
        expires_in=TYPING_SECONDS,
    )


def _person(connection: Connection, now: float) -> dict[str, Any]:
    return {
        "user_id": str(connection.holder.user_id),
        "conversation_id": str(connection.here) if connection.here else None,
        "is_support": connection.holder.is_support,
        "expires_in": int(connection.here_until - now),
    }

"""What a panel says over its socket: what it has missed, that it is there, who is where and types."""

import json
from typing import Any
from uuid import UUID

import psycopg

from auzap.db.away import is_away
from auzap.errors import OrganizationUnavailable
from auzap.identity import requests
from auzap.identity.sessions import SessionEnded
from auzap.ids import ConversationId
from auzap.loose import mapping
from auzap.realtime import presence, replaying
from auzap.realtime.audience import Audience
from auzap.realtime.connections import Connection
from auzap.realtime.frames import frame

LONGEST = 1_000
# Nobody's position: the largest that the database can count to.
LARGEST = 2**63 - 1
# The client waits for so long before it asks again, as after a failover.
AGAIN_IN = 30
# Not known, or it says too much: a panel of ours comes again after a while.
REFUSED = frame("closed", reason="refused")
BAD_FRAME = frame("error", code="bad_frame")
UNAVAILABLE = frame("error", code="unavailable", again_in=AGAIN_IN)


def hear(audience: Audience, connection_id: str, said: str, *, now: float) -> None:
    speaker = audience.connections.heard_from(connection_id, now=now)
    if speaker is None:
        audience.end([connection_id], REFUSED)
        return
    try:
        answers = _answers(audience, speaker, _read(said), now)
    except (SessionEnded, OrganizationUnavailable):
        audience.end([connection_id])
        return
    except psycopg.Error as failed:
        if not is_away(failed):
            raise
        answers = [UNAVAILABLE]
    if answers:
        audience.tell([connection_id], answers)


def _answers(audience: Audience, speaker: Connection, said: dict[str, Any], now: float) -> list[bytes]:
    match said:
        case {"action": "subscribe", "since": int(position)} if type(position) is int and 0 <= position <= LARGEST:
            with requests.of_session(audience.database, speaker.holder.session_id) as (tx, _):
                return replaying.since(tx, position, speaker.holder.user_id)
        case {"action": "subscribe", **others} if "since" not in others:
            return [_head(audience, speaker, "subscribed")]
        case {"action": "ping"}:
            return [_head(audience, speaker, "pong")]
        case {"action": "here", "conversation_id": (None | str()) as place} if place is None or _conversation(place):
            _place(audience, speaker, _conversation(place or ""), now)
            return []
        case {"action": "typing", "conversation_id": str(place)} if conversation := _conversation(place):
            listening = audience.of_shop(speaker.holder.organization_id, now=now)
            others = [each.id for each in listening if each.id != speaker.id]
            # Whoever was let go a moment ago tells nobody anything.
            if len(others) < len(listening):
                audience.tell(others, [presence.typing(speaker, str(conversation))])
            return []
        case _:
            return [BAD_FRAME]


def _head(audience: Audience, speaker: Connection, kind: str) -> bytes:
    with requests.of_session(audience.database, speaker.holder.session_id) as (tx, _):
        return frame(kind, position=replaying.head_of(tx))


def _place(audience: Audience, speaker: Connection, place: ConversationId | None, now: float) -> None:
    placed = audience.connections.place(speaker.id, place, until=now + presence.HERE_SECONDS)
    # The list of a shop may be a moment behind.
    listening = [
        placed if placed and each.id == placed.id else each
        for each in audience.of_shop(speaker.holder.organization_id, now=now)
    ]
    audience.tell([each.id for each in listening], [presence.people(listening, now=now)])


def _read(said: str) -> dict[str, Any]:
    if len(said) > LONGEST:
        return {}
    try:
        return mapping(json.loads(said))
    except (ValueError, RecursionError):
        return {}


def _conversation(said: str) -> ConversationId | None:
    try:
        return ConversationId(UUID(said))
    except ValueError:
        return None

"""Coming in by a ticket that a session asked for, and going out."""

from auzap.realtime.audience import Audience, live_sessions
from auzap.realtime.connections import Holder
from auzap.realtime.frames import frame
from auzap.realtime.presence import people

# Of one person at once, in as many windows. The one that was opened first makes room.
MOST_OF_A_PERSON = 20
REPLACED = frame("closed", reason="replaced")


def enter(audience: Audience, connection_id: str, ticket: str, *, now: float) -> bool:
    """Whether the ticket is good. The socket is known before its session is asked about: a logout meanwhile finds it."""
    connections = audience.connections
    holder = connections.take_ticket(ticket, now=now)
    if holder is None:
        return False
    connections.keep(connection_id, holder, now=now)
    if not live_sessions(audience.database, holder.organization_id, [holder.session_id]):
        connections.forget(connection_id)
        return False
    _make_room(audience, holder, connection_id, now)
    return True


def leave(audience: Audience, connection_id: str, *, now: float) -> None:
    gone = audience.connections.forget(connection_id)
    if gone is not None and gone.here_until > now:
        others = [each for each in audience.of_shop(gone.holder.organization_id, now=now) if each.id != connection_id]
        audience.tell([each.id for each in others], [people(others, now=now)])


def _make_room(audience: Audience, holder: Holder, but: str, now: float) -> None:
    theirs = [
        each
        for each in audience.connections.of_shop(holder.organization_id, now=now)
        if each.holder.user_id == holder.user_id and each.id != but
    ]
    oldest_first = sorted(theirs, key=lambda each: each.connected_at)
    audience.end((each.id for each in oldest_first[: max(0, len(theirs) + 1 - MOST_OF_A_PERSON)]), REPLACED)

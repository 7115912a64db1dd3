"""Who of a shop may be told something: whose session still stands. The sockets of the others end here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auzap.db.connection import Database
from auzap.ids import OrganizationId, SessionId
from auzap.realtime.connections import Connection, Connections
from auzap.realtime.frames import frame
from auzap.realtime.sockets import Sockets

# So that a panel shows the sign-in, and does not come again and again.
SESSION_ENDED = frame("session_ended")


@dataclass(frozen=True, slots=True)
class Audience:
    """The table of who listens, the way to tell them, and the database that knows whom."""

    database: Database
    connections: Connections
    sockets: Sockets
    # Of the monotonic clock: what is not said by then is not said.
    until: float

    def of_shop(self, organization_id: OrganizationId, *, now: float) -> list[Connection]:
        """Asked of the database each time: a logout holds for the next word, whatever has become of its socket."""
        found = self.connections.of_shop(organization_id, now=now)
        if not found:
            return []
        standing = live_sessions(self.database, organization_id, {each.holder.session_id for each in found})
        self.end(each.id for each in found if each.holder.session_id not in standing)
        return [each for each in found if each.holder.session_id in standing and each.has_spoken]

    def tell(self, connection_ids: Iterable[str], frames: Sequence[bytes]) -> int:
        """To how many."""
        asked = list(connection_ids)
        lost = self.sockets.tell(asked, frames, until=self.until)
        for connection_id in lost:
            self.connections.forget(connection_id)
        return len(asked) - len(lost)

    def end(self, connection_ids: Iterable[str], word: bytes = SESSION_ENDED) -> None:
        ended = list(connection_ids)
        for connection_id in ended:
            self.connections.forget(connection_id)
        self.sockets.end(ended, word, until=self.until)


def live_sessions(database: Database, organization_id: OrganizationId, sessions: Iterable[SessionId]) -> set[SessionId]:
    found = database.lookup("SELECT app.live_sessions(%s, %s)", [organization_id, list(sessions)])
    return {SessionId(row[0]) for row in found}

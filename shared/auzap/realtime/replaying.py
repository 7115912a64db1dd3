"""What a client has missed: the changes after the last one it knows, or the word to begin anew."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auzap.db.connection import Tx
from auzap.ids import UserId
from auzap.realtime.frames import frame, frames_of
from auzap.realtime.privacy import events_for

MOST_AT_ONCE = 500
# To load the lists anew is quicker than to be told so many changes.
FARTHEST = 5_000
OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Since:
    head: int
    is_too_late: bool
    changes: list[dict[str, Any]]


def head_of(tx: Tx) -> int:
    found = tx.execute("SELECT position FROM change_heads").fetchone()
    return found[0] if found else 0


def since(tx: Tx, position: int, person: UserId) -> list[bytes]:
    """As frames for one person: the first 500 events after a position and where all have come to; or that so many were missed."""
    found = tx.rows(
        Since,
        "SELECT head, is_too_late, changes FROM app.changes_since(%s, %s, %s, %s)",
        [position, MOST_AT_ONCE, FARTHEST, OLDEST],
    )
    missed = next(found)
    if missed.is_too_late:
        return [frame("resync", position=missed.head)]
    return [*frames_of(events_for(missed.changes, person)), frame("head", position=missed.head)]

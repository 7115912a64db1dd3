"""A shop's news: numbered after their commit, in one order for all, and told to whoever listens."""

from dataclasses import dataclass
from typing import Any

from auzap import failpoints
from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.realtime.audience import Audience
from auzap.realtime.connections import Connection
from auzap.realtime.frames import frames_of
from auzap.realtime.privacy import events_for, is_for, is_private

PUBLISHER = "publisher"
# Numbered at a time, so that nobody who wants to number waits for long.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Published:
    events: int
    # Sockets that were told, each of the last part.
    told: int


@dataclass(frozen=True, slots=True)
class Numbered:
    first: int
    changes: list[dict[str, Any]]


def publish(audience: Audience, organization_id: OrganizationId, *, now: float) -> Published:
    """All that is unnumbered by now. Also where there is nothing to tell, sockets of sessions that have ended are ended."""
    events = told = 0
    while True:
        changes = number(audience.database, organization_id)
        failpoints.reach("after_numbering")
        listening = audience.of_shop(organization_id, now=now)
        if changes:
            told = _tell(audience, listening, changes)
        events += len(changes)
        if len(changes) < AT_ONCE:
            return Published(events, told)


def _tell(audience: Audience, listening: list[Connection], changes: list[dict[str, Any]]) -> int:
    """To all whom the same is told at once."""
    private = [change for change in changes if is_private(change)]
    alike: dict[tuple[bool, ...], list[Connection]] = {}
    for each in listening:
        alike.setdefault(tuple(is_for(change, each.holder.user_id) for change in private), []).append(each)
    return sum(
        audience.tell([each.id for each in group], frames_of(events_for(changes, group[0].holder.user_id)))
        for group in alike.values()
    )


def number(database: Database, organization_id: OrganizationId, *, most: int = AT_ONCE) -> list[dict[str, Any]]:
    numbered = database.call(
        Numbered,
        "SELECT first, changes FROM app.publish_changes(%s, %s, %s)",
        [organization_id, PUBLISHER, most],
    )
    return numbered.changes if numbered else []

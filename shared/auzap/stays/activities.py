"""What happens in a stay, line by line, and everything that happened in the order of its time."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from psycopg.errors import ForeignKeyViolation

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import MediaId, StayId
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.stays.places import DAY

type Kind = Literal["feeding", "recreation", "rest", "behaviour", "health", "other"]

LONGEST_TEXT = 1000


class UnknownPhoto(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such photo. Upload it first.")


class UnfitText(Refusal):
    def __init__(self) -> None:
        super().__init__(f"Say what happened, in up to {LONGEST_TEXT} letters.")


class NotYet(Refusal):
    def __init__(self) -> None:
        super().__init__("That time is still to come, or before the pet arrived. Say when it was.")


@dataclass(frozen=True, slots=True)
class Activity:
    id: UUID
    kind: Kind
    text: str
    media_id: MediaId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the timeline: a move, an activity, an extra or a report."""

    at: datetime
    what: Literal["move", "activity", "extra", "report"]
    kind: str
    text: str
    actor: str | None
    media_id: MediaId | None


def log(
    tx: Tx, stay_id: StayId, kind: Kind, text: str, *, at: datetime, now: datetime, media_id: MediaId | None = None
) -> None:
    """While the pet is there."""
    stay = staying.locked(tx, stay_id)
    staying.expect(stay, "staying")
    said = text.strip()
    if not 0 < len(said) <= LONGEST_TEXT:
        raise UnfitText
    if at > now or (stay.arrived_at and at < stay.arrived_at):
        raise NotYet
    try:
        with tx.savepoint():
            tx.execute(
                "INSERT INTO stay_activities (stay_id, kind, text, media_id, at) VALUES (%s, %s, %s, %s, %s)",
                [stay_id, kind, said, media_id, at],
            )
    except ForeignKeyViolation as unknown:
        raise UnknownPhoto from unknown


def of_day(tx: Tx, shop: Shop, stay_id: StayId, day: date) -> list[Activity]:
    return tx.rows(
        Activity,
        """
        SELECT id, kind, text, media_id, at FROM stay_activities
        WHERE stay_id = %(stay)s AND at >= %(begins)s AND at < %(ends)s ORDER BY at, id
        """,
        {"stay": stay_id, "begins": shop.instant(day, time(0)), "ends": shop.instant(day + DAY, time(0))},
    ).fetchall()


def timeline(tx: Tx, stay_id: StayId) -> list[Happening]:
    """All of one stay, oldest first."""
    return tx.rows(
        Happening,
        """
        SELECT m.moved_at AS at, 'move' AS what, m.to_state AS kind, coalesce(m.reason, '') AS text, m.actor, NULL::uuid AS media_id
        FROM stay_moves m WHERE m.stay_id = %(stay)s
        UNION ALL
        SELECT a.at, 'activity', a.kind, a.text, a.actor, a.media_id FROM stay_activities a WHERE a.stay_id = %(stay)s
        UNION ALL
        SELECT e.added_at, 'extra', v.category, v.name, NULL, NULL
        FROM stay_extras e JOIN services v ON v.id = e.service_id WHERE e.stay_id = %(stay)s
        UNION ALL
        SELECT r.sent_at, 'report', r.day::text, r.text, r.actor, NULL FROM stay_reports r WHERE r.stay_id = %(stay)s
        ORDER BY at, what
        """,
        {"stay": stay_id},
    ).fetchall()

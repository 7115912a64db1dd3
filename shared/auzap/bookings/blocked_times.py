"""Time that nobody may book: of one resource, of one person, or of the whole shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auzap.db.connection import Tx
from auzap.db.constraints import refused
from auzap.errors import Refusal

LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class BlockedTime:
    id: UUID
    # Where it names neither, of the shop.
    resource_id: UUID | None
    staff_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str


class UnfitBlock(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A blocked time ends after it begins, within 400 days, and names one resource, one person, or neither."
        )


class UnknownPlace(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such resource or person. Load the lists again.")


def blocked(
    tx: Tx, *, since: datetime, until: datetime | None, after: tuple[datetime, UUID] | None, most: int
) -> list[BlockedTime]:
    """What is not over at `since`, in the order in which it ends."""
    ends_at, last_id = after or (None, None)
    return tx.rows(
        BlockedTime,
        """
        SELECT id, resource_id, staff_id, starts_at, ends_at, reason FROM blocked_times
        WHERE ends_at > %(since)s AND (%(until)s::timestamptz IS NULL OR starts_at < %(until)s)
          AND (%(id)s::uuid IS NULL OR (ends_at, id) > (%(ends_at)s::timestamptz, %(id)s::uuid))
        ORDER BY ends_at, id LIMIT %(most)s
        """,
        {"since": since, "until": until, "ends_at": ends_at, "id": last_id, "most": most},
    ).fetchall()


def block(
    tx: Tx,
    *,
    starts_at: datetime,
    ends_at: datetime,
    resource_id: UUID | None = None,
    staff_id: UUID | None = None,
    reason: str = "",
) -> BlockedTime:
    """Appointments that stand there already stay."""
    if ends_at - starts_at > LONGEST:
        raise UnfitBlock
    with refused(tx, unknown=UnknownPlace, unfit=UnfitBlock):
        return next(
            tx.rows(
                BlockedTime,
                """
                INSERT INTO blocked_times (resource_id, staff_id, starts_at, ends_at, reason) VALUES (%s, %s, %s, %s, %s)
                RETURNING id, resource_id, staff_id, starts_at, ends_at, reason
                """,
                [resource_id, staff_id, starts_at, ends_at, reason],
            )
        )


def free(tx: Tx, blocked_id: UUID) -> bool:
    """Whoever waits for such a day is looked at again. False where nothing was blocked."""
    freed = tx.execute(
        """
        WITH freed AS (DELETE FROM blocked_times WHERE id = %s RETURNING starts_at, ends_at)
        SELECT app.look_again(app.current_organization(), starts_at, ends_at) FROM freed
        """,
        [blocked_id],
    )
    return freed.rowcount == 1

"""The kinds of room as the shop furnishes them: listed, made, changed, archived, and their rates by size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal, LiteralString

from psycopg import Cursor
from psycopg.rows import kwargs_row

from auzap.catalog.listing import Species
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused, remove_or_archive
from auzap.db.locks import lock_row
from auzap.errors import Refusal
from auzap.ids import RoomTypeId
from auzap.stays.rooms import Kind

type Size = Literal["small", "medium", "large", "giant"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a size pays another rate than the room's own."""

    size: Size
    daily_cents: int
    long_daily_cents: int | None = None


@dataclass(frozen=True, slots=True)
class RoomType:
    id: RoomTypeId
    kind: Kind
    name: str
    description: str
    features: list[str]
    # How many pets at once.
    capacity: int
    species: list[Species]
    # What must be proved by name; where none is named, any vaccine.
    vaccines: list[str]
    daily_cents: int
    # Of every day of a stay of at least so many days.
    long_daily_cents: int | None
    long_from_days: int | None
    opens: time
    closes: time
    position: int
    is_active: bool
    rates: list[Rate]


class UnknownRoomType(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such kind of room. Load the list again.")


class RoomTypeKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("There is a room of this kind and name already. Change that one, or choose another name.")


class UnfitRoomType(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A room closes after it opens, and has a long rate together with the days from which it holds."
        )


LISTED: LiteralString = """
  SELECT t.id, t.kind, t.name, t.description, t.features, t.capacity, t.species, t.vaccines, t.daily_cents, t.long_daily_cents,
    t.long_from_days, t.opens, t.closes, t.position, t.is_active,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('size', r.size, 'daily_cents', r.daily_cents,
        'long_daily_cents', r.long_daily_cents) ORDER BY r.daily_cents, r.size), '[]')
      FROM room_rates r WHERE r.room_type_id = t.id) AS rates
  FROM room_types t"""


def room_types(tx: Tx, *, kind: Kind | None = None) -> list[RoomType]:
    """Those put away too, last."""
    return (
        _cursor(tx)
        .execute(
            LISTED
            + " WHERE %(kind)s::text IS NULL OR t.kind = %(kind)s ORDER BY t.is_active DESC, t.kind, t.position, t.name, t.id",
            {"kind": kind},
        )
        .fetchall()
    )


def room_type(tx: Tx, room_type_id: RoomTypeId) -> RoomType:
    found = _cursor(tx).execute(LISTED + " WHERE t.id = %s", [room_type_id]).fetchone()
    if found is None:
        raise UnknownRoomType
    return found


def create(tx: Tx, given: Mapping[str, Any]) -> RoomTypeId:
    with refused(tx, taken=RoomTypeKnown, unfit=UnfitRoomType):
        ((made,),) = tx.execute(
            """
            INSERT INTO room_types (kind, name, description, features, capacity, species, vaccines, daily_cents, long_daily_cents,
              long_from_days, opens, closes, position)
            SELECT n.kind, n.name, coalesce(n.description, ''), coalesce(n.features, '{}'), n.capacity,
              coalesce(n.species, '{dog,cat}'), coalesce(n.vaccines, '{}'), n.daily_cents, n.long_daily_cents, n.long_from_days,
              coalesce(n.opens, '08:00'), coalesce(n.closes, '18:00'), coalesce(n.position, 0)
            FROM jsonb_populate_record(NULL::room_types, %s) n RETURNING id
            """,
            [columns(given)],
        ).fetchall()
    return RoomTypeId(made)


def change(tx: Tx, room_type_id: RoomTypeId, given: Mapping[str, Any]) -> None:
    """What is reserved stays so, also where there is less room from now on."""
    with refused(tx, taken=RoomTypeKnown, unfit=UnfitRoomType):
        changed = tx.execute(
            """
            UPDATE room_types t SET (name, description, features, capacity, species, vaccines, daily_cents, long_daily_cents,
                long_from_days, opens, closes, position, is_active)
              = (SELECT n.name, n.description, n.features, n.capacity, n.species, n.vaccines, n.daily_cents, n.long_daily_cents,
                n.long_from_days, n.opens, n.closes, n.position, n.is_active FROM jsonb_populate_record(t, %s) n)
            WHERE t.id = %s
            """,
            [columns(given), room_type_id],
        )
    if changed.rowcount == 0:
        raise UnknownRoomType


def set_rates(tx: Tx, room_type_id: RoomTypeId, rates: Sequence[Rate]) -> None:
    """All of them: a size that is not named pays the room's own."""
    lock_row(tx, "room_types", room_type_id, unknown=UnknownRoomType)
    with refused(tx, taken=UnfitRoomType, unfit=UnfitRoomType):
        tx.execute(
            """
            MERGE INTO room_rates r
            USING unnest(%(sizes)s::text[], %(daily)s::int[], %(long)s::int[]) AS n (size, daily_cents, long_daily_cents)
              ON r.room_type_id = %(room)s AND r.size = n.size
            WHEN MATCHED AND (r.daily_cents, r.long_daily_cents) IS DISTINCT FROM (n.daily_cents, n.long_daily_cents)
              THEN UPDATE SET daily_cents = n.daily_cents, long_daily_cents = n.long_daily_cents
            WHEN NOT MATCHED BY TARGET THEN INSERT (room_type_id, size, daily_cents, long_daily_cents)
              VALUES (%(room)s, n.size, n.daily_cents, n.long_daily_cents)
            WHEN NOT MATCHED BY SOURCE AND r.room_type_id = %(room)s THEN DELETE
            """,
            {
                "room": room_type_id,
                "sizes": [rate.size for rate in rates],
                "daily": [rate.daily_cents for rate in rates],
                "long": [rate.long_daily_cents for rate in rates],
            },
        )


def remove(tx: Tx, room_type_id: RoomTypeId) -> None:
    """One in which a pet ever stayed is archived."""
    remove_or_archive(tx, "room_types", room_type_id, unknown=UnknownRoomType)


def _cursor(tx: Tx) -> Cursor[RoomType]:
    return tx.connection.cursor(row_factory=kwargs_row(_room_type))


def _room_type(*, rates: list[dict[str, Any]], **columns: Any) -> RoomType:
    return RoomType(rates=[Rate(**row) for row in rates], **columns)

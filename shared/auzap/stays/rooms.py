"""The kinds of room that daycare and hotel have, and what a day in one costs."""

from dataclasses import dataclass
from datetime import time
from typing import Literal, LiteralString

from auzap.db.connection import Tx
from auzap.db.kept import Kept
from auzap.errors import Refusal
from auzap.ids import RoomTypeId

type Kind = Literal["daycare", "hotel"]


class SizeUnknown(Refusal):
    def __init__(self, pet_name: str) -> None:
        super().__init__(
            f"The size of {pet_name} is not known, and the price depends on it. Ask, and register it first."
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Of a whole stay: each day's rate, the same for all of its days, and their sum."""

    daily_cents: int
    days: int

    @property
    def total_cents(self) -> int:
        return self.daily_cents * self.days


@dataclass(frozen=True, slots=True)
class Room:
    id: RoomTypeId
    kind: Kind
    name: str
    description: str
    features: list[str]
    capacity: int
    species: list[str]
    # What must be proved by name; where none is named, any vaccine.
    vaccines: list[str]
    daily_cents: int
    long_daily_cents: int | None
    long_from_days: int | None
    opens: time
    closes: time
    is_active: bool
    # Rates of a size of its own: by the day, and by the day of a long stay.
    rates: dict[str, list[int | None]]

    def price_for(self, size: str | None, days: int) -> Price:
        """A size's own rates count, else the room's; the long rate holds for every day of a stay that is long enough."""
        daily, long_daily = self.rates.get(size or "", [self.daily_cents, self.long_daily_cents])
        is_long = self.long_from_days is not None and days >= self.long_from_days and long_daily is not None
        cents = long_daily if is_long else daily
        return Price(self.daily_cents if cents is None else cents, days)


ROOMS: LiteralString = """
  SELECT t.id, t.kind, t.name, t.description, t.features, t.capacity, t.species, t.vaccines, t.daily_cents, t.long_daily_cents,
    t.long_from_days, t.opens, t.closes, t.is_active, coalesce((
      SELECT jsonb_object_agg(r.size, jsonb_build_array(r.daily_cents, r.long_daily_cents))
      FROM room_rates r WHERE r.room_type_id = t.id), '{}') AS rates
  FROM room_types t
"""


def rooms(tx: Tx, kind: Kind) -> list[Room]:
    """Those of a kind that the shop has now."""
    return tx.rows(Room, ROOMS + " WHERE t.is_active AND t.kind = %s ORDER BY t.position, t.name", [kind]).fetchall()


def _standing(tx: Tx) -> list[Room]:
    return tx.rows(Room, ROOMS + " WHERE t.is_active ORDER BY t.position, t.name").fetchall()


_rooms = Kept(_standing)


def known_rooms(tx: Tx, kind: Kind) -> list[Room]:
    """Those of a kind as they were when the transaction began, which is seldom asked for anew."""
    return [room for room in _rooms.of(tx) if room.kind == kind]


def room_with(tx: Tx, room_id: RoomTypeId) -> Room | None:
    """Also one that nobody can reserve any more."""
    return tx.rows(Room, ROOMS + " WHERE t.id = %s", [room_id]).fetchone()

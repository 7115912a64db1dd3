"""The kinds of room of daycare and hotel."""

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap.catalog.listing import Species
from auzap.ids import RoomTypeId
from auzap.stays import furnishing
from auzap.stays.furnishing import Rate, RoomType, Size
from auzap.stays.rooms import Kind
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Cents, Change, Hour
from functions.serve_api.dependencies import DoneOnce, Request_

router = APIRouter(prefix="/v1/room-types", tags=["room-types"])

Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Suíte"])]
Description = Annotated[str, Field(max_length=1000)]
Label = Annotated[str, Field(min_length=1, max_length=80)]
Features = Annotated[list[Label], Field(max_length=20, examples=[["Câmera", "Ar-condicionado"]])]
Vaccines = Annotated[list[Label], Field(max_length=10, examples=[["V10", "Antirrábica"]])]
Capacity = Annotated[int, Field(ge=1, le=200, description="How many pets at once")]
SpeciesList = Annotated[list[Species], Field(min_length=1, max_length=5)]
LongFrom = Annotated[int, Field(ge=2, le=60)]
Position = Annotated[int, Field(ge=0, le=10_000)]


class NewRoomType(Body):
    kind: Kind
    name: Name
    capacity: Capacity
    daily_cents: Cents
    description: Description = ""
    features: Features = Field(default_factory=list[str])
    species: SpeciesList | None = Field(default=None, description="Dogs and cats where it is not given")
    vaccines: Vaccines = Field(default_factory=list[str], description="To be proved by name; none: any vaccine")
    long_daily_cents: Cents | None = Field(default=None, description="Of every day of a long stay")
    long_from_days: LongFrom | None = Field(default=None, description="From how many days a stay is long")
    opens: Hour = time(8)
    closes: Hour = time(18)
    position: Position = 0


class RoomTypeChange(Change):
    MAY_BE_EMPTY = frozenset({"long_daily_cents", "long_from_days"})

    name: Name | None = None
    capacity: Capacity | None = None
    daily_cents: Cents | None = None
    description: Description | None = None
    features: Features | None = None
    species: SpeciesList | None = None
    vaccines: Vaccines | None = None
    long_daily_cents: Cents | None = None
    long_from_days: LongFrom | None = None
    opens: Hour | None = None
    closes: Hour | None = None
    position: Position | None = None
    is_active: bool | None = None


class SizeRate(Body):
    size: Size
    daily_cents: Cents
    long_daily_cents: Cents | None = None


class Rates(Body):
    rates: list[SizeRate] = Field(max_length=4)


@router.get("")
def list_room_types(
    begun: Request_, kind: Annotated[Kind | None, Query(description="Daycare or hotel")] = None
) -> List[RoomType]:
    """The kinds of room with their rates; those archived last."""
    return List.of(furnishing.room_types(begun.tx, kind=kind))


@router.post("", status_code=status.HTTP_201_CREATED)
def create_room_type(body: NewRoomType, once: DoneOnce) -> Created[RoomType]:
    """A new kind of room."""
    tx = once.begun.tx
    return once.answer(
        Created[RoomType],
        lambda: furnishing.room_type(tx, furnishing.create(tx, body.model_dump(exclude_none=True))),
    )


@router.patch("/{room_type_id}")
def change_room_type(room_type_id: RoomTypeId, body: RoomTypeChange, begun: Request_) -> Answer[RoomType]:
    """Change a kind of room. What is reserved stays, at the rate it was reserved for."""
    furnishing.change(begun.tx, room_type_id, body.given())
    return Answer[RoomType].of(furnishing.room_type(begun.tx, room_type_id))


@router.delete("/{room_type_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_room_type(room_type_id: RoomTypeId, begun: Request_) -> None:
    """Remove a kind of room; one in which a pet ever stayed is archived instead."""
    furnishing.remove(begun.tx, room_type_id)


@router.put("/{room_type_id}/rates")
def set_rates(room_type_id: RoomTypeId, body: Rates, begun: Request_) -> Answer[RoomType]:
    """Replace the rates by size; a size that is not named pays the room's own."""
    rates = [Rate(each.size, each.daily_cents, each.long_daily_cents) for each in body.rates]
    furnishing.set_rates(begun.tx, room_type_id, rates)
    return Answer[RoomType].of(furnishing.room_type(begun.tx, room_type_id))

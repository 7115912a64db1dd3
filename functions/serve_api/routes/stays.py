"""Daycare and hotel: where there is room, who comes, who is there, and what the tutors read of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.customers import pets
from auzap.db.connection import Tx
from auzap.ids import ContactId, MediaId, PetId, RoomTypeId, ServiceId, StayId
from auzap.organizations.shop import known_shop
from auzap.stays import activities, listing, places, reports, staying, upsells
from auzap.stays.activities import Happening
from auzap.stays.furnishing import UnknownRoomType
from auzap.stays.listing import StayFilter, WholeStay
from auzap.stays.places import DayOfRoom, Offer
from auzap.stays.queries import Degree, State, Stay
from auzap.stays.reports import Pending
from auzap.stays.rooms import Kind, Price, room_with
from auzap.stays.staying import Arrival, Assessment, Meal, UnknownStay, Way
from auzap.stays.upsells import Extra, Suggestion
from functions.serve_api import hints, paging
from functions.serve_api.answers import Answer, Created, Done, List
from functions.serve_api.bodies import Body, Day, Hour, Moment
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/stays", tags=["stays"])

Text = Annotated[str, Field(max_length=500)]
Reason = Annotated[str, Field(min_length=1, max_length=300, examples=["A viagem foi adiada"])]
Thing = Annotated[str, Field(min_length=1, max_length=120)]


class NewStay(Body):
    pet_id: PetId
    room_type_id: RoomTypeId
    from_day: Day
    # The day on which it goes home from the hotel; of daycare the day after its last.
    until_day: Day
    requests: Annotated[str, Field(max_length=1_000)] = ""


class NewAssessment(Body):
    """What somebody of the shop has seen; null where they did not look."""

    vaccines_ok: bool | None = None
    deworming_ok: bool | None = None
    exams: Text = ""
    restrictions: Text = ""
    socialisation: Degree | None = None
    anxiety: Degree | None = None
    energy: Degree | None = None


class Dates(Body):
    from_day: Day
    until_day: Day
    reason: Annotated[str, Field(max_length=300)] | None = None


class Why(Body):
    reason: Reason


class NewMeal(Body):
    at: Hour
    food: Thing
    amount: Thing = Field(examples=["80 g"])


class NewArrival(Body):
    room: Thing
    meals: list[NewMeal] = Field(min_length=1, max_length=10)
    emergency_contact: Thing = Field(examples=["Bia, irmã, 11 98888-7777"])
    routine: Text = ""
    belongings: list[Thing] = Field(default=[], max_length=30)


class NewDeparture(Body):
    condition: Text = Field(min_length=1)
    items_returned: list[Thing] = Field(default=[], max_length=30)
    notes: Annotated[str, Field(max_length=1_000)] = ""


class NewActivity(Body):
    kind: activities.Kind
    text: Annotated[str, Field(min_length=1, max_length=activities.LONGEST_TEXT, examples=["Brincou com a bola"])]
    # When it was; now, where nobody says.
    at: Moment | None = None
    media_id: MediaId | None = None


class Following(Body):
    ways: list[Way] = Field(max_length=3)


class NewExtra(Body):
    service_id: ServiceId


class ShownOffer(BaseModel):
    """A room with a place on each of these days, and what it costs."""

    room_type_id: RoomTypeId
    room_name: str
    from_day: Day
    until_day: Day
    price: Price
    total_cents: int


class Offers(BaseModel):
    offers: list[ShownOffer]
    # The nearest later period of that length, where there is no room then.
    later: list[ShownOffer]


class ShownStay(BaseModel):
    """A stay with all that has happened in it."""

    stay: WholeStay
    timeline: list[Happening]


@router.get("")
def list_stays(
    begun: Request_,
    page: Paged,
    kind: Annotated[Kind | None, Query(description="Daycare or hotel")] = None,
    state: Annotated[State | None, Query(description="Where it stands")] = None,
    contact_id: Annotated[ContactId | None, Query(description="Of this customer")] = None,
    pet_id: Annotated[PetId | None, Query(description="Of this pet")] = None,
    from_day: Annotated[Day | None, Query(description="There on this day, or later")] = None,
    until_day: Annotated[Day | None, Query(description="There on this day, or earlier")] = None,
) -> List[Stay]:
    """Stays, in the order of the days on which they begin."""
    wanted = StayFilter(kind, state, contact_id, pet_id, from_day, until_day)
    found = listing.stays(begun.tx, wanted, after=paging.keys_of(page, paging.day, UUID), most=page.limit + 1)
    return List[Stay].page(rows_of(found, page, lambda row: (row.from_day, row.id)))


@router.post("", status_code=status.HTTP_201_CREATED)
def reserve_stay(body: NewStay, once: DoneOnce, at: Now) -> Created[Stay]:
    """Reserve a place on each of these days. It is approved at once where the health record proves what it must."""
    tx = once.begun.tx

    def reserve() -> Stay:
        contact_id, pet = pets.coming(tx, body.pet_id)
        room = room_with(tx, body.room_type_id)
        if room is None:
            raise UnknownRoomType
        return staying.reserve(
            tx,
            known_shop(tx),
            contact_id=contact_id,
            pet=pet,
            room=room,
            from_day=body.from_day,
            until_day=body.until_day,
            now=at,
            source="staff",
            requests=body.requests,
        )

    return once.answer(Created[Stay], reserve)


@router.get("/availability")
def list_free_places(
    begun: Request_,
    kind: Annotated[Kind, Query(description="Daycare or hotel")],
    from_day: Annotated[Day, Query(description="The first day")],
    until_day: Annotated[Day, Query(description="The day after the last; at most 90 days in all")],
) -> List[DayOfRoom]:
    """How many places each room has on each day, and how many of them are free."""
    return List[DayOfRoom].of(listing.free_places(begun.tx, kind, from_day, until_day))


@router.get("/offers")
def find_offers(
    begun: Request_,
    at: Now,
    kind: Annotated[Kind, Query(description="Daycare or hotel")],
    pet_id: Annotated[PetId, Query(description="For this pet")],
    from_day: Annotated[Day, Query(description="The day on which it comes")],
    until_day: Annotated[Day, Query(description="The day on which it goes home; of daycare the day after")],
) -> Answer[Offers]:
    """The rooms that have a place for a pet on all of these days, with the price; or the next days that have."""
    shop = known_shop(begun.tx)
    _, pet = pets.coming(begun.tx, pet_id)
    found, later = places.offers_or_next(begun.tx, shop, kind, pet, from_day, until_day, now=at)
    return Answer[Offers].of(Offers(offers=_offers(found), later=_offers(later)))


@router.get("/reports-pending")
def list_reports_pending(begun: Request_) -> List[Pending]:
    """Whose tutors have not read of their day yet."""
    return List[Pending].of(reports.pending(begun.tx))


@router.get("/{stay_id}")
def get_stay(stay_id: StayId, begun: Request_) -> Answer[ShownStay]:
    """A stay with what was agreed, what was added, and its timeline."""
    found = _whole(begun.tx, stay_id)
    return Answer[ShownStay].of(ShownStay(stay=found, timeline=activities.timeline(begun.tx, stay_id)))


@router.post("/{stay_id}/assessment")
def assess_stay(stay_id: StayId, body: NewAssessment, once: DoneOnce) -> Answer[Stay]:
    """Write down what was seen of proofs and pet. An approval that no longer stands is taken back."""
    given = Assessment(**body.model_dump())
    return once.answer(Answer[Stay], lambda: staying.assess(once.begun.tx, stay_id, given))


@router.post("/{stay_id}/approval")
def approve_stay(stay_id: StayId, once: DoneOnce) -> Answer[Stay]:
    """Approve what was assessed. The tutor hears of it."""
    tx = once.begun.tx

    def approve() -> Stay:
        approved = staying.approve(tx, known_shop(tx), stay_id)
        hints.something_to_send(once.begun, [approved.conversation_id])
        return approved.stay

    return once.answer(Answer[Stay], approve)


@router.put("/{stay_id}/dates")
def change_dates(stay_id: StayId, body: Dates, begun: Request_, at: Now) -> Answer[Stay]:
    """Other days in place of these: each new one has a place, or the old ones stay."""
    shop = known_shop(begun.tx)
    changed = staying.change_days(
        begun.tx, shop, stay_id, body.from_day, body.until_day, now=at, reason=body.reason or None
    )
    return Answer[Stay].of(changed)


@router.post("/{stay_id}/cancellation")
def cancel_stay(stay_id: StayId, body: Why, once: DoneOnce) -> Answer[Stay]:
    """Cancel it before the pet has come. Its places are free at once."""
    return once.answer(Answer[Stay], lambda: staying.cancel(once.begun.tx, stay_id, reason=body.reason))


@router.post("/{stay_id}/arrival")
def check_in(stay_id: StayId, body: NewArrival, once: DoneOnce, at: Now) -> Answer[Stay]:
    """The pet is there, with what is agreed at the door."""
    tx = once.begun.tx
    arrival = Arrival(
        room=body.room,
        meals=tuple(Meal(f"{meal.at:%H:%M}", meal.food, meal.amount) for meal in body.meals),
        emergency_contact=body.emergency_contact,
        routine=body.routine,
        belongings=tuple(body.belongings),
    )
    return once.answer(Answer[Stay], lambda: staying.check_in(tx, known_shop(tx), stay_id, arrival, now=at))


@router.post("/{stay_id}/departure")
def check_out(stay_id: StayId, body: NewDeparture, once: DoneOnce, at: Now) -> Answer[Stay]:
    """The pet goes home. Whoever leaves early leaves the days after it to others."""
    tx = once.begun.tx
    departure = staying.Departure(body.condition, tuple(body.items_returned), body.notes)
    return once.answer(Answer[Stay], lambda: staying.check_out(tx, known_shop(tx), stay_id, departure, now=at))


@router.post("/{stay_id}/activities", status_code=status.HTTP_201_CREATED)
def note_activity(stay_id: StayId, body: NewActivity, once: DoneOnce, at: Now) -> Done:
    """Note what the pet did, while it is there."""

    def note() -> None:
        activities.log(once.begun.tx, stay_id, body.kind, body.text, at=body.at or at, now=at, media_id=body.media_id)

    return once.answer(Done, note)


@router.post("/{stay_id}/report")
def send_report(stay_id: StayId, once: DoneOnce, at: Now) -> Done:
    """Send the tutor what was noted of today, once a day."""
    tx = once.begun.tx

    def send() -> None:
        hints.something_to_send(once.begun, [reports.send(tx, known_shop(tx), stay_id, now=at)])

    return once.answer(Done, send)


@router.put("/{stay_id}/monitoring", status_code=status.HTTP_204_NO_CONTENT)
def follow_stay(stay_id: StayId, body: Following, begun: Request_) -> None:
    """How the tutor may follow it."""
    staying.follow(begun.tx, stay_id, body.ways)


@router.get("/{stay_id}/suggestions")
def suggest_extras(stay_id: StayId, begun: Request_) -> List[Suggestion]:
    """What else this stay could do with, of the shop's own services; what matters most first."""
    return List[Suggestion].of(upsells.suggest_for(begun.tx, _whole(begun.tx, stay_id)))


@router.post("/{stay_id}/extras", status_code=status.HTTP_201_CREATED)
def add_extra(stay_id: StayId, body: NewExtra, once: DoneOnce) -> Created[Extra]:
    """Add a service to it, at the catalogue's price of now."""
    return once.answer(Created[Extra], lambda: upsells.add(once.begun.tx, stay_id, body.service_id))


@router.delete("/{stay_id}/extras/{service_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_extra(stay_id: StayId, service_id: ServiceId, begun: Request_) -> None:
    """Take it from the stay."""
    upsells.remove(begun.tx, stay_id, service_id)


def _whole(tx: Tx, stay_id: StayId) -> WholeStay:
    found = listing.whole(tx, stay_id)
    if found is None:
        raise UnknownStay
    return found


def _offers(found: list[Offer]) -> list[ShownOffer]:
    return [
        ShownOffer(
            room_type_id=each.room.id,
            room_name=each.room.name,
            from_day=each.from_day,
            until_day=each.until_day,
            price=each.price,
            total_cents=each.price.total_cents,
        )
        for each in found
    ]

"""Appointments: the agenda, and what happens to each of them."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.bookings import asking, booking, listing
from auzap.bookings.asking import Item
from auzap.bookings.listing import BookingFilter, ListedBooking, Move, Status
from auzap.conversations import appointments
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, PetId, ServiceId
from auzap.organizations.shop import known_shop
from functions.serve_api import hints, paging
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Cents, Day, Moment
from functions.serve_api.dependencies import DoneOnce, Now, Once, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.persons import who
from functions.serve_api.problems import found

router = APIRouter(prefix="/v1/bookings", tags=["bookings"])

Reason = Annotated[str, Field(max_length=booking.LONGEST_REASON, examples=["A tutora viajou"])]
Notes = Annotated[str, Field(max_length=1_000)]


class WantedItem(Body):
    pet_id: PetId
    service_id: ServiceId
    addon_ids: list[ServiceId] = Field(default=[], max_length=10)
    starts_at: Moment


class NewBooking(Body):
    contact_id: ContactId
    # For each pet its own; all of them are booked, or none.
    items: list[WantedItem] = Field(min_length=1, max_length=6)
    notes: Notes = ""


class Rescheduling(Body):
    starts_at: Moment
    reason: Reason = ""


class Why(Body):
    reason: Reason = ""


class Completion(Body):
    # Added to the appointment's notes.
    notes: Notes = ""
    # What the pet was given: goes into its health record.
    medication: Annotated[str, Field(max_length=1_000)] = ""


class BookingChange(Body):
    notes: Notes


class Price(Body):
    price_cents: Cents


class ShownBooking(BaseModel):
    """An appointment, and all that has happened to it."""

    booking: ListedBooking
    history: list[Move]


@router.get("")
def list_bookings(
    begun: Request_,
    page: Paged,
    from_day: Annotated[Day | None, Query(description="The first day, as the shop's clock has it")] = None,
    until_day: Annotated[Day | None, Query(description="The last day, with it")] = None,
    contact_id: Annotated[ContactId | None, Query(description="Of this customer")] = None,
    pet_id: Annotated[PetId | None, Query(description="Of this pet")] = None,
    service_id: Annotated[ServiceId | None, Query(description="Of this service")] = None,
    status: Annotated[Status | None, Query(description="Where it stands")] = None,
) -> List[ListedBooking]:
    """The agenda, in the order of its hours."""
    wanted = BookingFilter(from_day, until_day, contact_id, pet_id, service_id, status)
    after = paging.keys_of(page, paging.moment, UUID)
    rows = listing.bookings(begun.tx, known_shop(begun.tx), wanted, after=after, most=page.limit + 1)
    return List[ListedBooking].page(rows_of(rows, page, lambda row: (row.starts_at, row.id)))


@router.post("", status_code=status.HTTP_201_CREATED)
def make_booking(body: NewBooking, once: DoneOnce, at: Now) -> Created[list[ListedBooking]]:
    """Book for one pet or for several of a customer, at any free place: the agent's rules do not bind people."""
    tx = once.begun.tx

    def make() -> list[ListedBooking]:
        items = [Item(item.pet_id, item.service_id, tuple(item.addon_ids)) for item in body.items]
        made = booking.book(
            tx,
            known_shop(tx),
            contact_id=body.contact_id,
            asked=asking.asked_for(tx, items, contact_id=body.contact_id),
            starts=[item.starts_at for item in body.items],
            now=at,
            source="staff",
            notes=body.notes,
        )
        return listing.these(tx, made)

    return once.answer(Created[list[ListedBooking]], make)


@router.get("/{booking_id}")
def get_booking(booking_id: BookingId, begun: Request_) -> Answer[ShownBooking]:
    """An appointment with its history."""
    return Answer[ShownBooking].of(
        ShownBooking(booking=_found(begun.tx, booking_id), history=listing.history(begun.tx, booking_id))
    )


@router.patch("/{booking_id}")
def change_booking(booking_id: BookingId, body: BookingChange, begun: Request_) -> Answer[ListedBooking]:
    """Write other notes to it."""
    booking.note(begun.tx, booking_id, body.notes)
    return Answer[ListedBooking].of(_found(begun.tx, booking_id))


@router.put("/{booking_id}/price")
def change_booking_price(booking_id: BookingId, body: Price, begun: Request_) -> Answer[ListedBooking]:
    """Agree on another price for all of it."""
    booking.change_price(begun.tx, booking_id, body.price_cents)
    return Answer[ListedBooking].of(_found(begun.tx, booking_id))


@router.post("/{booking_id}/rescheduling")
def reschedule_booking(booking_id: BookingId, body: Rescheduling, once: DoneOnce, at: Now) -> Answer[ListedBooking]:
    """Move it to another hour, at the length and price that it has. Its customer hears of it, unless the settings say no."""
    tx = once.begun.tx

    def move() -> None:
        told = appointments.reschedule(
            tx, known_shop(tx), booking_id, starts_at=body.starts_at, now=at, reason=body.reason
        )
        hints.something_to_send(once.begun, [told])
        hints.place_freed(once.begun, at)

    return _done(once, booking_id, move)


@router.post("/{booking_id}/cancellation")
def cancel_booking(booking_id: BookingId, body: Why, once: DoneOnce, at: Now) -> Answer[ListedBooking]:
    """Cancel it. Its place is offered to whoever waits; its customer hears of it, unless the settings say no."""
    tx = once.begun.tx

    def cancel() -> None:
        told = appointments.cancel(tx, known_shop(tx), booking_id, now=at, reason=body.reason)
        hints.something_to_send(once.begun, [told])
        hints.place_freed(once.begun, at)

    return _done(once, booking_id, cancel)


@router.post("/{booking_id}/confirmation")
def confirm_booking(booking_id: BookingId, once: DoneOnce) -> Answer[ListedBooking]:
    """Confirm what the agent has taken as a request."""
    return _done(once, booking_id, lambda: booking.confirm(once.begun.tx, booking_id))


@router.post("/{booking_id}/attendance")
def confirm_attendance(booking_id: BookingId, once: DoneOnce, at: Now) -> Answer[ListedBooking]:
    """The customer says that they come."""
    tx = once.begun.tx

    def confirm() -> None:
        known = _found(tx, booking_id)
        booking.confirm_attendance(tx, booking_ids=[booking_id], contact_id=known.contact_id, now=at)

    return _done(once, booking_id, confirm)


@router.post("/{booking_id}/start")
def start_booking(booking_id: BookingId, once: DoneOnce) -> Answer[ListedBooking]:
    """The pet is there, and it begins."""
    return _done(once, booking_id, lambda: booking.start(once.begun.tx, booking_id))


@router.post("/{booking_id}/completion")
def complete_booking(booking_id: BookingId, body: Completion, once: DoneOnce, at: Now) -> Answer[ListedBooking]:
    """It is done, with what was noted and given."""
    tx = once.begun.tx

    def complete() -> None:
        booking.complete(
            tx,
            known_shop(tx),
            booking_id,
            now=at,
            by=who(once.begun),
            notes=body.notes,
            medication=body.medication,
        )

    return _done(once, booking_id, complete)


@router.post("/{booking_id}/no-show")
def miss_booking(booking_id: BookingId, body: Why, once: DoneOnce, at: Now) -> Answer[ListedBooking]:
    """Nobody came. What is left of its time is free."""

    def miss() -> None:
        booking.no_show(once.begun.tx, booking_id, now=at, reason=body.reason)
        hints.place_freed(once.begun, at)

    return _done(once, booking_id, miss)


def _done(once: Once, booking_id: BookingId, act: Callable[[], object]) -> Answer[ListedBooking]:
    """The appointment as it stands after it."""

    def done() -> ListedBooking:
        act()
        return _found(once.begun.tx, booking_id)

    return once.answer(Answer[ListedBooking], done)


def _found(tx: Tx, booking_id: BookingId) -> ListedBooking:
    return found(listing.booking(tx, booking_id))

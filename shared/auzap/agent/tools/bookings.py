"""Tools for appointments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from auzap.agent import pending
from auzap.agent.desk import Desk
from auzap.agent.tools import slots
from auzap.agent.tools.naming import (
    Extras,
    Handle,
    PetNames,
    ShortText,
    for_each,
    own_pets,
    service_with_extras,
)
from auzap.bookings import availability, queries
from auzap.bookings import booking as bookings
from auzap.bookings.queries import Booking, Held
from auzap.bookings.reasons import Unbookable
from auzap.bookings.wanted import Wanted, wanted
from auzap.catalog import services as catalog
from auzap.catalog.services import Service
from auzap.customers.pets import Pet, pets_of
from auzap.errors import Refusal
from auzap.ids import BookingId, PetId
from auzap.texts import text

AS_STAYS = {"hotel": "list_rooms and find_stay", "daycare": "list_rooms and find_stay"}

Notes = Annotated[str, StringConstraints(max_length=300)]
Reason = Annotated[str, StringConstraints(max_length=200)]


class NoLongerThere(Refusal):
    def __init__(self) -> None:
        super().__init__("The pet or the service is no longer there. Call list_pets and list_services.")


class WhichPets(Refusal):
    def __init__(self, owned: Sequence[Pet]) -> None:
        names = ", ".join(pet.name for pet in owned)
        told = f"The customer has several pets: {names}. Ask which" if owned else "Ask for the pet, register it"
        super().__init__(f"{told}, and name it in pets.")


class SameTime(Refusal):
    def __init__(self) -> None:
        super().__init__("The appointment is at that time already: nothing is to be moved. Say when it is.")


class OtherService(Refusal):
    def __init__(self, booked: Sequence[Wanted]) -> None:
        super().__init__(
            f"That slot is for another service. Call find_free_slots for {booked[0].service.name} and its pets."
        )


def find_free_slots(
    desk: Desk,
    service: ShortText,
    addons: Extras,
    pets: PetNames,
    day: date,
    period: Literal["morning", "afternoon", "any"],
) -> str:
    """Find free times of a service on one day, for one pet or several. Call it before offering or proposing any time.

    Args:
        service: The service as list_services names it.
        addons: What is done beside it, as list_services names it; empty when nothing is.
        pets: The names of the customer's pets that it is for; empty when that is not known yet.
        day: The day in the shop's calendar, as YYYY-MM-DD.
        period: The part of the day the customer wants.
    """
    found, extras = service_with_extras(desk, service, addons)
    if found.category in AS_STAYS:
        raise Refusal(f"{found.name} is no appointment at an hour. Call {AS_STAYS[found.category]}.")
    asked = for_each(found, extras, own_pets(desk, pets)) or [_for_whomever(desk, found, extras)]
    answer = availability.find(desk.tx, desk.shop, asked, day, period=period, now=desk.now)
    most = slots.MOST_SLOTS if period == "any" else slots.MOST_OF_A_PART
    return "\n".join(
        [*slots.told(desk, asked, answer, most=most), *(f"For {slots.length(each)}" for each in asked if answer.slots)]
    )


def propose_booking(desk: Desk, slot: Handle, pets: PetNames, notes: Notes) -> str:
    """Prepare an appointment of the customer's own pets and ask for a yes. Unless the result says Booked, it is not booked yet.

    Call find_free_slots first, and propose only a slot that it returned in this turn.

    Args:
        slot: The handle of the slot, as find_free_slots gave it.
        pets: The names of the pets, as given to find_free_slots.
        notes: What the customer wants the team to know of it, in few words; empty when there is nothing.
    """
    offer = desk.taken(slot, "s", source="find_free_slots")
    of = own_pets(desk, pets) or _pets_of_offer(desk, offer)
    arguments = {
        "service_id": offer["service_id"],
        "addon_ids": offer["addon_ids"],
        # Lists: jsonb does not keep the order of names.
        "pets": [[str(pet.id), offer["starts"].get(str(pet.id), offer["starts_at"])] for pet in of],
        "notes": notes,
    }
    asked, starts = _stored(desk, arguments)
    arguments["price_cents"] = _total(asked)
    try:
        bookings.check(desk.tx, desk.shop, asked=asked, starts=starts, now=desk.now, source="agent")
    except Unbookable as refused:
        raise slots.with_other_times(desk, refused, asked, starts) from refused
    if not desk.shop.asks_before_booking:
        return book_service(desk, arguments)
    summary = slots.summary(desk, asked, starts)
    pending.propose(desk, kind="book_service", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def list_bookings(desk: Desk) -> str:
    """List the customer's coming appointments. Call it before talking about, moving or cancelling an appointment."""
    found = queries.upcoming(desk.tx, desk.contact_id, desk.now)
    if not found:
        return "This customer has no coming appointments."
    handles = {known.id: _given(desk, [known]) for known in found}
    shown = [
        f"{handles[known.id]} | {known.pet_name} | {_what(known)} | {desk.shop.spoken(known.starts_at)} | {known.status}"
        for known in found
    ]
    for request_id in dict.fromkeys(known.request_id for known in found if known.request_id):
        together = [known for known in found if known.request_id == request_id]
        if len(together) > 1:
            names = " and ".join(handles[known.id] for known in together)
            shown.append(f"{_given(desk, together)} | {names} together, as they were booked")
    return "\n".join(shown)


def propose_reschedule(desk: Desk, booking: Handle, slot: Handle) -> str:
    """Prepare another time for an appointment and ask for a yes. It is moved only after the customer's yes; never cancel it first.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
        slot: The handle of the new time, as find_free_slots gave it in this turn for the same service and pets.
    """
    ids = _ids(desk.taken(booking, "b", source="list_bookings"))
    offer = desk.taken(slot, "s", source="find_free_slots")
    held = slots.changeable(desk, ids)
    asked = bookings.asked_for(desk.tx, held)
    if any(str(each.service_id) != offer["service_id"] for each in held):
        raise OtherService(asked)
    starts = _starts(offer, [each.pet_id for each in held])
    if starts == [each.starts_at for each in held]:
        raise SameTime
    try:
        bookings.check(desk.tx, desk.shop, asked=asked, starts=starts, now=desk.now, source="agent", moving=ids)
    except Unbookable as refused:
        raise slots.with_other_times(desk, refused, asked, starts) from refused
    moved = [[str(booking_id), start.isoformat()] for booking_id, start in zip(ids, starts, strict=True)]
    before, when = slots.when(desk, [each.starts_at for each in held]), slots.when(desk, starts)
    summary = text("booking_move", desk.shop.locale).format(**slots.of_whom(desk, asked), before=before, when=when)
    pending.propose(desk, kind="reschedule_booking", arguments={"bookings": moved}, summary=summary)
    return f"Ask: {summary}. Confirm?"


def propose_cancellation(desk: Desk, booking: Handle, reason: Reason) -> str:
    """Prepare the cancellation of an appointment and ask for a yes. It is cancelled only after the customer's yes.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
        reason: Why the customer cancels, in few words; empty if they did not say.
    """
    ids = _ids(desk.taken(booking, "b", source="list_bookings"))
    summary = _cancellation(desk, slots.changeable(desk, ids))
    arguments = {"bookings": [str(each) for each in ids], "reason": reason}
    pending.propose(desk, kind="cancel_booking", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def confirm_attendance(desk: Desk, booking: Handle) -> str:
    """Note that the customer comes to an appointment, when they say so.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
    """
    ids = _ids(desk.taken(booking, "b", source="list_bookings"))
    bookings.confirm_attendance(desk.tx, booking_ids=ids, contact_id=desk.contact_id, now=desk.now)
    desk.progress.acts_done.append("confirmed")
    return "Noted: the customer comes to that appointment."


def book_service(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a booking that the customer said yes to."""
    asked, starts = _stored(desk, arguments)
    if _total(asked) != arguments["price_cents"]:
        raise pending.PriceChanged("find_free_slots")
    try:
        bookings.book(
            desk.tx,
            desk.shop,
            contact_id=desk.contact_id,
            asked=asked,
            starts=starts,
            now=desk.now,
            source="agent",
            notes=arguments["notes"],
        )
    except Unbookable as refused:
        raise slots.with_other_times(desk, refused, asked, starts) from refused
    return slots.booked(desk, asked, starts)


def reschedule_booking(desk: Desk, arguments: dict[str, Any]) -> str:
    """Move appointments that the customer said yes to."""
    ids = [BookingId(UUID(booking_id)) for booking_id, _ in arguments["bookings"]]
    starts = [datetime.fromisoformat(start) for _, start in arguments["bookings"]]
    asked = bookings.asked_for(desk.tx, slots.changeable(desk, ids))
    try:
        bookings.reschedule(
            desk.tx,
            desk.shop,
            booking_ids=ids,
            starts=starts,
            contact_id=desk.contact_id,
            now=desk.now,
            source="agent",
        )
    except Unbookable as refused:
        raise slots.with_other_times(desk, refused, asked, starts) from refused
    moved = f"{asked[0].what}, {slots.of_whom(desk, asked)['pets']}"
    if desk.shop.staff_confirms:
        desk.progress.acts_done.append("requested")
        return f"Requested, and a person of the shop confirms it later: {moved}, moved to {slots.when(desk, starts)}."
    desk.progress.acts_done.append("rescheduled")
    return f"Rescheduled: {moved}, now {slots.when(desk, starts)}."


def cancel_booking(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a cancellation that the customer said yes to."""
    ids = [BookingId(UUID(each)) for each in arguments["bookings"]]
    held = slots.changeable(desk, ids)
    asked = bookings.asked_for(desk.tx, held)
    bookings.cancel(
        desk.tx,
        desk.shop,
        booking_ids=ids,
        contact_id=desk.contact_id,
        now=desk.now,
        source="agent",
        reason=arguments["reason"],
    )
    desk.progress.acts_done.append("cancelled")
    pets, when = slots.of_whom(desk, asked)["pets"], slots.when(desk, [each.starts_at for each in held])
    return f"Cancelled: {asked[0].what}, {pets}, {when}."


ACTS: dict[str, pending.Act] = {
    "book_service": book_service,
    "reschedule_booking": reschedule_booking,
    "cancel_booking": cancel_booking,
}


def _ids(value: dict[str, Any]) -> list[BookingId]:
    return [BookingId(UUID(each)) for each in value["ids"]]


def _pets_of_offer(desk: Desk, offer: dict[str, Any]) -> list[Pet]:
    """Those for whom the slot was looked for; else the customer's only one."""
    owned = pets_of(desk.tx, desk.contact_id)
    of = [pet for pet in owned if str(pet.id) in offer["starts"]] or owned
    if not of or len(of) not in {1, len(offer["starts"])}:
        raise WhichPets(owned)
    return of


def _for_whomever(desk: Desk, service: Service, extras: Sequence[Service]) -> Wanted:
    """Where no pet is named: the customer's only one, or as long as the one of theirs that takes longest."""
    each = for_each(service, extras, pets_of(desk.tx, desk.contact_id))
    if len(each) == 1:
        return each[0]
    longest = max([asked.duration for asked in each], default=None)
    asked = wanted(service, None, extras)
    return replace(asked, duration=longest) if longest else asked


def _starts(offer: dict[str, Any], of: Sequence[PetId]) -> list[datetime]:
    """The hour that was found for each, or the slot's own."""
    return [datetime.fromisoformat(offer["starts"].get(str(pet_id), offer["starts_at"])) for pet_id in of]


def _stored(desk: Desk, arguments: dict[str, Any]) -> tuple[list[Wanted], list[datetime]]:
    """What was asked for, with the catalogue and the customer's pets of now."""
    offered = {str(service.id): service for service in catalog.services(desk.tx)}
    owned = {str(pet.id): pet for pet in pets_of(desk.tx, desk.contact_id)}
    ids = [arguments["service_id"], *arguments["addon_ids"]]
    if not set(ids) <= offered.keys() or not {pet_id for pet_id, _ in arguments["pets"]} <= owned.keys():
        raise NoLongerThere
    service, *extras = [offered[each] for each in ids]
    asked = for_each(service, extras, [owned[pet_id] for pet_id, _ in arguments["pets"]])
    return asked, [datetime.fromisoformat(start) for _, start in arguments["pets"]]


def _total(asked: Sequence[Wanted]) -> int:
    return sum(each.price_cents for each in asked)


def _given(desk: Desk, known: Sequence[Booking]) -> str:
    return desk.progress.give("b", {"id": str(known[0].id), "ids": [str(each.id) for each in known]})


def _what(known: Booking) -> str:
    return " + ".join([known.service_name, *known.addon_names])


def _cancellation(desk: Desk, held: Sequence[Held]) -> str:
    asked, when = bookings.asked_for(desk.tx, held), slots.when(desk, [each.starts_at for each in held])
    return text("booking_cancellation", desk.shop.locale).format(**slots.of_whom(desk, asked), when=when)

"""Tools for appointments."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from auzap.agent import pending
from auzap.agent.desk import Desk, quoted
from auzap.bookings import availability, booking, queries
from auzap.catalog import services as catalog
from auzap.customers import pets
from auzap.errors import Refusal
from auzap.ids import BookingId, PetId, ServiceId
from auzap.money import brl

MOST_SLOTS = 8
SIZE_NAMES = {"small": "pequeno", "medium": "médio", "large": "grande", "giant": "gigante"}

Handle = Annotated[str, StringConstraints(pattern=r"^[a-z][0-9]{1,3}$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class UnknownService(Refusal):
    def __init__(self, name: str, known: list[catalog.Service]) -> None:
        names = ", ".join(service.name for service in known)
        super().__init__(f"The shop has no service {quoted(name)}. It has: {names}. Ask which one is meant.")


class UnknownPet(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"This customer has no pet named {quoted(name)}. Ask for the name, or register it with register_pet."
        )


class SizeMissing(Refusal):
    def __init__(self, pet: pets.Pet) -> None:
        super().__init__(
            f"The size of {pet.name} is not known, and the price depends on it. Ask, then call register_pet with it."
        )


def list_services(desk: Desk) -> str:
    """List the shop's services with duration and price. Call it before naming any service or price."""
    lines = [_service_line(service) for service in catalog.services(desk.tx)]
    return "\n".join(lines) or "The shop has not listed its services yet. Hand over to a person."


def find_free_slots(desk: Desk, service: ShortText, day: date, period: Literal["morning", "afternoon", "any"]) -> str:
    """Find free times of a service on one day. Call it before offering or proposing any time.

    Args:
        service: The service as list_services names it.
        day: The day in the shop's calendar, as YYYY-MM-DD.
        period: The part of the day the customer wants.
    """
    wanted = _service(desk, service)
    owned = pets.pets_of(desk.tx, desk.contact_id)
    duration = max([wanted.duration_for(pet.size) for pet in owned] or [wanted.duration])
    free = availability.free_slots(desk.tx, desk.shop, day, duration=duration, now=desk.now)
    slots = availability.in_period(desk.shop, free, period)
    if slots:
        return _offer(desk, wanted, _spread(slots))
    where = f"{desk.shop.weekday(day)} {day:%d/%m}"
    if not desk.shop.openings_on(day):
        return f"The shop is closed on {where}. Offer another day."
    if free:
        return (
            f"Nothing is free in that part of {where}; at other hours there is:\n{_offer(desk, wanted, _spread(free))}"
        )
    return f"Nothing is free for {wanted.name} on {where}. Offer another day."


def propose_booking(desk: Desk, pet_name: ShortText, slot: Handle) -> str:
    """Prepare a booking of one of the customer's own pets and ask for a yes. It is booked only after the customer's yes.

    Call find_free_slots first, and propose only a slot that it returned in this turn.

    Args:
        pet_name: The pet's name as the customer writes it.
        slot: The handle of the slot, as find_free_slots gave it.
    """
    offer = desk.taken(slot, "s", source="find_free_slots")
    pet = pets.pet_named(desk.tx, desk.contact_id, pet_name)
    if pet is None:
        raise UnknownPet(pet_name)
    service = _service(desk, offer["service"])
    if service.prices_by_size and pet.size is None:
        raise SizeMissing(pet)
    starts_at = datetime.fromisoformat(offer["starts_at"])
    summary = f"{pet.name}, {service.name}, {desk.shop.spoken(starts_at)}, {brl(service.price_for(pet.size))}"
    arguments = {"pet_id": str(pet.id), "service_id": str(service.id), "starts_at": offer["starts_at"]}
    pending.propose(desk, kind="book_service", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def list_bookings(desk: Desk) -> str:
    """List the customer's coming appointments. Call it before talking about, or cancelling, an appointment."""
    found = queries.upcoming(desk.tx, desk.contact_id, desk.now)
    lines = [
        f"{desk.progress.give('b', {'id': str(known.id)})} | {known.pet_name} | {known.service_name} | "
        f"{desk.shop.spoken(known.starts_at)} | {known.status}"
        for known in found
    ]
    return "\n".join(lines) or "This customer has no coming appointments."


def propose_cancellation(desk: Desk, booking: Handle) -> str:
    """Prepare the cancellation of an appointment and ask for a yes. It is cancelled only after the customer's yes.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
    """
    wanted = desk.taken(booking, "b", source="list_bookings")["id"]
    known = next((b for b in queries.upcoming(desk.tx, desk.contact_id, desk.now) if str(b.id) == wanted), None)
    if known is None:
        raise Refusal("That appointment is over or was cancelled already. Call list_bookings.")
    summary = f"cancelar {known.service_name} de {known.pet_name}, {desk.shop.spoken(known.starts_at)}"
    pending.propose(desk, kind="cancel_booking", arguments={"booking_id": wanted}, summary=summary)
    return f"Ask: {summary}. Confirm?"


def book_service(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a booking that the customer said yes to."""
    pet_id, service_id = PetId(UUID(arguments["pet_id"])), ServiceId(UUID(arguments["service_id"]))
    pet = next((p for p in pets.pets_of(desk.tx, desk.contact_id) if p.id == pet_id), None)
    service = next((s for s in catalog.services(desk.tx) if s.id == service_id), None)
    if pet is None or service is None:
        raise Refusal("The pet or the service is no longer there. Call list_pets and list_services.")
    starts_at = datetime.fromisoformat(arguments["starts_at"])
    booking.book(
        desk.tx,
        desk.shop,
        contact_id=desk.contact_id,
        pet=pet,
        service=service,
        starts_at=starts_at,
        now=desk.now,
        source="agent",
    )
    desk.progress.acts_done.append("booked")
    return f"Booked: {pet.name}, {service.name}, {desk.shop.spoken(starts_at)}, {brl(service.price_for(pet.size))}."


def cancel_booking(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a cancellation that the customer said yes to."""
    booking_id = BookingId(UUID(arguments["booking_id"]))
    known = next((b for b in queries.upcoming(desk.tx, desk.contact_id, desk.now) if b.id == booking_id), None)
    booking.cancel(desk.tx, booking_id=booking_id, contact_id=desk.contact_id, now=desk.now)
    desk.progress.acts_done.append("cancelled")
    what = (
        f"{known.service_name}, {known.pet_name}, {desk.shop.spoken(known.starts_at)}" if known else "the appointment"
    )
    return f"Cancelled: {what}."


ACTS: dict[str, pending.Act] = {"book_service": book_service, "cancel_booking": cancel_booking}


def _service(desk: Desk, name: str) -> catalog.Service:
    known = catalog.services(desk.tx)
    found = catalog.named(known, name)
    if found is None:
        raise UnknownService(name, known)
    return found


def _service_line(service: catalog.Service) -> str:
    minutes = int(service.duration.total_seconds() // 60)
    sizes = ", ".join(
        f"{SIZE_NAMES[size]} {brl(service.prices_by_size[size])}"
        for size in catalog.SIZES
        if size in service.prices_by_size
    )
    return f"- {service.name} | {minutes} min | {brl(service.price_cents)}" + (f" ({sizes})" if sizes else "")


def _offer(desk: Desk, service: catalog.Service, slots: list[availability.Interval]) -> str:
    return "\n".join(
        f"{desk.progress.give('s', {'service': service.name, 'starts_at': slot.starts_at.isoformat()})} | "
        f"{desk.shop.spoken_day(slot.starts_at)} | {desk.shop.local(slot.starts_at):%H:%M} | {service.name}"
        for slot in slots
    )


def _spread(slots: list[availability.Interval]) -> list[availability.Interval]:
    """All of them where they are few; else some over the whole day, so that early and late are both seen."""
    if len(slots) <= MOST_SLOTS:
        return slots
    step = (len(slots) - 1) / (MOST_SLOTS - 1)
    return [slots[round(index * step)] for index in range(MOST_SLOTS)]

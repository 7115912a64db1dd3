"""Booking and cancelling, under the shop's rules; the database refuses what does not fit."""

from datetime import datetime

from auzap.bookings import queries
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import BookingId, ContactId
from auzap.organizations.shop import Shop


class TooShortNotice(Refusal):
    def __init__(self, shop: Shop) -> None:
        hours = shop.minimum_notice.total_seconds() / 3600
        super().__init__(f"Bookings need at least {hours:g} hours of notice. Offer a later time.")


class SlotTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("That time has just been taken. Call find_free_slots and offer another.")


class PetBusy(Refusal):
    def __init__(self, pet: Pet) -> None:
        super().__init__(f"{pet.name} already has an appointment at that time. Offer another time.")


class NotCancellable(Refusal):
    def __init__(self) -> None:
        super().__init__("That booking is over or was cancelled already. Call list_bookings.")


def book(
    tx: Tx,
    shop: Shop,
    *,
    contact_id: ContactId,
    pet: Pet,
    service: Service,
    starts_at: datetime,
    now: datetime,
    source: str,
) -> BookingId:
    if starts_at < now + shop.minimum_notice:
        raise TooShortNotice(shop)
    ends_at = starts_at + service.duration_for(pet.size)
    for place in range(1, shop.parallel_bookings + 1):
        booking_id = queries.insert(
            tx,
            contact_id=contact_id,
            pet_id=pet.id,
            service_id=service.id,
            place=place,
            starts_at=starts_at,
            ends_at=ends_at,
            price_cents=service.price_for(pet.size),
            source=source,
        )
        if booking_id:
            return booking_id
    raise PetBusy(pet) if queries.is_pet_busy(tx, pet.id, starts_at, ends_at) else SlotTaken


def cancel(tx: Tx, *, booking_id: BookingId, contact_id: ContactId, now: datetime) -> None:
    if not queries.cancel(tx, booking_id, contact_id, now):
        raise NotCancellable

"""What is asked for one pet, and whether the shop does that for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auzap.bookings.intervals import Interval
from auzap.bookings.reasons import Kind, Reason
from auzap.catalog.services import Service
from auzap.customers.pets import Pet

SPECIES = {"dog": "dogs", "cat": "cats", "bird": "birds", "rabbit": "rabbits", "other": "other animals"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service with what is added to it; add-ons are done at its place, by whoever does it."""

    # None: a pet that the shop does not know yet.
    pet: Pet | None
    service: Service
    addons: tuple[Service, ...]
    duration: timedelta
    price_cents: int

    @property
    def services(self) -> tuple[Service, ...]:
        return (self.service, *self.addons)

    @property
    def deposit_cents(self) -> int:
        return (self.price_cents * self.service.deposit_percent + 50) // 100

    @property
    def needs_vet(self) -> bool:
        return any(service.needs_vet for service in self.services)

    @property
    def is_personal(self) -> bool:
        return any(service.is_personal for service in self.services)

    @property
    def pet_name(self) -> str:
        return self.pet.name if self.pet else "the pet"

    @property
    def what(self) -> str:
        return " + ".join(service.name for service in self.services)

    def at(self, starts_at: datetime) -> Interval:
        return Interval(starts_at, starts_at + self.duration)

    def occupied(self, starts_at: datetime) -> Interval:
        """The time that its place is taken: the appointment and the service's buffers."""
        appointment = self.at(starts_at)
        return Interval(
            appointment.starts_at - self.service.buffer_before, appointment.ends_at + self.service.buffer_after
        )


def wanted(service: Service, pet: Pet | None, addons: Sequence[Service] = ()) -> Wanted:
    """With the length and the price that the catalogue has for a pet of this size and coat."""
    size, coat = (pet.size, pet.coat) if pet else (None, None)
    services = (service, *addons)
    duration = sum((each.duration_for(size, coat) for each in services), timedelta())
    return Wanted(pet, service, tuple(addons), duration, sum(each.price_for(size, coat) for each in services))


def with_more(asked: Wanted, extras: Sequence[Service]) -> Wanted:
    """An appointment that there is, with what is added to it: at the price of today, as the rest keeps its own."""
    size, coat = (asked.pet.size, asked.pet.coat) if asked.pet else (None, None)
    longer = sum((each.duration_for(size, coat) for each in extras), asked.duration)
    dearer = asked.price_cents + sum(each.price_for(size, coat) for each in extras)
    return Wanted(asked.pet, asked.service, (*asked.addons, *extras), longer, dearer)


def objection(asked: Wanted) -> Reason | None:
    """Why this is not done for this pet on any day."""
    for service in asked.services:
        if not service.is_bookable_by_agent:
            return Reason(Kind.STAFF_ONLY, f"Only people of the shop book {service.name}: hand over to them.")
        if asked.pet and service.species and asked.pet.species not in service.species:
            done_for = " and ".join(SPECIES[each] for each in service.species)
            told = f"{service.name} is done for {done_for} only, and {asked.pet.name} is none. Offer another service."
            return Reason(Kind.SPECIES, told)
        if asked.pet and asked.pet.birth_date is None and _has_age_limits(service):
            told = (
                f"The age of {asked.pet.name} is not known, and {service.name} depends on it. "
                "Ask how old it is, and note it with update_pet."
            )
            return Reason(Kind.AGE_UNKNOWN, told)
    return None


def price_objection(asked: Wanted) -> Reason | None:
    """What must be known of the pet before its price is."""
    if asked.pet is None:
        return None
    for service in asked.services:
        match service.lacks(asked.pet.size, asked.pet.coat):
            case "size":
                kind, ask = Kind.SIZE_UNKNOWN, "how big it is"
            case "coat":
                kind, ask = Kind.COAT_UNKNOWN, "whether its hair is short, medium or long"
            case _:
                continue
        lacking = "size" if kind is Kind.SIZE_UNKNOWN else "coat"
        told = (
            f"The {lacking} of {asked.pet.name} is not known, and the price of {service.name} depends on it. "
            f"Ask {ask}, and note it with update_pet."
        )
        return Reason(kind, told)
    return None


def objection_on(asked: Wanted, day: date, where: str) -> Reason | None:
    """Why it is not done on this day, whatever the hour."""
    for service in asked.services:
        if not service.is_offered_on(day):
            return Reason(Kind.NOT_OFFERED, f"{service.name} is not offered on {where}{_period(service)}.")
        age = asked.pet.age_in_months(day) if asked.pet else None
        if age is not None and _has_age_limits(service):
            if age < (service.youngest_months or 0):
                told = f"{asked.pet_name} is too young for {service.name}, which is from {service.youngest_months} months on."
                return Reason(Kind.AGE, told)
            if service.oldest_months is not None and age > service.oldest_months:
                told = f"{asked.pet_name} is too old for {service.name}, which is up to {service.oldest_months} months."
                return Reason(Kind.AGE, told)
    return None


def _has_age_limits(service: Service) -> bool:
    return service.youngest_months is not None or service.oldest_months is not None


def _period(service: Service) -> str:
    since = f" from {service.active_from:%d/%m/%Y}" if service.active_from else ""
    until = f" until {service.active_until:%d/%m/%Y}" if service.active_until else ""
    return f"; it is offered{since}{until}" if since or until else ""

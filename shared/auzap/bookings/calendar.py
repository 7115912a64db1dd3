"""What some days of the shop hold: when it is open, its places and its people, and what of them is taken."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from auzap.bookings import queries
from auzap.bookings.intervals import Interval, less
from auzap.bookings.wanted import Wanted
from auzap.catalog.services import Service
from auzap.db.connection import Tx
from auzap.ids import BookingId, PetId, ServiceId
from auzap.organizations.shop import Opening, Shop


@dataclass(frozen=True, slots=True)
class Lane:
    """What serves one booking at a time: a numbered place of the shop or of a resource, or a person."""

    number: int = 1
    resource_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Person:
    lane: Lane
    is_vet: bool
    does: frozenset[ServiceId]
    # Who has none works whenever the shop is open.
    hours: tuple[Opening, ...] = ()

    def can_do(self, asked: Wanted) -> bool:
        return all(
            (self.is_vet or not service.needs_vet) and (service.id in self.does or not service.names_staff)
            for service in asked.services
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A lane's time with its buffers, and by which booking."""

    time: Interval
    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """An appointment of a pet that is asked for."""

    id: BookingId
    pet_id: PetId
    service_id: ServiceId
    time: Interval


@dataclass(frozen=True, slots=True)
class Calendar:
    shop: Shop
    resources: Mapping[str, Sequence[Lane]]
    people: Sequence[Person]
    # Time that is blocked: of the shop (None), of a resource, of a person.
    blocked: Mapping[UUID | None, Sequence[Interval]]
    taken: Mapping[Lane, Sequence[Taken]]
    own: Sequence[OwnBooking]
    # When appointments ended, or will, that others need first.
    earlier: Mapping[tuple[PetId, ServiceId], Sequence[datetime]]
    # Bookings that are about to give up their time.
    moving: frozenset[BookingId] = frozenset()

    def open_on(self, day: date) -> list[Interval]:
        return less([Interval(*hours) for hours in self.shop.openings_on(day)], self.blocked.get(None, ()))

    def grid(self, day: date) -> list[datetime]:
        """Every start that may be offered, whether or not there is room, counted from each opening."""
        starts: list[datetime] = []
        for opens, closes in self.shop.openings_on(day):
            while opens < closes:
                starts.append(opens)
                opens += self.shop.slot_grid
        return starts

    def lanes_for(self, service: Service) -> Sequence[Lane]:
        if service.resource_kind is None:
            return [Lane(number) for number in range(1, self.shop.parallel_bookings + 1)]
        return self.resources.get(service.resource_kind, ())

    def people_for(self, asked: Wanted) -> list[Person]:
        return [person for person in self.people if person.can_do(asked)]

    def is_free(self, lane: Lane, time: Interval) -> bool:
        """A person or a resource that is blocked is so for the buffers too; the shop's hours bind the appointment alone."""
        owner = lane.resource_id or lane.staff_id
        taken = (each.time.overlaps(time) and each.booking_id not in self.moving for each in self.taken.get(lane, ()))
        return not any(taken) and not (owner and any(block.overlaps(time) for block in self.blocked.get(owner, ())))

    def works(self, person: Person, time: Interval) -> bool:
        shifts = self._shifts(person, self.shop.today(time.starts_at))
        return not person.hours or any(shift.holds(time) for shift in shifts)

    def is_there(self, person: Person, day: date) -> bool:
        """Whether they work at all while the shop is open on that day, appointments aside."""
        hours = less(self.open_on(day), self.blocked.get(person.lane.staff_id, ()))
        return bool(hours) and (
            not person.hours or any(s.overlaps(h) for s in self._shifts(person, day) for h in hours)
        )

    def is_pet_free(self, asked: Wanted, time: Interval) -> bool:
        return asked.pet is None or not any(
            own.pet_id == asked.pet.id and own.time.overlaps(time) and own.id not in self.moving for own in self.own
        )

    def had_before(self, asked: Wanted, starts_at: datetime) -> bool:
        """Whether the pet will have had what the service needs first, and not too long ago."""
        needed, within = asked.service.prerequisite_id, asked.service.prerequisite_within
        if needed is None or asked.pet is None:
            return True
        ends = self.earlier.get((asked.pet.id, needed), ())
        return any(end <= starts_at and (within is None or starts_at - end <= within) for end in ends)

    def around(self, day: date) -> "Calendar":
        """With so much of what is taken as an appointment of that day can meet: of a fortnight most is of other days."""
        start, end = self.shop.instant(day, time()), self.shop.instant(day + timedelta(days=1), time())
        near = Interval(start - queries.LONGEST_BUFFER, end + queries.LONGEST_BUFFER)
        taken = {lane: [each for each in known if each.time.overlaps(near)] for lane, known in self.taken.items()}
        return replace(self, taken=taken)

    def without_own(self, asked: Sequence[Wanted]) -> "Calendar":
        """As if what the pets have of the same service were not there: it is what would be moved."""
        movable = frozenset(
            own.id
            for own in self.own
            for each in asked
            if each.pet and (own.pet_id, own.service_id) == (each.pet.id, each.service.id)
        )
        return replace(self, moving=movable)

    def on_the_same_day(self, asked: Wanted, day: date) -> OwnBooking | None:
        """An appointment of the pet for the same service."""
        return next(
            (
                own
                for own in self.own
                if asked.pet
                and own.id not in self.moving
                and (own.pet_id, own.service_id) == (asked.pet.id, asked.service.id)
                and self.shop.today(own.time.starts_at) == day
            ),
            None,
        )

    def _shifts(self, person: Person, day: date) -> list[Interval]:
        return [
            Interval(self.shop.instant(day, hours.opens), self.shop.instant(day, hours.closes))
            for hours in person.hours
            if hours.weekday == day.weekday()
        ]


def load(
    tx: Tx, shop: Shop, asked: Sequence[Wanted], first: date, last: date, *, moving: Collection[BookingId] = ()
) -> Calendar:
    """The days from the first to the last, as far as they concern what is asked."""
    known = queries.calendar(
        tx,
        start=shop.instant(first, time()),
        end=shop.instant(last + timedelta(days=1), time()),
        kinds=sorted({each.service.resource_kind for each in asked if each.service.resource_kind}),
        services=sorted({service.id for each in asked for service in each.services}),
        needed=sorted({each.service.prerequisite_id for each in asked if each.service.prerequisite_id}),
        pets=sorted({each.pet.id for each in asked if each.pet}),
    )
    return Calendar(
        shop,
        resources=_resources(known["resources"]),
        people=[_person(row) for row in known["staff"]],
        blocked=_grouped((_id(row["resource_id"]) or _id(row["staff_id"]), _interval(row)) for row in known["blocked"]),
        taken=_grouped((_lane(row), Taken(_interval(row), BookingId(UUID(row["id"])))) for row in known["taken"]),
        own=[_own(row) for row in known["own"]],
        earlier=_grouped(
            ((PetId(UUID(row["pet_id"])), ServiceId(UUID(row["service_id"]))), datetime.fromisoformat(row["ends_at"]))
            for row in known["earlier"]
        ),
        moving=frozenset(moving),
    )


def _resources(rows: Iterable[dict[str, Any]]) -> dict[str, list[Lane]]:
    return _grouped(
        (row["kind"], Lane(number, resource_id=UUID(row["id"])))
        for row in rows
        for number in range(1, row["capacity"] + 1)
    )


def _person(row: dict[str, Any]) -> Person:
    hours = tuple(
        Opening(each["weekday"], time.fromisoformat(each["opens"]), time.fromisoformat(each["closes"]))
        for each in row["hours"]
    )
    does = frozenset(ServiceId(UUID(each)) for each in row["does"])
    return Person(Lane(staff_id=UUID(row["id"])), row["is_vet"], does, hours)


def _lane(row: dict[str, Any]) -> Lane:
    return Lane(row["number"], _id(row["resource_id"]), _id(row["staff_id"]))


def _own(row: dict[str, Any]) -> OwnBooking:
    pet_id, service_id = PetId(UUID(row["pet_id"])), ServiceId(UUID(row["service_id"]))
    return OwnBooking(BookingId(UUID(row["id"])), pet_id, service_id, _interval(row))


def _interval(row: dict[str, Any]) -> Interval:
    return Interval(datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"]))


def _id(written: str | None) -> UUID | None:
    return None if written is None else UUID(written)


def _grouped[Key, Value](pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    groups: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)

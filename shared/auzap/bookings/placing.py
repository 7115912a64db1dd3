"""Where and with whom appointments at given hours would be, or why they cannot be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auzap.bookings.calendar import Calendar, Lane
from auzap.bookings.intervals import Interval
from auzap.bookings.reasons import Kind, Reason
from auzap.bookings.wanted import Wanted, objection_on
from auzap.organizations.shop import Shop

type Taken = Mapping[Lane, Sequence[Interval]]


@dataclass(frozen=True, slots=True)
class Placed:
    """One of what is asked, with its hour, its place, and who does it where that takes somebody's time."""

    asked: Wanted
    starts_at: datetime
    lane: Lane
    person: Lane | None

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (self.lane,) if self.person is None else (self.lane, self.person)


def day_in_words(shop: Shop, day: date) -> str:
    return f"{shop.weekday(day)} {day:%d/%m}"


def closed(shop: Shop, day: date) -> Reason:
    label = next((f" ({special.label})" for special in shop.specials_on(day)), "")
    return Reason(Kind.CLOSED, f"The shop is closed on {day_in_words(shop, day)}{label}. Offer another day.")


def no_place(asked: Wanted) -> Reason:
    told = f"The shop has not said where {asked.service.name} is done: hand over to a person."
    return Reason(Kind.NO_PLACE, told)


def nobody(shop: Shop, asked: Wanted, day: date) -> Reason:
    where = day_in_words(shop, day)
    if asked.needs_vet:
        return Reason(Kind.NO_VET, f"No vet is there on {where}, and {asked.what} needs one. Offer another day.")
    return Reason(Kind.NOBODY, f"Nobody who does {asked.what} is there on {where}. Offer another day.")


def too_soon(shop: Shop) -> Reason:
    hours = shop.minimum_notice.total_seconds() / 3600
    return Reason(Kind.TOO_SOON, f"Bookings need at least {hours:g} hours of notice. Offer a later time.")


def too_far(shop: Shop, now: datetime) -> Reason:
    last = shop.today(now + shop.booking_horizon)
    return Reason(Kind.TOO_FAR, f"Bookings open up to {last:%d/%m/%Y}. Ask for a nearer day.")


def past() -> Reason:
    return Reason(Kind.PAST, "That day is over. Ask for a day from today on.")


def too_long(asked: Wanted, where: str) -> Reason:
    return Reason(
        Kind.TOO_LONG, f"{asked.what} takes longer than the shop is open at a time on {where}. Offer another day."
    )


def full(asked: Wanted, where: str) -> Reason:
    return Reason(Kind.FULL, f"Nothing is free for {asked.what} on {where}. Offer another time.")


def just_taken() -> Reason:
    return Reason(Kind.FULL, "That time has just been taken. Call find_free_slots and offer another.")


def already(calendar: Calendar, asked: Wanted, day: date) -> Reason | None:
    own = calendar.on_the_same_day(asked, day)
    if own is None:
        return None
    told = (
        f"{asked.pet_name} already has {asked.service.name} on {calendar.shop.spoken(own.time.starts_at)}. "
        "To move it, call list_bookings and propose_reschedule."
    )
    return Reason(Kind.ALREADY, told)


def rule_against(calendar: Calendar, asked: Wanted, starts_at: datetime, now: datetime) -> Reason | None:
    """Why the shop's rules and hours do not let this begin then, places and people aside."""
    shop, time = calendar.shop, asked.at(starts_at)
    day = shop.today(starts_at)
    if starts_at < now:
        return Reason(Kind.PAST, "That time is over. Ask for a later one.")
    if day > shop.today(now + shop.booking_horizon):
        return too_far(shop, now)
    if against := objection_on(asked, day, day_in_words(shop, day)):
        return against
    if not any(hours.holds(time) for hours in calendar.open_on(day)):
        told = f"The shop is not open for all of {asked.what} at {shop.spoken(starts_at)}. Offer another time."
        return Reason(Kind.OUT_OF_HOURS, told) if calendar.open_on(day) else closed(shop, day)
    if starts_at < now + shop.minimum_notice:
        return too_soon(shop)
    if not calendar.had_before(asked, starts_at):
        return _prerequisite(asked)
    return None


def room_against(
    calendar: Calendar, asked: Wanted, starts_at: datetime, others: Taken, *, by_hours: bool = True
) -> Reason | None:
    """Why it does not fit then, beside what is booked and what else is placed by now."""
    if not calendar.is_pet_free(asked, asked.at(starts_at)):
        told = f"{asked.pet_name} has another appointment at {calendar.shop.spoken(starts_at)}. Offer another time."
        return Reason(Kind.OWN_BOOKING, told)
    day = calendar.shop.today(starts_at)
    if asked.is_personal and by_hours and not any(calendar.is_there(p, day) for p in calendar.people_for(asked)):
        return nobody(calendar.shop, asked, day)
    has_place = lanes(calendar, asked, starts_at, others)
    has_person = not asked.is_personal or people(calendar, asked, starts_at, others, by_hours=by_hours)
    return None if has_place and has_person else full(asked, calendar.shop.spoken(starts_at))


def lanes(calendar: Calendar, asked: Wanted, starts_at: datetime, others: Taken) -> list[Lane]:
    """The places that are free for it, in the order in which they are filled."""
    return [
        lane
        for lane in calendar.lanes_for(asked.service)
        if _is_free(calendar, lane, asked.occupied(starts_at), others)
    ]


def people(
    calendar: Calendar, asked: Wanted, starts_at: datetime, others: Taken, *, by_hours: bool = True
) -> list[Lane]:
    return [
        person.lane
        for person in calendar.people_for(asked)
        if (not by_hours or calendar.works(person, asked.at(starts_at)))
        and _is_free(calendar, person.lane, asked.occupied(starts_at), others)
    ]


def together(
    calendar: Calendar, asked: Sequence[Wanted], starts_at: datetime, others: Taken, *, by_hours: bool = True
) -> list[Placed] | None:
    """A place, and somebody, for each of them at one hour; None where there are not enough for all."""
    places = _assigned([lanes(calendar, each, starts_at, others) for each in asked])
    personal = [each for each in asked if each.is_personal]
    persons = _assigned([people(calendar, each, starts_at, others, by_hours=by_hours) for each in personal])
    if places is None or persons is None:
        return None
    free = iter(persons)
    return [
        Placed(each, starts_at, lane, next(free) if each.is_personal else None)
        for each, lane in zip(asked, places, strict=True)
    ]


def at(
    calendar: Calendar, asked: Sequence[Wanted], starts: Sequence[datetime], *, by_hours: bool = True
) -> list[Placed] | None:
    """All of them, each at its own hour, in the order of what is asked."""
    placed: dict[int, Placed] = {}
    for starts_at in sorted(set(starts)):
        these = [number for number, start in enumerate(starts) if start == starts_at]
        found = together(
            calendar, [asked[n] for n in these], starts_at, occupied_by(placed.values()), by_hours=by_hours
        )
        if found is None:
            return None
        placed |= dict(zip(these, found, strict=True))
    return [placed[number] for number in range(len(asked))]


def occupied_by(placed: Iterable[Placed]) -> dict[Lane, list[Interval]]:
    taken: dict[Lane, list[Interval]] = {}
    for each in placed:
        for lane in each.lanes:
            taken.setdefault(lane, []).append(each.asked.occupied(each.starts_at))
    return taken


def _is_free(calendar: Calendar, lane: Lane, time: Interval, others: Taken) -> bool:
    return calendar.is_free(lane, time) and not any(other.overlaps(time) for other in others.get(lane, ()))


def _assigned(choices: Sequence[Sequence[Lane]]) -> list[Lane] | None:
    """One lane for each, no lane for two; whoever has a choice makes way for whoever has none."""
    holder: dict[Lane, int] = {}

    def give(number: int, tried: set[Lane]) -> bool:
        for lane in choices[number]:
            if lane not in tried:
                tried.add(lane)
                if lane not in holder or give(holder[lane], tried):
                    holder[lane] = number
                    return True
        return False

    if not all(give(number, set()) for number in range(len(choices))):
        return None
    return [lane for number in range(len(choices)) for lane, held in holder.items() if held == number]


def _prerequisite(asked: Wanted) -> Reason:
    needed, within = asked.service.prerequisite, asked.service.prerequisite_within
    how_long = f", at most {within.days} days before" if within else ""
    told = f"{asked.service.name} needs {needed} first{how_long}. {asked.pet_name} has not had it by then: offer {needed} first."
    return Reason(Kind.PREREQUISITE, told)

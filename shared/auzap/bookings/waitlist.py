"""The waitlist: who wants a full day, and what has become free for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auzap.bookings import calendar, placing
from auzap.bookings import waitlist_queries as queries
from auzap.bookings.availability import Period, Slot, in_period
from auzap.bookings.calendar import Calendar
from auzap.bookings.placing import Taken, day_in_words
from auzap.bookings.reasons import Kind, Reason, Unbookable
from auzap.bookings.standing import standing
from auzap.bookings.waitlist_queries import Entry
from auzap.bookings.wanted import Wanted, objection, price_objection
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, ConversationId, WaitlistEntryId
from auzap.organizations.shop import Shop

MOST_DAYS = 31
# Whatever makes room beside a freed place, as longer hours do, is found within this long.
LOOK_EVERY = timedelta(hours=1)
# Whoever lets so many offers pass is asked no more.
MOST_OFFERS = 5


class BadDays(Refusal):
    def __init__(self) -> None:
        super().__init__(f"The waitlist takes up to {MOST_DAYS} days, the first one first. Ask which days are meant.")


class HasRoom(Refusal):
    def __init__(self, where: str) -> None:
        super().__init__(f"There is still room on {where}. Call find_free_slots for that day and offer a time.")


class WaitsAlready(Refusal):
    def __init__(self, pet: Pet, service: Service) -> None:
        super().__init__(
            f"{pet.name} is on the waitlist for {service.name} already. "
            "For other days, call list_waitlist and leave_waitlist first."
        )


class CannotBeTold(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "This customer has never written here, and could not be told of a free place. Call them instead."
        )


class WaitsNoMore(Refusal):
    def __init__(self) -> None:
        super().__init__("That is no longer on the waitlist. Call list_waitlist.")


@dataclass(frozen=True, slots=True)
class Room:
    """A time for what an entry waits for."""

    asked: Wanted
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.asked.at(self.starts_at).ends_at


def join(
    tx: Tx,
    shop: Shop,
    *,
    contact_id: ContactId,
    asked: Wanted,
    from_day: date,
    until_day: date,
    period: Period,
    now: datetime,
    conversation_id: ConversationId | None = None,
) -> WaitlistEntryId:
    """Only for days that are really full, of what this pet may have. They are told there, or where they have written last."""
    place = conversation_id or queries.place_of(tx, contact_id)
    if place is None or asked.pet is None:
        raise CannotBeTold
    if against := _days_against(shop, from_day, until_day, now) or objection(asked) or price_objection(asked):
        raise Unbookable(against)
    if not 0 <= (until_day - from_day).days < MOST_DAYS:
        raise BadDays
    _check_is_full(calendar.load(tx, shop, [asked], from_day, until_day), asked, from_day, until_day, period, now)
    made = queries.insert(
        tx,
        contact_id=contact_id,
        conversation_id=place,
        pet_id=asked.pet.id,
        service_id=asked.service.id,
        addon_ids=[addon.id for addon in asked.addons],
        from_day=from_day,
        until_day=until_day,
        period=period,
    )
    if made is None:
        raise WaitsAlready(asked.pet, asked.service)
    return made


def leave(tx: Tx, entry_id: WaitlistEntryId, contact_id: ContactId) -> None:
    if not queries.cancel(tx, entry_id, contact_id):
        raise WaitsNoMore


def tidy(tx: Tx) -> None:
    """What no clock rings for: offers that are over, and entries that wait for nothing any more."""
    queries.end_overdue_offers(tx)
    queries.end_served(tx)
    queries.end_over(tx, MOST_OFFERS)


def find_room(tx: Tx, shop: Shop, entry: Entry, now: datetime) -> Room | None:
    """The first time that fits, beside what others are being asked about: one place is not offered to two."""
    offered = queries.offered(tx)
    known = standing(tx, [entry.pet_id, *(each.pet_id for each in offered)])
    asked = known.wanted(entry.pet_id, entry.service_id, entry.addon_ids)
    first = max(entry.from_day, shop.today(now))
    until = min(entry.until_day, shop.today(now + shop.booking_horizon))
    if asked is None or first > until:
        return None
    others = [
        (theirs, each.starts_at)
        for each in offered
        if (theirs := known.wanted(each.pet_id, each.service_id, each.addon_ids))
    ]
    here = calendar.load(tx, shop, [asked, *(theirs for theirs, _ in others)], first, until)
    taken = _taken(here, others)
    free = (start for day in _days(first, until) for start in _free(here, asked, day, entry.period, now, taken))
    return next((Room(asked, start) for start in free if not _was_refused(entry, asked, start)), None)


def _days_against(shop: Shop, from_day: date, until_day: date, now: datetime) -> Reason | None:
    if from_day < shop.today(now):
        return placing.past()
    return placing.too_far(shop, now) if until_day > shop.today(now + shop.booking_horizon) else None


def _check_is_full(
    here: Calendar, asked: Wanted, from_day: date, until_day: date, period: Period, now: datetime
) -> None:
    found: list[Reason] = []
    for day in _days(from_day, until_day):
        if own := placing.already(here, asked, day):
            raise Unbookable(own)
        reasons = [_against(here, asked, start, now, {}) for start in _starts(here, day, period)]
        if None in reasons:
            raise HasRoom(day_in_words(here.shop, day))
        found += [reason for reason in reasons if reason] or [placing.closed(here.shop, day)]
    if not any(reason.kind is Kind.FULL for reason in found):
        raise Unbookable(found[0])


def _days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=passed) for passed in range((until - first).days + 1)]


def _starts(here: Calendar, day: date, period: Period) -> list[datetime]:
    return [slot.starts_at for slot in in_period(here.shop, [Slot((start,)) for start in here.grid(day)], period)]


def _against(here: Calendar, asked: Wanted, start: datetime, now: datetime, taken: Taken) -> Reason | None:
    return placing.rule_against(here, asked, start, now) or placing.room_against(here, asked, start, taken)


def _free(here: Calendar, asked: Wanted, day: date, period: Period, now: datetime, taken: Taken) -> Iterator[datetime]:
    """None on a day on which the pet has the same already: that one would be moved, not had twice."""
    if here.on_the_same_day(asked, day) is None:
        yield from (start for start in _starts(here, day, period) if _against(here, asked, start, now, taken) is None)


def _taken(here: Calendar, offered: Sequence[tuple[Wanted, datetime]]) -> Taken:
    """Where the offers of now would be placed. What somebody else has booked meanwhile is no offer any more."""
    placed: list[placing.Placed] = []
    for asked, starts_at in offered:
        placed += placing.together(here, [asked], starts_at, placing.occupied_by(placed)) or []
    return placing.occupied_by(placed)


def _was_refused(entry: Entry, asked: Wanted, start: datetime) -> bool:
    """What lies across a time that they did not want is that time once more."""
    return any(asked.at(start).overlaps(asked.at(refused)) for refused in entry.refused)

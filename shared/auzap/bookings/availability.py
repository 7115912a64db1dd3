"""When there is room for what is asked, and if there is none, why not and when instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from auzap.bookings import calendar, placing
from auzap.bookings.calendar import Calendar
from auzap.bookings.intervals import Interval
from auzap.bookings.placing import Placed
from auzap.bookings.reasons import Kind, Reason
from auzap.bookings.wanted import Wanted, objection
from auzap.db.connection import Tx
from auzap.organizations.shop import Shop

type Period = Literal["morning", "afternoon", "any"]

NOON = 12
# How far from the day that was asked for others are looked for, and how many are told.
DAYS_AROUND = 7
MOST_DAYS = 3
# Whatever the hour.
OF_THE_DAY = (Kind.NOT_OFFERED, Kind.AGE, Kind.NO_VET, Kind.NOBODY)


@dataclass(frozen=True, slots=True)
class Slot:
    """Hours at which all that is asked fits, one for each in their order."""

    starts: tuple[datetime, ...]

    @property
    def starts_at(self) -> datetime:
        return min(self.starts)

    @property
    def is_together(self) -> bool:
        return len(set(self.starts)) == 1


@dataclass(frozen=True, slots=True)
class Answer:
    day: date
    # When the shop is open on that day, as far as it can still be booked: what was looked at.
    checked: tuple[Interval, ...]
    slots: tuple[Slot, ...] = ()
    # Of the same day, where the part of it that was asked for has none.
    other_hours: tuple[Slot, ...] = ()
    # Why there are no slots.
    reasons: tuple[Reason, ...] = ()
    # The first slot of each of the nearest days with room, in their order, and the days that were looked at for it.
    nearest: tuple[Slot, ...] = ()
    looked_at: tuple[date, date] | None = None
    # What a pet has of the same service on that day, which only can be moved.
    notes: tuple[Reason, ...] = ()


def find(tx: Tx, shop: Shop, asked: Sequence[Wanted], day: date, *, period: Period = "any", now: datetime) -> Answer:
    """The slots of a day for one pet or for several; all at one hour where there are places, else one after the other.

    What a pet already has of the same service counts as free: it can be moved, and not be had twice a day.
    """
    if against := _lasting(asked):
        return Answer(day, (), reasons=against)
    today, last = shop.today(now), shop.today(now + shop.booking_horizon)
    if not today <= day <= last:
        reason = placing.past() if day < today else placing.too_far(shop, now)
        around = min(max(day, today), last)
        return _with_nearest(tx, shop, asked, Answer(day, (), reasons=(reason,)), around, period, now)
    here = calendar.load(tx, shop, asked, day, day)
    notes = tuple(reason for each in asked if (reason := placing.already(here, each, day)))
    here = here.without_own(asked)
    if missing := [each for each in asked if not here.lanes_for(each.service)]:
        return Answer(day, (), reasons=(placing.no_place(missing[0]),))
    found, against = search(here, asked, day, now)
    slots = in_period(shop, found, period)
    answer = Answer(day, _checked(here, day, now), tuple(slots), notes=notes)
    if slots:
        return answer
    answer = Answer(day, answer.checked, other_hours=tuple(found), reasons=tuple(against), notes=notes)
    return answer if found else _with_nearest(tx, shop, asked, answer, day, period, now)


def search(here: Calendar, asked: Sequence[Wanted], day: date, now: datetime) -> tuple[list[Slot], list[Reason]]:
    """Every slot of the day on the shop's grid, and where there is none, what stands against it."""
    if not here.open_on(day):
        return [], [placing.closed(here.shop, day)]
    here = here.around(day)
    reasons: dict[Kind, dict[str, Reason]] = {}
    at_once: list[Slot] = []
    in_turn: list[Slot] = []
    for starts_at in here.grid(day):
        against = {each.pet_name: reason for each in asked if (reason := _against(here, each, starts_at, now))}
        for name, reason in against.items():
            reasons.setdefault(reason.kind, {})[name] = reason
        if not against and placing.together(here, asked, starts_at, {}):
            at_once.append(Slot((starts_at,) * len(asked)))
            continue
        if not against:
            # Each alone would find a place, all of them do not.
            reasons.setdefault(Kind.FULL, {})
        if not at_once and len(asked) > 1 and (chain := _in_turn(here, asked, day, starts_at, now)):
            in_turn.append(Slot(chain))
    found = at_once or in_turn
    return found, [] if found else _told(here, asked, day, reasons)


def in_period(shop: Shop, slots: Sequence[Slot], period: Period) -> list[Slot]:
    match period:
        case "morning":
            return [slot for slot in slots if shop.local(slot.starts_at).hour < NOON]
        case "afternoon":
            return [slot for slot in slots if shop.local(slot.starts_at).hour >= NOON]
        case "any":
            return list(slots)


def _lasting(asked: Sequence[Wanted]) -> tuple[Reason, ...]:
    return tuple(reason for each in asked if (reason := objection(each)))


def _against(here: Calendar, asked: Wanted, starts_at: datetime, now: datetime) -> Reason | None:
    return placing.rule_against(here, asked, starts_at, now) or placing.room_against(here, asked, starts_at, {})


def _in_turn(
    here: Calendar, asked: Sequence[Wanted], day: date, starts_at: datetime, now: datetime
) -> tuple[datetime, ...] | None:
    """The first of them then, and each other one as soon as there is room after the one before it."""
    placed: list[Placed] = []
    for each in asked:
        free = starts_at if not placed else placed[-1].asked.at(placed[-1].starts_at).ends_at
        others = placing.occupied_by(placed)
        starts = [start for start in here.grid(day) if start >= free] if placed else [starts_at]
        found = next(
            (
                one[0]
                for start in starts
                if placing.rule_against(here, each, start, now) is None
                and placing.room_against(here, each, start, others) is None
                and (one := placing.together(here, [each], start, others))
            ),
            None,
        )
        if found is None:
            return None
        placed.append(found)
    return tuple(each.starts_at for each in placed)


def _told(here: Calendar, asked: Sequence[Wanted], day: date, reasons: dict[Kind, dict[str, Reason]]) -> list[Reason]:
    """What a person would say of the whole day: once, not of each hour, and of what matters most."""
    where = placing.day_in_words(here.shop, day)
    if kinds := [kind for kind in OF_THE_DAY if kind in reasons]:
        return list(reasons[kinds[0]].values())
    told = list(reasons.get(Kind.PREREQUISITE, {}).values())
    if Kind.OWN_BOOKING in reasons:
        names = " and ".join(reasons[Kind.OWN_BOOKING])
        told.append(
            Reason(Kind.OWN_BOOKING, f"At the hours that are free on {where}, {names} has another appointment.")
        )
    if Kind.FULL in reasons:
        told.append(placing.full(asked[0], where))
    if told:
        return told
    if reasons.keys() & {Kind.PAST, Kind.TOO_SOON}:
        return [placing.too_soon(here.shop)]
    return [placing.too_long(max(asked, key=lambda each: each.duration), where)]


def _checked(here: Calendar, day: date, now: datetime) -> tuple[Interval, ...]:
    earliest = now + here.shop.minimum_notice
    hours = (Interval(max(each.starts_at, earliest), each.ends_at) for each in here.open_on(day))
    return tuple(each for each in hours if each.starts_at < each.ends_at)


def _with_nearest(
    tx: Tx, shop: Shop, asked: Sequence[Wanted], answer: Answer, around: date, period: Period, now: datetime
) -> Answer:
    """With the nearest days on which there is room, and how far was looked."""
    today, last = shop.today(now), shop.today(now + shop.booking_horizon)
    first, until = max(today, around - timedelta(days=DAYS_AROUND)), min(last, around + timedelta(days=DAYS_AROUND))
    near = calendar.load(tx, shop, asked, first, until).without_own(asked)
    days = [first + timedelta(days=n) for n in range((until - first).days + 1)]
    found: list[Slot] = []
    for day in sorted(
        (day for day in days if day != answer.day), key=lambda day: (abs(day - around), -day.toordinal())
    ):
        slots = in_period(shop, search(near, asked, day, now)[0], period)
        found += slots[:1]
        if len(found) == MOST_DAYS:
            break
    found.sort(key=lambda slot: slot.starts_at)
    return Answer(
        answer.day,
        answer.checked,
        reasons=answer.reasons,
        nearest=tuple(found),
        looked_at=(first, until),
        notes=answer.notes,
    )

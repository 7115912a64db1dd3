"""Slots and appointments as a tool shows them: each with its weekday and date, and totals that nobody need add up."""

from collections.abc import Sequence
from datetime import datetime

from auzap.agent.desk import Desk
from auzap.agent.tools.naming import joined
from auzap.bookings import availability, booking, placing
from auzap.bookings.availability import Answer, Slot
from auzap.bookings.queries import Held
from auzap.bookings.reasons import Kind, Unbookable
from auzap.bookings.wanted import Wanted, price_objection
from auzap.errors import Refusal
from auzap.ids import BookingId
from auzap.money import brl
from auzap.texts import text

# Of a whole day; of a part of it, so that who asks for an hour learns whether it is free; instead of what was taken.
MOST_SLOTS, MOST_OF_A_PART, MOST_INSTEAD = 8, 24, 3
# Where no day of a fortnight is otherwise, another day does not help.
BEYOND_THE_AGENT = frozenset({Kind.TOO_LONG, Kind.NO_VET, Kind.NOBODY})
MORE_HOURS = "Hours between these are free too: ask for the morning or the afternoon to see them all."


def changeable(desk: Desk, ids: Sequence[BookingId]) -> list[Held]:
    """This customer's, which they may still change."""
    return booking.changeable(
        desk.tx, desk.shop, booking_ids=ids, contact_id=desk.contact_id, now=desk.now, source="agent"
    )


def with_other_times(desk: Desk, refused: Unbookable, asked: Sequence[Wanted], starts: Sequence[datetime]) -> Refusal:
    """The refusal, and when there is room instead."""
    if not refused.may_be_at_another_time or refused.reason.kind is Kind.ALREADY:
        return refused
    day = desk.shop.today(min(starts))
    answer = availability.find(desk.tx, desk.shop, asked, day, now=desk.now)
    offered = lines(desk, asked, spread(answer.slots, MOST_INSTEAD) or answer.nearest)
    return Refusal("\n".join([str(refused), *(["These are free:", *offered] if offered else [])]))


def told(desk: Desk, asked: Sequence[Wanted], answer: Answer, *, most: int = MOST_SLOTS) -> list[str]:
    """The slots; or why there are none, what was looked at, and when there are."""
    notes = [note.told for note in answer.notes]
    if answer.slots:
        more = [MORE_HOURS] if len(answer.slots) > most else []
        return [*lines(desk, asked, spread(answer.slots, most)), *more, *notes]
    where = placing.day_in_words(desk.shop, answer.day)
    if answer.other_hours:
        nothing = f"Nothing is free in that part of {where}; at other hours there is:"
        return [nothing, *lines(desk, asked, spread(answer.other_hours)), *notes]
    return [
        *(reason.told for reason in answer.reasons),
        *_looked_at(desk, answer, where),
        *_nearest(desk, asked, answer),
        *notes,
    ]


def _looked_at(desk: Desk, answer: Answer, where: str) -> list[str]:
    hours = [
        f"{desk.shop.local(part.starts_at):%H:%M}-{desk.shop.local(part.ends_at):%H:%M}" for part in answer.checked
    ]
    return [f"Looked at {where} {', '.join(hours)}."] if hours else []


def _nearest(desk: Desk, asked: Sequence[Wanted], answer: Answer) -> list[str]:
    if answer.looked_at is None:
        return []
    first, last = (f"{day:%d/%m}" for day in answer.looked_at)
    if not answer.nearest:
        is_for_people = any(reason.kind in BEYOND_THE_AGENT for reason in answer.reasons)
        return [f"Nothing is free from {first} to {last}{': hand over to a person' if is_for_people else ''}."]
    return [f"Nearest, of the days from {first} to {last}:", *lines(desk, asked, answer.nearest)]


def lines(desk: Desk, asked: Sequence[Wanted], slots: Sequence[Slot]) -> list[str]:
    return [
        f"{_offered(desk, asked, slot)} | {desk.shop.spoken_day(slot.starts_at)} | "
        f"{desk.shop.local(slot.starts_at):%H:%M} | {asked[0].what}{_for_whom(desk, asked, slot)}"
        for slot in slots
    ]


def _offered(desk: Desk, asked: Sequence[Wanted], slot: Slot) -> str:
    value = {
        "service_id": str(asked[0].service.id),
        "addon_ids": [str(extra.id) for extra in asked[0].addons],
        "starts_at": slot.starts_at.isoformat(),
        "starts": {
            str(each.pet.id): start.isoformat() for each, start in zip(asked, slot.starts, strict=True) if each.pet
        },
    }
    return desk.progress.give("s", value)


def _for_whom(desk: Desk, asked: Sequence[Wanted], slot: Slot) -> str:
    if len(asked) == 1:
        return f" | {asked[0].pet.name}" if asked[0].pet else ""
    if slot.is_together:
        return f" | {joined([each.pet_name for each in asked], desk.shop.locale)} together"
    each_at = [
        f"{each.pet_name} {desk.shop.local(start):%H:%M}" for each, start in zip(asked, slot.starts, strict=True)
    ]
    return f" | one after the other: {', '.join(each_at)}"


def length(asked: Wanted) -> str:
    minutes = int(asked.duration.total_seconds() // 60)
    if price_objection(asked):
        return f"{asked.pet_name}: {asked.what}; the price depends on what is not known yet of the pet"
    if asked.pet is None:
        return f"a pet that is not named yet: {asked.what}, about {minutes} min"
    return f"{asked.pet_name}: {asked.what}, {minutes} min, {brl(asked.price_cents)}"


def summary(desk: Desk, asked: Sequence[Wanted], starts: Sequence[datetime]) -> str:
    """Rex, Banho, sábado 28/11 09:00, R$ 60,00; of several each at its hour and price, then the total."""
    locale, total = desk.shop.locale, sum(each.price_cents for each in asked)
    if len(asked) == 1:
        parts = [asked[0].pet_name, asked[0].what, desk.shop.spoken(starts[0]), brl(total)]
    else:
        each_for = [f"{each.pet_name} {brl(each.price_cents)}" for each in asked]
        parts = [
            *each_for,
            asked[0].what,
            when(desk, starts, asked),
            text("booking_total", locale).format(price=brl(total)),
        ]
    deposit = sum(each.deposit_cents for each in asked)
    parts += [text("booking_deposit", locale).format(price=brl(deposit))] if deposit else []
    return ", ".join(parts)


def booked(desk: Desk, asked: Sequence[Wanted], starts: Sequence[datetime]) -> str:
    """What was just done; where the shop's people have the last word it is asked for only."""
    if desk.shop.staff_confirms:
        desk.progress.acts_done.append("requested")
        return f"Requested, and a person of the shop confirms it later: {summary(desk, asked, starts)}."
    desk.progress.acts_done.append("booked")
    return f"Booked: {summary(desk, asked, starts)}."


def of_whom(desk: Desk, asked: Sequence[Wanted]) -> dict[str, str]:
    return {"service": asked[0].what, "pets": joined([each.pet_name for each in asked], desk.shop.locale)}


def when(desk: Desk, starts: Sequence[datetime], asked: Sequence[Wanted] = ()) -> str:
    """One hour for all, or each hour, with whose it is where that is told."""
    if len(set(starts)) == 1:
        return desk.shop.spoken(starts[0])
    names = [f"{each.pet_name} " for each in asked] or [""] * len(starts)
    hours = [f"{name}{desk.shop.spoken(start)}" for name, start in zip(names, starts, strict=True)]
    return joined(hours, desk.shop.locale)


def spread(slots: Sequence[Slot], most: int = MOST_SLOTS) -> Sequence[Slot]:
    """All of them where they are few; else some over the whole day, so that early and late are both seen."""
    if len(slots) <= most:
        return slots
    step = (len(slots) - 1) / (most - 1)
    return [slots[round(index * step)] for index in range(most)]

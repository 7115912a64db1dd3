"""The life of an appointment, under the shop's rules; the database refuses what does not fit."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import psycopg

from auzap.bookings import calendar, placing, queries
from auzap.bookings.placing import Placed
from auzap.bookings.queries import Held, Place, Planned
from auzap.bookings.reasons import Reason, Unbookable
from auzap.bookings.wanted import Wanted, objection, price_objection, wanted, with_more
from auzap.catalog import services
from auzap.catalog.services import Service
from auzap.customers import health, pets
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import BookingId, ContactId, new_id
from auzap.notifications.notices import notify_of_act
from auzap.organizations.shop import Shop

type Source = Literal["agent", "staff", "series", "waitlist", "import", "demonstration"]

# People of the shop know better than its rules and hours: only places, people and pets that are taken bind them.
RULED: frozenset[Source] = frozenset({"agent", "series", "waitlist"})
CHANGEABLE = ("requested", "confirmed")
WRONG_MOVE, NO_SUCH_PLACE, TAKEN = "AZ002", "AZ003", "23P01"
LONGEST_REASON = 300


class NotChangeable(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "That appointment is over, was cancelled already, or is not this customer's. Call list_bookings."
        )


class UnknownBooking(NotChangeable):
    """Not there at all, or another customer's."""


class UnfitPrice(Refusal):
    def __init__(self) -> None:
        super().__init__("An appointment that is over keeps its price.")


class TooLateToChange(Refusal):
    """Within the shop's notice only its people move or cancel."""

    def __init__(self, shop: Shop) -> None:
        hours = shop.cancellation_notice.total_seconds() / 3600
        super().__init__(
            f"Less than {hours:g} hours before it, only people of the shop move or cancel an appointment: hand over to them."
        )


class WrongMove(Refusal):
    def __init__(self, status: str) -> None:
        super().__init__(f"This appointment cannot become {status} now. Load it again.")


class _Taken(Exception):
    """Undoes what found no place in the database."""


def book(
    tx: Tx,
    shop: Shop,
    *,
    contact_id: ContactId,
    asked: Sequence[Wanted],
    starts: Sequence[datetime],
    now: datetime,
    source: Source,
    notes: str = "",
    series: tuple[UUID, date] | None = None,
) -> list[BookingId]:
    """An appointment for each that is asked for, at its hour and in its order: all of them or none."""
    queries.lock_days(tx, [shop.today(starts_at) for starts_at in starts])
    placed = check(tx, shop, asked=asked, starts=starts, now=now, source=source)
    planned = [_planned(BookingId(new_id()), each) for each in placed]
    _put(
        tx,
        lambda: queries.insert(
            tx,
            contact_id=contact_id,
            planned=planned,
            status="requested" if source in RULED and shop.staff_confirms else "confirmed",
            source=source,
            notes=notes,
            request_id=new_id() if len(planned) > 1 else None,
            series=series,
        ),
    )
    # A series is one occasion, however many days of it are booked.
    once = f"booking_made:{series[0] if series else planned[0].id}"
    notify_of_act(tx, "booking_made", once=once, detail=_noted(planned[0].id, contact_id, starts))
    return [each.id for each in planned]


def reschedule(
    tx: Tx,
    shop: Shop,
    *,
    booking_ids: Sequence[BookingId],
    starts: Sequence[datetime],
    now: datetime,
    source: Source,
    contact_id: ContactId | None = None,
    reason: str | None = None,
) -> None:
    """To other hours, each in its order and at the length and price that it has; what it was is in its history.

    Where people of the shop confirm what the agent books, they confirm what it moves.
    """
    held = changeable(tx, shop, booking_ids=booking_ids, contact_id=contact_id, now=now, source=source)
    asked = asked_for(tx, held)
    queries.lock_days(tx, [shop.today(starts_at) for starts_at in starts])
    placed = check(tx, shop, asked=asked, starts=starts, now=now, source=source, moving=booking_ids)
    planned = [_planned(booking_id, each) for booking_id, each in zip(booking_ids, placed, strict=True)]
    is_request = source in RULED and shop.staff_confirms
    _put(tx, lambda: queries.move(tx, planned, _short(reason), is_request=is_request))
    before = {"before": min(each.starts_at for each in held).isoformat()}
    notify_of_act(tx, "booking_moved", detail=_noted(held[0].id, held[0].contact_id, starts) | before)


def extend(
    tx: Tx,
    shop: Shop,
    *,
    booking_ids: Sequence[BookingId],
    extras: Sequence[Service],
    now: datetime,
    source: Source,
    contact_id: ContactId | None = None,
) -> list[Wanted]:
    """Each with something more at its hour; what was asked for in advance stays as it was told."""
    held = changeable(tx, shop, booking_ids=booking_ids, contact_id=contact_id, now=now, source=source)
    queries.lock_days(tx, [shop.today(each.starts_at) for each in held])
    placed = check_extended(tx, shop, held=held, extras=extras, now=now, source=source)
    planned = [_planned(each.id, where) for each, where in zip(held, placed, strict=True)]
    is_request = source in RULED and shop.staff_confirms
    _put(tx, lambda: queries.extend(tx, planned, is_request=is_request))
    return [each.asked for each in placed]


def check_extended(
    tx: Tx, shop: Shop, *, held: Sequence[Held], extras: Sequence[Service], now: datetime, source: Source
) -> list[Placed]:
    """Where each would go with something more; refused where that is not done for the pet, or takes too long."""
    asked = asked_for(tx, held)
    for added in (wanted(extra, each.pet) for each in asked for extra in extras if source in RULED):
        if reason := objection(added) or price_objection(added):
            raise Unbookable(reason)
    longer, starts = [with_more(each, extras) for each in asked], [each.starts_at for each in held]
    moving = [each.id for each in held]
    return check(tx, shop, asked=longer, starts=starts, now=now, source=source, moving=moving)


def cancel(
    tx: Tx,
    shop: Shop,
    *,
    booking_ids: Sequence[BookingId],
    now: datetime,
    source: Source,
    contact_id: ContactId | None = None,
    reason: str | None = None,
) -> None:
    """Its places are free at once."""
    held = changeable(tx, shop, booking_ids=booking_ids, contact_id=contact_id, now=now, source=source)
    queries.set_status(tx, booking_ids, "cancelled", _short(reason))
    detail = _noted(held[0].id, held[0].contact_id, [each.starts_at for each in held])
    notify_of_act(tx, "booking_cancelled", once=f"booking_cancelled:{held[0].id}", detail=detail)


def confirm_attendance(tx: Tx, *, booking_ids: Sequence[BookingId], contact_id: ContactId, now: datetime) -> None:
    """The customer says that they come. Said twice, it is said once."""
    if any(each.status not in CHANGEABLE or each.starts_at <= now for each in _held(tx, booking_ids, contact_id)):
        raise NotChangeable
    queries.confirm_attendance(tx, booking_ids)


def confirm(tx: Tx, booking_id: BookingId) -> None:
    """By a person of the shop, where the agent's bookings are requests."""
    _become(tx, booking_id, "confirmed")


def start(tx: Tx, booking_id: BookingId) -> None:
    _become(tx, booking_id, "in_progress")


def complete(
    tx: Tx, shop: Shop, booking_id: BookingId, *, now: datetime, by: str, notes: str = "", medication: str = ""
) -> None:
    """With what was noted, and in the pet's health record what it was given."""
    held = _become(tx, booking_id, "completed")
    if notes:
        queries.add_notes(tx, booking_id, notes)
    if medication:
        (service,) = services.known(tx, [held.service_id])
        today = shop.today(now)
        health.note(
            tx,
            held.pet_id,
            kind="treatment",
            name=service.name,
            done_on=today,
            today=today,
            verified_by=by,
            notes=medication,
        )


def no_show(tx: Tx, booking_id: BookingId, *, now: datetime, reason: str | None = None) -> None:
    """Nobody came: only when it should have begun."""
    (held,) = _held(tx, [booking_id], None)
    if held.starts_at > now:
        raise WrongMove("no_show")
    _become(tx, booking_id, "no_show", reason)


def note(tx: Tx, booking_id: BookingId, notes: str) -> None:
    """In place of what was noted before."""
    _held(tx, [booking_id], None)
    queries.set_notes(tx, booking_id, notes)


def change_price(tx: Tx, booking_id: BookingId, price_cents: int) -> None:
    """By somebody who may; what is asked for in advance is never more than all of it."""
    (held,) = _held(tx, [booking_id], None)
    if held.status not in queries.LIVE:
        raise UnfitPrice
    queries.set_price(tx, booking_id, price_cents)


def changeable(
    tx: Tx,
    shop: Shop,
    *,
    booking_ids: Sequence[BookingId],
    now: datetime,
    source: Source,
    contact_id: ContactId | None = None,
) -> list[Held]:
    """Locked, in their order; refused where one is over, or where the shop's notice leaves it to people."""
    held = _held(tx, booking_ids, contact_id)
    if any(each.status not in CHANGEABLE for each in held):
        raise NotChangeable
    if source in RULED:
        if any(each.starts_at <= now for each in held):
            raise NotChangeable
        if any(each.starts_at - now < shop.cancellation_notice for each in held):
            raise TooLateToChange(shop)
    return held


def asked_for(tx: Tx, held: Sequence[Held]) -> list[Wanted]:
    """What appointments are for, as long and at the price as they were booked; of pets that are still the customer's."""
    catalogue = {each.id: each for each in services.known(tx, [i for h in held for i in (h.service_id, *h.addon_ids)])}
    owned = {pet.id: pet for contact_id in {each.contact_id for each in held} for pet in pets.pets_of(tx, contact_id)}
    if any(each.pet_id not in owned for each in held):
        raise NotChangeable
    return [
        Wanted(
            owned[each.pet_id],
            catalogue[each.service_id],
            tuple(catalogue[addon_id] for addon_id in each.addon_ids),
            each.ends_at - each.starts_at,
            each.price_cents,
        )
        for each in held
    ]


def check(
    tx: Tx,
    shop: Shop,
    *,
    asked: Sequence[Wanted],
    starts: Sequence[datetime],
    now: datetime,
    source: Source,
    moving: Sequence[BookingId] = (),
) -> list[Placed]:
    """Where each of them would go now; refused with the reason where it cannot be."""
    is_ruled = source in RULED
    if is_ruled and not moving:
        for reason in (r for each in asked if (r := objection(each) or price_objection(each))):
            raise Unbookable(reason)
    days = [shop.today(starts_at) for starts_at in starts]
    here = calendar.load(tx, shop, asked, min(days), max(days), moving=moving)
    for each, starts_at, day in zip(asked, starts, days, strict=True):
        reason: Reason | None = None if here.lanes_for(each.service) else placing.no_place(each)
        if is_ruled and reason is None:
            reason = placing.rule_against(here, each, starts_at, now) or placing.already(here, each, day)
        if reason := reason or placing.room_against(here, each, starts_at, {}, by_hours=is_ruled):
            raise Unbookable(reason)
    placed = placing.at(here, asked, starts, by_hours=is_ruled)
    if placed is None:
        raise Unbookable(placing.full(asked[0], shop.spoken(min(starts))))
    return placed


def _planned(booking_id: BookingId, placed: Placed) -> Planned:
    asked, time, occupied = placed.asked, placed.asked.at(placed.starts_at), placed.asked.occupied(placed.starts_at)
    assert asked.pet
    return Planned(
        id=booking_id,
        pet_id=asked.pet.id,
        service_id=asked.service.id,
        addons=[(addon.id, addon.price_for(asked.pet.size, asked.pet.coat)) for addon in asked.addons],
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        price_cents=asked.price_cents,
        deposit_cents=asked.deposit_cents,
        places=[
            Place(lane.number, lane.resource_id, lane.staff_id, occupied.starts_at, occupied.ends_at)
            for lane in placed.lanes
        ],
    )


def _put(tx: Tx, statement: Callable[[], bool]) -> None:
    """What the calendar lets pass, the database may still refuse: it has the last word."""
    try:
        # A savepoint, so that the caller's transaction survives.
        with tx.savepoint():
            if not statement():
                raise _Taken
    except _Taken as taken:
        raise Unbookable(placing.just_taken()) from taken
    except psycopg.Error as refused:
        if refused.sqlstate not in {NO_SUCH_PLACE, TAKEN}:
            raise
        raise Unbookable(placing.just_taken()) from refused


def _held(tx: Tx, booking_ids: Sequence[BookingId], contact_id: ContactId | None) -> list[Held]:
    found = {each.id: each for each in queries.held(tx, booking_ids, contact_id)}
    if len(found) != len(set(booking_ids)):
        raise UnknownBooking
    return [found[booking_id] for booking_id in booking_ids]


def _become(tx: Tx, booking_id: BookingId, status: str, reason: str | None = None) -> Held:
    (held,) = _held(tx, [booking_id], None)
    try:
        with tx.savepoint():
            queries.set_status(tx, [booking_id], status, _short(reason))
    except psycopg.Error as refused:
        if refused.sqlstate != WRONG_MOVE:
            raise
        raise WrongMove(status) from refused
    return held


def _noted(booking_id: BookingId, contact_id: ContactId, starts: Sequence[datetime]) -> dict[str, Any]:
    """Ids and times alone: who and what it is, whoever reads it sees on its page."""
    known = {"booking": str(booking_id), "contact": str(contact_id), "count": len(starts)}
    return known | {"at": min(starts).isoformat()}


def _short(reason: str | None) -> str | None:
    return (reason or "").strip()[:LONGEST_REASON] or None

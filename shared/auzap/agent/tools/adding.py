"""Tools for what is added to an appointment that there is."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from auzap.agent import pending
from auzap.agent.desk import Desk
from auzap.agent.tools import slots
from auzap.agent.tools.naming import Handle, ShortText, joined, service_with_extras
from auzap.bookings import booking as bookings
from auzap.bookings.queries import Held
from auzap.bookings.reasons import Unbookable
from auzap.bookings.wanted import Wanted, with_more
from auzap.catalog import services as catalog
from auzap.catalog.services import Service
from auzap.errors import Refusal
from auzap.ids import BookingId
from auzap.money import brl
from auzap.texts import text

SomeExtras = Annotated[list[ShortText], Field(min_length=1, max_length=5)]


class AlreadyPart(Refusal):
    def __init__(self) -> None:
        super().__init__("That is part of the appointment already. Say so.")


class NoRoomForMore(Refusal):
    def __init__(self, refused: Unbookable) -> None:
        super().__init__(
            f"{refused} With more to do it does not fit at that hour: offer to move it with propose_reschedule, and add it then."
        )


def propose_booking_extras(desk: Desk, booking: Handle, addons: SomeExtras) -> str:
    """Prepare extras for an appointment that there is, at its hour, and ask for a yes. They are added only after that yes.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
        addons: What is done beside it, as list_services names it.
    """
    ids = [BookingId(UUID(each)) for each in desk.taken(booking, "b", source="list_bookings")["ids"]]
    held = slots.changeable(desk, ids)
    before = bookings.asked_for(desk.tx, held)
    _, extras = service_with_extras(desk, before[0].service.name, addons)
    after = _with_more(held, before, extras)
    try:
        bookings.check_extended(desk.tx, desk.shop, held=held, extras=extras, now=desk.now, source="agent")
    except Unbookable as refused:
        raise _with_next_step(refused) from refused
    total = sum(each.price_cents for each in after)
    summary = text("booking_extras", desk.shop.locale).format(
        **slots.of_whom(desk, before),
        extras=joined([extra.name for extra in extras], desk.shop.locale),
        when=slots.when(desk, [each.starts_at for each in held]),
        more=brl(total - sum(each.price_cents for each in before)),
        price=brl(total),
    )
    arguments = {
        "bookings": [str(each) for each in ids],
        "addon_ids": [str(each.id) for each in extras],
        "total_cents": total,
    }
    pending.propose(desk, kind="extend_booking", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def extend_booking(desk: Desk, arguments: dict[str, Any]) -> str:
    """Add extras that the customer said yes to."""
    ids = [BookingId(UUID(each)) for each in arguments["bookings"]]
    offered = {str(service.id): service for service in catalog.services(desk.tx)}
    if not set(arguments["addon_ids"]) <= offered.keys():
        raise Refusal("The extra is no longer there. Call list_services.")
    extras = [offered[each] for each in arguments["addon_ids"]]
    held = slots.changeable(desk, ids)
    after = _with_more(held, bookings.asked_for(desk.tx, held), extras)
    total = sum(each.price_cents for each in after)
    if total != arguments["total_cents"]:
        raise pending.PriceChanged("list_services")
    try:
        bookings.extend(
            desk.tx,
            desk.shop,
            booking_ids=ids,
            extras=extras,
            contact_id=desk.contact_id,
            now=desk.now,
            source="agent",
        )
    except Unbookable as refused:
        raise _with_next_step(refused) from refused
    when = slots.when(desk, [each.starts_at for each in held])
    price = text("booking_total", desk.shop.locale).format(price=brl(total))
    told = f"{slots.of_whom(desk, after)['pets']}, {after[0].what}, {when}, {price}"
    if desk.shop.staff_confirms:
        desk.progress.acts_done.append("requested")
        return f"Requested, and a person of the shop confirms it later: {told}."
    desk.progress.acts_done.append("added")
    return f"Added: {told}."


ACTS: dict[str, pending.Act] = {"extend_booking": extend_booking}


def _with_more(held: Sequence[Held], asked: Sequence[Wanted], extras: Sequence[Service]) -> list[Wanted]:
    if any(extra.id in each.addon_ids for each in held for extra in extras):
        raise AlreadyPart
    return [with_more(each, extras) for each in asked]


def _with_next_step(refused: Unbookable) -> Refusal:
    return NoRoomForMore(refused) if refused.may_be_at_another_time else refused

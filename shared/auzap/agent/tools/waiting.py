"""Tools for who waits for a place, and for who wants one regularly."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from auzap import texts
from auzap.agent import offering, pending
from auzap.agent.desk import Desk
from auzap.agent.tools import slots
from auzap.agent.tools.bookings import AS_STAYS
from auzap.agent.tools.naming import Extras, Handle, PetName, ShortText, own_pet, service_with_extras
from auzap.bookings import booking, series, waitlist, waitlist_queries
from auzap.bookings import queries as bookings
from auzap.bookings.reasons import Unbookable
from auzap.bookings.series_days import Unit
from auzap.bookings.series_queries import Series
from auzap.bookings.standing import standing
from auzap.bookings.wanted import wanted
from auzap.errors import Refusal
from auzap.ids import BookingId, SeriesId, WaitlistEntryId
from auzap.money import brl

Often = Annotated[int, Field(ge=1, le=12)]
OFTEN: dict[Unit, tuple[texts.TextKey, texts.TextKey]] = {
    "week": ("every_week", "every_weeks"),
    "month": ("every_month", "every_months"),
}
PERIODS = {"morning": "in the morning", "afternoon": "in the afternoon", "any": "at any hour"}


class OnePetAtATime(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Those are appointments of several pets. Call propose_recurring_booking for one of them, then for the next."
        )


class OfferOver(Refusal):
    def __init__(self) -> None:
        super().__init__("That offer is over. Call list_waitlist, and find_free_slots for another time.")


def join_waitlist(
    desk: Desk,
    service: ShortText,
    addons: Extras,
    pet: PetName,
    from_day: date,
    until_day: date,
    period: Literal["morning", "afternoon", "any"],
) -> str:
    """Put a pet on the waitlist for days that are full, if the customer wants that. A place that becomes free is offered to them.

    Call find_free_slots first: only days on which it finds nothing are waited for.

    Args:
        service: The service as list_services names it.
        addons: What is done beside it, as list_services names it; empty when nothing is.
        pet: The name of the customer's pet.
        from_day: The first day that suits, as YYYY-MM-DD.
        until_day: The last day that suits, at most 31 days in all; the same as from_day for one day.
        period: The part of the day that suits.
    """
    found, extras = service_with_extras(desk, service, addons)
    if found.category in AS_STAYS:
        raise Refusal(f"{found.name} is no appointment at an hour. Call {AS_STAYS[found.category]}.")
    known = own_pet(desk, pet)
    asked = wanted(found, known, extras)
    waitlist.join(
        desk.tx,
        desk.shop,
        contact_id=desk.contact_id,
        conversation_id=desk.conversation_id,
        asked=asked,
        from_day=from_day,
        until_day=until_day,
        period=period,
        now=desk.now,
    )
    desk.progress.acts_done.append("waitlisted")
    return (
        f"On the waitlist: {known.name}, {asked.what}, {_days(desk, from_day, until_day)}, {PERIODS[period]}. "
        "When a place becomes free, the customer is asked here, and has half an hour to answer."
    )


def list_waitlist(desk: Desk) -> str:
    """List what this customer waits for. Call it before leave_waitlist, and when they ask about their place on the waitlist."""
    found = waitlist_queries.open_entries(desk.tx, desk.contact_id)
    lines = [
        f"{desk.progress.give('w', {'id': str(entry.id)})} | {entry.pet_name} | {entry.service_name} | "
        f"{_days(desk, entry.from_day, entry.until_day)} | {PERIODS[entry.period]} | {entry.state}"
        for entry in found
    ]
    return "\n".join(lines) or "This customer is on no waitlist."


def leave_waitlist(desk: Desk, entry: Handle) -> str:
    """Take the customer off the waitlist, when they say that they wait no longer.

    Args:
        entry: The handle of the entry, as list_waitlist gave it in this turn.
    """
    entry_id = WaitlistEntryId(UUID(desk.taken(entry, "w", source="list_waitlist")["id"]))
    waitlist.leave(desk.tx, entry_id, desk.contact_id)
    desk.progress.acts_done.append("unlisted")
    return "Done: the customer is off that waitlist."


def propose_recurring_booking(desk: Desk, booking: Handle, every: Often, unit: Literal["week", "month"]) -> str:
    """Prepare to repeat an appointment regularly and ask for a yes. It repeats only after the customer's yes.

    The appointment itself is the first; book it before if there is none.

    Args:
        booking: The handle of the appointment, as list_bookings gave it in this turn.
        every: After how many weeks or months it comes again; 2 with week is every second week.
        unit: Whether that counts weeks or months.
    """
    booking_id = _one_booking(desk.taken(booking, "b", source="list_bookings"))
    known = next((b for b in bookings.upcoming(desk.tx, desk.contact_id, desk.now) if b.id == booking_id), None)
    if known is None:
        raise series.NotRepeatable
    summary = texts.text("series_proposal", desk.shop.locale).format(
        service=" + ".join((known.service_name, *known.addon_names)),
        pet=known.pet_name,
        every=_often(desk, every, unit),
        at=f"{desk.shop.local(known.starts_at):%H:%M}",
        first=desk.shop.spoken_day(known.starts_at),
    )
    summary = f"{summary}, {brl(known.price_cents)}"
    arguments = {"booking_id": str(booking_id), "every": every, "unit": unit}
    pending.propose(desk, kind="repeat_booking", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def list_recurring(desk: Desk) -> str:
    """List the customer's regular appointments. Call it before talking about, or ending, one."""
    lines = [
        f"{desk.progress.give('r', {'id': str(known.id)})} | {known.pet_name} | {known.what} | "
        f"every {known.every} {known.unit}{'s' if known.every > 1 else ''} | {_rhythm(desk, known)} {known.at:%H:%M}"
        for known in series.of_contact(desk.tx, desk.contact_id)
    ]
    return "\n".join(lines) or "This customer has no regular appointments."


def propose_series_end(desk: Desk, series: Handle) -> str:
    """Prepare the end of a regular appointment and ask for a yes. What is booked by then stays booked.

    Args:
        series: The handle of the regular appointment, as list_recurring gave it in this turn.
    """
    known = _own_series(desk, desk.taken(series, "r", source="list_recurring")["id"])
    summary = texts.text("series_ending", desk.shop.locale).format(
        pet=known.pet_name, service=known.what, every=_often(desk, known.every, known.unit)
    )
    pending.propose(desk, kind="end_series", arguments={"series_id": str(known.id)}, summary=summary)
    return f"Ask: {summary}. Confirm?"


def book_offered(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a yes to a place that was offered. If somebody was quicker, the customer waits on."""
    entry = waitlist_queries.locked(desk.tx, WaitlistEntryId(UUID(arguments["entry_id"])))
    starts_at = datetime.fromisoformat(arguments["starts_at"])
    if entry is None or entry.contact_id != desk.contact_id or entry.offered_starts_at != starts_at:
        raise OfferOver
    asked = standing(desk.tx, [entry.pet_id]).wanted(entry.pet_id, entry.service_id, entry.addon_ids)
    if asked is None:
        raise OfferOver
    if asked.price_cents != arguments["price_cents"]:
        raise pending.PriceChanged("find_free_slots")
    try:
        (booking_id,) = booking.book(
            desk.tx,
            desk.shop,
            contact_id=desk.contact_id,
            asked=[asked],
            starts=[starts_at],
            now=desk.now,
            source="waitlist",
        )
    except Unbookable as gone:
        raise Refusal(f"{gone} The customer stays on the waitlist.") from gone
    waitlist_queries.book(desk.tx, entry.id, booking_id)
    return slots.booked(desk, [asked], [starts_at])


def repeat_booking(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a yes to a regular appointment."""
    known, made = series.create(
        desk.tx,
        desk.shop,
        contact_id=desk.contact_id,
        booking_id=BookingId(UUID(arguments["booking_id"])),
        every=arguments["every"],
        unit=arguments["unit"],
        now=desk.now,
    )
    desk.progress.acts_done += ["repeated", *(["booked"] if made.booked else [])]
    told = [f"Repeated: {known.pet_name}, {known.what}, {_often(desk, known.every, known.unit)}, {known.at:%H:%M}."]
    if made.booked:
        told.append(f"Booked by now: {_moments(desk, made.booked)}; later ones are booked as time goes on.")
    if made.missed:
        told.append(f"Not possible on {_moments(desk, made.missed)}: the team will arrange another time.")
    return " ".join(told)


def end_series(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a yes to the end of a regular appointment."""
    series_id = SeriesId(UUID(arguments["series_id"]))
    known = _own_series(desk, arguments["series_id"])
    staying = series.end(desk.tx, desk.shop, series_id, contact_id=desk.contact_id, now=desk.now)
    desk.progress.acts_done.append("unrepeated")
    told = f"Ended: {known.pet_name}, {known.what}, {_often(desk, known.every, known.unit)}."
    if not staying:
        return told
    return (
        f"{told} Still booked: {_moments(desk, staying)}. To cancel one, call list_bookings and propose_cancellation."
    )


ACTS: dict[str, pending.Act] = {
    offering.KIND: book_offered,
    "repeat_booking": repeat_booking,
    "end_series": end_series,
}


def _one_booking(given: dict[str, Any]) -> BookingId:
    ids: list[str] = given["ids"]
    if len(ids) != 1:
        raise OnePetAtATime
    return BookingId(UUID(ids[0]))


def _own_series(desk: Desk, series_id: str) -> Series:
    found = next((known for known in series.of_contact(desk.tx, desk.contact_id) if str(known.id) == series_id), None)
    if found is None:
        raise series.NotRunning
    return found


def _often(desk: Desk, every: int, unit: Unit) -> str:
    one, several = OFTEN[unit]
    return texts.text(one if every == 1 else several, desk.shop.locale).format(every=every)


def _rhythm(desk: Desk, known: Series) -> str:
    """The weekday, or the day of the month."""
    return desk.shop.weekday(known.starts_on) if known.unit == "week" else f"on day {known.starts_on.day}"


def _days(desk: Desk, first: date, last: date) -> str:
    spoken = [f"{desk.shop.weekday(day)} {day:%d/%m}" for day in dict.fromkeys((first, last))]
    return " to ".join(spoken)


def _moments(desk: Desk, moments: Sequence[datetime]) -> str:
    return ", ".join(desk.shop.spoken(moment) for moment in moments)

"""What becomes of an appointment that there is: moved, cancelled, confirmed, repeated, or waited for."""

import re
from dataclasses import replace

from local.street.offline_model import appointments, dates
from local.street.offline_model.acts import Act
from local.street.offline_model.appointments import Asked
from local.street.offline_model.desk import Pause
from local.street.offline_model.outcome import outcome_in, question_in
from local.street.offline_model.pet_talk import ALL_OF_THEM
from local.street.offline_model.shop_lines import Booking, Waiting, together_in, waiting_in
from local.street.offline_model.talk import Talk
from local.street.offline_model.understanding import pointed_at
from local.street.offline_model.wording import Reply, say

HOW_OFTEN = ("Toda semana", "A cada 2 semanas", "Todo mês")
# A day with room, and one on which nobody works.
NOTHING_TO_WAIT_FOR = re.compile(r"\bstill room\b|\bis closed\b", re.IGNORECASE)


def cancel(talk: Talk) -> Reply:
    talk.desk.require("list_bookings", "propose_cancellation")
    reason = next((heard.text for heard in talk.memory.now if "porque" in heard.plain), "")
    facts = question_in(talk.desk.use("propose_cancellation", booking=which_to_cancel(talk), reason=reason[:200]))
    return say(Act.CANCELLATION_PROPOSAL, facts=facts) if facts else say(Act.CANCELLATION_REFUSED)


def which_to_cancel(talk: Talk) -> str:
    """One appointment, or those of several pets that were booked together."""
    together = together_in(talk.desk.use("list_bookings"))
    if together and talk.wishes.latest(lambda heard: ALL_OF_THEM.search(heard.plain)):
        return together
    return appointments.which_booking(talk, talk.desk.bookings()).handle


def reschedule(talk: Talk) -> Reply:
    talk.desk.require("list_bookings", "find_free_slots", "propose_reschedule")
    booking = appointments.which_booking(talk, talk.desk.bookings())
    without_day = say(Act.ASK_NEW_DAY, booking=booking.label)
    if is_old_time(talk, booking):
        raise Pause(without_day)
    asked = Asked(booking.main_service, tuple(booking.addons), (booking.pet,), moved_from=booking.day)
    slot = appointments.which_slot(on_its_day(talk, booking), asked, without_day)
    facts = question_in(talk.desk.use("propose_reschedule", booking=booking.handle, slot=slot.handle))
    return say(Act.CHANGE_PROPOSAL, facts=facts) if facts else say(Act.CHANGE_REFUSED)


def on_its_day(talk: Talk, booking: Booking) -> Talk:
    """Another hour without a day is one of the day that the appointment has."""
    wishes = talk.wishes
    if wishes.day or wishes.week or wishes.hour in (None, booking.hour):
        return talk
    return replace(talk, memory=replace(talk.memory, wishes=replace(wishes, day=booking.day)))


def is_old_time(talk: Talk, booking: Booking) -> bool:
    """The day of the appointment itself, named to say which one is meant, is not where it shall go."""
    wishes = talk.wishes
    return wishes.day == booking.day and wishes.hour in (None, booking.hour) and wishes.period is None


def confirm(talk: Talk) -> Reply:
    talk.desk.require("list_bookings", "confirm_attendance")
    booking = appointments.which_booking(talk, talk.desk.bookings())
    answer = talk.desk.use("confirm_attendance", booking=booking.handle)
    is_noted = answer.startswith("Noted:")
    return say(Act.ATTENDANCE_CONFIRMED, facts=booking.label) if is_noted else say(Act.ATTENDANCE_REFUSED)


def join_waitlist(talk: Talk) -> Reply:
    talk.desk.require("join_waitlist")
    asked = appointments.what_is_asked(talk)
    if not talk.wishes.day:
        return say(Act.ASK_DAY)
    first, last = talk.wishes.day, talk.wishes.day
    if talk.wishes.span and talk.wishes.span[1]:
        first, last = talk.wishes.span[0], talk.wishes.span[1]
    period = talk.wishes.period or appointments.period_around(talk.wishes.hour)
    waits: list[str] = []
    for pet in asked.pets:
        answer = talk.desk.use(
            "join_waitlist",
            service=asked.service,
            addons=list(asked.addons),
            pet=pet,
            from_day=first.isoformat(),
            until_day=last.isoformat(),
            period="any" if period is dates.Period.EVENING else period.value,
        )
        if NOTHING_TO_WAIT_FOR.search(answer):
            return appointments.book(talk)
        if (outcome := outcome_in(answer)).act is not Act.WAITLISTED:
            return appointments.obstacle(talk, answer, asked) or say(Act.WAITLIST_REFUSED)
        waits.append(outcome.facts)
    return say(Act.WAITLISTED, facts="; ".join(waits))


def leave_waitlist(talk: Talk) -> Reply:
    talk.desk.require("list_waitlist", "leave_waitlist")
    entries = waiting_in(talk.desk.use("list_waitlist"), "w")
    if not entries:
        return say(Act.NO_WAITLIST)
    entry = one_of(talk, entries)
    if entry is None:
        lines = "\n".join(f"• {each.label}" for each in entries)
        return say(Act.WHICH_ENTRY, entries=lines, choices=tuple(each.label for each in entries))
    talk.desk.use("leave_waitlist", entry=entry.handle)
    return say(Act.LEFT_WAITLIST)


def repeat(talk: Talk) -> Reply:
    """The same again and again, of an appointment that there is."""
    talk.desk.require("list_bookings", "propose_recurring_booking")
    booking = appointments.which_booking(talk, talk.desk.bookings())
    return proposed_series(talk, booking)


def proposed_series(talk: Talk, booking: Booking) -> Reply:
    often = talk.wishes.latest(lambda heard: heard.repeat) or talk.memory.before.latest(lambda heard: heard.repeat)
    if not often:
        return say(Act.ASK_HOW_OFTEN, choices=HOW_OFTEN)
    every, unit = often
    facts = question_in(talk.desk.use("propose_recurring_booking", booking=booking.handle, every=every, unit=unit))
    return say(Act.SERIES_PROPOSAL, facts=facts) if facts else say(Act.SERIES_REFUSED)


def end_series(talk: Talk) -> Reply:
    talk.desk.require("list_recurring", "propose_series_end")
    series = waiting_in(talk.desk.use("list_recurring"), "r")
    if not series:
        return say(Act.NO_SERIES)
    meant = one_of(talk, series)
    if meant is None:
        lines = "\n".join(f"• {each.label}" for each in series)
        return say(Act.WHICH_SERIES, series=lines, choices=tuple(each.label for each in series))
    facts = question_in(talk.desk.use("propose_series_end", series=meant.handle))
    return say(Act.SERIES_END_PROPOSAL, facts=facts) if facts else say(Act.SERIES_REFUSED)


def one_of(talk: Talk, listed: list[Waiting]) -> Waiting | None:
    if len(listed) == 1:
        return listed[0]
    labels = [each.label for each in listed]
    pointed = talk.wishes.latest(lambda heard: pointed_at(labels, heard.plain) or None) or []
    return next((each for each in listed if [each.label] == pointed), None)


def the_other(talk: Talk) -> str:
    """What was wished in one breath with what is booked by now."""
    asked = [heard for heard in talk.memory.before.heard if " e " in heard.plain]
    if not asked or not talk.memory.outcome or not talk.desk.has("list_services"):
        return ""
    names = [service.name for service in talk.desk.services() if not service.is_addon]
    several = next((found for heard in reversed(asked) if (found := appointments.named_apart(names, heard.plain))), [])
    rest = [name for name in several if f", {name}," not in talk.memory.outcome.facts]
    return rest[0] if len(rest) < len(several) else ""


def after_booking(talk: Talk) -> Reply:
    """Who wished it again and again is asked for that, once the first one stands."""
    if other := the_other(talk):
        return say(Act.OFFER_THE_OTHER, other=other)
    wished = talk.memory.before.latest(lambda heard: heard.repeat)
    if not wished or not talk.desk.has("list_bookings", "propose_recurring_booking"):
        return Reply()
    booked = talk.memory.outcome.facts if talk.memory.outcome else ""
    booking = next((each for each in talk.desk.bookings() if each.pet in booked and each.when in booked), None)
    return proposed_series(talk, booking) if booking else Reply()

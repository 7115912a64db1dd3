"""What is added to an appointment that there is: "põe também corte de unha"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from local.street.offline_model import appointments, questions
from local.street.offline_model.acts import Act
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.outcome import question_in
from local.street.offline_model.pet_talk import SHORTEST_NAME_WITH_A_SLIP
from local.street.offline_model.shop_lines import Booking, Service
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import fold
from local.street.offline_model.understanding import named_in, pointed_at
from local.street.offline_model.wording import Reply, say

TELLING = frozenset({Act.BOOKED, Act.RESCHEDULED, Act.EXTRA_ADDED, Act.EXTRA_PROPOSAL})
ALREADY = re.compile(r"\bpart of the appointment already\b")
# No tool does that.
TAKEN_OFF = re.compile(r"\b(?:tira|tirar|tire|remove|remover|remova)\b")
BESIDE_IT = re.compile(r"\b(?:junto|juntos|juntas|tambem)\b")
NO_ROOM = re.compile(r"\bdoes not fit at that hour\b")


def add(talk: Talk) -> Reply:
    if TAKEN_OFF.search(talk.memory.words) and talk.desk.has("list_bookings"):
        return say(Act.CHANGE_REFUSED if talk.desk.bookings() else Act.NO_BOOKINGS)
    extras = wished(talk)
    if not extras and (more := told_apart(talk) or another_pet(talk)):
        return more
    bookings = bookings_for(talk, extras) if extras else []
    # Without an appointment to which it goes, it goes beside a new one.
    return add_to_one_of(talk, bookings, extras) if bookings else appointments.book(talk)


def book_or_add(talk: Talk) -> Reply:
    """ "Quero cortar a unha também" books nothing by itself, where there is an appointment for it."""
    names = [service.name for service in talk.desk.services() if not service.is_addon]
    has_more = talk.wishes.day or any(named_in(names, heard.plain) for heard in talk.wishes.heard)
    if not has_more:
        return add(talk)
    if Intent.ADD not in talk.memory.intents:
        return appointments.book(talk)
    # "Corta a unha também, no banho de quinta" means the bath that there is, where there is one.
    extras = wished(talk)
    there = bookings_for(talk, extras) if extras else []
    meant = [booking for booking in there if appointments.is_meant(booking, there, talk)]
    return add_to_one_of(talk, meant, extras) if meant else appointments.book(talk)


def after_moving(talk: Talk) -> Reply:
    """What did not fit before fits now, and is asked for again."""
    before = talk.memory.before
    if not talk.memory.outcome or not before.latest(lambda heard: Intent.ADD in heard.intents or None):
        return Reply()
    extras, moved = wished(replace(talk, memory=replace(talk.memory, wishes=before))), talk.memory.outcome.facts
    booking = next((each for each in bookings_for(talk, extras) if each.pet in moved and each.when in moved), None)
    if not extras or booking is None:
        return Reply()
    told = add_to_one_of(talk, [booking], extras)
    return told if told.act is Act.EXTRA_PROPOSAL else Reply()


def add_to_one_of(talk: Talk, bookings: Sequence[Booking], extras: Sequence[Service]) -> Reply:
    fitting = [booking for booking in bookings if appointments.is_meant(booking, bookings, talk)] or list(bookings)
    booking = appointments.which_booking(talk, just_told(talk, fitting) or fitting)
    told = talk.desk.use("propose_booking_extras", booking=booking.handle, addons=[extra.name for extra in extras])
    if facts := question_in(told):
        return say(Act.EXTRA_PROPOSAL, facts=facts)
    if ALREADY.search(told):
        return say(Act.HAS_EXTRA_ALREADY, booking=booking.label)
    if NO_ROOM.search(told):
        return say(Act.NO_ROOM_FOR_EXTRA, booking=booking.label, choices=("Mudar o horário", "Deixar como está"))
    return say(Act.CHANGE_REFUSED)


def told_apart(talk: Talk) -> Reply:
    """Of a service that is no extra: that it is one of its own, and that the same day may do."""
    if not talk.desk.has("list_services", "list_bookings") or talk.wishes.day or talk.wishes.week:
        return Reply()
    services = {service.name: service for service in talk.desk.services() if not service.is_addon}
    meant = talk.wishes.latest(lambda heard: appointments.first_meant(list(services), heard.plain)) or []
    if len(meant) != 1 or services[meant[0]].is_only_by_team:
        return Reply()
    booking = beside_which(talk, meant[0])
    if booking is None:
        return Reply()
    pet = next((pet for pet in talk.desk.pets() if pet.name == booking.pet), None)
    prices = questions.price_line(services[meant[0]], pet.size if pet else None, pet.coat if pet else None)
    return say(
        Act.SERVICE_APART,
        service=meant[0],
        prices=f"• {prices}",
        booking=booking.label,
        choices=("Sim, ver horários", "Não precisa"),
    )


def another_pet(talk: Talk) -> Reply:
    """ "Dá pra levar a Nina junto?", of an appointment just made for another one."""
    if not talk.desk.has("list_pets", "list_bookings") or not BESIDE_IT.search(talk.memory.words):
        return Reply()
    told = just_told(talk, talk.desk.bookings())
    pets = [pet.name for pet in talk.desk.pets()]
    named = talk.wishes.latest(lambda heard: pointed_at(pets, heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP) or None)
    if not told or not named or len(named) > 1 or named[0] in {booking.pet for booking in told}:
        return Reply()
    return say(
        Act.PET_TOO,
        service=told[0].main_service,
        pet=named[0],
        booking=told[0].label,
        choices=("Sim, ver horários", "Não precisa"),
    )


def beside_which(talk: Talk, service: str) -> Booking | None:
    """The appointment just made, else the only one that may be meant."""
    bookings = [each for each in talk.desk.bookings() if each.main_service != service]
    told = just_told(talk, bookings) or bookings
    pets = sorted({each.pet for each in told})
    named = talk.wishes.latest(lambda heard: pointed_at(pets, heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP) or None)
    named = named or pets
    meant = [each for each in told if each.pet in named]
    return meant[0] if len(meant) == 1 else None


def just_told(talk: Talk, bookings: Sequence[Booking]) -> list[Booking]:
    """The one that the shop has just spoken of."""
    if talk.memory.open_act not in TELLING:
        return []
    return [each for each in bookings if each.pet in talk.memory.open_text and each.when in talk.memory.open_text]


def wished(talk: Talk) -> list[Service]:
    if not talk.desk.has("list_services", "list_bookings", "propose_booking_extras"):
        return []
    every = talk.desk.services()
    names = [service.name for service in every if not service.is_addon]
    return appointments.wished_addons(talk, [service for service in every if service.is_addon], names)


def bookings_for(talk: Talk, extras: Sequence[Service]) -> list[Booking]:
    """Those beside which all of it is done."""
    hosts = [{fold(host) for host in extra.hosts} for extra in extras]
    return [booking for booking in talk.desk.bookings() if all(fold(booking.main_service) in each for each in hosts)]

"""Booking, cancelling and registering, each from what is wished down to the question that asks for a yes."""

import re
from datetime import date, time, timedelta

from local.street.offline_model.dates import Period
from local.street.offline_model.desk import Pause
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.memory import ASKED_FOR, Wishes
from local.street.offline_model.outcome import outcome_in, question_in
from local.street.offline_model.shop_lines import Booking, Service, Slot, slots_in
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import either, fold
from local.street.offline_model.understanding import Heard, pointed_at
from local.street.offline_model.wording import Act, Reply, say

MOST_OFFERS = 3
REFUSED = re.compile(r"(?!registered).*\b(?:not|cannot|invalid|unknown|refused|limit|não)\b", re.IGNORECASE | re.DOTALL)
SIZE_MISSING = re.compile(r"\bsize\b.*\bnot known\b", re.IGNORECASE)
# The day itself is possible, only without a free hour.
DAY_IS_FULL = re.compile(r"\b(?:closed|nothing is free|fechad|sem vagas?)", re.IGNORECASE)
DAYS_LOOKED_AHEAD = 3
# Pet names are short, and a slip in "Thor" is still recognised.
SHORTEST_NAME_WITH_A_SLIP = 4


def book(talk: Talk) -> Reply:
    talk.desk.require("find_free_slots", "propose_booking")
    service = which_service(talk)
    pet = which_pet(talk)
    slot = which_slot(talk, service)
    proposal = talk.desk.use("propose_booking", pet_name=pet, slot=slot.handle)
    if facts := question_in(proposal):
        return say(Act.PROPOSAL, facts=facts)
    # A shop may let plain bookings skip the question.
    if (outcome := outcome_in(proposal)).act is Act.BOOKED:
        return say(Act.BOOKED, facts=outcome.facts)
    return say(Act.SIZE_UNKNOWN, name=pet) if SIZE_MISSING.search(proposal) else say(Act.PROPOSAL_REFUSED)


def show_free_times(talk: Talk) -> Reply:
    talk.desk.require("find_free_slots")
    which_slot(talk, which_service(talk))
    # An hour was named and it is free: that is a choice.
    return book(talk)


def which_service(talk: Talk) -> Service:
    services = {service.name: service for service in talk.desk.services()}
    if not services:
        raise Pause(say(Act.NO_SERVICES))
    pointed = talk.wishes.latest(lambda heard: pointed_at(list(services), heard.plain) or None) or list(services)
    if len(pointed) == 1:
        return services[pointed[0]]
    act = Act.ASK_SERVICE if len(pointed) == len(services) else Act.WHICH_SERVICE
    raise Pause(say(act, names=either(pointed)))


def which_pet(talk: Talk) -> str:
    """The name of the pet it is for; one the shop does not know is registered on the way."""
    pets = talk.desk.pets()
    mentioned = talk.wishes.latest(lambda heard: pets_mentioned(talk, heard, [pet.name for pet in pets]))
    species = talk.wishes.latest(lambda heard: heard.species)
    candidates = mentioned or [pet.name for pet in pets if not species or pet.species in ("", species)]
    match candidates:
        case []:
            raise Pause(say(Act.ASK_NEW_PET))
        case [name]:
            return name if any(pet.name == name for pet in pets) else registered(talk, name)
        case _:
            raise Pause(say(Act.WHICH_PET, names=either(candidates)))


def pets_mentioned(talk: Talk, heard: Heard, known: list[str]) -> list[str] | None:
    if pointed := pointed_at(known, heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP):
        return pointed
    # "pra hidratação" names a service where a pet's name may stand.
    services = [service.name for service in talk.desk.services()] if heard.name else []
    return [heard.name] if heard.name and not pointed_at(services, fold(heard.name)) else None


def registered(talk: Talk, name: str) -> str:
    species = talk.wishes.latest(lambda heard: heard.species)
    breed = talk.wishes.latest(lambda heard: heard.breed)
    size = talk.wishes.latest(lambda heard: heard.size)
    if species and species != "dog":
        # Only dogs come in sizes that matter to a shop.
        size = size or "small"
    if breed is None and talk.memory.open_act in ASKED_FOR:
        # Asked once: who did not tell does not know.
        breed = ""
    questions = (
        (species, "se é cachorro ou gato"),
        (breed, "a raça"),
        (size, "o porte (pequeno, médio, grande ou gigante)"),
    )
    if missing := [question for fact, question in questions if fact is None]:
        raise Pause(say(Act.ASK_PET_DETAILS, name=name, missing=either(missing, word="e")))
    answer = talk.desk.use("register_pet", name=name, species=species, breed=breed, size=size)
    if REFUSED.match(answer):
        raise Pause(say(Act.PET_REFUSED, name=name))
    return name


def which_slot(talk: Talk, service: Service) -> Slot:
    wishes = talk.wishes
    if not wishes.day:
        raise Pause(say(Act.ASK_DAY_OF_WEEK if wishes.week else Act.ASK_DAY))
    slots = slots_near(talk, service, wishes.day)
    fitting = [slot for slot in slots if slot.day == wishes.day and (wishes.period or Period.ANY).holds(slot.hour)]
    if chosen := next((slot for slot in fitting if slot.hour == wishes.hour), None):
        return chosen
    if not slots:
        raise Pause(say(Act.NOTHING_FREE, service=service.name))
    # Another period of the same day is another hour, not another day.
    same_day = any(slot.day == wishes.day for slot in slots)
    act = Act.OFFER_OTHER_SLOTS if same_day else Act.OFFER_OTHER_DAYS
    if fitting and not wishes.hour:
        act = Act.OFFER_SLOTS
    nearest = sorted(fitting or slots, key=lambda slot: distance(slot, wishes))[:MOST_OFFERS]
    lines = "\n".join(f"• {slot.label}" for slot in sorted(nearest, key=lambda slot: (slot.day, slot.hour)))
    raise Pause(say(act, service=service.name, slots=lines))


def slots_near(talk: Talk, service: Service, day: date) -> list[Slot]:
    """Free slots of the day, else of the first day after it that has any."""
    period = talk.wishes.period or period_around(talk.wishes.hour)
    for ahead in range(1 + DAYS_LOOKED_AHEAD):
        answer = talk.desk.find_free_slots(service, day + timedelta(days=ahead), period)
        slots = slots_in(answer, talk.context.today)
        if slots or not DAY_IS_FULL.search(answer):
            return slots
    return []


def period_around(hour: time | None) -> Period:
    if hour is None or Period.EVENING.holds(hour):
        return Period.ANY
    return Period.MORNING if Period.MORNING.holds(hour) else Period.AFTERNOON


def distance(slot: Slot, wishes: Wishes) -> tuple[int, int]:
    """Nearer days first, then the hours nearest to the one wished, or the earliest."""
    wished = wishes.hour or time.min
    days = (slot.day - (wishes.day or slot.day)).days
    return abs(days), abs(60 * (slot.hour.hour - wished.hour) + slot.hour.minute - wished.minute)


def cancel(talk: Talk) -> Reply:
    talk.desk.require("list_bookings", "propose_cancellation")
    bookings = talk.desk.bookings()
    if not bookings:
        return say(Act.NO_BOOKINGS)
    meant = [booking for booking in bookings if is_meant(booking, talk)]
    if len(meant) != 1:
        return say(Act.WHICH_BOOKING, bookings="\n".join(f"• {booking.label}" for booking in meant or bookings))
    facts = question_in(talk.desk.use("propose_cancellation", booking=meant[0].handle))
    if not facts:
        return say(Act.CANCELLATION_REFUSED)
    before = say(Act.RESCHEDULING) if talk.wishes.goal is Intent.RESCHEDULE else Reply()
    return before + say(Act.CANCELLATION_PROPOSAL, facts=facts)


def is_meant(booking: Booking, talk: Talk) -> bool:
    wishes = talk.wishes
    pets = {other.pet for other in talk.desk.bookings()}
    services = {other.service for other in talk.desk.bookings()}
    pet = wishes.latest(lambda heard: pointed_at(sorted(pets), heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP) or None)
    service = wishes.latest(lambda heard: pointed_at(sorted(services), heard.plain) or None)
    # Who reschedules names the new day, more often than the old one.
    day, hour = (None, None) if wishes.goal is Intent.RESCHEDULE else (wishes.day, wishes.hour)
    return (
        (pet is None or booking.pet in pet)
        and (service is None or booking.service in service)
        and day in (None, booking.day)
        and hour in (None, booking.hour)
    )


def register_pet(talk: Talk) -> Reply:
    talk.desk.require("register_pet")
    name = talk.wishes.latest(lambda heard: heard.name)
    if not name:
        return say(Act.ASK_NEW_PET)
    return say(Act.PET_REGISTERED, name=registered(talk, name))

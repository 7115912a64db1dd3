"""A booking, from what is wished down to the question that asks for a yes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations

from local.street.offline_model.acts import Act
from local.street.offline_model.dates import Period
from local.street.offline_model.desk import Pause
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.outcome import outcome_in, question_in
from local.street.offline_model.pet_talk import SHORTEST_NAME_WITH_A_SLIP, which_pets
from local.street.offline_model.shop_lines import Booking, Service, Slot, slots_in
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import content_words, either, words
from local.street.offline_model.understanding import named_in, pointed_at, stem
from local.street.offline_model.wording import Reply, say

MOST_OFFERS = 5
MOST_NAMED = 10
CLOSED = re.compile(r"the shop is closed\b", re.IGNORECASE)
TAKES_OFF = re.compile(r"\b(?:sem|tira|tirar|tire|remove|remover|remova)\b")
WAITLIST_CHOICE = "Lista de espera"


@dataclass(frozen=True)
class Asked:
    """What is to be done, and for whom."""

    service: str
    addons: tuple[str, ...]
    pets: tuple[str, ...]
    # Where it is moved: the day that it has.
    moved_from: date | None = None

    @property
    def label(self) -> str:
        return " + ".join((self.service, *self.addons))


# Why a service cannot be booked, as the tools say it, and what is said of it.
OBSTACLES: tuple[tuple[re.Pattern[str], Act], ...] = (
    (re.compile(r"\bonly people of the shop\b|\bhand over to a person\b", re.IGNORECASE), Act.ONLY_BY_TEAM),
    (re.compile(r"\bsize of (?P<name>.+?) is not known", re.IGNORECASE), Act.ASK_SIZE),
    (re.compile(r"\bcoat of (?P<name>.+?) is not known", re.IGNORECASE), Act.ASK_COAT),
    (re.compile(r"\bage of (?P<name>.+?) is not known", re.IGNORECASE), Act.ASK_AGE),
    (re.compile(r"\bis done for .+ only\b|\btoo (?:young|old) for\b", re.IGNORECASE), Act.NOT_FOR_THIS_PET),
    (re.compile(r"\bneeds (?P<other>[^.,\n]+?) first\b", re.IGNORECASE), Act.NEEDS_OTHER_SERVICE),
    (re.compile(r"\balready has (?P<has>[^.\n]+?) on\b", re.IGNORECASE), Act.HAS_IT_ALREADY),
    (re.compile(r"\bday is over\b", re.IGNORECASE), Act.DAY_IS_OVER),
    (re.compile(r"\bbookings open up to\b", re.IGNORECASE), Act.TOO_FAR_AHEAD),
)
# Of these the whole answer tells, also where it goes on with other days.
LASTING = frozenset({Act.ONLY_BY_TEAM, Act.NOT_FOR_THIS_PET, Act.NEEDS_OTHER_SERVICE, Act.HAS_IT_ALREADY, Act.ASK_AGE})


def book(talk: Talk) -> Reply:
    talk.desk.require("find_free_slots", "propose_booking")
    asked = what_is_asked(talk)
    slot = which_slot(talk, asked)
    proposal = talk.desk.use("propose_booking", slot=slot.handle, pets=list(asked.pets), notes="")
    if facts := question_in(proposal):
        return say(Act.PROPOSAL, facts=facts)
    # A shop may let plain bookings skip the question.
    if (outcome := outcome_in(proposal)).act in {Act.BOOKED, Act.REQUESTED}:
        return say(outcome.act, facts=outcome.facts)
    return obstacle(talk, proposal, asked) or say(Act.PROPOSAL_REFUSED)


def what_is_asked(talk: Talk) -> Asked:
    service, addons = which_service(talk)
    if service.is_only_by_team:
        raise Pause(talk.hand_over(f"quer {service.name}", say(Act.ONLY_BY_TEAM, service=service.name)))
    pets = which_pets(talk)
    return Asked(service.name, tuple(addons), tuple(pet.name for pet in pets))


def which_service(talk: Talk) -> tuple[Service, list[str]]:
    """The one meant, with what is wished beside it."""
    every = talk.desk.services()
    services = {service.name: service for service in every if not service.is_addon}
    if not services:
        raise Pause(say(Act.NO_SERVICES))
    addons = wished_addons(talk, [service for service in every if service.is_addon], list(services))
    pointed = talk.wishes.latest(lambda heard: first_meant(list(services), heard.plain)) or list(services)
    if len(pointed) == 1:
        chosen = services[pointed[0]]
        return chosen, [addon.name for addon in addons if chosen.name in addon.hosts]
    if addons and len(pointed) == len(services):
        hosts = [name for name in services if all(name in addon.hosts for addon in addons)] or list(services)
        names = either([addon.name for addon in addons], word="e")
        raise Pause(say(Act.ADDON_ALONE, addons=names, names=either(hosts), choices=tuple(hosts[:MOST_NAMED])))
    act = Act.ASK_SERVICE if len(pointed) == len(services) else Act.WHICH_SERVICE
    raise Pause(say(act, names=either(pointed), choices=tuple(pointed[:MOST_NAMED])))


def first_meant(services: Sequence[str], said: str) -> list[str] | None:
    """Of several in one breath the first: the others come after it."""
    apart = named_apart(services, said)
    return apart[:1] if apart else services_meant(services, said)


def services_meant(services: Sequence[str], said: str) -> list[str] | None:
    """What is said of an add-on, or of a word that many names have, points at no service by itself."""
    pointed = pointed_at(services, said)
    telling = named_in(pointed, said)
    return telling or None


def named_apart(services: Sequence[str], said: str) -> list[str] | None:
    """ "Banho e tosa higiênica": the names that explain most of what is said, each told in full, in their order."""
    spoken = [stem(word) for word in words(said)]
    parts = {name: [stem(word) for word in content_words(name)] for name in services}
    full = [name for name in services if parts[name] and set(parts[name]) <= set(spoken)]
    sets = (chosen for count in (1, 2, 3) for chosen in combinations(full[:MOST_NAMED], count))
    covering = {chosen: len({part for name in chosen for part in parts[name]}) for chosen in sets}
    # Those that share a word are two names of one thing.
    apart = {chosen: told for chosen, told in covering.items() if told == sum(len(set(parts[name])) for name in chosen)}
    best = max(apart, key=lambda chosen: (apart[chosen], -len(chosen)), default=())
    return sorted(best, key=lambda name: spoken.index(parts[name][0])) if len(best) > 1 else None


def wished_addons(talk: Talk, addons: Sequence[Service], services: Sequence[str]) -> list[Service]:
    wished: dict[str, Service] = {}
    for heard in talk.wishes.heard:
        if Intent.NO in heard.intents or TAKES_OFF.search(heard.plain):
            wished = {name: addon for name, addon in wished.items() if name not in named_in([name], heard.plain)}
            continue
        said = named_in([addon.name for addon in addons], heard.plain)
        wished |= {addon.name: addon for addon in addons if addon.name in said}
    return list(wished.values())


def which_slot(talk: Talk, asked: Asked, act_without_day: Reply | None = None) -> Slot:
    wishes = talk.wishes
    if not wishes.day:
        ask = Act.ASK_DAY_OF_WEEK if wishes.week else Act.ASK_DAY_ALONE if wishes.period or wishes.hour else Act.ASK_DAY
        raise Pause(act_without_day or say(ask))
    slots = slots_near(talk, asked, wishes.day)
    fitting = [slot for slot in slots if slot.day == wishes.day and (wishes.period or Period.ANY).holds(slot.hour)]
    if chosen := next((slot for slot in fitting if slot.hour == wishes.hour), None):
        return chosen
    if not slots:
        choices = (WAITLIST_CHOICE, "Outro dia") if talk.desk.has("join_waitlist") else ()
        raise Pause(say(Act.NOTHING_FREE, service=asked.label, choices=choices))
    raise Pause(offer(talk, asked, slots, fitting))


def offer(talk: Talk, asked: Asked, slots: Sequence[Slot], fitting: Sequence[Slot]) -> Reply:
    wishes = talk.wishes
    # Another period of the same day is another hour, not another day.
    same_day = any(slot.day == wishes.day for slot in slots)
    act = Act.OFFER_OTHER_SLOTS if same_day else Act.OFFER_OTHER_DAYS
    if fitting and not wishes.hour:
        act = Act.OFFER_SLOTS
    if not same_day and is_closed(talk):
        act = Act.CLOSED_DAY
    nearest = sorted(fitting or slots, key=lambda slot: distance(slot, talk))[:MOST_OFFERS]
    offered = sorted(nearest, key=lambda slot: (slot.day, slot.hour))
    if act is Act.OFFER_SLOTS and len(offered) == 1:
        return say(Act.OFFER_ONE_SLOT, service=asked.label, slots=offered[0].label, choices=("Pode ser", "Outro dia"))
    choices = tuple(slot.short_label for slot in offered)
    if act is Act.OFFER_OTHER_DAYS and talk.desk.has("join_waitlist"):
        choices += (WAITLIST_CHOICE,)
    lines = "\n".join(f"• {slot.label}" for slot in offered)
    return say(act, service=asked.label, slots=lines, choices=choices)


def is_closed(talk: Talk) -> bool:
    return any(CLOSED.match(told) for told in talk.desk.told_by("find_free_slots"))


def slots_near(talk: Talk, asked: Asked, day: date) -> list[Slot]:
    """Free slots of the day, else those of the nearest days, as the tool tells them."""
    period = talk.wishes.period or period_around(talk.wishes.hour)
    answer = find_free_slots(talk, asked, day, period)
    slots = slots_in(answer, talk.context.today)
    told = obstacle(talk, answer, asked)
    if told and (not slots or told.act in LASTING):
        raise Pause(told)
    return slots


def find_free_slots(talk: Talk, asked: Asked, day: date, period: Period) -> str:
    # The tool knows no evening: the whole day holds it.
    wanted = Period.ANY if period is Period.EVENING else period
    return talk.desk.use(
        "find_free_slots",
        service=asked.service,
        addons=list(asked.addons),
        pets=list(asked.pets),
        day=day.isoformat(),
        period=wanted.value,
    )


def obstacle(talk: Talk, told: str, asked: Asked) -> Reply | None:
    """What stands in the way whatever the hour, in the customer's language."""
    found = [(match, act) for sign, act in OBSTACLES if (match := sign.search(told))]
    if asked.moved_from and asked.moved_from == talk.wishes.day:
        # On its day it stands in nobody's way but its own.
        found = [(match, act) for match, act in found if act is not Act.HAS_IT_ALREADY]
    if not found:
        return None
    match, act = found[0]
    facts = {name: text for name, text in match.groupdict().items() if text}
    name = facts.get("name", either(asked.pets, word="e"))
    if act is Act.ONLY_BY_TEAM:
        return talk.hand_over(f"quer {asked.label}", say(act, service=asked.label))
    if act is Act.NEEDS_OTHER_SERVICE:
        return say(act, service=asked.label, other=facts["other"])
    if act in {Act.ASK_SIZE, Act.ASK_COAT, Act.ASK_AGE}:
        return say(act, name=name, choices=CHOICES.get(act, ()))
    if act is Act.HAS_IT_ALREADY:
        return say(act, service=facts["has"], choices=("Mudar o horário", "Outro dia"))
    return say(act, service=asked.label) if act is Act.NOT_FOR_THIS_PET else say(act)


CHOICES = {
    Act.ASK_SIZE: ("Pequeno", "Médio", "Grande", "Gigante"),
    Act.ASK_COAT: ("Pelo curto", "Pelo médio", "Pelo longo"),
}


def period_around(hour: time | None) -> Period:
    if hour is None or Period.EVENING.holds(hour):
        return Period.ANY
    return Period.MORNING if Period.MORNING.holds(hour) else Period.AFTERNOON


def distance(slot: Slot, talk: Talk) -> tuple[int, int]:
    """Nearer days first, then the hours nearest to the one wished, or the earliest."""
    wishes = talk.wishes
    wished = wishes.hour or time.min
    days = (slot.day - (wishes.day or slot.day)).days
    return abs(days), abs(60 * (slot.hour.hour - wished.hour) + slot.hour.minute - wished.minute)


def tell_bookings(talk: Talk) -> Reply:
    bookings = talk.desk.bookings()
    if not bookings:
        return say(Act.NO_BOOKINGS)
    return say(Act.MY_BOOKINGS, bookings="\n".join(f"• {booking.label}" for booking in bookings))


def which_booking(talk: Talk, bookings: Sequence[Booking]) -> Booking:
    if not bookings:
        raise Pause(say(Act.NO_BOOKINGS))
    meant = [booking for booking in bookings if is_meant(booking, bookings, talk)] or list(bookings)
    if len(meant) > 1 and talk.wishes.goal is Intent.RESCHEDULE:
        # Who has just booked, and moves it, seldom says which.
        told = talk.memory.booked_text
        meant = [each for each in meant if each.pet in told and each.when in told] or meant
    if len(meant) > 1:
        listed = "\n".join(f"• {booking.label}" for booking in meant)
        raise Pause(say(Act.WHICH_BOOKING, bookings=listed, choices=tuple(choice_of(booking) for booking in meant)))
    return meant[0]


def choice_of(booking: Booking) -> str:
    """A title and what is said below it, as a list shows them."""
    when = f"{booking.day:%d/%m}" if booking.day else booking.when
    hour = f" {booking.hour:%H:%M}" if booking.hour else ""
    return f"{booking.pet} {when}{hour}, {booking.service}"


def is_meant(booking: Booking, every: Sequence[Booking], talk: Talk) -> bool:
    wishes = talk.wishes
    pets = sorted({other.pet for other in every})
    services = sorted({other.main_service for other in every})
    pet = wishes.latest(lambda heard: pointed_at(pets, heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP) or None)
    service = wishes.latest(lambda heard: services_meant(services, heard.plain))
    # Who moves an appointment names the new day, more often than the old one.
    moves = wishes.goal is Intent.RESCHEDULE
    day, hour = (wishes.moved_from, None) if moves else (wishes.day, wishes.hour)
    picked = talk.memory.last_act is Act.WHICH_BOOKING and talk.memory.now
    if moves and picked:
        day, hour = talk.memory.now[-1].day, talk.memory.now[-1].hour
    return (
        (pet is None or booking.pet in pet)
        and (service is None or booking.main_service in service)
        and day in (None, booking.day)
        and hour in (None, booking.hour)
    )

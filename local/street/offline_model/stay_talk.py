"""Hotel and daycare, from the days to the question that asks for a yes, and what is told of a stay that stands."""

import re
from datetime import date, timedelta
from typing import Literal

from local.street.offline_model import pet_talk, spans
from local.street.offline_model.acts import Act
from local.street.offline_model.desk import Pause
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.outcome import question_in
from local.street.offline_model.stay_lines import (
    RoomOffer,
    Stay,
    extras_in,
    missing_in,
    offers_in,
    rooms_in,
)
from local.street.offline_model.talk import Talk
from local.street.offline_model.understanding import named_in, pointed_at
from local.street.offline_model.wording import Reply, say

type Kind = Literal["hotel", "daycare"]

# How a tutor tells of low, of middling and of high.
DEGREES: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "socialisation": (
        (
            "low",
            re.compile(r"\b(?:nao (?:se da|gosta|convive|e sociavel)|briga|estranha|reativ\w+|brav\w+|agressiv\w+)\b"),
        ),
        (
            "high",
            re.compile(r"\b(?:se da (?:muito |super )?bem|adora (?:outros|brincar)|sociavel|amig\w+|brinca com)\b"),
        ),
        ("medium", re.compile(r"\b(?:se da|convive|depende)\b")),
    ),
    "anxiety": (
        ("low", re.compile(r"\b(?:nao fica (?:muito )?ansios\w+|tranquil\w+|calm\w+|fica bem|sem ansiedade)\b")),
        (
            "high",
            re.compile(r"\b(?:muito ansios\w+|fica ansios\w+|ansios\w+|chora|uiva|late (?:muito|sem parar)|sofre)\b"),
        ),
    ),
    "energy": (
        ("low", re.compile(r"\b(?:pouca energia|quiet\w+|preguicos\w+|dorme muito|idos\w+)\b")),
        (
            "high",
            re.compile(
                r"\b(?:muita energia|energia de sobra|agitad\w+|nao para|elétric\w+|eletric\w+|cheia? de energia)\b"
            ),
        ),
        ("medium", re.compile(r"\b(?:energia (?:media|normal)|normal)\b")),
    ),
}
RESTRICTIONS = re.compile(
    r"(?:nao (?:pode )?come[r]?|alergic\w+|dieta|so come|racao (?:especial|propria|dele|dela)|intoleran\w+)[^.;!?]{0,120}"
)
LONGEST_NAME = 80


def hotel(talk: Talk) -> Reply:
    return reserve(talk, "hotel")


def daycare(talk: Talk) -> Reply:
    return reserve(talk, "daycare")


def reserve(talk: Talk, kind: Kind) -> Reply:
    talk.desk.require("find_stay", "propose_stay", "list_pets")
    pet = pet_talk.which_pet(talk)
    wished = which_daycare_days(talk, pet.name) if kind == "daycare" else [which_days(talk, pet.name)]
    places = [place_for(talk, kind, pet.name, *days) for days in wished]
    handles = [offer.handle for offer, _ in places]
    facts = question_in(talk.desk.use("propose_stay", stay_offers=handles, requests=requests_in(talk)))
    if not facts:
        return say(Act.STAY_REFUSED)
    missing = next((missing for _, missing in places if missing), "")
    before = say(Act.STAY_MISSING, missing=missing) if missing else Reply()
    return before + say(Act.STAY_PROPOSAL, facts=facts)


def place_for(talk: Talk, kind: Kind, pet: str, first: date, last: date) -> tuple[RoomOffer, str]:
    """Where it can stay then, and what that still needs before it is approved."""
    found = talk.desk.use("find_stay", kind=kind, pet=pet, from_day=first.isoformat(), until_day=last.isoformat())
    offers = offers_in(found)
    if "size of" in found:
        raise Pause(say(Act.ASK_SIZE, name=pet, choices=("Pequeno", "Médio", "Grande", "Gigante")))
    if not offers:
        raise Pause(say(Act.NO_ROOM, name=pet, other=""))
    if found.startswith("There is no place") and not accepts_other_days(talk, offers):
        raise Pause(say(Act.NO_ROOM, name=pet, other=f"O mais perto livre: {offers[0].days}. "))
    return which_room(talk, pet, offers), missing_in(found)


def which_daycare_days(talk: Talk, name: str) -> list[tuple[date, date]]:
    """Each day by itself, or from one to another where it is said so: the last one is a day there too."""
    told = talk.wishes.latest(lambda heard: spans.daycare_days(heard.plain, talk.context.today) or None)
    if told:
        return [(day, day) for day in told] if isinstance(told, list) else [(told[0], told[1] + timedelta(days=1))]
    if not talk.wishes.day:
        raise Pause(say(Act.ASK_DAYCARE_DAY, name=name))
    return [(talk.wishes.day, talk.wishes.day)]


def which_days(talk: Talk, name: str) -> tuple[date, date]:
    span = talk.wishes.span
    if not span:
        raise Pause(say(Act.ASK_STAY_DAYS, name=name))
    first, last = span
    if not last:
        raise Pause(say(Act.ASK_STAY_END, name=name))
    return first, last


def accepts_other_days(talk: Talk, offers: list[RoomOffer]) -> bool:
    said = talk.memory.intents
    return talk.memory.open_act is Act.NO_ROOM and Intent.YES in said and bool(offers)


def which_room(talk: Talk, pet: str, offers: list[RoomOffer]) -> RoomOffer:
    names = [offer.name for offer in offers]
    # "Quanto" is a slip away from "quarto": a room is written as it is called.
    chosen = talk.wishes.latest(lambda heard: pointed_at(names, heard.plain, shortest=LONGEST_NAME) or None) or names
    if len(chosen) == 1:
        return next(offer for offer in offers if offer.name == chosen[0])
    ordinal = talk.memory.now[-1].ordinal if talk.memory.now and talk.memory.open_act is Act.WHICH_ROOM else None
    if ordinal is not None and ordinal < len(offers):
        return offers[ordinal]
    lines = "\n".join(f"• {offer.name}: {offer.price}" for offer in offers)
    raise Pause(say(Act.WHICH_ROOM, name=pet, days=offers[0].days, rooms=lines, choices=tuple(names)))


def requests_in(talk: Talk) -> str:
    """What is wished beside the place itself."""
    said = [
        heard.text
        for heard in talk.wishes.heard
        if re.search(r"\b(?:levar|trazer|com a|quero que|pedido|observ)\b", heard.plain)
    ]
    return " ".join(said)[:500]


def tell_rooms(talk: Talk) -> Reply:
    spoken = talk.wishes.latest(lambda heard: heard.intents & {Intent.HOTEL, Intent.DAYCARE} or None) or frozenset()
    kind: Kind = "daycare" if Intent.DAYCARE in spoken else "hotel"
    rooms = rooms_in(talk.desk.use("list_rooms", kind=kind))
    if not rooms:
        return say(Act.NO_ROOMS)
    named = pointed_at([room.name for room in rooms], talk.memory.words, shortest=LONGEST_NAME)
    species, size = guest_asked_about(talk)
    fitting = [room for room in rooms if not species or species in room.species] or rooms
    asked = [room for room in fitting if room.name in named] or fitting
    lines = "\n".join(
        f"• {room.name}: {room.price(size)}" + (f". {room.about.rstrip('.')}" if room.about else "") for room in asked
    )
    told = say(Act.ROOMS, rooms=lines)
    if talk.wishes.goal in {Intent.HOTEL, Intent.DAYCARE}:
        return told
    return told + say(Act.OFFER_DAYCARE if kind == "daycare" else Act.OFFER_STAY)


def guest_asked_about(talk: Talk) -> tuple[str, str]:
    """Species and size of whom the question is about: a pet of theirs, or what the words say of one."""
    pets = pet_talk.pets_asked_about(talk)
    if len(pets) == 1:
        return pets[0].species, pets[0].size
    species = talk.wishes.latest(lambda heard: heard.species)
    return species or "", talk.wishes.latest(lambda heard: heard.size) or ""


def after_reserving(talk: Talk) -> Reply:
    """The facts that the team needs, asked once the place is taken."""
    outcome = talk.memory.outcome
    if outcome is None:
        return Reply()
    missing = say(Act.STAY_PROOF) if outcome.missing else Reply()
    if not talk.desk.has("tell_stay_facts", "list_stays"):
        return missing
    return missing + say(Act.ASK_STAY_FACTS, name=outcome.facts.partition(":")[0])


def ask_facts(talk: Talk) -> Reply:
    return say(Act.ASK_STAY_FACTS, name=which_stay(talk, newest=True).pet)


def tell_facts(talk: Talk, told: str) -> Reply:
    """What the customer answered to it, kept for the team; then what else there is for the stay."""
    stay = which_stay(talk, newest=True)
    plain = talk.memory.words
    found = RESTRICTIONS.search(plain)
    talk.desk.use(
        "tell_stay_facts",
        stay=stay.handle,
        **{name: degree_in(plain, degrees) for name, degrees in DEGREES.items()},
        restrictions=told[found.start() : found.end()].strip() if found and len(told) == len(plain) else "",
    )
    kept = say(Act.STAY_FACTS_KEPT, name=stay.pet)
    return kept + offered_extras(talk, stay)


def degree_in(said: str, degrees: tuple[tuple[str, re.Pattern[str]], ...]) -> str:
    return next((degree for degree, pattern in degrees if pattern.search(said)), "unknown")


def offered_extras(talk: Talk, stay: Stay) -> Reply:
    if not talk.desk.has("suggest_extras", "propose_extra"):
        return Reply()
    extras = extras_in(talk.desk.use("suggest_extras", stay=stay.handle))
    if not extras:
        return Reply()
    lines = "\n".join(f"• {extra.name}: {extra.price}" for extra in extras)
    return say(Act.WHICH_EXTRA, extras=lines, choices=(*(extra.name for extra in extras), "Não, obrigado"))


def extras(talk: Talk) -> Reply:
    stay = which_stay(talk, newest=talk.memory.open_act is Act.WHICH_EXTRA)
    listed = extras_in(talk.desk.use("suggest_extras", stay=stay.handle))
    if not listed:
        return say(Act.NO_EXTRAS)
    names = [extra.name for extra in listed]
    chosen = extras_named(names, talk)
    if len(chosen) != 1:
        return offered_extras(talk, stay)
    wanted = next(extra for extra in listed if extra.name == chosen[0])
    facts = question_in(talk.desk.use("propose_extra", stay=stay.handle, extra=wanted.handle))
    return say(Act.EXTRA_PROPOSAL, facts=facts) if facts else say(Act.NO_EXTRAS)


def is_chosen_extra(talk: Talk) -> bool:
    """One of those just offered."""
    offered = re.findall(r"^• (.+?): R\$", talk.memory.open_text, re.MULTILINE)
    return talk.memory.open_act is Act.WHICH_EXTRA and bool(extras_named(offered, talk))


def extras_named(names: list[str], talk: Talk) -> list[str]:
    """ "Quais extras" names none of them, though one is called "passeio extra"."""
    return named_in(pointed_at(names, talk.memory.words), talk.memory.words)


def which_stay(talk: Talk, *, newest: bool = False) -> Stay:
    stays = talk.desk.stays()
    if not stays:
        raise Pause(say(Act.NO_STAYS))
    if newest and (reserved := [stay for stay in stays if stay.label in talk.memory.stay_text]):
        return reserved[-1]
    named = talk.wishes.latest(lambda heard: pointed_at([stay.label for stay in stays], heard.plain) or None) or []
    meant = [stay for stay in stays if stay.label in named] or stays
    if len(meant) > 1:
        lines = "\n".join(f"• {stay.label}" for stay in meant)
        raise Pause(say(Act.WHICH_STAY, stays=lines, choices=tuple(stay.label[:96] for stay in meant)))
    return meant[0]


def tell_stays(talk: Talk) -> Reply:
    stays = talk.desk.stays()
    if not stays:
        return say(Act.NO_STAYS)
    return say(Act.MY_STAYS, stays="\n".join(f"• {stay.label}" for stay in stays))


def cancel(talk: Talk) -> Reply:
    talk.desk.require("list_stays", "propose_stay_cancellation")
    stay = which_stay(talk)
    facts = question_in(talk.desk.use("propose_stay_cancellation", stay=stay.handle, reason=""))
    return say(Act.STAY_CANCELLATION_PROPOSAL, facts=facts) if facts else say(Act.CANCELLATION_REFUSED)

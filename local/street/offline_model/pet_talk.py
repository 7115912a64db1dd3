"""Pets: which one is meant, and a new one registered on the way."""

import re
from collections.abc import Callable

from local.street.offline_model import pet_words
from local.street.offline_model.acts import Act
from local.street.offline_model.describing import Described, may_name_a_pet
from local.street.offline_model.desk import Pause
from local.street.offline_model.memory import ASKED_FOR
from local.street.offline_model.pet_lines import Pet
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import either, fold
from local.street.offline_model.understanding import Heard, pointed_at
from local.street.offline_model.wording import Reply, say

# Pet names are short, and a slip in "Thor" is still recognised.
SHORTEST_NAME_WITH_A_SLIP = 4
MOST_REFUSALS = 2
ALL_OF_THEM = re.compile(
    r"\b(?:(?:os|as|pros|pras|dos|das|nos|nas) (?:dois|duas|tres|[23])\b(?! (?:horas?|dias?|semanas?|meses))"
    r"|amb[oa]s\b|tod[oa]s\b(?! [ao]s (?!meus|minhas)))"
)
# A tool that says no does so in one of these ways.
REFUSED = re.compile(
    r"(?!registered|updated|noted|remembered|saved).*\b(?:not|cannot|invalid|unknown|refused|limit|no pet|não)\b",
    re.IGNORECASE | re.DOTALL,
)


def which_pets(talk: Talk) -> list[Pet]:
    """Those it is for; one the shop does not know is registered on the way."""
    known = {pet.name: pet for pet in talk.desk.pets()}
    if len(known) > 1 and talk.wishes.latest(lambda heard: ALL_OF_THEM.search(heard.plain)):
        return [completed(talk, pet) for pet in known.values()]
    mentioned = pets_meant(talk, list(known))
    species = talk.wishes.latest(lambda heard: heard.species)
    candidates = mentioned or [pet.name for pet in known.values() if not species or pet.species in ("", species)]
    if not candidates:
        is_described = talk.wishes.latest(lambda heard: heard.breed or (heard.species and heard.size))
        raise Pause(say(Act.ASK_PET_NAME if is_described else Act.ASK_NEW_PET))
    if mentioned or len(candidates) == 1:
        return [completed(talk, known[name]) if name in known else registered(talk, name) for name in candidates]
    raise Pause(say(Act.WHICH_PET, names=either(candidates), choices=tuple(candidates)))


def which_pet(talk: Talk) -> Pet:
    pets = which_pets(talk)
    if len(pets) > 1:
        names = [pet.name for pet in pets]
        raise Pause(say(Act.WHICH_PET, names=either(names), choices=tuple(names)))
    return pets[0]


def known_pet(talk: Talk) -> Pet | None:
    """The one meant among those the shop knows; None where that is not clear."""
    pets = {pet.name: pet for pet in talk.desk.pets()}
    for heard in reversed(talk.memory.now):
        if pointed := pointed_at(list(pets), heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP):
            return pets[pointed[0]]
    return next(iter(pets.values())) if len(pets) == 1 else None


def pets_asked_about(talk: Talk) -> list[Pet]:
    """Those of the customer's that a question or the errand names, or the only one, where it says `o meu cachorro`."""
    asked = talk.wishes.heard if talk.wishes.goal else talk.memory.now
    speaking = [heard for heard in asked if pet_words.OWN_PET.search(heard.plain) or may_name_a_pet(heard.plain)]
    if not speaking or not talk.desk.has("list_pets"):
        return []
    known = {pet.name: pet for pet in talk.desk.pets()}
    for heard in reversed(speaking):
        if pointed := pointed_at(list(known), heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP):
            return [known[name] for name in pointed]
    is_own = any(pet_words.OWN_PET.search(heard.plain) for heard in speaking)
    return list(known.values()) if is_own and len(known) == 1 else []


def pets_meant(talk: Talk, known: list[str]) -> list[str]:
    """Those of the latest message that names any; who only describes one of them still means them all."""
    meant: list[str] = []
    for heard in talk.wishes.heard:
        named = pets_mentioned(talk, heard, known)
        if named and not (heard.only_describes and set(named) < set(meant)):
            meant = named
    return meant


def pets_mentioned(talk: Talk, heard: Heard, known: list[str]) -> list[str] | None:
    pointed = pointed_at(known, heard.plain, shortest=SHORTEST_NAME_WITH_A_SLIP)
    new = [name for name in heard.names if not pointed_at(known, fold(name), shortest=SHORTEST_NAME_WITH_A_SLIP)]
    if not new or (pointed and len(heard.names) == 1):
        return pointed or None
    # "pra hidratação" names a service where a pet's name may stand.
    services = [service.name for service in talk.desk.services()] if talk.desk.has("list_services") else []
    return [*pointed, *(name for name in new if not pointed_at(services, fold(name)))] or None


def completed(talk: Talk, pet: Pet) -> Pet:
    """With what was missing and is told by now."""
    for field, known, asked in (
        ("size", pet.size, Act.ASK_SIZE),
        ("coat", pet.coat, Act.ASK_COAT),
        ("age", pet.age, Act.ASK_AGE),
    ):
        was_asked = talk.memory.open_act is asked and pet.name in talk.memory.open_text
        if known or not (value := told_of(talk, field) if was_asked else told_beside(talk, pet.name, field)):
            continue
        if REFUSED.match(talk.desk.use("update_pet", pet=pet.name, field=field, value=value)):
            raise Pause(say(asked, name=pet.name))
    return pet


def told_of(talk: Talk, field: str) -> str | None:
    wishes = talk.wishes
    match field:
        case "size":
            return wishes.latest(lambda heard: heard.size)
        case "coat":
            return wishes.latest(lambda heard: heard.coat or coat_alone(heard.plain))
        case _:
            months = wishes.latest(lambda heard: heard.age_months)
            return None if months is None else f"{months} meses" if months < 24 else f"{months // 12} anos"


def told_beside(talk: Talk, name: str, field: str) -> str | None:
    """What was told of it by the way: "siamês, pelo curto" after its name."""
    about = (told for heard in reversed(talk.wishes.heard) if not heard.asks_only and (told := heard.of(name)))
    match field:
        case "size":
            return next((told.size for told in about if told.size), None)
        case "coat":
            return next((told.coat for told in about if told.coat), None)
        case _:
            return None


def coat_alone(said: str) -> str | None:
    """Who is asked for the coat answers "médio" as well as "pelo médio"."""
    found = re.search(r"\b(?P<said>curt|medi|long|comprid)[oa]\b", said)
    return pet_words.COATS.get(found["said"], "long") if found else None


def registered(talk: Talk, name: str) -> Pet:
    def told[T](fact: Callable[[Heard | Described], T | None]) -> T | None:
        return wishes.latest(lambda heard: fact(of_it) if (of_it := heard.of(name)) else None)

    wishes = talk.wishes
    species = told(lambda pet: pet.species)
    breed = told(lambda pet: pet.breed)
    size = told(lambda pet: pet.size)
    coat = told(lambda pet: pet.coat)
    age = told(lambda pet: pet.age_months)
    if species and species != "dog":
        # Only dogs come in sizes that matter to a shop.
        size = size or "small"
    was_asked = talk.memory.open_act in ASKED_FOR
    refused = wishes.refusals
    questions = (
        (species, "se é cachorro ou gato"),
        # Asked once: who did not tell does not know.
        (breed or was_asked or refused, "a raça"),
        (size or refused, "o porte (pequeno, médio, grande ou gigante)"),
        (coat or was_asked or refused, "o pelo (curto, médio ou longo)"),
        (age is not None or was_asked or refused, "a idade"),
    )
    if missing := [question for fact, question in questions if not fact]:
        if refused >= MOST_REFUSALS:
            raise Pause(talk.hand_over("o cliente prefere não dar dados do pet", say(Act.HANDED_OVER)))
        raise Pause(say(Act.ASK_PET_DETAILS, name=name, missing=either(missing, word="e")))
    answer = talk.desk.use(
        "register_pet",
        name=name,
        species=species,
        breed=breed or "",
        size=size or "unknown",
        coat=coat or "unknown",
        age_months=age,
        temperament=told(lambda pet: pet.temperament) or "",
    )
    if REFUSED.match(answer):
        raise Pause(say(Act.PET_REFUSED, name=name))
    return Pet(name, species or "", breed or "", size or "", coat or "", "")


def register_pet(talk: Talk) -> Reply:
    talk.desk.require("register_pet")
    names = talk.wishes.latest(lambda heard: heard.names or None)
    if not names:
        return say(Act.ASK_NEW_PET)
    return say(Act.PET_REGISTERED, name=either([registered(talk, name).name for name in names], word="e"))


def tell_pets(talk: Talk) -> Reply:
    pets = talk.desk.pets()
    return say(Act.MY_PETS, pets="\n".join(f"• {described(pet)}" for pet in pets)) if pets else say(Act.NO_PETS)


def described(pet: Pet) -> str:
    coat = f"pelo {pet_words.COAT_NAMES.get(pet.coat, pet.coat)}" if pet.coat else ""
    details = (
        *(pet_words.SPECIES_NAMES.get(pet.species, pet.species), pet.breed),
        *(pet_words.SIZE_NAMES.get(pet.size, pet.size), coat, in_portuguese(pet.age)),
    )
    known = ", ".join(detail for detail in details if detail)
    return f"{pet.name} ({known})" if known else pet.name


def in_portuguese(age: str) -> str:
    words = re.sub(r"\byears\b", "anos", re.sub(r"\bmonths\b", "meses", age)).replace(" and ", " e ")
    return re.sub(r"\b1 anos\b", "1 ano", re.sub(r"\b1 meses\b", "1 mês", words))

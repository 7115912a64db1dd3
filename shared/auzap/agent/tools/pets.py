"""Tools for the customer's pets."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from auzap.agent import guard
from auzap.agent.desk import Desk, quoted
from auzap.agent.tools.naming import PetName, own_pet
from auzap.customers import health, pets
from auzap.customers.wording import among, is_kept, speaks_for_the_shop
from auzap.errors import Refusal
from auzap.text import folded, is_plain

Breed = Annotated[str, StringConstraints(max_length=60)]
Temperament = Annotated[str, StringConstraints(max_length=200)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Months = Annotated[int, Field(ge=0, le=pets.OLDEST_MONTHS)]

type Known = Literal[
    "nickname",
    "breed",
    "size",
    "coat",
    "weight",
    "age",
    "birth_date",
    "colour",
    "gender",
    "neutered",
    "temperament",
    "energy",
    "sociability",
    "fears",
    "likes",
    "allergies",
    "medication",
    "diet",
    "handling",
    "vet",
]

# fmt: off
SIZES = {
    "small": ("pequeno", "pequena", "porte pequeno", "p", "mini", "toy"), "medium": ("medio", "media", "porte medio", "m"),
    "large": ("grande", "porte grande", "g"), "giant": ("gigante", "muito grande", "extra grande", "porte gigante", "gg"),
}
COATS = {
    "short": ("curto", "curta", "pelo curto"), "medium": ("medio", "media", "pelo medio"),
    "long": ("longo", "longa", "comprido", "pelo longo", "pelo comprido"),
}
GENDERS = {"male": ("macho", "menino", "m"), "female": ("femea", "menina", "f")}
LEVELS = {"low": ("baixa", "baixo", "pouca", "pouco"), "medium": ("media", "medio"), "high": ("alta", "alto", "muita", "muito")}
YES_OR_NO = {"yes": ("sim", "castrado", "castrada", "true"), "no": ("nao", "inteiro", "inteira", "false")}
# fmt: on
LONGEST = {"nickname": 60, "breed": 60, "colour": 60, "temperament": 200, "vet": 120}
WEIGHT = re.compile(r"^(\d{1,5})(?:[.,](\d{1,3}))?\s*(kg|quilos?|kilos?|g|gramas?)?$")
AGE = re.compile(r"^(?:(\d{1,2})\s*(?:anos?|years?))?\s*(?:e|and)?\s*(?:(\d{1,3})\s*(?:mes|meses|months?))?$")
DAY = re.compile(r"^(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4}))$")


class Unclear(Refusal):
    def __init__(self, wanted: str) -> None:
        super().__init__(f"That value is not clear: write {wanted}. Ask the customer where it is not known.")


def list_pets(desk: Desk) -> str:
    """List the customer's pets. Call it before booking, and before asking for what the shop already knows."""
    lines = [f"- {_line(desk, pet)}" for pet in pets.pets_of(desk.tx, desk.contact_id)]
    return "\n".join(lines) or "This customer has no pets registered. Ask for name, species, breed and size."


def register_pet(
    desk: Desk,
    name: PetName,
    species: Literal["dog", "cat", "bird", "rabbit", "other"],
    breed: Breed,
    size: Literal["small", "medium", "large", "giant", "unknown"],
    coat: Literal["short", "medium", "long", "unknown"],
    age_months: Months | None,
    temperament: Temperament,
) -> str:
    """Register a pet of this customer, or complete a known one. Ask for name, species, breed and size; never guess.

    Args:
        name: The pet's own name, never a species or a breed.
        species: What animal it is.
        breed: The breed as the customer says it; "SRD" for a mixed breed, empty if the customer does not know.
        size: small up to 10 kg, medium up to 25 kg, large up to 45 kg, giant above; unknown if the customer does not know.
        coat: How long its coat is; unknown if it was not told.
        age_months: Its age in months; null if it was not told.
        temperament: How it behaves, in the customer's few words; empty if it was not told.
    """
    if not pets.is_name(name):
        raise Refusal(f"{quoted(name)} is not a pet's name. Ask what the pet is called.")
    if not is_plain(name) or not is_plain(breed):
        raise Refusal("Names and breeds have letters only. Ask for the name and the breed, and write just these.")
    today = desk.shop.today(desk.now)
    pet = pets.register(
        desk.tx,
        desk.contact_id,
        name=name,
        species=species,
        breed=breed,
        size=None if size == "unknown" else size,
        coat=None if coat == "unknown" else coat,
        birth_date=None if age_months is None else pets.months_later(today, -age_months),
        temperament=_words(temperament, LONGEST["temperament"]) if temperament else "",
    )
    desk.progress.acts_done.append("registered")
    return f"Registered: {_line(desk, pet)}."


def update_pet(desk: Desk, pet: PetName, field: Known, value: Value) -> str:
    """Write down what the customer tells of a known pet: one field at a time. Of a pet that has died: hand_over.

    Args:
        pet: The pet's name.
        field: What is told of it.
        value: What the customer said; size and coat in one word, weight in kg, age as "2 anos" or "8 meses", neutered yes or no.
    """
    known = own_pet(desk, pet)
    column, read = FIELDS[field]
    pets.change(desk.tx, desk.contact_id, known.id, {column: read(value, desk.shop.today(desk.now))})
    desk.progress.acts_done.append("updated")
    return f"Updated: {known.name} | {field} | {_shown(field, pets.profile(desk.tx, known.id), desk)}."


def pet_record(desk: Desk, pet: PetName) -> str:
    """What the shop knows of one pet: behaviour, care, vaccines and what else is due, alerts. Call it before advice on it.

    Args:
        pet: The pet's name.
    """
    found = health.record_of(desk.tx, own_pet(desk, pet).id, desk.shop.today(desk.now))
    known = found.pet
    about = [
        f"- {field}: {_shown(field, known, desk)}"
        for field in FIELDS
        if field != "birth_date" and _shown(field, known, desk) != UNKNOWN
    ]
    lines = [
        f"{known.name} | {known.species} | {known.breed or 'breed unknown'}",
        *about,
        *(_event(desk, event) for event in found.events),
        *(
            []
            if found.events
            else ["- nothing is known of vaccines, deworming or checkups: ask, and call report_vaccine"]
        ),
        *(f"- alert: {alert.kind} | {alert.severity}" for alert in found.alerts),
        f"- health as a whole: {found.grade or 'not assessed yet'}",
    ]
    if found.next_assessment_on:
        lines.append(f"- next assessment: {spoken_day(desk, found.next_assessment_on)}")
    return "\n".join(lines)


def spoken_day(desk: Desk, day: date) -> str:
    return f"{desk.shop.weekday(day)} {day:%d/%m/%Y}"


UNKNOWN = "unknown"


def _line(desk: Desk, pet: pets.Pet) -> str:
    age = pet.age_in_months(desk.shop.today(desk.now))
    parts = [pet.name, pet.species, pet.breed or "breed unknown", pet.size or "size unknown"]
    parts += [f"{pet.coat} coat"] if pet.coat else []
    parts += [_age(age)] if age is not None else []
    return " | ".join(parts)


def _age(months: int) -> str:
    years, rest = divmod(months, 12)
    parts = [f"{years} years"] * (years > 0) + [f"{rest} months"] * (rest > 0 or years == 0)
    return " and ".join(parts)


def _event(desk: Desk, event: health.Event) -> str:
    proof = "seen by the team" if event.is_verified else "as the customer says, not verified"
    due = f" | due again {spoken_day(desk, event.due_on)}" if event.due_on else ""
    return f"- {event.kind} {_plainly(event.name)}: {spoken_day(desk, event.done_on)} | {proof}{due}"


def _plainly(text: str) -> str:
    """What people of the shop wrote, shown without what could be taken for a price, an hour or a link."""
    name = health.VACCINES.get(folded(text))
    return name or " ".join("".join(c if c.isalpha() or c in "'’(),-" else " " for c in text).split())


def _shown(field: Known, known: pets.Profile, desk: Desk) -> str:
    match field:
        case "age" | "birth_date":
            months = known.birth_date and pets.months_between(known.birth_date, desk.shop.today(desk.now))
            return UNKNOWN if months is None else _age(months)
        case "weight":
            return UNKNOWN if known.weight_grams is None else f"{known.weight_grams / 1000:.1f} kg".replace(".", ",")
        case "neutered":
            return UNKNOWN if known.is_neutered is None else "yes" if known.is_neutered else "no"
        case _:
            return _plainly(getattr(known, field) or "") or UNKNOWN


def _words(value: str, longest: int) -> str:
    words = " ".join(value.split())
    if not is_kept(words, longest):
        raise Unclear(f"at most {longest} letters of plain words, without figures and signs")
    if speaks_for_the_shop(words) or guard.look(words).flags:
        raise Refusal("Only what the pet is and needs is written down. Prices, hours and rules are the shop's to say.")
    return words


def _text(field: str) -> Callable[[str, date], Any]:
    longest = LONGEST.get(field, 300)
    return lambda value, _: _words(value, longest)


def _among(words: dict[str, tuple[str, ...]]) -> Callable[[str, date], Any]:
    def read(value: str, _: date) -> str:
        found = among(words, value)
        if found is None:
            raise Unclear(f"one of {', '.join(words)}")
        return found

    return read


def _neutered(value: str, today: date) -> bool:
    return _among(YES_OR_NO)(value, today) == "yes"


def _weight(value: str, _: date) -> int:
    said = WEIGHT.match(folded(value))
    if said is None:
        raise Unclear("the weight in kg, as 12,5 kg")
    whole, part, unit = said.groups()
    if unit and unit.startswith("g"):
        # 1.500 g is a thousand and a half, as it is written here.
        return int(whole + (part or ""))
    return int(whole) * 1000 + int((part or "0").ljust(3, "0"))


def _age_to_birth(value: str, today: date) -> date:
    said = AGE.match(folded(value))
    if said is None or not any(said.groups()):
        raise Unclear('the age with its unit, as "2 anos" or "8 meses"')
    months = 12 * int(said[1] or 0) + int(said[2] or 0)
    if months > pets.OLDEST_MONTHS:
        raise Unclear("an age that a pet can have")
    return pets.months_later(today, -months)


def _day(value: str, today: date) -> date:
    said = DAY.match(value.strip())
    if said is None:
        raise Unclear("a date, as 2024-05-31")
    year, month, day = (said[1], said[2], said[3]) if said[1] else (said[6], said[5], said[4])
    try:
        born = date(int(year), int(month), int(day))
    except ValueError as wrong:
        raise Unclear("a date that there is") from wrong
    if not 0 <= pets.months_between(born, today) <= pets.OLDEST_MONTHS or born > today:
        raise Unclear("a date on which a living pet can be born")
    return born


# Each field that may be told: where it is kept, and how it is read.
FIELDS: dict[Known, tuple[pets.Field, Callable[[str, date], Any]]] = {
    "nickname": ("nickname", _text("nickname")),
    "breed": ("breed", _text("breed")),
    "size": ("size", _among(SIZES)),
    "coat": ("coat", _among(COATS)),
    "weight": ("weight_grams", _weight),
    "age": ("birth_date", _age_to_birth),
    "birth_date": ("birth_date", _day),
    "colour": ("colour", _text("colour")),
    "gender": ("gender", _among(GENDERS)),
    "neutered": ("is_neutered", _neutered),
    "temperament": ("temperament", _text("temperament")),
    "energy": ("energy", _among(LEVELS)),
    "sociability": ("sociability", _among(LEVELS)),
    "fears": ("fears", _text("fears")),
    "likes": ("likes", _text("likes")),
    "allergies": ("allergies", _text("allergies")),
    "medication": ("medication", _text("medication")),
    "diet": ("diet", _text("diet")),
    "handling": ("handling", _text("handling")),
    "vet": ("vet", _text("vet")),
}

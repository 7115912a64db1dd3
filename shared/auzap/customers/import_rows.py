"""One line of a file of customers: which column is what, and what its cells mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypedDict

from auzap import phone
from auzap.customers import pets
from auzap.customers.custom_fields import CustomField, UnfitValue, checked
from auzap.customers.pets import CustomValue
from auzap.customers.profiles import LONGEST_TAG, MOST_TAGS
from auzap.text import folded, is_plain

type Field = Literal[
    "name",
    "phone",
    "email",
    "birth_date",
    "address",
    "tags",
    "notes",
    "marketing",
    "pet_name",
    "pet_species",
    "pet_breed",
    "pet_size",
    "pet_birth_date",
]
type Problem = Literal[
    "too_many_cells",
    "phone_missing",
    "phone_without_area",
    "phone_invalid",
    "name_too_long",
    "address_too_long",
    "notes_too_long",
    "email_invalid",
    "birth_date_invalid",
    "tags_invalid",
    "marketing_invalid",
    "pet_name_missing",
    "pet_name_invalid",
    "pet_breed_invalid",
    "pet_species_missing",
    "pet_species_unknown",
    "pet_size_unknown",
    "pet_birth_date_invalid",
    "custom_invalid",
]

# What people call their columns, folded, in Portuguese and English. Columns of the shop's own fields go by their labels.
# fmt: off
HEADERS: dict[Field, tuple[str, ...]] = {
    "name": (
        "nome", "nome completo", "cliente", "nome do cliente", "tutor", "nome do tutor", "name", "full name",
        "customer", "contact",
    ),
    "phone": (
        "telefone", "celular", "whatsapp", "fone", "tel", "numero", "telefone celular", "telefone 1", "contato", "phone", "mobile",
        "phone number", "mobile phone", "cell", "cellphone",
    ),
    "email": ("email", "e mail", "e-mail", "correio eletronico", "mail"),
    "birth_date": (
        "nascimento", "data de nascimento", "data nascimento", "aniversario", "birth date", "birthdate", "birthday",
        "date of birth",
    ),
    "address": ("endereco", "endereco completo", "address"),
    "tags": ("tags", "tag", "etiquetas", "etiqueta", "marcadores", "labels"),
    "notes": ("observacoes", "observacao", "obs", "notas", "anotacoes", "notes", "comments"),
    "marketing": ("aceita novidades", "aceita promocoes", "marketing", "aceita marketing", "newsletter", "opt in", "opt-in"),
    "pet_name": ("pet", "nome do pet", "nome pet", "animal", "nome do animal", "pet name"),
    "pet_species": ("especie", "especie do pet", "tipo", "species", "pet species"),
    "pet_breed": ("raca", "raca do pet", "breed", "pet breed"),
    "pet_size": ("porte", "tamanho", "porte do pet", "size", "pet size"),
    "pet_birth_date": ("nascimento do pet", "data de nascimento do pet", "pet birth date", "pet birthday"),
}
SPECIES = {
    "dog": ("dog", "cachorro", "cachorra", "cao", "canina", "canino", "c"), "cat": ("cat", "gato", "gata", "felina", "felino", "g"),
    "bird": ("bird", "ave", "passaro"), "rabbit": ("rabbit", "coelho", "coelha"), "other": ("other", "outro", "outra"),
}
SIZES = {
    "small": ("small", "pequeno", "pequena", "p", "mini", "toy", "s"), "medium": ("medium", "medio", "media", "m"),
    "large": ("large", "grande", "g", "l"), "giant": ("giant", "gigante", "gg", "xl"),
}
YES = frozenset({"sim", "s", "yes", "y", "true", "verdadeiro", "1", "x", "aceita", "aceito"})
NO = frozenset({"nao", "n", "no", "false", "falso", "0", "recusa", "recuso"})
# fmt: on
BETWEEN_WORDS = re.compile(r"[^\w@-]+|_")
DAY = re.compile(r"^(?:(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})|(\d{4})-(\d{1,2})-(\d{1,2}))(?:[ T]00:00(?::00)?)?$")
EMAIL = re.compile(r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]{2,}$")
OLDEST_YEARS = 120
LONGEST_EMAIL = 254
LONGEST: dict[str, tuple[int, Problem]] = {
    "name": (120, "name_too_long"),
    "address": (300, "address_too_long"),
    "notes": (4000, "notes_too_long"),
}
LONGEST_PET_WORD = 60


class PetValues(TypedDict):
    name: str
    species: str
    breed: str | None
    size: str | None
    birth_date: str | None


class Values(TypedDict, total=False):
    """Of a line, as it is kept; days as text."""

    phone: str
    name: str
    email: str
    birth_date: str
    address: str
    notes: str
    tags: list[str]
    marketing: bool
    pet: PetValues
    custom: dict[str, CustomValue | None]


@dataclass(frozen=True, slots=True)
class Read:
    """What a line means, as far as it can be told, and the names of what is wrong with it."""

    values: dict[str, Any]
    problems: list[Problem]

    @property
    def phone(self) -> str | None:
        return self.values.get("phone")


def mapped(headers: Sequence[str], own: Sequence[CustomField]) -> list[str | None]:
    """What each column is: a field of ours, `custom:` and one of the shop's, or nothing that we keep. Each is one column."""
    known: dict[str, str] = {folded(field.label): f"custom:{field.name}" for field in own}
    known |= {name: field for field, names in HEADERS.items() for name in names}
    taken: set[str] = set()
    columns: list[str | None] = []
    for header in headers:
        wanted = known.get(folded(BETWEEN_WORDS.sub(" ", folded(header)))) or known.get(folded(header))
        columns.append(wanted if wanted and wanted not in taken else None)
        taken.add(wanted or "")
    return columns


def read(columns: Sequence[str | None], cells: Sequence[str], own: Sequence[CustomField], today: date) -> Read:
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column and cell.strip()}
    values: dict[str, Any] = {}
    problems: list[Problem] = ["too_many_cells"] if any(cells[len(columns) :]) else []
    for keep in (_phone, _person, _tags, _marketing, _pet):
        problems += keep(given, values, today)
    problems += _custom(given, values, own)
    return Read(values, problems)


def _phone(given: Mapping[str, str], values: dict[str, Any], _: date) -> list[Problem]:
    if "phone" not in given:
        return ["phone_missing"]
    try:
        found = phone.written(given["phone"])
    except phone.NoArea:
        return ["phone_without_area"]
    if found is None:
        return ["phone_invalid"]
    values["phone"] = found
    return []


def _person(given: Mapping[str, str], values: dict[str, Any], today: date) -> list[Problem]:
    problems: list[Problem] = []
    for field, (longest, problem) in LONGEST.items():
        if len(given.get(field, "")) > longest:
            problems.append(problem)
        elif field in given:
            values[field] = given[field]
    if "email" in given:
        if EMAIL.match(given["email"]) and len(given["email"]) <= LONGEST_EMAIL:
            values["email"] = given["email"].lower()
        else:
            problems.append("email_invalid")
    if "birth_date" in given and not _keep_day(given, values, "birth_date", today):
        problems.append("birth_date_invalid")
    return problems


def _keep_day(given: Mapping[str, str], values: dict[str, Any], field: str, today: date) -> bool:
    found = day(given[field], today)
    if found is None or found > today or today.year - found.year > OLDEST_YEARS:
        return False
    values[field] = found.isoformat()
    return True


def day(text: str, today: date) -> date | None:
    """A date as it is written in Brazil, or by a program; of two digits of a year the one that is not ahead."""
    said = DAY.match(text.strip())
    if said is None:
        return None
    year, month, number = (int(said[4]), said[5], said[6]) if said[4] else (int(said[3]), said[2], said[1])
    if year < 100:
        year += 2000 if 2000 + year <= today.year else 1900
    try:
        return date(year, int(month), int(number))
    except ValueError:
        return None


def _tags(given: Mapping[str, str], values: dict[str, Any], _: date) -> list[Problem]:
    tags = sorted({" ".join(tag.split()).lower() for tag in re.split(r"[,;|]", given.get("tags", "")) if tag.strip()})
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        return ["tags_invalid"]
    if tags:
        values["tags"] = tags
    return []


def _marketing(given: Mapping[str, str], values: dict[str, Any], _: date) -> list[Problem]:
    said = folded(given.get("marketing", ""))
    if said in YES or said in NO:
        values["marketing"] = said in YES
    return [] if not said or "marketing" in values else ["marketing_invalid"]


def _pet(given: Mapping[str, str], values: dict[str, Any], today: date) -> list[Problem]:
    about = {field: value for field, value in given.items() if field.startswith("pet_")}
    if not about:
        return []
    if "pet_name" not in about:
        return ["pet_name_missing"]
    problems: list[Problem] = []
    name = about["pet_name"]
    if len(name) > LONGEST_PET_WORD or not is_plain(name) or not pets.is_name(name):
        problems.append("pet_name_invalid")
    breed = about.get("pet_breed", "")
    if len(breed) > LONGEST_PET_WORD or not is_plain(breed):
        problems.append("pet_breed_invalid")
    species, size = _among(SPECIES, about.get("pet_species")), _among(SIZES, about.get("pet_size"))
    if species is None:
        problems.append("pet_species_unknown" if "pet_species" in about else "pet_species_missing")
    if size is None and "pet_size" in about:
        problems.append("pet_size_unknown")
    if "pet_birth_date" in about and not _keep_day(given, values, "pet_birth_date", today):
        problems.append("pet_birth_date_invalid")
    born = values.pop("pet_birth_date", None)
    if not problems:
        values["pet"] = {"name": name, "species": species, "breed": breed or None, "size": size, "birth_date": born}
    return problems


def _custom(given: Mapping[str, str], values: dict[str, Any], own: Sequence[CustomField]) -> list[Problem]:
    kinds = {f"custom:{field.name}": field for field in own}
    told = {kinds[column].name: _typed(kinds[column], value) for column, value in given.items() if column in kinds}
    try:
        kept = checked(own, told)
    except UnfitValue:
        return ["custom_invalid"]
    if kept:
        values["custom"] = kept
    return []


def _typed(field: CustomField, value: str) -> Any:
    """As the field's kind wants it, where the cell can be that."""
    match field.kind:
        case "number" if re.fullmatch(r"-?\d{1,12}(?:[.,]\d{1,6})?", value):
            return float(value.replace(",", "."))
        case "boolean" if folded(value) in YES | NO:
            return folded(value) in YES
        case "date":
            return day(value, date.max) or value
        case "choice":
            return next((choice for choice in field.choices if folded(choice) == folded(value)), value)
        case _:
            return value


def _among(words: dict[str, tuple[str, ...]], said: str | None) -> str | None:
    wanted = folded(said or "")
    return next((known for known, spoken in words.items() if wanted in spoken), None)

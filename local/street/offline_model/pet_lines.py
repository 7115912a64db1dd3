"""The lines in which the tools tell of pets, read leniently: `- Thor | dog | Labrador | large | short coat | 4 years`."""

import re
from dataclasses import dataclass

from local.street.offline_model.table import table

COAT = re.compile(r"^(?P<coat>short|medium|long) coat$")
AGE = re.compile(r"^\d+ (?:years|months)\b")
# `- vaccine V10: sexta-feira 20/11/2026 | seen by the team | due again sábado 20/11/2027`
EVENT = re.compile(r"^(?P<kind>vaccine|deworming|checkup|dental|exam|treatment) (?P<name>.+?): (?P<day>.+)$")
FIELD = re.compile(r"^-? ?(?P<field>[a-z]+): (?P<value>.+)$")


@dataclass(frozen=True)
class Pet:
    name: str
    species: str = ""
    breed: str = ""
    size: str = ""
    coat: str = ""
    age: str = ""


def pets_in(result: str) -> list[Pet]:
    return [pet_of(*row) for row in table(result)]


def pet_of(name: str, *details: str) -> Pet:
    known = ["" if detail.endswith("unknown") else detail for detail in details]
    species, breed, size = (*known, "", "", "")[:3]
    coats = (found["coat"] for detail in known if (found := COAT.match(detail)))
    return Pet(name, species, breed, size, next(coats, ""), next((detail for detail in known if AGE.match(detail)), ""))


@dataclass(frozen=True)
class Event:
    kind: str
    name: str
    day: str
    is_verified: bool
    due: str


def fields_in(record: str) -> dict[str, str]:
    """`- coat: short` by its name, as a pet's record lists what is known."""
    found = (FIELD.match(line.strip()) for line in record.splitlines() if "|" not in line)
    return {match["field"]: match["value"] for match in found if match}


def events_in(record: str) -> list[Event]:
    rows = ((EVENT.match(columns[0]), columns) for columns in table(record))
    return [
        Event(
            kind=found["kind"],
            name=found["name"],
            day=found["day"],
            is_verified=any(column.startswith("seen") for column in columns),
            due=next((column.removeprefix("due again ") for column in columns if column.startswith("due again ")), ""),
        )
        for found, columns in rows
        if found
    ]


def alerts_in(record: str) -> list[str]:
    return [columns[0].removeprefix("alert: ") for columns in table(record) if columns[0].startswith("alert: ")]

"""All customers with their pets, as a table that a spreadsheet opens, and that can be imported again."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from auzap import texts
from auzap.customers import csv_files, custom_fields
from auzap.db.connection import Tx
from auzap.jobs import asking, files
from auzap.jobs.asking import Job
from auzap.jobs.files import Part
from auzap.jobs.working import Work

# Customers of a part: a file of some hundred kilobytes.
CUSTOMERS_AT_ONCE = 500
CONTENT_TYPE = "text/csv; charset=utf-8"

# fmt: off
CONTACT_COLUMNS = (
    "name", "phone", "email", "birth_date", "address", "tags", "notes", "marketing", "profile_name", "username", "source", "locale",
    "is_vip", "is_blocked", "agent_off", "created_at",
)
PET_COLUMNS = (
    "name", "species", "breed", "size", "birth_date", "nickname", "coat", "weight_grams", "colour", "gender", "is_neutered",
    "microchip", "temperament", "energy", "sociability", "fears", "likes", "allergies", "medication", "diet", "handling",
    "medical_notes", "vet", "behaviour_score", "is_active", "died_on",
)
# Whose values are ours, each with a word for it.
WORDED = frozenset({"source", "species", "size", "coat", "gender", "energy", "sociability"})
# fmt: on


@dataclass(frozen=True, slots=True)
class Customer:
    id: UUID
    known: dict[str, Any]
    pets: list[dict[str, Any]]


def ask(tx: Tx) -> Job:
    """One at a time: whoever asks while it is made has the same file."""
    (count,) = tx.execute("SELECT count(*)::integer FROM contacts").fetchall()
    return asking.begin(tx, "contact_export", tx.organization_id, total=count[0])


def step(work: Work) -> bool:
    return files.step(work, read, ending="csv", content_type=CONTENT_TYPE)


def read(tx: Tx, after: str | None) -> Part:
    found = _customers(tx, after)
    table = _Table.of(tx)
    rows = [row for customer in found for row in table.rows(customer)]
    content = csv_files.lines(rows, separator=table.separator)
    if after is None:
        content = csv_files.write(table.headers, rows, separator=table.separator)
    return Part(content, len(found), str(found[-1].id) if len(found) == CUSTOMERS_AT_ONCE else None)


@dataclass(frozen=True, slots=True)
class _Table:
    """What the shop's people see of a customer and a pet, in their language; the shop's own fields come last."""

    locale: str
    contact_fields: list[custom_fields.CustomField]
    pet_fields: list[custom_fields.CustomField]

    @classmethod
    def of(cls, tx: Tx) -> "_Table":
        (locale,) = tx.execute("SELECT locale FROM organization_settings").fetchall()
        return cls(locale[0], custom_fields.fields(tx, "contact"), custom_fields.fields(tx, "pet"))

    @property
    def separator(self) -> str:
        return ";" if self.locale == "pt-BR" else ","

    @property
    def headers(self) -> list[str]:
        words = texts.EXPORT_HEADERS[self.locale]
        return [
            *(words[column] for column in CONTACT_COLUMNS),
            *(words[f"pet_{column}"] for column in PET_COLUMNS),
            *(field.label for field in (*self.contact_fields, *self.pet_fields)),
        ]

    def rows(self, customer: Customer) -> list[list[str]]:
        """One for each pet; and one for somebody who has none."""
        return [self._row(customer.known, pet) for pet in customer.pets or [{}]]

    def _row(self, known: dict[str, Any], pet: dict[str, Any]) -> list[str]:
        return [
            *(self._cell(known.get(column), is_ours=column in WORDED) for column in CONTACT_COLUMNS),
            *(self._cell(pet.get(column), is_ours=column in WORDED) for column in PET_COLUMNS),
            *(self._cell(known["custom"].get(field.name)) for field in self.contact_fields),
            *(self._cell(pet.get("custom", {}).get(field.name)) for field in self.pet_fields),
        ]

    def _cell(self, value: Any, *, is_ours: bool = False) -> str:
        words = texts.EXPORT_WORDS[self.locale]
        match value:
            case None:
                return ""
            case bool():
                return words["yes" if value else "no"]
            case list():
                return ", ".join(map(str, cast(list[Any], value)))
            case _:
                return words.get(value, str(value)) if is_ours else str(value)


def _customers(tx: Tx, after: str | None) -> list[Customer]:
    return tx.rows(
        Customer,
        """
        SELECT c.id, to_jsonb(c) || jsonb_build_object('is_blocked', c.blocked_at IS NOT NULL,
          'marketing', CASE WHEN c.opted_out_at IS NOT NULL THEN false WHEN c.opted_at IS NOT NULL THEN true END) AS known,
          coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM pets p WHERE p.contact_id = c.id), '[]') AS pets
        FROM contacts c WHERE %(after)s::uuid IS NULL OR c.id > %(after)s ORDER BY c.id LIMIT %(most)s
        """,
        {"after": after, "most": CUSTOMERS_AT_ONCE},
    ).fetchall()

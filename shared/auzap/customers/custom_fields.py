"""Fields that a shop keeps of customers and pets beside ours, each of a kind that its values must fit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from psycopg import errors

from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused
from auzap.errors import Refusal

type Subject = Literal["contact", "pet"]
type Kind = Literal["text", "number", "date", "boolean", "choice"]

LONGEST_TEXT = 500
MOST_FIELDS = 60


@dataclass(frozen=True, slots=True)
class CustomField:
    id: UUID
    subject: Subject
    name: str
    label: str
    kind: Kind
    choices: list[str]
    position: int


class FieldKnown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a field {name} already. Change that one, or choose another name.")


class UnfitField(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A field has a name of small letters, digits and underscores, a label, and, if it is a choice, choices."
        )


class TooManyFields(Refusal):
    def __init__(self) -> None:
        super().__init__(f"There are at most {MOST_FIELDS} fields. Remove one that nobody uses.")


class UnknownField(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no field {name}. Load the list of fields again.")


class UnfitValue(Refusal):
    def __init__(self, field: CustomField) -> None:
        wanted = ", ".join(field.choices) if field.kind == "choice" else field.kind
        super().__init__(f"{field.label} takes: {wanted}.")
        self.field = field


def define(
    tx: Tx, *, subject: Subject, name: str, label: str, kind: Kind, choices: Sequence[str] = (), position: int = 0
) -> UUID:
    if len(fields(tx, subject)) >= MOST_FIELDS:
        raise TooManyFields
    try:
        with tx.savepoint():
            row = tx.execute(
                """
                INSERT INTO custom_fields (subject, name, label, kind, choices, position)
                VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
                """,
                [subject, name, label, kind, list(choices), position],
            ).fetchone()
    except errors.UniqueViolation as known:
        raise FieldKnown(name) from known
    except errors.CheckViolation as unfit:
        raise UnfitField from unfit
    return row[0] if row else UUID(int=0)


def remove(tx: Tx, field_id: UUID) -> None:
    """The field, and what was kept in it."""
    row = tx.execute("DELETE FROM custom_fields WHERE id = %s RETURNING subject, name", [field_id]).fetchone()
    if row is None:
        raise UnknownField(str(field_id))
    subject, name = row
    if subject == "contact":
        tx.execute("UPDATE contacts SET custom = custom - %(name)s WHERE custom ? %(name)s", {"name": name})
    else:
        tx.execute("UPDATE pets SET custom = custom - %(name)s WHERE custom ? %(name)s", {"name": name})


def change(tx: Tx, field_id: UUID, given: Mapping[str, Any]) -> CustomField:
    """Its label, its place and its choices. What was kept under another choice stays until it is written anew."""
    with refused(tx, unfit=UnfitField):
        changed = tx.rows(
            CustomField,
            """
            UPDATE custom_fields f SET (label, choices, position)
              = (SELECT n.label, n.choices, n.position FROM jsonb_populate_record(f, %s) n)
            WHERE f.id = %s RETURNING id, subject, name, label, kind, choices, position
            """,
            [columns(given), field_id],
        ).fetchone()
    if changed is None:
        raise UnknownField(str(field_id))
    return changed


def field(tx: Tx, field_id: UUID) -> CustomField:
    found = tx.rows(
        CustomField,
        "SELECT id, subject, name, label, kind, choices, position FROM custom_fields WHERE id = %s",
        [field_id],
    ).fetchone()
    if found is None:
        raise UnknownField(str(field_id))
    return found


def every_field(tx: Tx) -> list[CustomField]:
    return tx.rows(
        CustomField,
        """
        SELECT id, subject, name, label, kind, choices, position FROM custom_fields ORDER BY subject, position, label, id
        """,
    ).fetchall()


def fields(tx: Tx, subject: Subject) -> list[CustomField]:
    return tx.rows(
        CustomField,
        """
        SELECT id, subject, name, label, kind, choices, position FROM custom_fields
        WHERE subject = %s ORDER BY position, label, id
        """,
        [subject],
    ).fetchall()


def checked(known: Sequence[CustomField], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept; None takes one away. Anything that fits no field is refused."""
    by_name = {field.name: field for field in known}
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name not in by_name:
            raise UnknownField(name)
        kept[name] = None if value is None else _fitting(by_name[name], value)
    return kept


def _fitting(field: CustomField, value: Any) -> Any:
    match field.kind, value:
        case "text", str() if 0 < len(value.strip()) <= LONGEST_TEXT:
            return value.strip()
        case "choice", str() if value in field.choices:
            return value
        case "boolean", bool():
            return value
        case "number", int() | float() if not isinstance(value, bool) and math.isfinite(value):
            return value
        case "date", date():
            return value.isoformat()
        case "date", str():
            return _day(field, value)
        case _:
            raise UnfitValue(field)


def _day(field: CustomField, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as wrong:
        raise UnfitValue(field) from wrong

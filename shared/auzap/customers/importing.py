"""A file of customers in two steps: judged row by row before anything changes, then carried out row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg
from psycopg import errors
from psycopg.types.json import Jsonb

from auzap import texts
from auzap.customers import csv_files, custom_fields, import_rows
from auzap.customers.import_rows import Values
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, ImportId

type State = Literal["previewed", "running", "done", "cancelled"]
type Outcome = Literal["ready", "repeated", "invalid", "created", "updated", "failed"]

# As many as one transaction should hold: another import of the same customers waits for it, and not for long.
ROWS_AT_ONCE = 100
LONGEST_FILE_NAME = 200
ATTEMPTS = 2
# What is said of a row, and does not keep it out.
KNOWN_CUSTOMER = "known_customer"
SPECIES_KEPT = "pet_species_kept"


@dataclass(frozen=True, slots=True)
class Import:
    id: ImportId
    file_name: str
    state: State
    # Each column's header and what it is taken for; None: it is not kept.
    columns: list[dict[str, str | None]]
    row_count: int
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: list[str]
    values: Values
    outcome: Outcome
    problems: list[str]
    contact_id: ContactId | None


@dataclass(frozen=True, slots=True)
class Batch:
    """How many rows were carried out, and whether there are no more."""

    rows: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Line:
    cells: list[str]
    read: import_rows.Read


class UnknownImport(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such import. Load the list again.")


class NotNow(Refusal):
    def __init__(self, state: str) -> None:
        super().__init__(f"This import is {state}. Load it again to see what can be done with it.")


def preview(tx: Tx, *, file_name: str, data: bytes, today: date) -> ImportId:
    """Read the file, judge each row, and change nothing yet."""
    table = csv_files.read(data)
    own = custom_fields.fields(tx, "contact")
    columns = import_rows.mapped(table.headers, own)
    lines = [Line(cells, import_rows.read(columns, cells, own, today)) for cells in table.rows]
    (row,) = tx.execute(
        "INSERT INTO imports (kind, file_name, columns, row_count) VALUES ('contacts', %s, %s, %s) RETURNING id",
        [
            file_name.strip()[:LONGEST_FILE_NAME] or "import.csv",
            Jsonb([{"header": header, "field": column} for header, column in zip(table.headers, columns, strict=True)]),
            len(lines),
        ],
    ).fetchall()
    tx.execute(
        """
        INSERT INTO import_rows (import_id, number, given, outcome, problems)
        SELECT %s, judged.number, judged.given, judged.outcome, judged.problems
        FROM jsonb_to_recordset(%s) AS judged (number integer, given jsonb, outcome text, problems text[])
        """,
        [row[0], Jsonb(list(_judged(lines, _known(tx, lines))))],
    )
    return ImportId(row[0])


def start(tx: Tx, import_id: ImportId) -> int:
    """From now on rows are carried out, so many. Asked for again, it goes on."""
    state = _locked(tx, import_id)
    if state not in {"previewed", "running"}:
        raise NotNow(state)
    tx.execute("UPDATE imports SET state = 'running' WHERE id = %s AND state = 'previewed'", [import_id])
    return tx.execute("SELECT FROM import_rows WHERE import_id = %s AND outcome = 'ready'", [import_id]).rowcount


def cancel(tx: Tx, import_id: ImportId) -> None:
    """What was carried out stays; the rest is not done any more."""
    state = _locked(tx, import_id)
    if state not in {"previewed", "running"}:
        raise NotNow(state)
    tx.execute("UPDATE imports SET state = 'cancelled', finished_at = app.now() WHERE id = %s", [import_id])


def run_batch(tx: Tx, import_id: ImportId) -> Batch:
    """The next rows. Two who run at once take turns, and none does a row again."""
    if _locked(tx, import_id) != "running":
        return Batch(0, is_last=True)
    ready = tx.execute(
        "SELECT number, given -> 'values' FROM import_rows WHERE import_id = %s AND outcome = 'ready' ORDER BY number LIMIT %s",
        [import_id, ROWS_AT_ONCE],
    ).fetchall()
    for number, values in ready:
        outcome, contact_id, remarks = _carried_out(tx, values)
        tx.execute(
            """
            UPDATE import_rows SET outcome = %(outcome)s, contact_id = %(contact)s,
              problems = CASE WHEN %(outcome)s = 'failed' THEN ARRAY['not_stored'] ELSE problems || %(remarks)s::text[] END
            WHERE import_id = %(import)s AND number = %(number)s
            """,
            {"outcome": outcome, "contact": contact_id, "remarks": remarks, "import": import_id, "number": number},
        )
    is_last = len(ready) < ROWS_AT_ONCE
    if is_last:
        tx.execute("UPDATE imports SET state = 'done', finished_at = app.now() WHERE id = %s", [import_id])
    return Batch(len(ready), is_last)


def find(tx: Tx, import_id: ImportId) -> Import:
    found = tx.rows(
        Import,
        """
        SELECT i.id, i.file_name, i.state, i.columns, i.row_count, (
          SELECT coalesce(jsonb_object_agg(counted.outcome, counted.number), '{}') FROM (
            SELECT r.outcome, count(*) AS number FROM import_rows r WHERE r.import_id = i.id GROUP BY r.outcome) counted
        ) AS outcomes
        FROM imports i WHERE i.id = %s
        """,
        [import_id],
    ).fetchone()
    if found is None:
        raise UnknownImport
    return found


def rows_of(tx: Tx, import_id: ImportId, *, after: int = 0, most: int = 100) -> list[Row]:
    """A page of them, in the order of the file."""
    return tx.rows(
        Row,
        """
        SELECT number, given -> 'cells' AS cells, given -> 'values' AS values, outcome, problems, contact_id
        FROM import_rows WHERE import_id = %s AND number > %s ORDER BY number LIMIT %s
        """,
        [import_id, after, most],
    ).fetchall()


def export(tx: Tx, import_id: ImportId, *, locale: str) -> bytes:
    """The file as it came, and beside each row what became of it, in words."""
    found = find(tx, import_id)
    words = texts.IMPORT_WORDS[locale]
    headers = [column["header"] or "" for column in found.columns]
    rows = rows_of(tx, import_id, most=csv_files.MOST_ROWS)
    return csv_files.write(
        [*headers, words["result"], words["problems"]],
        (
            [*row.cells[: len(headers)], words[row.outcome], "; ".join(words[problem] for problem in row.problems)]
            for row in rows
        ),
        separator=";" if locale == "pt-BR" else ",",
    )


def _judged(lines: list[Line], known: set[str]) -> Iterator[dict[str, Any]]:
    """A customer may have a line for each pet; a line that brings nothing new is a repetition."""
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, start=1):
        phone, pet = line.read.phone or "", line.read.values.get("pet", {"name": ""})["name"].lower()
        outcome: Outcome = "ready"
        if line.read.problems:
            outcome = "invalid"
        elif (phone, pet) in seen:
            outcome = "repeated"
        else:
            seen |= {(phone, pet), (phone, "")}
        yield {
            "number": number,
            "given": {"cells": line.cells, "values": line.read.values},
            "outcome": outcome,
            "problems": [*line.read.problems, *([KNOWN_CUSTOMER] if phone in known else [])],
        }


def _known(tx: Tx, lines: list[Line]) -> set[str]:
    rows = tx.execute(
        """
        SELECT given.phone FROM unnest(%(phones)s::text[]) AS given (phone) WHERE EXISTS (
          SELECT FROM contacts p WHERE p.phone = given.phone) OR EXISTS (
          SELECT FROM contact_identities i WHERE i.channel = 'whatsapp' AND i.kind = 'wa_id' AND i.value = ltrim(given.phone, '+'))
        """,
        {"phones": [line.read.phone for line in lines if line.read.phone]},
    )
    return {row[0] for row in rows.fetchall()}


def _locked(tx: Tx, import_id: ImportId) -> str:
    row = tx.execute("SELECT state FROM imports WHERE id = %s FOR UPDATE", [import_id]).fetchone()
    if row is None:
        raise UnknownImport
    return row[0]


def _carried_out(tx: Tx, values: dict[str, Any]) -> tuple[Outcome, ContactId | None, list[str]]:
    """What a row says is added to what is known; an empty cell erases nothing. A row that fails takes no other with it."""
    remarks: list[str] = []
    for _ in range(ATTEMPTS):
        try:
            with tx.savepoint():
                contact_id, is_new = _contact(tx, values)
                if values.get("pet"):
                    remarks = [] if _pet(tx, contact_id, values["pet"]) else [SPECIES_KEPT]
                if "marketing" in values:
                    _consent(tx, contact_id, is_given=values["marketing"])
                return "created" if is_new else "updated", contact_id, remarks
        except errors.UniqueViolation:
            # Somebody else has just made this customer: the next look finds them.
            continue
        except (psycopg.IntegrityError, psycopg.DataError):
            break
    return "failed", None, []


def _contact(tx: Tx, values: dict[str, Any]) -> tuple[ContactId, bool]:
    """Whoever has the number, as WhatsApp or the shop knows it; else somebody new."""
    wanted = {field: values.get(field) for field in ("name", "phone", "email", "birth_date", "address", "notes")}
    wanted |= {"tags": values.get("tags", []), "custom": Jsonb(values.get("custom", {}))}
    row = tx.execute(
        """
        WITH known AS (
          SELECT p.id FROM contacts p WHERE p.phone = %(phone)s
          UNION ALL
          SELECT i.contact_id FROM contact_identities i
          WHERE i.channel = 'whatsapp' AND i.kind = 'wa_id' AND i.value = ltrim(%(phone)s, '+')
          LIMIT 1
        ), changed AS (
          UPDATE contacts p SET name = coalesce(%(name)s, p.name), email = coalesce(%(email)s, p.email),
            birth_date = coalesce(%(birth_date)s::date, p.birth_date), address = coalesce(%(address)s, p.address),
            notes = CASE WHEN %(notes)s::text IS NULL OR position(%(notes)s in p.notes) > 0 THEN p.notes
              ELSE right(concat_ws(chr(10), nullif(p.notes, ''), %(notes)s::text), 4000) END,
            tags = ARRAY(SELECT DISTINCT t FROM unnest(p.tags || %(tags)s::text[]) t ORDER BY t), custom = p.custom || %(custom)s
          FROM known WHERE p.id = known.id RETURNING p.id
        ), made AS (
          INSERT INTO contacts (phone, name, email, birth_date, address, notes, tags, custom, source)
          SELECT %(phone)s, %(name)s, %(email)s, %(birth_date)s::date, %(address)s, coalesce(%(notes)s, ''), %(tags)s,
            %(custom)s, 'import'
          WHERE NOT EXISTS (SELECT FROM known) RETURNING id
        )
        SELECT id, false FROM changed UNION ALL SELECT id, true FROM made
        """,
        wanted,
    ).fetchone()
    if row is None:
        raise UnknownImport
    return ContactId(row[0]), row[1]


def _pet(tx: Tx, contact_id: ContactId, pet: dict[str, Any]) -> bool:
    """Whether it is of the species that the row says: of a known one, prices and appointments hang on what is known."""
    ((is_of_it,),) = tx.execute(
        """
        INSERT INTO pets AS known (contact_id, name, species, breed, size, birth_date)
        VALUES (%(contact)s, %(name)s, %(species)s, %(breed)s, %(size)s, %(birth_date)s::date)
        ON CONFLICT (organization_id, contact_id, lower(name)) WHERE is_active DO UPDATE SET
          breed = coalesce(excluded.breed, known.breed), size = coalesce(excluded.size, known.size),
          birth_date = coalesce(excluded.birth_date, known.birth_date)
        RETURNING species = %(species)s
        """,
        pet | {"contact": contact_id},
    )
    return is_of_it


def _consent(tx: Tx, contact_id: ContactId, *, is_given: bool) -> None:
    """A file may say that somebody wants no news; that they do, only where they have never said anything themselves."""
    tx.execute(
        """
        INSERT INTO consents (contact_id, purpose, is_given, source)
        SELECT p.id, 'marketing', %(given)s, 'import' FROM contacts p WHERE p.id = %(contact)s AND CASE
          WHEN %(given)s THEN p.opted_out_at IS NULL AND p.opted_at IS NULL ELSE p.opted_out_at IS NULL END
        """,
        {"contact": contact_id, "given": is_given},
    )

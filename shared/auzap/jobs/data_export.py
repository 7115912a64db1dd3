"""All that a shop knows of one person, for that person: a file that a machine can read."""

import json
from typing import Any, LiteralString
from uuid import UUID

from auzap.customers import profiles
from auzap.db.connection import Tx
from auzap.ids import ContactId
from auzap.jobs import asking, files
from auzap.jobs.asking import Job
from auzap.jobs.files import Part
from auzap.jobs.working import Impossible, Work

ROWS_AT_ONCE = 500
CONTENT_TYPE = "application/json"

OF_PERSON = "contact_id = %(person)s"
OF_TALKS = "conversation_id IN (SELECT c.id FROM conversations c WHERE c.contact_id = %(person)s)"
OF_MESSAGES = """id IN (
  SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = %(person)s)"""
OF_TURNS = """turn_id IN (
  SELECT t.id FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.contact_id = %(person)s)"""
OF_PETS = "pet_id IN (SELECT p.id FROM pets p WHERE p.contact_id = %(person)s)"
OF_VISITS = "booking_id IN (SELECT b.id FROM bookings b WHERE b.contact_id = %(person)s)"
OF_STAYS = "stay_id IN (SELECT s.id FROM stays s WHERE s.contact_id = %(person)s)"
OF_PLANS = "plan_id IN (SELECT p.id FROM training_plans p WHERE p.contact_id = %(person)s)"

# Every table that has rows of a person, in the order of the file; and how a person's are found. Files are there by their keys.
TABLES: dict[LiteralString, LiteralString] = {
    "contacts": "id = %(person)s",
    "contact_identities": OF_PERSON,
    "consents": OF_PERSON,
    "memories": OF_PERSON,
    "leads": OF_PERSON,
    "lead_events": OF_PERSON,
    "contact_merges": "kept_id = %(person)s",
    "import_rows": OF_PERSON,
    "pets": OF_PERSON,
    "pet_photos": OF_PETS,
    "health_events": OF_PETS,
    "health_alerts": OF_PETS,
    "bookings": OF_PERSON,
    "booking_addons": OF_VISITS,
    "booking_moves": OF_VISITS,
    "booking_series": OF_PERSON,
    "waitlist_entries": OF_PERSON,
    "stays": OF_PERSON,
    "stay_activities": OF_STAYS,
    "stay_extras": OF_STAYS,
    "stay_moves": OF_STAYS,
    "stay_reports": OF_STAYS,
    "training_plans": OF_PERSON,
    "training_sessions": OF_PLANS,
    "conversations": OF_PERSON,
    "conversation_moves": OF_TALKS,
    "conversation_notes": OF_TALKS,
    "messages": OF_TALKS,
    "raw_elements": OF_MESSAGES,
    "media": OF_TALKS,
    "outbox": OF_TALKS,
    "turns": OF_TALKS,
    "turn_steps": OF_TURNS,
    "pending_actions": OF_PERSON,
    "escalations": OF_TALKS,
    "staff_tasks": OF_TALKS,
    "notifications": OF_TALKS,
    "security_incidents": OF_TALKS,
    "dead_letters": OF_TALKS,
}
# What is the house's way of working, and says nothing of anybody.
NOT_TOLD: list[LiteralString] = [
    *("organization_id", "fence", "lease_token", "lease_until", "hinted_at", "claimed_at", "credentials", "sha256"),
]
ROWS: LiteralString = """
  SELECT r.key, to_jsonb(r.said) - %(not_told)s::text[] FROM (
    SELECT t AS said, coalesce(to_jsonb(t) ->> 'id', to_jsonb(t)::text) AS key FROM <table> t WHERE t.<condition>) r
  WHERE %(after)s::text IS NULL OR r.key > %(after)s ORDER BY r.key LIMIT %(most)s
"""


def ask(tx: Tx, contact_id: ContactId) -> Job:
    profiles.expect(tx, contact_id)
    return asking.begin(tx, "data_export", contact_id)


def step(work: Work) -> bool:
    person = ContactId(work.job.subject)
    return files.step(work, lambda tx, then: read(tx, person, then), ending="json", content_type=CONTENT_TYPE)


def read(tx: Tx, person: ContactId, then: list[Any] | None) -> Part:
    """From a row of a table on, as much as fits; the tables are the fields of one object."""
    if tx.execute("SELECT FROM contacts WHERE id = %s", [person]).rowcount == 0:
        raise Impossible("unknown_contact")
    number, after = then or (0, None)
    pieces, count = ["{" if then is None else ""], 0
    names = list(TABLES)
    while number < len(names) and count < ROWS_AT_ONCE:
        most = ROWS_AT_ONCE - count
        rows = _rows(tx, names[number], person, after, most)
        pieces.append(_piece(names[number], rows, is_first=after is None, is_first_table=number == 0))
        count += len(rows)
        if len(rows) == most:
            after = rows[-1][0]
            break
        pieces.append("]")
        number, after = number + 1, None
    is_over = number == len(names)
    pieces.append("\n}\n" if is_over else "")
    return Part("".join(pieces).encode(), count, None if is_over else [number, after])


def _piece(name: str, rows: list[tuple[str, dict[str, Any]]], *, is_first: bool, is_first_table: bool) -> str:
    beginning = f'{"" if is_first_table else ","}\n"{name}": [' if is_first else ""
    written = [json.dumps(row, ensure_ascii=False) for _, row in rows]
    return beginning + ("" if is_first or not rows else ",") + "\n" * bool(rows) + ",\n".join(written)


def _rows(tx: Tx, table: LiteralString, person: UUID, after: str | None, most: int) -> list[tuple[str, dict[str, Any]]]:
    """By their keys, whatever these are made of: a person has few enough rows of those whose key is not their id."""
    statement = ROWS.replace("<table>", table).replace("<condition>", TABLES[table])
    parameters = {"person": person, "after": after, "most": most, "not_told": NOT_TOLD}
    return tx.execute(statement, parameters).fetchall()

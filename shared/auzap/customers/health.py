"""A pet's health record: what was done, what is due again, what somebody should look at, and the grade of it all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import errors
from psycopg.rows import kwargs_row

from auzap.customers import pets
from auzap.customers.pets import PROFILE, Profile, UnknownPet, months_between, months_later
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, ConversationId, HealthAlertId, HealthEventId, PetId
from auzap.text import folded, is_plain

type Kind = Literal["vaccine", "deworming", "checkup", "dental", "exam", "treatment"]
type AlertKind = Literal[
    "vaccine_overdue", "deworming_overdue", "exam_overdue", "medication_urgent", "behaviour_critical", "urgent_health"
]
type Severity = Literal["low", "medium", "high", "critical"]
type Grade = Literal["excellent", "good", "fair", "poor", "critical"]

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")

# After how many months something is due again where nobody has said when.
DUE_AGAIN: dict[Kind, int] = {"vaccine": 12, "deworming": 4, "checkup": 12, "dental": 12}
ASSESSED_AGAIN_MONTHS = 6
# What lies further back than a pet lives was typed wrongly.
LONGEST_AGO_MONTHS = 480

# Behaviour, 0 to 100: below these the whole is no better than its name.
POOR_SCORE, CRITICAL_SCORE, FAIR_SCORE, EXCELLENT_SCORE = 50, 30, 70, 85
# More open alerts than these, whatever their kind, and the whole is fair at best.
MOST_ALERTS_OF_GOOD = 2

# How people call the usual vaccines; by any other name a vaccine is what they say.
# fmt: off
VACCINES: dict[str, str] = {
    **{f"v{number}": f"V{number}" for number in range(2, 13)},
    "antirrabica": "Antirrábica", "anti-rabica": "Antirrábica", "anti rabica": "Antirrábica", "raiva": "Antirrábica",
    "rabies": "Antirrábica", "gripe": "Gripe canina", "gripe canina": "Gripe canina", "tosse dos canis": "Gripe canina",
    "bordetella": "Gripe canina", "kennel cough": "Gripe canina", "giardia": "Giárdia", "giardiase": "Giárdia",
    "leishmaniose": "Leishmaniose", "leishmania": "Leishmaniose", "felv": "Leucemia felina", "leucemia felina": "Leucemia felina",
    "polivalente": "Polivalente", "multipla": "Polivalente", "octupla": "V8", "decupla": "V10",
    "triplice felina": "V3", "tripla felina": "V3", "quadrupla": "V4", "quadrupla felina": "V4", "quintupla": "V5",
    "quintupla felina": "V5",
}
# fmt: on
BEFORE_THE_NAME = re.compile(r"^(?:a |da |de |contra |vacina |dose |reforco |vaccine )+")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done. What a customer only says is not verified."""

    id: HealthEventId
    pet_id: PetId
    kind: Kind
    name: str
    done_on: date
    due_on: date | None
    is_verified: bool
    verified_by: str | None
    notes: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody should look at this: raised by somebody, or found by what is overdue."""

    kind: str
    severity: Severity
    # Of one that somebody raised.
    id: HealthAlertId | None = None
    # Of what is overdue; None where it was never done.
    days_late: int | None = None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    id: HealthAlertId
    pet_id: PetId
    contact_id: ContactId
    pet_name: str
    kind: str
    severity: Severity
    description: str
    conversation_id: ConversationId | None
    raised_by: str


@dataclass(frozen=True, slots=True)
class Overdue:
    pet_id: PetId
    contact_id: ContactId
    pet_name: str
    kind: str
    name: str | None
    due_on: date | None
    days_late: int | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of a pet's health, with what it amounts to."""

    pet: Profile
    events: list[Event]
    alerts: list[Alert]
    grade: Grade | None
    next_assessment_on: date | None

    def due(self, kind: Kind) -> date | None:
        """When the first of these is due again."""
        return min((event.due_on for event in self.events if event.kind == kind and event.due_on), default=None)


WITH_HEALTH: LiteralString = """
  )
  SELECT pet.*, (
    SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.kind, e.done_on DESC, e.id), '[]')
    FROM app.last_health_events() e WHERE e.pet_id = pet.id) AS events, (
    SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY array_position(%(severities)s, a.severity) DESC, a.kind), '[]')
    FROM app.pet_alerts(%(today)s) a WHERE a.pet_id = pet.id) AS alerts
  FROM pet
"""
RECORD: LiteralString = "WITH pet AS (" + PROFILE + WITH_HEALTH


class NotThen(Refusal):
    def __init__(self) -> None:
        super().__init__("That date cannot be: it lies ahead, or before the pet was born. Ask for it again.")


class NotAVaccine(Refusal):
    def __init__(self) -> None:
        super().__init__("That is no name of a vaccine. Ask which vaccine it was, such as V10 or antirrábica.")


class NoSuchEvent(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such entry in this record. Load it again.")


class NoSuchAlert(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such open alert. Load the list again.")


def vaccine_name(said: str) -> str:
    """The name under which a vaccine is kept, however it was called."""
    name = BEFORE_THE_NAME.sub("", folded(said)).strip(" .!")
    known = VACCINES.get(name) or VACCINES.get(name.replace(" ", "").replace("-", ""))
    if known is None and not (is_plain(said) and 3 <= len(name) <= 60):
        raise NotAVaccine
    return known or name.capitalize()


def due_again(kind: Kind, done_on: date) -> date | None:
    months = DUE_AGAIN.get(kind)
    return None if months is None else months_later(done_on, months)


def grade(score: int | None, severities: Iterable[Severity]) -> Grade | None:
    """The whole in a word; None where nothing speaks against the pet, and nobody has assessed it yet."""
    alerts = list(severities)
    if "critical" in alerts or (score is not None and score < CRITICAL_SCORE):
        return "critical"
    if "high" in alerts or (score is not None and score < POOR_SCORE):
        return "poor"
    if len(alerts) > MOST_ALERTS_OF_GOOD or (score is not None and score < FAIR_SCORE):
        return "fair"
    if score is None:
        return None
    return "excellent" if not alerts and score >= EXCELLENT_SCORE else "good"


def note(
    tx: Tx,
    pet_id: PetId,
    *,
    kind: Kind,
    name: str,
    done_on: date,
    today: date,
    due_on: date | None = None,
    verified_by: str | None = None,
    notes: str = "",
) -> Event:
    """Write down what was done. Told again it is the same entry: a proof is added, and never taken away by a word."""
    born = pets.profile(tx, pet_id).birth_date
    if done_on > today or months_between(done_on, today) > LONGEST_AGO_MONTHS or (born and _is_before(done_on, born)):
        raise NotThen
    wanted_due = due_on or due_again(kind, done_on)
    if wanted_due is not None and wanted_due <= done_on:
        raise NotThen
    found = tx.rows(
        Event,
        """
        INSERT INTO health_events AS known (pet_id, kind, name, done_on, due_on, is_verified, verified_by, notes)
        VALUES (%(pet)s, %(kind)s, %(name)s, %(done_on)s, %(due_on)s, %(by)s::text IS NOT NULL, %(by)s, %(notes)s)
        ON CONFLICT (organization_id, pet_id, kind, lower(name), done_on) DO UPDATE SET
          is_verified = known.is_verified OR excluded.is_verified,
          verified_by = coalesce(known.verified_by, excluded.verified_by),
          due_on = CASE WHEN known.is_verified AND NOT excluded.is_verified THEN known.due_on ELSE excluded.due_on END,
          notes = CASE WHEN excluded.notes = '' OR known.is_verified AND NOT excluded.is_verified
            THEN known.notes ELSE excluded.notes END
        RETURNING id, pet_id, kind, name, done_on, due_on, is_verified, verified_by, notes
        """,
        {
            "pet": pet_id,
            "kind": kind,
            "name": name,
            "done_on": done_on,
            "due_on": wanted_due,
            "by": verified_by,
            "notes": notes,
        },
    )
    (event,) = found.fetchall()
    return event


def verify(tx: Tx, event_id: HealthEventId, *, by: str, due_on: date | None = None) -> PetId:
    """A person has seen the proof of it; whose it is."""
    try:
        with tx.savepoint():
            seen = tx.execute(
                """
                UPDATE health_events SET is_verified = true, verified_by = coalesce(verified_by, %(by)s),
                  due_on = coalesce(%(due)s, due_on)
                WHERE id = %(event)s RETURNING pet_id
                """,
                {"event": event_id, "by": by, "due": due_on},
            ).fetchone()
    except errors.CheckViolation as wrong:
        raise NotThen from wrong
    if seen is None:
        raise NoSuchEvent
    return PetId(seen[0])


def strike_out(tx: Tx, event_id: HealthEventId) -> None:
    """It was written down by mistake; the audit trail keeps it."""
    if tx.execute("DELETE FROM health_events WHERE id = %s", [event_id]).rowcount == 0:
        raise NoSuchEvent


def record_of(tx: Tx, pet_id: PetId, today: date) -> Record:
    """The pet with the last of each thing that was done, its alerts, and its grade; all at one look."""
    found = tx.connection.cursor(row_factory=kwargs_row(_record)).execute(
        RECORD, {"pet": pet_id, "today": today, "severities": list(SEVERITIES)}
    )
    record = found.fetchone()
    if record is None:
        raise UnknownPet
    return record


def history(tx: Tx, pet_id: PetId) -> list[Event]:
    """Everything that was ever done, the latest first."""
    return tx.rows(
        Event,
        """
        SELECT id, pet_id, kind, name, done_on, due_on, is_verified, verified_by, notes FROM health_events
        WHERE pet_id = %s ORDER BY done_on DESC, id DESC
        """,
        [pet_id],
    ).fetchall()


def raise_alert(
    tx: Tx,
    pet_id: PetId,
    *,
    kind: AlertKind,
    severity: Severity,
    description: str,
    today: date,
    conversation_id: ConversationId | None = None,
) -> HealthAlertId:
    """One open alert of a kind: what is told of it later is added to it. It stays in the pet's notes for good."""
    row = tx.execute(
        """
        WITH noted AS (
          UPDATE pets SET medical_notes = right(concat_ws(chr(10), nullif(medical_notes, ''), %(dated)s::text), 4000)
          WHERE id = %(pet)s RETURNING id
        )
        INSERT INTO health_alerts AS known (pet_id, kind, severity, description, conversation_id)
        SELECT noted.id, %(kind)s, %(severity)s, %(description)s, %(conversation)s FROM noted
        ON CONFLICT (organization_id, pet_id, kind) WHERE state = 'open' DO UPDATE SET
          severity = CASE WHEN array_position(%(severities)s, excluded.severity) > array_position(%(severities)s, known.severity)
            THEN excluded.severity ELSE known.severity END,
          description = right(known.description || chr(10) || excluded.description, 1000),
          conversation_id = coalesce(excluded.conversation_id, known.conversation_id)
        RETURNING id
        """,
        {
            "pet": pet_id,
            "kind": kind,
            "severity": severity,
            "severities": list(SEVERITIES),
            "description": description[:1000],
            "dated": f"{today:%d/%m/%Y}: {description}"[:1000],
            "conversation": conversation_id,
        },
    ).fetchone()
    if row is None:
        raise UnknownPet
    return HealthAlertId(row[0])


def resolve_alert(tx: Tx, alert_id: HealthAlertId) -> None:
    settled = tx.execute(
        """
        UPDATE health_alerts SET state = 'resolved', resolved_at = app.now(), resolved_by = app.current_actor()
        WHERE id = %s AND state = 'open'
        """,
        [alert_id],
    )
    if settled.rowcount == 0:
        raise NoSuchAlert


def open_alerts(tx: Tx) -> list[OpenAlert]:
    """What people of the shop should look at, the worst and then the oldest first."""
    return tx.rows(
        OpenAlert,
        """
        SELECT a.id, a.pet_id, p.contact_id, p.name AS pet_name, a.kind, a.severity, a.description, a.conversation_id, a.raised_by
        FROM health_alerts a JOIN pets p ON p.id = a.pet_id WHERE a.state = 'open'
        ORDER BY array_position(%s, a.severity) DESC, a.raised_at, a.id
        """,
        [list(SEVERITIES)],
    ).fetchall()


def overdue(tx: Tx, today: date) -> list[Overdue]:
    """Every living pet of the shop that is late with something, the worst first."""
    return tx.rows(
        Overdue,
        """
        SELECT late.pet_id, p.contact_id, p.name AS pet_name, late.kind, late.name, late.due_on, late.days_late, late.severity
        FROM app.overdue_health(%(today)s) late JOIN pets p ON p.id = late.pet_id
        ORDER BY array_position(%(severities)s, late.severity) DESC, late.days_late DESC NULLS LAST, late.pet_id
        """,
        {"today": today, "severities": list(SEVERITIES)},
    ).fetchall()


def _is_before(done_on: date, born: date) -> bool:
    # A birth date often comes from an age in months, and is then as exact as that.
    return months_between(done_on, born) > 1


def _record(*, events: list[dict[str, Any]], alerts: list[dict[str, Any]], **columns: Any) -> Record:
    pet = Profile(**columns)
    raised = [
        Alert(each["kind"], each["severity"], each["id"] and HealthAlertId(UUID(each["id"])), each["days_late"])
        for each in alerts
    ]
    return Record(
        pet,
        [_event(each) for each in events],
        raised,
        grade(pet.behaviour_score, [alert.severity for alert in raised]),
        months_later(pet.assessed_on, ASSESSED_AGAIN_MONTHS) if pet.assessed_on else None,
    )


def _event(known: dict[str, Any]) -> Event:
    return Event(
        HealthEventId(UUID(known["id"])),
        PetId(UUID(known["pet_id"])),
        known["kind"],
        known["name"],
        date.fromisoformat(known["done_on"]),
        known["due_on"] and date.fromisoformat(known["due_on"]),
        known["is_verified"],
        known["verified_by"],
        known["notes"],
    )

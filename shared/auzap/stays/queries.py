"""SQL of stays."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId, RoomTypeId, StayId
from auzap.stays.rooms import Kind, Price

type State = Literal["awaiting_assessment", "approved", "staying", "finished", "cancelled"]
type Degree = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Stay:
    id: StayId
    contact_id: ContactId
    pet_id: PetId
    pet_name: str
    species: str
    size: str | None
    coat: str | None
    birth_date: date | None
    room_type_id: RoomTypeId
    room_name: str
    kind: Kind
    from_day: date
    until_day: date
    state: State
    state_reason: str | None
    daily_cents: int
    total_cents: int
    extras_cents: int
    vaccines_ok: bool | None
    deworming_ok: bool | None
    assessed_by: str | None
    socialisation: Degree | None
    anxiety: Degree | None
    energy: Degree | None
    restrictions: str
    requests: str
    monitoring: list[str]
    arrived_at: datetime | None
    left_at: datetime | None

    @property
    def days(self) -> int:
        return (self.until_day - self.from_day).days


STAYS: LiteralString = """
  SELECT s.id, s.contact_id, s.pet_id, p.name AS pet_name, p.species, p.size, p.coat, p.birth_date,
    s.room_type_id, t.name AS room_name, t.kind, s.from_day, s.until_day,
    s.state, s.state_reason, s.daily_cents, s.total_cents,
    coalesce((SELECT sum(e.price_cents) FROM stay_extras e WHERE e.stay_id = s.id), 0)::int AS extras_cents,
    s.vaccines_ok, s.deworming_ok, s.assessed_by, s.socialisation, s.anxiety, s.energy, s.restrictions, s.requests, s.monitoring,
    s.arrived_at, s.left_at
  FROM stays s JOIN pets p ON p.id = s.pet_id JOIN room_types t ON t.id = s.room_type_id
"""


def find(tx: Tx, stay_id: StayId) -> Stay | None:
    return tx.rows(Stay, STAYS + " WHERE s.id = %s", [stay_id]).fetchone()


def lock(tx: Tx, stay_id: StayId) -> bool:
    """In a statement of its own: what the next one reads is then from after the wait."""
    return tx.execute("SELECT 1 FROM stays WHERE id = %s FOR UPDATE", [stay_id]).fetchone() is not None


def of_contact(tx: Tx, contact_id: ContactId) -> list[Stay]:
    """Those that are to come, and those that run."""
    return tx.rows(
        Stay,
        STAYS
        + """
        WHERE s.contact_id = %s AND s.state IN ('awaiting_assessment', 'approved', 'staying') ORDER BY s.from_day, s.id LIMIT 10
        """,
        [contact_id],
    ).fetchall()


def is_pet_away(tx: Tx, pet_id: PetId, from_day: date, until_day: date) -> bool:
    """Whether it has a stay on one of these days."""
    found = tx.execute(
        """
        SELECT 1 FROM stays WHERE pet_id = %(pet)s AND state <> 'cancelled'
          AND daterange(from_day, until_day) && daterange(%(from)s::date, greatest(%(from)s::date, %(until)s::date))
        """,
        {"pet": pet_id, "from": from_day, "until": until_day},
    )
    return found.fetchone() is not None


def on_day(tx: Tx, day: date) -> list[Stay]:
    """Whoever has a place on that day."""
    return tx.rows(
        Stay,
        STAYS
        + """
        WHERE s.from_day <= %(day)s AND s.until_day > %(day)s AND s.from_day > %(day)s - 91 AND s.state <> 'cancelled'
        ORDER BY t.kind, t.position, p.name LIMIT 500
        """,
        {"day": day},
    ).fetchall()


def awaiting(tx: Tx, pet_id: PetId | None = None) -> list[Stay]:
    """Those that a person should assess, or one pet's of them."""
    return tx.rows(
        Stay,
        STAYS
        + """
        WHERE s.state = 'awaiting_assessment' AND (%(pet)s::uuid IS NULL OR s.pet_id = %(pet)s)
        ORDER BY s.from_day, s.id LIMIT 100
        """,
        {"pet": pet_id},
    ).fetchall()


def insert(
    tx: Tx,
    *,
    contact_id: ContactId,
    pet_id: PetId,
    room_type_id: RoomTypeId,
    from_day: date,
    until_day: date,
    price: Price,
    source: str,
    requests: str,
    vaccines_ok: bool | None,
    deworming_ok: bool | None,
) -> StayId | None:
    """None where the pet is somewhere on those days already: the exclusion constraint decides."""
    row = tx.execute(
        """
        INSERT INTO stays (contact_id, pet_id, room_type_id, from_day, until_day, daily_cents, total_cents, source, requests,
          vaccines_ok, deworming_ok)
        VALUES (%(contact)s, %(pet)s, %(room)s, %(from)s, %(until)s, %(daily)s, %(total)s, %(source)s, %(requests)s,
          %(vaccines)s, %(deworming)s)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        {
            "contact": contact_id,
            "pet": pet_id,
            "room": room_type_id,
            "from": from_day,
            "until": until_day,
            "daily": price.daily_cents,
            "total": price.total_cents,
            "source": source,
            "requests": requests,
            "vaccines": vaccines_ok,
            "deworming": deworming_ok,
        },
    ).fetchone()
    return None if row is None else StayId(row[0])


def place(tx: Tx, stay_id: StayId) -> date | None:
    """Give it a place on each of its days; the first day that is full, where one is."""
    row = tx.execute("SELECT app.place_stay(%s)", [stay_id]).fetchone()
    return None if row is None else row[0]


def move(tx: Tx, stay_id: StayId, to: State, *, at: tuple[State, ...], reason: str | None = None) -> bool:
    """Whether it was in one of these states, and is now in the other."""
    moved = tx.execute(
        "UPDATE stays SET state = %(to)s, state_reason = %(reason)s WHERE id = %(stay)s AND state = ANY (%(at)s)",
        {"stay": stay_id, "to": to, "reason": reason, "at": list(at)},
    )
    return moved.rowcount == 1


def change_days(tx: Tx, stay_id: StayId, from_day: date, until_day: date, price: Price, reason: str | None) -> None:
    tx.execute(
        """
        UPDATE stays SET from_day = %(from)s, until_day = %(until)s, daily_cents = %(daily)s, total_cents = %(total)s,
          state_reason = %(reason)s
        WHERE id = %(stay)s
        """,
        {
            "stay": stay_id,
            "from": from_day,
            "until": until_day,
            "daily": price.daily_cents,
            "total": price.total_cents,
            "reason": reason,
        },
    )


def keep_proof(tx: Tx, stay_id: StayId, vaccines_ok: bool | None, deworming_ok: bool | None, *, by: str | None) -> None:
    """What the health record says by now, in place of whatever was found before; `by`, where that is an assessment."""
    tx.execute(
        """
        UPDATE stays SET vaccines_ok = %(vaccines)s, deworming_ok = %(deworming)s, assessed_by = %(by)s,
          assessed_at = CASE WHEN %(by)s::text IS NOT NULL THEN app.now() END
        WHERE id = %(stay)s
        """,
        {"stay": stay_id, "vaccines": vaccines_ok, "deworming": deworming_ok, "by": by},
    )


def keep_assessment(tx: Tx, stay_id: StayId, given: dict[str, Any]) -> None:
    """What somebody of the shop has found; None and empty leave what is known."""
    tx.execute(
        """
        UPDATE stays SET vaccines_ok = %(vaccines_ok)s, deworming_ok = %(deworming_ok)s,
          exams = coalesce(nullif(%(exams)s, ''), exams), restrictions = coalesce(nullif(%(restrictions)s, ''), restrictions),
          socialisation = coalesce(%(socialisation)s, socialisation), anxiety = coalesce(%(anxiety)s, anxiety),
          energy = coalesce(%(energy)s, energy), assessed_by = app.current_actor(), assessed_at = app.now()
        WHERE id = %(stay)s
        """,
        {"stay": stay_id, **given},
    )


def keep_behaviour(
    tx: Tx, stay_id: StayId, socialisation: str | None, anxiety: str | None, energy: str | None, restrictions: str
) -> None:
    tx.execute(
        """
        UPDATE stays SET socialisation = coalesce(%(socialisation)s, socialisation), anxiety = coalesce(%(anxiety)s, anxiety),
          energy = coalesce(%(energy)s, energy), restrictions = coalesce(nullif(%(restrictions)s, ''), restrictions)
        WHERE id = %(stay)s
        """,
        {
            "stay": stay_id,
            "socialisation": socialisation,
            "anxiety": anxiety,
            "energy": energy,
            "restrictions": restrictions,
        },
    )


def keep_monitoring(tx: Tx, stay_id: StayId, ways: list[str]) -> None:
    tx.execute("UPDATE stays SET monitoring = %s WHERE id = %s", [ways, stay_id])


def arrive(tx: Tx, stay_id: StayId, arrival: dict[str, Any], emergency_contact: str) -> bool:
    arrived = tx.execute(
        """
        UPDATE stays SET state = 'staying', state_reason = NULL, arrived_at = app.now(), arrival = %(arrival)s,
          emergency_contact = %(emergency)s
        WHERE id = %(stay)s AND state = 'approved'
        """,
        {"stay": stay_id, "arrival": Jsonb(arrival), "emergency": emergency_contact},
    )
    return arrived.rowcount == 1


def leave(tx: Tx, stay_id: StayId, departure: dict[str, Any], until_day: date) -> bool:
    """The days after it are free for others; what was agreed is to be paid stays as it was."""
    left = tx.execute(
        """
        UPDATE stays SET state = 'finished', state_reason = NULL, left_at = app.now(), departure = %(departure)s,
          until_day = least(until_day, greatest(from_day + 1, %(until)s))
        WHERE id = %(stay)s AND state = 'staying'
        """,
        {"stay": stay_id, "departure": Jsonb(departure), "until": until_day},
    )
    return left.rowcount == 1

"""Whether a pet's vaccines and deworming are proved for a stay. What nobody has verified is unknown, and unknown is never true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from auzap.customers.health import vaccine_name
from auzap.db.connection import Tx
from auzap.ids import PetId


@dataclass(frozen=True, slots=True)
class Known:
    """The last of its family that a person of the shop has seen the proof of; or a vaccine that is asked for by name."""

    kind: Literal["vaccine", "deworming", "asked"]
    family: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Proof:
    """True: proved. False: it is due again before the stay ends. None: nobody has verified it."""

    vaccines: bool | None
    deworming: bool | None

    @property
    def is_whole(self) -> bool:
        return self.vaccines is True and self.deworming is True


def proof(tx: Tx, pet_id: PetId, asked: Iterable[str], *, first_day: date, last_day: date) -> Proof:
    """What a customer only says is not read here at all."""
    known = tx.rows(
        Known,
        """
        SELECT 'asked' AS kind, app.vaccine_family(name) AS family, NULL::date AS due_on FROM unnest(%(asked)s::text[]) AS name
        UNION ALL
        SELECT seen.kind, seen.family, seen.due_on FROM (
          SELECT DISTINCT ON (e.kind, family.name) e.kind, family.name AS family, e.due_on
          FROM health_events e,
            LATERAL (SELECT CASE e.kind WHEN 'vaccine' THEN app.vaccine_family(e.name) ELSE e.kind END) AS family (name)
          WHERE e.pet_id = %(pet)s AND e.kind IN ('vaccine', 'deworming') AND e.is_verified AND e.done_on <= %(first_day)s
          ORDER BY e.kind, family.name, e.done_on DESC, e.id DESC) seen
        """,
        {"pet": pet_id, "asked": [vaccine_name(name) for name in asked], "first_day": first_day},
    )
    return judged(known.fetchall(), last_day)


def judged(known: Sequence[Known], last_day: date) -> Proof:
    """Of the vaccines those that are asked for by name, else all that are known and at least one."""
    asked = {each.family for each in known if each.kind == "asked"}
    vaccines = {each.family: each.due_on for each in known if each.kind == "vaccine"}
    counted = asked or vaccines.keys()
    return Proof(
        vaccines=_hold([vaccines[family] for family in counted], last_day) if counted <= vaccines.keys() else None,
        deworming=_hold([each.due_on for each in known if each.kind == "deworming"], last_day),
    )


def _hold(due: Sequence[date | None], last_day: date) -> bool | None:
    """Whether each holds to the last day. One without a date may be due on any."""
    if any(day is not None and day < last_day for day in due):
        return False
    return True if due and None not in due else None

"""The people whose time appointments take, and when they work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import kwargs_row

from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused, remove_or_archive
from auzap.db.locks import lock_row
from auzap.errors import Refusal
from auzap.ids import ServiceId, UserId
from auzap.organizations import hours
from auzap.organizations.shop import Opening
from auzap.organizations.team import NotAMember


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: UUID
    name: str
    # Who of the team it is, if they sign in.
    user_id: UserId | None
    is_vet: bool
    is_active: bool
    # Who has none works whenever the shop is open.
    hours: list[Opening]
    service_ids: list[ServiceId]


class UnknownStaffMember(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such person on the calendar. Load the list again.")


class StaffMemberKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("Somebody of this name, or with this login, is on the calendar already. Change that entry.")


class UnfitStaffMember(Refusal):
    def __init__(self) -> None:
        super().__init__("A person on the calendar has a name of up to 80 characters.")


LISTED: LiteralString = """
  SELECT m.id, m.name, m.user_id, m.is_vet, m.is_active,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
        ORDER BY h.weekday, h.opens), '[]') FROM staff_hours h WHERE h.staff_id = m.id) AS hours,
    ARRAY(SELECT d.service_id FROM service_staff d WHERE d.staff_id = m.id ORDER BY d.service_id) AS service_ids
  FROM staff_members m"""


def members(tx: Tx) -> list[StaffMember]:
    """Those who have left too, last."""
    return _cursor(tx).execute(LISTED + " ORDER BY m.is_active DESC, m.name, m.id").fetchall()


def member(tx: Tx, staff_id: UUID) -> StaffMember:
    found = _cursor(tx).execute(LISTED + " WHERE m.id = %s", [staff_id]).fetchone()
    if found is None:
        raise UnknownStaffMember
    return found


def create(tx: Tx, *, name: str, user_id: UserId | None, is_vet: bool) -> UUID:
    with refused(tx, taken=StaffMemberKnown, unknown=NotAMember, unfit=UnfitStaffMember):
        ((made,),) = tx.execute(
            "INSERT INTO staff_members (name, user_id, is_vet) VALUES (%s, %s, %s) RETURNING id",
            [name, user_id, is_vet],
        ).fetchall()
    return made


def change(tx: Tx, staff_id: UUID, given: Mapping[str, Any]) -> None:
    with refused(tx, taken=StaffMemberKnown, unknown=NotAMember, unfit=UnfitStaffMember):
        changed = tx.execute(
            """
            UPDATE staff_members m SET (name, user_id, is_vet, is_active)
              = (SELECT n.name, n.user_id, n.is_vet, n.is_active FROM jsonb_populate_record(m, %s) n)
            WHERE m.id = %s
            """,
            [columns(given), staff_id],
        )
    if changed.rowcount == 0:
        raise UnknownStaffMember


def set_hours(tx: Tx, staff_id: UUID, shifts: Sequence[Opening]) -> None:
    """All of their week; without any they work whenever the shop is open."""
    hours.check((shift.weekday, shift.opens, shift.closes) for shift in shifts)
    lock_row(tx, "staff_members", staff_id, unknown=UnknownStaffMember)
    tx.execute(
        """
        MERGE INTO staff_hours h
        USING unnest(%(days)s::smallint[], %(opens)s::time[], %(closes)s::time[]) AS n (weekday, opens, closes)
          ON h.staff_id = %(staff)s AND h.weekday = n.weekday AND h.opens = n.opens
        WHEN MATCHED AND h.closes <> n.closes THEN UPDATE SET closes = n.closes
        WHEN NOT MATCHED BY TARGET
          THEN INSERT (staff_id, weekday, opens, closes) VALUES (%(staff)s, n.weekday, n.opens, n.closes)
        WHEN NOT MATCHED BY SOURCE AND h.staff_id = %(staff)s THEN DELETE
        """,
        {
            "staff": staff_id,
            "days": [shift.weekday for shift in shifts],
            "opens": [shift.opens for shift in shifts],
            "closes": [shift.closes for shift in shifts],
        },
    )


def remove(tx: Tx, staff_id: UUID) -> None:
    """Who ever served is archived."""
    remove_or_archive(tx, "staff_members", staff_id, unknown=UnknownStaffMember)


def _cursor(tx: Tx) -> Cursor[StaffMember]:
    return tx.connection.cursor(row_factory=kwargs_row(_member))


def _member(*, hours: list[dict[str, Any]], **columns: Any) -> StaffMember:
    shifts = [
        Opening(each["weekday"], time.fromisoformat(each["opens"]), time.fromisoformat(each["closes"]))
        for each in hours
    ]
    return StaffMember(hours=shifts, **columns)

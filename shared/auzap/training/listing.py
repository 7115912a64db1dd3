"""Training plans and their sessions as the panel lists them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import LiteralString
from uuid import UUID

from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId, TrainingPlanId
from auzap.organizations.shop import Shop
from auzap.training import plans, sessions
from auzap.training.plans import PLANS, Plan, UnknownPlan
from auzap.training.sessions import SESSIONS, Session, TrainingDay

WITH_DAY: LiteralString = """
  )
  SELECT known.*, (app.now() AT TIME ZONE s.time_zone)::date AS today FROM known CROSS JOIN organization_settings s
"""
WHOLE: LiteralString = "WITH known AS (" + PLANS + " WHERE l.id = %s" + WITH_DAY
# Chosen first, so that what belongs to them is looked up for one page.
ON_PAGE: LiteralString = """
  WHERE l.id = ANY (ARRAY(
    SELECT t.id FROM training_plans t
    WHERE (%(contact)s::uuid IS NULL OR t.contact_id = %(contact)s) AND (%(pet)s::uuid IS NULL OR t.pet_id = %(pet)s)
      AND (%(state)s::text IS NULL OR t.state = %(state)s) AND (%(id)s::uuid IS NULL OR t.id < %(id)s)
    ORDER BY t.id DESC LIMIT %(most)s))
  ORDER BY l.id DESC
"""
LONGEST_LOOK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    plan_id: TrainingPlanId | None = None
    state: sessions.State | None = None
    from_day: date | None = None
    # The last day, with it.
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class WholePlan(Plan):
    today: date


def whole(tx: Tx, plan_id: TrainingPlanId) -> WholePlan:
    """With the day that it is in the shop."""
    found = tx.rows(WholePlan, WHOLE, [plan_id]).fetchone()
    if found is None:
        raise UnknownPlan
    return found


def plans_of(
    tx: Tx,
    *,
    contact_id: ContactId | None,
    pet_id: PetId | None,
    state: plans.State | None,
    after: UUID | None,
    most: int,
) -> list[Plan]:
    """The newest first."""
    return tx.rows(
        Plan,
        PLANS + ON_PAGE,
        {"contact": contact_id, "pet": pet_id, "state": state, "id": after, "most": most},
    ).fetchall()


def sessions_of(tx: Tx, wanted: SessionFilter, *, after: tuple[datetime, UUID] | None, most: int) -> list[Session]:
    """In the order of their hours."""
    last_at, last_id = after or (None, None)
    return tx.rows(
        Session,
        SESSIONS
        + """
        WHERE (%(plan)s::uuid IS NULL OR s.plan_id = %(plan)s) AND (%(state)s::text IS NULL OR s.state = %(state)s)
          AND (%(from)s::date IS NULL OR s.day >= %(from)s) AND (%(until)s::date IS NULL OR s.day <= %(until)s)
          AND (%(id)s::uuid IS NULL OR (s.starts_at, s.id) > (%(at)s::timestamptz, %(id)s::uuid))
        ORDER BY s.starts_at, s.id LIMIT %(most)s
        """,
        {
            "plan": wanted.plan_id,
            "state": wanted.state,
            "from": wanted.from_day,
            "until": wanted.until_day,
            "at": last_at,
            "id": last_id,
            "most": most,
        },
    ).fetchall()


def days_with_room(tx: Tx, shop: Shop, from_day: date, until_day: date) -> list[TrainingDay]:
    """Working days from the one to the other, of the next ninety at most."""
    last = min(until_day, from_day + LONGEST_LOOK)
    return sessions.days_with_room(tx, shop, from_day, last + sessions.DAY) if from_day <= last else []

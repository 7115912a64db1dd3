"""The sessions of training plans: on working days of the shop, and no more on a day than it gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, LiteralString

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import TrainingPlanId, TrainingSessionId
from auzap.organizations.shop import Shop

type State = Literal["scheduled", "completed", "cancelled", "rescheduled", "missed"]

DAY = timedelta(days=1)
# On which days of its week a session is wished for, by how many there are in it.
OFFSETS = {1: (0,), 2: (0, 3), 3: (0, 2, 4)}
# How often the days are chosen anew when somebody else was quicker.
ATTEMPTS = 3
UPCOMING_DAYS = 7


@dataclass(frozen=True, slots=True)
class Rhythm:
    sessions_a_week: int
    weeks: int
    starts_on: date
    at: time
    length: timedelta


@dataclass(frozen=True, slots=True)
class TrainingDay:
    """A working day of the shop, and for how many sessions it has room."""

    day: date
    free: int


@dataclass(frozen=True, slots=True)
class Session:
    id: TrainingSessionId
    plan_id: TrainingPlanId
    pet_name: str
    number: int
    day: date
    starts_at: datetime
    state: State
    topics: list[str]
    skills: list[str]
    homework: str
    rating: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody of the shop writes down after a session."""

    topics: tuple[str, ...]
    skills: tuple[str, ...]
    homework: str
    rating: int
    achievements: str = ""
    challenges: str = ""
    notes: str = ""


class NoRoom(Refusal):
    def __init__(self, shop: Shop, day: date) -> None:
        super().__init__(
            f"There is no room for the sessions of the week of {shop.weekday(day)} {day:%d/%m} at that hour. "
            "Choose another hour, or a later beginning."
        )
        self.day = day


class NoSuchDay(Refusal):
    def __init__(self, shop: Shop, day: date) -> None:
        super().__init__(
            f"No session is possible on {shop.weekday(day)} {day:%d/%m} at that hour: it is over, the shop is closed then, "
            "or the day is full. Call find_training_days."
        )
        self.day = day


class UnknownSession(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such session. Load the plan again.")


class SessionOver(Refusal):
    def __init__(self, state: State) -> None:
        super().__init__(f"That cannot be done: the session is {state}. Load the plan again.")
        self.state = state


class NotYet(Refusal):
    def __init__(self) -> None:
        super().__init__("That session is still to come.")


class UnfitOutcome(Refusal):
    def __init__(self) -> None:
        super().__init__("Say what was trained and what was learned, the homework, and how it went from 1 to 5.")


SESSIONS: LiteralString = """
  SELECT s.id, s.plan_id, p.name AS pet_name, s.number, s.day, s.starts_at, s.state, s.topics, s.skills, s.homework, s.rating
  FROM training_sessions s JOIN training_plans l ON l.id = s.plan_id JOIN pets p ON p.id = l.pet_id
"""


def days_with_room(tx: Tx, shop: Shop, from_day: date, until_day: date) -> list[TrainingDay]:
    """Every day on which the shop works, full ones too."""
    rows = tx.execute(
        """
        SELECT each.day, greatest(0, s.training_sessions_a_day - count(t.id))::int
        FROM organization_settings s
        CROSS JOIN LATERAL (
          SELECT %(from)s::date + passed AS day FROM generate_series(0, %(until)s::date - %(from)s::date - 1) AS passed) each
        LEFT JOIN training_sessions t ON t.day = each.day AND t.state IN ('scheduled', 'completed', 'missed')
        GROUP BY each.day, s.training_sessions_a_day ORDER BY each.day
        """,
        {"from": from_day, "until": until_day},
    )
    return [TrainingDay(day, free) for day, free in rows if shop.openings_on(day)]


def plan_all(tx: Tx, shop: Shop, plan_id: TrainingPlanId, rhythm: Rhythm, *, now: datetime) -> None:
    """Each week its sessions, as near to the days wished for as there is room; or no plan at all."""
    missing = list(range(1, rhythm.sessions_a_week * rhythm.weeks + 1))
    for _ in range(ATTEMPTS):
        end = rhythm.starts_on + timedelta(weeks=rhythm.weeks)
        free = {
            each.day
            for each in days_with_room(tx, shop, rhythm.starts_on, end)
            if each.free and fits(shop, each.day, rhythm.at, rhythm.length, now)
        }
        taken = _days_of(tx, plan_id)
        chosen = _chosen(shop, rhythm, missing, free - taken)
        missing = _place(tx, shop, plan_id, chosen, rhythm.at)
        if not missing:
            return
    raise NoRoom(shop, _week_of(rhythm, missing[0]))


def fits(shop: Shop, day: date, at: time, length: timedelta, now: datetime) -> bool:
    """Whether a session at that hour lies ahead, and in the hours of the shop."""
    begins = shop.instant(day, at)
    return begins > now and any(
        opens <= begins and begins + length <= closes for opens, closes in shop.openings_on(day)
    )


def of_plan(tx: Tx, plan_id: TrainingPlanId) -> list[Session]:
    return tx.rows(Session, SESSIONS + " WHERE s.plan_id = %s ORDER BY s.number, s.id", [plan_id]).fetchall()


def upcoming(tx: Tx, now: datetime) -> list[Session]:
    """Of the whole shop, within the next seven days."""
    return tx.rows(
        Session,
        SESSIONS
        + """
        WHERE s.starts_at >= %(now)s AND s.starts_at < %(now)s + make_interval(days => %(days)s) AND s.state = 'scheduled'
        ORDER BY s.starts_at, s.id LIMIT 200
        """,
        {"now": now, "days": UPCOMING_DAYS},
    ).fetchall()


def still_scheduled(tx: Tx, plan_id: TrainingPlanId) -> int:
    row = tx.execute(
        "SELECT count(*)::int FROM training_sessions WHERE plan_id = %s AND state = 'scheduled'", [plan_id]
    ).fetchone()
    return row[0] if row else 0


def reschedule(tx: Tx, shop: Shop, session_id: TrainingSessionId, *, day: date, at: time, now: datetime) -> Session:
    """Another session in its place, with its number; where that day has no room, everything stays as it was."""
    session = _locked(tx, session_id)
    if session.state != "scheduled":
        raise SessionOver(session.state)
    length = _length(tx, session.plan_id)
    if not fits(shop, day, at, length, now):
        raise NoSuchDay(shop, day)
    with tx.savepoint():
        tx.execute("UPDATE training_sessions SET state = 'rescheduled' WHERE id = %s", [session_id])
        if _place(tx, shop, session.plan_id, {session.number: day}, at):
            raise NoSuchDay(shop, day)
    return next(
        each for each in of_plan(tx, session.plan_id) if each.number == session.number and each.state == "scheduled"
    )


def complete(tx: Tx, session_id: TrainingSessionId, outcome: Outcome, *, now: datetime) -> Session:
    """By somebody of the shop, who has held it."""
    session = _begun(tx, session_id, now)
    if not (outcome.topics and outcome.skills and outcome.homework.strip() and outcome.rating in range(1, 6)):
        raise UnfitOutcome
    tx.execute(
        """
        UPDATE training_sessions SET state = 'completed', completed_at = app.now(), topics = %(topics)s, skills = %(skills)s,
          homework = %(homework)s, rating = %(rating)s, achievements = %(achievements)s, challenges = %(challenges)s,
          notes = %(notes)s
        WHERE id = %(session)s
        """,
        {
            "session": session.id,
            "topics": [*outcome.topics],
            "skills": [*outcome.skills],
            "homework": outcome.homework,
            "rating": outcome.rating,
            "achievements": outcome.achievements,
            "challenges": outcome.challenges,
            "notes": outcome.notes,
        },
    )
    return _found(tx, session_id)


def miss(tx: Tx, session_id: TrainingSessionId, *, now: datetime) -> Session:
    """The pet did not come."""
    session = _begun(tx, session_id, now)
    tx.execute("UPDATE training_sessions SET state = 'missed' WHERE id = %s", [session.id])
    return _found(tx, session_id)


def cancel(tx: Tx, session_id: TrainingSessionId) -> Session:
    session = _locked(tx, session_id)
    if session.state != "scheduled":
        raise SessionOver(session.state)
    tx.execute("UPDATE training_sessions SET state = 'cancelled' WHERE id = %s", [session_id])
    return _found(tx, session_id)


def cancel_all(tx: Tx, plan_id: TrainingPlanId) -> None:
    tx.execute("UPDATE training_sessions SET state = 'cancelled' WHERE plan_id = %s AND state = 'scheduled'", [plan_id])


def _chosen(shop: Shop, rhythm: Rhythm, numbers: Iterable[int], free: set[date]) -> dict[int, date]:
    """For each session, in its week, the free day that is nearest to the one wished for."""
    left, chosen = set(free), dict[int, date]()
    for number in numbers:
        week, place = divmod(number - 1, rhythm.sessions_a_week)
        begins = rhythm.starts_on + timedelta(weeks=week)
        wished = begins + OFFSETS[rhythm.sessions_a_week][place] * DAY
        possible = sorted(
            left & {begins + passed * DAY for passed in range(7)}, key=lambda day: (abs(day - wished), day)
        )
        if not possible:
            raise NoRoom(shop, begins)
        chosen[number] = possible[0]
        left.discard(possible[0])
    return chosen


def _week_of(rhythm: Rhythm, number: int) -> date:
    return rhythm.starts_on + timedelta(weeks=(number - 1) // rhythm.sessions_a_week)


def _place(tx: Tx, shop: Shop, plan_id: TrainingPlanId, chosen: dict[int, date], at: time) -> list[int]:
    """The numbers for which somebody else was quicker. In the order of the days, so that two who place sessions do not cross."""
    placed = sorted(chosen.items(), key=lambda each: each[1])
    rows = tx.execute(
        """
        SELECT wanted.number, app.place_session(%(plan)s, wanted.number, wanted.day, wanted.starts_at)
        FROM unnest(%(numbers)s::smallint[], %(days)s::date[], %(starts)s::timestamptz[]) AS wanted (number, day, starts_at)
        """,
        {
            "plan": plan_id,
            "numbers": [number for number, _ in placed],
            "days": [day for _, day in placed],
            "starts": [shop.instant(day, at) for _, day in placed],
        },
    )
    return [number for number, is_placed in rows if not is_placed]


def _days_of(tx: Tx, plan_id: TrainingPlanId) -> set[date]:
    rows: Sequence[tuple[date]] = tx.execute(
        "SELECT day FROM training_sessions WHERE plan_id = %s AND state = 'scheduled'", [plan_id]
    ).fetchall()
    return {day for (day,) in rows}


def _length(tx: Tx, plan_id: TrainingPlanId) -> timedelta:
    row = tx.execute("SELECT session_length FROM training_plans WHERE id = %s", [plan_id]).fetchone()
    return row[0] if row else timedelta(0)


def _begun(tx: Tx, session_id: TrainingSessionId, now: datetime) -> Session:
    session = _locked(tx, session_id)
    if session.state != "scheduled":
        raise SessionOver(session.state)
    if session.starts_at > now:
        raise NotYet
    return session


def _locked(tx: Tx, session_id: TrainingSessionId) -> Session:
    """The lock in a statement of its own: what the next one reads is then from after the wait."""
    if tx.execute("SELECT 1 FROM training_sessions WHERE id = %s FOR UPDATE", [session_id]).fetchone() is None:
        raise UnknownSession
    return _found(tx, session_id)


def _found(tx: Tx, session_id: TrainingSessionId) -> Session:
    session = tx.rows(Session, SESSIONS + " WHERE s.id = %s", [session_id]).fetchone()
    if session is None:
        raise UnknownSession
    return session

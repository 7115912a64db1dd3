"""A training plan: no plan without its assessment, which is told over several messages, and nothing in it is guessed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, LiteralString

from auzap.catalog.services import Service, services
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PetId, ServiceId, TrainingPlanId
from auzap.organizations.shop import Shop
from auzap.training import sessions

type State = Literal["assessing", "planned", "running", "completed", "cancelled"]
type Point = Literal["routine", "problems", "family", "health_history", "observation", "goals"]
type Methodology = Literal["positive", "clicker", "traditional", "mixed"]
type Place = Literal["home", "park", "school"]

# A point that is told in fewer letters is not told.
SHORTEST_TEXT = 10
MOST_ITEMS = 20
SESSIONS_A_WEEK = range(1, 4)
WEEKS = range(1, 53)
LATEST_BEGINNING = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The six points, as far as they are told: empty where they are not."""

    routine: str = ""
    problems: tuple[str, ...] = ()
    family: str = ""
    health_history: str = ""
    observation: str = ""
    goals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    id: TrainingPlanId
    contact_id: ContactId
    pet_id: PetId
    pet_name: str
    species: str
    size: str | None
    coat: str | None
    missing: list[Point]
    problems: list[str]
    goals: list[str]
    sessions_a_week: int | None
    weeks: int | None
    session_length: timedelta
    methodology: Methodology
    place: Place
    service_id: ServiceId | None
    session_cents: int | None
    starts_on: date | None
    state: State
    state_reason: str | None
    next_session_at: datetime | None

    @property
    def sessions(self) -> int:
        return (self.sessions_a_week or 0) * (self.weeks or 0)

    @property
    def ends_on(self) -> date | None:
        """As it is estimated: so many weeks after it began."""
        if self.starts_on is None or self.weeks is None:
            return None
        return self.starts_on + timedelta(weeks=self.weeks)

    def progress(self, today: date) -> int:
        """How much of its time has passed, of a hundred."""
        if self.starts_on is None or self.weeks is None:
            return 0
        passed = max(0, (today - self.starts_on).days)
        return min(100, 100 * passed // (7 * self.weeks))


class UnknownPlan(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such training plan of this customer. Call list_training_plans.")


class PlanKnown(Refusal):
    def __init__(self, pet_name: str) -> None:
        super().__init__(f"{pet_name} has a training plan already. Call list_training_plans and speak of that one.")


class NotTrained(Refusal):
    def __init__(self, pet_name: str) -> None:
        super().__init__(
            f"The shop does not train such an animal as {pet_name}. Say so kindly, and begin no assessment."
        )


class AssessmentIncomplete(Refusal):
    def __init__(self, missing: list[Point]) -> None:
        told = ", ".join(point.replace("_", " ") for point in missing)
        super().__init__(
            f"No plan yet: of the assessment these points are missing: {told}. Ask for them, one at a time."
        )
        self.missing = missing
        self.details = {"missing": missing}


class UnfitRhythm(Refusal):
    def __init__(self) -> None:
        super().__init__("A plan has 1, 2 or 3 sessions a week, for 1 to 52 weeks. Ask for that.")


class PlanMoved(Refusal):
    def __init__(self, state: State) -> None:
        super().__init__(f"That cannot be done: the plan is {state}. Look at it again.")
        self.state = state


class UnfitBeginning(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A plan begins within {LATEST_BEGINNING.days} days from today. Choose such a day.")


class SessionsLeft(Refusal):
    def __init__(self, left: int) -> None:
        super().__init__(f"{left} of its sessions are still to come. Complete, miss or cancel them first.")


class NoReason(Refusal):
    def __init__(self) -> None:
        super().__init__("Say why it is cancelled first.")


PLANS: LiteralString = """
  SELECT l.id, l.contact_id, l.pet_id, p.name AS pet_name, p.species, p.size, p.coat, app.training_points_missing(l) AS missing,
    l.problems, l.goals, l.sessions_a_week, l.weeks, l.session_length, l.methodology, l.place, l.service_id, l.session_cents,
    l.starts_on, l.state, l.state_reason, (
      SELECT min(n.starts_at) FROM training_sessions n
      WHERE n.plan_id = l.id AND n.state = 'scheduled' AND n.starts_at > app.now()) AS next_session_at
  FROM training_plans l JOIN pets p ON p.id = l.pet_id
"""


def of_contact(tx: Tx, contact_id: ContactId) -> list[Plan]:
    """Those that are not over, and the last that are."""
    return tx.rows(
        Plan,
        PLANS
        + """
        WHERE l.contact_id = %s AND l.state <> 'cancelled'
        ORDER BY l.state = 'completed', l.id DESC LIMIT 10
        """,
        [contact_id],
    ).fetchall()


def assess(tx: Tx, *, contact_id: ContactId, pet: Pet, told: Assessment, source: str) -> Plan:
    """Begin the assessment, or add to it: what is told now counts, what is not told stays as it was."""
    row = tx.execute(
        """
        INSERT INTO training_plans AS known
          (contact_id, pet_id, routine, problems, family, health_history, observation, goals, source)
        VALUES (%(contact)s, %(pet)s, %(routine)s, %(problems)s, %(family)s, %(health_history)s, %(observation)s, %(goals)s,
          %(source)s)
        ON CONFLICT (organization_id, pet_id) WHERE state IN ('assessing', 'planned', 'running') DO UPDATE SET
          routine = coalesce(excluded.routine, known.routine), family = coalesce(excluded.family, known.family),
          health_history = coalesce(excluded.health_history, known.health_history),
          observation = coalesce(excluded.observation, known.observation),
          problems = (known.problems || ARRAY(
            SELECT item FROM unnest(excluded.problems) WITH ORDINALITY AS told (item, place)
            WHERE item <> ALL (known.problems) ORDER BY place))[:20],
          goals = (known.goals || ARRAY(
            SELECT item FROM unnest(excluded.goals) WITH ORDINALITY AS told (item, place)
            WHERE item <> ALL (known.goals) ORDER BY place))[:20]
        WHERE known.state = 'assessing'
        RETURNING known.id
        """,
        {
            "contact": contact_id,
            "pet": pet.id,
            "routine": _told(told.routine),
            "problems": _items(told.problems),
            "family": _told(told.family),
            "health_history": _told(told.health_history),
            "observation": _told(told.observation),
            "goals": _items(told.goals),
            "source": source,
        },
    ).fetchone()
    if row is None:
        raise PlanKnown(pet.name)
    return found(tx, TrainingPlanId(row[0]))


def check_ready(plan: Plan, *, sessions_a_week: int, weeks: int) -> None:
    if plan.state != "assessing":
        raise PlanMoved(plan.state)
    if plan.missing:
        raise AssessmentIncomplete(plan.missing)
    if sessions_a_week not in SESSIONS_A_WEEK or weeks not in WEEKS:
        raise UnfitRhythm


def make(tx: Tx, plan_id: TrainingPlanId, *, sessions_a_week: int, weeks: int) -> Plan:
    """The plan itself. What a session costs is the catalogue's to say, or the team's."""
    plan = locked(tx, plan_id)
    check_ready(plan, sessions_a_week=sessions_a_week, weeks=weeks)
    service = service_for(services(tx), plan)
    tx.execute(
        """
        UPDATE training_plans SET state = 'planned', state_reason = NULL, sessions_a_week = %(rhythm)s, weeks = %(weeks)s,
          service_id = %(service)s, session_cents = %(cents)s
        WHERE id = %(plan)s
        """,
        {
            "plan": plan_id,
            "rhythm": sessions_a_week,
            "weeks": weeks,
            "service": service.id if service else None,
            "cents": service.price_for(plan.size, plan.coat) if service else None,
        },
    )
    return found(tx, plan_id)


def is_trained(catalogue: list[Service], species: str) -> bool:
    """Whether the shop's training is for such an animal; of one that lists no training its people decide."""
    offered = [service for service in catalogue if service.category == "training" and not service.is_addon]
    return not offered or any(service.species is None or species in service.species for service in offered)


def service_for(catalogue: list[Service], plan: Plan) -> Service | None:
    """The first of the shop's training services for such a pet whose price is known; None where it has none."""
    return next(
        (
            service
            for service in catalogue
            if service.category == "training"
            and not service.is_addon
            and (service.species is None or plan.species in service.species)
            and service.lacks(plan.size, plan.coat) is None
        ),
        None,
    )


def agree(
    tx: Tx,
    plan_id: TrainingPlanId,
    *,
    methodology: Methodology | None = None,
    place: Place | None = None,
    session_length: timedelta | None = None,
) -> Plan:
    """How and where it is trained, before it runs; what is not given stays as it is."""
    plan = locked(tx, plan_id)
    if plan.state not in {"assessing", "planned"}:
        raise PlanMoved(plan.state)
    tx.execute(
        """
        UPDATE training_plans SET methodology = coalesce(%(methodology)s, methodology), place = coalesce(%(place)s, place),
          session_length = coalesce(%(length)s, session_length)
        WHERE id = %(plan)s
        """,
        {"plan": plan_id, "methodology": methodology, "place": place, "length": session_length},
    )
    return found(tx, plan_id)


def change_price(tx: Tx, plan_id: TrainingPlanId, session_cents: int) -> Plan:
    """What a session costs, as the team and the tutor have agreed."""
    plan = locked(tx, plan_id)
    if plan.state not in {"assessing", "planned", "running"}:
        raise PlanMoved(plan.state)
    tx.execute("UPDATE training_plans SET session_cents = %s WHERE id = %s", [session_cents, plan_id])
    return found(tx, plan_id)


def start(tx: Tx, shop: Shop, plan_id: TrainingPlanId, *, starts_on: date, at: time, now: datetime) -> Plan:
    """By somebody of the shop, who has agreed with the tutor when: all of its sessions are planned, or none."""
    plan = locked(tx, plan_id)
    if plan.state != "planned":
        raise PlanMoved(plan.state)
    if not shop.today(now) <= starts_on <= shop.today(now) + LATEST_BEGINNING:
        raise UnfitBeginning
    with tx.savepoint():
        tx.execute(
            "UPDATE training_plans SET state = 'running', state_reason = NULL, starts_on = %s WHERE id = %s",
            [starts_on, plan_id],
        )
        rhythm = sessions.Rhythm(plan.sessions_a_week or 1, plan.weeks or 1, starts_on, at, plan.session_length)
        sessions.plan_all(tx, shop, plan_id, rhythm, now=now)
    return found(tx, plan_id)


def complete(tx: Tx, plan_id: TrainingPlanId) -> Plan:
    plan = locked(tx, plan_id)
    if plan.state != "running":
        raise PlanMoved(plan.state)
    if left := sessions.still_scheduled(tx, plan_id):
        raise SessionsLeft(left)
    tx.execute("UPDATE training_plans SET state = 'completed', state_reason = NULL WHERE id = %s", [plan_id])
    return found(tx, plan_id)


def cancel(tx: Tx, plan_id: TrainingPlanId, *, reason: str) -> Plan:
    """Its sessions to come are free for others."""
    if not reason.strip():
        raise NoReason
    plan = locked(tx, plan_id)
    if plan.state not in {"assessing", "planned", "running"}:
        raise PlanMoved(plan.state)
    tx.execute(
        "UPDATE training_plans SET state = 'cancelled', state_reason = %s WHERE id = %s",
        [reason.strip()[:300], plan_id],
    )
    sessions.cancel_all(tx, plan_id)
    return found(tx, plan_id)


def of_tutor(tx: Tx, plan_id: TrainingPlanId, contact_id: ContactId) -> Plan:
    """The plan under its lock, if it is this tutor's."""
    plan = locked(tx, plan_id)
    if plan.contact_id != contact_id:
        raise UnknownPlan
    return plan


def locked(tx: Tx, plan_id: TrainingPlanId) -> Plan:
    """The lock in a statement of its own: what the next one reads is then from after the wait."""
    if tx.execute("SELECT 1 FROM training_plans WHERE id = %s FOR UPDATE", [plan_id]).fetchone() is None:
        raise UnknownPlan
    return found(tx, plan_id)


def found(tx: Tx, plan_id: TrainingPlanId) -> Plan:
    plan = tx.rows(Plan, PLANS + " WHERE l.id = %s", [plan_id]).fetchone()
    if plan is None:
        raise UnknownPlan
    return plan


def _told(words: str) -> str | None:
    said = words.strip()
    return said if len(said) >= SHORTEST_TEXT else None


def _items(words: tuple[str, ...]) -> list[str]:
    return [*dict.fromkeys(word.strip() for word in words if word.strip())][:MOST_ITEMS]

"""Training: the assessment, the plan that follows from it, and its sessions."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.customers import pets
from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId, TrainingPlanId, TrainingSessionId
from auzap.organizations.shop import known_shop
from auzap.training import listing, plans, sessions
from auzap.training.listing import SessionFilter
from auzap.training.plans import Assessment, Methodology, Place, Plan
from auzap.training.sessions import Outcome, Session, TrainingDay
from functions.serve_api import paging
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Cents, Change, Day, Hour
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/training-plans", tags=["training"])
session_router = APIRouter(prefix="/v1/training-sessions", tags=["training"])

Told = Annotated[str, Field(max_length=2_000)]
Point = Annotated[str, Field(min_length=1, max_length=200)]
Points = Annotated[list[Point], Field(max_length=plans.MOST_ITEMS)]
Reason = Annotated[str, Field(min_length=1, max_length=300, examples=["A tutora mudou de cidade"])]


class NewAssessment(Body):
    """The six points, as far as they are told by now; a point that is told in fewer than ten letters is not told."""

    pet_id: PetId
    routine: Told = ""
    problems: Points = Field(default=[])
    family: Told = ""
    health_history: Told = ""
    observation: Told = ""
    goals: Points = Field(default=[])


class Rhythm(Body):
    sessions_a_week: int = Field(ge=1, le=3)
    weeks: int = Field(ge=1, le=52)


class PlanChange(Change):
    methodology: Methodology | None = None
    place: Place | None = None
    session_minutes: Annotated[int, Field(ge=15, le=240)] | None = None


class SessionPrice(Body):
    session_cents: Cents


class Beginning(Body):
    starts_on: Day
    at: Hour


class Why(Body):
    reason: Reason


class OtherDay(Body):
    day: Day
    at: Hour


class NewOutcome(Body):
    topics: Points = Field(min_length=1)
    skills: Points = Field(min_length=1)
    homework: Told = Field(min_length=1)
    rating: int = Field(ge=1, le=5)
    achievements: Told = ""
    challenges: Told = ""
    notes: Told = ""


class ShownPlan(BaseModel):
    """A plan with how far it has come, and its sessions in their order."""

    plan: Plan
    sessions_planned: int
    ends_on: date | None
    # How much of its time has passed, of a hundred.
    progress: int
    sessions: list[Session]


@router.get("")
def list_plans(
    begun: Request_,
    page: Paged,
    contact_id: Annotated[ContactId | None, Query(description="Of this customer")] = None,
    pet_id: Annotated[PetId | None, Query(description="Of this pet")] = None,
    state: Annotated[plans.State | None, Query(description="Where it stands")] = None,
) -> List[Plan]:
    """Training plans, the newest first."""
    (after,) = paging.keys_of(page, UUID) or (None,)
    found = listing.plans_of(
        begun.tx, contact_id=contact_id, pet_id=pet_id, state=state, after=after, most=page.limit + 1
    )
    return List[Plan].page(rows_of(found, page, lambda row: (row.id,)))


@router.post("", status_code=status.HTTP_201_CREATED)
def assess_pet(body: NewAssessment, once: DoneOnce) -> Created[Plan]:
    """Begin a pet's assessment, or add to it: what is told now counts, what is not told stays as it was."""
    tx = once.begun.tx

    def assess() -> Plan:
        contact_id, pet = pets.coming(tx, body.pet_id)
        told = Assessment(
            body.routine,
            tuple(body.problems),
            body.family,
            body.health_history,
            body.observation,
            tuple(body.goals),
        )
        return plans.assess(tx, contact_id=contact_id, pet=pet, told=told, source="staff")

    return once.answer(Created[Plan], assess)


@router.get("/{plan_id}")
def get_plan(plan_id: TrainingPlanId, begun: Request_) -> Answer[ShownPlan]:
    """A plan with its sessions."""
    return Answer[ShownPlan].of(_shown(begun.tx, plan_id))


@router.patch("/{plan_id}")
def change_plan(plan_id: TrainingPlanId, body: PlanChange, begun: Request_) -> Answer[Plan]:
    """How and where it is trained, before it runs."""
    length = timedelta(minutes=body.session_minutes) if body.session_minutes else None
    return Answer[Plan].of(
        plans.agree(begun.tx, plan_id, methodology=body.methodology, place=body.place, session_length=length)
    )


@router.put("/{plan_id}/price")
def change_session_price(plan_id: TrainingPlanId, body: SessionPrice, begun: Request_) -> Answer[Plan]:
    """What a session costs, as it was agreed."""
    return Answer[Plan].of(plans.change_price(begun.tx, plan_id, body.session_cents))


@router.post("/{plan_id}/rhythm")
def make_plan(plan_id: TrainingPlanId, body: Rhythm, once: DoneOnce) -> Answer[Plan]:
    """Make the plan of a whole assessment: so many sessions a week, for so many weeks."""
    return once.answer(
        Answer[Plan],
        lambda: plans.make(once.begun.tx, plan_id, sessions_a_week=body.sessions_a_week, weeks=body.weeks),
    )


@router.post("/{plan_id}/start")
def start_plan(plan_id: TrainingPlanId, body: Beginning, once: DoneOnce, at: Now) -> Answer[ShownPlan]:
    """Plan all of its sessions from a day on, or none."""
    tx = once.begun.tx

    def start() -> ShownPlan:
        plans.start(tx, known_shop(tx), plan_id, starts_on=body.starts_on, at=body.at, now=at)
        return _shown(tx, plan_id)

    return once.answer(Answer[ShownPlan], start)


@router.post("/{plan_id}/completion")
def complete_plan(plan_id: TrainingPlanId, once: DoneOnce) -> Answer[Plan]:
    """All of its sessions are over."""
    return once.answer(Answer[Plan], lambda: plans.complete(once.begun.tx, plan_id))


@router.post("/{plan_id}/cancellation")
def cancel_plan(plan_id: TrainingPlanId, body: Why, once: DoneOnce) -> Answer[Plan]:
    """Cancel it. Its sessions to come are free for others."""
    return once.answer(Answer[Plan], lambda: plans.cancel(once.begun.tx, plan_id, reason=body.reason))


@session_router.get("")
def list_sessions(
    begun: Request_,
    page: Paged,
    plan_id: Annotated[TrainingPlanId | None, Query(description="Of this plan")] = None,
    state: Annotated[sessions.State | None, Query(description="Where it stands")] = None,
    from_day: Annotated[Day | None, Query(description="The first day")] = None,
    until_day: Annotated[Day | None, Query(description="The last day, with it")] = None,
) -> List[Session]:
    """Sessions, in the order of their hours."""
    wanted = SessionFilter(plan_id, state, from_day, until_day)
    after = paging.keys_of(page, paging.moment, UUID)
    found = listing.sessions_of(begun.tx, wanted, after=after, most=page.limit + 1)
    return List[Session].page(rows_of(found, page, lambda row: (row.starts_at, row.id)))


@session_router.get("/days")
def list_training_days(
    begun: Request_,
    from_day: Annotated[Day, Query(description="The first day")],
    until_day: Annotated[Day, Query(description="The last day, with it; at most 90 days later")],
) -> List[TrainingDay]:
    """The working days of a time, and for how many sessions each has room."""
    return List[TrainingDay].of(listing.days_with_room(begun.tx, known_shop(begun.tx), from_day, until_day))


@session_router.post("/{session_id}/rescheduling")
def reschedule_session(session_id: TrainingSessionId, body: OtherDay, once: DoneOnce, at: Now) -> Answer[Session]:
    """Another session in its place, with its number."""
    tx = once.begun.tx
    return once.answer(
        Answer[Session],
        lambda: sessions.reschedule(tx, known_shop(tx), session_id, day=body.day, at=body.at, now=at),
    )


@session_router.post("/{session_id}/completion")
def complete_session(session_id: TrainingSessionId, body: NewOutcome, once: DoneOnce, at: Now) -> Answer[Session]:
    """It was held: what was trained, what was learned, and how it went."""
    more = body.model_dump(exclude={"topics", "skills"})
    outcome = Outcome(tuple(body.topics), tuple(body.skills), **more)
    return once.answer(Answer[Session], lambda: sessions.complete(once.begun.tx, session_id, outcome, now=at))


@session_router.post("/{session_id}/absence")
def miss_session(session_id: TrainingSessionId, once: DoneOnce, at: Now) -> Answer[Session]:
    """The pet did not come."""
    return once.answer(Answer[Session], lambda: sessions.miss(once.begun.tx, session_id, now=at))


@session_router.post("/{session_id}/cancellation")
def cancel_session(session_id: TrainingSessionId, once: DoneOnce) -> Answer[Session]:
    """Cancel it, and leave its place to others."""
    return once.answer(Answer[Session], lambda: sessions.cancel(once.begun.tx, session_id))


def _shown(tx: Tx, plan_id: TrainingPlanId) -> ShownPlan:
    plan = listing.whole(tx, plan_id)
    return ShownPlan(
        plan=plan,
        sessions_planned=plan.sessions,
        ends_on=plan.ends_on,
        progress=plan.progress(plan.today),
        sessions=sessions.of_plan(tx, plan.id),
    )

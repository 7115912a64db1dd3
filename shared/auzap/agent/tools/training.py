"""Tools for training plans."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from auzap.agent import pending
from auzap.agent.desk import Desk
from auzap.agent.tools.naming import Handle, PetName, own_pet
from auzap.catalog.services import services
from auzap.errors import Refusal
from auzap.ids import TrainingPlanId
from auzap.money import brl
from auzap.notifications.notices import notify
from auzap.texts import TextKey, text
from auzap.training import plans, sessions
from auzap.training.plans import Plan, Point

Told = Annotated[str, StringConstraints(max_length=1000)]
Items = Annotated[list[Annotated[str, StringConstraints(max_length=200)]], Field(max_length=plans.MOST_ITEMS)]
SessionsAWeek = Annotated[int, Field(ge=1, le=3)]
Weeks = Annotated[int, Field(ge=1, le=52)]

SHOWN_DAYS = timedelta(days=14)
MOST_AHEAD = timedelta(days=365)
POINTS: dict[Point, TextKey] = {
    "routine": "point_routine",
    "problems": "point_problems",
    "family": "point_family",
    "health_history": "point_health_history",
    "observation": "point_observation",
    "goals": "point_goals",
}


def find_training_days(desk: Desk, from_day: date) -> str:
    """On which days there is room for a training session, for two weeks from a day on.

    Args:
        from_day: The first day, as YYYY-MM-DD.
    """
    today = desk.shop.today(desk.now)
    first = max(from_day, today)
    if first > today + MOST_AHEAD:
        raise Refusal("That is too far ahead. Ask for a day within a year.")
    found = sessions.days_with_room(desk.tx, desk.shop, first, first + SHOWN_DAYS)
    lines = [f"- {_day(desk, each.day)} | {f'room for {each.free}' if each.free else 'full'}" for each in found]
    return "\n".join(lines) or f"The shop does not work in the two weeks from {_day(desk, first)} on. Offer later days."


def start_training_assessment(
    desk: Desk,
    pet: PetName,
    routine: Told,
    problems: Items,
    family: Told,
    health_history: Told,
    observation: Told,
    goals: Items,
) -> str:
    """Begin the assessment that a training plan needs, or add to it. Give what the customer has told, guess nothing.

    Args:
        pet: The pet's name.
        routine: How the pet's day is; empty if not told.
        problems: What should change, one thing each; empty if not told.
        family: Who lives with it, and how they live together; empty if not told.
        health_history: Its health so far, as the customer tells it; empty if not told.
        observation: How it behaves, learns and reacts; empty if not told.
        goals: What the customer wants to reach, one thing each; empty if not told.
    """
    known = own_pet(desk, pet)
    if not plans.is_trained(services(desk.tx), known.species):
        raise plans.NotTrained(known.name)
    plan = plans.assess(
        desk.tx,
        contact_id=desk.contact_id,
        pet=known,
        told=plans.Assessment(routine, tuple(problems), family, health_history, observation, tuple(goals)),
        source="agent",
    )
    desk.progress.acts_done.append("updated")
    return _assessment_line(desk, plan)


def propose_training_plan(desk: Desk, plan: Handle, sessions_a_week: SessionsAWeek, weeks: Weeks) -> str:
    """Prepare a training plan from its assessment and ask for a yes. It is made only after the customer's yes.

    Args:
        plan: The handle of the plan, as start_training_assessment or list_training_plans gave it in this turn.
        sessions_a_week: How often: 1, 2 or 3.
        weeks: For how many weeks.
    """
    plan_id = TrainingPlanId(UUID(desk.taken(plan, "p", source="list_training_plans")["plan_id"]))
    known = plans.of_tutor(desk.tx, plan_id, desk.contact_id)
    plans.check_ready(known, sessions_a_week=sessions_a_week, weeks=weeks)
    service = plans.service_for(services(desk.tx), known)
    cents = service.price_for(known.size, known.coat) if service else None
    summary = f"{_plan(desk, known.pet_name, sessions_a_week, weeks)}, {_price(desk, cents, sessions_a_week * weeks)}"
    arguments = {
        "plan_id": str(plan_id),
        "sessions_a_week": sessions_a_week,
        "weeks": weeks,
        "session_cents": cents,
    }
    pending.propose(desk, kind="plan_training", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def list_training_plans(desk: Desk) -> str:
    """List the customer's training plans: what is missing, how far they are, and when the next session is."""
    lines = [_plan_line(desk, plan) for plan in plans.of_contact(desk.tx, desk.contact_id)]
    return "\n".join(lines) or "This customer has no training plans. To begin one: start_training_assessment."


def plan_training(desk: Desk, arguments: dict[str, Any]) -> str:
    """Make the plan that the customer said yes to."""
    plan_id = TrainingPlanId(UUID(arguments["plan_id"]))
    plans.of_tutor(desk.tx, plan_id, desk.contact_id)
    made = plans.make(desk.tx, plan_id, sessions_a_week=arguments["sessions_a_week"], weeks=arguments["weeks"])
    if made.session_cents != arguments["session_cents"]:
        raise Refusal("The price has changed since it was told. Propose the plan again, with the new one.")
    notify(
        desk.tx,
        "training_plan",
        once=f"training_plan:{plan_id}",
        conversation_id=desk.conversation_id,
        detail={"plan": str(plan_id)},
    )
    desk.progress.acts_done.append("planned")
    what = _plan(desk, made.pet_name, arguments["sessions_a_week"], arguments["weeks"])
    return (
        f"Planned: {what}, {_price(desk, made.session_cents, made.sessions)}. "
        "No session has a day yet: say that the team agrees on days and hours with the customer here."
    )


ACTS: dict[str, pending.Act] = {"plan_training": plan_training}


def _assessment_line(desk: Desk, plan: Plan) -> str:
    handle = desk.progress.give("p", {"plan_id": str(plan.id)})
    if not plan.missing:
        return (
            f"{handle} | {plan.pet_name} | the assessment is complete | assessing\n"
            "Ask how often a week (1 to 3) and for how many weeks, then propose_training_plan."
        )
    return (
        f"{handle} | {plan.pet_name} | missing: {_missing(desk, plan)} | assessing\n"
        f"Ask for what is missing, one thing at a time; a text needs at least {plans.SHORTEST_TEXT} letters."
    )


def _plan_line(desk: Desk, plan: Plan) -> str:
    handle = desk.progress.give("p", {"plan_id": str(plan.id)})
    parts = [handle, plan.pet_name]
    if plan.state == "assessing":
        parts.append(f"missing: {_missing(desk, plan)}" if plan.missing else "the assessment is complete")
    if plan.sessions_a_week and plan.weeks:
        parts.append(_rhythm(desk, plan.sessions_a_week, plan.weeks))
        parts.append(_price(desk, plan.session_cents, plan.sessions))
    if plan.starts_on and plan.ends_on:
        parts.append(f"from {_day(desk, plan.starts_on)}, ends about {_day(desk, plan.ends_on)}")
        parts.append(f"progress {plan.progress(desk.shop.today(desk.now))}%")
    if plan.next_session_at:
        parts.append(f"next session {desk.shop.spoken(plan.next_session_at)}")
    return " | ".join([*parts, plan.state])


def _missing(desk: Desk, plan: Plan) -> str:
    return ", ".join(f"{text(POINTS[point], desk.shop.locale)} ({point.replace('_', ' ')})" for point in plan.missing)


def _plan(desk: Desk, pet_name: str, sessions_a_week: int, weeks: int) -> str:
    rhythm = _rhythm(desk, sessions_a_week, weeks)
    return text("plan_summary", desk.shop.locale).format(pet=pet_name, rhythm=rhythm)


def _rhythm(desk: Desk, sessions_a_week: int, weeks: int) -> str:
    def counted(count: int, one: TextKey, many: TextKey) -> str:
        return text(one if count == 1 else many, desk.shop.locale).format(count=count)

    return text("plan_rhythm", desk.shop.locale).format(
        weekly=counted(sessions_a_week, "plan_one_session", "plan_sessions"),
        weeks=counted(weeks, "plan_one_week", "plan_weeks"),
        total=counted(sessions_a_week * weeks, "plan_one_session", "plan_sessions"),
    )


def _price(desk: Desk, session_cents: int | None, count: int) -> str:
    if session_cents is None:
        return text("plan_price_unknown", desk.shop.locale)
    return text("plan_price", desk.shop.locale).format(each=brl(session_cents), total=brl(session_cents * count))


def _day(desk: Desk, day: date) -> str:
    return f"{desk.shop.weekday(day)} {day:%d/%m}"

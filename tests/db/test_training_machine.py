"""Training plans in everybody's hands: each stands where the rules say, and no day has more sessions than the shop gives."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import OrganizationId, TrainingPlanId
from auzap.organizations.shop import Shop
from auzap.training import plans, sessions
from auzap.training.plans import Assessment, AssessmentIncomplete, PlanKnown, PlanMoved, SessionsLeft
from auzap.training.sessions import NoRoom, NoSuchDay, NotYet, Outcome, SessionOver
from tests import factories
from tests.db.machines import live_through
from tests.factories import ALL_WEEK
from tests.factories_stays import DAY, TOLD, guest, plan_for

ZONE = ZoneInfo("America/Sao_Paulo")
# A Monday.
FIRST = date(2027, 3, 8)
A_DAY = 2
PETS = ("Rex", "Mel", "Bob")
POINTS = ("routine", "problems", "family", "health_history", "observation", "goals")
NAMES = st.sampled_from(PETS)
WHICH = st.integers(0, 8)
DONE = Outcome(("andar ao lado",), ("esperar",), "cinco minutos por dia", 5)


@dataclass
class World:
    owner: psycopg.Connection
    database: Database


@dataclass
class Known:
    """What should be true of a plan, and of its sessions: state and day by number, the last of each."""

    id: TrainingPlanId
    pet: str
    state: str = "assessing"
    told: set[str] = field(default_factory=set[str])
    sessions: dict[int, tuple[str, date]] = field(default_factory=dict[int, tuple[str, date]])
    moved: int = 0


class School(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST
        self.known: list[Known] = []
        self.organization_id: OrganizationId = factories.make_organization(self.world.owner)
        with self.open() as tx:
            tx.execute("UPDATE organization_settings SET training_sessions_a_day = %s", [A_DAY])
            self.shop: Shop = factories.make_shop(tx, openings=tuple(each for each in ALL_WEEK if each.weekday < 5))
            self.pets = {name: guest(tx, name) for name in PETS}

    @rule(pet=NAMES, points=st.sets(st.sampled_from(POINTS)))
    def a_tutor_tells(self, pet: str, points: set[str]) -> None:
        plan = self.open_plan(pet)
        refused = PlanKnown if plan and plan.state != "assessing" else None
        told = Assessment(**{point: getattr(TOLD, point) for point in points})
        found = self.act(lambda tx: plan_for(tx, self.pets[pet], told), refused)
        if refused is None:
            if plan is None:
                plan = Known(found.id, pet)
                self.known.append(plan)
            plan.told |= points
            assert set(found.missing) == set(POINTS) - plan.told

    @rule(pet=NAMES)
    def a_tutor_tells_everything(self, pet: str) -> None:
        if self.open_plan(pet) is None:
            self.a_tutor_tells(pet, set(POINTS))

    @rule(pet=NAMES, rhythm=st.integers(1, 3), ahead=st.integers(0, 3))
    def a_plan_is_agreed_at_once(self, pet: str, rhythm: int, ahead: int) -> None:
        self.a_tutor_tells_everything(pet)
        plan = self.open_plan(pet)
        if plan and plan.state == "assessing" and plan.told == set(POINTS):
            self.a_plan_is_made(self.known.index(plan), rhythm, 2)
            self.a_plan_begins(self.known.index(plan), ahead)

    @precondition(lambda self: self.known)
    @rule(which=WHICH, rhythm=st.integers(1, 3), weeks=st.integers(1, 3))
    def a_plan_is_made(self, which: int, rhythm: int, weeks: int) -> None:
        plan = self.plan(which)
        is_whole = plan.told == set(POINTS)
        refused = PlanMoved if plan.state != "assessing" else None if is_whole else AssessmentIncomplete
        self.act(lambda tx: plans.make(tx, plan.id, sessions_a_week=rhythm, weeks=weeks), refused)
        if refused is None:
            plan.state = "planned"
            plan.sessions = dict.fromkeys(range(1, rhythm * weeks + 1), ("to come", self.today))

    @precondition(lambda self: self.known)
    @rule(which=WHICH, ahead=st.integers(0, 6))
    def a_plan_begins(self, which: int, ahead: int) -> None:
        """Where a week has no room nothing is planned; which weeks have none is asked of the days, not of the model."""
        plan, start = self.plan(which), self.today + ahead * DAY
        if plan.state != "planned":
            self.act(lambda tx: self.begin(tx, plan, start), PlanMoved)
            return
        try:
            with self.open() as tx:
                self.begin(tx, plan, start)
                placed = sessions.of_plan(tx, plan.id)
        except NoRoom:
            return
        assert [each.number for each in placed] == list(plan.sessions)
        plan.sessions = {each.number: ("scheduled", each.day) for each in placed}
        plan.state = "running"

    def begin(self, tx: Tx, plan: Known, start: date) -> None:
        plans.start(tx, self.shop, plan.id, starts_on=start, at=time(15), now=self.now)

    @precondition(lambda self: self.running)
    @rule(which=WHICH, number=st.integers(1, 9), end=st.sampled_from(["completed", "missed", "cancelled"]))
    def a_session_ends(self, which: int, number: int, end: str) -> None:
        plan = self.running[which % len(self.running)]
        number = 1 + number % len(plan.sessions)
        state, day = plan.sessions[number]
        is_over = end == "cancelled" or day < self.today
        refused = SessionOver if state != "scheduled" else None if is_over else NotYet

        def finish(tx: Tx) -> None:
            session_id = self.session_id(tx, plan, number)
            match end:
                case "completed":
                    sessions.complete(tx, session_id, DONE, now=self.now)
                case "missed":
                    sessions.miss(tx, session_id, now=self.now)
                case _:
                    sessions.cancel(tx, session_id)

        self.act(finish, refused)
        if refused is None:
            plan.sessions[number] = (end, day)

    @precondition(lambda self: self.running)
    @rule(which=WHICH, number=st.integers(1, 9), ahead=st.integers(-1, 9))
    def a_session_is_moved(self, which: int, number: int, ahead: int) -> None:
        plan = self.running[which % len(self.running)]
        number = 1 + number % len(plan.sessions)
        state, was = plan.sessions[number]
        day = self.today + ahead * DAY
        others = sum(each == day for each in self.taken()) - (was == day and state == "scheduled")
        has_room = others < A_DAY and day >= self.today and day.weekday() < 5
        refused = SessionOver if state != "scheduled" else None if has_room else NoSuchDay
        self.act(
            lambda tx: sessions.reschedule(
                tx, self.shop, self.session_id(tx, plan, number), day=day, at=time(16), now=self.now
            ),
            refused,
        )
        if refused is None:
            plan.sessions[number] = ("scheduled", day)
            plan.moved += 1

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def a_plan_is_completed(self, which: int) -> None:
        plan = self.plan(which)
        left = any(state == "scheduled" for state, _ in plan.sessions.values())
        refused = PlanMoved if plan.state != "running" else SessionsLeft if left else None
        self.act(lambda tx: plans.complete(tx, plan.id), refused)
        if refused is None:
            plan.state = "completed"

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def a_plan_is_cancelled(self, which: int) -> None:
        plan = self.plan(which)
        refused = PlanMoved if plan.state in {"completed", "cancelled"} else None
        self.act(lambda tx: plans.cancel(tx, plan.id, reason="desistiu"), refused)
        if refused is None:
            if plan.state != "running":
                plan.sessions = {}
            plan.state = "cancelled"
            plan.sessions = {
                number: ("cancelled" if state == "scheduled" else state, day)
                for number, (state, day) in plan.sessions.items()
            }

    @rule(days=st.integers(1, 6))
    def time_passes(self, days: int) -> None:
        self.today += days * DAY

    # What must be so after each of them

    @invariant()
    def every_plan_stands_where_it_should(self) -> None:
        with self.open() as tx:
            for plan in self.known:
                found = plans.found(tx, plan.id)
                assert (found.state, set(found.missing)) == (plan.state, set(POINTS) - plan.told)

    @invariant()
    def every_session_is_the_one_of_its_number(self) -> None:
        with self.open() as tx:
            for plan in self.known:
                found = sessions.of_plan(tx, plan.id)
                counted = {each.number: (each.state, each.day) for each in found if each.state != "rescheduled"}
                is_begun = any(state != "to come" for state, _ in plan.sessions.values())
                assert counted == (plan.sessions if is_begun else {})
                assert sum(each.state == "rescheduled" for each in found) == plan.moved

    @invariant()
    def no_day_has_more_than_the_shop_gives(self) -> None:
        taken = self.taken()
        assert all(taken.count(day) <= A_DAY for day in taken)
        assert all(day.weekday() < 5 for day in taken)
        with self.open() as tx:
            free = {
                each.day: each.free
                for each in sessions.days_with_room(tx, self.shop, FIRST, FIRST + timedelta(days=90))
            }
        assert all(free[day] == A_DAY - taken.count(day) for day in taken if day in free)

    # How

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), ZONE)

    @property
    def running(self) -> list[Known]:
        return [plan for plan in self.known if plan.state == "running"]

    def open(self) -> Any:
        return self.world.database.transaction(self.organization_id, "test")

    def act(self, work: Callable[[Tx], Any], refused: type[Refusal] | None) -> Any:
        """Each in a transaction of its own, so that what the database checks at its end is checked too."""
        with pytest.raises(refused) if refused else nullcontext(), self.open() as tx:
            return work(tx)

    def plan(self, which: int) -> Known:
        return self.known[which % len(self.known)]

    def open_plan(self, pet: str) -> Known | None:
        states = {"assessing", "planned", "running"}
        return next((plan for plan in self.known if plan.pet == pet and plan.state in states), None)

    def taken(self) -> list[date]:
        held = {"scheduled", "completed", "missed"}
        return [day for plan in self.known for state, day in plan.sessions.values() if state in held]

    def session_id(self, tx: Tx, plan: Known, number: int) -> Any:
        found = sessions.of_plan(tx, plan.id)
        return next(each.id for each in found if each.number == number and each.state != "rescheduled")


def test_a_school_in_everybodys_hands(owner: psycopg.Connection, database: Database) -> None:
    live_through(School, World(owner, database))

"""Training plans: an assessment of six points, a plan that waits for all of them, and sessions where there is room."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import errors

from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.organizations.shop import Shop
from auzap.training import plans, sessions
from auzap.training.plans import (
    AssessmentIncomplete,
    NoReason,
    Plan,
    PlanKnown,
    PlanMoved,
    SessionsLeft,
    UnfitBeginning,
    UnfitRhythm,
    UnknownPlan,
)
from auzap.training.sessions import (
    NoRoom,
    NoSuchDay,
    NotYet,
    Outcome,
    Session,
    SessionOver,
    UnfitOutcome,
    UnknownSession,
)
from tests import factories
from tests.factories import ALL_WEEK
from tests.factories_stays import DAY, TOLD, guest, plan_for, tutor

ZONE = ZoneInfo("America/Sao_Paulo")
# A Monday.
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
TODAY = NOW.date()
MONDAY = TODAY + 7 * DAY
TEN = time(10)
WEEKDAYS_ONLY = tuple(hours for hours in ALL_WEEK if hours.weekday < 5)
DONE = Outcome(("andar ao lado",), ("esperar",), "cinco minutos por dia", 4)


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx, openings=WEEKDAYS_ONLY)


def planned(tx: Tx, *, sessions_a_week: int = 2, weeks: int = 3, name: str = "Rex") -> Plan:
    return plans.make(tx, plan_for(tx, guest(tx, name)).id, sessions_a_week=sessions_a_week, weeks=weeks)


def running(tx: Tx, shop: Shop, **rhythm: Any) -> Plan:
    return plans.start(tx, shop, planned(tx, **rhythm).id, starts_on=MONDAY, at=TEN, now=NOW)


def first_of(tx: Tx, plan: Plan) -> Session:
    return sessions.of_plan(tx, plan.id)[0]


def after(session: Session) -> datetime:
    return session.starts_at + timedelta(hours=2)


# The assessment


def test_the_six_points_are_gathered_over_several_messages(tx: Tx) -> None:
    pet = guest(tx)
    nothing = plans.Assessment()

    told = [
        replace(nothing, problems=("puxa a guia",)),
        replace(nothing, routine=TOLD.routine, family=TOLD.family),
        replace(nothing, problems=("pula", "late muito", "puxa a guia"), goals=("vir quando chamado",)),
        replace(nothing, health_history=TOLD.health_history, observation=TOLD.observation),
    ]
    found = [plan_for(tx, pet, each) for each in told]

    assert [plan.missing for plan in found] == [
        ["routine", "family", "health_history", "observation", "goals"],
        ["health_history", "observation", "goals"],
        ["health_history", "observation"],
        [],
    ]
    assert len({plan.id for plan in found}) == 1
    assert (found[-1].problems, found[-1].state) == (["puxa a guia", "pula", "late muito"], "assessing")


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"routine": "passeia"}, "routine"),
        ({"family": "         eu        "}, "family"),
        ({"health_history": ""}, "health_history"),
        ({"observation": "bom"}, "observation"),
        ({"problems": ("", "  ")}, "problems"),
        ({"goals": ()}, "goals"),
    ],
)
def test_a_point_told_in_too_few_words_is_missing_and_no_plan_is_made(
    tx: Tx, told: dict[str, Any], missing: str
) -> None:
    plan = plan_for(tx, guest(tx), replace(TOLD, **told))

    with pytest.raises(AssessmentIncomplete, match=missing.replace("_", " ")) as refused:
        plans.make(tx, plan.id, sessions_a_week=1, weeks=4)

    assert plan.missing == refused.value.missing == [missing]
    assert plans.found(tx, plan.id).state == "assessing"


def test_what_was_told_before_is_kept_and_what_is_told_anew_counts(tx: Tx) -> None:
    pet = guest(tx)
    plan_for(tx, pet)

    plan_for(tx, pet, plans.Assessment(routine="agora só passeia à noite"))

    row = tx.execute("SELECT routine, family, goals FROM training_plans").fetchone()
    assert row == ("agora só passeia à noite", TOLD.family, [*TOLD.goals])


def test_of_a_pet_with_a_plan_no_other_is_begun(tx: Tx) -> None:
    plan = planned(tx)
    with pytest.raises(PlanKnown, match="Rex"):
        plan_again(tx, plan)

    plans.cancel(tx, plan.id, reason="mudou de cidade")

    assert plan_again(tx, plan).state == "assessing"


def plan_again(tx: Tx, plan: Plan) -> Plan:
    return plan_for(tx, Pet(plan.pet_id, plan.pet_name, plan.species, None, plan.size))


@pytest.mark.parametrize("missing", ["routine = NULL", "problems = '{}'", "goals = '{}'", "observation = NULL"])
def test_the_database_has_no_plan_without_its_assessment(tx: Tx, missing: Any) -> None:
    plan = planned(tx)

    with pytest.raises(errors.CheckViolation), tx.savepoint():
        tx.execute("UPDATE training_plans SET " + missing + " WHERE id = %s", [plan.id])


# The plan


@pytest.mark.parametrize(("sessions_a_week", "weeks"), [(0, 4), (4, 4), (2, 0), (2, 53)])
def test_a_plan_has_one_to_three_sessions_a_week_for_up_to_a_year(tx: Tx, sessions_a_week: int, weeks: int) -> None:
    with pytest.raises(UnfitRhythm):
        planned(tx, sessions_a_week=sessions_a_week, weeks=weeks)


def test_a_session_costs_what_the_catalogue_says_and_else_what_the_team_agrees(tx: Tx) -> None:
    without = planned(tx)
    tx.execute(
        """
        INSERT INTO services (name, duration, price_cents, category, species, position) VALUES
          ('Banho', '1 hour', 5000, 'grooming', NULL, 0), ('Adestramento de gatos', '1 hour', 9000, 'training', '{cat}', 1),
          ('Adestramento', '1 hour', 15000, 'training', '{dog}', 2), ('Aula em grupo', '1 hour', 7000, 'training', NULL, 3)
        """
    )
    priced = planned(tx, name="Mel")

    assert (without.service_id, without.session_cents) == (None, None)
    assert (priced.session_cents, priced.sessions) == (15000, 6)


def test_progress_is_of_time_and_never_beyond_the_whole(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop, weeks=4)

    assert plan.ends_on == MONDAY + timedelta(weeks=4)
    assert [plan.progress(MONDAY + days * DAY) for days in (-3, 0, 7, 14, 28, 90)] == [0, 0, 25, 50, 100, 100]
    assert planned(tx, name="Mel").progress(TODAY) == 0


def test_a_plan_that_begins_has_all_of_its_sessions_on_working_days(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop, sessions_a_week=3, weeks=2)

    found = sessions.of_plan(tx, plan.id)
    assert (plan.state, plan.starts_on) == ("running", MONDAY)
    assert [(each.number, each.day) for each in found] == [
        (number, MONDAY + days * DAY) for number, days in enumerate((0, 2, 4, 7, 9, 11), start=1)
    ]
    assert {shop.local(each.starts_at).time() for each in found} == {TEN}


def test_sessions_move_to_the_nearest_day_with_room(tx: Tx, shop: Shop) -> None:
    tx.execute("UPDATE organization_settings SET training_sessions_a_day = 1")
    tx.execute("INSERT INTO special_days (day, label) VALUES (%s, 'Feriado')", [MONDAY + 9 * DAY])
    closed = factories.find_shop(tx)
    running(tx, closed, sessions_a_week=1, weeks=2)

    plan = running(tx, closed, sessions_a_week=3, weeks=2, name="Mel")

    # Mondays are taken, and the second Wednesday is a holiday.
    days = {(each.day - MONDAY).days for each in sessions.of_plan(tx, plan.id)}
    assert days == {1, 2, 4, 8, 10, 11}


def test_where_a_week_has_no_room_nothing_is_planned(tx: Tx, shop: Shop) -> None:
    tx.execute("UPDATE organization_settings SET training_sessions_a_day = 1")
    running(tx, shop, sessions_a_week=3)
    running(tx, shop, sessions_a_week=2, name="Mel")
    third = planned(tx, name="Bob")

    with pytest.raises(NoRoom) as refused:
        plans.start(tx, shop, third.id, starts_on=MONDAY, at=TEN, now=NOW)

    assert refused.value.day == MONDAY
    assert (plans.found(tx, third.id).state, sessions.of_plan(tx, third.id)) == ("planned", [])


@pytest.mark.parametrize("at", [time(7, 30), time(17, 30), time(22)])
def test_no_session_is_outside_the_hours_of_the_shop(tx: Tx, shop: Shop, at: time) -> None:
    with pytest.raises(NoRoom):
        plans.start(tx, shop, planned(tx).id, starts_on=MONDAY, at=at, now=NOW)


@pytest.mark.parametrize("days", [-1, 91])
def test_a_plan_begins_soon_and_not_in_the_past(tx: Tx, shop: Shop, days: int) -> None:
    with pytest.raises(UnfitBeginning):
        plans.start(tx, shop, planned(tx).id, starts_on=TODAY + days * DAY, at=TEN, now=NOW)


def test_no_session_is_planned_for_a_time_that_is_over(tx: Tx, shop: Shop) -> None:
    plan = plans.start(tx, shop, planned(tx, sessions_a_week=1).id, starts_on=TODAY, at=time(8), now=NOW)

    assert first_of(tx, plan).day == TODAY + DAY


ACTS: dict[str, Callable[[Tx, Shop, Plan], object]] = {
    "make": lambda tx, shop, plan: plans.make(tx, plan.id, sessions_a_week=1, weeks=1),
    "start": lambda tx, shop, plan: plans.start(tx, shop, plan.id, starts_on=MONDAY, at=TEN, now=NOW),
    "complete": lambda tx, shop, plan: plans.complete(tx, plan.id),
    "cancel": lambda tx, shop, plan: plans.cancel(tx, plan.id, reason="desistiu"),
}
REFUSED = {
    "assessing": {"start", "complete"},
    "planned": {"make", "complete"},
    "running": {"make", "start"},
    "completed": set(ACTS),
    "cancelled": set(ACTS),
}


def plan_in(tx: Tx, shop: Shop, state: str) -> Plan:
    match state:
        case "assessing":
            return plan_for(tx, guest(tx))
        case "planned":
            return planned(tx)
        case "running":
            return running(tx, shop)
        case "completed":
            plan = running(tx, shop)
            sessions.cancel_all(tx, plan.id)
            return plans.complete(tx, plan.id)
        case _:
            return plans.cancel(tx, planned(tx).id, reason="desistiu")


@pytest.mark.parametrize(("state", "act"), [(state, act) for state, acts in REFUSED.items() for act in sorted(acts)])
def test_what_cannot_be_done_with_a_plan_is_refused_and_changes_nothing(
    tx: Tx, shop: Shop, state: str, act: str
) -> None:
    plan = plan_in(tx, shop, state)

    with pytest.raises(PlanMoved, match=state):
        ACTS[act](tx, shop, plan)

    assert plans.found(tx, plan.id) == plan


@pytest.mark.parametrize(("was", "to"), [("assessing", "running"), ("completed", "running"), ("cancelled", "planned")])
def test_the_database_refuses_a_move_that_is_none(tx: Tx, shop: Shop, was: str, to: str) -> None:
    plan = plan_in(tx, shop, was)

    with pytest.raises(errors.DatabaseError) as refused, tx.savepoint():
        tx.execute("UPDATE training_plans SET state = %s WHERE id = %s", [to, plan.id])
    assert refused.value.sqlstate == "AZ002"


def test_a_plan_is_completed_when_no_session_is_left(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop, sessions_a_week=1, weeks=2)
    with pytest.raises(SessionsLeft, match="2"):
        plans.complete(tx, plan.id)

    first, second = sessions.of_plan(tx, plan.id)
    sessions.complete(tx, first.id, DONE, now=after(first))
    sessions.miss(tx, second.id, now=after(second))

    assert plans.complete(tx, plan.id).state == "completed"


def test_a_plan_that_is_cancelled_gives_its_days_back(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop, sessions_a_week=1, weeks=1)
    before = sessions.days_with_room(tx, shop, MONDAY, MONDAY + DAY)
    with pytest.raises(NoReason):
        plans.cancel(tx, plan.id, reason=" ")

    cancelled = plans.cancel(tx, plan.id, reason="mudou de cidade")

    assert (cancelled.state, cancelled.state_reason) == ("cancelled", "mudou de cidade")
    assert [each.state for each in sessions.of_plan(tx, plan.id)] == ["cancelled"]
    after_it = sessions.days_with_room(tx, shop, MONDAY, MONDAY + DAY)
    assert ([each.free for each in before], [each.free for each in after_it]) == ([4], [5])


def test_a_plan_is_its_own_tutors(tx: Tx) -> None:
    plan = planned(tx)

    assert plans.of_tutor(tx, plan.id, plan.contact_id).id == plan.id
    with pytest.raises(UnknownPlan):
        plans.of_tutor(tx, plan.id, factories.make_contact(tx, "Carla"))
    with pytest.raises(UnknownPlan):
        plans.found(tx, plan.pet_id)  # pyright: ignore[reportArgumentType]


# Its sessions


def test_days_show_their_room_and_days_off_are_left_out(tx: Tx, shop: Shop) -> None:
    running(tx, shop, sessions_a_week=1, weeks=1)

    found = sessions.days_with_room(tx, shop, MONDAY, MONDAY + 8 * DAY)

    assert [((each.day - MONDAY).days, each.free) for each in found] == [(0, 4), (1, 5), (2, 5), (3, 5), (4, 5), (7, 5)]


def test_a_session_that_is_moved_keeps_its_number(tx: Tx, shop: Shop) -> None:
    first = first_of(tx, running(tx, shop))

    moved = sessions.reschedule(tx, shop, first.id, day=MONDAY + DAY, at=time(15), now=NOW)

    assert (moved.number, moved.state, moved.day, shop.local(moved.starts_at).time()) == (
        first.number,
        "scheduled",
        MONDAY + DAY,
        time(15),
    )
    rows = tx.execute("SELECT state, day FROM training_sessions WHERE number = 1 ORDER BY id").fetchall()
    assert rows == [("rescheduled", MONDAY), ("scheduled", MONDAY + DAY)]


@pytest.mark.parametrize(
    ("day", "at"), [(MONDAY + 5 * DAY, TEN), (MONDAY + DAY, time(20)), (TODAY - DAY, TEN), (MONDAY + 2 * DAY, TEN)]
)
def test_a_day_without_room_leaves_the_session_where_it_is(tx: Tx, shop: Shop, day: date, at: time) -> None:
    tx.execute("UPDATE organization_settings SET training_sessions_a_day = 1")
    first = first_of(tx, running(tx, shop, sessions_a_week=1))
    running(tx, shop, sessions_a_week=3, name="Mel")

    with pytest.raises(NoSuchDay):
        sessions.reschedule(tx, shop, first.id, day=day, at=at, now=NOW)

    assert tx.execute("SELECT state FROM training_sessions WHERE id = %s", [first.id]).fetchone() == ("scheduled",)


def test_a_session_is_completed_with_what_was_learned(tx: Tx, shop: Shop) -> None:
    first = first_of(tx, running(tx, shop))

    done = sessions.complete(tx, first.id, replace(DONE, achievements="esperou na porta"), now=after(first))

    assert (done.state, done.topics, done.skills, done.homework, done.rating) == (
        "completed",
        ["andar ao lado"],
        ["esperar"],
        "cinco minutos por dia",
        4,
    )
    row = tx.execute("SELECT completed_at IS NOT NULL, achievements FROM training_sessions WHERE id = %s", [first.id])
    assert row.fetchone() == (True, "esperou na porta")


@pytest.mark.parametrize("lacking", [{"topics": ()}, {"skills": ()}, {"homework": " "}, {"rating": 0}, {"rating": 6}])
def test_a_session_without_its_outcome_is_not_completed(tx: Tx, shop: Shop, lacking: dict[str, Any]) -> None:
    first = first_of(tx, running(tx, shop))

    with pytest.raises(UnfitOutcome):
        sessions.complete(tx, first.id, replace(DONE, **lacking), now=after(first))


def test_a_session_to_come_is_neither_completed_nor_missed(tx: Tx, shop: Shop) -> None:
    first = first_of(tx, running(tx, shop))

    with pytest.raises(NotYet):
        sessions.complete(tx, first.id, DONE, now=NOW)
    with pytest.raises(NotYet):
        sessions.miss(tx, first.id, now=NOW)


SESSION_ACTS: dict[str, Callable[[Tx, Shop, Session], object]] = {
    "complete": lambda tx, shop, session: sessions.complete(tx, session.id, DONE, now=after(session)),
    "miss": lambda tx, shop, session: sessions.miss(tx, session.id, now=after(session)),
    "cancel": lambda tx, shop, session: sessions.cancel(tx, session.id),
    "reschedule": lambda tx, shop, session: sessions.reschedule(
        tx, shop, session.id, day=MONDAY + DAY, at=TEN, now=NOW
    ),
}


@pytest.mark.parametrize("act", SESSION_ACTS)
@pytest.mark.parametrize("before", SESSION_ACTS)
def test_what_is_over_stays_as_it_is(tx: Tx, shop: Shop, before: str, act: str) -> None:
    first = first_of(tx, running(tx, shop))
    SESSION_ACTS[before](tx, shop, first)

    with pytest.raises(SessionOver):
        SESSION_ACTS[act](tx, shop, first)


def test_a_missed_session_keeps_its_place_and_a_cancelled_one_does_not(tx: Tx, shop: Shop) -> None:
    first, second, *_ = sessions.of_plan(tx, running(tx, shop).id)
    sessions.miss(tx, first.id, now=after(first))
    sessions.cancel(tx, second.id)

    found = {each.day: each.free for each in sessions.days_with_room(tx, shop, MONDAY, MONDAY + 7 * DAY)}

    assert (found[first.day], found[second.day]) == (4, 5)


def test_the_next_seven_days_are_the_whole_shops(tx: Tx, shop: Shop) -> None:
    running(tx, shop, sessions_a_week=1)
    running(tx, shop, sessions_a_week=1, name="Mel")
    week = MONDAY - 7 * DAY + 2 * DAY

    found = sessions.upcoming(tx, datetime.combine(week, TEN, ZONE))

    assert [(each.pet_name, each.day) for each in found] == [("Rex", MONDAY), ("Mel", MONDAY)]
    assert sessions.upcoming(tx, NOW - timedelta(days=1)) == []


def test_the_database_gives_no_more_sessions_a_day_than_the_shop(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop)

    with pytest.raises(errors.DatabaseError) as refused, tx.savepoint():
        tx.execute(
            "INSERT INTO training_sessions (plan_id, number, day, place_no, starts_at) VALUES (%s, 99, %s, 6, app.now())",
            [plan.id, MONDAY],
        )
    assert refused.value.sqlstate == "AZ003"
    with pytest.raises(errors.UniqueViolation), tx.savepoint():
        tx.execute(
            "INSERT INTO training_sessions (plan_id, number, day, place_no, starts_at) VALUES (%s, 99, %s, 1, app.now())",
            [plan.id, MONDAY],
        )
    with pytest.raises(errors.UniqueViolation), tx.savepoint():
        tx.execute(
            "INSERT INTO training_sessions (plan_id, number, day, place_no, starts_at) VALUES (%s, 1, %s, 5, app.now())",
            [plan.id, MONDAY],
        )


def test_a_session_that_is_not_there_is_unknown(tx: Tx, shop: Shop) -> None:
    with pytest.raises(UnknownSession):
        sessions.cancel(tx, running(tx, shop).id)  # pyright: ignore[reportArgumentType]


# Two shops


def test_a_shop_sees_its_own_plans_days_and_sessions(owner: psycopg.Connection, database: Database) -> None:
    found: list[tuple[Any, Plan]] = []
    for _ in range(2):
        organization_id = factories.make_organization(owner)
        with database.transaction(organization_id, "test") as tx:
            shop = factories.make_shop(tx, openings=WEEKDAYS_ONLY)
            found.append((organization_id, running(tx, shop, sessions_a_week=1, weeks=1)))

    (ours, mine), (_, theirs) = found
    with database.transaction(ours, "test") as tx:
        shop = factories.find_shop(tx)
        assert [each.free for each in sessions.days_with_room(tx, shop, MONDAY, MONDAY + DAY)] == [4]
        assert [each.plan_id for each in sessions.upcoming(tx, datetime.combine(MONDAY, time(0), ZONE))] == [mine.id]
        assert plans.of_contact(tx, theirs.contact_id) == sessions.of_plan(tx, theirs.id) == []
        with pytest.raises(UnknownPlan):
            plans.cancel(tx, theirs.id, reason="x")


def test_a_list_of_plans_has_no_cancelled_ones(tx: Tx, shop: Shop) -> None:
    plan = running(tx, shop)
    pet = factories.make_pet(tx, plan.contact_id, "Mel")
    other = plan_for(tx, pet)
    plans.cancel(tx, other.id, reason="x")

    found = plans.of_contact(tx, plan.contact_id)

    assert tutor(tx, pet) == plan.contact_id
    assert [each.id for each in found] == [plan.id]
    assert found[0].next_session_at == first_of(tx, plan).starts_at

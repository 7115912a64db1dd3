"""Many tutors want the same nights, and many plans the same day: never more than there are places, and nobody sees an error."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, time
from threading import Barrier
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import OrganizationId, StayId
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.stays.rooms import Room
from auzap.training import plans, sessions
from tests import factories
from tests.factories_stays import DAY, guest, make_room, plan_for, stay_for
from tests.postgres import Place

NOW = datetime(2027, 3, 8, 9, tzinfo=ZoneInfo("America/Sao_Paulo"))
TODAY = NOW.date()
FROM = TODAY + 10 * DAY
THREADS = 8


class Hotel:
    """A shop with a room, as many guests as threads, and one connection for each of them."""

    def __init__(self, place: Place, owner: psycopg.Connection, capacity: int) -> None:
        self.place = place
        self.organization_id: OrganizationId = factories.make_organization(owner)
        with self.open() as database, database.transaction(self.organization_id, "test") as tx:
            self.shop: Shop = factories.make_shop(tx)
            self.room: Room = make_room(tx, capacity=capacity)
            self.pets: list[Pet] = [guest(tx, f"Rex {number}") for number in range(THREADS)]

    def open(self) -> closing[Database]:
        return closing(Database(lambda: self.place.app))

    def together[Result](self, work: Callable[[Database, int], Result]) -> list[Result]:
        start = Barrier(THREADS, timeout=60)

        def one(number: int) -> Result:
            with self.open() as database:
                database.lookup("SELECT 1")
                start.wait()
                return work(database, number)

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(one, range(THREADS)))

    def attempt(self, database: Database, act: Callable[[Tx], object]) -> str:
        try:
            with database.transaction(self.organization_id, "test") as tx:
                act(tx)
        except Refusal as refused:
            return type(refused).__name__
        return "done"

    def taken(self) -> dict[date, int]:
        with self.open() as database, database.transaction(self.organization_id, "test") as tx:
            return dict(tx.execute("SELECT day, count(*) FROM stay_days GROUP BY day").fetchall())


@pytest.mark.parametrize("capacity", [1, 3])
def test_the_last_places_go_to_as_many_as_there_are(
    shared_database: Place, owner: psycopg.Connection, capacity: int
) -> None:
    hotel = Hotel(shared_database, owner, capacity)

    outcomes = hotel.together(
        lambda database, number: hotel.attempt(
            database, lambda tx: stay_for(tx, hotel.shop, hotel.pets[number], hotel.room, FROM, 4, now=NOW)
        )
    )

    assert Counter(outcomes) == {"done": capacity, "StayFull": THREADS - capacity}
    assert hotel.taken() == dict.fromkeys((FROM + n * DAY for n in range(4)), capacity)


def test_one_pet_is_reserved_for_once_however_many_ask(shared_database: Place, owner: psycopg.Connection) -> None:
    hotel = Hotel(shared_database, owner, capacity=THREADS)

    outcomes = hotel.together(
        lambda database, _: hotel.attempt(
            database, lambda tx: stay_for(tx, hotel.shop, hotel.pets[0], hotel.room, FROM, 2, now=NOW)
        )
    )

    assert Counter(outcomes) == {"done": 1, "PetStaysAlready": THREADS - 1}


def test_whoever_reserves_moves_and_cancels_at_once_no_day_is_overfull(
    shared_database: Place, owner: psycopg.Connection
) -> None:
    """Every thread has a guest of its own, whose stay it makes, moves and drops; in no order, and without one deadlock."""
    hotel = Hotel(shared_database, owner, capacity=2)

    def visit(database: Database, number: int) -> list[str]:
        chance, outcomes = random.Random(number), list[str]()
        held: list[StayId] = []

        def reserve(tx: Tx) -> None:
            start = FROM + chance.randrange(8) * DAY
            stay = stay_for(tx, hotel.shop, hotel.pets[number], hotel.room, start, chance.randrange(1, 5), now=NOW)
            held.append(stay.id)

        def move(tx: Tx) -> None:
            start = FROM + chance.randrange(8) * DAY
            staying.change_days(tx, hotel.shop, held[0], start, start + chance.randrange(1, 5) * DAY, now=NOW)

        for _ in range(25):
            act = reserve if not held else move if chance.random() < 0.6 else None
            if act is None:
                stay_id = held.pop()
                outcomes.append(hotel.attempt(database, lambda tx, gone=stay_id: staying.cancel(tx, gone, reason="x")))
                continue
            before = len(held)
            outcomes.append(hotel.attempt(database, act))
            del held[before if outcomes[-1] != "done" else len(held) :]
        return outcomes

    outcomes = Counter(outcome for each in hotel.together(visit) for outcome in each)

    assert set(outcomes) <= {"done", "StayFull"}
    assert outcomes["done"] > THREADS
    with hotel.open() as database, database.transaction(hotel.organization_id, "test") as tx:
        stays = tx.execute("SELECT id, from_day, until_day FROM stays WHERE state <> 'cancelled'").fetchall()
        days = tx.execute("SELECT stay_id, day, number FROM stay_days").fetchall()
    wanted = {(stay, start + n * DAY) for stay, start, end in stays for n in range((end - start).days)}
    assert {(stay, day) for stay, day, _ in days} == wanted
    assert len({(day, number) for _, day, number in days}) == len(days)
    assert all(number <= 2 for *_, number in days)


def test_two_shops_do_not_take_each_others_places(shared_database: Place, owner: psycopg.Connection) -> None:
    hotels = [Hotel(shared_database, owner, capacity=1) for _ in range(2)]

    def reserve(database: Database, number: int) -> str:
        hotel = hotels[number % 2]
        pet, room = hotel.pets[number // 2], hotel.room
        return hotel.attempt(database, lambda tx: stay_for(tx, hotel.shop, pet, room, FROM, 2, now=NOW))

    assert Counter(hotels[0].together(reserve)) == {"done": 2, "StayFull": THREADS - 2}
    assert [set(hotel.taken().values()) for hotel in hotels] == [{1}, {1}]


def test_a_room_of_another_shop_takes_nobody(shared_database: Place, owner: psycopg.Connection) -> None:
    ours, theirs = (Hotel(shared_database, owner, capacity=1) for _ in range(2))

    with (
        ours.open() as database,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        database.transaction(ours.organization_id, "test") as tx,
    ):
        stay_for(tx, ours.shop, ours.pets[0], theirs.room, FROM, 2, now=NOW)
    assert ours.taken() == theirs.taken() == {}


def test_plans_that_begin_at_once_never_fill_a_day_beyond_what_the_shop_gives(
    shared_database: Place, owner: psycopg.Connection
) -> None:
    hotel = Hotel(shared_database, owner, capacity=1)
    with hotel.open() as database, database.transaction(hotel.organization_id, "test") as tx:
        tx.execute("UPDATE organization_settings SET training_sessions_a_day = 2")
        made = [plans.make(tx, plan_for(tx, pet).id, sessions_a_week=2, weeks=3).id for pet in hotel.pets]

    def begin(database: Database, number: int) -> str:
        return hotel.attempt(
            database,
            lambda tx: plans.start(tx, hotel.shop, made[number], starts_on=FROM, at=time(10), now=NOW),
        )

    outcomes = Counter(hotel.together(begin))

    with hotel.open() as database, database.transaction(hotel.organization_id, "test") as tx:
        by_day = dict(tx.execute("SELECT day, count(*) FROM training_sessions GROUP BY day").fetchall())
        whole = tx.execute(
            "SELECT count(*) FROM training_sessions s JOIN training_plans p ON p.id = s.plan_id WHERE p.state = 'running'"
        ).fetchone()
    # Seven days a week of two places each: room for seven plans of two sessions a week.
    assert outcomes["done"] + outcomes["NoRoom"] == THREADS
    assert 1 <= outcomes["done"] <= 7
    assert max(by_day.values()) <= 2
    assert whole == (6 * outcomes["done"],)
    assert sum(by_day.values()) == 6 * outcomes["done"]


def test_the_last_session_of_a_day_is_given_once(shared_database: Place, owner: psycopg.Connection) -> None:
    hotel = Hotel(shared_database, owner, capacity=1)
    with hotel.open() as database, database.transaction(hotel.organization_id, "test") as tx:
        mine: list[sessions.Session] = []
        for pet in hotel.pets:
            plan = plans.make(tx, plan_for(tx, pet).id, sessions_a_week=1, weeks=1)
            plans.start(tx, hotel.shop, plan.id, starts_on=FROM, at=time(10), now=NOW)
            mine += sessions.of_plan(tx, plan.id)
        tx.execute("UPDATE organization_settings SET training_sessions_a_day = 1")

    outcomes = hotel.together(
        lambda database, number: hotel.attempt(
            database,
            lambda tx: sessions.reschedule(tx, hotel.shop, mine[number].id, day=FROM + 20 * DAY, at=time(11), now=NOW),
        )
    )

    assert Counter(outcomes) == {"done": 1, "NoSuchDay": THREADS - 1}

"""Many customers want the same hours at once: never more appointments at a time than the shop has lanes."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from psycopg import errors

from auzap.bookings import booking
from auzap.bookings.booking import PetBusy, SlotTaken
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.ids import ContactId, OrganizationId
from auzap.organizations.shop import Shop
from tests import factories
from tests.postgres import Place

FIRST = datetime(2027, 3, 10, 12, tzinfo=UTC)
THREADS = 8
ATTEMPTS = 100
HALF_HOURS = 24


class Rush:
    """A shop with a few pets of one customer, and what happens when they all want an hour."""

    def __init__(self, place: Place, owner: psycopg.Connection, capacity: int) -> None:
        self.place = place
        self.organization_id: OrganizationId = factories.make_organization(owner)
        with closing(Database(lambda: place.app)) as database, database.transaction(self.organization_id, "test") as tx:
            self.shop: Shop = factories.make_shop(tx, parallel_bookings=capacity)
            self.contact_id: ContactId = factories.make_contact(tx)
            self.pets: list[Pet] = [factories.make_pet(tx, self.contact_id, f"Rex {n}") for n in range(6)]
            self.service: Service = factories.make_service(tx, duration=timedelta(hours=1))

    def run(self) -> list[str]:
        together = Barrier(THREADS)

        def customer(number: int) -> list[str]:
            chance = random.Random(number)
            with closing(Database(lambda: self.place.app)) as database:
                together.wait()
                return [self.attempt(database, chance) for _ in range(ATTEMPTS)]

        with ThreadPoolExecutor(THREADS) as pool:
            return [outcome for outcomes in pool.map(customer, range(THREADS)) for outcome in outcomes]

    def attempt(self, database: Database, chance: random.Random) -> str:
        starts_at = FIRST + chance.randrange(HALF_HOURS) * timedelta(minutes=30)
        pet = chance.choice(self.pets)
        try:
            with database.transaction(self.organization_id, "test") as tx:
                booking.book(
                    tx,
                    self.shop,
                    contact_id=self.contact_id,
                    pet=pet,
                    service=self.service,
                    starts_at=starts_at,
                    now=FIRST - timedelta(days=1),
                    source="staff",
                )
                if chance.random() < 0.3:
                    raise ChangedTheirMind
        except (Refusal, ChangedTheirMind, errors.DeadlockDetected) as outcome:
            return type(outcome).__name__
        return "booked"


class ChangedTheirMind(Exception):
    """A customer whose transaction ends without a booking."""


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_rush_overbooks_nobody(
    shared_database: Place, owner: psycopg.Connection, database: Database, capacity: int
) -> None:
    rush = Rush(shared_database, owner, capacity)

    outcomes = rush.run()

    with database.transaction(rush.organization_id, "test") as tx:
        booked = tx.execute("SELECT pet_id, starts_at, ends_at FROM bookings ORDER BY starts_at").fetchall()
    assert len(booked) == outcomes.count("booked") >= HALF_HOURS // 3
    assert {SlotTaken.__name__, PetBusy.__name__} & set(outcomes)
    for moment in (FIRST + step * timedelta(minutes=30) for step in range(HALF_HOURS + 2)):
        running = [pet for pet, starts_at, ends_at in booked if starts_at <= moment < ends_at]
        assert len(running) <= capacity
        assert len(running) == len(set(running))

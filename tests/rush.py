"""A shop with few places and few people, and customers who all want the same hours of it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from psycopg import errors

from auzap.bookings import availability, booking, queries
from auzap.bookings.reasons import Kind, Unbookable
from auzap.bookings.wanted import Wanted, wanted
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.errors import Refusal
from auzap.ids import ContactId, OrganizationId
from auzap.organizations.shop import Shop
from tests import factories
from tests.factories_bookings import hire, make_row, offer

FIRST_DAY = date(2027, 3, 8)
NOW = datetime(2027, 3, 1, tzinfo=UTC)
HOURS = 10
CUSTOMERS = 60

type Act = Callable[[Tx, "Customer", random.Random], str]


@dataclass(frozen=True)
class Customer:
    contact_id: ContactId
    pets: tuple[Pet, ...]


@dataclass(frozen=True)
class Rush:
    """What every process needs to know of the shop; it goes to them as it is."""

    organization_id: OrganizationId
    shop: Shop
    services: tuple[Service, ...]
    customers: tuple[Customer, ...]
    days: int
    # One in so many that are refused asks when there is room instead.
    asking: int = 1

    def attempt(self, database: Database, chance: random.Random) -> str:
        """One customer wants something once; what came of it, in a word."""
        customer = chance.choice(self.customers)
        wish = chance.random()
        act = self._book if wish < 0.7 else self._move if wish < 0.85 else self._cancel
        try:
            return retried(lambda: self._done(database, act, customer, random.Random(chance.getrandbits(32))))
        except Unbookable as refused:
            if refused.reason.kind is Kind.FULL and chance.randrange(self.asking) == 0:
                return self._instead(database, customer, chance)
            return f"refused {refused.reason.kind}"
        except (Refusal, errors.DeadlockDetected) as refused:
            return f"refused {type(refused).__name__}"

    def _done(self, database: Database, act: Act, customer: Customer, chance: random.Random) -> str:
        with database.transaction(self.organization_id, "rush") as tx:
            return act(tx, customer, chance)

    def _book(self, tx: Tx, customer: Customer, chance: random.Random) -> str:
        asked = self._wish(customer, chance)
        starts = [self._hour(chance)] * len(asked)
        booking.book(tx, self.shop, contact_id=customer.contact_id, asked=asked, starts=starts, now=NOW, source="agent")
        if chance.random() < 0.1:
            raise ChangedTheirMind
        return "booked"

    def _move(self, tx: Tx, customer: Customer, chance: random.Random) -> str:
        mine, starts_at = queries.upcoming(tx, customer.contact_id, NOW), self._hour(chance)
        if not mine or mine[0].starts_at == starts_at:
            return "nothing to move"
        ids, whose = [mine[0].id], customer.contact_id
        booking.reschedule(
            tx, self.shop, booking_ids=ids, starts=[starts_at], contact_id=whose, now=NOW, source="agent"
        )
        return "moved"

    def _cancel(self, tx: Tx, customer: Customer, chance: random.Random) -> str:
        mine = queries.upcoming(tx, customer.contact_id, NOW)
        if not mine:
            return "nothing to cancel"
        booking.cancel(
            tx, self.shop, booking_ids=[chance.choice(mine).id], contact_id=customer.contact_id, now=NOW, source="agent"
        )
        return "cancelled"

    def _instead(self, database: Database, customer: Customer, chance: random.Random) -> str:
        asked = self._wish(customer, chance)
        with database.transaction(self.organization_id, "rush") as tx:
            answer = availability.find(tx, self.shop, asked, self.shop.today(self._hour(chance)), now=NOW)
        if answer.slots or answer.nearest:
            return "refused full, with others"
        return "refused full, nothing left" if answer.reasons and answer.looked_at else "refused full, without a word"

    def _wish(self, customer: Customer, chance: random.Random) -> list[Wanted]:
        service = chance.choice(self.services)
        pets = chance.sample(customer.pets, k=2 if chance.random() < 0.2 else 1)
        return [wanted(service, pet) for pet in pets]

    def _hour(self, chance: random.Random) -> datetime:
        hour = chance.randrange(self.days * HOURS)
        day = FIRST_DAY + timedelta(days=hour // HOURS)
        return self.shop.instant(day, time(8 + hour % HOURS))


class ChangedTheirMind(Refusal):
    """A customer whose transaction ends without a booking."""


def furnish(database: Database, organization_id: OrganizationId, *, days: int, asking: int = 1) -> Rush:
    """Three kinds of places for one, two and three at a time, two groomers and a vet, who are all wanted elsewhere too."""
    with database.transaction(organization_id, "rush") as tx:
        shop = factories.make_shop(tx, parallel_bookings=1, slot_grid=timedelta(hours=1))
        make_row(tx, "resources", name="Mesas", kind="table", capacity=2)
        for name, capacity in (("Banheira", 1), ("Banheiras novas", 2)):
            make_row(tx, "resources", name=name, kind="tub", capacity=capacity)
        paula, rafael, camila = (hire(tx, name, is_vet=name == "Camila") for name in ("Paula", "Rafael", "Camila"))
        services = (
            offer(tx, "Corte de unhas"),
            offer(tx, "Banho", resource_kind="tub", by=[paula, rafael]),
            offer(tx, "Tosa", resource_kind="table", by=[paula, camila], duration=timedelta(minutes=90)),
            offer(tx, "Consulta", resource_kind="table", needs_vet=True, buffer_after=timedelta(minutes=30)),
        )
        customers: list[Customer] = []
        for number in range(CUSTOMERS):
            contact_id = factories.make_contact(tx, f"Ana {number}")
            names = (f"Rex {number}", f"Mel {number}")
            customers.append(Customer(contact_id, tuple(factories.make_pet(tx, contact_id, name) for name in names)))
    return Rush(organization_id, shop, services, tuple(customers), days, asking)


def run(rush: Rush, database: Database, *, seed: int, attempts: int) -> Counter[str]:
    chance = random.Random(seed)
    return Counter(rush.attempt(database, chance) for _ in range(attempts))

"""A shop with one place, whose day is soon full, and customers who wait for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg

from auzap.agent import offering
from auzap.bookings import booking, waitlist
from auzap.bookings.availability import Period
from auzap.bookings.wanted import wanted
from auzap.catalog.services import Service
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.db.connection import Database
from auzap.ids import BookingId, ContactId, ConversationId, WaitlistEntryId
from auzap.organizations.shop import Opening, find_shop
from auzap.outbox import sending
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock

ZONE = ZoneInfo("America/Sao_Paulo")
# Two baths fit into it.
MORNING_HOURS = tuple(Opening(weekday, time(10), time(12)) for weekday in range(7))
LONG_AGO = timedelta(minutes=5)


@dataclass(frozen=True)
class Customer:
    contact_id: ContactId
    conversation_id: ConversationId
    wa_id: str
    pet: Pet


@dataclass(frozen=True)
class Waiting:
    database: Database
    shop: PetShop
    clock: Clock
    service: Service
    # The day that everybody wants: Thursday, while it is Monday ten o'clock.
    day: date

    def at(self, hour: int, minute: int = 0, *, day: date | None = None) -> datetime:
        return datetime.combine(day or self.day, time(hour, minute), ZONE)

    def customer(self, name: str = "Ana", pet: str = "Rex") -> Customer:
        """Somebody who wrote a while ago, and was answered."""
        wa_id = new_wa_id()
        recorded = say(self.database, self.shop, "Oi!", wa_id=wa_id, name=name, at=self.clock.now())
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            ((contact_id,),) = tx.execute(
                "SELECT contact_id FROM conversations WHERE id = %s", [recorded.conversation_id]
            )
            tx.execute(
                "UPDATE messages SET awaits_answer = false WHERE conversation_id = %s", [recorded.conversation_id]
            )
            tx.execute(
                "UPDATE conversations SET answer_at = NULL, last_message_at = app.now() - %s WHERE id = %s",
                [LONG_AGO, recorded.conversation_id],
            )
            made = factories.make_pet(tx, contact_id, pet)
        return Customer(ContactId(contact_id), recorded.conversation_id, wa_id, made)

    def book(self, customer: Customer, starts_at: datetime) -> BookingId:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            (booking_id,) = booking.book(
                tx,
                find_shop(tx),
                contact_id=customer.contact_id,
                asked=[wanted(self.service, customer.pet)],
                starts=[starts_at],
                now=self.clock.now(),
                source="agent",
            )
        return booking_id

    def fill(self, day: date | None = None) -> list[BookingId]:
        """The whole day, by other customers: the booking of ten, and the one of eleven."""
        return [self.book(self.customer("Outra", "Bob"), self.at(hour, day=day)) for hour in (10, 11)]

    def join(
        self,
        customer: Customer,
        *,
        from_day: date | None = None,
        until_day: date | None = None,
        period: Period = "any",
        service: Service | None = None,
    ) -> WaitlistEntryId:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            (pet,) = pets.pets_of(tx, customer.contact_id)
            return waitlist.join(
                tx,
                find_shop(tx),
                contact_id=customer.contact_id,
                conversation_id=customer.conversation_id,
                asked=wanted(service or self.service, pet),
                from_day=from_day or self.day,
                until_day=until_day or from_day or self.day,
                period=period,
                now=self.clock.now(),
            )

    def join_anyway(self, customer: Customer) -> None:
        """On the waitlist since a time when the day was full."""
        self.write(
            """
            INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day)
            VALUES (%s, %s, %s, %s, %s, %s)
            """,
            customer.contact_id,
            customer.conversation_id,
            customer.pet.id,
            self.service.id,
            self.day,
            self.day,
        )

    def look_at_outbox(self, customer: Customer) -> None:
        """As the function that sends does; nothing may go out here."""
        nowhere = cast(Any, None)
        sending.send_next(
            self.database, nowhere, nowhere, self.shop.organization_id, customer.conversation_id, link=str
        )

    def cancel(self, booking_id: BookingId) -> None:
        """By a person of the shop."""
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            booking.cancel(tx, find_shop(tx), booking_ids=[booking_id], now=self.clock.now(), source="staff")

    def offer(self) -> list[ConversationId]:
        return offering.offer_freed(self.database, self.shop.organization_id)

    def read(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return read(self.database, self.shop, query, *parameters)

    def write(self, statement: str, *parameters: Any) -> None:
        write(self.database, self.shop, statement, *parameters)

    def states(self) -> list[str]:
        return [row[0] for row in self.read("SELECT state FROM waitlist_entries ORDER BY created_at, id")]

    def questions(self, customer: Customer) -> list[str]:
        """What waits in the customer's outbox."""
        rows = self.read(
            "SELECT content ->> 'text' FROM outbox WHERE conversation_id = %s ORDER BY id", customer.conversation_id
        )
        return [row[0] for row in rows]


def make_waiting(owner: psycopg.Connection, database: Database, clock: Clock, **rules: Any) -> Waiting:
    monday = clock.now().astimezone(ZONE).date() + timedelta(days=1)
    while monday.weekday() != 0:
        monday += timedelta(days=1)
    clock.move(datetime.combine(monday, time(10), ZONE) - clock.now())
    shop = factories.make_pet_shop(owner, database, **({"parallel_bookings": 1, "openings": MORNING_HOURS} | rules))
    with database.transaction(shop.organization_id, "test") as tx:
        service = factories.make_service(tx)
    return Waiting(database, shop, clock, service, monday + timedelta(days=3))

"""Booking, cancelling, offering, agreeing and leaving at once: nobody waits in a circle, and no place is promised twice."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from auzap.agent import offering
from auzap.agent.desk import Desk
from auzap.agent.tools import waiting as tools
from auzap.agent.turn import Progress
from auzap.bookings import booking, waitlist
from auzap.bookings.wanted import wanted
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.errors import Refusal
from auzap.ids import BookingId, TurnId, WaitlistEntryId, new_id
from auzap.organizations.shop import find_shop
from tests.db.waiting import Customer, Waiting, make_waiting
from tests.postgres import Clock

type Act = Callable[[Waiting, Customer, Tx, random.Random], None]

WORKERS = 4
STEPS = 25


@pytest.fixture
def waiting(owner: psycopg.Connection, database: Database, clock: Clock) -> Waiting:
    return make_waiting(owner, database, clock)


def book(waiting: Waiting, customer: Customer, tx: Tx, chance: random.Random) -> None:
    booking.book(
        tx,
        find_shop(tx),
        contact_id=customer.contact_id,
        asked=[wanted(waiting.service, customer.pet)],
        starts=[waiting.at(chance.choice((10, 11)))],
        now=waiting.clock.now(),
        source="agent",
    )


def cancel(waiting: Waiting, _: Customer, tx: Tx, chance: random.Random) -> None:
    found = tx.execute("SELECT id FROM bookings WHERE status = 'confirmed'").fetchall()
    if found:
        (booking_id,) = chance.choice(found)
        booking.cancel(tx, find_shop(tx), booking_ids=[BookingId(booking_id)], now=waiting.clock.now(), source="staff")


def agree(waiting: Waiting, customer: Customer, tx: Tx, chance: random.Random) -> None:
    """As a turn does: under the conversation's lock, and settled whatever comes of it."""
    lock_conversation(tx, customer.conversation_id)
    proposed = tx.execute(
        "SELECT id, arguments FROM pending_actions WHERE conversation_id = %s AND state = 'proposed' FOR UPDATE",
        [customer.conversation_id],
    ).fetchone()
    if proposed is None:
        return
    offer_id, arguments = proposed
    desk = Desk(
        tx,
        find_shop(tx),
        customer.contact_id,
        customer.conversation_id,
        TurnId(new_id()),
        waiting.clock.now(),
        Progress(),
    )
    state = "declined"
    if chance.random() < 0.7:
        try:
            with tx.savepoint():
                tools.book_offered(desk, arguments)
            state = "done"
        except Refusal:
            state = "refused"
    tx.execute("UPDATE pending_actions SET state = %s WHERE id = %s AND state = 'proposed'", [state, offer_id])


def leave(_: Waiting, customer: Customer, tx: Tx, chance: random.Random) -> None:
    lock_conversation(tx, customer.conversation_id)
    entry = tx.execute("SELECT id FROM waitlist_entries WHERE contact_id = %s", [customer.contact_id]).fetchone()
    if entry and chance.random() < 0.1:
        waitlist.leave(tx, WaitlistEntryId(entry[0]), customer.contact_id)


ACTS = (book, cancel, cancel, agree, agree, leave)


def do(waiting: Waiting, database: Database, act: Act, customer: Customer, chance: random.Random) -> None:
    with database.transaction(waiting.shop.organization_id, "test") as tx:
        act(waiting, customer, tx, chance)


def work(waiting: Waiting, customers: list[Customer], database: Database, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(STEPS):
        if chance.random() < 0.3:
            offering.offer_freed(database, waiting.shop.organization_id)
            continue
        act, customer = chance.choice(ACTS), chance.choice(customers)

        with suppress(Refusal):
            retried(partial(do, waiting, database, act, customer, chance))


def test_whatever_happens_at_once_no_place_is_promised_twice(waiting: Waiting, connect: Callable[[], Database]) -> None:
    waiting.fill()
    customers = [waiting.customer(f"Cliente {n}", f"Pet {n}") for n in range(4)]
    for customer in customers:
        waiting.join(customer)
    databases = [connect() for _ in range(WORKERS)]

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda n: work(waiting, customers, databases[n], n), range(WORKERS)))

    # Every offer that is open has its question, and every question its offer.
    assert (
        waiting.read(
            """
        SELECT w.id, a.id FROM (SELECT * FROM waitlist_entries WHERE state = 'offered') w
        FULL JOIN (SELECT * FROM pending_actions WHERE state = 'proposed') a ON a.id = w.offer_id
        WHERE w.id IS NULL OR a.id IS NULL
        """
        )
        == []
    )
    open_offers = waiting.read("SELECT offered_starts_at FROM waitlist_entries WHERE state = 'offered'")
    assert len(open_offers) == len(set(open_offers))
    assert (
        waiting.read(
            "SELECT FROM waitlist_entries WHERE state = 'booked' AND booking_id NOT IN (SELECT id FROM bookings)"
        )
        == []
    )
    assert waiting.read("SELECT state FROM pending_actions") != [], "somebody was asked"
    # When all is over, whoever still waits is looked at again.
    waiting.clock.move(timedelta(hours=2))
    offering.offer_freed(waiting.database, waiting.shop.organization_id)
    assert waiting.read("SELECT FROM waitlist_entries WHERE state = 'waiting' AND look_at <= app.now()") == []

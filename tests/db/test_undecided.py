"""What nobody of the shop confirms: its people are reminded in time, and at its hour the customer is told the truth."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from auzap.bookings import booking
from auzap.bookings.wanted import wanted
from auzap.conversations import undecided
from auzap.conversations.undecided import Looked
from auzap.db.connection import Database
from auzap.ids import BookingId
from auzap.organizations.shop import find_shop
from auzap.outbox.queries import claim
from tests import factories
from tests.db.waiting import Customer, Waiting, make_waiting
from tests.postgres import Clock, Place, wait_until_blocked

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Careful:
    """A shop whose people confirm what the agent books; on Monday at ten o'clock. It is open from ten to twelve."""

    waiting: Waiting

    def look(self) -> Looked:
        return undecided.look_after(self.waiting.database, self.waiting.shop.organization_id)

    def until(self, moment: datetime) -> Looked:
        self.waiting.clock.move(moment - self.waiting.clock.now())
        return self.look()

    def rings(self, ahead: timedelta = timedelta(0)) -> bool:
        found = self.waiting.database.lookup("SELECT * FROM app.undecided_requests(%s, 100000)", [ahead])
        return (self.waiting.shop.organization_id,) in found

    def statuses(self) -> list[str]:
        return [row[0] for row in self.waiting.read("SELECT status FROM bookings ORDER BY starts_at, id")]

    def notices(self) -> list[str]:
        return [
            row[0]
            for row in self.waiting.read("SELECT kind FROM notifications WHERE kind <> 'booking_made' ORDER BY id")
        ]

    def act(self, do: Callable[..., object], booking_id: BookingId, **how: Any) -> None:
        with self.waiting.database.transaction(self.waiting.shop.organization_id, "test") as tx:
            do(tx, booking_id, **how)


def make_careful(owner: psycopg.Connection, database: Database, clock: Clock) -> Careful:
    waiting = make_waiting(owner, database, clock)
    waiting.write("UPDATE organization_settings SET staff_confirms = true")
    return Careful(waiting)


@pytest.fixture
def careful(owner: psycopg.Connection, database: Database, clock: Clock) -> Careful:
    return make_careful(owner, database, clock)


@pytest.fixture
def ana(careful: Careful) -> Customer:
    return careful.waiting.customer()


@pytest.fixture
def asked(careful: Careful, ana: Customer) -> BookingId:
    """Thursday at ten, asked for on Monday at ten."""
    return careful.waiting.book(ana, careful.waiting.at(10))


def test_the_people_of_the_shop_are_reminded_after_an_hour_and_a_day_before_once_each(
    careful: Careful, asked: BookingId
) -> None:
    monday = careful.waiting.clock.now()
    told: list[int] = []
    for passed in (50 * MINUTE, 65 * MINUTE, 80 * MINUTE, 47 * HOUR, 49 * HOUR, 50 * HOUR):
        assert careful.until(monday + passed) == Looked()
        told.append(len(careful.notices()))

    assert told == [0, 1, 1, 1, 2, 2]
    ((level, detail),) = careful.waiting.read(
        "SELECT DISTINCT level, detail FROM notifications WHERE kind = 'booking_waits'"
    )
    assert (level, detail["booking"]) == ("warning", str(asked))
    assert careful.statuses() == ["requested"]


@pytest.mark.parametrize(
    ("asked_at", "starts", "first"),
    [
        # By the hour of the shop: an hour later, while it is open.
        ((0, 10), (3, 10), (0, 11)),
        # In the evening: when it opens.
        ((0, 20), (3, 10), (1, 10)),
        # In the evening before: open or not, two hours before it.
        ((0, 20), (1, 10), (1, 8)),
        # For soon: half way.
        ((0, 10), (0, 11), (0, 10.5)),
    ],
)
def test_a_reminder_comes_while_the_shop_is_open_if_that_is_in_time(
    careful: Careful, asked_at: tuple[int, float], starts: tuple[int, float], first: tuple[int, float]
) -> None:
    with careful.waiting.database.transaction(careful.waiting.shop.organization_id, "test") as tx:
        shop = find_shop(tx)
    monday = shop.instant(careful.waiting.day - 3 * DAY, time(0))

    def moment(of: tuple[int, float]) -> datetime:
        return monday + of[0] * DAY + of[1] * HOUR

    assert undecided.reminders(shop, moment(asked_at), moment(starts))[0] == moment(first)


def test_what_nobody_confirmed_by_its_hour_is_cancelled_and_the_customer_told_once(
    careful: Careful, ana: Customer, asked: BookingId
) -> None:
    at = careful.waiting.at(10)
    assert careful.until(at - MINUTE) == Looked()
    assert (careful.rings(), careful.rings(DAY)) == (False, True)

    careful.waiting.clock.move(MINUTE)
    rung = careful.rings()
    looked = [careful.look(), careful.look()]

    assert (rung, careful.rings(DAY)) == (True, False)
    assert looked == [Looked(1, [ana.conversation_id]), Looked()]
    assert careful.waiting.questions(ana) == [
        f"Oi! A equipe não conseguiu confirmar a tempo Banho de Rex, que seria quinta-feira {careful.waiting.day:%d/%m} "
        "10:00, e por isso o pedido foi cancelado. Desculpe! Para combinar outro horário, é só responder aqui."
    ]
    history = "SELECT from_status, to_status, reason, actor FROM booking_moves WHERE booking_id = %s ORDER BY id"
    assert careful.waiting.read(history, asked)[1:] == [("requested", "cancelled", "not_confirmed", "clock")]
    assert careful.waiting.read("SELECT FROM booking_places") == []
    assert careful.notices()[-1] == "booking_expired"
    # The shop's omission is none of the customer's cancellations.
    counted = "SELECT cancelled FROM app.customer_standing(%s)"
    assert careful.waiting.read(counted, ana.contact_id) == [(0,)]


def test_whoever_wants_no_news_or_is_talking_to_a_person_hears_of_it_all_the_same(
    careful: Careful, ana: Customer, asked: BookingId
) -> None:
    careful.waiting.write("UPDATE contacts SET opted_out_at = app.now()")
    careful.until(careful.waiting.at(10))
    for state in ("waiting_human", "human"):
        careful.waiting.write("UPDATE conversations SET state = %s", state)
    # Their window is open: they have written just now.
    careful.waiting.write("UPDATE conversations SET last_inbound_at = app.now()")

    taken = claim(
        careful.waiting.database, careful.waiting.shop.organization_id, ana.conversation_id, settled_after=MINUTE
    )

    assert taken is not None
    assert "não conseguiu confirmar" in taken.content["text"]


def test_a_question_to_the_team_is_not_answered_by_it(careful: Careful, ana: Customer, asked: BookingId) -> None:
    careful.waiting.write(
        "INSERT INTO escalations (conversation_id, question) VALUES (%s, 'E agora?')", ana.conversation_id
    )

    careful.until(careful.waiting.at(10))

    assert careful.waiting.read("SELECT state FROM escalations") == [("pending",)]


def test_what_was_asked_for_together_is_given_up_together_with_one_word(careful: Careful, ana: Customer) -> None:
    with careful.waiting.database.transaction(careful.waiting.shop.organization_id, "test") as tx:
        mel = factories.make_pet(tx, ana.contact_id, "Mel")
        booking.book(
            tx,
            find_shop(tx),
            contact_id=ana.contact_id,
            asked=[wanted(careful.waiting.service, pet) for pet in (ana.pet, mel)],
            starts=[careful.waiting.at(10), careful.waiting.at(11)],
            now=careful.waiting.clock.now(),
            source="agent",
        )

    assert careful.until(careful.waiting.at(10)) == Looked(2, [ana.conversation_id])

    (told,) = careful.waiting.questions(ana)
    assert "Banho de Rex, Banho de Mel, que seria" in told
    assert careful.statuses() == ["cancelled"] * 2


@pytest.mark.parametrize("decided", ["confirmed", "cancelled"])
def test_what_is_decided_meanwhile_is_left_alone(
    careful: Careful, ana: Customer, asked: BookingId, decided: str
) -> None:
    if decided == "confirmed":
        careful.act(booking.confirm, asked)
    else:
        careful.waiting.cancel(asked)

    assert careful.until(careful.waiting.at(10)) == Looked()
    assert (careful.statuses(), careful.waiting.questions(ana), careful.notices()) == ([decided], [], [])


@pytest.mark.parametrize("decided", ["confirmed", "cancelled"])
def test_who_decides_while_it_is_given_up_has_decided(
    careful: Careful,
    ana: Customer,
    asked: BookingId,
    connect: Callable[[], Database],
    shared_database: Place,
    decided: str,
) -> None:
    careful.waiting.clock.move(careful.waiting.at(10) - careful.waiting.clock.now())
    shop_id = careful.waiting.shop.organization_id
    with ThreadPoolExecutor() as threads:
        with careful.waiting.database.transaction(shop_id, "agent") as tx:
            if decided == "confirmed":
                booking.confirm(tx, asked)
            else:
                tx.execute("UPDATE bookings SET status = 'cancelled' WHERE id = %s", [asked])
            looking = threads.submit(undecided.look_after, connect(), shop_id)
            wait_until_blocked(shared_database)
        looked = looking.result()

    assert (looked, careful.statuses(), careful.waiting.questions(ana)) == (Looked(), [decided], [])


def test_two_who_look_at_once_tell_the_customer_once(
    careful: Careful, ana: Customer, asked: BookingId, connect: Callable[[], Database]
) -> None:
    careful.waiting.clock.move(careful.waiting.at(10) - careful.waiting.clock.now())
    shop_id = careful.waiting.shop.organization_id

    with ThreadPoolExecutor() as threads:
        looking = [threads.submit(undecided.look_after, own, shop_id) for own in (connect(), connect())]
        assert sorted(each.result().expired for each in looking) == [0, 1]

    assert len(careful.waiting.questions(ana)) == 1


def test_the_blocked_and_who_has_never_written_are_not_told_nor_is_anybody_of_what_is_long_over(
    careful: Careful, ana: Customer, asked: BookingId
) -> None:
    careful.waiting.write("UPDATE contacts SET blocked_at = app.now()")
    assert careful.until(careful.waiting.at(10)) == Looked(1)

    bia = careful.waiting.customer("Bia", "Nina")
    careful.waiting.book(bia, careful.waiting.at(10, day=careful.waiting.day + DAY))
    assert careful.until(careful.waiting.at(11, day=careful.waiting.day + 2 * DAY)) == Looked(1)

    assert (careful.waiting.questions(ana), careful.waiting.questions(bia)) == ([], [])
    assert careful.statuses() == ["cancelled"] * 2


def test_what_waits_in_one_shop_is_nothing_to_another(
    careful: Careful, asked: BookingId, owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    careful.waiting.clock.move(careful.waiting.at(10) - careful.waiting.clock.now())
    other = factories.make_pet_shop(owner, database)

    assert undecided.look_after(database, other.organization_id) == Looked()
    assert careful.statuses() == ["requested"]
    assert careful.look().expired == 1

"""The waitlist: joined for full days only, left at will, and looked at whenever a place may be free."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from auzap.bookings import booking, waitlist, waitlist_queries
from auzap.bookings.reasons import Unbookable
from auzap.bookings.waitlist import BadDays, HasRoom, WaitsAlready, WaitsNoMore
from auzap.catalog import services
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId
from auzap.organizations.shop import find_shop
from tests import factories
from tests.db.waiting import Waiting, make_waiting
from tests.factories import PetShop
from tests.postgres import Clock


@pytest.fixture
def waiting(owner: psycopg.Connection, database: Database, clock: Clock) -> Waiting:
    return make_waiting(owner, database, clock)


def due(waiting: Waiting) -> int:
    """How many the clock would look at by now."""
    return waiting.read("SELECT count(*) FROM waitlist_entries WHERE state = 'waiting' AND look_at <= app.now()")[0][0]


def test_a_full_day_is_waited_for(waiting: Waiting) -> None:
    waiting.fill()

    waiting.join(waiting.customer())

    assert waiting.read("SELECT state, from_day, until_day, period FROM waitlist_entries") == [
        ("waiting", waiting.day, waiting.day, "any")
    ]


def test_a_day_with_room_is_not_waited_for(waiting: Waiting) -> None:
    waiting.book(waiting.customer("Outra", "Bob"), waiting.at(10))

    with pytest.raises(HasRoom, match=r"room on quinta-feira .* find_free_slots"):
        waiting.join(waiting.customer())

    assert waiting.states() == []


def test_one_day_with_room_among_full_ones_is_offered_instead(waiting: Waiting) -> None:
    waiting.fill()

    with pytest.raises(HasRoom, match="sexta-feira"):
        waiting.join(waiting.customer(), until_day=waiting.day + timedelta(days=1))


def test_a_part_of_the_day_may_be_full_while_the_other_has_room(waiting: Waiting) -> None:
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        factories.open_all_week(tx)
    # The last morning bath but one would end at half past twelve.
    for hour in (8, 9, 10, 11, 12):
        waiting.book(waiting.customer("Outra", f"Bob {hour}"), waiting.at(hour))

    waiting.join(waiting.customer(), period="morning")

    assert waiting.states() == ["waiting"]
    with pytest.raises(HasRoom):
        waiting.join(waiting.customer("Bia", "Mel"), period="afternoon")


def test_a_closed_day_is_not_waited_for(waiting: Waiting) -> None:
    waiting.write("DELETE FROM opening_hours")

    with pytest.raises(Unbookable, match="closed on quinta-feira"):
        waiting.join(waiting.customer())


def test_a_full_day_is_waited_for_also_beside_a_closed_one(waiting: Waiting) -> None:
    waiting.fill()
    waiting.write("DELETE FROM opening_hours WHERE weekday = 4")

    waiting.join(waiting.customer(), until_day=waiting.day + timedelta(days=1))

    assert waiting.states() == ["waiting"]


def test_a_day_that_is_over_is_not_waited_for(waiting: Waiting) -> None:
    with pytest.raises(Unbookable, match="over"):
        waiting.join(waiting.customer(), from_day=waiting.clock.now().date() - timedelta(days=1))


def test_a_day_beyond_the_horizon_is_not_waited_for(waiting: Waiting) -> None:
    with pytest.raises(Unbookable, match="Bookings open up to"):
        waiting.join(waiting.customer(), from_day=waiting.day + timedelta(days=200))


@pytest.mark.parametrize("days", [-1, 31])
def test_days_in_the_wrong_order_or_too_many_are_refused(waiting: Waiting, days: int) -> None:
    with pytest.raises(BadDays, match="up to 31 days"):
        waiting.join(waiting.customer(), until_day=waiting.day + timedelta(days=days))


def test_thirty_one_days_are_not_too_many(waiting: Waiting) -> None:
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        tx.execute(
            "INSERT INTO blocked_times (starts_at, ends_at) VALUES (%s, %s)",
            [waiting.at(12, day=waiting.day), waiting.at(12, day=waiting.day + timedelta(days=31))],
        )
    waiting.fill()

    waiting.join(waiting.customer(), until_day=waiting.day + timedelta(days=30))

    assert waiting.states() == ["waiting"]


def test_a_pet_waits_for_a_service_once(waiting: Waiting) -> None:
    waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)

    with pytest.raises(WaitsAlready, match="Rex is on the waitlist for Banho already"):
        waiting.join(ana)

    assert waiting.states() == ["waiting"]


def test_another_pet_and_another_service_wait_beside_it(waiting: Waiting) -> None:
    waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        grooming = factories.make_service(tx, "Tosa")

    waiting.join(ana, service=grooming)
    waiting.join(waiting.customer("Bia", "Mel"))

    assert waiting.states() == ["waiting"] * 3


def test_what_is_not_done_for_the_pet_is_not_waited_for(waiting: Waiting) -> None:
    waiting.fill()
    waiting.write("UPDATE services SET species = '{cat}'")
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        (service,) = services.services(tx)

    with pytest.raises(Unbookable, match="cats only"):
        waiting.join(waiting.customer(), service=service)


def test_who_has_that_service_on_the_day_is_told_to_move_it(waiting: Waiting) -> None:
    ana = waiting.customer()
    waiting.book(ana, waiting.at(10))
    waiting.book(waiting.customer("Outra", "Bob"), waiting.at(11))

    with pytest.raises(Unbookable, match="propose_reschedule"):
        waiting.join(ana)


def test_who_leaves_waits_no_more_and_may_join_again(waiting: Waiting) -> None:
    waiting.fill()
    ana = waiting.customer()
    entry = waiting.join(ana)

    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        waitlist.leave(tx, entry, ana.contact_id)
        with pytest.raises(WaitsNoMore, match="list_waitlist"):
            waitlist.leave(tx, entry, ana.contact_id)
    waiting.join(ana)

    assert waiting.states() == ["cancelled", "waiting"]


def test_nobody_leaves_for_somebody_else(waiting: Waiting) -> None:
    waiting.fill()
    entry = waiting.join(waiting.customer())
    bia = waiting.customer("Bia", "Mel")

    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx, pytest.raises(WaitsNoMore):
        waitlist.leave(tx, entry, bia.contact_id)

    assert waiting.states() == ["waiting"]


def test_a_shop_sees_its_own_waitlist_only(waiting: Waiting, other_shop: PetShop) -> None:
    waiting.fill()
    ana = waiting.customer()
    entry = waiting.join(ana)

    with waiting.database.transaction(other_shop.organization_id, "test") as tx:
        assert waitlist_queries.open_entries(tx, ana.contact_id) == []
        assert waitlist_queries.locked(tx, entry) is None
        with pytest.raises(WaitsNoMore):
            waitlist.leave(tx, entry, ana.contact_id)
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        assert [each.pet_name for each in waitlist_queries.open_entries(tx, ana.contact_id)] == ["Rex"]


# Whoever waits is looked at when a place may be free


def cancelled_by_agent(waiting: Waiting, tx: Tx, booked: BookingId) -> None:
    booking.cancel(tx, find_shop(tx), booking_ids=[booked], now=waiting.clock.now(), source="agent")


def cancelled_by_staff(waiting: Waiting, tx: Tx, booked: BookingId) -> None:
    booking.cancel(tx, find_shop(tx), booking_ids=[booked], now=waiting.clock.now(), source="staff")


def moved_away(waiting: Waiting, tx: Tx, booked: BookingId) -> None:
    later = waiting.at(10, day=waiting.day + timedelta(days=1))
    booking.reschedule(tx, find_shop(tx), booking_ids=[booked], starts=[later], now=waiting.clock.now(), source="agent")


def changed_by_hand(_: Waiting, tx: Tx, booked: BookingId) -> None:
    tx.execute("UPDATE bookings SET status = 'cancelled' WHERE id = %s", [booked])


@pytest.mark.parametrize("free", [cancelled_by_agent, cancelled_by_staff, moved_away, changed_by_hand])
def test_whoever_frees_a_place_and_however_makes_the_waiting_due(
    waiting: Waiting, free: Callable[[Waiting, Tx, BookingId], None]
) -> None:
    ten, _ = waiting.fill()
    waiting.join(waiting.customer())
    assert due(waiting) == 0

    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        free(waiting, tx, ten)

    assert due(waiting) == 1


def test_a_place_on_another_day_makes_nobody_due(waiting: Waiting) -> None:
    waiting.fill()
    waiting.join(waiting.customer())
    another = waiting.book(waiting.customer("Outra", "Bidu"), waiting.at(10, day=waiting.day + timedelta(days=1)))

    waiting.cancel(another)

    assert due(waiting) == 0


def test_another_shops_place_makes_nobody_due(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    others = make_waiting(owner, database, clock)
    waiting = make_waiting(owner, database, clock)
    waiting.fill()
    waiting.join(waiting.customer())
    theirs = others.book(others.customer(), others.at(10, day=waiting.day))

    others.cancel(theirs)

    assert due(waiting) == 0


def test_who_was_not_looked_at_for_long_is_looked_at_by_the_clock(waiting: Waiting) -> None:
    waiting.fill()
    waiting.join(waiting.customer())
    waiting.clock.move(timedelta(minutes=6))

    found = waiting.database.lookup("SELECT * FROM app.waiting_for_room(500)")

    assert (waiting.shop.organization_id,) in found
    assert waiting.offer() == []
    assert (waiting.shop.organization_id,) not in waiting.database.lookup("SELECT * FROM app.waiting_for_room(500)")


def test_longer_hours_are_room_too(waiting: Waiting) -> None:
    waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.write("UPDATE opening_hours SET closes = '13:00'")
    waiting.clock.move(timedelta(minutes=6))

    assert waiting.offer() == [ana.conversation_id]
    assert "12:00" in waiting.questions(ana)[0]


# Who waits no more


def test_days_that_have_passed_end_the_wait(waiting: Waiting) -> None:
    waiting.fill()
    waiting.join(waiting.customer())
    waiting.clock.move(timedelta(days=4))

    waiting.offer()

    assert waiting.states() == ["expired"]


def test_who_got_an_appointment_on_one_of_the_days_waits_no_more(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.cancel(ten)
    booked = waiting.book(ana, waiting.at(10))

    assert waiting.offer() == []

    assert waiting.read("SELECT state, booking_id FROM waitlist_entries") == [("booked", booked)]


def test_a_pet_that_has_died_waits_no_more(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    waiting.join(waiting.customer())
    waiting.write("UPDATE pets SET is_active = false WHERE name = 'Rex'")
    waiting.cancel(ten)

    assert waiting.offer() == []
    assert waiting.states() == ["expired"]

"""Repeated appointments: made some weeks ahead, once for each day, at the same hour whatever the clocks do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.bookings import booking, series, series_queries
from auzap.bookings.series import Made, NotRepeatable, NotRunning, RepeatsAlready
from auzap.bookings.series_days import Unit
from auzap.bookings.series_queries import Series
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId, ContactId
from auzap.organizations.shop import Opening, Shop, find_shop
from tests import factories
from tests.db.committed import read, write
from tests.factories import PetShop
from tests.postgres import Clock

SAO_PAULO = "America/Sao_Paulo"
# A Thursday.
DAY = date(2027, 3, 11)


@dataclass(frozen=True)
class Regular:
    """A customer with an appointment that is to be repeated."""

    tx: Tx
    shop: Shop
    contact_id: ContactId
    pet: Pet
    booking_id: BookingId
    starts_at: datetime

    @property
    def now(self) -> datetime:
        return self.starts_at - timedelta(days=2)

    def repeat(self, every: int, unit: Unit, *, now: datetime | None = None) -> tuple[Series, Made]:
        return series.create(
            self.tx,
            self.shop,
            contact_id=self.contact_id,
            booking_id=self.booking_id,
            every=every,
            unit=unit,
            now=now or self.now,
        )

    def hours(self) -> list[datetime]:
        """Of all that is booked, as the clock on the shop's wall has them."""
        rows = self.tx.execute("SELECT starts_at FROM bookings WHERE status <> 'cancelled' ORDER BY starts_at")
        return [self.shop.local(row[0]) for row in rows]

    def days(self) -> list[date]:
        return [hour.date() for hour in self.hours()]

    def tasks(self) -> list[str]:
        return [
            row[0] for row in self.tx.execute("SELECT detail FROM staff_tasks WHERE kind = 'series_missed' ORDER BY id")
        ]


def make_regular(
    tx: Tx, *, day: date = DAY, at: time = time(10), zone: str = SAO_PAULO, horizon: timedelta = timedelta(days=90)
) -> Regular:
    all_day = tuple(Opening(weekday, time(0, 30), time(23, 30)) for weekday in range(7))
    shop = factories.make_shop(tx, time_zone=zone, parallel_bookings=1, openings=all_day, booking_horizon=horizon)
    contact_id = factories.make_contact(tx)
    pet, service = factories.make_pet(tx, contact_id), factories.make_service(tx)
    starts_at = datetime.combine(day, at, ZoneInfo(zone))
    booking_id = factories.book_at(tx, shop, starts_at, pet=pet, contact_id=contact_id, service=service)
    return Regular(tx, shop, contact_id, pet, booking_id, starts_at)


@pytest.fixture
def regular(tx: Tx) -> Regular:
    return make_regular(tx)


def test_the_appointments_of_two_months_are_made_at_once(regular: Regular) -> None:
    _, made = regular.repeat(2, "week")

    assert regular.days() == [DAY + timedelta(weeks=2 * n) for n in range(5)]
    assert [regular.shop.today(moment) for moment in made.booked] == regular.days()[1:]
    rows = regular.tx.execute("SELECT source, series_day FROM bookings ORDER BY starts_at").fetchall()
    assert rows == [("staff", DAY), *[("series", DAY + timedelta(weeks=2 * n)) for n in range(1, 5)]]


def test_nothing_is_made_beyond_the_shops_own_horizon(tx: Tx) -> None:
    regular = make_regular(tx, horizon=timedelta(days=20))

    regular.repeat(1, "week")

    assert regular.days() == [DAY, DAY + timedelta(weeks=1), DAY + timedelta(weeks=2)]


def test_a_month_ends_when_it_ends(tx: Tx) -> None:
    regular = make_regular(tx, day=date(2027, 1, 31))

    regular.repeat(1, "month")

    assert regular.days() == [date(2027, 1, 31), date(2027, 2, 28)]
    (known,) = series.of_contact(tx, regular.contact_id)
    series.make(tx, regular.shop, known, regular.now + timedelta(days=30))
    assert regular.days() == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2027, 3, 7)),  # forward on the 14th
        ("America/New_York", date(2027, 10, 31)),  # back on the 7th of November
        ("Europe/Lisbon", date(2027, 3, 21)),
        ("Europe/Lisbon", date(2027, 10, 24)),
    ],
)
def test_the_hour_stays_when_the_clocks_change(tx: Tx, zone: str, day: date) -> None:
    regular = make_regular(tx, zone=zone, day=day)

    regular.repeat(1, "week")

    hours = regular.hours()
    assert {hour.time() for hour in hours} == {time(10)}
    rows = tx.execute("SELECT starts_at FROM bookings ORDER BY starts_at").fetchall()
    assert rows[2][0] - rows[0][0] != timedelta(weeks=2), "an hour is missing or added between them"


def test_an_hour_that_is_left_out_comes_that_much_later(tx: Tx) -> None:
    regular = make_regular(tx, zone="America/New_York", day=date(2027, 3, 7), at=time(2, 30))

    regular.repeat(1, "week")

    assert [f"{hour:%d/%m %H:%M}" for hour in regular.hours()[:3]] == ["07/03 02:30", "14/03 03:30", "21/03 02:30"]


def test_a_full_day_is_the_staffs_and_stops_no_other(regular: Regular) -> None:
    full = DAY + timedelta(weeks=1)
    factories.book_at(regular.tx, regular.shop, regular.shop.instant(full, time(10)))

    _, made = regular.repeat(1, "week")

    assert [regular.shop.today(moment) for moment in made.missed] == [full]
    assert len(made.booked) == 7
    assert regular.tasks() == [
        "O horário fixo de Rex (Banho) não coube em quinta-feira 18/03 10:00: a loja está fechada ou sem vaga. "
        "Combine outro horário com o cliente."
    ]


def test_a_closed_day_is_the_staffs_too(regular: Regular) -> None:
    closed = DAY + timedelta(weeks=1)
    regular.tx.execute(
        "INSERT INTO blocked_times (starts_at, ends_at) VALUES (%s, %s)",
        [regular.shop.instant(closed, time(0)), regular.shop.instant(closed, time(23, 59))],
    )

    _, made = regular.repeat(1, "week")

    assert [regular.shop.today(moment) for moment in made.missed] == [closed]
    assert len(made.booked) == 7


def test_the_staff_are_told_of_a_day_once(regular: Regular) -> None:
    factories.book_at(regular.tx, regular.shop, regular.shop.instant(DAY + timedelta(weeks=1), time(10)))
    known, _ = regular.repeat(1, "week")

    again = series.make(regular.tx, regular.shop, next(series_queries.locked(regular.tx, known.id)), regular.now)

    assert again == Made()
    assert len(regular.tasks()) == 1


def test_a_day_is_made_once_whatever_became_of_it(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")
    before = regular.days()
    ((second,),) = regular.tx.execute("SELECT id FROM bookings WHERE series_day = %s", [DAY + timedelta(weeks=2)])
    booking.cancel(regular.tx, regular.shop, booking_ids=[second], now=regular.now, source="agent")

    series.make(regular.tx, regular.shop, next(series_queries.locked(regular.tx, known.id)), regular.now)

    assert regular.days() == [day for day in before if day != DAY + timedelta(weeks=2)]


def test_a_moved_appointment_is_not_made_again_on_its_day(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")
    ((second,),) = regular.tx.execute("SELECT id FROM bookings WHERE series_day = %s", [DAY + timedelta(weeks=2)])
    friday = regular.shop.instant(DAY + timedelta(weeks=2, days=1), time(10))
    booking.reschedule(regular.tx, regular.shop, booking_ids=[second], starts=[friday], now=regular.now, source="agent")

    assert (
        series.make(regular.tx, regular.shop, next(series_queries.locked(regular.tx, known.id)), regular.now) == Made()
    )


def test_time_going_on_makes_the_next_ones(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")

    made = series.make(
        regular.tx, regular.shop, next(series_queries.locked(regular.tx, known.id)), regular.now + timedelta(weeks=4)
    )

    assert [regular.shop.today(moment) for moment in made.booked] == [
        DAY + timedelta(weeks=10),
        DAY + timedelta(weeks=12),
    ]


def test_addons_come_each_time(regular: Regular) -> None:
    service_id = regular.tx.execute("SELECT service_id FROM bookings").fetchone()
    assert service_id
    nails = factories.make_service(regular.tx, "Corte de unhas", duration=timedelta(minutes=15), price_cents=2500)
    regular.tx.execute("UPDATE services SET is_addon = true WHERE id = %s", [nails.id])
    regular.tx.execute("INSERT INTO service_addons (service_id, addon_id) VALUES (%s, %s)", [service_id[0], nails.id])
    regular.tx.execute(
        "INSERT INTO booking_addons (booking_id, service_id, price_cents) VALUES (%s, %s, 2500)",
        [regular.booking_id, nails.id],
    )

    known, _ = regular.repeat(2, "week")

    assert known.what == "Banho + Corte de unhas"
    rows = regular.tx.execute("SELECT count(*), min(price_cents) FROM bookings WHERE source = 'series'").fetchone()
    assert rows == (4, 8500)
    added = regular.tx.execute("SELECT count(*) FROM booking_addons").fetchone()
    assert added == (5,)


def test_what_has_ended_is_taken_up_again_in_another_rhythm(regular: Regular) -> None:
    known, _ = regular.repeat(1, "week")
    series.end(regular.tx, regular.shop, known.id, contact_id=regular.contact_id, now=regular.now)
    before = regular.days()

    _, made = regular.repeat(2, "week")

    # All of its days are booked by now.
    assert made == Made()
    assert (regular.days(), regular.tasks()) == (before, [])


def test_another_appointment_of_the_same_service_is_refused_by_name(regular: Regular) -> None:
    regular.repeat(1, "month")
    service = regular.tx.execute("SELECT service_id FROM bookings LIMIT 1").fetchone()
    assert service
    other = factories.book_at(
        regular.tx,
        regular.shop,
        regular.starts_at + timedelta(days=2),
        pet=regular.pet,
        contact_id=regular.contact_id,
        service=next(s for s in factories.services.services(regular.tx) if s.id == service[0]),
    )

    with pytest.raises(RepeatsAlready, match="Rex has Banho regularly already"):
        series.create(
            regular.tx,
            regular.shop,
            contact_id=regular.contact_id,
            booking_id=other,
            every=1,
            unit="week",
            now=regular.now,
        )


def test_what_is_over_or_somebody_elses_is_not_repeated(regular: Regular) -> None:
    stranger = factories.make_contact(regular.tx, "Bia")

    for contact_id, now in ((stranger, regular.now), (regular.contact_id, regular.starts_at + timedelta(hours=1))):
        with pytest.raises(NotRepeatable):
            series.create(
                regular.tx,
                regular.shop,
                contact_id=contact_id,
                booking_id=regular.booking_id,
                every=1,
                unit="week",
                now=now,
            )

    assert regular.tx.execute("SELECT FROM booking_series").rowcount == 0


def test_the_end_leaves_what_is_booked(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")

    staying = series.end(regular.tx, regular.shop, known.id, contact_id=regular.contact_id, now=regular.now)

    assert len(staying) == len(regular.days()) == 5
    assert series.of_contact(regular.tx, regular.contact_id) == []
    with pytest.raises(NotRunning):
        series.end(regular.tx, regular.shop, known.id, contact_id=regular.contact_id, now=regular.now)


def test_the_end_takes_what_is_booked_with_it_where_that_is_asked_for(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")

    staying = series.end(
        regular.tx, regular.shop, known.id, contact_id=regular.contact_id, now=regular.now, cancels_booked=True
    )

    assert staying == regular.days() == []


@pytest.mark.parametrize(("by", "cancelled"), [("user:0198a000-0000-7000-8000-000000000001", 0), ("agent", 5)])
def test_an_end_by_the_shop_costs_the_customer_nothing(regular: Regular, by: str, cancelled: int) -> None:
    known, _ = regular.repeat(2, "week")
    tx = regular.tx
    tx.execute("SELECT set_config('app.actor', %s, true)", [by])

    series.end(tx, regular.shop, known.id, contact_id=regular.contact_id, now=regular.now, cancels_booked=True)

    counted = tx.execute("SELECT cancelled FROM app.customer_standing(%s)", [regular.contact_id]).fetchone()
    assert counted == (cancelled,)


def test_nobody_ends_what_is_somebody_elses(regular: Regular) -> None:
    known, _ = regular.repeat(2, "week")
    stranger = factories.make_contact(regular.tx, "Bia")

    with pytest.raises(NotRunning):
        series.end(regular.tx, regular.shop, known.id, contact_id=stranger, now=regular.now)


# By the shop's clock


@pytest.fixture
def running(owner: psycopg.Connection, database: Database, clock: Clock) -> PetShop:
    """A shop where Rex has his bath each second week; made a while ago, with nothing of it booked by now."""
    shop = factories.make_pet_shop(owner, database, parallel_bookings=1)
    with database.transaction(shop.organization_id, "test") as tx:
        contact_id = factories.make_contact(tx)
        pet, service = factories.make_pet(tx, contact_id), factories.make_service(tx)
        tx.execute(
            """
            INSERT INTO booking_series (contact_id, pet_id, service_id, every, unit, starts_on, at)
            VALUES (%s, %s, %s, 2, 'week', %s, '10:00')
            """,
            [contact_id, pet.id, service.id, find_shop(tx).today(clock.now()) + timedelta(days=1)],
        )
    return shop


def count(database: Database, shop: PetShop) -> int:
    return read(database, shop, "SELECT count(*) FROM bookings WHERE source = 'series'")[0][0]


def test_the_clock_makes_what_is_to_come_and_twice_makes_nothing_more(database: Database, running: PetShop) -> None:
    first = series.make_all(database, running.organization_id)
    again = series.make_all(database, running.organization_id)

    assert len(first.booked) == count(database, running) == 5
    assert again == Made()


def test_a_holiday_is_a_closed_day(database: Database, running: PetShop) -> None:
    write(
        database, running, "INSERT INTO special_days (day, label) SELECT starts_on + 14, 'Feriado' FROM booking_series"
    )

    made = series.make_all(database, running.organization_id)

    assert (len(made.booked), len(made.missed)) == (4, 1)


def test_one_series_that_finds_no_room_stops_no_other(
    database: Database, running: PetShop, connect: Callable[[], Database]
) -> None:
    with database.transaction(running.organization_id, "test") as tx:
        contact_id = factories.make_contact(tx, "Bia")
        pet = factories.make_pet(tx, contact_id, "Mel")
        tx.execute(
            """
            INSERT INTO booking_series (contact_id, pet_id, service_id, every, unit, starts_on, at)
            SELECT %s, %s, service_id, every, unit, starts_on, '23:00' FROM booking_series
            """,
            [contact_id, pet.id],
        )

    made = series.make_all(connect(), running.organization_id)

    assert (len(made.booked), len(made.missed)) == (5, 5)
    assert read(database, running, "SELECT count(*) FROM staff_tasks WHERE kind = 'series_missed'") == [(5,)]


@pytest.mark.parametrize(
    "because",
    [
        "UPDATE booking_series SET state = 'ended'",
        "UPDATE booking_series SET starts_on = starts_on - 90, until = current_date - 2",
        "UPDATE pets SET is_active = false",
        "UPDATE contacts SET blocked_at = app.now()",
    ],
    ids=["ended", "until a day that has passed", "the pet has died", "the customer is blocked"],
)
def test_what_runs_no_more_makes_nothing(database: Database, running: PetShop, because: str) -> None:
    write(database, running, because)

    assert series.make_all(database, running.organization_id) == Made()


def test_nothing_is_made_after_its_last_day(database: Database, running: PetShop) -> None:
    write(database, running, "UPDATE booking_series SET until = starts_on + 14")

    assert len(series.make_all(database, running.organization_id).booked) == 2


def test_a_service_that_is_no_more_makes_a_task_for_each_day(database: Database, running: PetShop) -> None:
    write(database, running, "UPDATE services SET is_active = false")

    assert len(series.make_all(database, running.organization_id).missed) == 5


def test_one_shops_series_are_not_made_for_another(database: Database, running: PetShop, other_shop: PetShop) -> None:
    ((contact_id,),) = read(database, running, "SELECT contact_id FROM booking_series")

    assert series.make_all(database, other_shop.organization_id) == Made()

    with database.transaction(other_shop.organization_id, "test") as tx:
        assert series.of_contact(tx, contact_id) == []
    assert count(database, running) == 0

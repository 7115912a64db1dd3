"""Free times as the database has them: what takes a place or a person, what is told where there is none, what can be booked."""

from contextlib import closing, suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auzap.bookings.availability import Answer, Period, find
from auzap.bookings.reasons import Kind, Unbookable
from auzap.bookings.wanted import wanted
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.organizations.shop import Opening, Shop, find_shop
from tests import factories
from tests.db.counting_proxy import counting
from tests.factories import ALL_WEEK, book_at, make_service, make_shop
from tests.factories_bookings import block, book_pets, hire, make_customer, make_row, mark_day, offer
from tests.postgres import Place

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = date(2027, 3, 10)
EIGHT = datetime.combine(DAY, time(8), SAO_PAULO)
EARLIER = datetime(2027, 3, 1, tzinfo=UTC)
WEDNESDAY = ALL_WEEK[2:3]
# Two appointments of four hours a day, and no more.
HALVES = tuple(
    Opening(weekday, *hours) for weekday in range(7) for hours in ((time(8), time(12)), (time(13), time(17)))
)


def at(hour: float, day: date = DAY) -> datetime:
    return datetime.combine(day, time(), SAO_PAULO) + hour * HOUR


def ask(
    tx: Tx,
    shop: Shop,
    service: Service,
    *pets: Pet,
    day: date = DAY,
    addons: tuple[Service, ...] = (),
    period: Period = "any",
    now: datetime = EARLIER,
) -> Answer:
    asked = [wanted(service, pet, addons) for pet in pets] or [wanted(service, None, addons)]
    return find(tx, shop, asked, day, period=period, now=now)


def hours(shop: Shop, answer: Answer) -> list[str]:
    return [f"{shop.local(slot.starts_at):%H:%M}" for slot in answer.slots]


def starts(
    tx: Tx, shop: Shop, day: date = DAY, *, duration: timedelta = HOUR, now: datetime = EARLIER, period: Period = "any"
) -> list[str]:
    service = offer(tx, f"Banho {next(factories.numbers)}", duration=duration)
    return hours(shop, ask(tx, shop, service, day=day, now=now, period=period))


def kinds(answer: Answer) -> list[Kind]:
    return [reason.kind for reason in answer.reasons]


def test_a_service_takes_a_place_of_its_own_kind_and_no_other(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, openings=HALVES)
    make_row(tx, "resources", name="Banheiras", kind="tub", capacity=2)
    bath, clip = offer(tx, resource_kind="tub", duration=4 * HOUR), offer(tx, "Tosa", duration=4 * HOUR)

    taken: list[tuple[list[str], list[str]]] = []
    for service in (bath, bath, clip):
        book_at(tx, shop, at(8), service=service)
        taken.append((hours(shop, ask(tx, shop, bath)), hours(shop, ask(tx, shop, clip))))

    assert taken == [
        (["08:00", "13:00"], ["08:00", "13:00"]),
        (["13:00"], ["08:00", "13:00"]),
        (["13:00"], ["13:00"]),
    ]


def test_a_resource_that_was_put_away_serves_nobody_any_more(tx: Tx) -> None:
    shop = make_shop(tx)
    make_row(tx, "resources", name="Banheira", kind="tub", is_active=False)

    answer = ask(tx, shop, offer(tx, resource_kind="tub"))

    assert (answer.slots, kinds(answer), answer.nearest) == ((), [Kind.NO_PLACE], ())


def test_one_person_is_at_one_place_at_a_time_whatever_they_do(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=5, slot_grid=HOUR, openings=(Opening(2, time(8), time(11)),))
    paula = hire(tx, "Paula")
    bath, clip = offer(tx, by=[paula]), offer(tx, "Tosa", by=[paula])
    book_at(tx, shop, at(9), service=bath)

    assert hours(shop, ask(tx, shop, clip)) == ["08:00", "10:00"]
    assert hours(shop, ask(tx, shop, make_service(tx, "Corte"))) == ["08:00", "09:00", "10:00"]


def test_people_work_at_their_hours_and_not_when_they_are_away(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, openings=WEDNESDAY)
    paula = hire(tx, "Paula", hours=((2, time(9), time(12)), (2, time(15), time(17)), (3, time(8), time(18))))
    bath = offer(tx, by=[paula])

    assert hours(shop, ask(tx, shop, bath)) == ["09:00", "10:00", "11:00", "15:00", "16:00"]
    block(tx, at(10), at(11.5), staff_id=paula)
    assert hours(shop, ask(tx, shop, bath)) == ["09:00", "15:00", "16:00"]


def test_a_vets_service_is_any_vets_unless_it_names_one(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, openings=(Opening(2, time(8), time(10)),))
    camila, _, paula = hire(tx, "Camila", is_vet=True), hire(tx, "Davi", is_vet=True), hire(tx, "Paula")
    visit, surgery = offer(tx, "Consulta", needs_vet=True), offer(tx, "Cirurgia", needs_vet=True, by=[camila, paula])
    book_at(tx, shop, at(8), service=surgery)

    assert hours(shop, ask(tx, shop, surgery)) == ["09:00"]
    assert hours(shop, ask(tx, shop, visit)) == ["08:00", "09:00"]


def test_an_extra_that_needs_a_vet_makes_the_whole_a_vets(tx: Tx) -> None:
    shop = make_shop(tx, openings=WEDNESDAY)
    vaccine = offer(tx, "Vacina", is_addon=True, needs_vet=True, duration=15 * MINUTE)
    bath = offer(tx, addons=[vaccine])
    hire(tx, "Paula")

    assert ask(tx, shop, bath).slots
    assert kinds(ask(tx, shop, bath, addons=(vaccine,))) == [Kind.NO_VET]


def test_buffers_keep_the_place_before_and_after_but_not_the_shop_open(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, slot_grid=30 * MINUTE, openings=(Opening(2, time(8), time(13)),))
    quick = offer(tx, "Corte", duration=30 * MINUTE)
    bath = offer(tx, buffer_before=30 * MINUTE, buffer_after=30 * MINUTE)
    book_at(tx, shop, at(10), service=bath)

    assert hours(shop, ask(tx, shop, quick)) == ["08:00", "08:30", "09:00", "11:30", "12:00", "12:30"]
    assert hours(shop, ask(tx, shop, bath)) == ["08:00", "12:00"]


def test_blocked_time_is_of_the_shop_of_a_resource_or_of_a_person(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, openings=(Opening(2, time(8), time(12)),))
    tub, other = (make_row(tx, "resources", name=name, kind="tub") for name in ("Banheira 1", "Banheira 2"))
    bath, clip = offer(tx, resource_kind="tub"), offer(tx, "Tosa")

    block(tx, at(8), at(9))
    block(tx, at(9), at(11), resource_id=tub)
    block(tx, at(10), at(11), resource_id=other)

    assert hours(shop, ask(tx, shop, bath)) == ["09:00", "11:00"]
    assert hours(shop, ask(tx, shop, clip)) == ["09:00", "10:00", "11:00"]


def test_a_special_day_has_its_own_hours_and_a_holiday_none(tx: Tx) -> None:
    now = datetime.now(UTC)
    today = now.astimezone(SAO_PAULO).date()
    holiday, short = today + timedelta(days=3), today + timedelta(days=4)
    mark_day(tx, holiday, "Aniversário da cidade")
    mark_day(tx, short, "Véspera", time(10), time(12))
    shop = make_shop(tx, slot_grid=HOUR)
    bath = offer(tx)

    closed = ask(tx, shop, bath, day=holiday, now=now)

    assert "(Aniversário da cidade)" in closed.reasons[0].told
    assert kinds(closed) == [Kind.CLOSED]
    assert hours(shop, ask(tx, shop, bath, day=short, now=now)) == ["10:00", "11:00"]
    mark_day(tx, today + timedelta(days=shop.booking_horizon.days))
    mark_day(tx, today - timedelta(days=2))
    assert len(find_shop(tx).special_days) == 3


def test_large_pets_and_extras_take_longer(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, openings=(Opening(2, time(8), time(12)),))
    nails = offer(tx, "Unhas", is_addon=True, duration=30 * MINUTE)
    bath = offer(tx, addons=[nails], prices=[("giant", "any", 15000, 180), ("giant", "long", 18000, 210)])
    _, (mel,) = make_customer(tx, "Mel")
    _, (thor,) = make_customer(tx, "Thor", size="giant")

    assert hours(shop, ask(tx, shop, bath, mel)) == ["08:00", "09:00", "10:00", "11:00"]
    assert hours(shop, ask(tx, shop, bath, mel, addons=(nails,))) == ["08:00", "09:00", "10:00"]
    assert hours(shop, ask(tx, shop, bath, thor)) == ["08:00", "09:00"]
    assert hours(shop, ask(tx, shop, bath, thor, addons=(nails,))) == ["08:00"]


def test_pets_come_together_where_there_are_places_and_else_one_after_the_other(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2, slot_grid=HOUR, openings=(Opening(2, time(8), time(11)),))
    bath = offer(tx)
    _, (rex, mel) = make_customer(tx, "Rex", "Mel")
    assert [slot.starts for slot in ask(tx, shop, bath, rex, mel).slots] == [(at(h), at(h)) for h in (8, 9, 10)]

    book_at(tx, shop, at(8), service=bath)
    book_at(tx, shop, at(10), service=bath)
    assert [slot.starts for slot in ask(tx, shop, bath, rex, mel).slots] == [(at(9), at(9))]

    book_at(tx, shop, at(9), service=bath)
    answer = ask(tx, shop, bath, rex, mel)
    assert [slot.starts for slot in answer.slots] == [(at(8), at(9)), (at(9), at(10))]
    assert not any(slot.is_together for slot in answer.slots)


def test_a_full_day_names_the_nearest_with_room_and_what_was_looked_at(tx: Tx) -> None:
    shop = make_shop(
        tx, parallel_bookings=1, slot_grid=HOUR, openings=tuple(Opening(d, time(8), time(9)) for d in range(6))
    )
    for offset in (-1, 0, 1, 2):
        book_at(tx, shop, at(8, DAY + timedelta(days=offset)), now=EARLIER)

    answer = ask(tx, shop, offer(tx))

    assert kinds(answer) == [Kind.FULL]
    assert [(part.starts_at, part.ends_at) for part in answer.checked] == [(at(8), at(9))]
    # Wednesday is full, and the days around it; Sunday is closed: Monday before, Saturday and the next Monday after.
    assert [slot.starts_at for slot in answer.nearest] == [at(8, date(2027, 3, day)) for day in (6, 8, 13)]
    assert answer.looked_at == (date(2027, 3, 3), date(2027, 3, 17))


def test_the_nearest_days_are_of_the_part_of_the_day_that_is_wanted(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, openings=HALVES)
    half = offer(tx, "Meio", duration=4 * HOUR)
    book_at(tx, shop, at(8), service=half)
    book_at(tx, shop, at(13), service=half)
    book_at(tx, shop, at(13, DAY + timedelta(days=1)), service=half)

    answer = ask(tx, shop, half, period="afternoon", now=at(8) - HOUR)

    assert [slot.starts_at for slot in answer.nearest] == [at(13, DAY + timedelta(days=n)) for n in (2, 3, 4)]


def test_other_hours_of_the_day_are_told_where_the_wanted_ones_are_taken(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, openings=HALVES)
    half = offer(tx, duration=4 * HOUR)
    book_at(tx, shop, at(8), service=half)

    answer = ask(tx, shop, half, period="morning")

    assert (answer.slots, [slot.starts_at for slot in answer.other_hours]) == ((), [at(13)])
    assert (answer.nearest, answer.looked_at) == ((), None)


def test_a_closed_day_names_the_nearest_open_ones(tx: Tx) -> None:
    shop = make_shop(tx, openings=ALL_WEEK[:6])

    answer = ask(tx, shop, offer(tx), day=date(2027, 3, 14))

    assert kinds(answer) == [Kind.CLOSED]
    assert [shop.today(slot.starts_at).day for slot in answer.nearest] == [13, 15, 16]


def test_a_day_that_is_over_or_too_far_off_names_the_nearest_that_is_neither(tx: Tx) -> None:
    shop = make_shop(tx, booking_horizon=timedelta(days=30))
    bath, now = offer(tx), at(12)

    over, far = (ask(tx, shop, bath, day=day, now=now) for day in (DAY - timedelta(days=1), DAY + timedelta(days=99)))

    assert (kinds(over), kinds(far)) == ([Kind.PAST], [Kind.TOO_FAR])
    assert "09/04/2027" in far.reasons[0].told
    assert [shop.today(slot.starts_at) for slot in over.nearest] == [DAY + timedelta(days=n) for n in range(3)]
    assert [shop.today(slot.starts_at) for slot in far.nearest] == [DAY + timedelta(days=n) for n in (28, 29, 30)]


def test_nothing_in_a_fortnight_is_told_as_such(tx: Tx) -> None:
    shop = make_shop(tx, openings=())

    answer = ask(tx, shop, offer(tx))

    assert (kinds(answer), answer.nearest) == ([Kind.CLOSED], ())
    assert answer.looked_at == (DAY - timedelta(days=7), DAY + timedelta(days=7))


def test_what_is_needed_first_counts_when_it_is_done_or_booked_before(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=5, slot_grid=HOUR, openings=WEDNESDAY)
    visit = offer(tx, "Consulta")
    vaccine = offer(tx, "Vacina", prerequisite_id=visit.id, prerequisite_within=timedelta(days=30))
    contact_id, (rex, mel) = make_customer(tx, "Rex", "Mel")
    book_at(tx, shop, at(10), pet=rex, contact_id=contact_id, service=visit)
    book_at(tx, shop, at(8, DAY - timedelta(days=31)), pet=mel, contact_id=contact_id, service=visit)

    assert hours(shop, ask(tx, shop, vaccine, rex))[0] == "11:00"
    assert kinds(ask(tx, shop, vaccine, mel)) == [Kind.PREREQUISITE]
    tx.execute("UPDATE bookings SET status = 'cancelled' WHERE pet_id = %s", [rex.id])
    assert kinds(ask(tx, shop, vaccine, rex)) == [Kind.PREREQUISITE]


def test_a_pet_is_not_offered_the_hour_of_another_appointment_of_its_own(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, openings=(Opening(2, time(8), time(11)),))
    contact_id, (rex, mel) = make_customer(tx, "Rex", "Mel")
    book_at(tx, shop, at(9), pet=rex, contact_id=contact_id, service=offer(tx, "Tosa"))
    bath = offer(tx)

    assert hours(shop, ask(tx, shop, bath, rex)) == ["08:00", "10:00"]
    assert hours(shop, ask(tx, shop, bath, mel)) == ["08:00", "09:00", "10:00"]


def test_what_a_pet_already_has_is_told_and_its_time_counts_as_free_to_move_within(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1, slot_grid=HOUR, openings=(Opening(2, time(8), time(10)),))
    bath = offer(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    book_at(tx, shop, at(8), pet=rex, contact_id=contact_id, service=bath)

    answer = ask(tx, shop, bath, rex)

    assert hours(shop, answer) == ["08:00", "09:00"]
    assert [note.kind for note in answer.notes] == [Kind.ALREADY]
    assert "Rex already has Banho on quarta-feira 10/03 08:00" in answer.notes[0].told
    assert hours(shop, ask(tx, shop, bath)) == ["09:00"]


@pytest.mark.parametrize(
    ("conditions", "kind"),
    [
        ({"is_bookable_by_agent": False}, Kind.STAFF_ONLY),
        ({"species": ["cat", "bird"]}, Kind.SPECIES),
        ({"youngest_months": 6}, Kind.AGE_UNKNOWN),
        ({"oldest_months": 6}, Kind.AGE_UNKNOWN),
    ],
)
def test_what_is_not_done_for_this_pet_is_told_whatever_the_day(tx: Tx, conditions: dict[str, Any], kind: Kind) -> None:
    shop = make_shop(tx)
    _, (rex,) = make_customer(tx, "Rex")

    answer = ask(tx, shop, offer(tx, **conditions), rex)

    assert (answer.slots, kinds(answer), answer.nearest) == ((), [kind], ())


def test_another_shops_appointments_places_and_people_take_nothing_of_ours(
    tx: Tx, owner: psycopg.Connection, connect
) -> None:
    other: Database = connect()
    with other.transaction(factories.make_organization(owner), "test") as elsewhere:
        theirs = make_shop(elsewhere, parallel_bookings=1)
        make_row(elsewhere, "resources", name="Banheira", kind="tub")
        block(elsewhere, at(0), at(24))
        book_at(elsewhere, theirs, at(8))
    shop = make_shop(tx, parallel_bookings=1, slot_grid=HOUR, openings=(Opening(2, time(8), time(9)),))

    assert starts(tx, shop) == ["08:00"]
    assert kinds(ask(tx, shop, offer(tx, "No tanque", resource_kind="tub"))) == [Kind.NO_PLACE]


def test_a_question_is_at_most_two_statements(shared_database: Place, owner: psycopg.Connection) -> None:
    organization_id = factories.make_organization(owner)
    with counting(shared_database.app) as proxy, closing(Database(lambda: proxy.conninfo)) as database:
        with database.transaction(organization_id, "test") as tx:
            shop = make_shop(tx, parallel_bookings=1, openings=WEDNESDAY)
            vaccine = offer(tx, "Vacina", prerequisite_id=offer(tx, "Consulta").id)
            _, (rex, mel) = make_customer(tx, "Rex", "Mel")
            asked = [
                wanted(each, pet) for each in (vaccine, offer(tx, "Dia", duration=10 * HOUR)) for pet in (rex, mel)
            ]
            counts: list[int] = []
            for each in (asked[2:3], asked[:2], asked[2:]):
                proxy.reset()
                answer = find(tx, shop, each, DAY, now=EARLIER)
                counts.append(proxy.statements)
        assert counts == [1, 2, 2]
        assert answer.reasons


def test_what_is_taken_is_found_by_its_time_whatever_row_security_adds(tx: Tx) -> None:
    shop, bath = make_shop(tx, parallel_bookings=1), offer(tx)
    for days in (-21, -14, -7, 0, 7, 14, 21):
        book_at(tx, shop, at(12, DAY + timedelta(days=days)), service=bath)
    tx.execute("SET LOCAL enable_seqscan = off")
    tx.execute("SET LOCAL enable_bitmapscan = off")
    before = places_fetched(tx)

    ask(tx, shop, bath)

    # The one of the day, and none of the weeks before and after it.
    assert places_fetched(tx) - before == 1


def places_fetched(tx: Tx) -> int:
    """By an index, in this transaction."""
    ((fetched,),) = tx.execute("SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'booking_places'")
    return fetched


MOST = 12


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    taken=st.lists(st.tuples(st.integers(0, 19), st.integers(1, 6), st.booleans()), max_size=MOST),
    blocks=st.lists(
        st.tuples(st.integers(0, 19), st.integers(1, 4), st.sampled_from(["shop", "tub", "paula"])), max_size=2
    ),
    buffers=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    tubs=st.integers(1, 3),
    pets=st.integers(1, 2),
)
def test_every_slot_that_is_found_can_be_booked_and_no_other(
    tx: Tx,
    taken: list[tuple[int, int, bool]],
    blocks: list[tuple[int, int, str]],
    buffers: tuple[int, int],
    tubs: int,
    pets: int,
) -> None:
    with tx.connection.transaction(force_rollback=True):
        shop = make_shop(tx, openings=WEDNESDAY)
        tub = make_row(tx, "resources", name="Banheira", kind="tub", capacity=tubs)
        paula, _ = hire(tx, "Paula"), hire(tx, "Rafael", hours=((2, time(10), time(16)),))
        before, after = (30 * MINUTE * each for each in buffers)
        conditions = {"resource_kind": "tub", "buffer_before": before, "buffer_after": after}
        plain, personal = offer(tx, **conditions), offer(tx, "Tosa", **conditions, by=[paula, _])
        for start, length, is_personal in taken:
            other = offer(tx, f"Outro {next(factories.numbers)}", duration=30 * MINUTE * length, resource_kind="tub")
            with suppress(Unbookable):
                book_at(tx, shop, EIGHT + 30 * MINUTE * start, service=personal if is_personal else other)
        for start, length, whose in blocks:
            time_of = EIGHT + 30 * MINUTE * start, EIGHT + 30 * MINUTE * (start + length)
            block(tx, *time_of, **{"tub": {"resource_id": tub}, "paula": {"staff_id": paula}}.get(whose, {}))
        contact_id, of = make_customer(tx, *("Rex", "Mel")[:pets])

        for service in (plain, personal):
            free = {slot.starts for slot in ask(tx, shop, service, *of).slots if slot.is_together}
            for start in (EIGHT + step * shop.slot_grid for step in range(-2, 22)):
                assert can_book(tx, shop, contact_id, of, [start] * pets, service) == ((start,) * pets in free), start


def can_book(tx: Tx, shop: Shop, contact_id, pets: list[Pet], starts: list[datetime], service: Service) -> bool:
    with tx.connection.transaction(force_rollback=True):
        try:
            book_pets(tx, shop, contact_id, pets, starts, service=service, now=EARLIER)
        except Unbookable:
            return False
        tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return True


def test_the_last_slot_ends_when_the_shop_closes(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR)

    assert starts(tx, shop, duration=3 * HOUR) == [f"{hour:02d}:00" for hour in range(8, 16)]
    assert starts(tx, shop, duration=10 * HOUR) == ["08:00"]
    assert starts(tx, shop, duration=10 * HOUR + MINUTE) == []


def test_an_appointment_across_the_opening_still_takes_its_time(tx: Tx) -> None:
    """As a person of the shop may have made it."""
    shop = make_shop(tx, parallel_bookings=1, slot_grid=HOUR, openings=(Opening(2, time(9), time(12)),))
    book_at(tx, shop, EIGHT - HOUR, service=make_service(tx, "Tosa longa", duration=3 * HOUR))

    assert starts(tx, shop) == ["10:00", "11:00"]


def test_today_begins_after_the_notice(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR, minimum_notice=timedelta(hours=2))

    assert starts(tx, shop, now=EIGHT + 5 * HOUR) == ["15:00", "16:00", "17:00"]
    assert starts(tx, shop, now=EIGHT + 5 * HOUR + MINUTE) == ["16:00", "17:00"]


def test_today_is_the_day_of_the_shop_and_not_of_greenwich(tx: Tx) -> None:
    shop = make_shop(tx)
    late_evening = datetime(2027, 3, 11, 1, 30, tzinfo=UTC)
    bath = offer(tx)

    assert kinds(ask(tx, shop, bath, day=DAY, now=late_evening)) == [Kind.TOO_SOON]
    assert hours(shop, ask(tx, shop, bath, day=DAY + timedelta(days=1), now=late_evening))[0] == "08:00"


@pytest.mark.parametrize("day", [date(2027, 2, 28), date(2028, 2, 29), date(2027, 4, 30), date(2027, 12, 31)])
def test_the_last_day_of_a_month_is_a_day_like_others(tx: Tx, day: date) -> None:
    shop = make_shop(tx, slot_grid=HOUR, parallel_bookings=1)
    noon = datetime.combine(day, time(12), SAO_PAULO)
    book_at(tx, shop, noon)

    free = starts(tx, shop, day, now=noon - timedelta(days=3))

    assert free == [f"{hour:02d}:00" for hour in range(8, 18) if hour != 12]


@pytest.mark.parametrize(
    ("zone", "day", "first", "last", "hours_open"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "01:00", "22:00", 22),
        ("America/Sao_Paulo", date(2018, 2, 17), "00:00", "22:00", 23),
        ("America/Santiago", date(2022, 9, 11), "01:00", "22:00", 22),
        ("America/Asuncion", date(2023, 10, 1), "01:00", "22:00", 22),
        ("America/Noronha", date(2018, 11, 4), "00:00", "22:00", 23),
        ("America/Manaus", date(2018, 11, 4), "00:00", "22:00", 23),
    ],
)
def test_a_shop_that_hardly_closes_keeps_real_hours_when_clocks_change(
    tx: Tx, zone: str, day: date, first: str, last: str, hours_open: int
) -> None:
    shop = make_shop(
        tx,
        time_zone=zone,
        slot_grid=HOUR,
        openings=tuple(Opening(weekday, time(0), time(23)) for weekday in range(7)),
        minimum_notice=timedelta(0),
    )
    slots = ask(tx, shop, offer(tx), day=day, now=datetime.combine(day, time(12), UTC) - timedelta(days=3)).slots

    local = [shop.local(slot.starts_at) for slot in slots]
    assert (f"{local[0]:%H:%M}", f"{local[-1]:%H:%M}", len(slots)) == (first, last, hours_open)
    assert {moment.date() for moment in local} == {day}
    assert all(later.starts_at - earlier.starts_at == HOUR for earlier, later in pairwise(slots))


@pytest.mark.parametrize("day", [date(2018, 11, 3), date(2018, 11, 4), date(2018, 11, 5)])
def test_a_booked_hour_is_busy_on_both_sides_of_a_clock_change(tx: Tx, day: date) -> None:
    shop = make_shop(tx, slot_grid=HOUR, parallel_bookings=1)
    ten = datetime.combine(day, time(10), SAO_PAULO)
    book_at(tx, shop, ten)

    free = starts(tx, shop, day, now=ten - timedelta(days=5))

    assert free == [f"{hour:02d}:00" for hour in range(8, 18) if hour != 10]


def test_morning_ends_at_noon_of_the_shop(tx: Tx) -> None:
    shop = make_shop(tx, slot_grid=HOUR)

    assert starts(tx, shop, period="morning") == ["08:00", "09:00", "10:00", "11:00"]
    assert starts(tx, shop, period="afternoon") == [f"{hour}:00" for hour in range(12, 18)]

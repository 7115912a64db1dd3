"""Where there is room: which days are free, and which periods can be offered at all."""

from datetime import timedelta

import pytest

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.organizations.shop import Shop
from auzap.stays import places
from auzap.stays.places import (
    ClosedOn,
    EmptyPeriod,
    NoRoomFor,
    NoRooms,
    PeriodOver,
    PeriodTooFar,
    PeriodTooLong,
)
from auzap.stays.rooms import Kind, room_with
from tests import factories
from tests.db.lodging import FROM, NOW, TODAY
from tests.factories import ALL_WEEK
from tests.factories_stays import DAY, guest, make_room, stay_for


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx)


def test_a_day_shows_its_free_places_room_by_room(tx: Tx, shop: Shop) -> None:
    suite, room = make_room(tx, capacity=2), make_room(tx, "Quarto", capacity=1)
    stay_for(tx, shop, guest(tx), suite, FROM, 1, now=NOW)
    stay_for(tx, shop, guest(tx, "Mel"), room, FROM, 2, now=NOW)

    found = {
        (each.room_type_id, each.day): (each.capacity, each.free)
        for each in places.by_day(tx, "hotel", FROM, FROM + 2 * DAY)
    }

    assert found == {
        (suite.id, FROM): (2, 1),
        (suite.id, FROM + DAY): (2, 2),
        (room.id, FROM): (1, 0),
        (room.id, FROM + DAY): (1, 0),
    }


def test_a_stay_is_offered_where_every_day_has_a_place_and_ends_before_its_last_day(tx: Tx, shop: Shop) -> None:
    room, pet = make_room(tx), guest(tx, "Mel")
    stay_for(tx, shop, guest(tx), room, FROM, 2, now=NOW)

    def offered(first: int, last: int) -> int:
        return len(places.offers(tx, shop, "hotel", pet, FROM + first * DAY, FROM + last * DAY, now=NOW))

    assert [offered(-2, 0), offered(2, 4), offered(-1, 1), offered(1, 3), offered(-1, 5)] == [1, 1, 0, 0, 0]


def test_the_nearest_later_period_is_found_where_all_is_full(tx: Tx, shop: Shop) -> None:
    room, pet = make_room(tx), guest(tx, "Mel")
    stay_for(tx, shop, guest(tx), room, FROM, 3, now=NOW)
    stay_for(tx, shop, guest(tx, "Bob"), room, FROM + 4 * DAY, 2, now=NOW)

    (found,) = places.next_offers(tx, shop, "hotel", pet, FROM + DAY, FROM + 3 * DAY, now=NOW)

    assert (found.from_day, found.until_day) == (FROM + 6 * DAY, FROM + 8 * DAY)


def test_beyond_ninety_days_no_period_is_looked_for(tx: Tx, shop: Shop) -> None:
    room, pet = make_room(tx), guest(tx, "Mel")
    for start in (0, 90):
        stay_for(tx, shop, guest(tx, f"Rex {'I' * (start + 1)}"[:50]), room, FROM + start * DAY, 90, now=NOW)

    assert places.next_offers(tx, shop, "hotel", pet, FROM, FROM + DAY, now=NOW) == []
    (found,) = places.next_offers(tx, shop, "hotel", pet, FROM + 90 * DAY, FROM + 91 * DAY, now=NOW)
    assert found.from_day == FROM + 180 * DAY


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (3, 3, EmptyPeriod),
        (3, 2, EmptyPeriod),
        (1, 92, PeriodTooLong),
        (-1, 2, PeriodOver),
        (366, 368, PeriodTooFar),
    ],
)
def test_a_period_that_cannot_be_is_refused(tx: Tx, shop: Shop, first: int, last: int, refused: type[Refusal]) -> None:
    room, pet = make_room(tx), guest(tx)

    with pytest.raises(refused):
        places.offers(tx, shop, "hotel", pet, TODAY + first * DAY, TODAY + last * DAY, now=NOW)
    with pytest.raises(refused):
        stay_for(tx, shop, pet, room, TODAY + first * DAY, last - first, now=NOW)


def test_today_may_be_reserved_until_the_door_closes(tx: Tx, shop: Shop) -> None:
    room, pet = make_room(tx), guest(tx)
    evening = NOW.replace(hour=18)

    assert len(places.offers(tx, shop, "hotel", pet, TODAY, TODAY + DAY, now=evening - timedelta(minutes=1))) == 1
    with pytest.raises(PeriodOver):
        places.offers(tx, shop, "hotel", pet, TODAY, TODAY + DAY, now=evening)
    with pytest.raises(PeriodOver):
        stay_for(tx, shop, pet, room, TODAY, 1, now=evening)


def test_daycare_keeps_the_days_of_the_shop_and_a_hotel_does_not(tx: Tx) -> None:
    shop = factories.make_shop(tx, openings=tuple(hours for hours in ALL_WEEK if hours.weekday < 6))
    sunday = TODAY + 6 * DAY
    for kind in ("daycare", "hotel"):
        make_room(tx, kind.title(), kind=kind, capacity=5)
    pet = guest(tx)

    with pytest.raises(ClosedOn) as refused:
        places.offers(tx, shop, "daycare", pet, sunday - DAY, sunday + DAY, now=NOW)
    assert refused.value.day == sunday
    assert places.offers(tx, shop, "daycare", pet, sunday - DAY, sunday, now=NOW)
    assert places.offers(tx, shop, "hotel", pet, sunday - DAY, sunday + DAY, now=NOW)


def test_the_next_days_of_daycare_are_days_of_the_shop(tx: Tx) -> None:
    shop = factories.make_shop(tx, openings=tuple(hours for hours in ALL_WEEK if hours.weekday < 5))
    friday = TODAY + 4 * DAY
    room = make_room(tx, kind="daycare")
    stay_for(tx, shop, guest(tx), room, friday, 1, now=NOW)

    (found,) = places.next_offers(tx, shop, "daycare", guest(tx, "Mel"), friday, friday + DAY, now=NOW)

    assert found.from_day == friday + 3 * DAY


@pytest.mark.parametrize(("kind", "refused"), [("hotel", NoRoomFor), ("daycare", NoRooms)])
def test_there_is_no_room_for_a_species_or_of_a_kind_that_the_shop_has_not(
    tx: Tx, shop: Shop, kind: Kind, refused: type[Refusal]
) -> None:
    make_room(tx, species=["cat"])

    with pytest.raises(refused):
        places.offers(tx, shop, kind, guest(tx), FROM, FROM + DAY, now=NOW)


def test_a_room_that_is_put_away_is_neither_offered_nor_reserved(tx: Tx, shop: Shop) -> None:
    room, pet = make_room(tx), guest(tx)
    tx.execute("UPDATE room_types SET is_active = false")
    put_away = room_with(tx, room.id)
    assert put_away

    with pytest.raises(NoRooms):
        places.offers(tx, shop, "hotel", pet, FROM, FROM + DAY, now=NOW)
    with pytest.raises(NoRoomFor):
        stay_for(tx, shop, pet, put_away, FROM, now=NOW)

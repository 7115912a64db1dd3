"""Stays: a place on every day or none, approved only by proof, and a life that the database watches over."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import errors

from auzap.customers import health
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.organizations.shop import Shop
from auzap.stays import places, queries, staying
from auzap.stays.places import (
    ClosedOn,
    EmptyPeriod,
    NoRoomFor,
    NoRooms,
    PeriodOver,
    PeriodTooFar,
    PeriodTooLong,
)
from auzap.stays.queries import Stay
from auzap.stays.rooms import Kind, SizeUnknown, room_with
from auzap.stays.staying import (
    BY_RECORD,
    Assessment,
    Departure,
    Incomplete,
    NotItsDay,
    NotProved,
    PetStaysAlready,
    StayFull,
    StayMoved,
    TooLateToCancel,
    UnknownStay,
)
from tests import factories
from tests.factories import ALL_WEEK
from tests.factories_stays import ARRIVAL, DAY, SEEN, guest, make_rate, make_room, prove, stay_for

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
TODAY = NOW.date()
FROM = TODAY + 10 * DAY
LAST_PROVED = TODAY + 60 * DAY


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx)


def moves(tx: Tx, stay: Stay) -> list[tuple[Any, ...]]:
    rows = tx.execute(
        "SELECT from_state, to_state, reason, actor FROM stay_moves WHERE stay_id = %s ORDER BY id", [stay.id]
    )
    return rows.fetchall()


def days_held(tx: Tx, stay: Stay) -> list[date]:
    rows = tx.execute("SELECT day FROM stay_days WHERE stay_id = %s ORDER BY day", [stay.id])
    return [day for (day,) in rows]


def proved_guest(tx: Tx, name: str = "Rex") -> Pet:
    pet = guest(tx, name)
    prove(tx, pet.id, today=TODAY, until=LAST_PROVED)
    return pet


def approved_stay(tx: Tx, shop: Shop, from_day: date = FROM, days: int = 2, **room: Any) -> Stay:
    return stay_for(tx, shop, proved_guest(tx), make_room(tx, **room), from_day, days, now=NOW)


def there(tx: Tx, shop: Shop, days: int = 3, **room: Any) -> Stay:
    stay = approved_stay(tx, shop, TODAY, days, **room)
    return staying.check_in(tx, shop, stay.id, ARRIVAL, now=NOW)


# Where there is room


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


# Reserving


def test_a_reservation_holds_a_place_on_each_of_its_days_and_waits_for_an_assessment(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, guest(tx), make_room(tx), FROM, 3, now=NOW, requests="dorme com a manta")

    assert days_held(tx, stay) == [FROM, FROM + DAY, FROM + 2 * DAY]
    assert (stay.state, stay.total_cents, stay.vaccines_ok, stay.deworming_ok) == (
        "awaiting_assessment",
        30000,
        None,
        None,
    )
    assert stay.requests == "dorme com a manta"
    assert moves(tx, stay) == [(None, "awaiting_assessment", None, "test")]
    assert tx.execute("SELECT kind, detail FROM notifications").fetchall() == [
        ("stay_assessment", {"stay": str(stay.id)})
    ]


def test_the_last_place_is_given_once_and_nothing_is_left_of_the_other_try(tx: Tx, shop: Shop) -> None:
    room = make_room(tx)
    stay_for(tx, shop, guest(tx), room, FROM + DAY, 1, now=NOW)

    with pytest.raises(StayFull) as refused:
        stay_for(tx, shop, guest(tx, "Mel"), room, FROM, 3, now=NOW)

    assert refused.value.day == FROM + DAY
    assert tx.execute("SELECT count(*) FROM stays").fetchone() == (1,)
    assert tx.execute("SELECT count(*) FROM stay_days").fetchone() == (1,)


def test_a_shop_that_has_fewer_places_now_gives_none_until_enough_have_left(tx: Tx, shop: Shop) -> None:
    room = make_room(tx, capacity=3)
    for name in ("Rex", "Mel", "Bob"):
        stay_for(tx, shop, guest(tx, name), room, FROM, 1, now=NOW)
    tx.execute("UPDATE room_types SET capacity = 2")
    tx.execute("DELETE FROM stay_days WHERE number = 1")

    (day,) = places.by_day(tx, "hotel", FROM, FROM + DAY)
    assert day.free == 0
    with pytest.raises(StayFull):
        stay_for(tx, shop, guest(tx, "Nina"), room, FROM, 1, now=NOW)


def test_a_pet_is_not_in_two_places_at_once(tx: Tx, shop: Shop) -> None:
    pet, suite, daycare = guest(tx), make_room(tx), make_room(tx, "Creche", kind="daycare")
    stay_for(tx, shop, pet, suite, FROM, 2, now=NOW)

    with pytest.raises(PetStaysAlready):
        stay_for(tx, shop, pet, daycare, FROM + DAY, 1, now=NOW)
    stay_for(tx, shop, pet, daycare, FROM + 2 * DAY, 1, now=NOW)


def test_a_cancelled_stay_is_in_nobodys_way(tx: Tx, shop: Shop) -> None:
    pet, room = guest(tx), make_room(tx)
    first = stay_for(tx, shop, pet, room, FROM, 2, now=NOW)

    staying.cancel(tx, first.id, reason="viagem adiada")

    assert days_held(tx, first) == []
    assert stay_for(tx, shop, pet, room, FROM, 2, now=NOW).state == "awaiting_assessment"
    assert moves(tx, first)[-1] == ("awaiting_assessment", "cancelled", "viagem adiada", "test")


def test_the_rate_is_of_the_size_and_of_the_length(tx: Tx, shop: Shop) -> None:
    room = make_rate(tx, make_room(tx, capacity=9, long_daily_cents=9000, long_from_days=5), "large", 15000, 14000)

    def total(size: str, days: int) -> int:
        return stay_for(tx, shop, guest(tx, size.title(), size=size), room, FROM, days, now=NOW).total_cents

    assert [total("large", 4), total("small", 5), total("giant", 1)] == [60000, 45000, 10000]


def test_a_price_that_depends_on_an_unknown_size_is_not_guessed(tx: Tx, shop: Shop) -> None:
    room, pet = make_rate(tx, make_room(tx), "large", 15000), guest(tx)
    tx.execute("UPDATE pets SET size = NULL")
    unsized = Pet(pet.id, pet.name, pet.species, None, None)

    with pytest.raises(SizeUnknown):
        stay_for(tx, shop, unsized, room, FROM, now=NOW)


# Proof


def test_what_the_health_record_proves_is_approved_at_once(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)

    assert (stay.state, stay.vaccines_ok, stay.deworming_ok, stay.assessed_by) == ("approved", True, True, BY_RECORD)
    assert [(was, to) for was, to, *_ in moves(tx, stay)] == [
        (None, "awaiting_assessment"),
        ("awaiting_assessment", "approved"),
    ]
    assert tx.execute("SELECT FROM notifications").rowcount == 0


def test_what_a_tutor_only_says_neither_approves_nor_spoils_a_stay(tx: Tx, shop: Shop) -> None:
    said, both = guest(tx, "Mel"), proved_guest(tx)
    prove(tx, said.id, today=TODAY, until=LAST_PROVED, by=None)
    health.note(tx, both.id, kind="vaccine", name="V10", done_on=TODAY, today=TODAY)
    room = make_room(tx, capacity=2)

    assert stay_for(tx, shop, said, room, FROM, now=NOW).vaccines_ok is None
    assert stay_for(tx, shop, both, room, FROM, now=NOW).state == "approved"


@pytest.mark.parametrize("kind", ["vaccine", "deworming"])
def test_one_of_the_two_alone_approves_nothing(tx: Tx, shop: Shop, kind: str) -> None:
    pet = proved_guest(tx)
    tx.execute("DELETE FROM health_events WHERE kind = %s", [kind])

    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)

    assert stay.state == "awaiting_assessment"
    assert {"vaccine": stay.vaccines_ok, "deworming": stay.deworming_ok}[kind] is None


@pytest.mark.parametrize(("kind", "days", "is_proved"), [("hotel", 1, False), ("hotel", 0, True), ("daycare", 1, True)])
def test_a_proof_must_hold_to_the_last_day_that_the_pet_is_there(
    tx: Tx, shop: Shop, kind: str, days: int, is_proved: bool
) -> None:
    pet = guest(tx)
    prove(tx, pet.id, today=TODAY, until=FROM + 2 * DAY - days * DAY)

    stay = stay_for(tx, shop, pet, make_room(tx, kind=kind), FROM, 2, now=NOW)

    assert (stay.vaccines_ok, stay.state == "approved") == (is_proved, is_proved)


def test_a_room_asks_for_its_vaccines_by_name(tx: Tx, shop: Shop) -> None:
    room = make_room(tx, capacity=3, vaccines=["múltipla", "antirrábica"])
    pet = proved_guest(tx)
    first = stay_for(tx, shop, pet, room, FROM, 1, now=NOW)
    health.note(
        tx, pet.id, kind="vaccine", name="Antirrábica", done_on=TODAY - DAY, today=TODAY, verified_by="user:bia"
    )

    assert first.vaccines_ok is None
    assert stay_for(tx, shop, pet, room, FROM + 5 * DAY, 1, now=NOW).state == "approved"


def test_a_stay_that_waits_is_approved_when_its_proof_is_verified(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    prove(tx, pet.id, today=TODAY, until=LAST_PROVED, by=None)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)
    assert staying.look_again(tx, shop, pet.id) == []

    prove(tx, pet.id, today=TODAY, until=LAST_PROVED)
    (approved,) = staying.look_again(tx, shop, pet.id)

    assert (approved.stay.id, approved.stay.state, approved.conversation_id) == (stay.id, "approved", None)
    assert staying.look_again(tx, shop, pet.id) == []


def test_a_person_assesses_and_approves_and_the_tutor_hears_of_it(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    (contact_id,) = tx.execute("SELECT id FROM contacts").fetchone() or (None,)
    assert contact_id
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)
    with pytest.raises(NotProved, match="the assessment"):
        staying.approve(tx, shop, stay.id)

    assessed = staying.assess(tx, stay.id, Assessment(True, None, exams="hemograma", anxiety="high"))
    assert (assessed.state, assessed.assessed_by, assessed.anxiety) == ("awaiting_assessment", "test", "high")
    with pytest.raises(NotProved, match="deworming"):
        staying.approve(tx, shop, stay.id)
    staying.assess(tx, stay.id, SEEN)
    approved = staying.approve(tx, shop, stay.id)

    assert (approved.stay.state, approved.conversation_id) == ("approved", conversation_id)
    assert tx.execute("SELECT author, content ->> 'text' FROM outbox").fetchall() == [
        (
            "person",
            "Boa notícia! A reserva de Rex está aprovada: hotel (Suíte), de quinta-feira 18/03 a sábado 20/03. "
            "Esperamos vocês! 🐾",
        )
    ]


def test_an_assessment_that_finds_a_proof_lacking_takes_an_approval_back(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop)

    doubted = staying.assess(tx, stay.id, Assessment(False, True))

    assert (doubted.state, doubted.vaccines_ok) == ("awaiting_assessment", False)
    assert moves(tx, stay)[-1][:3] == ("approved", "awaiting_assessment", "proof_lacking")


@pytest.mark.parametrize(
    "proof", ["vaccines_ok = NULL", "vaccines_ok = false", "deworming_ok = NULL", "assessed_at = NULL"]
)
def test_the_database_approves_nothing_on_trust(tx: Tx, shop: Shop, proof: Any) -> None:
    stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)

    with pytest.raises(errors.CheckViolation), tx.savepoint():
        tx.execute("UPDATE stays SET " + proof + " WHERE id = %s", [stay.id])


def test_what_the_tutor_tells_of_behaviour_is_kept_and_approves_nothing(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, guest(tx), make_room(tx), FROM, now=NOW)

    staying.tell_behaviour(tx, stay.id, socialisation="low", anxiety=None, energy="high", restrictions="frango")
    told = staying.tell_behaviour(tx, stay.id, socialisation=None, anxiety="medium", energy=None, restrictions="")

    assert (told.socialisation, told.anxiety, told.energy, told.restrictions) == ("low", "medium", "high", "frango")
    assert (told.state, told.vaccines_ok, told.assessed_by) == ("awaiting_assessment", None, None)


# Other days


def test_days_are_changed_in_one_step_with_their_price(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop, long_daily_cents=8000, long_from_days=4)

    changed = staying.change_days(tx, shop, stay.id, FROM + DAY, FROM + 5 * DAY, now=NOW, reason="voo adiado")

    assert days_held(tx, changed) == [FROM + n * DAY for n in range(1, 5)]
    assert (changed.state, changed.total_cents) == ("approved", 32000)
    assert tx.execute("SELECT from_day, until_day, reason FROM stay_moves ORDER BY id DESC LIMIT 1").fetchone() == (
        FROM + DAY,
        FROM + 5 * DAY,
        "voo adiado",
    )


def test_days_that_are_full_leave_everything_as_it_was(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop)
    room = room_with(tx, stay.room_type_id)
    assert room
    stay_for(tx, shop, guest(tx, "Mel"), room, FROM + 3 * DAY, 1, now=NOW)

    with pytest.raises(StayFull):
        staying.change_days(tx, shop, stay.id, FROM + DAY, FROM + 4 * DAY, now=NOW)

    assert (days_held(tx, stay), queries.find(tx, stay.id)) == ([FROM, FROM + DAY], stay)


def test_days_on_which_the_pet_is_elsewhere_are_refused(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, 2, now=NOW)
    stay_for(tx, shop, pet, make_room(tx, "Quarto"), FROM + 4 * DAY, 2, now=NOW)

    with pytest.raises(PetStaysAlready):
        staying.change_days(tx, shop, stay.id, FROM, FROM + 5 * DAY, now=NOW)

    assert days_held(tx, stay) == [FROM, FROM + DAY]


def test_days_beyond_the_proof_are_assessed_again_and_days_within_it_are_approved(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    prove(tx, pet.id, today=TODAY, until=FROM + 3 * DAY)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, 2, now=NOW)

    later = staying.change_days(tx, shop, stay.id, FROM, FROM + 4 * DAY, now=NOW)
    assert (later.state, later.vaccines_ok, later.assessed_by) == ("awaiting_assessment", False, None)
    assert moves(tx, stay)[-1][:3] == ("approved", "awaiting_assessment", "days_changed")

    assert staying.change_days(tx, shop, stay.id, FROM, FROM + 3 * DAY, now=NOW).state == "approved"


def test_what_a_person_assessed_holds_for_fewer_days_and_not_for_later_ones(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, guest(tx), make_room(tx), FROM, 3, now=NOW)
    staying.assess(tx, stay.id, SEEN)
    staying.approve(tx, shop, stay.id)

    assert staying.change_days(tx, shop, stay.id, FROM, FROM + 2 * DAY, now=NOW).state == "approved"
    assert staying.change_days(tx, shop, stay.id, FROM, FROM + 5 * DAY, now=NOW).state == "awaiting_assessment"


def test_a_guest_may_stay_on_or_leave_sooner_but_not_have_come_on_another_day(tx: Tx, shop: Shop) -> None:
    stay = there(tx, shop, days=2)

    longer = staying.change_days(tx, shop, stay.id, TODAY, TODAY + 3 * DAY, now=NOW)
    assert (longer.state, days_held(tx, stay)) == ("staying", [TODAY, TODAY + DAY, TODAY + 2 * DAY])
    for first, last in ((1, 3), (0, 0)):
        with pytest.raises(StayMoved):
            staying.change_days(tx, shop, stay.id, TODAY + first * DAY, TODAY + last * DAY, now=NOW)


# The door


def test_a_guest_comes_and_goes_with_what_was_agreed(tx: Tx, shop: Shop) -> None:
    stay = there(tx, shop, days=1)
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
    home = NOW + DAY

    left = staying.check_out(tx, shop, stay.id, Departure("bem, banho tomado", ("manta", "coleira")), now=home)

    assert (stay.state, left.state) == ("staying", "finished")
    row = tx.execute("SELECT arrival, emergency_contact, departure FROM stays").fetchone()
    assert row == (
        {
            "room": "Suíte",
            "meals": [{"at": "08:00", "food": "ração", "amount": "80 g"}],
            "routine": "",
            "belongings": [],
        },
        "Bia, irmã",
        {"condition": "bem, banho tomado", "items_returned": ["manta", "coleira"], "notes": ""},
    )
    assert [to for _, to, *_ in moves(tx, stay)] == ["awaiting_assessment", "approved", "staying", "finished"]


@pytest.mark.parametrize(("kind", "held"), [("hotel", 1), ("daycare", 2)])
def test_who_leaves_early_leaves_the_other_days_to_others(tx: Tx, shop: Shop, kind: str, held: int) -> None:
    stay = there(tx, shop, days=4, kind=kind)
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")

    left = staying.check_out(tx, shop, stay.id, Departure("bem"), now=NOW + DAY)

    assert days_held(tx, stay) == [TODAY + n * DAY for n in range(held)]
    assert (left.until_day, left.total_cents) == (TODAY + held * DAY, 40000)


@pytest.mark.parametrize(
    ("arrival", "lacks"),
    [
        ({"room": ""}, "its room"),
        ({"meals": ()}, "what it eats"),
        ({"emergency_contact": ""}, "whom to call"),
    ],
)
def test_nobody_comes_in_without_what_must_be_known(tx: Tx, shop: Shop, arrival: dict[str, Any], lacks: str) -> None:
    stay = approved_stay(tx, shop, TODAY)
    given = {"room": "1", "meals": ARRIVAL.meals, "emergency_contact": "Bia"} | arrival

    with pytest.raises(Incomplete, match=lacks):
        staying.check_in(tx, shop, stay.id, staying.Arrival(**given), now=NOW)


def test_nobody_goes_home_without_a_word_of_how_it_is(tx: Tx, shop: Shop) -> None:
    with pytest.raises(Incomplete):
        staying.check_out(tx, shop, there(tx, shop).id, Departure(""), now=NOW)


@pytest.mark.parametrize("day", [-1, 2])
def test_a_guest_comes_in_on_a_day_of_the_stay(tx: Tx, shop: Shop, day: int) -> None:
    stay = approved_stay(tx, shop)

    with pytest.raises(NotItsDay):
        staying.check_in(tx, shop, stay.id, ARRIVAL, now=datetime.combine(FROM + day * DAY, time(10), ZONE))


def test_what_a_tutor_may_follow_is_kept_once_each(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop)

    staying.follow(tx, stay.id, ["cameras", "reports", "cameras"])

    found = queries.find(tx, stay.id)
    assert found
    assert found.monitoring == ["cameras", "reports"]


# The life of a stay


ACTS: dict[str, Any] = {
    "assess": lambda tx, shop, stay: staying.assess(tx, stay.id, SEEN),
    "approve": lambda tx, shop, stay: staying.approve(tx, shop, stay.id),
    "cancel": lambda tx, shop, stay: staying.cancel(tx, stay.id, reason="desistiu"),
    "check in": lambda tx, shop, stay: staying.check_in(tx, shop, stay.id, ARRIVAL, now=NOW),
    "check out": lambda tx, shop, stay: staying.check_out(tx, shop, stay.id, Departure("bem"), now=NOW),
    "change": lambda tx, shop, stay: staying.change_days(tx, shop, stay.id, TODAY, TODAY + DAY, now=NOW),
    "follow": lambda tx, shop, stay: staying.follow(tx, stay.id, ["reports"]),
    "behaviour": lambda tx, shop, stay: staying.tell_behaviour(
        tx, stay.id, socialisation=None, anxiety=None, energy=None, restrictions=""
    ),
}
REFUSED = {
    "awaiting_assessment": {"check in", "check out"},
    "approved": {"approve", "check out"},
    "staying": {"assess", "approve", "cancel", "check in"},
    "finished": set(ACTS),
    "cancelled": set(ACTS),
}


@pytest.mark.parametrize(("state", "act"), [(state, act) for state, acts in REFUSED.items() for act in sorted(acts)])
def test_what_cannot_be_done_with_a_stay_is_refused_and_changes_nothing(
    tx: Tx, shop: Shop, state: str, act: str
) -> None:
    stay = stay_in(tx, shop, state)

    with pytest.raises(StayMoved, match=state.replace("_", " ")):
        ACTS[act](tx, shop, stay)

    assert queries.find(tx, stay.id) == stay


def stay_in(tx: Tx, shop: Shop, state: str) -> Stay:
    match state:
        case "awaiting_assessment":
            return stay_for(tx, shop, guest(tx), make_room(tx), TODAY, 3, now=NOW)
        case "approved":
            return approved_stay(tx, shop, TODAY, 3)
        case "staying":
            return there(tx, shop)
        case "finished":
            return staying.check_out(tx, shop, there(tx, shop).id, Departure("bem"), now=NOW)
        case _:
            return staying.cancel(tx, approved_stay(tx, shop, TODAY).id, reason="desistiu")


def test_a_stay_is_cancelled_for_a_reason(tx: Tx, shop: Shop) -> None:
    with pytest.raises(Incomplete):
        staying.cancel(tx, approved_stay(tx, shop).id, reason="  ")


def test_a_tutor_cancels_only_their_own_and_in_time(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop)
    stranger = factories.make_contact(tx, "Carla")
    opens = datetime.combine(FROM, time(8), ZONE)

    with pytest.raises(UnknownStay):
        staying.cancel_as_tutor(tx, shop, stay.id, contact_id=stranger, reason="x", now=NOW)
    with pytest.raises(TooLateToCancel):
        staying.cancel_as_tutor(
            tx, shop, stay.id, contact_id=stay.contact_id, reason="x", now=opens - shop.cancellation_notice
        )
    in_time = opens - shop.cancellation_notice - timedelta(minutes=1)
    cancelled = staying.cancel_as_tutor(tx, shop, stay.id, contact_id=stay.contact_id, reason="viagem", now=in_time)

    assert (cancelled.state, cancelled.state_reason) == ("cancelled", "viagem")


def test_a_stay_that_is_not_there_is_unknown(tx: Tx, shop: Shop) -> None:
    with pytest.raises(UnknownStay):
        staying.assess(tx, approved_stay(tx, shop).pet_id, SEEN)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("was", "to"),
    [("cancelled", "approved"), ("staying", "approved"), ("finished", "staying"), ("awaiting_assessment", "finished")],
)
def test_the_database_refuses_a_move_that_is_none(tx: Tx, shop: Shop, was: str, to: str) -> None:
    stay = stay_in(tx, shop, was)

    with pytest.raises(errors.DatabaseError) as refused, tx.savepoint():
        tx.execute("UPDATE stays SET state = %s WHERE id = %s", [to, stay.id])
    assert refused.value.sqlstate == "AZ002"


def test_the_database_wants_a_place_on_each_day(tx: Tx, shop: Shop) -> None:
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
    stay = approved_stay_at_once(tx, shop)
    tx.execute("DELETE FROM stay_days WHERE day = %s", [FROM])

    with pytest.raises(errors.DatabaseError) as refused, tx.savepoint():
        tx.execute("UPDATE stays SET until_day = until_day WHERE id = %s", [stay.id])
    assert refused.value.sqlstate == "AZ004"


def approved_stay_at_once(tx: Tx, shop: Shop) -> Stay:
    tx.execute("SET CONSTRAINTS ALL DEFERRED")
    stay = approved_stay(tx, shop)
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return stay


def test_lists_show_who_waits_who_is_there_and_what_a_tutor_has(tx: Tx, shop: Shop) -> None:
    waiting = stay_for(tx, shop, guest(tx), make_room(tx), FROM, 2, now=NOW)
    other = stay_for(tx, shop, guest(tx, "Mel"), make_room(tx, "Quarto"), FROM + DAY, 2, now=NOW)
    staying.cancel(tx, stay_for(tx, shop, guest(tx, "Bob"), make_room(tx, "Sótão"), FROM, now=NOW).id, reason="x")

    assert queries.awaiting(tx) == [waiting, other]
    assert [stay.id for stay in queries.on_day(tx, FROM + DAY)] == [other.id, waiting.id]
    assert [stay.id for stay in queries.on_day(tx, FROM + 2 * DAY)] == [other.id]
    assert queries.of_contact(tx, other.contact_id) == [other]

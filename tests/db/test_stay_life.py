"""The life of a stay: other days, the door, and what the database lets nobody do."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from psycopg import errors

from auzap.db.connection import Tx
from auzap.organizations.shop import Shop
from auzap.stays import queries, staying
from auzap.stays.queries import Stay
from auzap.stays.rooms import room_with
from auzap.stays.staying import (
    Departure,
    Incomplete,
    NotItsDay,
    PetStaysAlready,
    StayFull,
    StayMoved,
    TooLateToCancel,
    UnknownStay,
)
from tests import factories
from tests.db.lodging import FROM, NOW, TODAY, ZONE, approved_stay, days_held, moves, there
from tests.factories_stays import ARRIVAL, DAY, SEEN, guest, make_room, prove, stay_for


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx)


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

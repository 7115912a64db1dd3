"""The life of an appointment: moved, cancelled, confirmed, begun and ended, with its history."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from auzap.bookings import booking
from auzap.bookings.booking import NotChangeable, TooLateToChange, WrongMove
from auzap.bookings.reasons import Kind
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId, ContactId, new_id
from auzap.organizations.shop import Shop, find_shop
from tests.db.appointments import DAY, EARLIER, HOUR, NOON, booked, history, is_whole, refused, rows, traces
from tests.factories import book_at, make_contact, make_organization, make_shop
from tests.factories_bookings import book_pets, make_customer, offer


def test_an_appointment_is_moved_at_once_and_its_history_tells_from_when_why_and_by_whom(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    contact_id, of = make_customer(tx, "Rex")
    bath = offer(tx)
    (booking_id,) = book_pets(tx, shop, contact_id, of, [NOON], service=bath, now=EARLIER)
    booking.confirm_attendance(tx, booking_ids=[booking_id], contact_id=contact_id, now=EARLIER)

    booking.reschedule(
        tx,
        shop,
        booking_ids=[booking_id],
        starts=[NOON + HOUR / 2],
        contact_id=contact_id,
        now=EARLIER,
        source="agent",
        reason="imprevisto",
    )

    assert history(tx, booking_id) == [
        (None, "confirmed", None, NOON, None, "test"),
        ("confirmed", "confirmed", NOON, NOON + HOUR / 2, "imprevisto", "test"),
    ]
    assert rows(tx, "id, starts_at, ends_at, attendance_confirmed_at") == [
        (booking_id, NOON + HOUR / 2, NOON + HOUR * 1.5, None)
    ]
    assert booked(tx) == [(NOON + HOUR / 2, 1)]
    book_at(tx, shop, NOON - HOUR / 2)
    is_whole(tx)


def test_a_move_to_where_there_is_no_room_leaves_all_as_it_was(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    contact_id, of = make_customer(tx, "Rex")
    (booking_id,) = book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=EARLIER)
    book_at(tx, shop, NOON + HOUR)
    before = (booked(tx), traces(tx))

    refused(
        Kind.FULL,
        lambda: booking.reschedule(
            tx, shop, booking_ids=[booking_id], starts=[NOON + HOUR], now=EARLIER, source="agent"
        ),
    )

    assert (booked(tx), traces(tx)) == before


def test_a_move_keeps_the_length_and_the_price_that_were_agreed(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    bath = offer(tx, duration=HOUR, price_cents=6000)
    (booking_id,) = book_pets(tx, shop, contact_id, of, [NOON], service=bath, now=EARLIER)
    tx.execute("UPDATE services SET duration = '3 hours', price_cents = 9000, is_active = false")

    booking.reschedule(tx, shop, booking_ids=[booking_id], starts=[NOON + DAY], now=EARLIER, source="agent")

    assert rows(tx, "starts_at, ends_at, price_cents") == [(NOON + DAY, NOON + DAY + HOUR, 6000)]


def test_pets_that_were_booked_together_are_moved_together_or_not_at_all(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2)
    contact_id, of = make_customer(tx, "Rex", "Mel")
    bath = offer(tx)
    ids = book_pets(tx, shop, contact_id, of, [NOON, NOON], service=bath, now=EARLIER)
    book_at(tx, shop, NOON + HOUR)

    def move(starts_at: datetime) -> None:
        booking.reschedule(tx, shop, booking_ids=ids, starts=[starts_at] * 2, now=EARLIER, source="agent")

    refused(Kind.FULL, lambda: move(NOON + HOUR))
    assert [at for at, _ in booked(tx)] == [NOON, NOON, NOON + HOUR]
    # Over their own hour, which they give up.
    move(NOON - HOUR / 2)
    assert [at for at, _ in booked(tx)] == [NOON - HOUR / 2, NOON - HOUR / 2, NOON + HOUR]


def test_what_people_of_the_shop_move_needs_nobody_to_confirm_it(tx: Tx) -> None:
    make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    ids = book_pets(tx, find_shop(tx), contact_id, of, [NOON], service=offer(tx), now=EARLIER)
    tx.execute("UPDATE organization_settings SET staff_confirms = true")

    booking.reschedule(
        tx, find_shop(tx), booking_ids=ids, starts=[NOON + timedelta(hours=1)], now=EARLIER, source="staff"
    )
    assert rows(tx, "status") == [("confirmed",)]

    booking.reschedule(tx, find_shop(tx), booking_ids=ids, starts=[NOON], now=EARLIER, source="agent")
    assert rows(tx, "status") == [("requested",)]


def test_a_move_meets_the_same_service_on_the_other_day(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    bath = offer(tx)
    for starts_at in (NOON, NOON + DAY):
        (booking_id,) = book_pets(tx, shop, contact_id, of, [starts_at], service=bath, now=EARLIER)

    refused(
        Kind.ALREADY,
        lambda: booking.reschedule(
            tx, shop, booking_ids=[booking_id], starts=[NOON + 3 * HOUR], now=EARLIER, source="agent"
        ),
    )


def test_a_cancelled_booking_frees_its_place_and_its_pet_and_says_why(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    contact_id, (rex,) = make_customer(tx, "Rex")
    booking_id = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    booking.cancel(
        tx, shop, booking_ids=[booking_id], contact_id=contact_id, now=EARLIER, source="agent", reason="  viagem "
    )
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    assert booked(tx) == [(NOON, 1)]
    assert history(tx, booking_id)[-1] == ("confirmed", "cancelled", NOON, NOON, "viagem", "test")
    assert [at is not None for (at,) in rows(tx, "cancelled_at")] == [True, False]


type Attempt = Callable[[Tx, Shop, list[BookingId], ContactId, datetime], None]


def cancelling(tx: Tx, shop: Shop, ids: list[BookingId], contact_id: ContactId, now: datetime) -> None:
    booking.cancel(tx, shop, booking_ids=ids, contact_id=contact_id, now=now, source="agent")


def moving(tx: Tx, shop: Shop, ids: list[BookingId], contact_id: ContactId, now: datetime) -> None:
    starts = [NOON + DAY] * len(ids)
    booking.reschedule(tx, shop, booking_ids=ids, starts=starts, contact_id=contact_id, now=now, source="agent")


def coming(tx: Tx, shop: Shop, ids: list[BookingId], contact_id: ContactId, now: datetime) -> None:
    booking.confirm_attendance(tx, booking_ids=ids, contact_id=contact_id, now=now)


@pytest.mark.parametrize("attempt", [cancelling, moving, coming])
def test_what_is_over_gone_or_somebody_elses_is_not_changed(tx: Tx, attempt: Attempt) -> None:
    shop = make_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    kept, gone = (book_at(tx, shop, NOON + n * HOUR, pet=rex, contact_id=contact_id) for n in (0, 2))
    booking.cancel(tx, shop, booking_ids=[gone], now=EARLIER, source="staff")
    before = traces(tx)

    for ids, whose, now in (
        ([gone], contact_id, EARLIER),
        ([kept, gone], contact_id, EARLIER),
        ([kept], make_contact(tx, "Bia"), EARLIER),
        ([kept], contact_id, NOON),
        ([BookingId(new_id())], contact_id, EARLIER),
    ):
        with pytest.raises(NotChangeable):
            attempt(tx, shop, ids, whose, now)
    assert traces(tx) == before


@pytest.mark.parametrize("attempt", [cancelling, moving])
def test_within_the_shops_notice_only_people_change_an_appointment(tx: Tx, attempt: Attempt) -> None:
    make_shop(tx)
    tx.execute("UPDATE organization_settings SET cancellation_notice = '24 hours'")
    shop = find_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    booking_id = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    with pytest.raises(TooLateToChange, match="24 hours"):
        attempt(tx, shop, [booking_id], contact_id, NOON - DAY + timedelta(seconds=1))
    booking.cancel(tx, shop, booking_ids=[booking_id], now=NOON - HOUR, source="staff")

    assert rows(tx, "status") == [("cancelled",)]


def test_the_notice_ends_to_the_second(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    booking_id = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    cancelling(tx, shop, [booking_id], contact_id, NOON - shop.cancellation_notice)

    assert rows(tx, "status") == [("cancelled",)]


def test_attendance_is_confirmed_once_however_often_it_is_said(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    booking_id = book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    coming(tx, shop, [booking_id], contact_id, EARLIER)
    first = rows(tx, "attendance_confirmed_at")
    coming(tx, shop, [booking_id], contact_id, EARLIER)

    assert rows(tx, "attendance_confirmed_at") == first != [(None,)]


def test_an_appointment_is_begun_and_completed_with_notes_and_what_was_given(tx: Tx) -> None:
    shop = make_shop(tx)
    booking_id = book_at(tx, shop, NOON, service=offer(tx, "Consulta"))

    booking.start(tx, booking_id)
    booking.complete(tx, shop, booking_id, now=NOON + HOUR, by="Dra. Camila", notes="Otite", medication="Gotas")

    assert [after for _, after, *_ in history(tx, booking_id)] == ["confirmed", "in_progress", "completed"]
    assert [(status, notes, at is not None) for status, notes, at in rows(tx, "status, notes, completed_at")] == [
        ("completed", "Otite", True)
    ]
    events = tx.execute("SELECT kind, name, notes, verified_by, done_on FROM health_events").fetchall()
    assert events == [("treatment", "Consulta", "Gotas", "Dra. Camila", NOON.date())]
    # It has taken place: its place stays taken.
    assert booked(tx) == [(NOON, 1)]


def test_nobody_came_only_when_it_should_have_begun(tx: Tx) -> None:
    shop = make_shop(tx)
    booking_id = book_at(tx, shop, NOON)

    with pytest.raises(WrongMove):
        booking.no_show(tx, booking_id, now=NOON - HOUR)
    booking.no_show(tx, booking_id, now=NOON, reason="não atendeu")

    assert history(tx, booking_id)[-1][:2] == ("confirmed", "no_show")
    assert booked(tx) == []


MOVES: dict[str, Callable[[Tx, Shop, BookingId], None]] = {
    "confirmed": lambda tx, shop, it: booking.confirm(tx, it),
    "in_progress": lambda tx, shop, it: booking.start(tx, it),
    "completed": lambda tx, shop, it: booking.complete(tx, shop, it, now=NOON, by="Bia"),
    "no_show": lambda tx, shop, it: booking.no_show(tx, it, now=NOON),
    "cancelled": lambda tx, shop, it: booking.cancel(tx, shop, booking_ids=[it], now=EARLIER, source="staff"),
}
ALLOWED = {
    ("requested", "confirmed"),
    ("requested", "cancelled"),
    ("confirmed", "in_progress"),
    ("confirmed", "completed"),
    ("confirmed", "cancelled"),
    ("confirmed", "no_show"),
    ("in_progress", "completed"),
}


@pytest.mark.parametrize("before", ["requested", *MOVES])
@pytest.mark.parametrize("after", MOVES)
def test_an_appointment_goes_only_the_ways_there_are(tx: Tx, before: str, after: str) -> None:
    shop = make_shop(tx)
    if before == "requested":
        tx.execute("UPDATE organization_settings SET staff_confirms = true")
    contact_id, of = make_customer(tx, "Rex")
    (booking_id,) = book_pets(tx, find_shop(tx), contact_id, of, [NOON], service=offer(tx), now=EARLIER)
    if before not in {"requested", "confirmed"}:
        MOVES[before](tx, shop, booking_id)

    try:
        with tx.savepoint():
            MOVES[after](tx, shop, booking_id)
    except (WrongMove, NotChangeable):
        assert (before, after) not in ALLOWED
        assert rows(tx, "status") == [(before,)]
    else:
        # Said twice, it is said once.
        assert (before, after) in ALLOWED or before == after
        assert rows(tx, "status") == [(after,)]


def test_nothing_of_another_shop_is_changed(tx: Tx, owner, connect) -> None:
    other: Database = connect()
    with other.transaction(make_organization(owner), "test") as elsewhere:
        theirs = book_at(elsewhere, make_shop(elsewhere), NOON)
    shop = make_shop(tx)

    for move in MOVES.values():
        with pytest.raises(NotChangeable):
            move(tx, shop, theirs)

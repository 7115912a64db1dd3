"""The life of an appointment: the rules it is made under, the database that refuses what does not fit, its history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import errors

from auzap.bookings import booking, queries
from auzap.bookings.booking import NotChangeable, TooLateToChange, WrongMove
from auzap.bookings.reasons import Kind, Unbookable
from auzap.catalog.services import Service
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.ids import BookingId, ContactId, OrganizationId, new_id
from auzap.organizations.shop import Shop, find_shop
from tests.factories import ALL_WEEK, book_at, make_contact, make_organization, make_pet, make_service, make_shop
from tests.factories_bookings import block, book_pets, hire, make_customer, make_row, offer

NOON = datetime(2027, 3, 10, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EARLIER = NOON - 7 * DAY


def booked(tx: Tx) -> list[tuple[datetime, int]]:
    return tx.execute("SELECT starts_at, number FROM booking_places ORDER BY starts_at, number").fetchall()


def rows(tx: Tx, columns: str) -> list[tuple[Any, ...]]:
    return tx.connection.execute(f"SELECT {columns} FROM bookings ORDER BY id").fetchall()  # type: ignore[arg-type]


def history(tx: Tx, booking_id: BookingId) -> list[tuple[Any, ...]]:
    return tx.execute(
        """
        SELECT from_status, to_status, from_starts_at, to_starts_at, reason, actor FROM booking_moves
        WHERE booking_id = %s ORDER BY id
        """,
        [booking_id],
    ).fetchall()


def traces(tx: Tx) -> int:
    """What the panel and the audit trail would show of bookings."""
    row = tx.execute(
        """
        SELECT (SELECT count(*) FROM changes WHERE table_name = 'bookings')
          + (SELECT count(*) FROM audit WHERE table_name = 'bookings') + (SELECT count(*) FROM booking_moves)
        """
    ).fetchone()
    assert row
    return row[0]


def refused(kind: Kind, attempt: Callable[[], object]) -> None:
    with pytest.raises(Unbookable) as unbookable:
        attempt()
    assert unbookable.value.reason.kind is kind


def is_whole(tx: Tx) -> None:
    """As at a commit: what is checked at the end of a transaction holds."""
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
    tx.execute("SET CONSTRAINTS ALL DEFERRED")


def test_an_overlapping_slot_is_refused_and_leaves_nothing(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    book_at(tx, shop, NOON)
    before = traces(tx)

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR / 2))

    assert booked(tx) == [(NOON, 1)]
    assert traces(tx) == before == 3


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_shop_serves_as_many_at_once_as_it_has_places(tx: Tx, capacity: int) -> None:
    shop = make_shop(tx, parallel_bookings=capacity)
    for _ in range(capacity):
        book_at(tx, shop, NOON)

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    assert booked(tx) == [(NOON, number) for number in range(1, capacity + 1)]
    is_whole(tx)


def test_appointments_may_touch(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    for hours in (0, 1, -1):
        book_at(tx, shop, NOON + hours * HOUR)

    assert booked(tx) == [(NOON - HOUR, 1), (NOON, 1), (NOON + HOUR, 1)]


def test_a_pet_cannot_be_in_two_places(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=3)
    contact_id, (rex,) = make_customer(tx, "Rex")
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)

    refused(Kind.OWN_BOOKING, lambda: book_at(tx, shop, NOON + HOUR / 2, pet=rex, contact_id=contact_id))

    book_at(tx, shop, NOON + HOUR, pet=rex, contact_id=contact_id)
    assert len(booked(tx)) == 2


def test_the_database_refuses_what_a_blind_calendar_lets_pass(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop(tx, parallel_bookings=1)
    paula, contact_id = hire(tx, "Paula"), make_contact(tx)
    make_row(tx, "resources", name="Mesas", kind="table", capacity=2)
    clip = offer(tx, "Tosa", by=[paula], resource_kind="table")
    rex = make_pet(tx, contact_id, "Rex")
    book_at(tx, shop, NOON, pet=rex, contact_id=contact_id)
    book_at(tx, shop, NOON + HOUR, service=clip)
    before = (booked(tx), traces(tx))
    whole = queries.calendar
    monkeypatch.setattr(queries, "calendar", lambda tx, **asked: whole(tx, **asked) | {"taken": [], "own": []})

    # The shop's only place; the pet, for whom there would be a place; the person, who would have another table.
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR / 2))
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON, pet=rex, contact_id=contact_id, service=clip))
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON + HOUR, service=clip))
    assert (booked(tx), traces(tx)) == before


def test_a_place_that_the_shop_no_longer_has_is_refused(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2)
    book_at(tx, shop, NOON)
    # As a sandbox may have it from a minute ago.
    tx.execute("UPDATE organization_settings SET parallel_bookings = 1")

    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    assert booked(tx) == [(NOON, 1)]


def test_a_booking_without_its_place_ends_with_its_transaction(tx: Tx) -> None:
    booking_id = book_at(tx, make_shop(tx), NOON)
    is_whole(tx)
    tx.execute("DELETE FROM booking_places WHERE booking_id = %s", [booking_id])

    with pytest.raises(psycopg.DatabaseError) as broken:
        tx.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert broken.value.sqlstate == "AZ004"


def test_several_pets_are_booked_together_or_not_at_all(tx: Tx) -> None:
    shop = make_shop(tx, parallel_bookings=2)
    contact_id, of = make_customer(tx, "Rex", "Mel")
    bath = offer(tx)

    book_pets(tx, shop, contact_id, of, [NOON, NOON], service=bath, now=EARLIER)

    assert [number for _, number in booked(tx)] == [1, 2]
    ((request,), (same,)) = rows(tx, "request_id")
    assert request == same is not None
    before = traces(tx)
    other_contact, others = make_customer(tx, "Bob", "Nina")
    block(tx, NOON + 2 * HOUR, NOON + 3 * HOUR)
    for starts in ([NOON, NOON + HOUR], [NOON + HOUR, NOON + 2 * HOUR]):
        with pytest.raises(Unbookable):
            book_pets(tx, shop, other_contact, others, starts, service=bath, now=EARLIER)
    assert traces(tx) == before
    book_pets(tx, shop, other_contact, others, [NOON + HOUR, NOON + 3 * HOUR], service=bath, now=EARLIER)
    assert len(booked(tx)) == 4
    is_whole(tx)


def test_one_pet_is_no_request_of_several(tx: Tx) -> None:
    book_at(tx, make_shop(tx), NOON)

    assert rows(tx, "request_id") == [(None,)]


def test_extras_are_kept_with_their_prices_and_the_total_and_the_deposit_are_the_whole(tx: Tx) -> None:
    shop = make_shop(tx)
    nails = offer(tx, "Unhas", is_addon=True, price_cents=2500, duration=HOUR / 4)
    teeth = offer(tx, "Dentes", is_addon=True, price_cents=2000, prices=[("large", "any", 3000, 30)], duration=HOUR / 4)
    bath = offer(tx, deposit_percent=50, addons=[nails, teeth], prices=[("large", "any", 12000, 90)])
    contact_id, (thor,) = make_customer(tx, "Thor", size="large")

    book_pets(tx, shop, contact_id, [thor], [NOON], service=bath, addons=(nails, teeth), now=EARLIER, notes="Tem medo")

    assert rows(tx, "ends_at, price_cents, deposit_cents, notes, source, status") == [
        (NOON + HOUR * 2.25, 17500, 8750, "Tem medo", "agent", "confirmed")
    ]
    assert tx.execute("SELECT price_cents FROM booking_addons ORDER BY price_cents").fetchall() == [(2500,), (3000,)]


def test_a_place_is_taken_with_the_buffers_and_a_person_with_it(tx: Tx) -> None:
    shop = make_shop(tx)
    paula = hire(tx, "Paula")
    tub = make_row(tx, "resources", name="Banheira", kind="tub")
    bath = offer(tx, by=[paula], resource_kind="tub", buffer_before=HOUR / 4, buffer_after=HOUR / 2)

    book_at(tx, shop, NOON, service=bath)

    places = tx.execute("SELECT resource_id, staff_id, number, starts_at, ends_at FROM booking_places").fetchall()
    taken = (1, NOON - HOUR / 4, NOON + HOUR * 1.5)
    assert sorted(places, key=str) == sorted([(tub, None, *taken), (None, paula, *taken)], key=str)
    is_whole(tx)


def with_rule(tx: Tx, rule: str) -> tuple[Shop, Service, ContactId, Pet]:
    shop = make_shop(tx, openings=ALL_WEEK)
    conditions: dict[str, dict[str, Any]] = {
        "staff only": {"is_bookable_by_agent": False},
        "species": {"species": ["cat"]},
        "size": {"prices": [("large", "any", 9000, 60)]},
        "coat": {"prices": [("any", "long", 9000, 60)]},
        "age": {"youngest_months": 3},
        "season": {"active_until": EARLIER.date()},
        "prerequisite": {"prerequisite_id": offer(tx, "Consulta").id},
        "vet": {"needs_vet": True},
    }
    contact_id = make_contact(tx)
    rex = pets.register(tx, contact_id, name="Rex", species="dog", size=None if rule == "size" else "small")
    return shop, offer(tx, **conditions.get(rule, {})), contact_id, rex


@pytest.mark.parametrize(
    ("rule", "starts_at", "now", "kind"),
    [
        ("staff only", NOON, EARLIER, Kind.STAFF_ONLY),
        ("species", NOON, EARLIER, Kind.SPECIES),
        ("size", NOON, EARLIER, Kind.SIZE_UNKNOWN),
        ("coat", NOON, EARLIER, Kind.COAT_UNKNOWN),
        ("age", NOON, EARLIER, Kind.AGE_UNKNOWN),
        ("season", NOON, EARLIER, Kind.NOT_OFFERED),
        ("prerequisite", NOON, EARLIER, Kind.PREREQUISITE),
        ("vet", NOON, EARLIER, Kind.NO_VET),
        ("hours", NOON + 6 * HOUR, EARLIER, Kind.OUT_OF_HOURS),
        ("hours", NOON + 5.5 * HOUR, EARLIER, Kind.OUT_OF_HOURS),
        ("notice", NOON, NOON - 2 * HOUR + timedelta(seconds=1), Kind.TOO_SOON),
        ("horizon", NOON, NOON - 91 * DAY, Kind.TOO_FAR),
        ("past", NOON, NOON + HOUR, Kind.PAST),
    ],
)
def test_the_agent_is_bound_by_every_rule_of_the_shop(
    tx: Tx, rule: str, starts_at: datetime, now: datetime, kind: Kind
) -> None:
    shop, service, contact_id, rex = with_rule(tx, rule)

    refused(kind, lambda: book_pets(tx, shop, contact_id, [rex], [starts_at], service=service, now=now))

    assert rows(tx, "id") == []


@pytest.mark.parametrize("rule", ["staff only", "species", "size", "age", "season", "prerequisite", "hours", "notice"])
def test_people_of_the_shop_know_better_than_its_rules(tx: Tx, rule: str) -> None:
    shop, service, contact_id, rex = with_rule(tx, rule)

    book_pets(tx, shop, contact_id, [rex], [NOON + 6 * HOUR], service=service, now=NOON + 6 * HOUR, source="staff")

    assert rows(tx, "status") == [("confirmed",)]


def test_notice_is_asked_for_to_the_second(tx: Tx) -> None:
    shop = make_shop(tx, minimum_notice=timedelta(hours=2))
    contact_id, of = make_customer(tx, "Rex")

    book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=NOON - 2 * HOUR)

    assert booked(tx) == [(NOON, 1)]


def test_the_same_service_twice_a_day_is_refused_with_the_way_to_move_it(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    bath = offer(tx)
    book_pets(tx, shop, contact_id, of, [NOON], service=bath, now=EARLIER)

    with pytest.raises(Unbookable, match=r"already has Banho on quarta-feira 10/03 12:00\. To move it") as twice:
        book_pets(tx, shop, contact_id, of, [NOON + 3 * HOUR], service=bath, now=EARLIER)

    assert twice.value.reason.kind is Kind.ALREADY
    book_pets(tx, shop, contact_id, of, [NOON + DAY], service=bath, now=EARLIER)
    book_pets(tx, shop, contact_id, of, [NOON + 3 * HOUR], service=offer(tx, "Tosa"), now=EARLIER)
    assert len(rows(tx, "id")) == 3


def test_where_staff_confirm_the_agent_only_requests(tx: Tx) -> None:
    make_shop(tx)
    tx.execute("UPDATE organization_settings SET staff_confirms = true")
    shop = find_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    (booking_id,) = book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=EARLIER)
    book_at(tx, shop, NOON)
    assert rows(tx, "status") == [("requested",), ("confirmed",)]
    # What is requested has its place.
    refused(Kind.FULL, lambda: book_at(tx, shop, NOON))

    booking.confirm(tx, booking_id)

    assert [(before, after) for before, after, *_ in history(tx, booking_id)] == [
        (None, "requested"),
        ("requested", "confirmed"),
    ]


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


def test_only_coming_appointments_are_listed_with_their_extras(tx: Tx) -> None:
    shop = make_shop(tx)
    contact_id, (rex,) = make_customer(tx, "Rex")
    nails = offer(tx, "Unhas", is_addon=True)
    bath = offer(tx, addons=[nails])
    (wanted,) = book_pets(tx, shop, contact_id, [rex], [NOON], service=bath, addons=(nails,), now=EARLIER)
    book_at(tx, shop, NOON - 2 * HOUR, pet=rex, contact_id=contact_id)
    cancelled = book_at(tx, shop, NOON + 2 * HOUR, pet=rex, contact_id=contact_id)
    booking.cancel(tx, shop, booking_ids=[cancelled], now=NOON, source="staff")
    book_at(tx, shop, NOON)

    (known,) = queries.upcoming(tx, contact_id, NOON - HOUR)

    assert (known.id, known.pet_name, known.service_name, known.addon_names) == (wanted, "Rex", "Banho", ["Unhas"])


def test_the_context_of_a_turn_has_what_is_to_come(tx: Tx) -> None:
    shop = make_shop(tx)
    now = datetime.now(UTC)
    contact_id, (rex,) = make_customer(tx, "Rex")
    nails = offer(tx, "Unhas", is_addon=True)
    bath = offer(tx, addons=[nails])
    soon = (now + 3 * DAY).replace(hour=15, minute=0, second=0, microsecond=0)
    (booking_id,) = book_pets(tx, shop, contact_id, [rex], [soon], service=bath, addons=(nails,), now=now)
    book_at(tx, shop, soon)

    row = tx.execute("SELECT app.upcoming_of(%s)", [contact_id]).fetchone()
    assert row
    (found,) = row[0]["bookings"]

    assert datetime.fromisoformat(found.pop("starts_at")) == soon
    assert found == {
        "id": str(booking_id),
        "pet": "Rex",
        "service": "Banho",
        "addons": ["Unhas"],
        "status": "confirmed",
    }
    assert row[0]["waitlist"] == []
    assert tx.execute("SELECT app.upcoming_of(%s)", [UUID(int=0)]).fetchone() == ({"bookings": [], "waitlist": []},)


def test_a_booking_cannot_take_the_pet_of_another_shop(tx: Tx, owner, connect, organization_id: OrganizationId) -> None:
    shop, contact_id, service = make_shop(tx), make_contact(tx), make_service(tx)
    other: Database = connect()
    with other.transaction(make_organization(owner), "test") as elsewhere:
        theirs = make_pet(elsewhere, make_contact(elsewhere))

    with pytest.raises(errors.ForeignKeyViolation):
        book_pets(tx, shop, contact_id, [theirs], [NOON], service=service, now=EARLIER, source="staff")


def test_nothing_of_another_shop_is_changed(tx: Tx, owner, connect) -> None:
    other: Database = connect()
    with other.transaction(make_organization(owner), "test") as elsewhere:
        theirs = book_at(elsewhere, make_shop(elsewhere), NOON)
    shop = make_shop(tx)

    for move in MOVES.values():
        with pytest.raises(NotChangeable):
            move(tx, shop, theirs)


def test_a_pet_is_registered_once_a_customer(tx: Tx) -> None:
    ana, bia = make_contact(tx), make_contact(tx, "Bia")
    make_pet(tx, ana, "Mel")
    make_pet(tx, bia, "Mel")

    with pytest.raises(pets.PetKnown):
        make_pet(tx, ana, "MEL")

    assert [pet.name for pet in pets.pets_of(tx, ana)] == ["Mel"]

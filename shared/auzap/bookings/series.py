"""The same appointment each so many weeks or months: its bookings some weeks ahead, and its end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auzap import texts
from auzap.bookings import booking
from auzap.bookings import series_queries as queries
from auzap.bookings.series_days import Unit, days
from auzap.bookings.series_queries import Series
from auzap.bookings.standing import standing
from auzap.bookings.wanted import Wanted
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.errors import Refusal
from auzap.ids import BookingId, ContactId, OrganizationId, SeriesId
from auzap.organizations.shop import Shop, find_shop

ACTOR = "clock"
# Its appointments are made so far ahead, if the shop's own horizon is not nearer.
AHEAD = timedelta(days=60)


class NotRepeatable(Refusal):
    def __init__(self) -> None:
        super().__init__("That appointment is over or was cancelled. Call list_bookings.")


class RepeatsAlready(Refusal):
    def __init__(self, pet_name: str, service_name: str) -> None:
        super().__init__(
            f"{pet_name} has {service_name} regularly already. "
            "To change that, call list_recurring and propose_series_end first."
        )


class NotRunning(Refusal):
    def __init__(self) -> None:
        super().__init__("That regular appointment has ended already. Call list_recurring.")


@dataclass(frozen=True, slots=True)
class Made:
    """The appointments of a run, and the days on which there could be none."""

    booked: tuple[datetime, ...] = ()
    missed: tuple[datetime, ...] = ()


def create(
    tx: Tx, shop: Shop, *, contact_id: ContactId, booking_id: BookingId, every: int, unit: Unit, now: datetime
) -> tuple[Series, Made]:
    """From an appointment to come, which is its first."""
    first = queries.first(tx, contact_id, booking_id, now)
    if first is None:
        raise NotRepeatable
    local = shop.local(first.starts_at)
    series_id = queries.insert(tx, booking_id, every=every, unit=unit, starts_on=local.date(), at=local.time())
    if series_id is None:
        raise RepeatsAlready(first.pet_name, first.service_name)
    queries.adopt(tx, booking_id, series_id, local.date())
    made = _locked(tx, series_id)
    return made, make(tx, shop, made, now)


def make(tx: Tx, shop: Shop, series: Series, now: datetime) -> Made:
    """What of it is still to be booked, each day once; the days that are closed or full are staff's, and stop nothing."""
    asked = standing(tx, [series.pet_id]).wanted(series.pet_id, series.service_id, series.addon_ids)
    until = shop.today(now + min(AHEAD, shop.booking_horizon))
    known = {*queries.days_made(tx, series), *series.missed}
    booked: list[datetime] = []
    missed: list[date] = []
    for day in days(series.starts_on, series.every, series.unit, since=shop.today(now), until=until):
        starts_at = shop.instant(day, series.at)
        if day in known or starts_at <= now or (series.until and day > series.until):
            continue
        if _book(tx, shop, series, asked, day, starts_at, now):
            booked.append(starts_at)
        else:
            missed.append(day)
    if missed:
        queries.note_missed(tx, series, missed, [_told(shop, series, day) for day in missed])
    return Made(tuple(booked), tuple(shop.instant(day, series.at) for day in missed))


def make_all(database: Database, organization_id: OrganizationId) -> Made:
    """Each in a transaction of its own: nobody else books on its days meanwhile. What one run leaves out the next one makes."""
    with database.transaction(organization_id, ACTOR) as tx:
        queries.end_over(tx)
        running = queries.running(tx)
    made = [retried(lambda series_id=series_id: _make(database, organization_id, series_id)) for series_id in running]
    return Made(
        tuple(moment for each in made for moment in each.booked),
        tuple(moment for each in made for moment in each.missed),
    )


def end(
    tx: Tx, shop: Shop, series_id: SeriesId, *, contact_id: ContactId, now: datetime, cancels_booked: bool = False
) -> list[datetime]:
    """No more of it is made. What is booked by now stays, unless that is to go too; the hours of what stays."""
    if not queries.end(tx, series_id, contact_id):
        raise NotRunning
    coming = queries.coming(tx, series_id, now)
    if not cancels_booked or not coming:
        return [starts_at for _, starts_at in coming]
    booking.cancel(tx, shop, booking_ids=[known for known, _ in coming], now=now, source="staff", reason="series ended")
    return []


def of_contact(tx: Tx, contact_id: ContactId) -> list[Series]:
    return queries.of_contact(tx, contact_id)


def _make(database: Database, organization_id: OrganizationId, series_id: SeriesId) -> Made:
    with database.transaction(organization_id, ACTOR) as tx:
        series = _locked(tx, series_id)
        if series.state != "active":
            return Made()
        ((now,),) = tx.execute("SELECT app.now()")
        return make(tx, find_shop(tx), series, now)


def _locked(tx: Tx, series_id: SeriesId) -> Series:
    """Two who make its appointments at once would tell the staff twice of a day that is full."""
    return next(queries.locked(tx, series_id))


def _book(
    tx: Tx, shop: Shop, series: Series, asked: Wanted | None, day: date, starts_at: datetime, now: datetime
) -> bool:
    if asked is None:
        return False
    try:
        booking.book(
            tx,
            shop,
            contact_id=series.contact_id,
            asked=[asked],
            starts=[starts_at],
            now=now,
            source="series",
            series=(series.id, day),
        )
    except Refusal:
        return False
    return True


def _told(shop: Shop, series: Series, day: date) -> str:
    when = shop.spoken(shop.instant(day, series.at))
    return texts.text("series_missed", shop.locale).format(pet=series.pet_name, service=series.service_name, when=when)

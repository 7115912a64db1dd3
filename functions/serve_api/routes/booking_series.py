"""Regular appointments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.bookings import listing, series
from auzap.bookings.booking import UnknownBooking
from auzap.bookings.listing import ListedSeries, SeriesState
from auzap.bookings.series import Made
from auzap.bookings.series_days import Unit
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, SeriesId
from auzap.organizations.shop import known_shop
from functions.serve_api import hints, paging
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import found

router = APIRouter(prefix="/v1/booking-series", tags=["bookings"])


class NewSeries(Body):
    booking_id: BookingId = Field(description="An appointment to come, which is its first")
    every: int = Field(ge=1, le=12, examples=[2])
    unit: Unit


class Ending(Body):
    # Whether the appointments that are booked by now go too.
    cancels_booked: bool = False


class ShownSeries(BaseModel):
    """A regular appointment, and what was booked of it just now."""

    series: ListedSeries
    made: Made


@router.get("")
def list_series(
    begun: Request_,
    page: Paged,
    contact_id: Annotated[ContactId | None, Query(description="Of this customer")] = None,
    state: Annotated[SeriesState | None, Query(description="Whether it goes on")] = None,
) -> List[ListedSeries]:
    """Regular appointments, the newest first."""
    (after,) = paging.keys_of(page, UUID) or (None,)
    rows = listing.series(begun.tx, contact_id=contact_id, state=state, after=after, most=page.limit + 1)
    return List[ListedSeries].page(rows_of(rows, page, lambda row: (row.id,)))


@router.post("", status_code=status.HTTP_201_CREATED)
def make_series(body: NewSeries, once: DoneOnce, at: Now) -> Created[ShownSeries]:
    """Repeat an appointment each so many weeks or months. Days that are closed or full become tasks of the team."""
    tx = once.begun.tx

    def make() -> ShownSeries:
        first = listing.booking(tx, body.booking_id)
        if first is None:
            raise UnknownBooking
        begun, made = series.create(
            tx,
            known_shop(tx),
            contact_id=first.contact_id,
            booking_id=body.booking_id,
            every=body.every,
            unit=body.unit,
            now=at,
        )
        return ShownSeries(series=_found(tx, begun.id), made=made)

    return once.answer(Created[ShownSeries], make)


@router.get("/{series_id}")
def get_series(series_id: SeriesId, begun: Request_) -> Answer[ListedSeries]:
    """A regular appointment."""
    return Answer[ListedSeries].of(_found(begun.tx, series_id))


@router.post("/{series_id}/ending")
def end_series(series_id: SeriesId, body: Ending, once: DoneOnce, at: Now) -> Answer[ListedSeries]:
    """No more of it is made; what is booked by now stays, unless that is to go too."""
    tx = once.begun.tx

    def end() -> ListedSeries:
        known = _found(tx, series_id)
        series.end(
            tx,
            known_shop(tx),
            series_id,
            contact_id=known.contact_id,
            now=at,
            cancels_booked=body.cancels_booked,
        )
        if body.cancels_booked:
            hints.place_freed(once.begun, at)
        return _found(tx, series_id)

    return once.answer(Answer[ListedSeries], end)


def _found(tx: Tx, series_id: SeriesId) -> ListedSeries:
    return found(listing.one_series(tx, series_id))

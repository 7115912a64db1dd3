"""Who waits for a place on days that are full."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap.bookings import asking, listing, waitlist
from auzap.bookings.asking import Item
from auzap.bookings.availability import Period
from auzap.bookings.listing import EntryState, ListedEntry
from auzap.customers import pets
from auzap.ids import ContactId, PetId, ServiceId, WaitlistEntryId
from auzap.organizations.shop import known_shop
from functions.serve_api import hints, paging
from functions.serve_api.answers import Created, List
from functions.serve_api.bodies import Body, Day
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import found

router = APIRouter(prefix="/v1/waitlist", tags=["bookings"])


class NewEntry(Body):
    pet_id: PetId
    service_id: ServiceId
    addon_ids: list[ServiceId] = Field(default=[], max_length=10)
    from_day: Day
    # The last day that suits, at most 31 in all.
    until_day: Day
    period: Period = "any"


@router.get("")
def list_waitlist(
    begun: Request_,
    page: Paged,
    contact_id: Annotated[ContactId | None, Query(description="Of this customer")] = None,
    state: Annotated[EntryState | None, Query(description="Where it stands")] = None,
) -> List[ListedEntry]:
    """Who waits, whoever has waited longest first."""
    after = paging.keys_of(page, paging.moment, UUID)
    rows = listing.waitlist(begun.tx, contact_id=contact_id, state=state, after=after, most=page.limit + 1)
    return List[ListedEntry].page(rows_of(rows, page, lambda row: (row.created_at, row.id)))


@router.post("", status_code=status.HTTP_201_CREATED)
def join_waitlist(body: NewEntry, once: DoneOnce, at: Now) -> Created[ListedEntry]:
    """Put a pet on the waitlist for days that are full. A place that becomes free is offered to its tutor."""
    tx = once.begun.tx

    def join() -> ListedEntry:
        contact_id, _ = pets.coming(tx, body.pet_id)
        (asked,) = asking.asked_for(tx, [Item(body.pet_id, body.service_id, tuple(body.addon_ids))])
        made = waitlist.join(
            tx,
            known_shop(tx),
            contact_id=contact_id,
            asked=asked,
            from_day=body.from_day,
            until_day=body.until_day,
            period=body.period,
            now=at,
        )
        return found(listing.entry(tx, made))

    return once.answer(Created[ListedEntry], join)


@router.delete("/{entry_id}", status_code=status.HTTP_204_NO_CONTENT)
def leave_waitlist(entry_id: WaitlistEntryId, begun: Request_, at: Now) -> None:
    """It waits no more. What was offered to it is offered to whoever is next."""
    known = found(listing.entry(begun.tx, entry_id))
    waitlist.leave(begun.tx, entry_id, known.contact_id)
    if known.state == "offered":
        hints.place_freed(begun, at)

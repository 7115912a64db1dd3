"""What somebody of the shop should look at: alerts that were raised, what pets are late with, and proofs of what was done."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status

from auzap.customers import health, listing
from auzap.customers.listing import ListedAlert, ListedOverdue
from auzap.ids import HealthAlertId, HealthEventId, PetId
from auzap.organizations.shop import known_shop
from functions.serve_api import paging
from functions.serve_api.answers import Done, List
from functions.serve_api.bodies import Body, Day
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.persons import who
from functions.serve_api.proofs import look_again

router = APIRouter(prefix="/v1/health-alerts", tags=["pets"])
events = APIRouter(prefix="/v1/health-events", tags=["pets"])


class Proof(Body):
    # When it is due again, where the proof says so.
    due_on: Day | None = None


@router.get("")
def list_alerts(
    begun: Request_,
    page: Paged,
    state: Annotated[Literal["open", "resolved"], Query(description="Whether they wait for somebody")] = "open",
    pet_id: Annotated[PetId | None, Query(description="Of this pet")] = None,
) -> List[ListedAlert]:
    """Alerts, the worst and then the oldest first."""
    after = paging.keys_of(page, paging.small, paging.moment, UUID)
    found = listing.alerts(begun.tx, state=state, pet_id=pet_id, after=after, most=page.limit + 1)
    return List[ListedAlert].page(rows_of(found, page, lambda row: (row.rank, row.raised_at, row.id)))


@router.get("/overdue")
def list_overdue(begun: Request_, page: Paged, at: Now) -> List[ListedOverdue]:
    """Every living pet that is late with a vaccine, a deworming or a checkup, the worst and then the latest first."""
    after = paging.keys_of(page, paging.small, paging.small, UUID, paging.words)
    found = listing.overdue(begun.tx, known_shop(begun.tx).today(at), after=after, most=page.limit + 1)
    return List[ListedOverdue].page(
        rows_of(found, page, lambda row: (row.rank, -(row.days_late or 0), row.pet_id, row.kind))
    )


@router.post("/{alert_id}/resolution")
def resolve_alert(alert_id: HealthAlertId, once: DoneOnce) -> Done:
    """Somebody has seen to it."""
    return once.answer(Done, lambda: health.resolve_alert(once.begun.tx, alert_id))


@events.post("/{event_id}/verification")
def verify_event(event_id: HealthEventId, body: Proof, once: DoneOnce) -> Done:
    """A person of the shop has seen the proof of what was done."""
    begun = once.begun

    def verify() -> None:
        look_again(begun, health.verify(begun.tx, event_id, by=who(begun), due_on=body.due_on))

    return once.answer(Done, verify)


@events.delete("/{event_id}", status_code=status.HTTP_204_NO_CONTENT)
def strike_out_event(event_id: HealthEventId, begun: Request_) -> None:
    """It was written down by mistake."""
    health.strike_out(begun.tx, event_id)

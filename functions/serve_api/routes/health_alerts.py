"""What somebody of the shop should look at: alerts that were raised, and what pets are late with."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from auzap.customers import health, listing
from auzap.customers.listing import ListedAlert, ListedOverdue
from auzap.ids import HealthAlertId, PetId
from auzap.organizations.shop import find_shop
from functions.serve_api import paging
from functions.serve_api.answers import Done, List
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/health-alerts", tags=["pets"])


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
    found = listing.overdue(begun.tx, find_shop(begun.tx).today(at), after=after, most=page.limit + 1)
    return List[ListedOverdue].page(
        rows_of(found, page, lambda row: (row.rank, -(row.days_late or 0), row.pet_id, row.kind))
    )


@router.post("/{alert_id}/resolution")
def resolve_alert(alert_id: HealthAlertId, once: DoneOnce) -> Done:
    """Somebody has seen to it."""
    return once.answer(Done, lambda: health.resolve_alert(once.begun.tx, alert_id))

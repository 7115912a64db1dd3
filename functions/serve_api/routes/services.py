"""What the shop does: services, their prices by size and coat, what may be added, and who does them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap.catalog import editing, listing
from auzap.catalog.listing import Category, Coat, Filter, ListedService, PriceRow, ResourceKind, Size, Species
from auzap.ids import ServiceId
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Cents, Change, Day, Words
from functions.serve_api.dependencies import Begun, DoneOnce, Request_
from functions.serve_api.paging import Paged, keys_of, rows_of, small, words
from functions.serve_api.problems import found

router = APIRouter(prefix="/v1/services", tags=["services"])

Minutes = Annotated[int, Field(ge=10, le=720, examples=[60])]
Buffer = Annotated[int, Field(ge=0, le=240)]
Months = Annotated[int, Field(ge=0, le=600)]
Days = Annotated[int, Field(ge=1, le=3650)]
Percent = Annotated[int, Field(ge=0, le=100)]
Position = Annotated[int, Field(ge=0, le=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Banho"])]
Description = Annotated[str, Field(max_length=2000)]
SpeciesList = Annotated[list[Species], Field(min_length=1, max_length=5, examples=[["dog", "cat"]])]


class NewService(Body):
    name: Name
    duration_minutes: Minutes
    price_cents: Cents
    description: Description = ""
    category: Category = "grooming"
    species: SpeciesList | None = Field(default=None, description="Null: every species")
    youngest_months: Months | None = None
    oldest_months: Months | None = None
    needs_vet: bool = False
    is_bookable_by_agent: bool = True
    is_addon: bool = Field(default=False, description="Only beside another service")
    prerequisite_id: ServiceId | None = Field(default=None, description="What a pet must have had first")
    prerequisite_within_days: Days | None = Field(default=None, description="How long ago at most; null: any time")
    deposit_percent: Percent = 0
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    active_from: Day | None = None
    active_until: Day | None = None
    resource_kind: ResourceKind | None = Field(
        default=None, description="Where it is done; null: nowhere in particular"
    )
    position: Position = 0


class ServiceChange(Change):
    MAY_BE_EMPTY = frozenset(
        {
            "species", "youngest_months", "oldest_months", "prerequisite_id", "prerequisite_within_days", "active_from",
            "active_until", "resource_kind",
        }
    )  # fmt: skip

    name: Name | None = None
    duration_minutes: Minutes | None = None
    price_cents: Cents | None = None
    description: Description | None = None
    category: Category | None = None
    species: SpeciesList | None = None
    youngest_months: Months | None = None
    oldest_months: Months | None = None
    needs_vet: bool | None = None
    is_bookable_by_agent: bool | None = None
    is_addon: bool | None = None
    prerequisite_id: ServiceId | None = None
    prerequisite_within_days: Days | None = None
    deposit_percent: Percent | None = None
    buffer_before_minutes: Buffer | None = None
    buffer_after_minutes: Buffer | None = None
    active_from: Day | None = None
    active_until: Day | None = None
    resource_kind: ResourceKind | None = None
    position: Position | None = None
    is_active: bool | None = Field(default=None, description="False archives it")


class Price(Body):
    """Of a size, of a coat, or of both together; `any` where it does not matter."""

    size: Size = "any"
    coat: Coat = "any"
    price_cents: Cents
    duration_minutes: Minutes


class Prices(Body):
    prices: list[Price] = Field(max_length=20)


class Addons(Body):
    addon_ids: list[ServiceId] = Field(max_length=50)


class Doers(Body):
    staff_ids: list[UUID] = Field(max_length=100)


@router.get("")
def list_services(
    begun: Request_,
    page: Paged,
    search: Annotated[Words, Query(description="Part of the name, without regard to accents")] = "",
    category: Annotated[Category | None, Query(description="Of this category")] = None,
    species: Annotated[Species | None, Query(description="Done for this species")] = None,
    is_active: Annotated[bool | None, Query(description="False: only those archived")] = None,
    is_addon: Annotated[bool | None, Query(description="Only done beside another")] = None,
) -> List[ListedService]:
    """Services in the order of the catalogue: by position, then by name."""
    wanted = Filter(search, category, species, is_active, is_addon)
    after = keys_of(page, small, words, UUID)
    rows = listing.listed(begun.tx, wanted, after=after, most=page.limit + 1)
    return List.page(rows_of(rows, page, lambda row: (row.position, row.name, row.id)))


@router.get("/{service_id}")
def show_service(service_id: ServiceId, begun: Request_) -> Answer[ListedService]:
    """One service, with its prices, what may be added and who does it."""
    return _shown(begun, service_id)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_service(body: NewService, once: DoneOnce) -> Created[ListedService]:
    """A new service."""
    tx = once.begun.tx
    return once.answer(
        Created[ListedService], lambda: listing.service(tx, editing.create(tx, body.model_dump(exclude_none=True)))
    )


@router.patch("/{service_id}")
def change_service(service_id: ServiceId, body: ServiceChange, begun: Request_) -> Answer[ListedService]:
    """Change a service. What is booked keeps its price and its length."""
    editing.change(begun.tx, service_id, body.given())
    return _shown(begun, service_id)


@router.delete("/{service_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_service(service_id: ServiceId, begun: Request_) -> None:
    """Remove a service; one that was ever booked is archived instead."""
    editing.remove(begun.tx, service_id)


@router.put("/{service_id}/prices")
def set_prices(service_id: ServiceId, body: Prices, begun: Request_) -> Answer[ListedService]:
    """Replace the prices by size and coat; for what none names the service's own price counts."""
    rows = [PriceRow(row.size, row.coat, row.price_cents, row.duration_minutes) for row in body.prices]
    editing.set_prices(begun.tx, service_id, rows)
    return _shown(begun, service_id)


@router.put("/{service_id}/add-ons")
def set_addons(service_id: ServiceId, body: Addons, begun: Request_) -> Answer[ListedService]:
    """Replace what may be done beside it."""
    editing.set_addons(begun.tx, service_id, body.addon_ids)
    return _shown(begun, service_id)


@router.put("/{service_id}/staff")
def set_staff(service_id: ServiceId, body: Doers, begun: Request_) -> Answer[ListedService]:
    """Replace who does it; nobody: it takes the time of nobody in particular."""
    editing.set_staff(begun.tx, service_id, body.staff_ids)
    return _shown(begun, service_id)


def _shown(begun: Begun, service_id: ServiceId) -> Answer[ListedService]:
    return Answer[ListedService].of(found(listing.service(begun.tx, service_id)))

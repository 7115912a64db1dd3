"""The audit trail, for the owners of the shop."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError

from auzap.audit import heads, trail
from auzap.audit.heads import Archive
from auzap.audit.trail import Change, Operation, Verified, Wanted
from auzap.organizations.shop import known_shop
from functions.serve_api import paging
from functions.serve_api.answers import Answer, List
from functions.serve_api.bodies import Day
from functions.serve_api.dependencies import Asking, Request_
from functions.serve_api.paging import LARGEST, Page, Paged, rows_of

router = APIRouter(prefix="/v1/audit", tags=["audit"])

# In one file; `x-cursor` leads to the next.
MOST_EXPORTED = 1_000


def filters(
    table_name: Annotated[
        str | None, Query(pattern=r"^[a-z_]{2,60}$", description="Of this table, as `bookings` or `services`")
    ] = None,
    row_id: Annotated[UUID | None, Query(description="Of this row of the table, which must be named too")] = None,
    actor: Annotated[
        str | None, Query(max_length=100, description="By this actor: `user:…`, `support:…`, `key:…`, `agent`, `clock`")
    ] = None,
    operation: Annotated[Operation | None, Query(description="Of this kind")] = None,
    from_day: Annotated[Day | None, Query(description="From this day of the shop on")] = None,
    until_day: Annotated[Day | None, Query(description="Up to this day, and with it")] = None,
) -> Wanted:
    if row_id is not None and table_name is None:
        told = "Name the table of the row too"
        raise RequestValidationError([{"type": "row_without_table", "loc": ("query", "table_name"), "msg": told}])
    return Wanted(table_name, row_id, actor, operation, from_day, until_day)


Kept = Annotated[Archive | None, Depends(heads.house_archive)]
Filters = Annotated[Wanted, Depends(filters)]


@router.get("")
def list_changes(begun: Request_, page: Paged, wanted: Filters) -> List[Change]:
    """Who has changed what, from what to what, the latest first."""
    found = trail.page(begun.tx, wanted, zone=known_shop(begun.tx).zone, before=_before(page), limit=page.limit + 1)
    return List[Change].page(rows_of(found, page, lambda row: (row.id,)))


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file"}},
)
def export_changes(
    begun: Request_,
    wanted: Filters,
    cursor: Annotated[str | None, Query(max_length=2_000, description="`x-cursor` of the file before")] = None,
) -> Response:
    """The same as a file for a spreadsheet, a thousand rows at a time; the header `x-cursor` leads to the next ones."""
    zone = known_shop(begun.tx).zone
    page = paging.page(MOST_EXPORTED, cursor)
    found = trail.page(begun.tx, wanted, zone=zone, before=_before(page), limit=MOST_EXPORTED + 1)
    rows = rows_of(found, page, lambda row: (row.id,))
    more = {"x-cursor": rows.cursor} if rows.cursor else {}
    named = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(trail.as_table(rows.rows, zone), media_type="text/csv; charset=utf-8", headers=named | more)


@router.get("/verification")
def verify_trail(
    asking: Asking,
    archive: Kept,
    from_segment: Annotated[int, Query(ge=0, le=LARGEST, description="`verified_until` of the part before")] = 0,
) -> Answer[Verified]:
    """Whether the sealed trail is as it was written: no row changed, none missing, no seal broken. A long one in parts."""
    return Answer[Verified].of(
        heads.verify(asking.transaction, archive, asking.asker.organization_id, since=from_segment)
    )


def _before(page: Page) -> Any:
    return (paging.keys_of(page, UUID) or (None,))[0]

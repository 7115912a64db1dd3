"""Time that nobody may book."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap.bookings import blocked_times
from auzap.bookings.blocked_times import BlockedTime
from functions.serve_api.answers import Created, List
from functions.serve_api.bodies import Body, Moment
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, keys_of, moment, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/blocked-times", tags=["blocked-times"])


class NewBlock(Body):
    """Of one resource, of one person, or, where it names neither, of the shop."""

    starts_at: Moment
    ends_at: Moment
    resource_id: UUID | None = None
    staff_id: UUID | None = None
    reason: str = Field(default="", max_length=200, examples=["Almoço da equipe"])


@router.get("")
def list_blocked_times(
    begun: Request_,
    at: Now,
    page: Paged,
    since: Annotated[Moment | None, Query(description="Not over then; now where it is not given")] = None,
    until: Annotated[Moment | None, Query(description="Begun before then")] = None,
) -> List[BlockedTime]:
    """Blocked times in the order in which they end."""
    found = blocked_times.blocked(
        begun.tx, since=since or at, until=until, after=keys_of(page, moment, UUID), most=page.limit + 1
    )
    return List.page(rows_of(found, page, lambda row: (row.ends_at, row.id)))


@router.post("", status_code=status.HTTP_201_CREATED)
def block_time(body: NewBlock, once: DoneOnce) -> Created[BlockedTime]:
    """Block a time. Appointments that stand in it already stay."""
    return once.answer(
        Created[BlockedTime],
        lambda: blocked_times.block(
            once.begun.tx,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
            resource_id=body.resource_id,
            staff_id=body.staff_id,
            reason=body.reason,
        ),
    )


@router.delete("/{blocked_id}", status_code=status.HTTP_204_NO_CONTENT)
def free_time(blocked_id: UUID, begun: Request_) -> None:
    """Let a time be booked again; whoever waits for such a day is looked at."""
    if not blocked_times.free(begun.tx, blocked_id):
        raise NotFound

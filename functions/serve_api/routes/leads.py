"""Leads: who is warm, where each stands, and what has happened to one."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from auzap.ids import ContactId, PipelineStageId, UserId
from auzap.leads import listing, pipeline, settling
from auzap.leads.listing import Event, Lead, LeadStage, Sort, Wanted
from functions.serve_api import paging
from functions.serve_api.answers import Answer, List
from functions.serve_api.bodies import Body, Change
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.persons import named, person

router = APIRouter(prefix="/v1/leads", tags=["leads"])


class LeadChange(Change):
    MAY_BE_EMPTY: ClassVar = frozenset({"assigned_user_id"})

    is_priority: bool | None = None
    needs_review: bool | None = None
    # Whose it is; null: nobody's in particular.
    assigned_user_id: UserId | None = None


class Place(Body):
    pipeline_stage_id: PipelineStageId


class Outcome(Body):
    outcome: Literal["converted", "lost"]
    reason: str | None = Field(default=None, min_length=1, max_length=300, examples=["Escolheu outro lugar"])


@router.get("")
def list_leads(
    begun: Request_,
    page: Paged,
    stage: Annotated[list[LeadStage] | None, Query(max_length=6, description="In one of these stages")] = None,
    pipeline_stage_id: Annotated[
        PipelineStageId | Literal["none"] | None, Query(description="At this stage of the pipeline, or at `none`")
    ] = None,
    assigned_user_id: Annotated[
        UserId | Literal["me"] | None, Query(description="Whose they are: `me`, or a person's id")
    ] = None,
    is_priority: Annotated[bool | None, Query(description="Whether they are to be called first")] = None,
    needs_review: Annotated[
        bool | None, Query(description="Whether somebody should look at the agent's replies to them")
    ] = None,
    sort: Annotated[Sort, Query(description="The warmest first, or those who wrote last")] = "score",
) -> List[Lead]:
    """Leads of the shop, by page."""
    if assigned_user_id == "me":
        assigned_user_id = person(begun)
    wanted = Wanted(
        stages=stage,
        pipeline_stage_id=None if pipeline_stage_id == "none" else pipeline_stage_id,
        is_outside_pipeline=pipeline_stage_id == "none",
        assigned_user_id=assigned_user_id,
        is_priority=is_priority,
        needs_review=needs_review,
    )
    after: Any = paging.keys_of(page, paging.small if sort == "score" else paging.moment, UUID)
    found = listing.page(begun.tx, wanted, sort=sort, after=after, limit=page.limit + 1)
    return List[Lead].page(
        rows_of(found, page, lambda row: (row.score if sort == "score" else row.last_contact_at.isoformat(), row.id))
    )


@router.get("/{contact_id}")
def get_lead(contact_id: ContactId, begun: Request_) -> Answer[Lead]:
    """A customer as a lead."""
    return Answer[Lead].of(listing.find(begun.tx, contact_id))


@router.patch("/{contact_id}")
def change_lead(contact_id: ContactId, body: LeadChange, begun: Request_) -> Answer[Lead]:
    """Say whose it is, whether it is to be called first, and whether its replies were looked at."""
    given = body.given()
    if "assigned_user_id" in given:
        listing.assign(begun.tx, contact_id, body.assigned_user_id, by=named(begun))
    if body.is_priority is not None or body.needs_review is not None:
        listing.mark(begun.tx, contact_id, is_priority=body.is_priority, needs_review=body.needs_review)
    return Answer[Lead].of(listing.find(begun.tx, contact_id))


@router.get("/{contact_id}/events")
def list_lead_events(contact_id: ContactId, begun: Request_, page: Paged) -> List[Event]:
    """What has happened to it, the latest first."""
    (before,) = paging.keys_of(page, UUID) or (None,)
    found = listing.events(begun.tx, contact_id, before=before, limit=page.limit + 1)
    return List[Event].page(rows_of(found, page, lambda row: (row.id,)))


@router.put("/{contact_id}/pipeline-stage")
def move_lead(contact_id: ContactId, body: Place, begun: Request_) -> Answer[Lead]:
    """Put it at a stage of the pipeline. At the end of the pipeline it is sold, or lost."""
    pipeline.move(begun.tx, contact_id, body.pipeline_stage_id, by=named(begun))
    return Answer[Lead].of(listing.find(begun.tx, contact_id))


@router.post("/{contact_id}/outcome")
def settle_lead(contact_id: ContactId, body: Outcome, once: DoneOnce) -> Answer[Lead]:
    """Sold, or lost."""
    begun = once.begun

    def settle() -> Lead:
        settling.settle(begun.tx, contact_id, body.outcome, by=named(begun), reason=body.reason)
        return listing.find(begun.tx, contact_id)

    return once.answer(Answer[Lead], settle)

"""The stages of a sale, as the shop calls them."""

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints

from auzap.ids import PipelineStageId
from auzap.leads import listing, pipeline
from auzap.leads.listing import Column
from functions.serve_api.answers import Created, Done, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/pipeline-stages", tags=["leads"])

Colour = Annotated[str, StringConstraints(to_lower=True, pattern=r"^#[0-9A-Fa-f]{6}$")]


class Looks(Body):
    name: str = Field(min_length=1, max_length=pipeline.LONGEST_NAME, examples=["Orçamento enviado"])
    colour: Colour = Field(default="#8b8fa3", examples=["#2a9d8f"])


class NewStage(Looks):
    """Who reaches a stage that is won is a customer; who reaches one that is lost is none."""

    is_won: bool = False
    is_lost: bool = False


class Order(Body):
    stage_ids: list[PipelineStageId] = Field(min_length=1, max_length=100)


@router.get("")
def list_stages(begun: Request_) -> List[Column]:
    """The stages in their order, with how many leads stand at each."""
    return List[Column].of(listing.columns(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def add_stage(body: NewStage, once: DoneOnce) -> Created[list[Column]]:
    """One more, after the others; all of them then."""
    tx = once.begun.tx

    def add() -> list[Column]:
        pipeline.add(tx, body.name, body.colour, is_won=body.is_won, is_lost=body.is_lost)
        return listing.columns(tx)

    return once.answer(Created[list[Column]], add)


@router.put("/order")
def arrange_stages(body: Order, begun: Request_) -> List[Column]:
    """Put them in this order; those that are not named come after."""
    pipeline.arrange(begun.tx, body.stage_ids)
    return List[Column].of(listing.columns(begun.tx))


@router.put("/{stage_id}")
def rename_stage(stage_id: PipelineStageId, body: Looks, begun: Request_) -> Done:
    """Another name and colour."""
    pipeline.rename(begun.tx, stage_id, body.name, body.colour)
    return Done.now()


@router.delete("/{stage_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_stage(stage_id: PipelineStageId, begun: Request_) -> None:
    """Remove it: leads that stand there stand nowhere from then on."""
    if not pipeline.remove(begun.tx, stage_id):
        raise NotFound

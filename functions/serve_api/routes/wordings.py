"""The shop's own wording of what its agent says often."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.agent import personality, wordings
from auzap.agent.wordings import Kind, Occasion, Wording
from auzap.organizations.shop import known_shop
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change
from functions.serve_api.dependencies import DoneOnce, Now, Request_

router = APIRouter(prefix="/v1/wordings", tags=["wordings"])

Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=600,
        examples=["Oi, {customer}! Que bom falar com você de novo."],
        description="May hold {customer}, {pet_name}, {shop}, {agent}, {date} and {time}",
    ),
]


class NewWording(Body):
    kind: Kind
    occasion: Occasion = "any"
    text: Text


class WordingChange(Change):
    kind: Kind | None = None
    occasion: Occasion | None = None
    text: Text | None = None
    is_active: bool | None = None


class TextToRead(Body):
    text: Text


class Read(BaseModel):
    text: str


@router.get("")
def list_wordings(
    begun: Request_, kind: Annotated[Kind | None, Query(description="Of this kind")] = None
) -> List[Wording]:
    """The shop's wordings, and how often each was used."""
    return List.of(wordings.wordings(begun.tx, kind=kind))


@router.post("", status_code=status.HTTP_201_CREATED)
def create_wording(body: NewWording, once: DoneOnce, at: Now) -> Created[Wording]:
    """A new wording; one that cannot be filled in is refused."""
    tx = once.begun.tx
    return once.answer(
        Created[Wording],
        lambda: wordings.create(tx, known_shop(tx), kind=body.kind, occasion=body.occasion, text=body.text, now=at),
    )


@router.post("/preview")
def preview_wording(body: TextToRead, begun: Request_, at: Now) -> Answer[Read]:
    """A wording as a customer would read it. Nothing is kept, so no Idempotency-Key is taken."""
    return Answer[Read].of(Read(text=personality.preview(known_shop(begun.tx), body.text, now=at)))


@router.patch("/{wording_id}")
def change_wording(wording_id: UUID, body: WordingChange, begun: Request_, at: Now) -> Answer[Wording]:
    """Change a wording."""
    tx = begun.tx
    return Answer[Wording].of(wordings.change(tx, known_shop(tx), wording_id, body.given(), now=at))


@router.delete("/{wording_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_wording(wording_id: UUID, begun: Request_) -> None:
    """Remove a wording."""
    wordings.remove(begun.tx, wording_id)

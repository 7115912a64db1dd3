"""Fields that the shop keeps of customers and pets beside ours."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from auzap.customers import custom_fields
from auzap.customers.custom_fields import CustomField, Kind, Subject
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change
from functions.serve_api.dependencies import DoneOnce, Request_

router = APIRouter(prefix="/v1/custom-fields", tags=["custom-fields"])

Label = Annotated[str, Field(min_length=1, max_length=80, examples=["Como nos conheceu"])]
Choice = Annotated[str, Field(min_length=1, max_length=120)]
Choices = Annotated[list[Choice], Field(max_length=50, examples=[["Indicação", "Instagram"]])]
Position = Annotated[int, Field(ge=0, le=10_000)]


class NewField(Body):
    subject: Subject
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["how_found"])
    label: Label
    kind: Kind
    choices: Choices = Field(default_factory=list[str], description="Of a choice, and of no other kind")
    position: Position = 0


class FieldChange(Change):
    label: Label | None = None
    choices: Choices | None = None
    position: Position | None = None


@router.get("")
def list_fields(begun: Request_) -> List[CustomField]:
    """The fields of customers and of pets, each in their order."""
    return List.of(custom_fields.every_field(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def define_field(body: NewField, once: DoneOnce) -> Created[CustomField]:
    """A new field."""
    tx = once.begun.tx
    return once.answer(
        Created[CustomField], lambda: custom_fields.field(tx, custom_fields.define(tx, **body.model_dump()))
    )


@router.patch("/{field_id}")
def change_field(field_id: UUID, body: FieldChange, begun: Request_) -> Answer[CustomField]:
    """Change what a field is called, its choices, or its place. What is kept in it stays."""
    return Answer[CustomField].of(custom_fields.change(begun.tx, field_id, body.given()))


@router.delete("/{field_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_field(field_id: UUID, begun: Request_) -> None:
    """Remove a field, with what was kept in it."""
    custom_fields.remove(begun.tx, field_id)

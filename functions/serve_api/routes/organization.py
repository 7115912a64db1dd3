"""The shop as the house has it on its books."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from auzap.organizations import organization as books
from functions.serve_api.answers import Answer
from functions.serve_api.dependencies import Request_

router = APIRouter(prefix="/v1/organization", tags=["organization"])


class Plan(BaseModel):
    """What the shop may use; null: as much as it wants."""

    code: str = Field(examples=["starter"])
    name: str
    price_cents: int
    messages_a_month: int | None
    leads_a_month: int | None
    numbers: int | None
    people: int | None


class Organization(BaseModel):
    id: UUID
    name: str = Field(examples=["Patas & Cia Pet Shop Ltda."])
    slug: str
    created_at: datetime
    plan: Plan


@router.get("")
def show_organization(begun: Request_) -> Answer[Organization]:
    """The shop's names, since when it is here, and its plan."""
    return Answer[Organization].of(books.organization(begun.tx))

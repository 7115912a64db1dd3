"""The shop as the house has it on its books."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from auzap.billing.usage import Plan
from auzap.organizations import organization as books
from functions.serve_api.answers import Answer
from functions.serve_api.dependencies import Request_

router = APIRouter(prefix="/v1/organization", tags=["organization"])


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

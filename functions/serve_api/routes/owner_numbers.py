"""The telephones from which the owners speak with their own agent."""

from fastapi import APIRouter
from pydantic import Field

from auzap.organizations import owner_numbers
from auzap.organizations.owner_numbers import OwnerNumber
from functions.serve_api.answers import List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Request_

router = APIRouter(prefix="/v1/owner-numbers", tags=["owner-numbers"])


class Number(Body):
    phone: str = Field(min_length=8, max_length=40, examples=["+5511987654321"])
    name: str = Field(min_length=1, max_length=80, examples=["Helena"])
    is_primary: bool = Field(default=False, description="The first to be written to")
    is_active: bool = True


class Numbers(Body):
    """All of them. Of the active ones exactly one is primary."""

    numbers: list[Number] = Field(max_length=10)


@router.get("")
def list_numbers(begun: Request_) -> List[OwnerNumber]:
    """Whose messages go to the owner's agent."""
    return List.of(owner_numbers.numbers(begun.tx))


@router.put("")
def set_numbers(body: Numbers, begun: Request_) -> List[OwnerNumber]:
    """Replace them all: who is not named speaks as a customer from now on."""
    wanted = [OwnerNumber(each.phone, each.name, each.is_primary, each.is_active) for each in body.numbers]
    owner_numbers.set_numbers(begun.tx, wanted)
    return List.of(owner_numbers.numbers(begun.tx))

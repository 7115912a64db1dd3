"""The tables, tubs, vans and rooms that appointments are done at."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from auzap.bookings import resources
from auzap.bookings.resources import Resource
from auzap.catalog.listing import ResourceKind
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change
from functions.serve_api.dependencies import DoneOnce, Request_

router = APIRouter(prefix="/v1/resources", tags=["resources"])

Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Mesa de tosa 1"])]
Capacity = Annotated[int, Field(ge=1, le=20, description="How many appointments at once")]


class NewResource(Body):
    name: Name
    kind: ResourceKind
    capacity: Capacity = 1


class ResourceChange(Change):
    name: Name | None = None
    kind: ResourceKind | None = None
    capacity: Capacity | None = None
    is_active: bool | None = None


@router.get("")
def list_resources(begun: Request_) -> List[Resource]:
    """All of them, those archived last."""
    return List.of(resources.resources(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def create_resource(body: NewResource, once: DoneOnce) -> Created[Resource]:
    """A new resource."""
    return once.answer(
        Created[Resource],
        lambda: resources.create(once.begun.tx, name=body.name, kind=body.kind, capacity=body.capacity),
    )


@router.patch("/{resource_id}")
def change_resource(resource_id: UUID, body: ResourceChange, begun: Request_) -> Answer[Resource]:
    """Change a resource. What is booked on it stays."""
    return Answer[Resource].of(resources.change(begun.tx, resource_id, body.given()))


@router.delete("/{resource_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_resource(resource_id: UUID, begun: Request_) -> None:
    """Remove a resource; one that appointments were done at is archived instead."""
    resources.remove(begun.tx, resource_id)

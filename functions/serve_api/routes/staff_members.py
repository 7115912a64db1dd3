"""The people whose time appointments take."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from auzap.bookings import staff
from auzap.bookings.staff import StaffMember
from auzap.ids import UserId
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.routes.hours import Week

router = APIRouter(prefix="/v1/staff-members", tags=["staff-members"])

Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Bia"])]


class NewStaffMember(Body):
    name: Name
    user_id: UserId | None = Field(default=None, description="Who of the team it is, if they sign in")
    is_vet: bool = False


class StaffMemberChange(Change):
    MAY_BE_EMPTY = frozenset({"user_id"})

    name: Name | None = None
    user_id: UserId | None = None
    is_vet: bool | None = None
    is_active: bool | None = None


@router.get("")
def list_staff(begun: Request_) -> List[StaffMember]:
    """Everybody on the calendar with their hours and what they do; those archived last."""
    return List.of(staff.members(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def create_staff_member(body: NewStaffMember, once: DoneOnce) -> Created[StaffMember]:
    """Somebody new on the calendar. Without hours they work whenever the shop is open."""
    tx = once.begun.tx
    return once.answer(
        Created[StaffMember],
        lambda: staff.member(tx, staff.create(tx, name=body.name, user_id=body.user_id, is_vet=body.is_vet)),
    )


@router.patch("/{staff_id}")
def change_staff_member(staff_id: UUID, body: StaffMemberChange, begun: Request_) -> Answer[StaffMember]:
    """Change somebody. What is booked with them stays."""
    staff.change(begun.tx, staff_id, body.given())
    return Answer[StaffMember].of(staff.member(begun.tx, staff_id))


@router.delete("/{staff_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_staff_member(staff_id: UUID, begun: Request_) -> None:
    """Remove somebody; who ever served is archived instead."""
    staff.remove(begun.tx, staff_id)


@router.put("/{staff_id}/hours")
def set_staff_hours(staff_id: UUID, body: Week, begun: Request_) -> Answer[StaffMember]:
    """Replace somebody's week; none: they work whenever the shop is open."""
    staff.set_hours(begun.tx, staff_id, body.openings())
    return Answer[StaffMember].of(staff.member(begun.tx, staff_id))

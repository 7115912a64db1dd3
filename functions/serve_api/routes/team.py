"""The people who work in the shop."""

from typing import Literal

from fastapi import APIRouter, status

from auzap.identity import people
from auzap.identity.people import Member
from auzap.ids import UserId
from functions.serve_api.answers import Done, List
from functions.serve_api.bodies import Change
from functions.serve_api.dependencies import Request_
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/team", tags=["team"])


class MemberChange(Change):
    role: Literal["owner", "manager", "staff"] | None = None
    is_active: bool | None = None


@router.get("")
def list_team(begun: Request_) -> List[Member]:
    """Everybody of the shop, by name."""
    return List.of(people.everybody(begun.tx))


@router.patch("/{user_id}")
def change_member(user_id: UserId, body: MemberChange, begun: Request_) -> Done:
    """Give somebody another role, or shut them out. It holds from their next request on."""
    if not people.change(begun.tx, user_id, role=body.role, is_active=body.is_active, by=begun.asker.user_id):
        raise NotFound
    return Done.now()


@router.delete("/{user_id}/sessions", status_code=status.HTTP_204_NO_CONTENT)
def send_member_home(user_id: UserId, begun: Request_) -> None:
    """Sign somebody out of this shop, wherever they are signed in. They may sign in again."""
    if not people.send_home(begun.tx, user_id):
        raise NotFound

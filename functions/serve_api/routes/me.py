"""Whoever is signed in."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, Field, StringConstraints

from auzap.identity import account, sessions
from auzap.identity.requests import Asker
from auzap.ids import SessionId, UserId
from functions.serve_api.answers import Answer, Done, List
from functions.serve_api.bodies import Change
from functions.serve_api.dependencies import Request_
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/me", tags=["me"])


class Shop(BaseModel):
    organization_id: UUID
    name: str
    role: str


class Device(BaseModel):
    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime


class MySession(Device):
    # The one that asks.
    is_this: bool


class Me(BaseModel):
    id: UUID
    email: str
    name: str
    phone: str | None
    locale: str
    has_totp: bool
    recovery_codes: int
    last_login_at: datetime | None
    places: list[Shop]
    sessions: list[Device]
    organization_id: UUID
    role: str
    # Somebody of the house is looking into the shop: the panel says so.
    is_support: bool
    # The shop wants a second factor of its people: until it is set up nothing else is answered.
    needs_second_factor: bool


class MyChange(Change):
    """What is not named stays; an explicit null takes the telephone away."""

    MAY_BE_EMPTY = frozenset({"phone"})
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{7,14}$")] | None = Field(
        default=None, examples=["+5511987654321"]
    )
    locale: Literal["pt-BR", "en"] | None = None


@router.get("")
def show_me(begun: Request_) -> Answer[Me]:
    """Who I am, in which shop, and as what."""
    asker = begun.asker
    known = account.of(begun.tx, _person(asker))
    place = {"organization_id": asker.organization_id, "role": asker.role, "is_support": asker.is_support}
    place |= {"needs_second_factor": asker.needs_second_factor}
    return Answer[Me].of({**known, **place})


@router.patch("")
def change_me(body: MyChange, begun: Request_) -> Done:
    """Change my name, my telephone or my language."""
    account.change(begun.tx, _person(begun.asker), body.given())
    return Done.now()


@router.get("/sessions")
def list_my_sessions(begun: Request_) -> List[MySession]:
    """Where I am signed in, in whatever shop, the one used last first."""
    known = account.of(begun.tx, _person(begun.asker))["sessions"]
    this = str(begun.asker.session_id)
    return List[MySession].of([{**each, "is_this": each["id"] == this} for each in known])


@router.delete("/sessions", status_code=status.HTTP_204_NO_CONTENT)
def end_my_other_sessions(begun: Request_) -> None:
    """Sign out everywhere but here."""
    sessions.end_others(begun.tx, _person(begun.asker), but=begun.asker.session_id)


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
def end_my_session(session_id: SessionId, begun: Request_) -> None:
    """Sign out there: its next request is refused."""
    if not sessions.end(begun.tx, _person(begun.asker), session_id, "ended_elsewhere"):
        raise NotFound


def _person(asker: Asker) -> UserId:
    # A key of a program is not let in here.
    assert asker.user_id
    return asker.user_id

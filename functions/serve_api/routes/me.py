"""Whoever is signed in."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from functions.serve_api.answers import Answer
from functions.serve_api.dependencies import Request_

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


@router.get("")
def me(begun: Request_) -> Answer[Me]:
    """Who I am, in which shop, and as what."""
    asker = begun.asker
    ((known,),) = begun.tx.execute("SELECT app.me(%s)", [asker.user_id]).fetchall()
    place = {"organization_id": asker.organization_id, "role": asker.role, "is_support": asker.is_support}
    return Answer[Me].of({**known, **place})

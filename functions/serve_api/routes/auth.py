"""Signing in and out."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Cookie, Depends, Header, Response, status
from pydantic import BaseModel, Field

from auzap import runtime
from auzap.db.connection import Database
from auzap.identity import registering, sessions, tokens
from auzap.identity.sessions import Session, SessionEnded
from auzap.identity.tokens import Keys
from auzap.ids import OrganizationId
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Body, Email, Password
from functions.serve_api.dependencies import Request_, database, keys, now

router = APIRouter(prefix="/v1/auth", tags=["auth"])

House = Annotated[Database, Depends(database)]
SigningKeys = Annotated[Keys, Depends(keys)]
Now = Annotated[datetime, Depends(now)]
Device = Annotated[str, Header(alias="user-agent", max_length=400)]


class Registration(Body):
    shop_name: str = Field(min_length=1, max_length=80, examples=["Patas & Cia"])
    name: str = Field(min_length=1, max_length=120, examples=["Helena Duarte"])
    email: Email = Field(examples=["helena@example.com"])
    password: Password


class Login(Body):
    email: Email
    password: Password
    organization_id: OrganizationId | None = None


class Access(BaseModel):
    """Sent with each request as `Authorization: Bearer …`. What carries it on is in a cookie that no script reads."""

    access_token: str
    token_type: Literal["Bearer"] = Field(default="Bearer")
    expires_in: int


@router.post("/registration", status_code=status.HTTP_201_CREATED)
def register(
    body: Registration, response: Response, house: House, signing: SigningKeys, at: Now, user_agent: Device = ""
) -> Answer[Access]:
    """Create a shop and its owner, and sign in."""
    made = registering.register(
        house, shop_name=body.shop_name, name=body.name, email=body.email, password=body.password
    )
    session = sessions.begin(house, made.user_id, made.organization_id, device=user_agent)
    return _signed_in(response, session, signing, at)


@router.post("/session", status_code=status.HTTP_201_CREATED)
def log_in(
    body: Login, response: Response, house: House, signing: SigningKeys, at: Now, user_agent: Device = ""
) -> Answer[Access]:
    """Sign in with e-mail and password."""
    person = sessions.recognise(house, body.email, body.password)
    place = sessions.place_of(person, body.organization_id)
    session = sessions.begin(house, person.id, place.organization_id, device=user_agent)
    return _signed_in(response, session, signing, at)


@router.post("/refresh")
def refresh(
    response: Response,
    house: House,
    signing: SigningKeys,
    at: Now,
    auzap_refresh: Annotated[str, Cookie(max_length=100)] = "",
) -> Answer[Access]:
    """A new access token for the cookie of the session."""
    if not auzap_refresh:
        raise SessionEnded
    session = sessions.carry_on(house, signing, auzap_refresh)
    return _signed_in(response, session, signing, at)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
def log_out(response: Response, begun: Request_, house: House) -> None:
    """End this session: its access token is refused from now on."""
    if begun.asker.session_id:
        begun.tx.execute("SELECT app.end_session(%s, 'logout')", [begun.asker.session_id])
    response.delete_cookie("auzap_refresh", path="/v1/auth")


def _signed_in(response: Response, session: Session, signing: Keys, at: datetime) -> Answer[Access]:
    response.set_cookie(
        "auzap_refresh",
        session.refresh_token,
        max_age=int(sessions.IDLE.total_seconds()),
        path="/v1/auth",
        httponly=True,
        secure=runtime.settings().environment != "local",
        samesite="strict",
    )
    token = tokens.access_token(signing, session.id, now=at)
    return Answer[Access].of(Access(access_token=token, expires_in=int(tokens.GOOD_FOR.total_seconds())))

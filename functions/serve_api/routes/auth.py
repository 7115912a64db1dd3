"""Signing in and out."""

from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, Field

from auzap import metrics, runtime
from auzap.db.connection import Database
from auzap.identity import registering, second_factor, sessions, tokens
from auzap.identity.origin import Origin
from auzap.identity.sessions import Person, Session, SessionEnded, WrongLogin
from auzap.identity.tokens import BadToken, Challenged, Keys
from auzap.ids import OrganizationId
from auzap.notifications.notices import notify
from functions.serve_api import cookies, limits
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Body, Code, Email, Password
from functions.serve_api.dependencies import House, Now, Request_, Safe, SigningKeys
from functions.serve_api.edge import From
from functions.serve_api.limits import HowOften, Limits, TooMany, network
from functions.serve_api.problems import Problem

router = APIRouter(prefix="/v1/auth", tags=["auth"])


class Registration(Body):
    shop_name: str = Field(min_length=1, max_length=80, examples=["Patas & Cia"])
    name: str = Field(min_length=1, max_length=120, examples=["Helena Duarte"])
    email: Email = Field(examples=["helena@example.com"])
    password: Password = Field(examples=["girafa-azul-no-telhado"])


class Login(Body):
    email: Email = Field(examples=["helena@example.com"])
    password: Password = Field(examples=["girafa-azul-no-telhado"])
    # For whoever belongs to several.
    organization_id: OrganizationId | None = None


class SecondStep(Body):
    challenge: str = Field(max_length=tokens.LONGEST)
    code: Code


class SupportLogin(Body):
    email: Email
    password: Password
    code: Code
    organization_id: OrganizationId
    reason: str = Field(min_length=10, max_length=300, examples=["A loja pediu ajuda para ligar o WhatsApp"])
    minutes: int = Field(default=20, ge=15, le=30)


class Access(BaseModel):
    """Sent with each request as `Authorization: Bearer …`. What carries it on is in a cookie that no script reads."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind, and no secret
    expires_in: int


class Challenge(BaseModel):
    """The password was right. A code of the authenticator app, or a recovery code, is still to come."""

    second_factor: Literal[True] = True
    challenge: str
    expires_in: int


@router.post("/registration", status_code=status.HTTP_201_CREATED)
def register_shop(
    body: Registration, response: Response, house: House, signing: SigningKeys, at: Now, often: HowOften, origin: From
) -> Answer[Access]:
    """Create a shop and its owner, and sign in."""
    often.take(limits.REGISTRATIONS, network(origin.address), now=at)
    made = registering.register(
        house, shop_name=body.shop_name, name=body.name, email=body.email, password=body.password
    )
    return signed_in(response, sessions.begin(house, made.user_id, made.organization_id, origin), signing, at)


@router.post("/session", status_code=status.HTTP_201_CREATED, responses={200: {"model": Answer[Challenge]}})
def log_in(
    body: Login, response: Response, house: House, signing: SigningKeys, at: Now, often: HowOften, origin: From
) -> Answer[Access | Challenge]:
    """Sign in with e-mail and password. Whoever has a second factor gets a challenge for it."""
    person = recognised(often, house, body.email, body.password, origin, at)
    place = sessions.place_of(person, body.organization_id)
    return entered(response, house, signing, person, place.organization_id, origin, at)


@router.post("/session/second-factor", status_code=status.HTTP_201_CREATED)
def give_second_factor(
    body: SecondStep, response: Response, house: House, signing: SigningKeys, safe: Safe, at: Now, origin: From
) -> Answer[Access]:
    """Finish signing in, with a code of the authenticator app or a recovery code."""
    try:
        challenged = tokens.challenged_by(signing, body.challenge, now=at)
    except BadToken:
        raise Problem(401, "challenge_ended") from None
    second_factor.check(house, safe, challenged.user_id, body.code, origin, now=at)
    session = sessions.begin(house, challenged.user_id, challenged.organization_id, origin)
    return signed_in(response, session, signing, at)


@router.post("/support-session", status_code=status.HTTP_201_CREATED)
def look_into_a_shop(
    body: SupportLogin,
    response: Response,
    house: House,
    signing: SigningKeys,
    safe: Safe,
    at: Now,
    often: HowOften,
    origin: From,
) -> Answer[Access]:
    """Staff of AuZap look into a shop for some minutes, with their second factor and a reason. The shop is told."""
    person = recognised(often, house, body.email, body.password, origin, at)
    if not (person.is_platform and person.has_totp):
        raise WrongLogin
    second_factor.check(house, safe, person.id, body.code, origin, now=at)
    session = sessions.begin_support(
        house, person.id, body.organization_id, origin, reason=body.reason, good_for=timedelta(minutes=body.minutes)
    )
    with house.transaction(body.organization_id, f"support:{person.id}") as tx:
        notify(tx, "support_session", level="warning", detail={"reason": body.reason, "minutes": body.minutes})
    return signed_in(response, session, signing, at)


@router.post("/refresh")
def refresh_access(
    request: Request,
    response: Response,
    house: House,
    signing: SigningKeys,
    at: Now,
    often: HowOften,
    origin: From,
) -> Answer[Access]:
    """A new access token for the cookie of the session."""
    often.take(limits.REFRESHES, network(origin.address), now=at)
    token = cookies.shown(request)
    if not token:
        raise SessionEnded
    try:
        session = sessions.carry_on(house, signing, token, origin)
    except SessionEnded as ended:
        if ended.shop:
            # Its sockets end, too.
            runtime.hint_changes(ended.shop)
        raise
    return signed_in(response, session, signing, at)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
def log_out(response: Response, begun: Request_) -> None:
    """End this session: its access token is refused from now on."""
    asker = begun.asker
    if asker.user_id and asker.session_id:
        sessions.end(begun.tx, asker.user_id, asker.session_id, "logout")
    cookies.take_back(response)


def recognised(often: Limits, house: Database, email: str, password: str, origin: Origin, at: datetime) -> Person:
    """Whose password it is. Wrong ones are counted, and after some nobody is looked at any more."""
    try:
        taken = [
            often.take(limits.LOGINS, network(origin.address), now=at),
            often.take(limits.LOGIN, email, network(origin.address), now=at),
        ]
    except TooMany as refused:
        if refused.is_first:
            sessions.tell_blocked(house, email, origin)
        raise
    try:
        person = sessions.recognise(house, email, password)
    except WrongLogin:
        metrics.count("SignInRefused")
        raise
    often.give_back(*taken)
    return person


def entered(
    response: Response,
    house: Database,
    signing: Keys,
    person: Person,
    organization: OrganizationId,
    origin: Origin,
    at: datetime,
) -> Answer[Access | Challenge]:
    """Signed in; or, where they have a second factor, asked for it."""
    if not person.has_totp:
        session = sessions.begin(house, person.id, organization, origin)
        return Answer[Access | Challenge].of(signed_in(response, session, signing, at).data)
    response.status_code = status.HTTP_200_OK
    token = tokens.challenge(signing, Challenged(person.id, organization), now=at)
    seconds = int(tokens.CHALLENGE_GOOD_FOR.total_seconds())
    return Answer[Access | Challenge].of(Challenge(challenge=token, expires_in=seconds))


def signed_in(response: Response, session: Session, signing: Keys, at: datetime) -> Answer[Access]:
    cookies.give(response, session)
    token = tokens.access_token(signing, session.bearer, now=at)
    return Answer[Access].of(Access(access_token=token, expires_in=int(tokens.GOOD_FOR.total_seconds())))

"""Asking somebody to join the shop, and joining it."""

from typing import Literal

from fastapi import APIRouter, Response, status
from pydantic import Field

from auzap.identity import invitations, sessions, tokens
from auzap.identity.invitations import Invitation, Invited
from auzap.ids import InvitationId
from functions.serve_api import limits, links
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Email, Password, Secret
from functions.serve_api.dependencies import DoneOnce, House, Now, Request_, SigningKeys
from functions.serve_api.edge import From
from functions.serve_api.limits import HowOften, network
from functions.serve_api.problems import NotFound
from functions.serve_api.routes.auth import Access, Challenge, entered, recognised, signed_in

router = APIRouter(prefix="/v1/invitations", tags=["team"])
opening = APIRouter(prefix="/v1/auth/invitation", tags=["auth"])


class NewInvitation(Body):
    email: Email = Field(examples=["julia@example.com"])
    role: Literal["owner", "manager", "staff"] = "staff"


class OpenedLink(Body):
    token: Secret


class Acceptance(Body):
    token: Secret
    name: str = Field(min_length=1, max_length=120, examples=["Júlia Prado"])
    # A new one; or, of whoever has an account, its own.
    password: Password


@router.get("")
def list_invitations(begun: Request_) -> List[Invitation]:
    """Those that wait for an answer, newest first."""
    return List[Invitation].of(invitations.standing(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def invite_person(body: NewInvitation, once: DoneOnce, at: Now) -> Created[Invitation]:
    """Invite somebody by mail. The link is good for a week, and once."""
    begun = once.begun

    def make() -> Invitation:
        secret = tokens.new_secret()
        made, waiting = invitations.invite(
            begun.tx,
            email=body.email,
            role=body.role,
            link=links.to("invitation", secret),
            secret=secret,
            locale=begun.asker.locale,
        )
        begun.later(lambda: links.hint_mail(waiting, now=at))
        return made

    return once.answer(Created[Invitation], make)


@router.delete("/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT)
def withdraw_invitation(invitation_id: InvitationId, begun: Request_) -> None:
    """Withdraw an invitation: its link is good no more."""
    if not invitations.withdraw(begun.tx, invitation_id):
        raise NotFound


@opening.post("")
def open_invitation(body: OpenedLink, house: House, often: HowOften, at: Now, origin: From) -> Answer[Invited]:
    """What the link of a mail invites to."""
    often.take(limits.LINKS, network(origin.address), now=at)
    return Answer[Invited].of(invitations.find(house, body.token))


@opening.post("/acceptance", status_code=status.HTTP_201_CREATED, responses={200: {"model": Answer[Challenge]}})
def accept_invitation(
    body: Acceptance, response: Response, house: House, signing: SigningKeys, often: HowOften, at: Now, origin: From
) -> Answer[Access | Challenge]:
    """Join the shop, and sign in to it."""
    often.take(limits.LINKS, network(origin.address), now=at)
    invited = invitations.find(house, body.token)
    if not invited.has_account:
        joined = invitations.join(house, body.token, origin, name=body.name, password=body.password)
        session = sessions.begin(house, joined.user_id, joined.organization_id, origin)
        return Answer[Access | Challenge].of(signed_in(response, session, signing, at).data)
    person = recognised(often, house, invited.email, body.password, origin, at)
    joined = invitations.join_as(house, body.token, origin, person)
    return entered(response, house, signing, person, joined.organization_id, origin, at)

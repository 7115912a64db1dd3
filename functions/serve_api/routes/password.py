"""A new password: by the old one, or by the link of a mail."""

from fastapi import APIRouter, status
from pydantic import Field

from auzap import runtime
from auzap.identity import resetting, tokens
from functions.serve_api import limits, links
from functions.serve_api.answers import Done
from functions.serve_api.bodies import Body, Email, Password, Secret
from functions.serve_api.dependencies import House, Known, Now
from functions.serve_api.edge import From
from functions.serve_api.limits import HowOften, network

router = APIRouter(prefix="/v1/auth", tags=["auth"])


class PasswordChange(Body):
    current: Password
    new: Password = Field(examples=["girafa-azul-no-telhado"])


class ForgottenPassword(Body):
    email: Email = Field(examples=["helena@example.com"])


class PasswordReset(Body):
    token: Secret
    password: Password = Field(examples=["girafa-azul-no-telhado"])


@router.put("/password")
def change_password(body: PasswordChange, asker: Known, house: House, often: HowOften, at: Now, origin: From) -> Done:
    """Set a new password with the current one. Every other session of yours ends."""
    person = asker.user_id
    assert person
    taken = often.take(limits.PROOFS, str(person), now=at)
    resetting.change(house, person, origin, old=body.current, new=body.new, but=asker.session_id)
    often.give_back(taken)
    runtime.hint_changes(asker.organization_id)
    return Done.now()


@router.post("/password-reset", status_code=status.HTTP_202_ACCEPTED)
def ask_for_a_link(body: ForgottenPassword, house: House, often: HowOften, at: Now, origin: From) -> Done:
    """Send a link for a new password to this address, if it has an account. The answer is the same if not."""
    often.take(limits.RESETS, network(origin.address), now=at)
    often.take(limits.RESET, body.email, now=at)
    secret = tokens.new_secret()
    waiting = resetting.ask(house, body.email, link=links.to("reset-password", secret), secret=secret)
    links.hint_mail(waiting, now=at)
    return Done.now()


@router.post("/password-reset/completion")
def reset_password(body: PasswordReset, house: House, often: HowOften, at: Now, origin: From) -> Done:
    """Set a new password with the link of the mail, which is good for an hour and once. Every session ends."""
    often.take(limits.LINKS, network(origin.address), now=at)
    resetting.reset(house, body.token, body.password, origin)
    return Done.now()

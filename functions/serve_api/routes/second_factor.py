"""The second factor of whoever is signed in."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from auzap.db.connection import Database
from auzap.identity import resetting, second_factor
from auzap.identity.requests import Asker
from auzap.ids import UserId
from functions.serve_api import limits
from functions.serve_api.answers import Answer, Done
from functions.serve_api.bodies import Body, Code, Password
from functions.serve_api.dependencies import House, Known, Now, Safe
from functions.serve_api.edge import From
from functions.serve_api.limits import HowOften, Limits

router = APIRouter(prefix="/v1/auth/second-factor", tags=["auth"])


class Proof(Body):
    password: Password


class FirstCode(Body):
    code: Code


class Removal(Body):
    password: Password
    code: Code


class Offer(BaseModel):
    """For the authenticator app, as a QR code or a link. It counts from its first code on."""

    uri: str = Field(examples=["otpauth://totp/AuZap:helena%40example.com?secret=…&issuer=AuZap&digits=6&period=30"])


class RecoveryCodes(BaseModel):
    """Each is good once, in place of a code. They are shown this once."""

    recovery_codes: list[str] = Field(examples=[["k7m2qw-9ztxhd-4frncp-8vbjys"]])


@router.post("")
def offer_second_factor(body: Proof, asker: Known, house: House, safe: Safe, often: HowOften, at: Now) -> Answer[Offer]:
    """Begin to set up an authenticator app: your password, for a secret to scan."""
    person = _person(asker)
    _prove(house, often, person, body.password, at)
    return Answer[Offer].of(Offer(uri=second_factor.offer(house, safe, person)))


@router.post("/confirmation")
def confirm_second_factor(
    body: FirstCode, asker: Known, house: House, safe: Safe, at: Now, origin: From
) -> Answer[RecoveryCodes]:
    """Turn the second factor on with a first code of the app. The recovery codes are in this answer and nowhere else."""
    codes = second_factor.confirm(house, safe, _person(asker), body.code, origin, now=at)
    return Answer[RecoveryCodes].of(RecoveryCodes(recovery_codes=codes))


@router.post("/recovery-codes")
def renew_recovery_codes(
    body: FirstCode, asker: Known, house: House, safe: Safe, at: Now, origin: From
) -> Answer[RecoveryCodes]:
    """Other recovery codes, for a code of the app. Those of before are good no more."""
    codes = second_factor.renew_codes(house, safe, _person(asker), body.code, origin, now=at)
    return Answer[RecoveryCodes].of(RecoveryCodes(recovery_codes=codes))


@router.post("/removal")
def remove_second_factor(
    body: Removal, asker: Known, house: House, safe: Safe, often: HowOften, at: Now, origin: From
) -> Done:
    """Turn the second factor off, with your password and a code."""
    person = _person(asker)
    _prove(house, often, person, body.password, at)
    second_factor.turn_off(house, safe, person, body.code, origin, now=at)
    return Done.now()


def _prove(house: Database, often: Limits, person: UserId, password: str, at: datetime) -> None:
    """By the password. Wrong ones are counted, and after some none is looked at any more."""
    taken = often.take(limits.PROOFS, str(person), now=at)
    resetting.prove(house, person, password)
    often.give_back(taken)


def _person(asker: Asker) -> UserId:
    # A key of a program is not let in here.
    assert asker.user_id
    return asker.user_id

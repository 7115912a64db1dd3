"""Sessions: begun with a password, carried on by refresh tokens, ended at once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import psycopg

from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.identity import passwords, tokens
from auzap.identity.tokens import Keys
from auzap.ids import OrganizationId, SessionId, UserId

IDLE, ABSOLUTE = timedelta(days=7), timedelta(days=30)
# Whoever lost an answer may ask again for so long.
GRACE = timedelta(seconds=10)
ENDED = "AZ005"

type EndReason = Literal["logout", "disabled", "ended_elsewhere"]


class WrongLogin(Refusal):
    """The address, the password or the shop; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("wrong_login")


class SessionEnded(Refusal):
    def __init__(self) -> None:
        super().__init__("session_ended")


class ChooseShop(Refusal):
    """A person of several shops has not said which."""

    def __init__(self, places: list["Place"]) -> None:
        super().__init__("choose_shop")
        self.places = places


@dataclass(frozen=True, slots=True)
class Place:
    organization_id: OrganizationId
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose password was right."""

    id: UserId
    name: str
    locale: str
    is_platform: bool
    # Sealed; None where no second factor is set.
    totp_secret: bytes | None
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Session:
    id: SessionId
    refresh_token: str


def recognise(database: Database, email: str, password: str) -> Person:
    """The person of this address and password. An unknown address costs as much as a wrong password."""
    found = database.lookup(
        "SELECT user_id, password_hash, name, locale, is_platform, totp_secret, places FROM app.find_login(%s)",
        [email.strip().lower()],
    )
    row: Any = found[0] if found else None
    if not passwords.is_right(row[1] if row else None, password) or row is None:
        raise WrongLogin
    if passwords.is_outdated(row[1]):
        database.lookup("SELECT app.rehash_password(%s, %s, %s)", [row[0], row[1], passwords.hashed(password)])
    places = [Place(OrganizationId(UUID(p["organization_id"])), p["name"], p["role"]) for p in row[6]]
    return Person(UserId(row[0]), row[2], row[3], row[4], row[5], places)


def place_of(person: Person, wanted: OrganizationId | None) -> Place:
    """The shop to enter: the one they name, or the only one there is."""
    if wanted is None and len(person.places) > 1:
        raise ChooseShop(person.places)
    chosen = [place for place in person.places if wanted in {None, place.organization_id}]
    if not chosen:
        raise WrongLogin
    return chosen[0]


def begin(database: Database, person: UserId, organization: OrganizationId, *, device: str) -> Session:
    secret = tokens.new_secret()
    try:
        ((session_id,),) = database.lookup(
            "SELECT app.start_session(%s, %s, %s, %s, %s, %s)",
            [person, organization, tokens.hashed(secret), device, IDLE, ABSOLUTE],
        )
    except psycopg.Error as failed:
        if failed.sqlstate == ENDED:
            raise WrongLogin from failed
        raise
    return Session(SessionId(session_id), secret)


def carry_on(database: Database, keys: Keys, refresh_token: str) -> Session:
    """The next refresh token for this one. One that is shown again after its grace ends the session for all who hold it."""
    child = tokens.child_of(keys, refresh_token)
    ((outcome, session_id),) = database.lookup(
        "SELECT outcome, session_id FROM app.refresh_session(%s, %s, %s, %s)",
        [tokens.hashed(refresh_token), tokens.hashed(child), IDLE, GRACE],
    )
    if outcome not in {"rotated", "repeated"}:
        raise SessionEnded
    return Session(SessionId(session_id), child)


def end(database: Database, session_id: SessionId, reason: EndReason) -> bool:
    ((has_ended,),) = database.lookup("SELECT app.end_session(%s, %s)", [session_id, reason])
    return has_ended


def end_all(database: Database, person: UserId, reason: EndReason, *, but: SessionId | None = None) -> list[SessionId]:
    found = database.lookup("SELECT app.end_sessions(%s, %s, %s)", [person, reason, but])
    return [SessionId(row[0]) for row in found]

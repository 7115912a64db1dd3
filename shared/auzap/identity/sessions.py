"""Sessions: begun with a password, carried on by refresh tokens, ended at once."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import psycopg

from auzap.db.connection import Database, Tx
from auzap.errors import OrganizationUnavailable, Refusal
from auzap.identity import passwords, tokens
from auzap.identity.origin import Origin
from auzap.identity.tokens import Bearer, Keys
from auzap.ids import OrganizationId, SessionId, UserId

IDLE, ABSOLUTE = timedelta(days=7), timedelta(days=30)
# Whoever lost an answer may ask again for so long.
GRACE = timedelta(seconds=10)
ENDED = "AZ005"

type EndReason = Literal["logout", "ended_elsewhere"]


class WrongLogin(Refusal):
    """The address, the password or the shop; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("wrong_login")


class SessionEnded(Refusal):
    """`shop` is where it ended just now, for whoever else holds it."""

    def __init__(self, shop: OrganizationId | None = None) -> None:
        super().__init__("session_ended")
        self.shop = shop


class NoShop(Refusal):
    """Somebody whom no shop has on its team."""

    def __init__(self) -> None:
        super().__init__("no_shop")


class ChooseShop(Refusal):
    """A person of several shops has not said which."""

    def __init__(self, places: list["Place"]) -> None:
        super().__init__("choose_shop")
        self.details = [{"organization_id": str(place.organization_id), "name": place.name} for place in places]


@dataclass(frozen=True, slots=True)
class Place:
    organization_id: OrganizationId
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose password was right."""

    id: UserId
    is_platform: bool
    has_totp: bool
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Session:
    bearer: Bearer
    refresh_token: str
    good_for: timedelta = IDLE


def recognise(database: Database, email: str, password: str) -> Person:
    """The person of this address and password. An unknown address costs as much as a wrong password."""
    found = database.lookup(
        "SELECT user_id, password_hash, is_platform, has_totp, places FROM app.find_login(%s)", [email.strip().lower()]
    )
    row: Any = found[0] if found else None
    if not passwords.is_right(row[1] if row else None, password) or row is None:
        raise WrongLogin
    if passwords.is_outdated(row[1]):
        database.lookup("SELECT app.rehash_password(%s, %s, %s)", [row[0], row[1], passwords.hashed(password)])
    places = [Place(OrganizationId(UUID(p["organization_id"])), p["name"], p["is_open"]) for p in row[4]]
    return Person(UserId(row[0]), row[2], row[3], places)


def place_of(person: Person, wanted: OrganizationId | None) -> Place:
    """The shop to enter: the one they name, or the only one there is."""
    if not person.places:
        raise NoShop
    if wanted is None and len(person.places) > 1:
        raise ChooseShop(person.places)
    chosen = [place for place in person.places if wanted in {None, place.organization_id}]
    if not chosen:
        raise WrongLogin
    if not chosen[0].is_open:
        raise OrganizationUnavailable("the organization is suspended or closing")
    return chosen[0]


def begin(database: Database, person: UserId, organization: OrganizationId, origin: Origin) -> Session:
    secret = tokens.new_secret()
    with _refused():
        ((session_id,),) = database.lookup_from(
            origin.address,
            "SELECT app.start_session(%s, %s, %s, %s, %s, %s)",
            [person, organization, tokens.hashed(secret), origin.device, IDLE, ABSOLUTE],
        )
    return Session(Bearer(SessionId(session_id), person, organization), secret)


def begin_support(
    database: Database,
    person: UserId,
    organization: OrganizationId,
    origin: Origin,
    *,
    reason: str,
    good_for: timedelta,
) -> Session:
    """Somebody of the house looks into a shop, which is told who and why."""
    secret = tokens.new_secret()
    with _refused():
        ((session_id,),) = database.lookup_from(
            origin.address,
            "SELECT app.start_support_session(%s, %s, %s, %s, %s, %s)",
            [person, organization, tokens.hashed(secret), origin.device, good_for, reason],
        )
    return Session(Bearer(SessionId(session_id), person, organization), secret, good_for)


@contextmanager
def _refused() -> Generator[None]:
    try:
        yield
    except psycopg.Error as failed:
        if failed.sqlstate == ENDED:
            raise WrongLogin from failed
        raise


def carry_on(database: Database, keys: Keys, refresh_token: str, origin: Origin) -> Session:
    """The next refresh token for this one. One that is shown again after its grace ends the session for all who hold it."""
    children = tokens.children_of(keys, refresh_token)
    ((outcome, session_id, user_id, organization_id, child),) = database.lookup_from(
        origin.address,
        "SELECT outcome, session_id, user_id, organization_id, child FROM app.refresh_session(%s, %s, %s, %s)",
        [tokens.hashed(refresh_token), [tokens.hashed(each) for each in children], IDLE, GRACE],
    )
    if outcome not in {"rotated", "repeated"}:
        raise SessionEnded(OrganizationId(organization_id) if outcome == "reused" else None)
    bearer = Bearer(SessionId(session_id), UserId(user_id), OrganizationId(organization_id))
    return Session(bearer, children[int(child) - 1])


def end(tx: Tx, person: UserId, session_id: SessionId, reason: EndReason) -> bool:
    """One of their own: what is asked with it is refused from now on."""
    ((has_ended,),) = tx.execute("SELECT app.end_session(%s, %s, %s)", [person, session_id, reason])
    return has_ended


def end_others(tx: Tx, person: UserId, *, but: SessionId | None) -> int:
    return tx.execute("SELECT app.end_sessions(%s, 'ended_elsewhere', %s)", [person, but]).rowcount


def tell_blocked(database: Database, email: str, origin: Origin) -> None:
    """In the trail of each shop that this person belongs to, if there is one."""
    database.lookup_from(origin.address, "SELECT app.block_sign_in(%s, %s)", [email.strip().lower(), origin.device])

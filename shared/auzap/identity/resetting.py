"""A new password: by whoever knows the old one, or by the link of a mail."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from auzap.db.connection import Database
from auzap.identity import passwords, tokens
from auzap.identity.invitations import LinkNotGood
from auzap.identity.sessions import WrongLogin
from auzap.ids import OrganizationId, SessionId, UserId

GOOD_FOR = timedelta(hours=1)


def ask(database: Database, email: str, *, link: str, secret: str) -> OrganizationId | None:
    """The shop in whose name a mail waits now; None where nobody has this address, which the asker does not learn."""
    found = database.lookup(
        "SELECT organization_id FROM app.ask_password_reset(%s, %s, %s, %s)",
        [email.strip().lower(), tokens.hashed(secret), Jsonb({"link": link}), GOOD_FOR],
    )
    return OrganizationId(found[0][0]) if found else None


def reset(database: Database, secret: str, password: str) -> UserId:
    """By the link, once. Every session of theirs ends."""
    passwords.check(password)
    ((person,),) = database.lookup(
        "SELECT app.reset_password(%s, %s)", [tokens.hashed(secret), passwords.hashed(password)]
    )
    if person is None:
        raise LinkNotGood
    return UserId(person)


def change(database: Database, person: UserId, *, old: str, new: str, but: SessionId | None) -> list[SessionId]:
    """By the old one. The sessions that ended by it: all but the one that asked."""
    ((kept,),) = database.lookup("SELECT app.password_of(%s)", [person])
    if not passwords.is_right(kept, old):
        raise WrongLogin
    passwords.check(new)
    ended = database.lookup("SELECT app.change_password(%s, %s, %s)", [person, passwords.hashed(new), but])
    return [SessionId(row[0]) for row in ended]

"""A new password: by whoever knows the old one, or by the link of a mail."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.identity import passwords, tokens
from auzap.identity.invitations import LinkNotGood, WaitingMail
from auzap.identity.origin import Origin
from auzap.ids import MailId, OrganizationId, SessionId, UserId

GOOD_FOR = timedelta(hours=1)


class WrongPassword(Refusal):
    """Of somebody who is signed in, and shows once more that it is they."""

    def __init__(self) -> None:
        super().__init__("wrong_password")


def ask(database: Database, email: str, *, link: str, secret: str) -> WaitingMail | None:
    """The mail that waits now; None where nobody has this address, which the asker does not learn."""
    found = database.lookup(
        "SELECT organization_id, mail_id FROM app.ask_password_reset(%s, %s, %s, %s)",
        [email.strip().lower(), tokens.hashed(secret), Jsonb({"link": link}), GOOD_FOR],
    )
    return WaitingMail(OrganizationId(found[0][0]), MailId(found[0][1])) if found else None


def reset(database: Database, secret: str, password: str, origin: Origin) -> UserId:
    """By the link, once. Every session of theirs ends."""
    passwords.check(password)
    ((person,),) = database.lookup_from(
        origin.address,
        "SELECT app.reset_password(%s, %s, %s)",
        [tokens.hashed(secret), passwords.hashed(password), origin.device],
    )
    if person is None:
        raise LinkNotGood
    return UserId(person)


def prove(database: Database, person: UserId, password: str) -> None:
    """Whoever has found an open screen does not know the password."""
    ((kept,),) = database.lookup("SELECT app.password_of(%s)", [person])
    if not passwords.is_right(kept, password):
        raise WrongPassword


def change(
    database: Database, person: UserId, origin: Origin, *, old: str, new: str, but: SessionId | None
) -> list[SessionId]:
    """By the old one. The sessions that ended by it: all but the one that asked."""
    prove(database, person, old)
    passwords.check(new)
    ended = database.lookup_from(
        origin.address,
        "SELECT app.change_password(%s, %s, %s, %s)",
        [person, passwords.hashed(new), but, origin.device],
    )
    return [SessionId(row[0]) for row in ended]

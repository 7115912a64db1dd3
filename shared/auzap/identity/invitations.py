"""Somebody is asked to join the shop, by a link in a mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.identity import passwords, tokens
from auzap.identity.origin import Origin
from auzap.identity.people import MemberRole, TeamIsFull, has_room
from auzap.identity.sessions import Person
from auzap.ids import InvitationId, MailId, OrganizationId, UserId

GOOD_FOR = timedelta(days=7)
# Each is a mail in the house's name to an address that a shop has chosen.
MOST_A_DAY = 20


class AlreadyInvited(Refusal):
    def __init__(self) -> None:
        super().__init__("already_invited")


class AlreadyOnTheTeam(Refusal):
    """Also where they are shut out: then their access is opened again, and nobody is invited."""

    def __init__(self) -> None:
        super().__init__("already_on_the_team")


class TooManyInvitations(Refusal):
    def __init__(self) -> None:
        super().__init__("too_many_invitations")


class LinkNotGood(Refusal):
    """Used, withdrawn, too old, or never ours."""

    def __init__(self) -> None:
        super().__init__("link_not_good")


@dataclass(frozen=True, slots=True)
class Invitation:
    id: InvitationId
    email: str
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail that waits to leave, and in whose name."""

    organization_id: OrganizationId
    id: MailId


@dataclass(frozen=True, slots=True)
class Invited:
    """What is shown to whoever opens the link."""

    shop_name: str
    email: str
    role: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class Joined:
    organization_id: OrganizationId
    user_id: UserId


def invite(
    tx: Tx, *, email: str, role: MemberRole, link: str, secret: str, locale: str
) -> tuple[Invitation, WaitingMail]:
    """The invitation, and its mail in the same transaction: none without the other."""
    # Asked first: it lets one shop's invitations come one after the other.
    is_full = not has_room(tx)
    ((of_today, is_open, is_member),) = tx.execute(
        """
        SELECT (SELECT count(*) FROM invitations WHERE created_at > app.now() - interval '1 day'),
          EXISTS (SELECT FROM invitations WHERE email = %(email)s
            AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > app.now()),
          EXISTS (SELECT FROM app.people() WHERE email = %(email)s)
        """,
        {"email": email},
    )
    if is_member:
        raise AlreadyOnTheTeam
    if is_open:
        raise AlreadyInvited
    if is_full:
        raise TeamIsFull
    if of_today >= MOST_A_DAY:
        raise TooManyInvitations
    return _insert(tx, email, role, secret), _write(tx, email, role, link, locale)


def _insert(tx: Tx, email: str, role: MemberRole, secret: str) -> Invitation:
    # One that has lapsed makes room for the next.
    tx.execute(
        "UPDATE invitations SET revoked_at = app.now() WHERE email = %s AND accepted_at IS NULL AND revoked_at IS NULL",
        [email],
    )
    return next(
        tx.rows(
            Invitation,
            """
            INSERT INTO invitations (email, role, hash, expires_at)
            VALUES (%(email)s, %(role)s, %(hash)s, app.now() + %(good_for)s)
            RETURNING id, email, role, invited_by, created_at, expires_at
            """,
            {"email": email, "role": role, "hash": tokens.hashed(secret), "good_for": GOOD_FOR},
        )
    )


def _write(tx: Tx, email: str, role: MemberRole, link: str, locale: str) -> WaitingMail:
    ((mail_id,),) = tx.execute(
        """
        INSERT INTO mails (kind, address, locale, content)
        SELECT 'invitation', %(email)s, %(locale)s, %(content)s || jsonb_build_object('shop', s.shop_name)
        FROM organization_settings s RETURNING id
        """,
        {"email": email, "locale": locale, "content": Jsonb({"link": link, "role": role})},
    )
    return WaitingMail(tx.organization_id, MailId(mail_id))


def standing(tx: Tx) -> list[Invitation]:
    return tx.rows(
        Invitation,
        """
        SELECT id, email, role, invited_by, created_at, expires_at FROM invitations
        WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > app.now() ORDER BY id DESC
        """,
    ).fetchall()


def withdraw(tx: Tx, invitation_id: InvitationId) -> bool:
    withdrawn = tx.execute(
        "UPDATE invitations SET revoked_at = app.now() WHERE id = %s AND accepted_at IS NULL AND revoked_at IS NULL",
        [invitation_id],
    )
    return withdrawn.rowcount == 1


def find(database: Database, secret: str) -> Invited:
    found = database.lookup(
        "SELECT shop_name, email, role, is_known FROM app.find_invitation(%s)", [tokens.hashed(secret)]
    )
    if not found:
        raise LinkNotGood
    return Invited(*found[0])


def join(database: Database, secret: str, origin: Origin, *, name: str, password: str) -> Joined:
    """Whoever has no account makes one now."""
    invited = find(database, secret)
    passwords.check(password, about=(invited.email.partition("@")[0], invited.shop_name))
    return _accept(database, secret, origin, name, passwords.hashed(password), None)


def join_as(database: Database, secret: str, origin: Origin, person: Person) -> Joined:
    """Whoever has an account shows first that it is theirs: anybody may have registered the address."""
    return _accept(database, secret, origin, None, None, person.id)


def _accept(
    database: Database, secret: str, origin: Origin, name: str | None, password_hash: str | None, person: UserId | None
) -> Joined:
    try:
        found = database.lookup_from(
            origin.address,
            "SELECT organization_id, user_id FROM app.accept_invitation(%s, %s, %s, %s)",
            [tokens.hashed(secret), name, password_hash, person],
        )
    except UniqueViolation as taken:
        # By an account that the house has closed, or one that was made a moment ago.
        raise LinkNotGood from taken
    if not found:
        raise LinkNotGood
    return Joined(OrganizationId(found[0][0]), UserId(found[0][1]))

"""Somebody is asked to join the shop, by a link in a mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.identity import passwords, tokens
from auzap.identity.people import MemberRole
from auzap.ids import InvitationId, OrganizationId, UserId

GOOD_FOR = timedelta(days=7)


class AlreadyInvited(Refusal):
    def __init__(self) -> None:
        super().__init__("already_invited")


class AlreadyOnTheTeam(Refusal):
    def __init__(self) -> None:
        super().__init__("already_on_the_team")


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


def invite(tx: Tx, *, email: str, role: MemberRole, link: str, secret: str, locale: str) -> Invitation:
    """The invitation, and its mail in the same transaction: none without the other."""
    if tx.execute("SELECT FROM app.people() WHERE email = %s AND is_active", [email]).rowcount:
        raise AlreadyOnTheTeam
    # One that has lapsed makes room for the next.
    tx.execute(
        """
        UPDATE invitations SET revoked_at = app.now()
        WHERE email = %s AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= app.now()
        """,
        [email],
    )
    try:
        with tx.savepoint():
            made = tx.rows(
                Invitation,
                """
                INSERT INTO invitations (email, role, hash, expires_at)
                VALUES (%(email)s, %(role)s, %(hash)s, app.now() + %(good_for)s)
                RETURNING id, email, role, invited_by, created_at, expires_at
                """,
                {"email": email, "role": role, "hash": tokens.hashed(secret), "good_for": GOOD_FOR},
            ).fetchall()
    except UniqueViolation as again:
        raise AlreadyInvited from again
    tx.execute(
        """
        INSERT INTO mails (kind, address, locale, content)
        SELECT 'invitation', %(email)s, %(locale)s, %(content)s || jsonb_build_object('shop', s.shop_name)
        FROM organization_settings s
        """,
        {"email": email, "locale": locale, "content": Jsonb({"link": link, "role": role})},
    )
    return made[0]


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


def accept(database: Database, secret: str, *, name: str, password: str | None) -> Joined:
    """Who has no account makes one now; who has one proves it by signing in, and only joins here."""
    invited = find(database, secret)
    if not invited.has_account:
        passwords.check(password or "", about=(invited.email.partition("@")[0],))
    hashed = None if invited.has_account else passwords.hashed(password or "")
    found = database.lookup(
        "SELECT organization_id, user_id FROM app.accept_invitation(%s, %s, %s)", [tokens.hashed(secret), name, hashed]
    )
    if not found:
        raise LinkNotGood
    return Joined(OrganizationId(found[0][0]), UserId(found[0][1]))

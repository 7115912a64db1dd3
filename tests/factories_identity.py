"""What tests of sign-in need: shops with owners who can sign in, and what their trail tells."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from auzap.db.connection import Database
from auzap.identity import registering
from auzap.identity.origin import Origin
from auzap.identity.tokens import Keys, SigningKey
from auzap.ids import OrganizationId, UserId

PASSWORD = "girafa-azul-no-telhado"
KEYS = Keys((SigningKey("k1", b"a signing key of a test, 32 bytes"),), (b"a refresh key of a test, 32 bytes",))
HOME = Origin("203.0.113.7", "Firefox/130.0 (Linux)")


@dataclass(frozen=True, slots=True)
class Owner:
    organization_id: OrganizationId
    user_id: UserId
    email: str


def new_email(name: str = "pessoa") -> str:
    return f"{name}-{uuid4().hex[:10]}@example.com"


def make_owner(database: Database, shop_name: str = "Pet Feliz") -> Owner:
    """A shop that somebody has registered."""
    email = new_email("dona")
    made = registering.register(database, shop_name=shop_name, name="Helena", email=email, password=PASSWORD)
    return Owner(made.organization_id, made.user_id, email)


def join_team(owner: psycopg.Connection, person: UserId, organization_id: OrganizationId, role: str = "staff") -> None:
    """Somebody who has an account works in another shop too."""
    with owner.transaction():
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [organization_id])
        owner.execute("INSERT INTO memberships (user_id, role) VALUES (%s, %s)", [person, role])


def told(database: Database, organization_id: OrganizationId) -> list[tuple[Any, ...]]:
    """What the shop's trail says of who came in: what, by whom, from where."""
    with database.transaction(organization_id, "test") as tx:
        return tx.execute(
            "SELECT after ->> 'kind', actor, address FROM audit WHERE table_name = 'access_events' ORDER BY id"
        ).fetchall()


def kinds_told(database: Database, organization_id: OrganizationId) -> list[str]:
    return [row[0] for row in told(database, organization_id)]


def mails(database: Database, organization_id: OrganizationId) -> list[tuple[str, str]]:
    """What waits to be sent in the shop's name: its kind and to whom."""
    with database.transaction(organization_id, "test") as tx:
        return tx.execute("SELECT kind, address FROM mails ORDER BY id").fetchall()

"""A request's transaction: it begins with who asks, as the database knows them now."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import psycopg

from auzap.db.connection import Database, Tx
from auzap.identity import tokens
from auzap.identity.sessions import ENDED, SessionEnded
from auzap.ids import ApiKeyId, OrganizationId, SessionId, UserId

type Role = Literal["staff", "manager", "owner", "super_admin", "key"]

# With where the request came from, for the trail.
BEGIN_SESSION = """
SELECT settings_version, organization_id, user_id, role, is_support, locale, needs_second_factor,
  set_config('app.address', %s, true)
FROM app.begin_session(%s)
"""
BEGIN_KEY = """
SELECT settings_version, organization_id, key_id, scopes, set_config('app.address', %s, true) FROM app.begin_key(%s)
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person in a shop, one of the house looking into it, or a program with a key."""

    organization_id: OrganizationId
    role: Role
    user_id: UserId | None = None
    session_id: SessionId | None = None
    key_id: ApiKeyId | None = None
    scopes: frozenset[str] = frozenset()
    is_support: bool = False
    locale: str = "pt-BR"
    # The shop wants one of its people, and this one has none yet.
    needs_second_factor: bool = False

    @property
    def actor(self) -> str:
        """As the transaction's own actor is called."""
        if self.user_id is None:
            return f"key:{self.key_id}"
        return f"{'support' if self.is_support else 'user'}:{self.user_id}"


@contextmanager
def of_session(database: Database, session_id: SessionId, address: str = "") -> Generator[tuple[Tx, Asker]]:
    with _known(), database.transaction_begun(BEGIN_SESSION, [address, session_id]) as (tx, row):
        user_id, role, is_support, locale, needs_second_factor, _ = row
        yield (
            tx,
            Asker(
                organization_id=tx.organization_id,
                role="super_admin" if is_support else role,
                user_id=UserId(user_id),
                session_id=session_id,
                is_support=is_support,
                locale=locale,
                needs_second_factor=needs_second_factor,
            ),
        )


@contextmanager
def of_key(database: Database, key: str, address: str = "") -> Generator[tuple[Tx, Asker]]:
    with _known(), database.transaction_begun(BEGIN_KEY, [address, tokens.hashed(key)]) as (tx, row):
        key_id, scopes, _ = row
        yield (
            tx,
            Asker(organization_id=tx.organization_id, role="key", key_id=ApiKeyId(key_id), scopes=frozenset(scopes)),
        )


def shop_of_key(database: Database, key: str) -> OrganizationId:
    """Whose program asks, before a transaction is opened for it."""
    with _known():
        ((organization_id,),) = database.lookup("SELECT organization_id FROM app.begin_key(%s)", [tokens.hashed(key)])
    return OrganizationId(organization_id)


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except psycopg.Error as failed:
        if failed.sqlstate == ENDED:
            raise SessionEnded from failed
        raise

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

BEGIN_SESSION = """
SELECT settings_version, organization_id, user_id, role, is_support, locale FROM app.begin_session(%s)
"""
BEGIN_KEY = "SELECT settings_version, organization_id, key_id, scopes FROM app.begin_key(%s)"


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


@contextmanager
def of_session(database: Database, session_id: SessionId) -> Generator[tuple[Tx, Asker]]:
    with _known(), database.transaction_begun(BEGIN_SESSION, [session_id]) as (tx, row):
        user_id, role, is_support, locale = row
        yield (
            tx,
            Asker(
                organization_id=tx.organization_id,
                role="super_admin" if is_support else role,
                user_id=UserId(user_id),
                session_id=session_id,
                is_support=is_support,
                locale=locale,
            ),
        )


@contextmanager
def of_key(database: Database, key: str) -> Generator[tuple[Tx, Asker]]:
    with _known(), database.transaction_begun(BEGIN_KEY, [tokens.hashed(key)]) as (tx, row):
        key_id, scopes = row
        yield (
            tx,
            Asker(organization_id=tx.organization_id, role="key", key_id=ApiKeyId(key_id), scopes=frozenset(scopes)),
        )


@contextmanager
def _known() -> Generator[None]:
    try:
        yield
    except psycopg.Error as failed:
        if failed.sqlstate == ENDED:
            raise SessionEnded from failed
        raise

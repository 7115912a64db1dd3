"""Whose sockets may be told something: those, and only those, whose session would be let in by the API."""

import secrets
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import OrganizationId, SessionId
from auzap.realtime.audience import live_sessions
from tests import factories
from tests.postgres import Clock, Place

WAYS_TO_END = {
    "signed out": "UPDATE sessions SET ended_at = app.now(), end_reason = 'logout' WHERE id = %(session)s",
    "shut out": "UPDATE memberships SET is_active = false WHERE user_id = %(person)s",
    "closed account": "UPDATE users SET is_active = false WHERE id = %(person)s",
    "suspended shop": "UPDATE organizations SET status = 'suspended' WHERE id = %(shop)s",
}


@pytest.fixture
def session(shared_database: Place, database: Database, organization_id: OrganizationId) -> tuple[UUID, SessionId]:
    """A person of the team, and their session."""
    person = uuid4()
    with psycopg.connect(shared_database.admin) as admin:
        admin.execute(
            "INSERT INTO users (id, email, name, password_hash) VALUES (%s, %s, 'Helena', 'x')",
            [person, f"{person}@example.com"],
        )
        admin.execute("SELECT set_config('app.organization', %s, true)", [str(organization_id)])
        admin.execute(
            "INSERT INTO memberships (organization_id, user_id, role) VALUES (%s, %s, 'staff')",
            [organization_id, person],
        )
    ((session_id,),) = database.lookup(
        "SELECT app.start_session(%s, %s, %s, '', '1 day', '7 days')",
        [person, organization_id, secrets.token_bytes(32)],
    )
    return person, SessionId(session_id)


def is_let_in(database: Database, session_id: SessionId) -> bool:
    try:
        return bool(database.lookup("SELECT * FROM app.begin_session(%s)", [session_id]))
    except psycopg.Error as refused:
        if refused.sqlstate not in {"AZ001", "AZ005"}:
            raise
        return False


def test_a_session_that_stands_is_live_in_its_own_shop_alone(
    database: Database, organization_id: OrganizationId, owner: psycopg.Connection, session: tuple[UUID, SessionId]
) -> None:
    _, session_id = session
    other = factories.make_organization(owner)

    assert is_let_in(database, session_id)
    assert live_sessions(database, organization_id, [session_id, SessionId(uuid4())]) == {session_id}
    assert live_sessions(database, other, [session_id]) == set()
    assert live_sessions(database, organization_id, []) == set()


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_one_that_would_not_be_let_in_is_not(
    shared_database: Place,
    database: Database,
    organization_id: OrganizationId,
    session: tuple[UUID, SessionId],
    way: str,
) -> None:
    person, session_id = session
    with psycopg.connect(shared_database.admin) as admin:
        admin.execute("SELECT set_config('app.organization', %s, true)", [str(organization_id)])
        admin.execute(WAYS_TO_END[way].encode(), {"session": session_id, "person": person, "shop": organization_id})

    assert not is_let_in(database, session_id)
    assert live_sessions(database, organization_id, [session_id]) == set()


def test_one_whose_time_is_over_is_not(
    database: Database, organization_id: OrganizationId, session: tuple[UUID, SessionId], clock: Clock
) -> None:
    _, session_id = session
    clock.move(timedelta(days=8))

    assert not is_let_in(database, session_id)
    assert live_sessions(database, organization_id, [session_id]) == set()

"""What is kept for its time goes when that is over, shop by shop and in small batches; all else stays."""

import secrets
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.db import migrate
from auzap.db.connection import Database
from auzap.ids import new_id
from auzap.schedules.retention import TERMS, clear
from tests.db.committed import read, write
from tests.factories import PetShop, say
from tests.factories_identity import make_owner
from tests.postgres import Clock, Place

KEEPS = {term.name: term.keeps for term in TERMS}
MOMENT = timedelta(minutes=1)
# Of months that go, and of some that do not.
TABLES = (*migrate.KEPT_DAYS, "audit")


def keep_one_of_each(database: Database, shop: PetShop, admin: str) -> None:
    """A row of every kind that may be cleared one day, written now."""
    say(database, shop, "Oi!")
    write(database, shop, "INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES ('s', 'k', 'f')")
    write(database, shop, "INSERT INTO job_runs (job, subject, nominal_at) VALUES ('j', %s, app.now())", new_id())
    write(database, shop, "INSERT INTO mails (kind, address, state) VALUES ('welcome', 'a@example.com', 'sent')")
    write(
        database,
        shop,
        "INSERT INTO invitations (email, role, hash, expires_at) VALUES ('a@example.com', 'staff', %s, app.now())",
        secrets.token_bytes(32),
    )
    write(
        database,
        shop,
        """
        WITH made AS (
          INSERT INTO imports (kind, file_name, row_count, state, finished_at) VALUES ('contacts', 'a.csv', 1, 'done', app.now())
          RETURNING id)
        INSERT INTO import_rows (import_id, number, given, outcome) SELECT id, 1, '{}', 'created' FROM made
        """,
    )
    with psycopg.connect(admin) as administrator:
        # The trail of who came in is the shop's.
        administrator.execute("SELECT set_config('app.organization', %s, true)", [str(shop.organization_id)])
        administrator.execute(
            """
            WITH person AS (
              INSERT INTO users (email, name, password_hash) VALUES (%(email)s, 'Helena', 'x') RETURNING id
            ), session AS (
              INSERT INTO sessions (user_id, organization_id, expires_at, ended_at, end_reason)
              SELECT id, %(shop)s, app.now() + interval '1 day', app.now(), 'logout' FROM person
            )
            INSERT INTO access_events (organization_id, user_id, kind) SELECT %(shop)s, id, 'signed_in' FROM person
            """,
            {"shop": shop.organization_id, "email": f"{new_id()}@example.com"},
        )


def kept(shop: PetShop, admin: str) -> set[str]:
    """Of which kinds the shop still has a row; of what came in, one that still says something."""
    with psycopg.connect(admin) as administrator:
        return {name for name in KEEPS if administrator.execute(_rows(name), [shop.organization_id]).rowcount}


def _rows(name: str) -> bytes:
    speaks = "element <> '{}'" if name == "raw_elements" else "true"
    return f"SELECT FROM {name} WHERE organization_id = %s AND {speaks}".encode()


@pytest.mark.parametrize("name", KEEPS)
def test_a_row_stays_for_its_term_and_goes_after_it(
    database: Database, shop: PetShop, shared_database: Place, clock: Clock, name: str
) -> None:
    keep_one_of_each(database, shop, shared_database.admin)
    assert kept(shop, shared_database.admin) == KEEPS.keys()

    clock.move(KEEPS[name] - MOMENT)
    clear(database, shop.organization_id)
    before = kept(shop, shared_database.admin)
    clock.move(2 * MOMENT)
    cleared = clear(database, shop.organization_id)

    assert name in before
    assert cleared[name] == 1
    assert kept(shop, shared_database.admin) == {other for other, keeps in KEEPS.items() if keeps > KEEPS[name]}


def test_another_shops_rows_are_its_own_to_clear(
    database: Database, shop: PetShop, other_shop: PetShop, shared_database: Place, clock: Clock
) -> None:
    keep_one_of_each(database, shop, shared_database.admin)
    clock.move(max(KEEPS.values()) + MOMENT)

    assert set(clear(database, other_shop.organization_id).values()) == {0}

    assert kept(shop, shared_database.admin) == KEEPS.keys()


def test_what_waits_or_holds_stays_however_old_it_is(
    database: Database, shop: PetShop, shared_database: Place, clock: Clock
) -> None:
    write(database, shop, "INSERT INTO mails (kind, address) VALUES ('welcome', 'a@example.com')")
    write(
        database,
        shop,
        """
        WITH made AS (
          INSERT INTO imports (kind, file_name, row_count, state) VALUES ('contacts', 'a.csv', 1, 'running') RETURNING id)
        INSERT INTO import_rows (import_id, number, given, outcome) SELECT id, 1, '{}', 'ready' FROM made
        """,
    )
    clock.move(max(KEEPS.values()) + MOMENT)

    assert set(clear(database, shop.organization_id).values()) == {0}


def test_a_session_that_holds_and_its_tokens_stay(database: Database, clock: Clock, shared_database: Place) -> None:
    made = make_owner(database)
    ((session_id,),) = database.lookup(
        "SELECT app.start_session(%s, %s, %s, '', '7 days', '30 days')",
        [made.user_id, made.organization_id, secrets.token_bytes(32)],
    )
    clock.move(timedelta(days=29))
    assert clear(database, made.organization_id)["sessions"] == 0

    clock.move(timedelta(days=1) + KEEPS["sessions"])
    assert clear(database, made.organization_id)["sessions"] == 1

    with psycopg.connect(shared_database.admin) as administrator:
        tokens = administrator.execute("SELECT FROM refresh_tokens WHERE session_id = %s", [session_id])
        assert tokens.rowcount == 0


def test_a_link_to_a_new_password_goes_when_it_is_good_no_more(
    database: Database, clock: Clock, shared_database: Place
) -> None:
    made = make_owner(database)
    database.lookup(
        "SELECT * FROM app.ask_password_reset(%s, %s, '{}', '1 hour')", [made.email, secrets.token_bytes(32)]
    )

    def links() -> int:
        with psycopg.connect(shared_database.admin) as administrator:
            return administrator.execute("SELECT FROM password_resets WHERE user_id = %s", [made.user_id]).rowcount

    clear(database, made.organization_id)
    assert links() == 1
    clock.move(timedelta(hours=1, minutes=1))
    clear(database, made.organization_id)
    assert links() == 0


def test_much_goes_in_small_batches_and_the_rest_the_next_night(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    write(
        database,
        shop,
        "INSERT INTO idempotency_keys (scope, key, fingerprint) SELECT 's', n::text, 'f' FROM generate_series(1, 5) n",
    )
    clock.move(KEEPS["idempotency_keys"] + MOMENT)

    nights = [clear(database, shop.organization_id, most_rows=2, most_batches=2) for _ in range(3)]
    assert [night["idempotency_keys"] for night in nights] == [4, 1, 0]
    assert read(database, shop, "SELECT * FROM idempotency_keys") == []


# Whole months.


def months(owner: psycopg.Connection, table: str) -> list[str]:
    query = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass ORDER BY 1"
    return [row[0] for row in owner.execute(query, [table])]


def test_months_that_nobody_needs_go_and_the_others_stay(production_like: Place) -> None:
    with psycopg.connect(production_like.owner, autocommit=True) as owner:
        before: dict[str, Any] = {table: months(owner, table) for table in TABLES}
        january, february = (
            owner.execute("SELECT app.uuid_floor(%s)", [f"2020-{month}-01Z"]).fetchone() for month in ("01", "02")
        )
        assert january
        assert february
        for table in TABLES:
            bounds = f"FOR VALUES FROM ('{january[0]}') TO ('{february[0]}')"
            owner.execute(f"CREATE TABLE {table}_2020_01 PARTITION OF {table} {bounds}".encode())

        migrate.create_partitions(production_like.owner)

        kept_for_good = {table for table in TABLES if f"{table}_2020_01" in months(owner, table)}
        assert kept_for_good == {"audit"}
        for table in kept_for_good:
            owner.execute(f"DROP TABLE {table}_2020_01".encode())
        assert {table: months(owner, table) for table in TABLES} == before

"""Row security: whatever the application does for one shop, it neither sees nor touches another."""

import random
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from auzap.db.connection import Database, Tx
from auzap.errors import OrganizationUnavailable
from auzap.ids import OrganizationId, new_id
from tests import factories
from tests.db import allowed
from tests.db.canaries import Shops, mark, plant
from tests.postgres import Clock, Place, Undone, cloned, template


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    with cloned(template(clock=False)) as place:
        yield plant(place)


@pytest.fixture
def app(shops: Shops) -> Iterator[Database]:
    with closing(Database(lambda: shops.place.app)) as database:
        yield database


@pytest.fixture
def bare(shops: Shops) -> Iterator[psycopg.Connection]:
    """The application's login without a tenant."""
    with psycopg.connect(shops.place.app, autocommit=True) as connection:
        yield connection


def run(tx: Tx | psycopg.Connection, query: str, table: str, *parameters: Any) -> psycopg.Cursor:
    connection = tx.connection if isinstance(tx, Tx) else tx
    written = written_columns(connection, table) if "{written}" in query else sql.SQL("")
    statement = sql.SQL(cast(LiteralString, query)).format(sql.Identifier(table), written=written)
    return connection.execute(statement, parameters)


def written_columns(connection: psycopg.Connection, table: str) -> sql.Composable:
    """All but those that the database makes by itself."""
    names = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)


def content(shops: Shops, organization_id: UUID) -> dict[str, list[Any]]:
    """Everything a shop has, as nobody but the administrator sees it."""
    with psycopg.connect(shops.place.admin) as administrator:
        return {
            table: run(
                administrator,
                "SELECT to_jsonb(t) FROM {} t WHERE organization_id = %s ORDER BY 1",
                table,
                organization_id,
            ).fetchall()
            for table in shops.tables
        }


def test_every_table_holds_a_row_of_both_shops(shops: Shops) -> None:
    partitioned = {table.rsplit("_2", 1)[0] for table in shops.tables if "_2" in table}
    for organization_id in (shops.a, shops.b):
        held = content(shops, organization_id)

        assert {
            table for table, rows in held.items() if not rows and table.rsplit("_2", 1)[0] not in partitioned
        } == set()
        assert len(held) > 25


def test_a_shop_reads_its_own_rows_and_no_mark_of_another(shops: Shops, app: Database) -> None:
    for table in shops.tables:
        with app.transaction(shops.a, "test") as tx:
            rows = run(tx, "SELECT t::text FROM {} t", table).fetchall()
            others = run(tx, "SELECT count(*) FROM {} WHERE organization_id = %s", table, shops.b).fetchone()

        assert all(marks(shops.a, row) and not marks(shops.b, row) for (row,) in rows), table
        assert others == (0,), table


def marks(organization_id: OrganizationId, row: str) -> bool:
    known = (str(organization_id), mark(organization_id), mark(organization_id).encode().hex())
    return any(value in row for value in known)


def test_a_shop_changes_and_removes_no_row_of_another(shops: Shops, app: Database) -> None:
    before = content(shops, shops.b)

    for table, rows in content(shops, shops.a).items():
        own = len(rows)
        for command in ("UPDATE {} SET organization_id = organization_id", "DELETE FROM {}"):
            assert affected(app, shops.a, command, table) == own, (command, table)
            assert affected(app, shops.a, command + " WHERE organization_id = %s", table, shops.b) == 0, (
                command,
                table,
            )

    assert content(shops, shops.b) == before


def affected(app: Database, organization_id: OrganizationId, command: str, table: str, *parameters: Any) -> int:
    counts: list[int] = []
    with suppress(Undone), app.transaction(organization_id, "test") as tx:
        counts.append(run(tx, command, table, *parameters).rowcount)
        raise Undone
    return counts[0]


@pytest.mark.parametrize(
    "command",
    [
        "INSERT INTO {0} ({written}) SELECT {written} FROM (SELECT (jsonb_populate_record(NULL::{0}, to_jsonb(t) "
        "|| jsonb_build_object('organization_id', %s::uuid))).* FROM {0} t) anew",
        "UPDATE {0} SET organization_id = %s",
    ],
    ids=["insert", "move"],
)
def test_a_shop_writes_no_row_for_another(shops: Shops, app: Database, command: str) -> None:
    tried = 0
    for table, rows in content(shops, shops.a).items():
        if rows:
            with (
                pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
                app.transaction(shops.a, "test") as tx,
            ):
                run(tx, command, table, shops.b)
            tried += 1

    assert tried > 25


def test_without_a_tenant_nothing_is_there(shops: Shops, bare: psycopg.Connection) -> None:
    for table in shops.tables:
        assert run(bare, "SELECT count(*) FROM {}", table).fetchone() == (0,), table
        assert run(bare, "UPDATE {} SET organization_id = organization_id", table).rowcount == 0, table
        assert run(bare, "DELETE FROM {}", table).rowcount == 0, table


def test_without_a_tenant_nothing_can_be_written(shops: Shops, bare: psycopg.Connection) -> None:
    for table in shops.tables:
        with pytest.raises((errors.InsufficientPrivilege, errors.NotNullViolation, errors.CheckViolation)):
            run(bare, "INSERT INTO {} (organization_id) VALUES (%s)", table, shops.a)


def test_a_setting_that_is_empty_is_no_tenant(shops: Shops, bare: psycopg.Connection) -> None:
    bare.execute("SELECT set_config('app.organization', '', false)")

    assert run(bare, "SELECT count(*) FROM {}", "contacts").fetchone() == (0,)


def test_row_security_cannot_be_put_aside(bare: psycopg.Connection) -> None:
    bare.execute("SET row_security = off")

    with pytest.raises(errors.InsufficientPrivilege):
        bare.execute("SELECT * FROM contacts")


@pytest.mark.parametrize(
    "statement", ["SET ROLE auzap_owner", "SET ROLE auzap_lookup", "SET SESSION AUTHORIZATION auzap_owner"]
)
def test_the_application_becomes_nobody_else(bare: psycopg.Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        bare.execute(statement.encode())


@pytest.mark.parametrize("table", allowed.GLOBAL_TABLES)
def test_global_tables_are_closed_to_the_application(bare: psycopg.Connection, table: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        run(bare, "SELECT * FROM {}", table)


@pytest.mark.parametrize("table", ["contacts", "audit", "turn_steps"])
def test_truncate_is_refused(shops: Shops, app: Database, table: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), app.transaction(shops.a, "test") as tx:
        run(tx, "TRUNCATE {}", table)


def visible(app: Database) -> int:
    return app.lookup("SELECT count(*) FROM contacts")[0][0]


def test_a_tenant_ends_with_its_transaction(shops: Shops, app: Database) -> None:
    with app.transaction(shops.a, "test") as tx:
        assert run(tx, "SELECT count(*) FROM {}", "contacts").fetchone() == (1,)
    assert visible(app) == 0

    with app.batch(shops.a, "test") as tx:
        batched = run(tx, "SELECT count(*) FROM {}", "contacts")
    assert batched.fetchone() == (1,)
    assert visible(app) == 0


def test_a_tenant_ends_with_a_transaction_that_fails(shops: Shops, app: Database) -> None:
    for opened in (app.transaction, app.batch):
        with pytest.raises(errors.DivisionByZero), opened(shops.a, "test") as tx:
            tx.execute("SELECT 1 / 0").fetchone()
        assert visible(app) == 0

        with pytest.raises(Undone), opened(shops.a, "test"):
            raise Undone
        assert visible(app) == 0


def test_a_refused_tenant_is_not_the_one_before(shops: Shops, app: Database) -> None:
    with app.transaction(shops.a, "test"):
        pass
    with pytest.raises(OrganizationUnavailable), app.transaction(OrganizationId(new_id()), "test"):
        pass

    assert visible(app) == 0


def test_ten_thousand_random_operations_leak_nothing(shops: Shops, app: Database) -> None:
    chance = random.Random(20181104)
    leaks = 0
    for _ in range(10_000):
        leaks += one_operation(app, chance, chance.choice((shops.a, shops.b)))

    assert leaks == 0


def test_a_tenant_that_outlives_its_transaction_would_be_seen(shops: Shops, app: Database) -> None:
    with app.transaction(shops.a, "test") as tx:
        tx.execute("SELECT set_config('app.organization', %s, false)", [str(shops.a)])

    assert visible(app) == 1


def one_operation(app: Database, chance: random.Random, organization_id: OrganizationId) -> int:
    """One transaction that may fail anywhere, on the one connection; how many rows it saw that are not its own."""
    dice = chance.random()
    if dice < 0.05:
        return visible(app)
    if dice < 0.10:
        with (
            pytest.raises(OrganizationUnavailable),
            app.batch(OrganizationId(UUID(int=chance.getrandbits(128))), "test"),
        ):
            pass
        return 0
    seen: list[psycopg.Cursor] = []
    opened = app.transaction if dice < 0.2 else app.batch
    try:
        with opened(organization_id, "test") as tx:
            if dice > 0.95:
                raise Undone
            seen.append(tx.execute("SELECT organization_id, name FROM contacts"))
            if dice > 0.90:
                tx.execute("SELECT 1 / 0")
            if dice > 0.85:
                tx.execute("UPDATE contacts SET name = name")
    except (Undone, errors.DivisionByZero):
        return 0
    return sum(row != (organization_id, mark(organization_id)) for cursor in seen for row in cursor.fetchall())


# What each definer function is asked without a tenant, and the types of what it may tell: ids, and a version.
ASKED = {
    "app.begin_tenant(uuid,text)": "SELECT * FROM app.begin_tenant(%(organization)s, 'test')",
    "app.connected_accounts()": "SELECT * FROM app.connected_accounts()",
    "app.due_escalations(integer)": "SELECT * FROM app.due_escalations(100000)",
    "app.due_returns(integer)": "SELECT * FROM app.due_returns(100000)",
    "app.find_business_accounts(text,text)": "SELECT * FROM app.find_business_accounts('whatsapp', %(business)s)",
    "app.find_channel_account(text,text)": "SELECT * FROM app.find_channel_account('whatsapp', %(external)s)",
    "app.shop_clocks(timestamp with time zone)": "SELECT * FROM app.shop_clocks(now())",
    "app.undecided_requests(interval,integer)": "SELECT * FROM app.undecided_requests('1 year', 100000)",
    "app.unforwarded_limits(integer)": "SELECT * FROM app.unforwarded_limits(100000)",
    "app.unhinted_conversations(integer)": "SELECT * FROM app.unhinted_conversations(100000)",
    "app.unhinted_jobs(integer)": "SELECT * FROM app.unhinted_jobs(100000)",
    "app.unhinted_mails(integer)": "SELECT * FROM app.unhinted_mails(100000)",
    "app.unhinted_media(integer)": "SELECT * FROM app.unhinted_media(100000)",
    "app.unhinted_outbox(integer)": "SELECT * FROM app.unhinted_outbox(100000)",
    "app.unpublished_organizations(integer)": "SELECT * FROM app.unpublished_organizations(100000)",
    "app.unread_documents(integer)": "SELECT * FROM app.unread_documents(100000)",
    "app.unread_notices(interval,interval,integer)": "SELECT * FROM app.unread_notices('0', '1 day', 100000)",
    "app.unkept_organizations(integer)": "SELECT * FROM app.unkept_organizations(100000)",
    "app.unsealed_organizations(integer)": "SELECT * FROM app.unsealed_organizations(100000)",
    "app.unsummarized_handoffs(integer)": "SELECT * FROM app.unsummarized_handoffs(100000)",
    "app.untold_limits(integer)": "SELECT * FROM app.untold_limits(100000)",
    "app.waiting_for_room(integer)": "SELECT * FROM app.waiting_for_room(100000)",
}
ID = (UUID, UUID)
TOLD = {
    "app.begin_tenant(uuid,text)": (str, int),
    "app.due_escalations(integer)": (UUID, UUID, datetime),
    "app.unread_documents(integer)": (UUID, UUID, datetime),
    "app.untold_limits(integer)": (UUID, UUID, datetime),
    "app.shop_clocks(timestamp with time zone)": (UUID, str, datetime, list),
    "app.undecided_requests(interval,integer)": (UUID,),
    "app.unpublished_organizations(integer)": (UUID,),
    "app.unread_notices(interval,interval,integer)": (UUID,),
    "app.unkept_organizations(integer)": (UUID,),
    "app.unsealed_organizations(integer)": (UUID,),
    "app.unsummarized_handoffs(integer)": (UUID, UUID, datetime),
    "app.waiting_for_room(integer)": (UUID,),
}
FIRED = {"app.record_audit()", "app.record_change()", "app.record_change_of()", "app.renew_settings_version()"}


def test_every_definer_function_is_asked_or_fired() -> None:
    # What signs people in is there to tell more than ids, each only to whoever proves something: tests/db/test_identity*.py.
    of_sign_in = {name for name, owner in allowed.DEFINERS.items() if owner == "auzap_identity"}
    # Seals the shop of its transaction, and without one nothing: tests/db/test_audit.py.
    seals = {"app.seal_audit(interval,integer)"}

    # Look through the shop of their transaction, and without one find nothing: tests/db/test_inbox.py.
    searches = {"app.search_contacts(text[],text,integer)", "app.search_messages(text[],integer)"}

    # Forget a person of the shop of their transaction: tests/db/test_erasure.py.
    forget = {
        name for name, owner in allowed.DEFINERS.items() if name.startswith("app.erase_") and owner == "auzap_owner"
    }

    # Counts those of all shops together, and names none: tests/api/test_health.py.
    counts = {"app.numbers_of_all()"}

    assert ASKED.keys() | FIRED | of_sign_in | seals | searches | forget | counts == allowed.DEFINERS.keys()


@pytest.fixture
def waiting(owner: psycopg.Connection, database: Database, clock: Clock) -> factories.PetShop:
    """A shop where everything waits: for the agent, to be sent, to be fetched, for a person, to be done, told, sealed and kept."""
    shop = factories.make_pet_shop(owner, database)
    recorded = factories.say(database, shop)
    handed_over = factories.say(database, shop)
    with database.transaction(shop.organization_id, "test") as tx:
        tx.execute(
            """
            INSERT INTO outbox (conversation_id, kind, author, content, due_at)
            VALUES (%s, 'staff', 'person', '{"type": "text", "text": "Oi"}', app.now() - interval '1 minute')
            """,
            [recorded.conversation_id],
        )
        tx.execute("UPDATE conversations SET answer_at = app.now() - interval '1 minute'")
        tx.execute(
            """
            UPDATE conversations SET state = 'waiting_human', returns_at = app.now(), handoff_reason = 'turns',
              handoff_at = app.now() - interval '4 minutes' WHERE id = %s
            """,
            [handed_over.conversation_id],
        )
        tx.execute(
            """
            INSERT INTO media (message_id, conversation_id, provider_media_id, kind, due_at)
            SELECT id, conversation_id, '1', 'image', app.now() - interval '1 minute' FROM messages LIMIT 1
            """
        )
        tx.execute(
            """
            WITH asked AS (
              INSERT INTO escalations (conversation_id, question, next_at)
              SELECT id, 'E agora?', app.now() FROM conversations LIMIT 1
            )
            INSERT INTO knowledge_documents (title, kind, body) VALUES ('Regulamento', 'text', 'Só com hora marcada.')
            """
        )
        tx.execute(
            """
            WITH pet AS (
              INSERT INTO pets (contact_id, name, species) SELECT contact_id, 'Rex', 'dog' FROM conversations LIMIT 1
              RETURNING id, contact_id
            ), service AS (
              INSERT INTO services (name, duration, price_cents) VALUES ('Banho', '1 hour', 6000) RETURNING id
            ), requested AS (
              INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source)
              SELECT pet.contact_id, pet.id, service.id, app.now(), app.now() + interval '1 hour', 6000, 'requested', 'agent'
              FROM pet, service RETURNING id, starts_at, ends_at
            ), placed AS (
              INSERT INTO booking_places (booking_id, number, starts_at, ends_at) SELECT id, 1, starts_at, ends_at FROM requested
            )
            INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day, look_at)
            SELECT pet.contact_id, %s, pet.id, service.id, current_date, current_date, app.now() FROM pet, service
            """,
            [recorded.conversation_id],
        )
        tx.execute("INSERT INTO jobs (kind) VALUES ('contact_export')")
        tx.execute("INSERT INTO mails (kind, address) VALUES ('notice', 'helena@example.com')")
        tx.execute("INSERT INTO notifications (kind) VALUES ('handoff')")
        tx.execute("SELECT app.seal_audit('0', 1)")
    clock.move(timedelta(seconds=70))
    return shop


@pytest.mark.parametrize("function", ASKED)
def test_a_definer_function_without_a_tenant_tells_ids_and_nothing_else(
    shared_database: Place, waiting: factories.PetShop, function: str
) -> None:
    external = waiting.account.external_id
    parameters = {"organization": waiting.organization_id, "external": external, "business": external}
    with psycopg.connect(shared_database.app, autocommit=True) as bare:
        rows = bare.execute(ASKED[function].encode(), parameters).fetchall()
        tenant = bare.execute("SELECT app.current_organization()").fetchone()
        contacts = bare.execute("SELECT count(*) FROM contacts").fetchone()

    told = TOLD.get(function, ID)
    key = waiting.organization_id if told[0] is UUID else "active"
    assert [tuple(map(type, row)) for row in rows if row[0] == key] == [told]
    assert {tuple(map(type, row)) for row in rows} == {told}
    assert (tenant, contacts) == ((None,), (0,))


@pytest.mark.parametrize("function", sorted(FIRED))
def test_a_trigger_function_cannot_be_called(shared_database: Place, function: str) -> None:
    with (
        psycopg.connect(shared_database.app, autocommit=True) as bare,
        pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)),
    ):
        bare.execute(f"SELECT {function}".encode())


@pytest.mark.parametrize("status", ["suspended", "closing", "closed"])
def test_an_organization_that_is_not_active_is_refused(
    owner: psycopg.Connection, database: Database, status: str
) -> None:
    organization_id = factories.make_organization(owner, status=status)

    for opened in (database.transaction, database.batch):
        with pytest.raises(OrganizationUnavailable), opened(organization_id, "test") as tx:
            tx.execute("INSERT INTO contacts (name) VALUES ('Ana')")

    owner.execute("UPDATE organizations SET status = 'active' WHERE id = %s", [organization_id])
    with database.transaction(organization_id, "test") as tx:
        assert tx.execute("SELECT count(*) FROM contacts").fetchone() == (0,)


def test_an_unknown_organization_is_refused(database: Database) -> None:
    with pytest.raises(OrganizationUnavailable), database.transaction(OrganizationId(new_id()), "test"):
        pass

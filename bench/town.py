"""Two towns of shops in a kept PostgreSQL, of 1,000 with 1.2 million messages and of 10; made anew when what makes them changes."""

import hashlib
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from auzap.db import migrate
from auzap.db.connection import BEGIN_TENANT, Database, Tx
from auzap.ids import OrganizationId
from auzap.insights.figures import count_days
from local import ports, postgres

KEPT = Path(__file__).parent.parent / ".build" / "towns"
SEED = Path(__file__).with_name("town.sql")
PASSWORD = "bench"
# How many shops, and how many customers the first has; each writes fifty messages.
MANY, FEW = (1000, 4000), (10, 20)
BIG, SMALL = 1, 2
TELL_PLANS = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_nested_statements = on;
SET auto_explain.log_format = json;
SET client_min_messages = log
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """One of the town, and what of it a detail is asked of."""

    organization_id: OrganizationId
    contact_id: UUID
    pet_id: UUID
    conversation_id: UUID
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class Town:
    admin: str
    app: str
    # With 200,000 messages, and with 1,000.
    big: Shop
    small: Shop


@contextmanager
def both() -> Generator[tuple[Town, Town]]:
    """The town, and the one with few shops."""
    KEPT.mkdir(parents=True, exist_ok=True)
    server = postgres.start(KEPT, ports.free(), password=PASSWORD, log=KEPT / "postgres.log", durable=False)
    try:
        yield _town(server.admin_dsn, *MANY), _town(server.admin_dsn, *FEW)
    finally:
        server.stop()


@contextmanager
def asking(conninfo: str, shop: Shop) -> Generator[Tx]:
    """A transaction of the shop that stays open."""
    with psycopg.connect(conninfo, prepare_threshold=None) as connection:
        yield _begun(connection, shop)
        connection.rollback()


@contextmanager
def asking_bare(town: Town, shop: Shop) -> Generator[Tx]:
    """The same rows, chosen as by a condition of one's own: where no function could leak, row security is no barrier."""
    with psycopg.connect(town.admin, prepare_threshold=None) as connection:
        connection.execute("UPDATE pg_proc SET proleakproof = true WHERE NOT proleakproof")
        _become_app(connection)
        yield _begun(connection, shop)
        connection.rollback()


@contextmanager
def asking_for_plans(town: Town, shop: Shop, told: Callable[[str], None]) -> Generator[Tx]:
    """Each plan is told as JSON, also those of the functions that a statement calls."""
    with psycopg.connect(town.admin, prepare_threshold=None) as connection:
        connection.execute(TELL_PLANS)
        _become_app(connection)
        tx = _begun(connection, shop)
        connection.add_notice_handler(lambda notice: told(notice.message_primary or ""))
        yield tx
        connection.rollback()


def _become_app(connection: psycopg.Connection) -> None:
    """With the settings that a login of the role begins with."""
    connection.execute(
        """
        SELECT set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true)
        FROM pg_roles, unnest(rolconfig) AS setting WHERE rolname = 'auzap_app'
        """
    )
    connection.execute("SET LOCAL ROLE auzap_app")


def _begun(connection: psycopg.Connection, shop: Shop) -> Tx:
    # The limit is that of a request, which this is not.
    connection.execute("SET LOCAL transaction_timeout = 0")
    begun = connection.execute(BEGIN_TENANT, [shop.organization_id, "bench"])
    return Tx(connection, shop.organization_id, begun)


def _town(server: str, shops: int, biggest: int) -> Town:
    name = f"town_{shops}_{_made_of()}"
    with psycopg.connect(server, autocommit=True) as administrator:
        known = [row[0] for row in administrator.execute("SELECT datname FROM pg_database WHERE datname LIKE 'town_%'")]
        if name not in known:
            for old in known:
                if old.startswith(f"town_{shops}_"):
                    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
            _make(administrator, server, name, shops, biggest)
    admin = make_conninfo(server, dbname=name)
    with psycopg.connect(admin) as connection:
        big, small = (_shop(connection, number) for number in (BIG, SMALL))
    return Town(admin, _login(server, name, "auzap_app"), big, small)


def _made_of() -> str:
    """Of what a town is made; and the day, because its shops' last message is of the hour in which it was made."""
    texts = [migration.text for migration in migrate.migrations()]
    roles = Path(migrate.__file__).with_name("bootstrap.sql").read_text("utf-8")
    made = "\0".join([roles, *texts, SEED.read_text("utf-8"), f"{datetime.now(UTC):%Y-%m-%d}"])
    return hashlib.sha256(made.encode()).hexdigest()[:12]


def _make(administrator: psycopg.Connection, server: str, name: str, shops: int, biggest: int) -> None:
    unfinished = f"{name}_new"
    administrator.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
    admin = make_conninfo(server, dbname=unfinished)
    migrate.bootstrap(admin, app_password=PASSWORD, owner_password=PASSWORD)
    migrate.migrate(admin, _login(server, unfinished, "auzap_owner"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT set_config('town.shops', %s, false)", [str(shops)])
        connection.execute("SELECT set_config('town.biggest', %s, false)", [str(biggest)])
        connection.execute(SEED.read_bytes())
        connection.execute("VACUUM ANALYZE")
        measured = [_shop(connection, number) for number in (BIG, SMALL)]
    with closing(Database(lambda: _login(server, unfinished, "auzap_app"))) as database:
        for shop in measured:
            with database.transaction(shop.organization_id, "bench") as tx:
                count_days(tx)
    administrator.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
    )


def _shop(connection: psycopg.Connection, number: int) -> Shop:
    """By the customer whose number is in the middle."""
    (found,) = connection.execute(
        """
        SELECT c.organization_id, c.contact_id, p.id, c.id, b.id
        FROM organizations o JOIN conversations c ON c.organization_id = o.id
        JOIN pets p ON p.organization_id = o.id AND p.contact_id = c.contact_id
        JOIN bookings b ON b.organization_id = o.id AND b.contact_id = c.contact_id
        WHERE o.slug = 'shop-' || %s
        ORDER BY c.state = 'closed', abs(extract(epoch FROM c.created_at - app.now() + interval '8 days')) LIMIT 1
        """,
        [number],
    ).fetchall()
    return Shop(*found)


def _login(server: str, name: str, role: str) -> str:
    return make_conninfo(server, dbname=name, user=role, password=PASSWORD)

"""A person is forgotten: nothing of theirs is left in any table or file, and what the shop must keep is somebody's unknown."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from auzap.audit import sealing, trail
from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Database
from auzap.ids import ContactId, JobId, OrganizationId, new_id
from auzap.jobs import asking, contact_export, data_export, erasure
from auzap.media.bucket import Bucket
from tests import factories, factories_customers
from tests.db.allowed import GLOBAL_TABLES
from tests.db.canaries import PLAIN
from tests.db.committed import read, write
from tests.db.long_work import come, objects
from tests.factories import PetShop, say
from tests.postgres import Clock, Place, cloned, template

# Beside what a person is handed out: what only the house keeps of them.
HOUSES_OWN = {"audit", "idempotency_keys", "message_keys"}
# Of the shop itself, its people and its goods; figures; and rows that hold ids alone.
NOT_OF_CUSTOMERS = {
    *("access_events", "api_keys", "audit_segments", "authorized_owner_numbers", "blocked_times", "booking_places", "change_heads"),
    *("changes", "channel_accounts", "channel_events", "custom_fields", "daily_figures", "imports", "invitations", "job_runs"),
    *("jobs", "knowledge_chunks", "knowledge_documents", "knowledge_entries", "mails", "memberships", "message_templates"),
    *("notification_preferences", "opening_hours", "organization_keys", "organization_settings", "pipeline_stages", "products"),
    *("resources", "room_rates", "room_types", "sending_pace", "service_addons", "service_prices", "service_staff", "services"),
    *("special_days", "staff_hours", "staff_members", "stay_days", "usage_counters", "wordings"),
}  # fmt: skip
# Who of the shop it was, and which part of the house.
BY_WHOM = {"actor", "asked_by", "assessed_by", "author", "created_by", "recorded_by", "settled_by", "written_by"}
# Words of the house's own, of which no list says which they are.
WORDS = {
    ("audit", "digest"),
    ("audit", "table_name"),
    ("contacts", "locale"),
    ("conversations", "closed_reason"),
    ("dead_letters", "message_id"),
    ("dead_letters", "queue"),
    ("dead_letters", "reason"),
    ("import_rows", "problems"),
    ("stays", "monitoring"),
    *((table, name) for table in ("conversation_moves", "stay_moves") for name in ("from_state", "to_state")),
    *(("booking_moves", name) for name in ("from_status", "to_status")),
}


@dataclass(frozen=True)
class Planted:
    place: Place
    organization_id: OrganizationId
    person: ContactId
    media_key: str
    # Of every column that can hold a text: table, column, and the text that lies there.
    marks: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def planted() -> Iterator[Planted]:
    with cloned(template(clock=True)) as place:
        yield plant(place)


def plant(place: Place) -> Planted:
    """One person with a row in every table, whose every column says something that must not be found afterwards."""
    with psycopg.connect(place.owner, autocommit=True) as owner:
        organization_id = factories.make_organization(owner)
    with psycopg.connect(place.admin) as administrator:
        administrator.execute("SET LOCAL session_replication_role = replica")
        codes = _codes(administrator)
        _drop_shapes(administrator)
        ids = {name: new_id() for name in REFERENCES.values()}
        media_key = f"media/{organization_id}/{ids['media']}"
        marks: dict[tuple[str, str], str] = {}
        for table in sorted(data_export.TABLES.keys() | HOUSES_OWN):
            marks |= _insert(administrator, table, organization_id, ids, codes, media_key)
    return Planted(place, organization_id, ContactId(ids["contacts"]), media_key, marks)


# What columns are called that lead from one row of a person to another.
REFERENCES = {
    "contact_id": "contacts",
    "kept_id": "contacts",
    "pet_id": "pets",
    "conversation_id": "conversations",
    "message_id": "messages",
    "turn_id": "turns",
    "booking_id": "bookings",
    "stay_id": "stays",
    "plan_id": "training_plans",
    "media_id": "media",
    "outbox_id": "outbox",
    "channel_account_id": "channel_accounts",
}


def _codes(administrator: psycopg.Connection) -> dict[tuple[str, str], str]:
    """Columns that take one of a few words, and such a word."""
    rows = administrator.execute(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
    )
    found = ((table, re.match(r"CHECK \(\((\w+) = ANY \(ARRAY\['(\w+)'::text", text)) for table, text in rows)
    return {(table, match[1]): match[2] for table, match in found if match}


def _drop_shapes(administrator: psycopg.Connection) -> None:
    checks = administrator.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND conislocal"
    ).fetchall()
    for table, name in checks:
        administrator.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )


def _insert(
    administrator: psycopg.Connection,
    table: str,
    organization_id: OrganizationId,
    ids: dict[str, UUID],
    codes: dict[tuple[str, str], str],
    media_key: str,
) -> dict[tuple[str, str], str]:
    columns = administrator.execute(
        """
        SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
        """,
        [table],
    ).fetchall()
    marks = {
        (table, name): f"canary {table}.{name}"
        for name, kind in columns
        if kind in {"text", "text[]", "jsonb", "bytea"}
        and (table, name) not in codes.keys() | WORDS
        and name not in BY_WHOM
    }
    known: dict[str, Any] = {"organization_id": organization_id, "id": ids.get(table, new_id()), "merged_into": None}
    if table == "raw_elements":
        known["id"] = ids["messages"]
    if table == "media":
        known["object_key"] = media_key
        marks.pop(("media", "object_key"))
    if table == "message_keys":
        marks["message_keys", "provider_id"] = "canary messages.provider_id"
    if table == "audit":
        # Of a row whose key is made of what it holds.
        known["row_id"] = None
    values = {
        name: known[name] if name in known else _value(table, name, kind, ids, codes, marks.get((table, name)))
        for name, kind in columns
    }
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.SQL("{}").format(value) for value in values.values()),
    )
    administrator.execute(statement)
    return marks


def _value(
    table: str, name: str, kind: str, ids: dict[str, UUID], codes: dict[tuple[str, str], str], mark: str | None
) -> Any:
    if kind == "timestamp with time zone":
        return sql.SQL("now() + '1 hour'") if name == "ends_at" else sql.SQL("now()")
    by_kind: dict[str, Any] = {
        "bytea": (mark or "").encode(),
        "jsonb": Jsonb({"mark": mark, "contact_id": str(ids["contacts"])}),
        "text": mark or codes.get((table, name), "user:bia"),
        "text[]": [mark] if mark else [],
        # One of the person's own, or of somebody whom nobody knows.
        "uuid": ids.get(REFERENCES.get(name, ""), new_id()),
    }
    return by_kind[kind] if kind in by_kind else sql.SQL(PLAIN[kind])


def told(planted: Planted) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(planted.place.admin) as administrator:
        tables = administrator.execute(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
              AND NOT relispartition AND relname <> ALL (%s)
            """,
            [list(GLOBAL_TABLES)],
        ).fetchall()
        rows = [
            f"{table}: {row[0]}"
            for (table,) in tables
            for row in administrator.execute(
                sql.SQL("SELECT replace(to_jsonb(t)::text, '\\\\x63616e617279', 'canary ') FROM {} t").format(
                    sql.Identifier(table)
                )
            )
        ]
    return "\n".join(rows)


def begin(database: Database, organization_id: OrganizationId, ask: Callable[..., asking.Job], *about: Any) -> JobId:
    with database.transaction(organization_id, "user:bia") as tx:
        return ask(tx, *about).id


def test_every_table_is_known_to_hold_what_is_a_customers_or_not(production_like: Place) -> None:
    with psycopg.connect(production_like.admin) as administrator:
        rows = administrator.execute(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
              AND NOT relispartition AND relname <> ALL (%s)
            """,
            [list(GLOBAL_TABLES)],
        ).fetchall()

    tables = {row[0] for row in rows}
    assert tables == data_export.TABLES.keys() | HOUSES_OWN | NOT_OF_CUSTOMERS
    assert not data_export.TABLES.keys() & NOT_OF_CUSTOMERS


def test_a_person_is_handed_out_everything_and_then_forgotten_everywhere(
    planted: Planted, bucket: Bucket, s3: Any
) -> None:
    """One after the other, because what is planted is handed out before it is gone."""
    shop = planted.organization_id
    bucket.put(planted.media_key, b"canary of a picture", content_type="image/jpeg")
    with closing(Database(lambda: planted.place.app)) as database:
        export = begin(database, shop, data_export.ask, planted.person)
        assert come(database, bucket, shop, export).outcome == "done"
        (handed_out,) = objects(s3, f"exports/{shop}").values()
        everybody = begin(database, shop, contact_export.ask)
        assert come(database, bucket, shop, everybody).outcome == "done"

        erased = begin(database, shop, erasure.ask, planted.person)
        assert come(database, bucket, shop, erased).outcome == "done"

    for_them = {column: mark for column, mark in planted.marks.items() if column[0] in data_export.TABLES}
    missing = {column for column, mark in for_them.items() if mark not in handed_out.decode()}
    assert {column for column in missing if column[1] not in data_export.NOT_TOLD} == set()
    left = told(planted)
    assert sorted(column for column, mark in planted.marks.items() if mark in left) == []
    assert "canary" not in left
    assert objects(s3, f"exports/{shop}") == objects(s3, f"media/{shop}") == {}


def person(database: Database, shop: PetShop, text: str, *, days: int = 10, **said: Any) -> ContactId:
    """Somebody who writes, has a pet that was here before, and is written down."""
    recorded = say(database, shop, text, **said)
    with database.transaction(shop.organization_id, "user:bia") as tx:
        row = tx.execute("SELECT contact_id FROM conversations WHERE id = %s", [recorded.conversation_id]).fetchone()
        assert row
        contact_id = ContactId(row[0])
        pet = factories_customers.pet(tx, contact_id, "Mel")
        moment = tx.execute("SELECT app.now() - %s", [timedelta(days=days)]).fetchone()
        assert moment
        factories_customers.visit(tx, contact_id, pet, moment[0], cents=7000)
        tx.execute("UPDATE contacts SET notes = 'Portão azul', email = 'ana@x.com' WHERE id = %s", [contact_id])
    return contact_id


def erase(database: Database, bucket: Bucket, shop: PetShop, contact_id: ContactId) -> None:
    job_id = begin(database, shop.organization_id, erasure.ask, contact_id)
    assert come(database, bucket, shop.organization_id, job_id).outcome == "done"


def test_what_the_shop_has_earned_stays_as_nobodys(database: Database, bucket: Bucket, shop: PetShop) -> None:
    contact_id = person(database, shop, "Oi, sou a Ana")

    erase(database, bucket, shop, contact_id)

    assert read(database, shop, "SELECT price_cents, status, contact_id FROM bookings") == [
        (7000, "completed", contact_id)
    ]
    assert read(database, shop, "SELECT name, phone, email, notes FROM contacts") == [
        ("Removido a pedido", None, None, "")
    ]
    assert read(database, shop, "SELECT name, is_active FROM pets") == [("Removido a pedido", False)]
    assert read(database, shop, "SELECT state, closed_reason, reply_to FROM conversations") == [
        ("closed", "erased", "")
    ]
    assert read(database, shop, "SELECT FROM messages") == []


def test_the_trail_says_nothing_of_them_and_is_whole(
    database: Database, bucket: Bucket, shop: PetShop, clock: Clock
) -> None:
    contact_id = person(database, shop, "Oi")
    clock.move(timedelta(minutes=5))
    sealing.seal(database, shop.organization_id)

    erase(database, bucket, shop, contact_id)
    clock.move(timedelta(minutes=5))
    sealing.seal(database, shop.organization_id)

    with database.transaction(shop.organization_id, "test") as tx:
        verified = trail.verify(tx)
    assert (verified.is_whole, verified.segments) == (True, 2)
    assert read(database, shop, "SELECT DISTINCT before, after FROM audit WHERE table_name = 'contacts'") == [
        (None, None)
    ]
    # Who has had it done stays.
    told = "SELECT actor, after ->> 'state' FROM audit WHERE table_name = 'jobs' ORDER BY id"
    assert read(database, shop, told) == [("user:bia", "waiting"), ("jobs", "running"), ("user:bia", "done")]


def test_whoever_writes_from_the_same_number_is_somebody_new(database: Database, bucket: Bucket, shop: PetShop) -> None:
    contact_id = person(database, shop, "Oi", wa_id="5511987654321")
    erase(database, bucket, shop, contact_id)

    again = say(database, shop, "Oi de novo", wa_id="5511987654321")

    rows = read(database, shop, "SELECT contact_id, state FROM conversations WHERE id = %s", again.conversation_id)
    assert rows[0][0] != contact_id
    assert rows[0][1] == "ai"


def test_nobody_else_loses_anything(
    database: Database, bucket: Bucket, shop: PetShop, other_shop: PetShop, owner: psycopg.Connection
) -> None:
    """Neither another customer of the shop nor the same telephone in another shop."""
    ana = person(database, shop, "Sou a Ana", wa_id="5511987654321")
    person(database, shop, "Sou o Bruno", days=9, wa_id="5511912345678")
    person(database, other_shop, "Sou a Ana", wa_id="5511987654321")
    everything = "SELECT to_jsonb(m) FROM messages m WHERE text <> 'Sou a Ana'"
    pets = "SELECT to_jsonb(p) FROM pets p WHERE contact_id <> %s ORDER BY id"
    trails = "SELECT count(*) FROM audit WHERE after ->> 'notes' = 'Portão azul'"
    before = (read(database, shop, everything), read(database, shop, pets, ana), read(database, other_shop, trails))

    erase(database, bucket, shop, ana)

    assert before == (
        read(database, shop, everything),
        read(database, shop, pets, ana),
        read(database, other_shop, trails),
    )
    assert read(database, shop, trails) == [(1,)]
    assert read(database, other_shop, "SELECT text FROM messages") == [("Sou a Ana",)]
    assert read(database, other_shop, "SELECT phone FROM contacts WHERE phone IS NOT NULL") == [("+5511987654321",)]


def test_somebody_of_another_shop_is_not_there(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    theirs = person(database, other_shop, "Oi")

    for ask in (erasure.ask, data_export.ask):
        with pytest.raises(UnknownContact):
            begin(database, shop.organization_id, ask, theirs)


def test_a_message_that_was_being_recorded_meanwhile_goes_too(
    database: Database, bucket: Bucket, shop: PetShop
) -> None:
    contact_id = person(database, shop, "Oi")
    job_id = begin(database, shop.organization_id, erasure.ask, contact_id)

    def record_late() -> None:
        if read(database, shop, "SELECT place ->> 'stage' FROM jobs") == [("end",)] and not late:
            late.append(True)
            write(
                database,
                shop,
                """
                INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
                SELECT id, 'customer', 'text', 'canary', app.now() FROM conversations
                """,
            )

    late: list[bool] = []
    assert come(database, bucket, shop.organization_id, job_id, tell=record_late).outcome == "done"

    assert late
    assert read(database, shop, "SELECT FROM messages") == []


def test_one_that_is_interrupted_after_every_step_ends_the_same(
    database: Database, bucket: Bucket, shop: PetShop
) -> None:
    contact_id = person(database, shop, "Oi")
    job_id = begin(database, shop.organization_id, erasure.ask, contact_id)

    outcomes = ["unfinished"]
    while outcomes[-1] == "unfinished":
        outcomes.append(come(database, bucket, shop.organization_id, job_id, has_time=lambda: False).outcome)

    assert outcomes[-1] == "done"
    assert len(outcomes) > 5
    assert read(database, shop, "SELECT FROM messages") == []
    assert read(database, shop, "SELECT place, state FROM jobs") == [({}, "done")]


def test_a_table_of_all_customers_that_is_being_made_begins_anew_without_them(
    database: Database, bucket: Bucket, shop: PetShop, s3: Any
) -> None:
    contact_id = person(database, shop, "Oi")
    export = begin(database, shop.organization_id, contact_export.ask)
    assert come(database, bucket, shop.organization_id, export, has_time=lambda: False).outcome == "unfinished"
    assert b"ana@x.com" in b"".join(objects(s3, f"exports/{shop.organization_id}").values())

    erase(database, bucket, shop, contact_id)
    assert objects(s3, f"exports/{shop.organization_id}") == {}
    assert come(database, bucket, shop.organization_id, export).outcome == "done"

    (made,) = objects(s3, f"exports/{shop.organization_id}").values()
    assert b"Removido a pedido" in made
    assert b"ana@x.com" not in made


def test_somebody_who_was_merged_away_meanwhile_is_a_reason_for_people(
    database: Database, bucket: Bucket, shop: PetShop
) -> None:
    with database.transaction(shop.organization_id, "user:bia") as tx:
        contact_id = factories.make_contact(tx)
        job_id = erasure.ask(tx, contact_id).id
        tx.execute("DELETE FROM contacts WHERE id = %s", [contact_id])

    assert come(database, bucket, shop.organization_id, job_id).outcome == "failed"

    assert read(database, shop, "SELECT state, problem FROM jobs") == [("failed", "unknown_contact")]

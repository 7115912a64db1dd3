"""Two shops in one database, with a customer in each whose rows nobody else may read or change."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

from psycopg import sql

from auzap.db.connection import Database, Tx
from auzap.ids import ContactId
from auzap.organizations.shop import Shop
from tests import factories
from tests.db.allowed import GLOBAL_TABLES
from tests.db.scripted_model import ScriptedModel
from tests.factories import PetShop

# In every text of the other customer of our shop, and in every text of the other shop's.
NEIGHBOURS, STRANGERS = "Quimera", "Zibelina"


@dataclass(frozen=True)
class Rows:
    """A customer with something of every kind, and the ids of it."""

    contact_id: ContactId
    ids: dict[str, str]


def furnish(tx: Tx, shop: Shop, day: datetime, *, name: str, pet: str, mark: str) -> Rows:
    """A customer, and a row in every table that a tool of the agent reads, with the mark in each text of it."""
    contact_id = factories.make_contact(tx, f"{name} {mark}", phone=f"+{factories.new_wa_id()}")
    known = factories.make_pet(tx, contact_id, pet)
    offered = factories.make_service(tx, f"Serviço de {name}", price_cents=12_345)
    booking_id = factories.book_at(tx, shop, day, pet=known, contact_id=contact_id, service=offered)
    ids = {"contact": contact_id, "pet": known.id, "service": offered.id, "booking": booking_id}
    told: dict[str, Any] = {
        **{key: str(value) for key, value in ids.items()},
        "mark": mark,
        "day": day.date(),
        "until": day.date() + timedelta(days=2),
    }
    for kind, statement in OF_A_CUSTOMER.items():
        row = tx.execute(statement, told).fetchone()
        told[kind] = str(row[0]) if row else ""
    return Rows(contact_id, {key: told[key] for key in (*ids, *OF_A_CUSTOMER)})


def furnish_shop(tx: Tx, mark: str) -> None:
    """What a whole shop has beside its customers."""
    for statement in OF_A_SHOP:
        tx.execute(statement, {"mark": mark})


def open_every_door(tx: Tx) -> None:
    """What a shop must have for its agent to be given every tool."""
    tx.execute(
        "INSERT INTO services (name, duration, price_cents, category) VALUES ('Adestramento', '1 hour', 15000, 'training')"
    )
    tx.execute("INSERT INTO room_types (kind, name, capacity, daily_cents) VALUES ('daycare', 'Creche', 5, 7000)")
    tx.execute("INSERT INTO products (name, price_cents, stock) VALUES ('Petisco', 2490, 5)")


# Each gives back the id of its row.
OF_A_CUSTOMER: dict[str, LiteralString] = {
    "notes": """
        UPDATE pets SET breed = %(mark)s, temperament = %(mark)s, allergies = %(mark)s, handling = %(mark)s,
          medication = %(mark)s WHERE id = %(pet)s RETURNING id
        """,
    "room": """
        INSERT INTO room_types (kind, name, capacity, daily_cents) VALUES ('hotel', 'Quarto de ' || left(%(contact)s, 8), 5, 8000)
        RETURNING id
        """,
    "stay": """
        INSERT INTO stays (contact_id, pet_id, room_type_id, from_day, until_day, daily_cents, total_cents, source, requests)
        VALUES (%(contact)s, %(pet)s, %(room)s, %(day)s, %(until)s, 8000, 16000, 'staff', %(mark)s) RETURNING id
        """,
    "stay_days": """
        INSERT INTO stay_days (stay_id, room_type_id, day, number)
        SELECT %(stay)s, %(room)s, d::date, 1 FROM generate_series(%(day)s::date, %(until)s::date - 1, interval '1 day') d
        RETURNING stay_id
        """,
    "plan": """
        INSERT INTO training_plans (contact_id, pet_id, routine, problems, source)
        VALUES (%(contact)s, %(pet)s, 'Passeia com a dona ' || %(mark)s, ARRAY[%(mark)s], 'staff') RETURNING id
        """,
    "conversation": """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to)
        SELECT %(contact)s, id, '5511900000000' FROM channel_accounts RETURNING id
        """,
    "waiting": """
        INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day)
        VALUES (%(contact)s, %(conversation)s, %(pet)s, %(service)s, %(day)s, %(until)s) RETURNING id
        """,
    "series": """
        INSERT INTO booking_series (contact_id, pet_id, service_id, every, unit, starts_on, at)
        VALUES (%(contact)s, %(pet)s, %(service)s, 2, 'week', %(day)s, '15:00') RETURNING id
        """,
    "memory": """
        INSERT INTO memories (contact_id, key, value, confidence, source) VALUES (%(contact)s, 'other_fact', %(mark)s, 90, 'said')
        RETURNING id
        """,
    "event": """
        INSERT INTO health_events (pet_id, kind, name, done_on) VALUES (%(pet)s, 'vaccine', %(mark)s, '2026-01-10') RETURNING id
        """,
    "alert": """
        INSERT INTO health_alerts (pet_id, kind, severity, description) VALUES (%(pet)s, 'urgent_health', 'high', %(mark)s)
        RETURNING id
        """,
    "escalation": """
        INSERT INTO escalations (conversation_id, question, state, answer)
        VALUES (%(conversation)s, 'Pergunta ' || %(mark)s, 'answered', %(mark)s) RETURNING id
        """,
    "internal": """
        INSERT INTO knowledge_entries (question, answer, audience)
        VALUES ('Qual o preço do banho ' || %(mark)s, %(mark)s, 'internal') RETURNING id
        """,
}  # fmt: skip
OF_A_SHOP: tuple[LiteralString, ...] = (
    "UPDATE services SET description = %(mark)s, name = name || ' ' || %(mark)s",
    "UPDATE room_types SET name = name || ' ' || %(mark)s, description = %(mark)s",
    "INSERT INTO products (name, brand, description, price_cents, stock) VALUES ('Ração ' || %(mark)s, %(mark)s, %(mark)s, 123, 5)",
    "INSERT INTO knowledge_entries (question, answer) VALUES ('Vocês dão banho? ' || %(mark)s, %(mark)s)",
    "INSERT INTO wordings (kind, text) VALUES ('greeting', %(mark)s)",
    "INSERT INTO special_days (day, label) VALUES ('2030-01-01', %(mark)s)",
    "INSERT INTO staff_members (name) VALUES (%(mark)s)",
    "INSERT INTO resources (name, kind) VALUES (%(mark)s, 'tub')",
)


def everything(database: Database, shop: PetShop) -> dict[str, list[str]]:
    """Every row of a shop, table by table."""
    with database.transaction(shop.organization_id, "test") as tx:
        tables = tx.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT relispartition AND relname <> ALL (%s) AND has_table_privilege(oid, 'SELECT')",
            [list(GLOBAL_TABLES)],
        ).fetchall()
        return {
            table: [
                row[0]
                for row in tx.connection.execute(
                    sql.SQL("SELECT to_jsonb(t)::text AS row FROM {} t ORDER BY row").format(sql.Identifier(table))
                )
            ]
            for (table,) in tables
        }


def rows_about(database: Database, shop: PetShop, rows: Rows) -> list[str]:
    """Every row of a shop that is one of these or belongs to one of them; a text that only quotes an id does not."""
    ids = set(rows.ids.values())
    found = everything(database, shop)
    return sorted(f"{table}: {row}" for table, lines in found.items() for row in lines if ids & set(_links(row)))


def _links(row: str) -> list[Any]:
    return [value for name, value in json.loads(row).items() if name == "id" or name.endswith("_id")]


def told(model: ScriptedModel, *, since: int = 0) -> list[str]:
    """What context and tools have told the model."""
    return [
        message["content"] or ""
        for messages in model.asked[since:]
        for message in messages
        if message["role"] in {"system", "tool"}
    ]


def next_open_day(today: date) -> date:
    """In some days, and no Sunday."""
    day = today + timedelta(days=3)
    return day if day.weekday() < 6 else day + timedelta(days=1)

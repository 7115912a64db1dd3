"""What tests of customers need beside the shared makers: visits, stays, photos, and the desk of a tool."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auzap.agent.desk import Desk
from auzap.agent.toolbox import tool
from auzap.agent.turn import Progress
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, ConversationId, MediaId, PetId, ServiceId, TurnId, new_id
from tests import factories


def pet(tx: Tx, contact_id: ContactId, name: str = "Rex", *, species: str = "dog", size: str | None = "small") -> PetId:
    row = tx.execute(
        "INSERT INTO pets (contact_id, name, species, size) VALUES (%s, %s, %s, %s) RETURNING id",
        [contact_id, name, species, size],
    ).fetchone()
    assert row
    return PetId(row[0])


def service(tx: Tx, cents: int = 6000) -> ServiceId:
    row = tx.execute(
        "INSERT INTO services (name, duration, price_cents) VALUES (%s, '1 hour', %s) RETURNING id",
        [f"Banho {next(factories.numbers)}", cents],
    ).fetchone()
    assert row
    return ServiceId(row[0])


def visit(
    tx: Tx,
    contact_id: ContactId,
    pet_id: PetId,
    at: datetime,
    *,
    cents: int = 6000,
    status: str = "completed",
    by: str = "agent",
) -> BookingId:
    """A booking as it lies in the past, in a place of its own; whoever did it, the agent where the customer told it to."""
    tx.execute("SELECT set_config('app.actor', %s, true)", [by])
    row = tx.execute(
        """
        INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, source, status)
        VALUES (%(contact)s, %(pet)s, %(service)s, %(at)s, %(at)s + interval '1 hour', %(cents)s, 'staff', %(status)s) RETURNING id
        """,
        {
            "contact": contact_id,
            "pet": pet_id,
            "service": service(tx, cents),
            "at": at,
            "cents": cents,
            "status": status,
        },
    ).fetchone()
    assert row
    tx.execute("SELECT set_config('app.actor', 'test', true)")
    if status not in {"cancelled", "no_show"}:
        tx.execute(
            "INSERT INTO booking_places (booking_id, number, starts_at, ends_at) VALUES (%s, 1, %s, %s)",
            [row[0], at, at + timedelta(hours=1)],
        )
    return BookingId(row[0])


def stay(tx: Tx, contact_id: ContactId, pet_id: PetId, left_at: datetime, *, cents: int, extra_cents: int = 0) -> UUID:
    """A night at the hotel that is over."""
    room = tx.execute(
        "INSERT INTO room_types (kind, name, capacity, daily_cents) VALUES ('hotel', %s, 5, 9000) RETURNING id",
        [f"Quarto {next(factories.numbers)}"],
    ).fetchone()
    assert room
    day = left_at.date()
    row = tx.execute(
        """
        INSERT INTO stays (contact_id, pet_id, room_type_id, from_day, until_day, state, daily_cents, total_cents, source,
          vaccines_ok, deworming_ok, assessed_at, arrived_at, left_at)
        VALUES (%(contact)s, %(pet)s, %(room)s, %(day)s::date - 1, %(day)s, 'finished', %(cents)s, %(cents)s, 'staff',
          true, true, %(left)s, %(left)s::timestamptz - interval '1 day', %(left)s) RETURNING id
        """,
        {"contact": contact_id, "pet": pet_id, "room": room[0], "day": day, "cents": cents, "left": left_at},
    ).fetchone()
    assert row
    if extra_cents:
        tx.execute(
            "INSERT INTO stay_extras (stay_id, service_id, price_cents) VALUES (%s, %s, %s)",
            [row[0], service(tx), extra_cents],
        )
    tx.execute(
        "INSERT INTO stay_days (stay_id, room_type_id, day, number) VALUES (%s, %s, %s, 1)",
        [row[0], room[0], day - timedelta(days=1)],
    )
    return row[0]


def photo(
    tx: Tx, conversation_id: ConversationId, *, kind: str = "image", state: str = "stored", sender: str = "customer"
) -> MediaId:
    message = tx.execute(
        """
        INSERT INTO messages (conversation_id, sender, kind, provider_at) VALUES (%s, %s, %s, app.now()) RETURNING id
        """,
        [conversation_id, sender, kind],
    ).fetchone()
    assert message
    row = tx.execute(
        """
        INSERT INTO media (message_id, conversation_id, provider_media_id, kind, state, object_key, content_type)
        VALUES (%(message)s, %(conversation)s, %(name)s, %(kind)s, %(state)s::text,
          CASE WHEN %(state)s::text = 'stored' THEN %(name)s END, 'image/jpeg') RETURNING id
        """,
        {
            "message": message[0],
            "conversation": conversation_id,
            "name": f"photo-{message[0]}",
            "kind": kind,
            "state": state,
        },
    ).fetchone()
    assert row
    return MediaId(row[0])


def desk_of(tx: Tx, contact_id: ContactId, now: datetime) -> Desk:
    """Where a tool works in a turn with this customer."""
    shop = factories.make_shop(tx)
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    return Desk(tx, shop, contact_id, conversation_id, TurnId(new_id()), now, Progress())


def use(desk: Desk, function: Callable[..., str], **arguments: Any) -> str:
    """As the model uses a tool: what it gives goes through the schema."""
    made = tool(function)
    return made.run(desk, **made.arguments.model_validate(arguments).model_dump())

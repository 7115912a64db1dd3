"""Rooms, proofs of health, stays and training plans for tests."""

from datetime import date, datetime, timedelta
from typing import Any

from auzap.customers import health
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId, RoomTypeId
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.stays.queries import Stay
from auzap.stays.rooms import Room, room_with
from auzap.stays.staying import Arrival, Assessment, Meal
from auzap.training import plans
from auzap.training.plans import Plan
from tests import factories

DAY = timedelta(days=1)
SEEN = Assessment(vaccines_ok=True, deworming_ok=True)
ARRIVAL = Arrival("Suíte", (Meal("08:00", "ração", "80 g"),), "Bia, irmã")
TOLD = plans.Assessment(
    routine="passeia de manhã e à noite",
    problems=("puxa a guia",),
    family="casal com uma filha de seis anos",
    health_history="saudável, castrado, sem alergias",
    observation="aprende rápido com petisco",
    goals=("andar ao lado",),
)


def make_room(tx: Tx, name: str = "Suíte", **known: Any) -> Room:
    """A hotel room of one place at R$ 100,00, unless said otherwise."""
    given = {"kind": "hotel", "capacity": 1, "daily_cents": 10000} | known
    row = tx.execute(
        """
        INSERT INTO room_types (name, kind, capacity, species, vaccines, daily_cents, long_daily_cents, long_from_days)
        VALUES (%(name)s, %(kind)s, %(capacity)s, %(species)s, %(vaccines)s, %(daily_cents)s, %(long_daily_cents)s,
          %(long_from_days)s)
        RETURNING id
        """,
        {
            "name": name,
            "species": ["dog", "cat"],
            "vaccines": [],
            "long_daily_cents": None,
            "long_from_days": None,
            **given,
        },
    ).fetchone()
    assert row
    room = room_with(tx, RoomTypeId(row[0]))
    assert room
    return room


def make_rate(tx: Tx, room: Room, size: str, daily_cents: int, long_daily_cents: int | None = None) -> Room:
    tx.execute(
        "INSERT INTO room_rates (room_type_id, size, daily_cents, long_daily_cents) VALUES (%s, %s, %s, %s)",
        [room.id, size, daily_cents, long_daily_cents],
    )
    found = room_with(tx, room.id)
    assert found
    return found


def prove(tx: Tx, pet_id: PetId, *, today: date, until: date, by: str | None = "user:bia") -> None:
    """V10 and deworming of last month, good until that day; without `by` they are only said."""
    for kind, name in (("vaccine", "V10"), ("deworming", "Vermífugo")):
        health.note(
            tx,
            pet_id,
            kind=kind,  # pyright: ignore[reportArgumentType]
            name=name,
            done_on=today - 30 * DAY,
            due_on=until,
            today=today,
            verified_by=by,
        )


def stay_for(
    tx: Tx, shop: Shop, pet: Pet, room: Room, from_day: date, days: int = 2, *, now: datetime, **known: Any
) -> Stay:
    return staying.reserve(
        tx,
        shop,
        contact_id=tutor(tx, pet),
        pet=pet,
        room=room,
        from_day=from_day,
        until_day=from_day + days * DAY,
        now=now,
        source="staff",
        **known,
    )


def tutor(tx: Tx, pet: Pet) -> ContactId:
    row = tx.execute("SELECT contact_id FROM pets WHERE id = %s", [pet.id]).fetchone()
    assert row
    return ContactId(row[0])


def guest(tx: Tx, name: str = "Rex", *, size: str = "small", species: str = "dog") -> Pet:
    """A pet with a tutor of its own."""
    return factories.make_pet(tx, factories.make_contact(tx), name, size=size, species=species)


def plan_for(tx: Tx, pet: Pet, told: plans.Assessment = TOLD) -> Plan:
    return plans.assess(tx, contact_id=tutor(tx, pet), pet=pet, told=told, source="staff")

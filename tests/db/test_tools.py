"""The agents' tools in a house with two shops: what a tool shows or does is of its own shop and its own customer."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.tools import bookings as tools
from auzap.agent.turn import Progress
from auzap.aurora.agent import AURORA
from auzap.aurora.tools import list_appointments
from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import BookingId, TurnId
from tests import factories

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
DAY = NOW.date() + timedelta(days=2)
TEN = datetime.combine(DAY, time(10), ZONE)


@dataclass(frozen=True)
class Scene:
    """A customer with a pet, a service and an appointment, before the desk of a turn."""

    desk: Desk
    ids: dict[str, Any]


def make_scene(tx: Tx, *, customer: str, pet: str, service: str) -> Scene:
    shop = factories.make_shop(tx, parallel_bookings=1)
    contact_id = factories.make_contact(tx, customer)
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    row = tx.execute(
        "INSERT INTO turns (conversation_id, fence, message_ids) VALUES (%s, 1, '{}') RETURNING id", [conversation_id]
    ).fetchone()
    assert row
    known_pet, known_service = factories.make_pet(tx, contact_id, pet), factories.make_service(tx, service)
    booking_id = factories.book_at(tx, shop, TEN, pet=known_pet, contact_id=contact_id, service=known_service, now=NOW)
    tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, 'hot', 70)", [contact_id])
    tx.execute(
        "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES ('+5511988887777', 'Helena', true)"
    )
    tx.execute(factories.HAND_OVER)
    desk = Desk(tx, shop, contact_id, conversation_id, TurnId(row[0]), NOW, Progress())
    return Scene(
        desk, {"pet_id": str(known_pet.id), "service_id": str(known_service.id), "booking_id": str(booking_id)}
    )


@pytest.fixture
def theirs(owner: psycopg.Connection, database: Database) -> dict[str, Any]:
    """Another shop, committed, so that it is there to be seen."""
    with database.transaction(factories.make_organization(owner, shop_name="Bicho Mimado"), "test") as tx:
        return make_scene(tx, customer="Beatriz", pet="Bidu", service="Hospedagem").ids


@pytest.fixture
def ours(theirs: dict[str, Any], tx: Tx) -> Scene:
    scene = make_scene(tx, customer="Ana", pet="Rex", service="Banho")
    # Another customer of the same shop, whose things are no more ours than another shop's.
    other = factories.make_contact(tx, "Carla")
    factories.make_pet(tx, other, "Mimi")
    return scene


THEIRS = ("Bidu", "Hospedagem", "Beatriz", "Bicho", "Mimi", "Carla")

# Every tool, with arguments that it can do something with, and a word of ours that it must then show.
SHOWN: dict[str, tuple[dict[str, Any], str]] = {
    "list_services": ({}, "Banho"),
    "find_free_slots": ({"service": "Banho", "day": DAY, "period": "any"}, "Banho"),
    "propose_booking": ({"pet_name": "Rex", "slot": "s1"}, "Rex, Banho"),
    "list_bookings": ({}, "Rex"),
    "propose_cancellation": ({"booking": "b1"}, "cancelar Banho de Rex"),
    "list_pets": ({}, "Rex"),
    "register_pet": ({"name": "Thor", "species": "dog", "breed": "SRD", "size": "giant"}, "Registered: Thor"),
    "ask_the_team": ({"question": "Vocês atendem coelhos?"}, "The team was asked"),
    "hand_over": ({"reason": "quer falar com alguém"}, "A person will take over"),
    "answer": ({"text": "Oi!", "intent": "greeting", "confidence": 90}, "Oi!"),
    "list_appointments": ({"day": DAY}, "Rex"),
    "shop_numbers": ({"period": "week"}, "appointments | 1 | R$ 60,00 | confirmed"),
    "list_waiting": ({}, "- Ana | since"),
    "list_leads": ({}, "- Ana | score 70 | hot"),
    "list_channel_health": ({}, "- Pet Feliz | connected"),
}


def test_every_tool_has_its_case() -> None:
    assert SHOWN.keys() == CLIENT_AGENT.tools.keys() | AURORA.tools.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_a_tool_shows_its_own_shop_and_customer_and_nothing_else(ours: Scene, name: str) -> None:
    run = (CLIENT_AGENT.tools | AURORA.tools)[name].run
    arguments, shown = SHOWN[name]
    tools.find_free_slots(ours.desk, "Banho", DAY, "any")
    tools.list_bookings(ours.desk)

    result = run(ours.desk, **arguments)

    assert shown in result
    assert not any(word in result for word in THEIRS)


def test_free_times_are_not_taken_by_another_shops_appointments(ours: Scene) -> None:
    """Both shops have an appointment at ten, and one lane."""
    tools.cancel_booking(ours.desk, {"booking_id": ours.ids["booking_id"]})

    tools.find_free_slots(ours.desk, "Banho", DAY, "morning")

    assert TEN.isoformat() in {
        datetime.fromisoformat(slot["starts_at"]).astimezone(ZONE).isoformat()
        for slot in ours.desk.progress.handles.values()
    }


@pytest.mark.parametrize("name", ["Bidu", "Mimi", "rex bidu", "%"])
def test_a_pet_of_somebody_else_is_unknown(ours: Scene, name: str) -> None:
    tools.find_free_slots(ours.desk, "Banho", DAY, "any")

    with pytest.raises(tools.UnknownPet):
        tools.propose_booking(ours.desk, name, "s1")


@pytest.mark.parametrize("service", ["Hospedagem", "hospeda"])
def test_a_service_of_another_shop_is_unknown_and_not_named(ours: Scene, service: str) -> None:
    with pytest.raises(tools.UnknownService, match="Banho") as refused:
        tools.find_free_slots(ours.desk, service, DAY, "any")

    assert "It has: Banho." in str(refused.value)


@pytest.mark.parametrize(
    ("tool", "handle"), [("propose_booking", "s9"), ("propose_booking", "b1"), ("propose_cancellation", "s1")]
)
def test_a_handle_that_was_not_given_is_unknown(ours: Scene, tool: str, handle: str) -> None:
    tools.find_free_slots(ours.desk, "Banho", DAY, "any")
    tools.list_bookings(ours.desk)
    arguments = {"pet_name": "Rex", "slot": handle} if tool == "propose_booking" else {"booking": handle}

    with pytest.raises(UnknownHandle):
        CLIENT_AGENT.tools[tool].run(ours.desk, **arguments)


@pytest.mark.parametrize("foreign", ["pet_id", "service_id"])
def test_a_stored_act_with_an_id_of_another_shop_books_nothing(
    ours: Scene, theirs: dict[str, Any], foreign: str
) -> None:
    arguments = {**ours.ids, "starts_at": (TEN + timedelta(hours=2)).isoformat(), foreign: theirs[foreign]}

    with pytest.raises(Refusal):
        tools.book_service(ours.desk, arguments)

    assert ours.desk.tx.execute("SELECT count(*) FROM bookings").fetchone() == (1,)


def test_a_stored_act_cancels_no_booking_of_another_shop(
    ours: Scene, theirs: dict[str, Any], database: Database, owner: psycopg.Connection
) -> None:
    with pytest.raises(Refusal):
        tools.cancel_booking(ours.desk, {"booking_id": theirs["booking_id"]})


def test_a_stored_act_cancels_no_booking_of_another_customer(ours: Scene) -> None:
    tx = ours.desk.tx
    contact_id = factories.make_contact(tx, "Davi")
    booking_id: BookingId = factories.book_at(tx, ours.desk.shop, TEN + timedelta(hours=3), contact_id=contact_id)

    with pytest.raises(Refusal):
        tools.cancel_booking(ours.desk, {"booking_id": str(booking_id)})

    assert tx.execute("SELECT status FROM bookings WHERE id = %s", [booking_id]).fetchone() == ("confirmed",)


def test_the_owner_sees_the_day_of_the_shop(ours: Scene) -> None:
    assert list_appointments(ours.desk, DAY).splitlines() == [
        "quarta-feira 10/03: 1 appointments, total R$ 60,00",
        "- 10:00 | Rex | Banho | R$ 60,00 | confirmed",
    ]


def test_an_earlier_proposal_is_replaced_by_a_new_one(ours: Scene) -> None:
    tools.find_free_slots(ours.desk, "Banho", DAY, "any")
    tools.propose_booking(ours.desk, "Rex", "s1")
    tools.propose_booking(ours.desk, "Rex", "s2")

    states = ours.desk.tx.execute("SELECT state FROM pending_actions ORDER BY id").fetchall()
    assert states == [("replaced",), ("proposed",)]


@pytest.mark.parametrize(
    ("name", "breed"),
    [("Banho R$ 1,00", "SRD"), ("Thor", "golpe.com.br"), ("às 23:00", "SRD"), ("Rex | confirmed", "SRD")],
)
def test_a_name_or_breed_with_figures_or_signs_is_not_registered(ours: Scene, name: str, breed: str) -> None:
    with pytest.raises(Refusal, match="letters only"):
        CLIENT_AGENT.tools["register_pet"].run(ours.desk, name=name, species="dog", breed=breed, size="small")


@pytest.mark.parametrize(
    ("name", "breed"), [("D'Artagnan Jr.", "SRD (vira-lata)"), ("Zé-Colméia", "Shih Tzu/Maltês"), ("Bob", "")]
)
def test_names_and_breeds_as_people_write_them_are_registered(ours: Scene, name: str, breed: str) -> None:
    result = CLIENT_AGENT.tools["register_pet"].run(ours.desk, name=name, species="dog", breed=breed, size="small")

    assert name in result

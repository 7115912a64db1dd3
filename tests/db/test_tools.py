"""The agents' tools in a house with two shops: what a tool shows or does is of its own shop and its own customer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.tools import bookings as tools
from auzap.agent.tools import knowledge, stays, training, waiting
from auzap.agent.tools.naming import NoPetNamed, NoServiceNamed
from auzap.agent.turn import Progress
from auzap.aurora.agent import AURORA
from auzap.aurora.tools import list_appointments
from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import BookingId, TurnId
from tests import factories
from tests.factories_bookings import offer
from tests.factories_stays import make_room

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
DAY = NOW.date() + timedelta(days=2)
TEN = datetime.combine(DAY, time(10), ZONE)
LATER = DAY + timedelta(days=1)


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
    tx.execute("INSERT INTO products (name, price_cents, stock) VALUES (%s, 18990, 3)", [f"Ração {service}"])
    make_room(tx, f"Suíte de {service}")
    tx.execute(
        "INSERT INTO knowledge_entries (question, answer) VALUES ('Vocês atendem coelhos?', %s)",
        [f"Sim, no {service}."],
    )
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


def look(scene: Scene) -> None:
    """Free times of a day on which the pet has nothing yet."""
    tools.find_free_slots(scene.desk, "Banho", [], ["Rex"], LATER, "any")


THEIRS = ("Bidu", "Hospedagem", "Beatriz", "Bicho", "Mimi", "Carla")

FULL = DAY + timedelta(days=21)
WISH = {"service": "Banho", "addons": [], "pet": "Rex", "from_day": FULL, "until_day": FULL, "period": "morning"}


def fill(scene: Scene) -> None:
    """Another customer has the only hour of that day."""
    hour = datetime.combine(FULL, time(10), ZONE)
    for starts_at, ends_at in (
        (hour - timedelta(hours=9), hour),
        (hour + timedelta(hours=1), hour + timedelta(hours=12)),
    ):
        scene.desk.tx.execute("INSERT INTO blocked_times (starts_at, ends_at) VALUES (%s, %s)", [starts_at, ends_at])
    factories.book_at(scene.desk.tx, scene.desk.shop, hour)


def wait(scene: Scene) -> None:
    fill(scene)
    waiting.join_waitlist(scene.desk, **WISH)
    waiting.list_waitlist(scene.desk)


def offer_nails(scene: Scene) -> None:
    nails = offer(scene.desk.tx, "Corte de unhas", is_addon=True, duration=timedelta(minutes=15), price_cents=2500)
    scene.desk.tx.execute(
        "INSERT INTO service_addons (service_id, addon_id) VALUES (%s, %s)", [scene.ids["service_id"], nails.id]
    )


def repeat(scene: Scene) -> None:
    stored = {"booking_id": scene.ids["booking_id"], "every": 2, "unit": "week"}
    waiting.repeat_booking(scene.desk, stored)
    waiting.list_recurring(scene.desk)


HOTEL = {"kind": "hotel", "pet": "Rex", "from_day": DAY, "until_day": LATER}
ASSESSED = {
    "pet": "Rex",
    "routine": "passeia de manhã e à noite",
    "problems": ["puxa a guia"],
    "family": "casal com uma filha",
    "health_history": "saudável e castrado",
    "observation": "aprende rápido com petisco",
    "goals": ["andar ao lado"],
}


def look_for_a_stay(scene: Scene) -> None:
    stays.find_stay(scene.desk, **HOTEL)


def stay(scene: Scene) -> None:
    look_for_a_stay(scene)
    stays.reserve_stay(scene.desk, {"stays": [scene.desk.progress.handles["t1"]], "requests": ""})
    stays.list_stays(scene.desk)


def stay_with_extras(scene: Scene) -> None:
    stay(scene)
    stays.suggest_extras(scene.desk, "y1")


def assess(scene: Scene) -> None:
    training.start_training_assessment(scene.desk, **ASSESSED)


def search(scene: Scene) -> None:
    knowledge.search_knowledge(scene.desk, "Vocês atendem coelhos?")


# What must have happened before a tool can show anything.
BEFORE: dict[str, Callable[[Scene], None]] = {
    "join_waitlist": fill,
    "list_waitlist": wait,
    "leave_waitlist": wait,
    "propose_booking_extras": offer_nails,
    "list_recurring": repeat,
    "propose_series_end": repeat,
    "propose_stay": look_for_a_stay,
    "list_stays": stay,
    "propose_stay_cancellation": stay,
    "suggest_extras": stay,
    "propose_extra": stay_with_extras,
    "tell_stay_facts": stay,
    "propose_training_plan": assess,
    "list_training_plans": assess,
    "ask_the_team": search,
}

# Every tool, with arguments that it can do something with, and a word of ours that it must then show.
SHOWN: dict[str, tuple[dict[str, Any], str]] = {
    "list_services": ({"category": "any"}, "- Banho | 60 min | R$ 60,00"),
    "search_products": ({"words": "racao"}, "- Ração Banho | R$ 189,90 | available"),
    "find_free_slots": (
        {"service": "Banho", "addons": [], "pets": ["Rex"], "day": DAY, "period": "any"},
        "s9 | quarta-feira 10/03 | 08:00 | Banho | Rex",
    ),
    "propose_booking": (
        {"slot": "s1", "pets": ["Rex"], "notes": ""},
        "Ask: Rex, Banho, quinta-feira 11/03 08:00, R$ 60,00.",
    ),
    "list_bookings": ({}, "b2 | Rex | Banho | quarta-feira 10/03 10:00 | confirmed"),
    "propose_reschedule": (
        {"booking": "b1", "slot": "s1"},
        "mudar Banho de Rex, de quarta-feira 10/03 10:00 para quinta",
    ),
    "propose_booking_extras": (
        {"booking": "b1", "addons": ["Corte de unhas"]},
        "Ask: Corte de unhas junto com Banho de Rex, quarta-feira 10/03 10:00, mais R$ 25,00, total R$ 85,00.",
    ),
    "propose_cancellation": ({"booking": "b1", "reason": ""}, "cancelar Banho de Rex, quarta-feira 10/03 10:00"),
    "confirm_attendance": ({"booking": "b1"}, "Noted"),
    "join_waitlist": (WISH, "On the waitlist: Rex, Banho, quarta-feira 31/03, in the morning."),
    "list_waitlist": ({}, "w2 | Rex | Banho | quarta-feira 31/03 | in the morning | waiting"),
    "leave_waitlist": ({"entry": "w1"}, "off that waitlist"),
    "propose_recurring_booking": (
        {"booking": "b1", "every": 2, "unit": "week"},
        "Ask: Banho de Rex a cada 2 semanas, às 10:00, a partir de quarta-feira 10/03, R$ 60,00.",
    ),
    "list_recurring": ({}, "r2 | Rex | Banho | every 2 weeks | quarta-feira 10:00"),
    "propose_series_end": ({"series": "r1"}, "encerrar o horário fixo de Rex: Banho a cada 2 semanas"),
    "list_pets": ({}, "Rex"),
    "register_pet": (factories.pet_told(), "Registered: Thor"),
    "update_pet": ({"pet": "Rex", "field": "colour", "value": "caramelo"}, "Updated: Rex | colour | caramelo"),
    "pet_record": ({"pet": "Rex"}, "Rex | dog"),
    "report_vaccine": ({"pet": "Rex", "vaccine": "V10", "given_on": NOW.date()}, "Noted: Rex | V10"),
    "report_health_alert": (
        {"pet": "Rex", "kind": "urgent_health", "severity": "high", "description": "Está mancando"},
        "The team was alerted about Rex",
    ),
    "save_name": ({"name": "Ana Souza"}, "Saved: the customer is called Ana Souza"),
    "remember": ({"key": "preferred_period", "value": "manhã", "pet": ""}, "Remembered: preferred_period | morning"),
    "forget": ({"key": "preferred_period", "pet": "Rex"}, "Nothing was remembered as preferred_period"),
    "set_marketing_consent": ({"is_given": False}, "Saved: the customer wants no news"),
    "list_rooms": ({"kind": "hotel"}, "m1 | hotel (Suíte de Banho) | dog, cat | R$ 100,00 a day"),
    "find_stay": (
        HOTEL,
        "t1 | hotel (Suíte de Banho), de quarta-feira 10/03 a quinta-feira 11/03, 1 diária, R$ 100,00",
    ),
    "propose_stay": (
        {"stay_offers": ["t1"], "requests": ""},
        "Ask: Rex: hotel (Suíte de Banho), de quarta-feira 10/03",
    ),
    "list_stays": ({}, "y2 | Rex: hotel (Suíte de Banho), de quarta-feira 10/03 a quinta-feira 11/03"),
    "propose_stay_cancellation": ({"stay": "y1", "reason": ""}, "Ask: cancelar a reserva de Rex: hotel"),
    "suggest_extras": ({"stay": "y1"}, "e1 | Banho | R$ 60,00"),
    "propose_extra": ({"stay": "y1", "extra": "e1"}, "Ask: Banho na estadia de Rex, R$ 60,00."),
    "tell_stay_facts": (
        {"stay": "y1", "socialisation": "high", "anxiety": "low", "energy": "unknown", "restrictions": ""},
        "Noted for the team about Rex.",
    ),
    "find_training_days": ({"from_day": DAY}, "- quarta-feira 10/03 | room for 5"),
    "start_training_assessment": (ASSESSED, "p1 | Rex | the assessment is complete"),
    "propose_training_plan": (
        {"plan": "p1", "sessions_a_week": 1, "weeks": 4},
        "Ask: plano de adestramento de Rex: 1 sessão por semana durante 4 semanas",
    ),
    "list_training_plans": ({}, "p2 | Rex | the assessment is complete | assessing"),
    "search_knowledge": ({"question": "Atendem coelhos?"}, "Sim, no Banho."),
    "ask_the_team": ({"question": "Vocês atendem coelhos?"}, "The team was asked"),
    "hand_over": ({"reason": "quer falar com alguém"}, "A person will take over"),
    "answer": (
        {
            "text": "Oi!",
            "intent": "greeting",
            "confidence": 90,
            "urgency": "normal",
            "sentiment": "neutral",
            "choices": [],
        },
        "Oi!",
    ),
    "list_appointments": ({"day": DAY}, "Rex"),
    "shop_numbers": ({"period": "week"}, "appointments | 1 | R$ 60,00 | confirmed"),
    "list_waiting": ({}, "- Ana | since"),
    "list_leads": ({}, "- Ana | score 70 | hot"),
    "list_channel_health": ({}, "- Pet Feliz | connected"),
    "call_for_help": ({"problem": "O número não conecta.", "urgency": "high"}, "Reported to AuZap's team"),
}


def test_every_tool_has_its_case() -> None:
    assert SHOWN.keys() == CLIENT_AGENT.tools.keys() | AURORA.tools.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_a_tool_shows_its_own_shop_and_customer_and_nothing_else(ours: Scene, name: str) -> None:
    run = (CLIENT_AGENT.tools | AURORA.tools)[name].run
    arguments, shown = SHOWN[name]
    look(ours)
    tools.list_bookings(ours.desk)
    BEFORE.get(name, lambda _: None)(ours)

    result = run(ours.desk, **arguments)

    assert shown in result
    assert not any(word in result for word in THEIRS)


def test_free_times_are_not_taken_by_another_shops_appointments(ours: Scene) -> None:
    """Both shops have an appointment at ten, and one lane."""
    tools.cancel_booking(ours.desk, {"bookings": [ours.ids["booking_id"]], "reason": ""})

    tools.find_free_slots(ours.desk, "Banho", [], ["Rex"], DAY, "morning")

    assert TEN.isoformat() in {
        datetime.fromisoformat(slot["starts_at"]).astimezone(ZONE).isoformat()
        for slot in ours.desk.progress.handles.values()
    }


@pytest.mark.parametrize("name", ["Bidu", "Mimi", "rex bidu", "%"])
def test_a_pet_of_somebody_else_is_unknown(ours: Scene, name: str) -> None:
    look(ours)

    with pytest.raises(NoPetNamed):
        tools.propose_booking(ours.desk, "s1", [name], "")
    with pytest.raises(NoPetNamed):
        tools.find_free_slots(ours.desk, "Banho", [], [name], DAY, "any")


@pytest.mark.parametrize("service", ["Hospedagem", "hospeda"])
def test_a_service_of_another_shop_is_unknown_and_not_named(ours: Scene, service: str) -> None:
    with pytest.raises(NoServiceNamed, match="Banho") as refused:
        tools.find_free_slots(ours.desk, service, [], ["Rex"], DAY, "any")

    assert "It has: Banho." in str(refused.value)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("propose_booking", {"slot": "s9", "pets": [], "notes": ""}),
        ("propose_booking", {"slot": "b1", "pets": [], "notes": ""}),
        ("propose_reschedule", {"booking": "b1", "slot": "s9"}),
        ("propose_reschedule", {"booking": "s1", "slot": "s1"}),
        ("propose_cancellation", {"booking": "s1", "reason": ""}),
        ("confirm_attendance", {"booking": "b2"}),
    ],
)
def test_a_handle_that_was_not_given_is_unknown(ours: Scene, tool: str, arguments: dict[str, Any]) -> None:
    look(ours)
    tools.list_bookings(ours.desk)

    with pytest.raises(UnknownHandle):
        CLIENT_AGENT.tools[tool].run(ours.desk, **arguments)


@pytest.mark.parametrize("foreign", ["pet_id", "service_id"])
def test_a_stored_act_with_an_id_of_another_shop_books_nothing(
    ours: Scene, theirs: dict[str, Any], foreign: str
) -> None:
    ids = {**ours.ids, foreign: theirs[foreign]}
    noon = (TEN + timedelta(hours=2)).isoformat()
    arguments = {"service_id": ids["service_id"], "addon_ids": [], "pets": [[ids["pet_id"], noon]], "notes": ""}

    with pytest.raises(Refusal):
        tools.book_service(ours.desk, arguments)

    assert ours.desk.tx.execute("SELECT count(*) FROM bookings").fetchone() == (1,)


def test_a_stored_act_cancels_no_booking_of_another_shop(
    ours: Scene, theirs: dict[str, Any], database: Database, owner: psycopg.Connection
) -> None:
    with pytest.raises(Refusal):
        tools.cancel_booking(ours.desk, {"bookings": [theirs["booking_id"]], "reason": ""})
    with pytest.raises(Refusal):
        tools.reschedule_booking(ours.desk, {"bookings": [[theirs["booking_id"], TEN.isoformat()]]})


def test_a_stored_act_cancels_no_booking_of_another_customer(ours: Scene) -> None:
    tx = ours.desk.tx
    contact_id = factories.make_contact(tx, "Davi")
    booking_id: BookingId = factories.book_at(tx, ours.desk.shop, TEN + timedelta(hours=3), contact_id=contact_id)

    with pytest.raises(Refusal):
        tools.cancel_booking(ours.desk, {"bookings": [str(booking_id)], "reason": ""})
    with pytest.raises(Refusal):
        tools.reschedule_booking(ours.desk, {"bookings": [[str(booking_id), TEN.isoformat()]]})

    assert tx.execute("SELECT status FROM bookings WHERE id = %s", [booking_id]).fetchone() == ("confirmed",)


def test_the_owner_sees_the_day_of_the_shop(ours: Scene) -> None:
    assert list_appointments(ours.desk, DAY).splitlines() == [
        "quarta-feira 10/03: 1 appointments, total R$ 60,00",
        "- 10:00 | Rex | Banho | R$ 60,00 | confirmed",
    ]


def test_an_earlier_proposal_is_replaced_by_a_new_one(ours: Scene) -> None:
    look(ours)
    tools.propose_booking(ours.desk, "s1", ["Rex"], "")
    tools.propose_booking(ours.desk, "s2", ["Rex"], "")

    states = ours.desk.tx.execute("SELECT state FROM pending_actions ORDER BY id").fetchall()
    assert states == [("replaced",), ("proposed",)]


@pytest.mark.parametrize(
    ("name", "breed"),
    [("Banho R$ 1,00", "SRD"), ("Thor", "golpe.com.br"), ("às 23:00", "SRD"), ("Rex | confirmed", "SRD")],
)
def test_a_name_or_breed_with_figures_or_signs_is_not_registered(ours: Scene, name: str, breed: str) -> None:
    with pytest.raises(Refusal, match="letters only"):
        CLIENT_AGENT.tools["register_pet"].run(ours.desk, **factories.pet_told(name, breed=breed))


@pytest.mark.parametrize(
    ("name", "breed"), [("D'Artagnan Jr.", "SRD (vira-lata)"), ("Zé-Colméia", "Shih Tzu/Maltês"), ("Bob", "")]
)
def test_names_and_breeds_as_people_write_them_are_registered(ours: Scene, name: str, breed: str) -> None:
    result = CLIENT_AGENT.tools["register_pet"].run(ours.desk, **factories.pet_told(name, breed=breed))

    assert name in result

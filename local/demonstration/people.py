"""The shop's customers: their pets, the pets' health, what is remembered of them, and what was said before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from auzap.ids import new_id
from local.street.config import Customer, PastMessage


@dataclass(frozen=True)
class Vaccine:
    name: str
    # So many days ago; due again after a year.
    days_ago: int
    is_verified: bool = True
    kind: str = "vaccine"


@dataclass(frozen=True)
class Pet:
    name: str
    species: str
    breed: str
    size: str
    coat: str
    age_months: int
    temperament: str = ""
    allergies: str = ""
    handling: str = ""
    health: tuple[Vaccine, ...] = ()


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    bsuid: str
    pets: tuple[Pet, ...]
    said: tuple[tuple[str, str], ...] = ()
    # Key and value of what the agent remembers.
    memories: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    is_vip: bool | None = None
    wants_news: bool | None = None


IN_ORDER = (
    Vaccine("V10", 90),
    Vaccine("Antirrábica", 90),
    Vaccine("Gripe canina", 60),
    Vaccine("Vermífugo", 40, kind="deworming"),
)
OVERDUE = (Vaccine("V10", 430), Vaccine("Antirrábica", 430), Vaccine("Vermífugo", 300, kind="deworming"))
ONLY_SAID = (Vaccine("V10", 50, is_verified=False), Vaccine("Antirrábica", 50, is_verified=False))

PEOPLE = (
    Person(
        "Ana Souza",
        "+5511900000001",
        "BR.1100000000000001",
        (Pet("Thor", "dog", "Labrador", "large", "short", 48, "brincalhão e dócil", health=IN_ORDER),),
        (
            ("customer", "Oi! O Thor ficou lindo, obrigada 😍"),
            ("agent", "Que bom que gostou, Ana! O Thor é um amor. Até a próxima! 🐾"),
        ),
        memories=(("preferred_period", "manhã"), ("preferred_professional", "Paula")),
        tags=("banho mensal",),
        is_vip=True,
        wants_news=True,
    ),
    Person(
        "Bruno Lima",
        "+5511900000002",
        "BR.1100000000000002",
        (
            Pet("Mel", "dog", "Shih-tzu", "small", "long", 30, allergies="perfume", health=ONLY_SAID),
            Pet("Nina", "cat", "SRD", "small", "short", 60, "assustada com barulho", handling="secar sem secador"),
        ),
        (
            ("customer", "Vocês cortam unha de gato?"),
            ("agent", "Cortamos sim, Bruno! O corte de unhas leva uns 15 minutos e custa R$ 25,00."),
            ("customer", "Ótimo, depois eu marco"),
            ("agent", "Combinado! É só me chamar quando quiser. 🐱"),
        ),
        memories=(("price_sensitivity", "compara preços"),),
    ),
    Person(
        "Carla Mendes",
        "+5511900000003",
        "BR.1100000000000003",
        (Pet("Bob", "dog", "Beagle", "medium", "short", 84, "ansioso longe da dona", health=OVERDUE),),
    ),
    Person(
        "Diego Alves",
        "+5511900000004",
        "BR.1100000000000004",
        (
            Pet(
                "Zeus",
                "dog",
                "Rottweiler",
                "giant",
                "short",
                36,
                "desconfiado com estranhos",
                handling="usar focinheira na mesa",
                health=IN_ORDER,
            ),
        ),
        wants_news=False,
    ),
    Person(
        "Elisa Rocha",
        "+5511900000005",
        "BR.1100000000000005",
        (Pet("Pipoca", "dog", "Poodle", "small", "long", 96, "tranquila", health=IN_ORDER),),
    ),
    Person(
        "Fernando Dias",
        "+5511900000006",
        "BR.1100000000000006",
        (Pet("Amora", "dog", "Golden Retriever", "large", "long", 18, "cheia de energia"),),
    ),
)
# On the phone, but not yet known to the shop.
STRANGER = Customer(name="Gabi (cliente nova)", phone="+5511900000007", bsuid="BR.1100000000000007")


def make(connection: Connection[TupleRow], now: datetime, today: date) -> None:
    for index, person in enumerate(PEOPLE):
        contact_id = new_id()
        connection.execute(
            """
            INSERT INTO contacts (id, name, profile_name, phone, tags, is_vip) VALUES (%s, %s, %s, %s, %s, %s)
            """,
            [contact_id, person.name, person.name, person.phone, list(person.tags), person.is_vip],
        )
        for kind, value in (("wa_id", person.phone.removeprefix("+")), ("bsuid", person.bsuid)):
            connection.execute(
                "INSERT INTO contact_identities (channel, kind, value, contact_id) VALUES ('whatsapp', %s, %s, %s)",
                [kind, value, contact_id],
            )
        for pet in person.pets:
            _make_pet(connection, pet, contact_id, today)
        _make_remembered(connection, person, contact_id)
        if person.said:
            _make_conversation(connection, person, contact_id, begun=now - timedelta(days=2, hours=index))


def on_the_phone(connection: Connection[TupleRow], person: Person) -> Customer:
    said = connection.execute(
        """
        SELECT m.provider_id, m.provider_at, m.text, m.sender <> 'customer' FROM messages m
        WHERE m.provider_id LIKE %s ORDER BY m.provider_at
        """,
        [f"wamid.demonstration.{person.bsuid}.%"],
    ).fetchall()
    history = tuple(PastMessage(id=i, at=at, text=text, from_shop=from_shop) for i, at, text, from_shop in said)
    return Customer(name=person.name, phone=person.phone, bsuid=person.bsuid, history=history)


def _make_pet(connection: Connection[TupleRow], pet: Pet, contact_id: UUID, today: date) -> None:
    pet_id = new_id()
    connection.execute(
        """
        INSERT INTO pets (id, contact_id, name, species, breed, size, coat, birth_date, temperament, allergies, handling)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, nullif(%s, ''), nullif(%s, ''), nullif(%s, ''))
        """,
        [
            *(pet_id, contact_id, pet.name, pet.species, pet.breed, pet.size, pet.coat),
            *(today - timedelta(days=30 * pet.age_months), pet.temperament, pet.allergies, pet.handling),
        ],
    )
    for done in pet.health:
        done_on = today - timedelta(days=done.days_ago)
        connection.execute(
            """
            INSERT INTO health_events (pet_id, kind, name, done_on, due_on, is_verified, verified_by)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                *(
                    pet_id,
                    done.kind,
                    done.name,
                    done_on,
                    done_on + timedelta(days=365 if done.kind == "vaccine" else 180),
                ),
                *(done.is_verified, "Dra. Camila" if done.is_verified else None),
            ],
        )


def _make_remembered(connection: Connection[TupleRow], person: Person, contact_id: UUID) -> None:
    for key, value in person.memories:
        connection.execute(
            "INSERT INTO memories (contact_id, key, value, confidence, source) VALUES (%s, %s, %s, 80, 'said')",
            [contact_id, key, value],
        )
    if person.wants_news is not None:
        connection.execute(
            "INSERT INTO consents (contact_id, purpose, is_given, source) VALUES (%s, 'marketing', %s, 'said')",
            [contact_id, person.wants_news],
        )


def _make_conversation(connection: Connection[TupleRow], person: Person, contact_id: UUID, *, begun: datetime) -> None:
    conversation_id = new_id()
    last = begun + timedelta(minutes=len(person.said))
    connection.execute(
        """
        INSERT INTO conversations (id, contact_id, channel_account_id, reply_to, last_message_at, last_inbound_at, created_at)
        SELECT %s, %s, id, %s, %s, %s, %s FROM channel_accounts
        """,
        [conversation_id, contact_id, person.bsuid, last, last, begun],
    )
    for minute, (sender, text) in enumerate(person.said):
        message_id, provider_id = new_id(), f"wamid.demonstration.{person.bsuid}.{minute}"
        connection.execute(
            """
            INSERT INTO messages (id, conversation_id, sender, kind, text, provider_id, provider_at, delivery)
            VALUES (%s, %s, %s, 'text', %s, %s, %s, %s)
            """,
            [
                *(message_id, conversation_id, sender, text, provider_id, begun + timedelta(minutes=minute)),
                None if sender == "customer" else "read",
            ],
        )
        connection.execute(
            "INSERT INTO message_keys (channel_account_id, provider_id, message_id) SELECT id, %s, %s FROM channel_accounts",
            [provider_id, message_id],
        )

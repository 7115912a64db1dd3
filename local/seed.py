"""The demonstration shop: a believable one, with customers, their pets, a week of appointments and past talks."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from argon2 import PasswordHasher
from psycopg import Connection
from psycopg.errors import ExclusionViolation
from psycopg.rows import TupleRow

from auzap.channels import credentials
from auzap.ids import OrganizationId, new_id
from local.street.config import Account, Customer, PastMessage, Template

SLUG = "patas-e-cia"
ZONE = ZoneInfo("America/Sao_Paulo")
PASSWORD = "auzap-demonstracao"
OWNER_PHONE = "+5511900000000"
OWNER_NAME = "Helena (dona da loja)"
ACCOUNT = Account(
    phone_number_id="109876543210001",
    waba_id="209876543210001",
    display_phone="+55 11 93333-0001",
    shop_name="Patas & Cia",
    access_token="demonstration-token",
)
ABOUT = (
    "Pet shop de bairro na Vila Mariana, desde 2014. Banho e tosa com horário marcado, secagem sem gaiola, produtos "
    "hipoalergênicos. Estacionamento na porta. Não atendemos consultas veterinárias; em emergência, procure o pronto-socorro "
    "veterinário mais próximo."
)
ADDRESS = "Rua Domingos de Morais, 1200, Vila Mariana, São Paulo"
WEEKDAYS = (time(8), time(18))
SATURDAY = (time(9), time(14))

# Name, minutes and price in centavos, then minutes and price by size where they differ.
SERVICES: list[tuple[str, int, int, dict[str, tuple[int, int]]]] = [
    ("Banho", 60, 7000, {"small": (45, 5000), "medium": (60, 7000), "large": (90, 12000), "giant": (120, 15000)}),
    ("Tosa higiênica", 30, 5000, {"small": (30, 4000), "medium": (30, 5000), "large": (45, 7000), "giant": (60, 9000)}),
    (
        "Tosa completa",
        90,
        9000,
        {"small": (60, 7000), "medium": (90, 9000), "large": (120, 15000), "giant": (150, 19000)},
    ),
    (
        "Banho e tosa",
        120,
        11000,
        {"small": (90, 8000), "medium": (120, 11000), "large": (150, 18000), "giant": (180, 23000)},
    ),
    ("Hidratação", 30, 3500, {"small": (30, 2500), "medium": (30, 3500), "large": (45, 5000), "giant": (45, 6500)}),
    ("Corte de unhas", 15, 2500, {}),
    ("Escovação de dentes", 20, 2000, {}),
]


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    bsuid: str
    pets: tuple[tuple[str, str, str, str], ...]
    said: tuple[tuple[str, str], ...] = ()


PEOPLE = (
    Person(
        "Ana Souza",
        "+5511900000001",
        "BR.1100000000000001",
        (("Thor", "dog", "Labrador", "large"),),
        (
            ("customer", "Oi! O Thor ficou lindo, obrigada 😍"),
            ("agent", "Que bom que gostou, Ana! O Thor é um amor. Até a próxima! 🐾"),
        ),
    ),
    Person(
        "Bruno Lima",
        "+5511900000002",
        "BR.1100000000000002",
        (("Mel", "dog", "Shih-tzu", "small"), ("Nina", "cat", "SRD", "small")),
        (
            ("customer", "Vocês cortam unha de gato?"),
            ("agent", "Cortamos sim, Bruno! O corte de unhas leva uns 15 minutos e custa R$ 25,00."),
            ("customer", "Ótimo, depois eu marco"),
            ("agent", "Combinado! É só me chamar quando quiser. 🐱"),
        ),
    ),
    Person("Carla Mendes", "+5511900000003", "BR.1100000000000003", (("Bob", "dog", "Beagle", "medium"),)),
    Person("Diego Alves", "+5511900000004", "BR.1100000000000004", (("Zeus", "dog", "Rottweiler", "giant"),)),
    Person("Elisa Rocha", "+5511900000005", "BR.1100000000000005", (("Pipoca", "dog", "Poodle", "small"),)),
    Person("Fernando Dias", "+5511900000006", "BR.1100000000000006", (("Amora", "dog", "Golden Retriever", "large"),)),
)
# On the phone, but not yet known to the shop.
STRANGER = Customer(name="Gabi (cliente nova)", phone="+5511900000007", bsuid="BR.1100000000000007")


@dataclass(frozen=True)
class User:
    email: str
    password: str
    role: str


USERS = tuple(
    User(f"{name}@patasecia.example", PASSWORD, role)
    for name, role in (
        ("helena", "owner"),
        ("marcos", "manager"),
        ("julia", "staff"),
    )
)


@dataclass(frozen=True)
class SeededShop:
    organization_id: OrganizationId
    accounts: tuple[Account, ...]
    owner_phone: str
    owner_name: str
    customers: tuple[Customer, ...]
    templates: tuple[Template, ...]
    users: tuple[User, ...]


def seed(admin_dsn: str, kms: Any, master_key: str, *, now: datetime | None = None) -> SeededShop:
    """The shop as it should be found: made the first time, and later given the appointments of the week to come."""
    now = now or datetime.now(UTC)
    with psycopg.connect(admin_dsn) as connection:
        found = connection.execute("SELECT id FROM organizations WHERE slug = %s", [SLUG]).fetchone()
        organization_id = OrganizationId(found[0] if found else new_id())
        _as_tenant(connection, organization_id)
        if not found:
            _make_shop(connection, organization_id)
            _make_people(connection, now)
        _renew_credentials(connection, organization_id, kms, master_key)
        _book_week(connection, now)
        customers = tuple(_on_the_phone(connection, person) for person in PEOPLE)
    return SeededShop(
        organization_id=organization_id,
        accounts=(ACCOUNT,),
        owner_phone=OWNER_PHONE,
        owner_name=OWNER_NAME,
        customers=(*customers, STRANGER),
        templates=(),
        users=USERS,
    )


def _as_tenant(connection: Connection[TupleRow], organization_id: OrganizationId) -> None:
    connection.execute(
        "SELECT set_config('app.organization', %s, true), set_config('app.actor', 'demonstration', true)",
        [str(organization_id)],
    )


def _make_shop(connection: Connection[TupleRow], organization_id: OrganizationId) -> None:
    connection.execute(
        "INSERT INTO organizations (id, name, slug) VALUES (%s, 'Patas & Cia Pet Shop Ltda.', %s)",
        [organization_id, SLUG],
    )
    connection.execute(
        # Who tries it out waits for nothing.
        "INSERT INTO organization_settings (shop_name, about, address, human_delay) VALUES (%s, %s, %s, '0')",
        [ACCOUNT.shop_name, ABOUT, ADDRESS],
    )
    for user in USERS:
        made = connection.execute(
            "INSERT INTO users (email, name, password_hash) VALUES (%s, %s, %s) RETURNING id",
            [user.email, user.email.split("@")[0].capitalize(), PasswordHasher().hash(user.password)],
        ).fetchone()
        assert made
        connection.execute("INSERT INTO memberships (user_id, role) VALUES (%s, %s)", [made[0], user.role])
    connection.execute(
        "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)", [OWNER_PHONE]
    )
    connection.execute(
        """
        INSERT INTO channel_accounts (channel, external_id, business_id, phone, display_name)
        VALUES ('whatsapp', %s, %s, %s, %s)
        """,
        [ACCOUNT.phone_number_id, ACCOUNT.waba_id, f"+{ACCOUNT.digits}", ACCOUNT.shop_name],
    )
    for weekday in range(6):
        hours = SATURDAY if weekday == 5 else WEEKDAYS
        connection.execute("INSERT INTO opening_hours (weekday, opens, closes) VALUES (%s, %s, %s)", [weekday, *hours])
    for position, (name, minutes, cents, sizes) in enumerate(SERVICES):
        service_id = new_id()
        connection.execute(
            "INSERT INTO services (id, name, duration, price_cents, position) VALUES (%s, %s, %s, %s, %s)",
            [service_id, name, timedelta(minutes=minutes), cents, position],
        )
        for size, (size_minutes, size_cents) in sizes.items():
            connection.execute(
                "INSERT INTO service_prices (service_id, size, price_cents, duration) VALUES (%s, %s, %s, %s)",
                [service_id, size, size_cents, timedelta(minutes=size_minutes)],
            )


def _make_people(connection: Connection[TupleRow], now: datetime) -> None:
    for index, person in enumerate(PEOPLE):
        contact_id = new_id()
        connection.execute(
            "INSERT INTO contacts (id, name, profile_name, phone) VALUES (%s, %s, %s, %s)",
            [contact_id, person.name, person.name, person.phone],
        )
        for kind, value in (("wa_id", person.phone.removeprefix("+")), ("bsuid", person.bsuid)):
            connection.execute(
                "INSERT INTO contact_identities (channel, kind, value, contact_id) VALUES ('whatsapp', %s, %s, %s)",
                [kind, value, contact_id],
            )
        for name, species, breed, size in person.pets:
            connection.execute(
                "INSERT INTO pets (contact_id, name, species, breed, size) VALUES (%s, %s, %s, %s, %s)",
                [contact_id, name, species, breed, size],
            )
        if person.said:
            _make_conversation(connection, person, contact_id, begun=now - timedelta(days=2, hours=index))


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
                message_id,
                conversation_id,
                sender,
                text,
                provider_id,
                begun + timedelta(minutes=minute),
                None if sender == "customer" else "read",
            ],
        )
        connection.execute(
            "INSERT INTO message_keys (channel_account_id, provider_id, message_id) SELECT id, %s, %s FROM channel_accounts",
            [provider_id, message_id],
        )


def _renew_credentials(
    connection: Connection[TupleRow], organization_id: OrganizationId, kms: Any, master_key: str
) -> None:
    """Sealed anew at each start: the emulator's master key may be another one than last time."""
    answer = kms.generate_data_key(
        KeyId=master_key, KeySpec="AES_256", EncryptionContext={"organization_id": str(organization_id)}
    )
    connection.execute(
        """
        INSERT INTO organization_keys (wrapped_key) VALUES (%(key)s)
        ON CONFLICT (organization_id) DO UPDATE SET wrapped_key = excluded.wrapped_key
        """,
        {"key": answer["CiphertextBlob"]},
    )
    connection.execute(
        "UPDATE channel_accounts SET credentials = %s WHERE organization_id = %s",
        [credentials.sealed(answer["Plaintext"], organization_id, ACCOUNT.access_token), organization_id],
    )


def _book_week(connection: Connection[TupleRow], now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    for day in (today + timedelta(days=offset) for offset in range(-2, 6)):
        start = datetime.combine(day, time(), ZONE)
        full = connection.execute(
            "SELECT 1 FROM bookings WHERE starts_at >= %s AND starts_at < %s LIMIT 1",
            [start, start + timedelta(days=1)],
        ).fetchone()
        if not full and day.weekday() < 6:
            _book_day(connection, day, now)


def _book_day(connection: Connection[TupleRow], day: date, now: datetime) -> None:
    # The same day gets the same appointments, wherever and whenever the demonstration is made.
    chance = random.Random(day.toordinal())
    pets: Sequence[Any] = connection.execute("SELECT contact_id, id, size FROM pets ORDER BY name").fetchall()
    services: Sequence[Any] = connection.execute(
        """
        SELECT s.id, p.size, coalesce(p.duration, s.duration), coalesce(p.price_cents, s.price_cents)
        FROM services s LEFT JOIN service_prices p ON p.service_id = s.id ORDER BY s.position, p.size
        """
    ).fetchall()
    opens, closes = SATURDAY if day.weekday() == 5 else WEEKDAYS
    for hour in chance.sample(range(opens.hour, closes.hour - 2), k=3 if day.weekday() == 5 else 5):
        contact_id, pet_id, size = chance.choice(pets)
        fitting = [service for service in services if service[1] in (None, size)]
        service_id, _, duration, cents = chance.choice(fitting)
        starts_at = datetime.combine(day, time(hour), ZONE)
        ends_at = starts_at + duration
        with suppress(ExclusionViolation), connection.transaction():
            connection.execute(
                """
                WITH made AS (
                  INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source)
                  VALUES (%s, %s, %s, %s, %s, %s, %s, 'demonstration') RETURNING id, starts_at, ends_at
                )
                INSERT INTO booking_places (booking_id, number, starts_at, ends_at)
                SELECT id, %s, starts_at, ends_at FROM made
                """,
                [
                    contact_id,
                    pet_id,
                    service_id,
                    starts_at,
                    ends_at,
                    cents,
                    "completed" if ends_at < now else "confirmed",
                    1 + hour % 2,
                ],
            )


def _on_the_phone(connection: Connection[TupleRow], person: Person) -> Customer:
    said = connection.execute(
        """
        SELECT m.provider_id, m.provider_at, m.text, m.sender <> 'customer' FROM messages m
        WHERE m.provider_id LIKE %s ORDER BY m.provider_at
        """,
        [f"wamid.demonstration.{person.bsuid}.%"],
    ).fetchall()
    history = tuple(PastMessage(id=i, at=at, text=text, from_shop=from_shop) for i, at, text, from_shop in said)
    return Customer(name=person.name, phone=person.phone, bsuid=person.bsuid, history=history)

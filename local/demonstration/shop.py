"""The shop itself: its names, its people, its number and its hours."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from psycopg import Connection
from psycopg.rows import TupleRow

from auzap.channels import credentials
from auzap.channels.whatsapp import templates
from auzap.ids import OrganizationId
from local import holidays
from local.street.config import Account, Template

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
# Nobody's: for whoever registers a shop of their own and connects a number to it.
SPARE = Account(
    phone_number_id="109876543210002",
    waba_id="209876543210002",
    display_phone="+55 11 93333-0002",
    shop_name="Minha Loja",
    access_token="token-of-the-spare-number",
)
ABOUT = (
    "Pet shop de bairro na Vila Mariana, desde 2014. Banho e tosa com horário marcado, consultas veterinárias, hotel, "
    "creche e adestramento. Secagem sem gaiola, produtos hipoalergênicos, estacionamento na porta."
)
ADDRESS = "Rua Domingos de Morais, 1200, Vila Mariana, São Paulo"
EMERGENCY = "Hospital Veterinário Santa Cruz, Av. Santa Cruz, 2395, aberto 24 horas"
INSTRUCTIONS = "Trate o pet pelo nome. Para hotel e creche, lembre que as vacinas precisam estar em dia."
WEEKDAYS = (time(8), time(18))
SATURDAY = (time(9), time(14))
# On the day before, and until noon: the shop is not closed all of it.
SHORT_DAYS = (((12, 24), "Véspera de Natal"), ((12, 31), "Véspera de Ano Novo"))
SHORT_HOURS = (time(9), time(13))
# Whoever has been silent for a day is asked by it to write, and so is the owner who has never written.
REOPENING = Template(
    name=templates.REOPENING,
    body="Oi, {{1}}! Aqui é da {{2}}. Temos uma mensagem para você.",
    buttons=("Ver a mensagem",),
)


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


def make(connection: Connection[TupleRow], organization_id: OrganizationId) -> None:
    connection.execute(
        "INSERT INTO organizations (id, name, slug, plan) VALUES (%s, 'Patas & Cia Pet Shop Ltda.', %s, 'pro')",
        [organization_id, SLUG],
    )
    connection.execute(
        # Who tries it out waits for nothing.
        """
        INSERT INTO organization_settings (shop_name, about, address, instructions, emergency_contact, human_delay)
        VALUES (%s, %s, %s, %s, %s, '0')
        """,
        [ACCOUNT.shop_name, ABOUT, ADDRESS, INSTRUCTIONS, EMERGENCY],
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
    connection.execute(
        """
        INSERT INTO message_templates (business_id, name, language, purpose, category, status, body, parameters, buttons)
        VALUES (%s, %s, %s, 'reopen', %s, 'approved', %s, '{1,2}', %s::jsonb)
        """,
        [ACCOUNT.waba_id, REOPENING.name, REOPENING.language, REOPENING.category, REOPENING.body, '["Ver a mensagem"]'],
    )
    for weekday in range(6):
        hours = SATURDAY if weekday == 5 else WEEKDAYS
        connection.execute("INSERT INTO opening_hours (weekday, opens, closes) VALUES (%s, %s, %s)", [weekday, *hours])


def renew_special_days(connection: Connection[TupleRow], today: date) -> None:
    """The holidays of the year to come, closed; the days before the feasts, open in the morning."""
    closed = [(day, label, None, None) for day, label in holidays.following(today)]
    short = [
        (date(year, month, day), label, *SHORT_HOURS)
        for year in (today.year, today.year + 1)
        for (month, day), label in SHORT_DAYS
    ]
    for row in (*closed, *(row for row in short if row[0] >= today and row[0].weekday() < 6)):
        connection.execute(
            "INSERT INTO special_days (day, label, opens, closes) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", row
        )


def renew_credentials(
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


def hours_of(weekday: int) -> tuple[time, time]:
    return SATURDAY if weekday == 5 else WEEKDAYS

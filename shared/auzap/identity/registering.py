"""A new shop and its owner, in one transaction, with what every shop begins with."""

import secrets
from dataclasses import dataclass
from datetime import time

import psycopg
from psycopg.types.json import Jsonb

from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.identity import passwords
from auzap.ids import OrganizationId, UserId
from auzap.text import folded

BEGIN = "SELECT 1, organization_id, user_id FROM app.register_organization(%s, %s, %s, %s, %s, %s)"
WEEKDAYS, SATURDAY = (time(8), time(18)), (time(9), time(13))


class EmailTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("email_taken")


@dataclass(frozen=True, slots=True)
class Registered:
    organization_id: OrganizationId
    user_id: UserId


def register(
    database: Database, *, shop_name: str, name: str, email: str, password: str, locale: str = "pt-BR"
) -> Registered:
    passwords.check(password, about=(email.partition("@")[0], shop_name))
    given = [shop_name, slug(shop_name), email.lower(), name, passwords.hashed(password), locale]
    try:
        with database.transaction_begun(BEGIN, given) as (tx, (user_id,)):
            for weekday in range(6):
                opens, closes = SATURDAY if weekday == 5 else WEEKDAYS
                tx.execute(
                    "INSERT INTO opening_hours (weekday, opens, closes) VALUES (%s, %s, %s)", [weekday, opens, closes]
                )
            tx.execute(
                "INSERT INTO mails (kind, address, locale, content) VALUES ('welcome', %s, %s, %s)",
                [email.lower(), locale, Jsonb({"name": name, "shop": shop_name})],
            )
            return Registered(tx.organization_id, UserId(user_id))
    except psycopg.errors.UniqueViolation as taken:
        if taken.diag.constraint_name == "users_email_key":
            raise EmailTaken from taken
        raise


def slug(shop_name: str) -> str:
    """Read by people, told apart by its end."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in folded(shop_name)).split()
    return "-".join([*words, secrets.token_hex(3)])[-60:].lstrip("-")

"""The demonstration shop, made the first time it is looked for and brought up to date each time after."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from auzap.ids import OrganizationId, new_id
from local.demonstration import agenda, catalogue, knowledge, people, shop, stays
from local.demonstration.shop import User
from local.street.config import Account, Customer, Template


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
    """The shop as it should be found: made the first time, and later given what the days to come need."""
    now = now or datetime.now(UTC)
    today = now.astimezone(shop.ZONE).date()
    with psycopg.connect(admin_dsn) as connection:
        found = connection.execute("SELECT id FROM organizations WHERE slug = %s", [shop.SLUG]).fetchone()
        organization_id = OrganizationId(found[0] if found else new_id())
        _as_tenant(connection, organization_id)
        if not found:
            shop.make(connection, organization_id)
            catalogue.make(connection)
            people.make(connection, now, today)
            knowledge.make(connection)
            stays.make(connection, today)
            agenda.make_somebody_wait(connection, today)
        shop.renew_credentials(connection, organization_id, kms, master_key)
        shop.renew_special_days(connection, today)
        agenda.renew(connection, now)
        stays.renew(connection, today)
        customers = tuple(people.on_the_phone(connection, person) for person in people.PEOPLE)
    return SeededShop(
        organization_id=organization_id,
        accounts=(shop.ACCOUNT,),
        owner_phone=shop.OWNER_PHONE,
        owner_name=shop.OWNER_NAME,
        customers=(*customers, people.STRANGER),
        templates=(shop.REOPENING,),
        users=shop.USERS,
    )


def _as_tenant(connection: Connection[TupleRow], organization_id: OrganizationId) -> None:
    connection.execute(
        "SELECT set_config('app.organization', %s, true), set_config('app.actor', 'demonstration', true)",
        [str(organization_id)],
    )

"""What tests need in a database: shops, customers, what they say."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import psycopg

from auzap.bookings import booking
from auzap.bookings.wanted import wanted
from auzap.catalog import services
from auzap.catalog.services import Service
from auzap.channels.whatsapp import inbound
from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import recording
from auzap.conversations.recording import Recorded
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.db.connection import Database, Tx
from auzap.ids import AccountId, BookingId, ContactId, ConversationId, OrganizationId, ServiceId, UserId, new_id
from auzap.organizations.shop import Opening, Shop, find_shop

ALL_WEEK = tuple(Opening(weekday, time(8), time(18)) for weekday in range(7))

# The moves that bring every conversation of a shop, from the agent, to a state.
HAND_OVER = "UPDATE conversations SET state = 'waiting_human', handoff_at = app.now() WHERE state = 'ai'"
TAKE = f"{HAND_OVER}; UPDATE conversations SET state = 'human' WHERE state = 'waiting_human'"
CLOSE = f"{TAKE}; UPDATE conversations SET state = 'closed' WHERE state = 'human'"
MOVES = {"waiting_human": HAND_OVER, "human": TAKE, "closed": CLOSE}

numbers = itertools.count(1)


@dataclass(frozen=True)
class Account:
    """A WhatsApp number of a shop."""

    id: AccountId
    external_id: str


@dataclass(frozen=True)
class PetShop:
    """A shop as its customers reach it: what it is, and the number they write to."""

    organization_id: OrganizationId
    account: Account


def make_organization(
    owner: psycopg.Connection, *, status: str = "active", shop_name: str = "Pet Feliz"
) -> OrganizationId:
    organization_id = OrganizationId(new_id())
    with owner.transaction():
        owner.execute(
            "INSERT INTO organizations (id, name, slug) VALUES (%s, %s, %s)",
            [organization_id, shop_name, f"shop-{organization_id}"],
        )
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [organization_id])
        owner.execute("INSERT INTO organization_settings (shop_name, human_delay) VALUES (%s, '0')", [shop_name])
        owner.execute("UPDATE organizations SET status = %s WHERE id = %s", [status, organization_id])
    return organization_id


def make_member(
    owner: psycopg.Connection, organization_id: OrganizationId, name: str = "Bia", *, most_conversations: int = 10
) -> UserId:
    """Somebody of the team."""
    user_id = UserId(new_id())
    with owner.transaction():
        owner.execute(
            "INSERT INTO users (id, email, name, password_hash) VALUES (%s, %s, %s, 'none')",
            [user_id, f"{user_id}@example.com", name],
        )
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [organization_id])
        owner.execute(
            "INSERT INTO memberships (user_id, role, most_conversations) VALUES (%s, 'staff', %s)",
            [user_id, most_conversations],
        )
    return user_id


def make_shop(
    tx: Tx,
    *,
    time_zone: str = "America/Sao_Paulo",
    parallel_bookings: int = 2,
    minimum_notice: timedelta = timedelta(hours=2),
    booking_horizon: timedelta = timedelta(days=90),
    slot_grid: timedelta = timedelta(minutes=30),
    human_delay: timedelta = timedelta(0),
    openings: tuple[Opening, ...] = ALL_WEEK,
) -> Shop:
    """The shop of this transaction, with these rules and hours."""
    tx.execute(
        """
        UPDATE organization_settings SET time_zone = %(zone)s, parallel_bookings = %(parallel)s, minimum_notice = %(notice)s,
          booking_horizon = %(horizon)s, slot_grid = %(grid)s, human_delay = %(delay)s
        """,
        {
            "zone": time_zone,
            "parallel": parallel_bookings,
            "notice": minimum_notice,
            "horizon": booking_horizon,
            "grid": slot_grid,
            "delay": human_delay,
        },
    )
    open_at(tx, openings)
    return find_shop(tx)


def open_at(tx: Tx, openings: tuple[Opening, ...]) -> None:
    tx.execute("DELETE FROM opening_hours")
    for hours in openings:
        tx.execute(
            "INSERT INTO opening_hours (weekday, opens, closes) VALUES (%s, %s, %s)",
            [hours.weekday, hours.opens, hours.closes],
        )


def open_all_week(tx: Tx) -> None:
    open_at(tx, ALL_WEEK)


def make_account(tx: Tx) -> Account:
    external_id = f"{next(numbers):04d}{uuid4().int % 10**12:012d}"
    row = tx.execute(
        """
        INSERT INTO channel_accounts (channel, external_id, business_id, display_name)
        VALUES ('whatsapp', %(external)s, %(external)s, 'Pet Feliz') RETURNING id
        """,
        {"external": external_id},
    ).fetchone()
    assert row
    return Account(AccountId(row[0]), external_id)


def make_pet_shop(owner: psycopg.Connection, database: Database, **rules: Any) -> PetShop:
    """A committed shop, open all week, with a number."""
    organization_id = make_organization(owner)
    with database.transaction(organization_id, "test") as tx:
        make_shop(tx, **rules)
        return PetShop(organization_id, make_account(tx))


def make_contact(tx: Tx, name: str = "Ana", *, phone: str | None = None) -> ContactId:
    row = tx.execute("INSERT INTO contacts (name, phone) VALUES (%s, %s) RETURNING id", [name, phone]).fetchone()
    assert row
    return ContactId(row[0])


def make_pet(tx: Tx, contact_id: ContactId, name: str = "Rex", *, species: str = "dog", size: str = "small") -> Pet:
    return pets.register(tx, contact_id, name=name, species=species, breed="SRD", size=size)


def pet_told(name: str = "Thor", *, species: str = "dog", breed: str = "SRD", size: str = "small") -> dict[str, Any]:
    """What a model tells register_pet of a pet, where the customer has told the usual."""
    told = {"name": name, "species": species, "breed": breed, "size": size}
    return told | {"coat": "unknown", "age_months": None, "temperament": ""}


def make_service(
    tx: Tx, name: str = "Banho", *, duration: timedelta = timedelta(hours=1), price_cents: int = 6000
) -> Service:
    row = tx.execute(
        "INSERT INTO services (name, duration, price_cents) VALUES (%s, %s, %s) RETURNING id",
        [name, duration, price_cents],
    ).fetchone()
    assert row
    return next(service for service in services.services(tx) if service.id == ServiceId(row[0]))


def make_conversation(tx: Tx, account: Account, contact_id: ContactId, *, state: str = "ai") -> ConversationId:
    row = tx.execute(
        """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to, state, closed_at)
        VALUES (%(contact)s, %(account)s, '5511900000000', %(state)s, CASE WHEN %(state)s = 'closed' THEN app.now() END)
        RETURNING id
        """,
        {"contact": contact_id, "account": account.id, "state": state},
    ).fetchone()
    assert row
    return ConversationId(row[0])


def book_at(
    tx: Tx,
    shop: Shop,
    starts_at: datetime,
    *,
    pet: Pet | None = None,
    contact_id: ContactId | None = None,
    service: Service | None = None,
    now: datetime | None = None,
) -> BookingId:
    """A booking made well ahead of its time, of a pet of its own where none is named."""
    owner_id = contact_id or make_contact(tx)
    asked = wanted(service or make_service(tx, f"Banho {next(numbers)}"), pet or make_pet(tx, owner_id))
    (booking_id,) = booking.book(
        tx,
        shop,
        contact_id=owner_id,
        asked=[asked],
        starts=[starts_at],
        now=now or starts_at - timedelta(days=7),
        source="staff",
    )
    return booking_id


def new_wa_id() -> str:
    """A Brazilian mobile nobody has, with its ninth digit."""
    return f"551199{uuid4().int % 10**7:07d}"


def new_bsuid() -> str:
    return f"BR.{uuid4().int % 10**16:016d}"


def new_wamid() -> str:
    return f"wamid.{uuid4().hex}"


def message(
    shop: PetShop,
    text: str = "Oi, quanto custa o banho?",
    *,
    wa_id: str | None = None,
    bsuid: str | None = None,
    lid: str | None = None,
    name: str | None = None,
    username: str | None = None,
    wamid: str | None = None,
    at: datetime | None = None,
    kind: str = "text",
    content: dict[str, Any] | None = None,
    echo: bool = False,
    envelope: str | None = None,
    **more: Any,
) -> InboundMessage:
    """A message as the webhook hands it on: of a customer, or (an echo) of the shop's own phone to one."""
    given = {"bsuid": bsuid, "wa_id": wa_id, "lid": lid}
    identities = {known: value for known, value in given.items() if value} or {"wa_id": new_wa_id()}
    names = {"profile_name": name, "username": username}
    person = identities | {known: value for known, value in names.items() if value}
    sent_at = at or datetime.now(UTC)
    element = {
        "id": wamid or new_wamid(),
        "timestamp": str(int(sent_at.timestamp())),
        "type": kind,
        kind: content if content is not None else {"body": text},
        **more,
    }
    return inbound.read(
        {
            "account": shop.account.external_id,
            "kind": envelope or ("echo" if echo else "message"),
            "received_at": int(sent_at.timestamp() * 1000),
            "person": person,
            "element": element,
        }
    )


def say(database: Database, shop: PetShop, text: str = "Oi, quanto custa o banho?", **said: Any) -> Recorded:
    """A customer writes, and it is recorded."""
    return recording.record(database, message(shop, text, **said))

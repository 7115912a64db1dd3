"""Whom a message is from: one contact a person, each shop its own, a lead once a month."""

from datetime import timedelta

import psycopg
import pytest

from auzap.conversations.recording import UnknownAccount
from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from tests import factories
from tests.db.committed import read, write
from tests.db.recorded import count, leads, one
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock

DAY = timedelta(days=1)


# Who is who


@pytest.mark.parametrize(
    ("first", "second"), [("5511987654321", "551187654321"), ("551187654321", "5511987654321")], ids=["lost", "gained"]
)
def test_the_ninth_digit_makes_no_new_customer(database: Database, shop: PetShop, first: str, second: str) -> None:
    earlier = say(database, shop, wa_id=first)
    later = say(database, shop, wa_id=second)

    assert later.conversation_id == earlier.conversation_id
    assert count(database, shop, "contacts") == 1
    # The answer goes back to whoever wrote.
    assert one(database, shop, "SELECT reply_to FROM conversations") == (second,)


def test_landlines_that_differ_by_a_digit_are_two_customers(database: Database, shop: PetShop) -> None:
    say(database, shop, wa_id="551130001234")
    say(database, shop, wa_id="5511930001234")

    assert count(database, shop, "contacts") == 2


def test_every_identity_of_a_person_leads_to_one_contact(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), "BR.1234567890"
    by_number = say(database, shop, wa_id=wa_id)
    by_both = say(database, shop, wa_id=wa_id, bsuid=bsuid)
    by_name = say(database, shop, bsuid=bsuid)

    assert by_number.conversation_id == by_both.conversation_id == by_name.conversation_id
    assert sorted(read(database, shop, "SELECT kind, value FROM contact_identities")) == [
        ("bsuid", bsuid),
        ("wa_id", wa_id),
    ]
    assert count(database, shop, "contacts") == 1


def test_a_customer_the_shop_knew_by_phone_is_recognised(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    write(database, shop, "INSERT INTO contacts (name, phone) VALUES ('Ana', %s)", f"+{wa_id}")

    say(database, shop, wa_id=wa_id)

    assert one(database, shop, "SELECT name FROM contacts") == ("Ana",)


def test_a_customer_the_shop_knew_by_phone_is_recognised_without_the_ninth_digit(
    database: Database, shop: PetShop
) -> None:
    write(database, shop, "INSERT INTO contacts (name, phone) VALUES ('Ana', '+5531987654321')")

    say(database, shop, wa_id="553187654321")

    assert one(database, shop, "SELECT name FROM contacts") == ("Ana",)


def test_the_same_customer_and_message_in_two_shops_are_kept_apart(
    owner: psycopg.Connection, database: Database, shop: PetShop
) -> None:
    other = factories.make_pet_shop(owner, database)
    wa_id, wamid = new_wa_id(), new_wamid()

    here = say(database, shop, "Quero banho", wa_id=wa_id, wamid=wamid, name="Ana")
    there = say(database, other, "Quero tosa", wa_id=wa_id, wamid=wamid, name="Aninha")

    assert here.is_new
    assert there.is_new
    assert here.conversation_id != there.conversation_id
    for place, text, name in ((shop, "Quero banho", "Ana"), (other, "Quero tosa", "Aninha")):
        assert one(database, place, "SELECT text FROM messages") == (text,)
        assert one(database, place, "SELECT profile_name FROM contacts") == (name,)


def test_a_message_to_no_shop_of_ours_is_refused(owner: psycopg.Connection, database: Database) -> None:
    shop = factories.make_pet_shop(owner, database)
    write(database, shop, "UPDATE channel_accounts SET status = 'disconnected'")

    with pytest.raises(UnknownAccount):
        say(database, shop)


def test_a_closing_shop_records_nothing_even_where_its_account_was_known(
    owner: psycopg.Connection, database: Database, shop: PetShop
) -> None:
    say(database, shop)
    owner.execute("UPDATE organizations SET status = 'closing' WHERE id = %s", [shop.organization_id])

    with pytest.raises(OrganizationUnavailable):
        say(database, shop)

    owner.execute("UPDATE organizations SET status = 'active' WHERE id = %s", [shop.organization_id])
    assert count(database, shop, "messages") == 1


# Leads


def test_a_customer_is_one_lead_a_month(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    for _ in range(3):
        say(database, shop, wa_id=wa_id)
    say(database, shop)
    assert leads(database, shop) == [2]

    clock.move(31 * DAY)
    for _ in range(2):
        say(database, shop, wa_id=wa_id, at=clock.now())

    assert leads(database, shop) == [2, 1]


def test_the_month_of_a_lead_is_the_shops(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    """At eleven in the evening of the last day in São Paulo it is already another month in Greenwich."""
    shop = factories.make_pet_shop(owner, database)
    now = clock.now()
    next_month = (now.replace(day=1) + 32 * DAY).replace(day=1, hour=2, minute=0, second=0, microsecond=0)
    clock.move(next_month - now)

    say(database, shop, at=clock.now())

    (day,) = one(database, shop, "SELECT day FROM usage_counters WHERE metric = 'leads'")
    assert (day.year, day.month, day.day) == (now.year, now.month, 1)


@pytest.mark.parametrize(
    ("listed", "wa_id"),
    [("+5511987654321", "5511987654321"), ("+5531987654321", "553187654321")],
    ids=["as listed", "ninth lost"],
)
def test_the_owner_is_no_lead(database: Database, shop: PetShop, listed: str, wa_id: str) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Dona Rosa')", listed)

    say(database, shop, wa_id=wa_id)

    assert leads(database, shop) == []


def test_a_number_that_is_no_longer_authorized_is_a_lead(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    write(
        database,
        shop,
        "INSERT INTO authorized_owner_numbers (phone, name, is_active) VALUES (%s, 'Ex', false)",
        f"+{wa_id}",
    )

    say(database, shop, wa_id=wa_id)

    assert leads(database, shop) == [1]

"""Whom a message is from: one contact a person, each shop its own, a lead once a month."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from auzap.conversations.recording import UnknownAccount
from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from tests import factories
from tests.db.committed import read, write
from tests.db.recorded import answered, at_once, close, count, leads, one
from tests.factories import PetShop, new_bsuid, new_wa_id, new_wamid, say
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


def test_a_hidden_number_is_an_identity_like_any_other(database: Database, shop: PetShop) -> None:
    lid, bsuid = "198273645@lid", new_bsuid()
    by_lid = say(database, shop, lid=lid)
    assert one(database, shop, "SELECT reply_to FROM conversations") == (lid,)

    by_both = say(database, shop, lid=lid, bsuid=bsuid)

    assert by_both.conversation_id == by_lid.conversation_id
    assert one(database, shop, "SELECT reply_to FROM conversations") == (bsuid,)
    assert count(database, shop, "contacts") == 1


def test_name_and_username_of_the_profile_are_kept_up_to_date(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id, name="Ana", username="ana.banho")
    say(database, shop, wa_id=wa_id)
    assert one(database, shop, "SELECT profile_name, username FROM contacts") == ("Ana", "ana.banho")

    say(database, shop, wa_id=wa_id, name="Ana Souza", username="ana")

    assert one(database, shop, "SELECT profile_name, username FROM contacts") == ("Ana Souza", "ana")


def test_who_shows_a_number_for_the_first_time_has_one_from_then_on(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), new_bsuid()
    say(database, shop, bsuid=bsuid)
    assert one(database, shop, "SELECT phone FROM contacts") == (None,)

    say(database, shop, bsuid=bsuid, wa_id=wa_id)

    assert one(database, shop, "SELECT phone FROM contacts") == (f"+{wa_id}",)


def test_a_new_bsuid_behind_a_known_number_is_the_same_person(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id, bsuid=new_bsuid())
    again = say(database, shop, wa_id=wa_id, bsuid=new_bsuid())

    assert again.conversation_id == first.conversation_id
    assert count(database, shop, "contact_identities") == 3


def test_two_who_are_each_the_half_of_one_are_one_from_the_message_that_says_so(
    database: Database, shop: PetShop
) -> None:
    wa_id, bsuid = new_wa_id(), new_bsuid()
    by_number = say(database, shop, "Oi, sou a Ana", wa_id=wa_id)
    by_name = say(database, shop, "Oi, sou eu de novo", bsuid=bsuid)
    assert by_number.conversation_id != by_name.conversation_id

    by_both = say(database, shop, "Era eu nas duas", wa_id=wa_id, bsuid=bsuid)

    assert by_both.conversation_id == by_number.conversation_id
    assert by_both.answer_in is not None
    assert one(database, shop, "SELECT phone FROM contacts") == (f"+{wa_id}",)
    assert one(database, shop, "SELECT reason FROM contact_merges") == ("same_person",)
    open_ones = read(database, shop, "SELECT id, unread_count, reply_to FROM conversations WHERE state <> 'closed'")
    assert open_ones == [(by_number.conversation_id, 3, bsuid)]
    assert one(database, shop, "SELECT count(DISTINCT conversation_id), count(*) FROM messages") == (1, 3)


def test_the_ninth_digit_joins_whoever_hid_the_number_with_whoever_showed_it(database: Database, shop: PetShop) -> None:
    bsuid = new_bsuid()
    say(database, shop, wa_id="5511987654321")
    say(database, shop, bsuid=bsuid)

    say(database, shop, bsuid=bsuid, wa_id="551187654321")

    assert count(database, shop, "contacts") == 1


def test_three_halves_of_one_person_become_one(database: Database, shop: PetShop) -> None:
    wa_id, bsuid, lid = new_wa_id(), new_bsuid(), "42@lid"
    for shown in ({"wa_id": wa_id}, {"bsuid": bsuid}, {"lid": lid}):
        say(database, shop, **shown)

    say(database, shop, wa_id=wa_id, bsuid=bsuid, lid=lid)

    assert [count(database, shop, table) for table in ("contacts", "contact_merges")] == [1, 2]


def test_of_two_whole_persons_the_bsuid_decides_and_the_number_moves(database: Database, shop: PetShop) -> None:
    ana, bia = (new_wa_id(), new_bsuid()), (new_wa_id(), new_bsuid())
    first = say(database, shop, wa_id=ana[0], bsuid=ana[1], name="Ana")
    second = say(database, shop, wa_id=bia[0], bsuid=bia[1], name="Bia")

    now_bias = say(database, shop, wa_id=ana[0], bsuid=bia[1], name="Bia")

    assert now_bias.conversation_id == second.conversation_id != first.conversation_id
    assert sorted(read(database, shop, "SELECT profile_name, phone FROM contacts")) == [
        ("Ana", None),
        ("Bia", f"+{ana[0]}"),
    ]
    assert count(database, shop, "contact_merges") == 0
    assert say(database, shop, bsuid=ana[1]).conversation_id == first.conversation_id


def changed(kind: str = "user_changed_number", **system: str) -> dict[str, Any]:
    return {"kind": "system", "content": {"body": "O número mudou", "type": kind, **system}}


def test_a_person_with_a_new_number_is_still_the_same(database: Database, shop: PetShop) -> None:
    old, new = (new_wa_id(), new_bsuid()), (new_wa_id(), new_bsuid())
    before = say(database, shop, wa_id=old[0], bsuid=old[1], name="Ana")
    answered(database, shop)

    told = say(database, shop, wa_id=old[0], bsuid=old[1], **changed(wa_id=new[0], user_id=new[1]))

    assert (told.conversation_id, told.answer_in) == (before.conversation_id, None)
    assert one(database, shop, "SELECT phone FROM contacts") == (f"+{new[0]}",)
    assert one(database, shop, "SELECT reply_to, unread_count FROM conversations") == (new[1], 1)
    kept = one(database, shop, "SELECT sender, kind, text, awaits_answer FROM messages WHERE kind = 'system'")
    assert kept == ("system", "system", "O número mudou", False)
    assert say(database, shop, wa_id=new[0], bsuid=new[1]).conversation_id == before.conversation_id


def test_whoever_gets_a_number_that_was_given_up_is_somebody_else(database: Database, shop: PetShop) -> None:
    old, new = new_wa_id(), new_wa_id()
    ana = say(database, shop, wa_id=old, name="Ana")
    say(database, shop, wa_id=old, **changed(wa_id=new))

    stranger = say(database, shop, wa_id=old, name="Um estranho")

    assert stranger.conversation_id != ana.conversation_id
    assert say(database, shop, wa_id=new).conversation_id == ana.conversation_id


def test_a_number_change_seen_again_changes_nothing(database: Database, shop: PetShop) -> None:
    old, new, wamid = new_wa_id(), new_wa_id(), new_wamid()
    say(database, shop, wa_id=old)
    said = {"wa_id": old, "wamid": wamid, **changed(wa_id=new)}

    first, again = say(database, shop, **said), say(database, shop, **said)

    assert (first.is_new, again.is_new) == (True, False)
    assert [count(database, shop, table) for table in ("contacts", "conversations", "messages")] == [1, 1, 2]
    assert one(database, shop, "SELECT kind, value FROM contact_identities") == ("wa_id", new)


def test_who_wrote_from_the_new_number_before_it_was_announced_is_found_again(
    database: Database, shop: PetShop
) -> None:
    old, new = (new_wa_id(), new_bsuid()), (new_wa_id(), new_bsuid())
    before = say(database, shop, wa_id=old[0], bsuid=old[1])
    meanwhile = say(database, shop, wa_id=new[0], bsuid=new[1])

    say(database, shop, wa_id=old[0], bsuid=old[1], **changed(wa_id=new[0], user_id=new[1]))

    assert one(database, shop, "SELECT reason FROM contact_merges") == ("number_changed",)
    after = say(database, shop, bsuid=new[1], wa_id=new[0])
    assert after.conversation_id == before.conversation_id != meanwhile.conversation_id
    assert one(database, shop, "SELECT phone FROM contacts") == (f"+{new[0]}",)


def test_the_last_owner_of_a_new_number_stays_a_person_of_their_own(database: Database, shop: PetShop) -> None:
    old, number, new_name = (new_wa_id(), new_bsuid()), new_wa_id(), new_bsuid()
    before = say(database, shop, wa_id=old[0], bsuid=old[1])
    last_owner = new_bsuid()
    theirs = say(database, shop, wa_id=number, bsuid=last_owner)

    say(database, shop, wa_id=old[0], bsuid=old[1], **changed(wa_id=number, user_id=new_name))

    assert count(database, shop, "contact_merges") == 0
    assert say(database, shop, wa_id=number, bsuid=new_name).conversation_id == before.conversation_id
    assert say(database, shop, bsuid=last_owner).conversation_id == theirs.conversation_id


def test_a_new_account_behind_the_same_number_is_still_the_same_person(database: Database, shop: PetShop) -> None:
    wa_id, old, new = new_wa_id(), new_bsuid(), new_bsuid()
    before = say(database, shop, wa_id=wa_id, bsuid=old)

    say(database, shop, wa_id=wa_id, bsuid=old, **changed("user_changed_user_id", user_id=new))

    assert say(database, shop, bsuid=new).conversation_id == before.conversation_id
    assert one(database, shop, "SELECT phone FROM contacts") == (f"+{wa_id}",)


def test_a_notice_of_somebody_unknown_makes_them_known_and_opens_nothing(database: Database, shop: PetShop) -> None:
    new = new_wa_id()
    told = say(database, shop, wa_id=new_wa_id(), **changed(wa_id=new))

    assert told.answer_in is None
    assert one(database, shop, "SELECT state, unread_count FROM conversations") == ("closed", 0)
    assert one(database, shop, "SELECT value FROM contact_identities") == (new,)


def test_a_notice_reopens_nothing(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    close(database, shop, first.conversation_id)

    told = say(database, shop, wa_id=wa_id, kind="system", content={"body": "…", "type": "customer_identity_changed"})

    assert told.conversation_id == first.conversation_id
    assert one(database, shop, "SELECT state FROM conversations") == ("closed",)


def test_two_messages_of_two_halves_at_once_make_one_person(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    workers = [connect() for _ in range(3)]
    for _ in range(10):
        wa_id, bsuid = new_wa_id(), new_bsuid()
        say(database, shop, wa_id=wa_id)
        say(database, shop, bsuid=bsuid)
        shown = {"wa_id": wa_id, "bsuid": bsuid}, {"wa_id": wa_id, "bsuid": bsuid}, {"wa_id": wa_id}
        every = at_once(*(partial(say, worker, shop, **each) for worker, each in zip(workers, shown, strict=True)))
        assert len({recorded.conversation_id for recorded in every[:2]}) == 1

    assert [count(database, shop, table) for table in ("contacts", "contact_merges")] == [10, 10]
    assert one(database, shop, "SELECT count(*) FROM conversations WHERE state <> 'closed'") == (10,)
    assert one(
        database,
        shop,
        "SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.state = 'ai'",
    ) == (50,)


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

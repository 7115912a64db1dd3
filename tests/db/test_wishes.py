"""What is told of a person beside messages: whether they want news, and how the shop's address book calls them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auzap.conversations import wishes
from auzap.conversations.recording import UnknownAccount
from auzap.db.connection import Database
from tests.db.committed import write
from tests.db.recorded import count, one
from tests.factories import PetShop, new_bsuid, new_wa_id, say

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wish(
    shop: PetShop, value: str, *, at: datetime = AT, category: str = "marketing_messages", **who: str
) -> dict[str, Any]:
    element = {"category": category, "value": value, "timestamp": int(at.timestamp())}
    return _envelope(shop, "preference", element, who)


def card(shop: PetShop, name: str, wa_id: str, action: str = "add") -> dict[str, Any]:
    return _envelope(shop, "card", {"type": "contact", "action": action}, {"wa_id": wa_id, "name": name})


def _envelope(shop: PetShop, kind: str, element: dict[str, Any], person: dict[str, str]) -> dict[str, Any]:
    return {
        "account": shop.account.external_id,
        "kind": kind,
        "received_at": int(AT.timestamp() * 1000),
        "element": element,
        "person": person,
    }


def opted_out(database: Database, shop: PetShop) -> Any:
    return one(database, shop, "SELECT opted_out_at FROM contacts")[0]


def test_whoever_wants_no_news_is_remembered(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    assert wishes.apply(database, wish(shop, "stop", wa_id=wa_id)) == "opted_out"
    assert opted_out(database, shop) == AT
    # Answers to what they ask are no news.
    assert say(database, shop, "Abre amanhã?", wa_id=wa_id).answer_in is not None

    assert wishes.apply(database, wish(shop, "resume", at=AT + HOUR, wa_id=wa_id)) == "opted_in"
    assert opted_out(database, shop) is None


def test_the_last_wish_counts_in_whatever_order_they_come(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    for value, at in (("stop", AT + HOUR), ("resume", AT), ("stop", AT - HOUR)):
        wishes.apply(database, wish(shop, value, at=at, wa_id=wa_id))

    assert opted_out(database, shop) == AT + HOUR


def test_who_never_wrote_and_wants_no_news_is_remembered_too(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), new_bsuid()
    wishes.apply(database, wish(shop, "stop", wa_id=wa_id, bsuid=bsuid))

    say(database, shop, bsuid=bsuid)

    assert count(database, shop, "contacts") == 1
    assert opted_out(database, shop) == AT


def test_a_wish_reaches_every_half_of_a_person(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), new_bsuid()
    say(database, shop, wa_id=wa_id)
    say(database, shop, bsuid=bsuid)

    wishes.apply(database, wish(shop, "stop", wa_id=wa_id, bsuid=bsuid))

    assert one(database, shop, "SELECT count(*) FROM contacts WHERE opted_out_at IS NOT NULL") == (2,)


@pytest.mark.parametrize(("value", "category"), [("stop", "other_messages"), ("maybe", "marketing_messages"), ("", "")])
def test_what_is_no_wish_of_a_kind_we_know_changes_nothing(
    database: Database, shop: PetShop, value: str, category: str
) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    assert wishes.apply(database, wish(shop, value, category=category, wa_id=wa_id)) == "ignored"
    assert opted_out(database, shop) is None


def test_a_wish_without_a_time_is_of_when_it_came(database: Database, shop: PetShop) -> None:
    envelope = wish(shop, "stop", wa_id=new_wa_id())
    envelope["element"]["timestamp"] = {"when": "now"}

    wishes.apply(database, envelope)

    assert opted_out(database, shop) == AT


def test_the_address_book_names_whoever_has_no_name_yet(database: Database, shop: PetShop) -> None:
    say(database, shop, wa_id="5511987654321", name="~ana~")

    # As the telephone writes it, without the ninth digit that WhatsApp knows.
    assert wishes.apply(database, card(shop, "Ana do Thor", "551187654321")) == "named"

    assert one(database, shop, "SELECT name, profile_name FROM contacts") == ("Ana do Thor", "~ana~")


def test_the_address_book_overwrites_no_name_and_makes_no_customers(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, "UPDATE contacts SET name = 'Ana Souza'")

    wishes.apply(database, card(shop, "Ana do Thor", wa_id))
    wishes.apply(database, card(shop, "Tia Lourdes", new_wa_id()))
    assert wishes.apply(database, card(shop, "", wa_id)) == "ignored"
    assert wishes.apply(database, card(shop, "Ana", wa_id, action="remove")) == "ignored"

    assert one(database, shop, "SELECT name FROM contacts") == ("Ana Souza",)


def test_a_wish_to_one_shop_is_none_to_another(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    wa_id = new_wa_id()
    for place in (shop, other_shop):
        say(database, place, wa_id=wa_id)

    wishes.apply(database, wish(shop, "stop", wa_id=wa_id))
    wishes.apply(database, card(shop, "Ana", wa_id))

    assert one(database, other_shop, "SELECT name, opted_out_at FROM contacts") == (None, None)


def test_a_wish_to_no_shop_of_ours_is_refused(database: Database, shop: PetShop) -> None:
    write(database, shop, "UPDATE channel_accounts SET status = 'disconnected'")

    with pytest.raises(UnknownAccount):
        wishes.apply(database, wish(shop, "stop", wa_id=new_wa_id()))

"""That somebody of the team types is shown below the last thing that the customer wrote."""

from datetime import UTC, datetime, timedelta

import pytest

from auzap.conversations import typing
from auzap.db.connection import Database
from auzap.ids import ConversationId, OrganizationId
from tests.db.outside import give_credentials
from tests.factories import PetShop, new_wa_id, new_wamid, say

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(shop: PetShop, database: Database) -> PetShop:
    with database.transaction(shop.organization_id, "test") as tx:
        give_credentials(tx)
    return shop


def below(database: Database, organization_id: OrganizationId, conversation_id: ConversationId) -> str | None:
    with database.transaction(organization_id, "test") as tx:
        where = typing.line(tx, conversation_id)
    return where and where.provider_id


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
def test_a_word_on_another_message_is_nothing_to_show_it_below(database: Database, shop: PetShop, kind: str) -> None:
    wa_id, first, last, now = new_wa_id(), new_wamid(), new_wamid(), datetime.now(UTC)
    place = say(database, shop, "Oi!", wa_id=wa_id, wamid=first, at=now - 2 * MINUTE).conversation_id
    say(database, shop, "Tem banho hoje?", wa_id=wa_id, wamid=last, at=now - MINUTE)
    assert below(database, shop.organization_id, place) == last
    about = {
        "reaction": {"message_id": first, "emoji": "❤️"},
        "edit": {"original_message_id": first, "message": {"type": "text", "text": {"body": "Olá!"}}},
        "revoke": {"original_message_id": last},
    }

    say(database, shop, wa_id=wa_id, kind=kind, content=about[kind])

    assert below(database, shop.organization_id, place) == (first if kind == "revoke" else last)


def test_another_shops_talk_shows_nothing(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    place = say(database, shop).conversation_id

    assert below(database, other_shop.organization_id, place) is None

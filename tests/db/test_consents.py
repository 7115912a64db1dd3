"""Consents: every word of it is kept, the last one counts, and whoever wants no news is a target of none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import errors

from auzap.conversations import wishes
from auzap.customers import consents
from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId
from tests import factories
from tests.db.committed import read
from tests.db.test_wishes import AT, wish
from tests.factories import PetShop, new_wa_id, say

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ana(tx: Tx) -> ContactId:
    return factories.make_contact(tx, "Ana")


def opted(tx: Tx) -> tuple[datetime | None, datetime | None]:
    row = tx.execute("SELECT opted_out_at, opted_at FROM contacts").fetchone()
    assert row
    return row[0], row[1]


def test_nothing_was_said_at_first(tx: Tx, ana: ContactId) -> None:
    assert consents.standing(tx, ana) == {}
    assert opted(tx) == (None, None)


def test_the_last_word_on_each_purpose_counts_and_all_are_kept(tx: Tx, ana: ContactId) -> None:
    consents.record(tx, ana, purpose="marketing", is_given=True, source="form", now=NOW)
    consents.record(tx, ana, purpose="health_data", is_given=True, source="staff", now=NOW)
    consents.record(tx, ana, purpose="marketing", is_given=False, source="said", now=NOW + HOUR)

    said = {
        purpose: (known.is_given, known.source, known.actor) for purpose, known in consents.standing(tx, ana).items()
    }
    assert said == {"marketing": (False, "said", "test"), "health_data": (True, "staff", "test")}
    assert [known.is_given for known in consents.history(tx, ana)] == [False, True, True]
    assert opted(tx) == (NOW + HOUR, NOW + HOUR)


def test_who_wants_news_again_is_a_target_again(tx: Tx, ana: ContactId) -> None:
    for is_given, at in ((False, NOW), (True, NOW + HOUR)):
        consents.record(tx, ana, purpose="marketing", is_given=is_given, source="said", now=at)

    assert opted(tx) == (None, NOW + HOUR)


def test_what_was_said_earlier_and_is_told_later_changes_nothing(tx: Tx, ana: ContactId) -> None:
    for is_given, at in ((False, NOW), (True, NOW - HOUR)):
        consents.record(tx, ana, purpose="marketing", is_given=is_given, source="said", now=at)

    assert opted(tx) == (NOW, NOW)
    assert not consents.standing(tx, ana)["marketing"].is_given


@pytest.mark.parametrize("purpose", ["data_processing", "whatsapp", "health_data"])
def test_another_purpose_has_nothing_to_do_with_news(tx: Tx, ana: ContactId, purpose: consents.Purpose) -> None:
    consents.record(tx, ana, purpose=purpose, is_given=False, source="said", now=NOW)

    assert opted(tx) == (None, None)


@pytest.mark.parametrize("statement", ["UPDATE consents SET is_given = true", "DELETE FROM consents"])
def test_what_was_said_is_never_rewritten(tx: Tx, ana: ContactId, statement: str) -> None:
    consents.record(tx, ana, purpose="marketing", is_given=False, source="said", now=NOW)

    with pytest.raises(errors.InsufficientPrivilege), tx.savepoint():
        tx.execute(statement)  # pyright: ignore[reportArgumentType]


def test_what_the_provider_tells_is_a_consent_once(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    for value, at in (("stop", AT), ("stop", AT), ("resume", AT + HOUR)):
        wishes.apply(database, wish(shop, value, at=at, wa_id=wa_id))

    assert read(database, shop, "SELECT purpose, is_given, source, recorded_at FROM consents ORDER BY recorded_at") == [
        *(("marketing", False, "channel", AT), ("marketing", True, "channel", AT + HOUR)),
    ]


def test_a_customer_of_another_shop_is_unknown(
    owner: psycopg.Connection, connect: Callable[[], Database], tx: Tx, ana: ContactId
) -> None:
    with connect().transaction(factories.make_organization(owner), "test") as other:
        theirs = factories.make_contact(other)
        consents.record(other, theirs, purpose="marketing", is_given=False, source="said", now=NOW)

    assert consents.standing(tx, theirs) == {}
    with pytest.raises(UnknownContact):
        consents.record(tx, theirs, purpose="marketing", is_given=True, source="said", now=NOW)

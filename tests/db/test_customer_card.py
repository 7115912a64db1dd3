"""What a turn is told of the customer in one round trip: who they are, their pets, and what is remembered of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from auzap.customers import health, memory
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, new_id
from tests import factories
from tests.factories_customers import pet, visit
from tests.postgres import Clock

DAY = timedelta(days=1)


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now()


@pytest.fixture
def ana(tx: Tx) -> ContactId:
    factories.make_shop(tx)
    return factories.make_contact(tx, "Ana", phone="+5511900000001")


def card(tx: Tx, contact_id: ContactId) -> Any:
    row = tx.execute("SELECT app.customer_card(%s)", [contact_id]).fetchone()
    assert row
    return row[0]


def test_of_somebody_who_has_just_come_little_is_known(tx: Tx, ana: ContactId) -> None:
    assert card(tx, ana) == {
        "name": "Ana",
        "is_new": True,
        "type": "new",
        "last_visit": None,
        "bookings_completed": 0,
        "tags": [],
        "agent_off": False,
        "is_blocked": False,
        "pets": [],
        "memories": [],
    }


def test_the_name_is_the_one_that_whatsapp_shows_where_nobody_has_told_another(tx: Tx, ana: ContactId) -> None:
    tx.execute("UPDATE contacts SET name = NULL, profile_name = '~ana~'")

    assert card(tx, ana)["name"] == "~ana~"


def test_a_customer_is_shown_as_what_they_have_been(tx: Tx, ana: ContactId, now: datetime) -> None:
    visit(tx, ana, pet(tx, ana), now - 5 * DAY)
    tx.execute("UPDATE contacts SET tags = '{gato}', agent_off = true, blocked_at = app.now()")

    found = card(tx, ana)

    assert (found["is_new"], found["type"], found["bookings_completed"]) == (False, "returning", 1)
    assert datetime.fromisoformat(found["last_visit"]) == now - 5 * DAY
    assert (found["tags"], found["agent_off"], found["is_blocked"]) == (["gato"], True, True)


def test_the_pets_come_with_their_age_their_alerts_and_their_vaccines(tx: Tx, ana: ContactId, now: datetime) -> None:
    today = now.date()
    rex, mel, gone = pet(tx, ana, "Rex"), pet(tx, ana, "Mel", species="cat", size=None), pet(tx, ana, "Bob")
    tx.execute("UPDATE pets SET is_active = false WHERE id = %s", [gone])
    tx.execute(
        """
        UPDATE pets SET breed = 'SRD', coat = 'long', birth_date = %s::date - 800, temperament = 'calmo', allergies = 'frango',
          handling = 'focinheira' WHERE id = %s
        """,
        [today, rex],
    )
    health.note(tx, rex, kind="vaccine", name="V10", done_on=today - 30 * DAY, today=today, verified_by="user:bia")
    health.note(tx, rex, kind="checkup", name="Consulta", done_on=today, today=today)
    late = today - 400 * DAY
    health.note(tx, mel, kind="vaccine", name="V4", done_on=late, today=today, due_on=today - 40 * DAY)
    health.raise_alert(tx, mel, kind="vaccine_overdue", severity="low", description="x", today=today)
    health.raise_alert(tx, mel, kind="urgent_health", severity="critical", description="secreto", today=today)

    first, second = card(tx, ana)["pets"]

    assert (first["id"], first["name"], first["species"], first["breed"], first["size"]) == (
        *(str(rex), "Rex", "dog", "SRD", "small"),
    )
    assert (first["coat"], first["age_months"], first["temperament"]) == ("long", 26, "calmo")
    assert (first["allergies"], first["handling"], first["alerts"]) == ("frango", "focinheira", [])
    assert (first["vaccines_verified"], first["vaccine_due"]) == (
        *(True, str(health.due_again("vaccine", today - 30 * DAY))),
    )
    assert second["alerts"] == [
        {"kind": "exam_overdue", "severity": "medium"},
        {"kind": "urgent_health", "severity": "critical"},
        # Of what was raised and what is overdue, the worse.
        {"kind": "vaccine_overdue", "severity": "high"},
    ]
    assert (second["size"], second["age_months"], second["vaccines_verified"]) == (None, None, False)
    assert second["vaccine_due"] == str(today - 40 * DAY)


def test_unknown_vaccines_and_vaccines_of_a_kind_that_is_only_said_are_not_verified(
    tx: Tx, ana: ContactId, now: datetime
) -> None:
    today = now.date()
    rex = pet(tx, ana)
    assert card(tx, ana)["pets"][0]["vaccines_verified"] is False

    health.note(tx, rex, kind="vaccine", name="V10", done_on=today, today=today, verified_by="user:bia")
    health.note(tx, rex, kind="vaccine", name="Antirrábica", done_on=today, today=today)
    assert card(tx, ana)["pets"][0]["vaccines_verified"] is False


def test_the_best_of_what_is_remembered_is_told_and_nothing_that_has_run_out(
    tx: Tx, ana: ContactId, now: datetime
) -> None:
    for number in range(13):
        rex = pet(tx, ana, f"Rex {chr(ord('a') + number)}")
        memory.remember(tx, ana, key="other_fact", value="gosta de água", source="observed", pet_id=rex, now=now)
    memory.remember(tx, ana, key="price_sensitivity", value="alta", source="said", now=now - 200 * DAY)
    memory.remember(tx, ana, key="heard_from", value="Google", source="said", now=now)
    memory.remember(tx, ana, key="preferred_period", value="manhã", source="said", now=now)
    memory.forget(tx, ana, key="preferred_period", now=now)

    known = card(tx, ana)["memories"]

    assert len(known) == 12
    assert known[0] == {"key": "heard_from", "value": "Google", "pet": None, "confidence": 80, "source": "said"}
    assert {found["key"] for found in known[1:]} == {"other_fact"}
    assert all(found["pet"].startswith("Rex ") for found in known[1:])


def test_a_customer_of_another_shop_has_no_card_here(
    owner: psycopg.Connection, connect: Callable[[], Database], tx: Tx, ana: ContactId
) -> None:
    with connect().transaction(factories.make_organization(owner), "test") as other:
        theirs = factories.make_contact(other, "Beatriz")

    for stranger in (theirs, ContactId(new_id())):
        assert card(tx, stranger) is None

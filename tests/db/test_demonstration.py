"""The demonstration shop, in a database as the migrations leave it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from local import holidays, seed
from local.demonstration.catalogue import ADDONS, PRODUCTS, SERVICES
from local.demonstration.knowledge import ENTRIES
from tests.db.demonstration import Kms
from tests.postgres import Place, cloned, template

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with cloned(template(clock=False)) as made:
        seed.seed(made.admin, Kms(), "alias/key", now=NOW)
        yield made


def count(place: Place, table: str, where: str = "true") -> int:
    with psycopg.connect(place.admin) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}".encode()).fetchone()
    assert row
    return row[0]


def test_it_holds_something_of_everything_the_agent_serves(place: Place) -> None:
    assert count(place, "services") == len(SERVICES)
    assert count(place, "service_addons") == sum(map(len, ADDONS.values()))
    assert count(place, "service_prices", "coat = 'long'") == 12
    assert count(place, "products") == len(PRODUCTS)
    assert count(place, "products", "stock = 0") == 1
    assert count(place, "knowledge_entries", "audience = 'customers'") == len(ENTRIES) >= 25
    assert count(place, "staff_members", "is_vet") == 1
    assert count(place, "waitlist_entries", "state = 'waiting'") == 1
    assert count(place, "stays", "state = 'staying'") == 1
    assert count(place, "stays", "state = 'awaiting_assessment'") == 1
    assert count(place, "training_plans", "state = 'running'") == 1
    assert count(place, "special_days", "label = 'Natal' AND opens IS NULL") == 1
    for table in ("room_types", "room_rates", "health_events", "memories", "consents", "wordings", "message_templates"):
        assert count(place, table) > 0, table


def test_health_is_proved_for_one_said_for_another_overdue_for_a_third_and_unknown_for_a_fourth(place: Place) -> None:
    def events(pet: str, where: str) -> int:
        return count(place, "health_events e JOIN pets p ON p.id = e.pet_id", f"p.name = '{pet}' AND {where}")

    assert events("Thor", "e.is_verified AND e.due_on > '2026-11-20'") == 4
    assert events("Mel", "NOT e.is_verified") == 2
    assert events("Bob", "e.due_on < '2026-11-20'") == 3
    assert events("Amora", "true") == 0


def test_every_appointment_to_come_has_its_resource_and_its_groomer(place: Place) -> None:
    assert count(place, "bookings", "status = 'confirmed'") >= 15
    assert count(place, "booking_places", "resource_id IS NOT NULL") == count(place, "bookings")
    assert count(place, "booking_places", "staff_id IS NOT NULL") == count(place, "bookings")


def test_a_second_start_adds_nothing_and_one_a_week_later_only_what_the_days_to_come_need(place: Place) -> None:
    tables = ("services", "contacts", "pets", "bookings", "stays", "special_days", "knowledge_entries", "wordings")
    before = {table: count(place, table) for table in tables}

    again = seed.seed(place.admin, Kms(), "alias/key", now=NOW)
    assert {table: count(place, table) for table in tables} == before
    assert again.customers[0].name == "Ana Souza"
    assert again.templates[0].name == "auzap_reopen"

    seed.seed(place.admin, Kms(), "alias/key", now=NOW + timedelta(days=7))
    after = {table: count(place, table) for table in tables}
    assert {table for table in tables if after[table] > before[table]} == {"bookings", "stays", "special_days"}
    assert count(place, "stays", "state = 'staying'") == 1


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 4, 3), "Sexta-feira Santa"),
        (date(2026, 6, 4), "Corpus Christi"),
        (date(2027, 3, 26), "Sexta-feira Santa"),
        (date(2028, 4, 14), "Sexta-feira Santa"),
        (date(2026, 12, 25), "Natal"),
    ],
)
def test_holidays_that_move_are_reckoned_from_easter(day: date, label: str) -> None:
    assert (day, label) in holidays.of_year(day.year)


def test_the_holidays_to_come_reach_into_the_next_year() -> None:
    found = holidays.following(date(2026, 11, 20))

    assert found[0] == (date(2026, 11, 20), "Consciência Negra")
    assert found[1] == (date(2026, 12, 25), "Natal")
    assert found[-1] == (date(2027, 11, 15), "Proclamação da República")

"""Positions of the change feed: dense in a shop, and none is lost when transactions commit out of order."""

from typing import Any
from uuid import UUID

from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.factories import PetShop, say
from tests.postgres import Place


def publish(database: Database, shop: PetShop, most: int = 500) -> list[dict[str, Any]]:
    ((_, changes),) = database.lookup(
        "SELECT * FROM app.publish_changes(%s, 'publisher', %s)", [shop.organization_id, most]
    )
    return changes


def positions(database: Database, shop: PetShop) -> list[int]:
    return [row[0] for row in read(database, shop, "SELECT position FROM changes ORDER BY position")]


def test_a_change_is_told_once_with_the_next_position(database: Database, shop: PetShop) -> None:
    before = len(publish(database, shop))
    write(database, shop, "INSERT INTO contacts (name) VALUES ('Ana')")

    (told,) = publish(database, shop)

    assert (told["position"], told["table"], told["operation"]) == (before + 1, "contacts", "insert")
    assert publish(database, shop) == []


def test_what_commits_late_gets_a_later_position_and_leaves_no_gap(
    database: Database, shop: PetShop, shared_database: Place
) -> None:
    publish(database, shop)
    other = Database(lambda: shared_database.app)
    with other.transaction(shop.organization_id, "test") as early:
        early.execute("INSERT INTO contacts (name) VALUES ('begun first')")
        write(database, shop, "INSERT INTO contacts (name) VALUES ('committed first')")
        (first,) = publish(database, shop)
    (second,) = publish(database, shop)
    other.close()

    assert second["position"] == first["position"] + 1
    found = positions(database, shop)
    assert found == list(range(1, len(found) + 1))


def test_many_are_told_in_parts(database: Database, shop: PetShop) -> None:
    publish(database, shop)
    for name in ("Ana", "Bia", "Caio"):
        write(database, shop, "INSERT INTO contacts (name) VALUES (%s)", name)

    assert [len(publish(database, shop, most=2)) for _ in range(3)] == [2, 1, 0]


def test_each_shop_counts_for_itself(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    publish(database, shop)
    publish(database, other_shop)
    write(database, shop, "INSERT INTO contacts (name) VALUES ('Ana')")

    assert publish(database, other_shop) == []
    assert len(publish(database, shop)) == 1


def test_what_people_set_up_in_the_panel_is_news(database: Database, shop: PetShop) -> None:
    publish(database, shop)
    write(database, shop, "INSERT INTO services (name, duration, price_cents) VALUES ('Banho', '1 hour', 7000)")
    write(
        database,
        shop,
        "INSERT INTO service_prices (service_id, size, duration, price_cents) SELECT id, 'small', '1 hour', 6000 FROM services",
    )
    write(database, shop, "UPDATE organization_settings SET about = 'Desde 1998'")
    write(database, shop, "INSERT INTO opening_hours (weekday, opens, closes) VALUES (0, '19:00', '20:00')")
    write(database, shop, "DELETE FROM opening_hours WHERE weekday = 0 AND opens = '19:00'")
    write(database, shop, "INSERT INTO staff_members (name) VALUES ('Bia')")
    write(
        database,
        shop,
        "INSERT INTO staff_hours (staff_id, weekday, opens, closes) SELECT id, 0, '08:00', '12:00' FROM staff_members",
    )
    write(database, shop, "INSERT INTO special_days (day, label) VALUES ('2026-12-25', 'Natal')")
    ((service_id, staff_id),) = read(
        database, shop, "SELECT s.id, m.id FROM services s, staff_members m WHERE s.name = 'Banho'"
    )

    told = [(change["table"], change["operation"], UUID(change["id"])) for change in publish(database, shop)]

    here = shop.organization_id
    assert told[:5] == [
        ("services", "insert", service_id),
        ("services", "update", service_id),
        ("organization_settings", "update", here),
        ("opening_hours", "update", here),
        ("opening_hours", "update", here),
    ]
    assert told[5:7] == [("staff_members", "insert", staff_id), ("staff_members", "update", staff_id)]
    assert [(table, operation) for table, operation, _ in told[7:]] == [("special_days", "insert")]


def test_no_message_makes_news_of_what_people_set_up(database: Database, shop: PetShop) -> None:
    publish(database, shop)

    say(database, shop, "Oi!")

    assert {change["table"] for change in publish(database, shop)} == {"contacts", "conversations", "messages"}

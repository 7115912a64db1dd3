"""Positions of the change feed: dense in a shop, and none is lost when transactions commit out of order."""

from typing import Any

from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.factories import PetShop
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

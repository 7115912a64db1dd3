"""Sealing the trail: rows that are complete become segments of the shop's chain."""

from datetime import timedelta

from auzap.db.connection import Database
from auzap.ids import OrganizationId

# No transaction is open for that long.
SETTLED = timedelta(minutes=1)
ROWS_OF_A_SEGMENT = 1_000
# At a time; the next tick goes on.
MOST_SEGMENTS = 100


def seal(database: Database, organization_id: OrganizationId, *, rows_of_a_segment: int = ROWS_OF_A_SEGMENT) -> int:
    """How many rows were sealed, a segment in a transaction each."""
    sealed = 0
    for _ in range(MOST_SEGMENTS):
        rows = _seal_segment(database, organization_id, rows_of_a_segment)
        sealed += rows
        if rows < rows_of_a_segment:
            break
    return sealed


def _seal_segment(database: Database, organization_id: OrganizationId, most: int) -> int:
    with database.transaction(organization_id, "clock") as tx:
        row = tx.execute("SELECT app.seal_audit(%s, %s)", [SETTLED, most]).fetchone()
    return row[0] if row else 0

"""The files of customers that were taken in, apart from the other lists: these alone need what an import is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auzap.customers.importing import State
from auzap.db.connection import Tx
from auzap.ids import ImportId


@dataclass(frozen=True, slots=True)
class ListedImport:
    id: ImportId
    file_name: str
    state: State
    row_count: int
    actor: str
    created_at: datetime
    finished_at: datetime | None


def imports(tx: Tx, *, after: UUID | None, most: int) -> list[ListedImport]:
    """The latest first."""
    return tx.rows(
        ListedImport,
        """
        SELECT i.id, i.file_name, i.state, i.row_count, i.actor, i.created_at, i.finished_at FROM imports i
        WHERE %(id)s::uuid IS NULL OR i.id < %(id)s ORDER BY i.id DESC LIMIT %(most)s
        """,
        {"id": after, "most": most},
    ).fetchall()

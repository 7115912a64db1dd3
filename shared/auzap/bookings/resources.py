"""The tables, tubs, vans and rooms that appointments are done at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auzap.catalog.listing import ResourceKind
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused, remove_or_archive
from auzap.errors import Refusal


@dataclass(frozen=True, slots=True)
class Resource:
    id: UUID
    name: str
    kind: ResourceKind
    # How many appointments it holds at once.
    capacity: int
    is_active: bool


class UnknownResource(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such resource. Load the list again.")


class ResourceKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("There is a resource of this name already. Change that one, or choose another name.")


class UnfitResource(Refusal):
    def __init__(self) -> None:
        super().__init__("A resource holds from 1 to 20 appointments at once.")


def resources(tx: Tx) -> list[Resource]:
    """Those put away too, last."""
    return tx.rows(
        Resource, "SELECT id, name, kind, capacity, is_active FROM resources ORDER BY is_active DESC, kind, name, id"
    ).fetchall()


def create(tx: Tx, *, name: str, kind: ResourceKind, capacity: int) -> Resource:
    with refused(tx, taken=ResourceKnown, unfit=UnfitResource):
        return next(
            tx.rows(
                Resource,
                "INSERT INTO resources (name, kind, capacity) VALUES (%s, %s, %s) RETURNING id, name, kind, capacity, is_active",
                [name, kind, capacity],
            )
        )


def change(tx: Tx, resource_id: UUID, given: Mapping[str, Any]) -> Resource:
    with refused(tx, taken=ResourceKnown, unfit=UnfitResource):
        changed = tx.rows(
            Resource,
            """
            UPDATE resources r SET (name, kind, capacity, is_active)
              = (SELECT n.name, n.kind, n.capacity, n.is_active FROM jsonb_populate_record(r, %s) n)
            WHERE r.id = %s RETURNING id, name, kind, capacity, is_active
            """,
            [columns(given), resource_id],
        ).fetchone()
    if changed is None:
        raise UnknownResource
    return changed


def remove(tx: Tx, resource_id: UUID) -> None:
    """One that appointments were done at is archived."""
    remove_or_archive(tx, "resources", resource_id, unknown=UnknownResource)

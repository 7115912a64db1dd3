"""The shop's own wording of what its agent says often: kept only where it can be filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from auzap.agent.personality import preview
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused
from auzap.errors import Refusal
from auzap.organizations.shop import Shop

type Kind = Literal["greeting", "confirmation", "celebration", "closing", "error"]
type Occasion = Literal["any", "morning", "afternoon", "night", "new", "returning", "vip", "inactive"]


@dataclass(frozen=True, slots=True)
class Wording:
    id: UUID
    kind: Kind
    occasion: Occasion
    text: str
    usage_count: int
    last_used_at: datetime | None
    is_active: bool


class UnknownWording(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such wording. Load the list again.")


class WordingKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("The same is said on this occasion already.")


class UnfitWording(Refusal):
    def __init__(self) -> None:
        super().__init__("A wording has between 1 and 600 characters.")


def wordings(tx: Tx, *, kind: Kind | None = None) -> list[Wording]:
    return tx.rows(
        Wording,
        """
        SELECT id, kind, occasion, text, usage_count, last_used_at, is_active FROM wordings
        WHERE %(kind)s::text IS NULL OR kind = %(kind)s ORDER BY kind, occasion, id
        """,
        {"kind": kind},
    ).fetchall()


def create(tx: Tx, shop: Shop, *, kind: Kind, occasion: Occasion, text: str, now: datetime) -> Wording:
    preview(shop, text, now=now)
    with refused(tx, taken=WordingKnown, unfit=UnfitWording):
        return next(
            tx.rows(
                Wording,
                """
                INSERT INTO wordings (kind, occasion, text) VALUES (%s, %s, %s)
                RETURNING id, kind, occasion, text, usage_count, last_used_at, is_active
                """,
                [kind, occasion, text],
            )
        )


def change(tx: Tx, shop: Shop, wording_id: UUID, given: Mapping[str, Any], *, now: datetime) -> Wording:
    if "text" in given:
        preview(shop, given["text"], now=now)
    with refused(tx, taken=WordingKnown, unfit=UnfitWording):
        changed = tx.rows(
            Wording,
            """
            UPDATE wordings w SET (kind, occasion, text, is_active)
              = (SELECT n.kind, n.occasion, n.text, n.is_active FROM jsonb_populate_record(w, %s) n)
            WHERE w.id = %s RETURNING id, kind, occasion, text, usage_count, last_used_at, is_active
            """,
            [columns(given), wording_id],
        ).fetchone()
    if changed is None:
        raise UnknownWording
    return changed


def remove(tx: Tx, wording_id: UUID) -> None:
    if tx.execute("DELETE FROM wordings WHERE id = %s", [wording_id]).rowcount == 0:
        raise UnknownWording

"""Products as the shop keeps them: listed, made, changed, counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from auzap.catalog.products import searched
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused
from auzap.errors import Refusal

type Unit = Literal["un", "kg", "g", "l", "ml", "pack"]


@dataclass(frozen=True, slots=True)
class ListedProduct:
    id: UUID
    code: str | None
    name: str
    brand: str | None
    description: str
    price_cents: int
    cost_cents: int | None
    unit: Unit
    stock: int
    lowest_stock: int
    is_highlighted: bool
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    words: str = ""
    is_active: bool | None = None
    is_highlighted: bool | None = None
    # At its lowest stock or below.
    is_low: bool | None = None


class UnknownProduct(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such product. Load the list again.")


class ProductKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("There is a product of this name or code already. Change that one, or choose another.")


class UnfitProduct(Refusal):
    def __init__(self) -> None:
        super().__init__("One of these values may not be. Look at the limits of each.")


class NotEnoughStock(Refusal):
    def __init__(self) -> None:
        super().__init__("There is less of it than that. Count it again.")


def listed(tx: Tx, wanted: Filter, *, after: tuple[str, UUID] | None, most: int) -> list[ListedProduct]:
    """By name. Words are found however their accents and plurals are typed."""
    name, last_id = after or (None, None)
    return tx.rows(
        ListedProduct,
        """
        SELECT p.id, p.code, p.name, p.brand, p.description, p.price_cents, p.cost_cents, p.unit, p.stock, p.lowest_stock,
          p.is_highlighted, p.is_active, p.created_at
        FROM products p
        WHERE (%(active)s::boolean IS NULL OR p.is_active = %(active)s)
          AND (%(highlighted)s::boolean IS NULL OR p.is_highlighted = %(highlighted)s)
          AND (%(low)s::boolean IS NULL OR (p.stock <= p.lowest_stock) = %(low)s)
          AND (%(words)s::text[] = '{}' OR (
            SELECT bool_and(strpos(lower(unaccent(concat_ws(' ', p.name, p.brand, p.code, p.description))), word) > 0)
            FROM unnest(%(words)s::text[]) AS word))
          AND (%(id)s::uuid IS NULL OR (lower(p.name), p.id) > (lower(%(name)s), %(id)s::uuid))
        ORDER BY lower(p.name), p.id LIMIT %(most)s
        """,
        {
            "active": wanted.is_active,
            "highlighted": wanted.is_highlighted,
            "low": wanted.is_low,
            "words": searched(wanted.words),
            "name": name,
            "id": last_id,
            "most": most,
        },
    ).fetchall()


def product(tx: Tx, product_id: UUID) -> ListedProduct | None:
    return tx.rows(
        ListedProduct,
        """
        SELECT id, code, name, brand, description, price_cents, cost_cents, unit, stock, lowest_stock, is_highlighted, is_active,
          created_at
        FROM products WHERE id = %s
        """,
        [product_id],
    ).fetchone()


def create(tx: Tx, given: Mapping[str, Any]) -> UUID:
    with refused(tx, taken=ProductKnown, unfit=UnfitProduct):
        ((made,),) = tx.execute(
            """
            INSERT INTO products (
              code, name, brand, description, price_cents, cost_cents, unit, stock, lowest_stock, is_highlighted)
            SELECT n.code, n.name, n.brand, coalesce(n.description, ''), n.price_cents, n.cost_cents, coalesce(n.unit, 'un'),
              coalesce(n.stock, 0), coalesce(n.lowest_stock, 0), coalesce(n.is_highlighted, false)
            FROM jsonb_populate_record(NULL::products, %s) n RETURNING id
            """,
            [columns(given)],
        ).fetchall()
    return made


def change(tx: Tx, product_id: UUID, given: Mapping[str, Any]) -> None:
    """All but its stock, which is counted and never written over."""
    with refused(tx, taken=ProductKnown, unfit=UnfitProduct):
        changed = tx.execute(
            """
            UPDATE products p SET (code, name, brand, description, price_cents, cost_cents, unit, lowest_stock, is_highlighted,
                is_active)
              = (SELECT n.code, n.name, n.brand, n.description, n.price_cents, n.cost_cents, n.unit, n.lowest_stock,
                n.is_highlighted, n.is_active FROM jsonb_populate_record(p, %s) n)
            WHERE p.id = %s
            """,
            [columns(given), product_id],
        )
    if changed.rowcount == 0:
        raise UnknownProduct


def count(tx: Tx, product_id: UUID, by: int) -> int:
    """What came in, or went out; what there is now. Never less than nothing. Staff hear of the count that made it low."""
    with refused(tx, unfit=NotEnoughStock):
        row = tx.execute(
            """
            WITH counted AS (
              UPDATE products SET stock = stock + %(by)s WHERE id = %(product)s
              RETURNING id, name, stock, is_active AND stock <= lowest_stock AND stock - %(by)s > lowest_stock AS has_fallen
            ), told AS (
              INSERT INTO notifications (kind, level, detail)
              SELECT 'low_stock', 'warning', jsonb_build_object('product', id, 'name', name, 'stock', stock)
              FROM counted WHERE has_fallen
            )
            SELECT stock FROM counted
            """,
            {"by": by, "product": product_id},
        ).fetchone()
    if row is None:
        raise UnknownProduct
    return row[0]


def remove(tx: Tx, product_id: UUID) -> None:
    if tx.execute("DELETE FROM products WHERE id = %s", [product_id]).rowcount == 0:
        raise UnknownProduct

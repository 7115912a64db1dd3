"""What the shop sells over the counter."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.catalog import shelf
from auzap.catalog.shelf import Filter, ListedProduct, Unit
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Cents, Change, Words
from functions.serve_api.dependencies import Begun, DoneOnce, Request_
from functions.serve_api.paging import Paged, keys_of, rows_of, words
from functions.serve_api.problems import found

router = APIRouter(prefix="/v1/products", tags=["products"])

Name = Annotated[str, Field(min_length=1, max_length=120, examples=["Ração Premium Adulto 3 kg"])]
Code = Annotated[str, Field(min_length=1, max_length=60)]
Brand = Annotated[str, Field(min_length=1, max_length=80)]
Description = Annotated[str, Field(max_length=2000)]
Stock = Annotated[int, Field(ge=0, le=1_000_000)]


class NewProduct(Body):
    name: Name
    price_cents: Cents
    code: Code | None = None
    brand: Brand | None = None
    description: Description = ""
    cost_cents: Cents | None = None
    unit: Unit = "un"
    stock: Stock = 0
    lowest_stock: Stock = 0
    is_highlighted: bool = False


class ProductChange(Change):
    MAY_BE_EMPTY = frozenset({"code", "brand", "cost_cents"})

    name: Name | None = None
    price_cents: Cents | None = None
    code: Code | None = None
    brand: Brand | None = None
    description: Description | None = None
    cost_cents: Cents | None = None
    unit: Unit | None = None
    lowest_stock: Stock | None = None
    is_highlighted: bool | None = None
    is_active: bool | None = Field(default=None, description="False archives it")


class StockChange(Body):
    by: int = Field(ge=-1_000_000, le=1_000_000, examples=[-2], description="What came in, or, below zero, went out")


class InStock(BaseModel):
    stock: int


@router.get("")
def list_products(
    begun: Request_,
    page: Paged,
    search: Annotated[
        Words, Query(description="Words of name, brand, code or description; accents and plurals aside")
    ] = "",
    is_active: Annotated[bool | None, Query(description="False: only those archived")] = None,
    is_highlighted: Annotated[bool | None, Query(description="Shown before others")] = None,
    is_low: Annotated[bool | None, Query(description="At its lowest stock or below")] = None,
) -> List[ListedProduct]:
    """Products by name."""
    wanted = Filter(search, is_active, is_highlighted, is_low)
    rows = shelf.listed(begun.tx, wanted, after=keys_of(page, words, UUID), most=page.limit + 1)
    return List.page(rows_of(rows, page, lambda row: (row.name, row.id)))


@router.get("/{product_id}")
def show_product(product_id: UUID, begun: Request_) -> Answer[ListedProduct]:
    """One product."""
    return _shown(begun, product_id)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_product(body: NewProduct, once: DoneOnce) -> Created[ListedProduct]:
    """A new product."""
    tx = once.begun.tx
    return once.answer(
        Created[ListedProduct], lambda: shelf.product(tx, shelf.create(tx, body.model_dump(exclude_none=True)))
    )


@router.patch("/{product_id}")
def change_product(product_id: UUID, body: ProductChange, begun: Request_) -> Answer[ListedProduct]:
    """Change a product; its stock is changed by counting."""
    shelf.change(begun.tx, product_id, body.given())
    return _shown(begun, product_id)


@router.delete("/{product_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_product(product_id: UUID, begun: Request_) -> None:
    """Remove a product."""
    shelf.remove(begun.tx, product_id)


@router.post("/{product_id}/stock-changes", status_code=status.HTTP_201_CREATED)
def change_stock(product_id: UUID, body: StockChange, once: DoneOnce) -> Created[InStock]:
    """Count what came in or went out; there is never less than nothing."""
    return once.answer(Created[InStock], lambda: InStock(stock=shelf.count(once.begun.tx, product_id, body.by)))


def _shown(begun: Begun, product_id: UUID) -> Answer[ListedProduct]:
    return Answer[ListedProduct].of(found(shelf.product(begun.tx, product_id)))

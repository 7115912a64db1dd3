"""Lists by pages: a cursor holds the keys of the last row shown, so that a page begins where the one before ended."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from functions.serve_api.problems import Problem

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: after the row whose keys the cursor holds, so many."""

    limit: int
    after: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Rows[Row]:
    rows: list[Row]
    cursor: str | None


def page(
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`meta.cursor` of the page before")] = None,
) -> Page:
    return Page(limit, _unpacked(cursor) if cursor else None)


Paged = Annotated[Page, Depends(page)]


def rows_of[Row](found: list[Row], page: Page, keys: Callable[[Row], tuple[Any, ...]]) -> Rows[Row]:
    """A list was asked for one row more than the page holds: whether there is that one says whether there are more."""
    shown = found[: page.limit]
    more = len(found) > page.limit
    return Rows(shown, _packed(keys(shown[-1])) if more else None)


def _packed(keys: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys, default=str, separators=(",", ":")).encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> tuple[Any, ...]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise Problem(422, "bad_cursor") from None
    if not isinstance(found, list) or not all(isinstance(key, str | int | float | None) for key in found):
        raise Problem(422, "bad_cursor")
    return tuple(found)

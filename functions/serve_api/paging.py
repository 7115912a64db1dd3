"""Lists by pages: a cursor holds the keys of the last row shown, so that a page begins where the one before ended."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query

from auzap.text import clean
from functions.serve_api.problems import Problem

MOST_ROWS = 100
LARGEST = 2**31 - 1


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
    cursor: Annotated[str | None, Query(max_length=2_000, description="`meta.cursor` of the page before")] = None,
) -> Page:
    return Page(limit, _unpacked(cursor) if cursor else None)


Paged = Annotated[Page, Depends(page)]


def keys_of(page: Page, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """What the cursor holds, each key as its kind; a cursor that is not of this list is refused."""
    if page.after is None:
        return None
    try:
        return tuple(kind(key) for kind, key in zip(kinds, page.after, strict=True))
    except (ValueError, TypeError, AttributeError):
        raise Problem(422, "bad_cursor") from None


def small(key: Any) -> int:
    """A number as an integer column holds it."""
    number = int(key)
    if abs(number) > LARGEST:
        raise ValueError(number)
    return number


def words(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(key)
    return clean(key)


def moment(key: Any) -> datetime:
    found = datetime.fromisoformat(key)
    # Far enough from the ends of the calendar for any zone.
    if found.tzinfo is None or not 1900 < found.year < 3000:
        raise ValueError(key)
    return found


def day(key: Any) -> date:
    return date.fromisoformat(key)


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

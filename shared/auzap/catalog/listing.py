"""Services as the panel shows them: with their prices, what may be added, and who does them; those put away too."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import kwargs_row

from auzap.db.connection import Tx
from auzap.ids import ServiceId

type Category = Literal["grooming", "veterinary", "hotel", "daycare", "training", "transport", "other"]
type Species = Literal["dog", "cat", "bird", "rabbit", "other"]
type Size = Literal["any", "small", "medium", "large", "giant"]
type Coat = Literal["any", "short", "medium", "long"]
type ResourceKind = Literal["table", "tub", "van", "room", "other"]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What a size, a coat, or both together cost and take, where that differs from the service's own."""

    size: Size
    coat: Coat
    price_cents: int
    duration_minutes: int


@dataclass(frozen=True, slots=True)
class ListedService:
    id: ServiceId
    name: str
    description: str
    category: Category
    duration_minutes: int
    price_cents: int
    prices: list[PriceRow]
    # None: of every species.
    species: list[Species] | None
    youngest_months: int | None
    oldest_months: int | None
    needs_vet: bool
    is_bookable_by_agent: bool
    is_addon: bool
    # What a pet must have had first, and how long ago at most; None: any time.
    prerequisite_id: ServiceId | None
    prerequisite_within_days: int | None
    deposit_percent: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    active_from: date | None
    active_until: date | None
    resource_kind: ResourceKind | None
    position: int
    is_active: bool
    addon_ids: list[ServiceId]
    # Who does it; nobody in particular where it names nobody.
    staff_ids: list[UUID]


LISTED: LiteralString = """
  SELECT s.id, s.name, s.description, s.category, extract(epoch FROM s.duration)::int / 60 AS duration_minutes, s.price_cents,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('size', p.size, 'coat', p.coat, 'price_cents', p.price_cents,
        'duration_minutes', extract(epoch FROM p.duration)::int / 60) ORDER BY p.size, p.coat), '[]')
      FROM service_prices p WHERE p.service_id = s.id) AS prices,
    s.species, s.youngest_months, s.oldest_months, s.needs_vet, s.is_bookable_by_agent, s.is_addon, s.prerequisite_id,
    extract(epoch FROM s.prerequisite_within)::int / 86400 AS prerequisite_within_days, s.deposit_percent,
    extract(epoch FROM s.buffer_before)::int / 60 AS buffer_before_minutes,
    extract(epoch FROM s.buffer_after)::int / 60 AS buffer_after_minutes,
    s.active_from, s.active_until, s.resource_kind, s.position, s.is_active,
    ARRAY(SELECT a.addon_id FROM service_addons a WHERE a.service_id = s.id ORDER BY a.addon_id) AS addon_ids,
    ARRAY(SELECT d.staff_id FROM service_staff d WHERE d.service_id = s.id ORDER BY d.staff_id) AS staff_ids
  FROM services s"""


@dataclass(frozen=True, slots=True)
class Filter:
    words: str = ""
    category: Category | None = None
    species: Species | None = None
    is_active: bool | None = None
    is_addon: bool | None = None


def listed(tx: Tx, wanted: Filter, *, after: tuple[int, str, UUID] | None, most: int) -> list[ListedService]:
    """In the order of the catalogue: by position, then by name."""
    position, name, last_id = after or (None, None, None)
    return (
        _cursor(tx)
        .execute(
            LISTED
            + """
        WHERE (%(category)s::text IS NULL OR s.category = %(category)s)
          AND (%(species)s::text IS NULL OR s.species IS NULL OR %(species)s = ANY (s.species))
          AND (%(active)s::boolean IS NULL OR s.is_active = %(active)s)
          AND (%(addon)s::boolean IS NULL OR s.is_addon = %(addon)s)
          AND (%(words)s = '' OR strpos(lower(unaccent(s.name)), lower(unaccent(%(words)s))) > 0)
          AND (%(id)s::uuid IS NULL OR (s.position, lower(s.name), s.id) > (%(position)s::int, lower(%(name)s), %(id)s::uuid))
        ORDER BY s.position, lower(s.name), s.id LIMIT %(most)s
        """,
            {
                "category": wanted.category,
                "species": wanted.species,
                "active": wanted.is_active,
                "addon": wanted.is_addon,
                "words": wanted.words,
                "position": position,
                "name": name,
                "id": last_id,
                "most": most,
            },
        )
        .fetchall()
    )


def service(tx: Tx, service_id: ServiceId) -> ListedService | None:
    return _cursor(tx).execute(LISTED + " WHERE s.id = %s", [service_id]).fetchone()


def _cursor(tx: Tx) -> Cursor[ListedService]:
    return tx.connection.cursor(row_factory=kwargs_row(_listed))


def _listed(*, prices: list[dict[str, Any]], **columns: Any) -> ListedService:
    return ListedService(prices=[PriceRow(**row) for row in prices], **columns)

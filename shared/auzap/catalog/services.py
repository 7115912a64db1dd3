"""Services: what is done for which pets, how long it takes and what it costs by size and coat, and what may be added."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, LiteralString

from psycopg import Cursor
from psycopg.rows import kwargs_row

from auzap.db.connection import Tx
from auzap.db.kept import Kept
from auzap.ids import ServiceId
from auzap.text import folded

SIZES = ("small", "medium", "large", "giant")
COATS = ("short", "medium", "long")
ANY = "any"


@dataclass(frozen=True, slots=True)
class Price:
    """What a size, a coat, or both together cost and take, where that differs from the service's own."""

    size: str
    coat: str
    price_cents: int
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Service:
    id: ServiceId
    name: str
    description: str
    category: str
    duration: timedelta
    price_cents: int
    prices: tuple[Price, ...]
    # None: of every species.
    species: tuple[str, ...] | None
    youngest_months: int | None
    oldest_months: int | None
    needs_vet: bool
    is_bookable_by_agent: bool
    is_addon: bool
    # What a pet must have had first.
    prerequisite_id: ServiceId | None
    prerequisite: str | None
    # How long ago it may lie at most; None: any time.
    prerequisite_within: timedelta | None
    deposit_percent: int
    buffer_before: timedelta
    buffer_after: timedelta
    active_from: date | None
    active_until: date | None
    resource_kind: str | None
    # What may be done beside it.
    addon_ids: tuple[ServiceId, ...]
    # Whether it is said who does it.
    names_staff: bool

    @property
    def is_personal(self) -> bool:
        """Whether it takes the time of somebody in particular."""
        return self.names_staff or self.needs_vet

    def duration_for(self, size: str | None, coat: str | None = None) -> timedelta:
        found = self._row(size, coat)
        return self.duration if found is None else found.duration

    def price_for(self, size: str | None, coat: str | None = None) -> int:
        found = self._row(size, coat)
        return self.price_cents if found is None else found.price_cents

    def lacks(self, size: str | None, coat: str | None) -> str | None:
        """What must be known of a pet before its price and length are: its size, its coat, or nothing more."""
        sizes, coats = [size] if size else SIZES, [coat] if coat else COATS
        if any(len({self._terms(s, c) for s in sizes}) > 1 for c in coats):
            return "size"
        return "coat" if any(len({self._terms(s, c) for c in coats}) > 1 for s in sizes) else None

    def is_offered_on(self, day: date) -> bool:
        return (self.active_from or day) <= day <= (self.active_until or day)

    def _terms(self, size: str, coat: str) -> tuple[int, timedelta]:
        return self.price_for(size, coat), self.duration_for(size, coat)

    def _row(self, size: str | None, coat: str | None) -> Price | None:
        """The row that says most: size and coat, else the size, else the coat."""
        rows = {(row.size, row.coat): row for row in self.prices}
        return rows.get((size or "", coat or "")) or rows.get((size or "", ANY)) or rows.get((ANY, coat or ""))


CATALOGUE: LiteralString = """
  SELECT s.id, s.name, s.description, s.category, s.duration, s.price_cents,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('size', p.size, 'coat', p.coat, 'price_cents', p.price_cents,
        'seconds', extract(epoch FROM p.duration))), '[]') FROM service_prices p WHERE p.service_id = s.id) AS prices,
    s.species, s.youngest_months, s.oldest_months, s.needs_vet, s.is_bookable_by_agent, s.is_addon, s.prerequisite_id,
    (SELECT first.name FROM services first WHERE first.id = s.prerequisite_id) AS prerequisite, s.prerequisite_within,
    s.deposit_percent, s.buffer_before, s.buffer_after, s.active_from, s.active_until, s.resource_kind,
    ARRAY(SELECT a.addon_id FROM service_addons a JOIN services more ON more.id = a.addon_id
      WHERE a.service_id = s.id AND more.is_active ORDER BY more.position, more.name) AS addon_ids,
    EXISTS (SELECT FROM service_staff d WHERE d.service_id = s.id) AS names_staff
  FROM services s"""


def services(tx: Tx) -> list[Service]:
    """Those that the shop has not put away; what is offered at another time of the year is among them."""
    return _cursor(tx).execute(CATALOGUE + " WHERE s.is_active ORDER BY s.position, s.name").fetchall()


_services = Kept(services)


def known_services(tx: Tx) -> list[Service]:
    """The same as they were when the transaction began, which is seldom asked for anew."""
    return _services.of(tx)


def known(tx: Tx, ids: Sequence[ServiceId]) -> list[Service]:
    """These, also where they have been put away meanwhile."""
    return _cursor(tx).execute(CATALOGUE + " WHERE s.id = ANY (%s)", [list(ids)]).fetchall()


def _cursor(tx: Tx) -> Cursor[Service]:
    return tx.connection.cursor(row_factory=kwargs_row(_service))


def _service(
    *, prices: list[dict[str, Any]], species: list[str] | None, addon_ids: list[ServiceId], **columns: Any
) -> Service:
    rows = (Price(p["size"], p["coat"], p["price_cents"], timedelta(seconds=p["seconds"])) for p in prices)
    return Service(
        prices=tuple(rows), species=tuple(species) if species else None, addon_ids=tuple(addon_ids), **columns
    )


def named(offered: Iterable[Service], name: str) -> Service | None:
    """The service a customer means: by its whole name, else the only one whose name holds what was said, or all its words."""
    listed, wanted = list(offered), folded(name)
    by_all_words = [
        service for service in listed if wanted and set(wanted.split()) <= set(folded(service.name).split())
    ]
    partial = [service for service in listed if wanted and wanted in folded(service.name)]
    exact = [service for service in listed if folded(service.name) == wanted]
    return next((found[0] for found in (exact[:1], partial, by_all_words) if len(found) == 1), None)


def addons_of(offered: Sequence[Service], service: Service) -> list[Service]:
    """In the order of the catalogue."""
    return [other for other in offered if other.id in service.addon_ids]

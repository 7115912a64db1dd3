"""Services with their price and duration, which a pet's size may change."""

from dataclasses import dataclass
from datetime import timedelta

from auzap.db.connection import Tx
from auzap.ids import ServiceId
from auzap.text import folded

SIZES = ("small", "medium", "large", "giant")


@dataclass(frozen=True, slots=True)
class Service:
    id: ServiceId
    name: str
    description: str
    duration: timedelta
    price_cents: int
    prices_by_size: dict[str, int]
    minutes_by_size: dict[str, int]

    def duration_for(self, size: str | None) -> timedelta:
        minutes = self.minutes_by_size.get(size or "")
        return self.duration if minutes is None else timedelta(minutes=minutes)

    def price_for(self, size: str | None) -> int:
        return self.prices_by_size.get(size or "", self.price_cents)


def services(tx: Tx) -> list[Service]:
    return tx.rows(
        Service,
        """
        SELECT s.id, s.name, s.description, s.duration, s.price_cents,
          coalesce(jsonb_object_agg(p.size, p.price_cents) FILTER (WHERE p.size IS NOT NULL), '{}') AS prices_by_size,
          coalesce(jsonb_object_agg(p.size, (extract(epoch FROM p.duration) / 60)::int)
            FILTER (WHERE p.size IS NOT NULL), '{}') AS minutes_by_size
        FROM services s LEFT JOIN service_prices p ON p.service_id = s.id
        WHERE s.is_active
        GROUP BY s.organization_id, s.id
        ORDER BY s.position, s.name
        """,
    ).fetchall()


def named(known: list[Service], name: str) -> Service | None:
    """The service a customer means: by its whole name, else the only one whose name holds what was said."""
    wanted = folded(name)
    exact = [service for service in known if folded(service.name) == wanted]
    partial = [service for service in known if wanted and wanted in folded(service.name)]
    if exact:
        return exact[0]
    return partial[0] if len(partial) == 1 else None

"""Services as the shop writes them: made, changed, archived; and whole, their prices, what may be added, who does them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from auzap.catalog.listing import PriceRow
from auzap.db.connection import Tx
from auzap.db.constraints import columns, refused, remove_or_archive
from auzap.db.locks import lock_row
from auzap.errors import Refusal
from auzap.ids import ServiceId

# The fields that count a unit of time.
SPANS = {
    "duration_minutes": ("duration", "minutes"),
    "prerequisite_within_days": ("prerequisite_within", "days"),
    "buffer_before_minutes": ("buffer_before", "minutes"),
    "buffer_after_minutes": ("buffer_after", "minutes"),
}


class UnknownService(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such service. Load the list again.")


class ServiceKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("There is a service of this name already. Change that one, or choose another name.")


class UnfitService(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A service lasts from 10 minutes to 12 hours, needs no other where it is an add-on, and ends after it begins."
        )


class UnknownReference(Refusal):
    def __init__(self) -> None:
        super().__init__("It names a service or a person that is not there. Load the lists again.")


class NoAddon(Refusal):
    def __init__(self) -> None:
        super().__init__("Only what is marked as an add-on may be added to a service.")


def create(tx: Tx, given: Mapping[str, Any]) -> ServiceId:
    """What is not given is as the catalogue has it by default."""
    with refused(tx, taken=ServiceKnown, unknown=UnknownReference, unfit=UnfitService):
        ((made,),) = tx.execute(
            """
            INSERT INTO services (
              name, description, category, duration, price_cents, species, youngest_months, oldest_months, needs_vet,
              is_bookable_by_agent, is_addon, prerequisite_id, prerequisite_within, deposit_percent, buffer_before, buffer_after,
              active_from, active_until, resource_kind, position)
            SELECT n.name, coalesce(n.description, ''), coalesce(n.category, 'grooming'), n.duration, n.price_cents, n.species,
              n.youngest_months, n.oldest_months, coalesce(n.needs_vet, false), coalesce(n.is_bookable_by_agent, true),
              coalesce(n.is_addon, false), n.prerequisite_id, n.prerequisite_within, coalesce(n.deposit_percent, 0),
              coalesce(n.buffer_before, '0'), coalesce(n.buffer_after, '0'), n.active_from, n.active_until, n.resource_kind,
              coalesce(n.position, 0)
            FROM jsonb_populate_record(NULL::services, %s) n RETURNING id
            """,
            [columns(given, spans=SPANS)],
        ).fetchall()
    return ServiceId(made)


def change(tx: Tx, service_id: ServiceId, given: Mapping[str, Any]) -> None:
    with refused(tx, taken=ServiceKnown, unknown=UnknownReference, unfit=UnfitService):
        changed = tx.execute(
            """
            UPDATE services s SET (name, description, category, duration, price_cents, species, youngest_months, oldest_months,
                needs_vet, is_bookable_by_agent, is_addon, prerequisite_id, prerequisite_within, deposit_percent, buffer_before,
                buffer_after, active_from, active_until, resource_kind, position, is_active)
              = (SELECT n.name, n.description, n.category, n.duration, n.price_cents, n.species, n.youngest_months,
                n.oldest_months, n.needs_vet, n.is_bookable_by_agent, n.is_addon, n.prerequisite_id, n.prerequisite_within,
                n.deposit_percent, n.buffer_before, n.buffer_after, n.active_from, n.active_until, n.resource_kind, n.position,
                n.is_active
              FROM jsonb_populate_record(s, %s) n)
            WHERE s.id = %s
            """,
            [columns(given, spans=SPANS), service_id],
        )
    if changed.rowcount == 0:
        raise UnknownService


def remove(tx: Tx, service_id: ServiceId) -> None:
    """One that was ever booked is archived: whatever names it keeps it."""
    remove_or_archive(tx, "services", service_id, unknown=UnknownService)


def set_prices(tx: Tx, service_id: ServiceId, prices: Sequence[PriceRow]) -> None:
    """All of them: for what is not named the service's own price counts."""
    with refused(tx, taken=UnfitService, unknown=UnknownService, unfit=UnfitService):
        lock_row(tx, "services", service_id, unknown=UnknownService)
        tx.execute(
            """
            MERGE INTO service_prices p
            USING unnest(%(sizes)s::text[], %(coats)s::text[], %(cents)s::int[], %(minutes)s::int[])
              AS n (size, coat, price_cents, minutes)
              ON p.service_id = %(service)s AND p.size = n.size AND p.coat = n.coat
            WHEN MATCHED AND (p.price_cents, p.duration) <> (n.price_cents, make_interval(mins => n.minutes))
              THEN UPDATE SET price_cents = n.price_cents, duration = make_interval(mins => n.minutes)
            WHEN NOT MATCHED BY TARGET THEN INSERT (service_id, size, coat, price_cents, duration)
              VALUES (%(service)s, n.size, n.coat, n.price_cents, make_interval(mins => n.minutes))
            WHEN NOT MATCHED BY SOURCE AND p.service_id = %(service)s THEN DELETE
            """,
            {
                "service": service_id,
                "sizes": [row.size for row in prices],
                "coats": [row.coat for row in prices],
                "cents": [row.price_cents for row in prices],
                "minutes": [row.duration_minutes for row in prices],
            },
        )


def set_addons(tx: Tx, service_id: ServiceId, addon_ids: Sequence[ServiceId]) -> None:
    """All that may be done beside it."""
    wanted = list(set(addon_ids))
    with refused(tx, unknown=UnknownReference, unfit=NoAddon):
        lock_row(tx, "services", service_id, unknown=UnknownService)
        # What is not there at all is found by the reference below.
        if tx.execute("SELECT FROM services WHERE id = ANY (%s) AND NOT is_addon LIMIT 1", [wanted]).rowcount:
            raise NoAddon
        tx.execute(
            """
            MERGE INTO service_addons a USING unnest(%(addons)s::uuid[]) AS n (id)
              ON a.service_id = %(service)s AND a.addon_id = n.id
            WHEN NOT MATCHED BY TARGET THEN INSERT (service_id, addon_id) VALUES (%(service)s, n.id)
            WHEN NOT MATCHED BY SOURCE AND a.service_id = %(service)s THEN DELETE
            """,
            {"service": service_id, "addons": wanted},
        )


def set_staff(tx: Tx, service_id: ServiceId, staff_ids: Sequence[UUID]) -> None:
    """Everybody who does it."""
    with refused(tx, unknown=UnknownReference, unfit=UnfitService):
        lock_row(tx, "services", service_id, unknown=UnknownService)
        tx.execute(
            """
            MERGE INTO service_staff d USING unnest(%(staff)s::uuid[]) AS n (id)
              ON d.service_id = %(service)s AND d.staff_id = n.id
            WHEN NOT MATCHED BY TARGET THEN INSERT (service_id, staff_id) VALUES (%(service)s, n.id)
            WHEN NOT MATCHED BY SOURCE AND d.service_id = %(service)s THEN DELETE
            """,
            {"service": service_id, "staff": list(set(staff_ids))},
        )

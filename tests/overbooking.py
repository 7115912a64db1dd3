"""Whether anything is taken by more than it can hold, by a sweep over all that was booked. It trusts no constraint."""

from collections.abc import Callable
from typing import Any

type Rows = Callable[[str], list[tuple[Any, ...]]]

LIVE = "('requested', 'confirmed', 'in_progress', 'completed')"

# Each with what is wrong and where. Before one moment's start, all that began earlier and has not ended.
SWEEPS = {
    "is taken by more than it can hold": """
      SELECT p.organization_id || ' place ' || p.place_id || ' at ' || p.starts_at FROM booking_places p
      LEFT JOIN resources r ON r.organization_id = p.organization_id AND r.id = p.resource_id
      JOIN organization_settings s ON s.organization_id = p.organization_id
      JOIN booking_places o ON o.organization_id = p.organization_id AND o.place_id = p.place_id
        AND o.starts_at <= p.starts_at AND o.ends_at > p.starts_at
      GROUP BY p.organization_id, p.id, p.place_id, p.starts_at, p.staff_id, r.capacity, s.parallel_bookings
      HAVING count(*) > CASE WHEN p.staff_id IS NOT NULL THEN 1 ELSE coalesce(r.capacity, s.parallel_bookings) END""",
    "is taken twice at once": """
      SELECT p.organization_id || ' place ' || p.place_id || ' number ' || p.number || ' at ' || p.starts_at
      FROM booking_places p JOIN booking_places o ON o.organization_id = p.organization_id AND o.place_id = p.place_id
        AND o.number = p.number AND o.id > p.id AND o.starts_at < p.ends_at AND o.ends_at > p.starts_at""",
    "is in two appointments at once": f"""
      SELECT b.organization_id || ' pet ' || b.pet_id || ' at ' || b.starts_at
      FROM bookings b JOIN bookings o ON o.organization_id = b.organization_id AND o.pet_id = b.pet_id AND o.id > b.id
        AND o.starts_at < b.ends_at AND o.ends_at > b.starts_at WHERE b.status IN {LIVE} AND o.status IN {LIVE}""",
    "has not its one place for all of its time": f"""
      SELECT b.organization_id || ' booking ' || b.id FROM bookings b WHERE b.status IN {LIVE}
        AND (SELECT count(*) FROM booking_places p WHERE p.organization_id = b.organization_id AND p.booking_id = b.id
          AND p.staff_id IS NULL AND p.starts_at <= b.starts_at AND p.ends_at >= b.ends_at) <> 1""",
    "has nobody who does it": f"""
      SELECT b.organization_id || ' booking ' || b.id FROM bookings b
      JOIN services s ON s.organization_id = b.organization_id AND s.id = b.service_id
      WHERE b.status IN {LIVE}
        AND (s.needs_vet OR EXISTS (
          SELECT FROM service_staff d WHERE d.organization_id = s.organization_id AND d.service_id = s.id))
        AND NOT EXISTS (SELECT FROM booking_places p WHERE p.organization_id = b.organization_id AND p.booking_id = b.id
          AND p.staff_id IS NOT NULL AND p.starts_at <= b.starts_at AND p.ends_at >= b.ends_at)""",
    "has a place and does not happen": f"""
      SELECT p.organization_id || ' booking ' || p.booking_id FROM booking_places p
      JOIN bookings b ON b.organization_id = p.organization_id AND b.id = p.booking_id WHERE b.status NOT IN {LIVE}""",
}


def overbooked(rows: Rows) -> list[str]:
    """`rows` runs a statement that sees every shop."""
    return [f"{where} {wrong}" for wrong, statement in SWEEPS.items() for (where,) in rows(statement)]

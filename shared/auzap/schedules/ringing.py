"""What the shops' clocks ring for at a tick: everything due that was not done, whichever ticks went missing before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auzap import metrics
from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.schedules.shop_jobs import LOOKS_BACK, SHOP_JOBS, due


@dataclass(frozen=True, slots=True)
class Ring:
    organization_id: OrganizationId
    job: str
    at: datetime


def rings(database: Database, now: datetime) -> Iterator[Ring]:
    clocks = database.lookup("SELECT * FROM app.shop_clocks(%s)", [now - LOOKS_BACK])
    for organization_id, time_zone, counts_from, rung in clocks:
        zone = _zone(organization_id, time_zone)
        if zone is None:
            continue
        for job in SHOP_JOBS:
            for at in due(job, zone, counts_from, now):
                if f"{job.name}@{int(at.timestamp())}" not in rung:
                    yield Ring(OrganizationId(organization_id), job.name, at)


def _zone(organization_id: UUID, time_zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # One shop's mistake must not stop the clocks of the others.
        metrics.count("ShopClockUnreadable", organization=str(organization_id))
        return None

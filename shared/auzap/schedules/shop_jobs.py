"""Jobs by the shop's own clock: which there are, and when each is due."""

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ShopJob:
    """`on` is the weekday of a weekly job (0 is Monday) or the day of a monthly one (at most 28)."""

    name: str
    at: time
    every: Literal["day", "week", "month"] = "day"
    on: int = 0
    # Later than this it is not done any more, only kept as missed.
    late: timedelta = timedelta(hours=12)

    def is_on(self, day: date) -> bool:
        match self.every:
            case "day":
                return True
            case "week":
                return day.weekday() == self.on
            case "month":
                return day.day == self.on


SHOP_JOBS = (
    ShopJob("count_days", time(1)),
    ShopJob("embed_knowledge", time(2)),
    ShopJob("clear_old", time(2)),
    ShopJob("decay_scores", time(3)),
    ShopJob("close_stale", time(4)),
    ShopJob("review_replies", time(5)),
    ShopJob("make_series", time(6)),
    # Of a day that is over nobody wants to be reminded.
    ShopJob("stay_reports_pending", time(18), late=timedelta(hours=5)),
)

# How far a tick looks back: far beyond the latest hour of any job, so that one that was missed is at least kept as such.
LOOKS_BACK = timedelta(days=3)


# Many shops share a zone, and ask for the same hours.
@functools.lru_cache(maxsize=256)
def due(job: ShopJob, zone: ZoneInfo, since: datetime, now: datetime) -> tuple[datetime, ...]:
    """The instants that the job was meant for, after `since` and up to `now`."""
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    instants = (instant(day, job.at, zone) for day in days if job.is_on(day))
    return tuple(meant for meant in instants if since < meant <= now)


@functools.lru_cache(maxsize=4096)
def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """An hour of the shop's day: of one that comes twice the first, for one that is left out the one that many hours later.

    Both are what PEP 495 makes of an hour without a fold.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)

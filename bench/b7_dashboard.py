"""the dashboard of thirty days, of a shop of 200,000 messages and of one of 1,000"""

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from auzap.db.connection import Tx
from auzap.insights import dashboard
from auzap.insights.dashboard import Days
from bench import town
from bench.result import Result

ROUNDS = 25
ZONE = ZoneInfo("America/Sao_Paulo")


def measure() -> list[Result]:
    with town.both() as (many, _), ExitStack() as opened:
        shops = [opened.enter_context(town.asking(many.app, shop)) for shop in (many.small, many.big)]
        # Ever earlier: what a sandbox has kept for a minute is of later, and so of no use.
        moments = (datetime.now(UTC) - timedelta(seconds=passed) for passed in itertools.count())
        for tx in shops:
            _seconds(tx, next(moments))
        rounds = [_round(shops, moments, big_first=number % 2 == 1) for number in range(ROUNDS)]
    floor, ours = (statistics.median(side) * 1000 for side in zip(*rounds, strict=True))
    shown = f"{floor:.1f} ms", f"{ours:.1f} ms"
    ratios = [of_big / of_small for of_small, of_big in rounds]
    return [Result("B7", "dashboard of 30 days, shop of 200,000 / of 1,000", *shown, ratios, goal=3)]


def _round(shops: list[Tx], moments: Iterator[datetime], *, big_first: bool) -> tuple[float, float]:
    small, big = shops
    if big_first:
        of_big = _seconds(big, next(moments))
        return _seconds(small, next(moments)), of_big
    return _seconds(small, next(moments)), _seconds(big, next(moments))


def _seconds(tx: Tx, now: datetime) -> float:
    started = time.perf_counter()
    dashboard.dashboard(tx, days=Days.MONTH, zone=ZONE, now=now)
    return time.perf_counter() - started

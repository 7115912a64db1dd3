"""The days of a repeated appointment."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Literal

from auzap.customers.pets import months_later

type Unit = Literal["week", "month"]

WEEK = timedelta(days=7)


def days(starts_on: date, every: int, unit: Unit, *, since: date, until: date) -> Iterator[date]:
    """Those from `since` to `until`; of a month that has no such day its last, and the next month counts from the first again."""
    for place in count():
        day = starts_on + place * every * WEEK if unit == "week" else months_later(starts_on, place * every)
        if day > until:
            return
        if day >= since:
            yield day

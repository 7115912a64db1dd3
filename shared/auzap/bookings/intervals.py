"""Stretches of time, half open: what ends when the next begins does not touch it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Interval") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: "Interval") -> bool:
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


def less(whole: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of them, in order."""
    left = sorted(whole, key=lambda interval: interval.starts_at)
    for hole in holes:
        cut = [part for interval in left for part in _around(interval, hole)]
        left = [part for part in cut if part.starts_at < part.ends_at]
    return left


def _around(interval: Interval, hole: Interval) -> tuple[Interval, ...]:
    if not interval.overlaps(hole):
        return (interval,)
    return Interval(interval.starts_at, hole.starts_at), Interval(hole.ends_at, interval.ends_at)

"""Warm paths: CPU of this process, ours and the floor turn by turn, so that a busy machine disturbs both alike."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 15
CALLS = 400


@dataclass(frozen=True, slots=True)
class Measured:
    floor_us: float
    ours_us: float
    ratios: list[float]


def compare(floor: Callable[[], object], ours: Callable[[], object]) -> Measured:
    for warmed in (floor, ours):
        _cpu(warmed)
    pairs: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        # Each goes first as often as the other.
        if number % 2:
            ours_took = _cpu(ours)
            pairs.append((_cpu(floor), ours_took))
        else:
            pairs.append((_cpu(floor), _cpu(ours)))
    return Measured(
        floor_us=statistics.median(floor_took for floor_took, _ in pairs),
        ours_us=statistics.median(ours_took for _, ours_took in pairs),
        ratios=[ours_took / floor_took for floor_took, ours_took in pairs],
    )


def _cpu(work: Callable[[], object]) -> float:
    """Microseconds of CPU for one call."""
    gc.collect()
    started = time.process_time()
    for _ in range(CALLS):
        work()
    return (time.process_time() - started) / CALLS * 1e6

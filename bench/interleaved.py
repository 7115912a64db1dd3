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


def compare(
    floor: Callable[[], object],
    ours: Callable[[], object],
    *,
    calls: int = CALLS,
    cpu: Callable[[], float] = time.process_time,
) -> Measured:
    """`cpu` tells the seconds that were used so far: of this process, or of another one that works for both."""

    def took(work: Callable[[], object]) -> float:
        return _cpu(work, calls, cpu)

    for warmed in (floor, ours):
        took(warmed)
    pairs: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        # Each goes first as often as the other.
        if number % 2:
            ours_took = took(ours)
            pairs.append((took(floor), ours_took))
        else:
            pairs.append((took(floor), took(ours)))
    return Measured(
        floor_us=statistics.median(floor_took for floor_took, _ in pairs),
        ours_us=statistics.median(ours_took for _, ours_took in pairs),
        ratios=[ours_took / floor_took for floor_took, ours_took in pairs],
    )


def _cpu(work: Callable[[], object], calls: int, cpu: Callable[[], float]) -> float:
    """Microseconds of CPU for one call."""
    gc.collect()
    started = cpu()
    for _ in range(calls):
        work()
    return (cpu() - started) / calls * 1e6

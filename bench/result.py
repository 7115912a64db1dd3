"""What a benchmark found, and how it is shown."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "floor", "ours", "ratio", "minimum", "goal", "")


@dataclass(frozen=True, slots=True)
class Result:
    """Ratios of ours to the floor, one for each round; the median is held against the goal."""

    name: str
    what: str
    floor: str
    ours: str
    ratios: Sequence[float]
    goal: float

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal

    def cells(self) -> tuple[str, ...]:
        return (
            f"{self.name} {self.what}",
            self.floor,
            self.ours,
            f"{self.ratio:.2f}",
            f"{min(self.ratios):.2f}",
            f"≤ {self.goal:g}",
            "met" if self.is_met else "MISSED",
        )


class Missing(Exception):
    """A benchmark could not be run here; the message says what it lacks."""

    is_met = False

    def cells(self) -> tuple[str, ...]:
        return (str(self), "", "", "", "", "", "NOT MEASURED")


def table(results: Sequence[Result | Missing]) -> str:
    rows = [HEADINGS, *(result.cells() for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]

    def line(row: Sequence[str]) -> str:
        first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        numbers = [cell.strip().rjust(width) for cell, width in zip(others[:-1], widths[1:-1], strict=True)]
        return "  ".join([first, *numbers, others[-1]]).rstrip()

    return "\n".join([line(rows[0]), "-" * (sum(widths) + 2 * (len(widths) - 1)), *map(line, rows[1:])])

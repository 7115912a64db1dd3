"""What the runs came to, for people and for machines."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.scenarios import Verdict

COLUMNS = ("messages", "turns", "kills", "sent", "doubled", "buried", "seconds", "turns_per_second", "answer_p95_s")
# In every run; what else a run has measured is its goal's own.
EVERYWHERE = {*COLUMNS, "deliveries", "gave_up", "virtual_seconds", "answer_p50_s", "answer_max_s", "faults"}


def table(verdicts: Sequence[Verdict]) -> str:
    rows = _rows(verdicts)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    lines = [f"{line}  {row[-1]}".rstrip() for line, row in zip(lines, rows, strict=True)]
    return "\n".join([*lines, *_missed(verdicts)])


def write(path: Path, verdicts: Sequence[Verdict], *, seed: int, size: float) -> None:
    """As JSON, and beside it to be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {"goal": verdict.goal, "met": verdict.is_met, "numbers": verdict.numbers, "wrong": verdict.wrong}
        for verdict in verdicts
    ]
    path.write_text(json.dumps({"seed": seed, "size": size, "runs": told}, indent=2, default=str) + "\n")
    path.with_suffix(".md").write_text(_page(verdicts, seed=seed, size=size))


def _page(verdicts: Sequence[Verdict], *, seed: int, size: float) -> str:
    head, *rows = _rows(verdicts)
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    missed = [f"- {line}" for line in _missed(verdicts)]
    return "\n".join([f"# Chaos: seed {seed}, size {size:g}", "", *lines, "", *missed, ""])


def _rows(verdicts: Sequence[Verdict]) -> list[list[str]]:
    rows = [["goal", *COLUMNS, "", "of its own"]]
    for verdict in verdicts:
        numbers = [str(verdict.numbers.get(column, "")) for column in COLUMNS]
        rows.append([verdict.goal, *numbers, "met" if verdict.is_met else "MISSED", _own(verdict.numbers)])
    return rows


def _own(numbers: dict[str, Any]) -> str:
    own = {name: number for name, number in numbers.items() if name not in EVERYWHERE}
    return ", ".join(f"{name} {number}" for name, number in own.items())


def _missed(verdicts: Sequence[Verdict]) -> list[str]:
    return [
        f"{verdict.goal}, {name}: {len(wrong)} wrong, as {'; '.join(wrong[:3])}"
        for verdict in verdicts
        for name, wrong in verdict.wrong.items()
    ]

"""What the runs came to, for people and for machines."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.scenarios import Verdict

COLUMNS = ("messages", "turns", "kills", "sent", "doubled", "buried", "seconds", "turns_per_second", "answer_p95_s")


def table(verdicts: Sequence[Verdict]) -> str:
    rows: list[tuple[str, ...]] = [("goal", *COLUMNS, "")]
    for verdict in verdicts:
        numbers = [str(verdict.numbers.get(column, "")) for column in COLUMNS]
        rows.append((verdict.goal, *numbers, "met" if verdict.is_met else "MISSED"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for verdict in verdicts:
        for name, wrong in verdict.wrong.items():
            lines.append(f"{verdict.goal}, {name}: {len(wrong)} wrong, as {'; '.join(wrong[:3])}")
    return "\n".join(lines)


def write(path: Path, verdicts: Sequence[Verdict], *, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {"goal": verdict.goal, "met": verdict.is_met, "numbers": verdict.numbers, "wrong": verdict.wrong}
        for verdict in verdicts
    ]
    path.write_text(json.dumps({"seed": seed, "runs": told}, indent=2, default=str) + "\n")

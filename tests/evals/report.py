"""The report: a table to read, the same as data, and what got better or worse since the last one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.evals.scenarios import Scenario
from tests.evals.scoring import Result, Score, overall, score

PATH = Path(".build/evals-report.json")
COLUMNS = ("scenario", "passed", "pass^k", "turns", "tokens", "US$", "p50 s", "p95 s")
MICROS = 1_000_000
# Less than this is noise between two runs.
SLOWER = 1.25

type Told = dict[str, Any]


def tell(results: Mapping[str, list[Result]], *, model: str, customer: str, k: int) -> Told:
    return {
        "model": model,
        "customer": customer,
        "k": k,
        "overall": overall(dict(results), k).as_json(),
        "scenarios": {
            name: {"score": score(each).as_json(), "runs": [asdict(result) for result in each]}
            for name, each in results.items()
        },
    }


def last(path: Path = PATH) -> Told | None:
    return json.loads(path.read_text()) if path.exists() else None


def write(told: Told, scenarios: Mapping[str, Scenario], before: Told | None, path: Path = PATH) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    page = _page(told, scenarios, before)
    path.with_suffix(".md").write_text(page)
    return page


def compared(told: Told, before: Told) -> list[str]:
    """What changed since the last report, of the scenarios that both have."""
    lines: list[str] = []
    for name, now in told["scenarios"].items():
        if (then := before["scenarios"].get(name)) is None:
            continue
        share, earlier = _share(now["score"]), _share(then["score"])
        if share != earlier:
            lines.append(f"{name}: {'better' if share > earlier else 'WORSE'}, {earlier:.0%} → {share:.0%}")
    total, was = told["overall"], before["overall"]
    for what, unit in (("tokens", "tokens a run"), ("cost_micros", "millionths of a dollar a run"), ("p95", "s p95")):
        if was[what] and not 1 / SLOWER <= total[what] / was[what] <= SLOWER:
            lines.append(f"overall: {was[what]:g} → {total[what]:g} {unit}")
    return lines


def _page(told: Told, scenarios: Mapping[str, Scenario], before: Told | None) -> str:
    rows = [_row(name, each["score"]) for name, each in told["scenarios"].items()]
    rows.append(_row("**all**", told["overall"]))
    table = [f"| {' | '.join(cells)} |" for cells in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    return "\n".join(
        [
            f"# Evals: {told['model']}, each scenario × {told['k']}, customer: {told['customer']}",
            "",
            *table,
            "",
            *_comparison(told, before),
            *(line for name, each in told["scenarios"].items() for line in _failure(name, each, scenarios)),
        ]
    )


def _comparison(told: Told, before: Told | None) -> list[str]:
    if before is None:
        return ["## Since the last report", "", "There is none to compare with.", ""]
    whose = f" (of {before['model']})" if before["model"] != told["model"] else ""
    changes = compared(told, before) or ["Nothing has changed."]
    return [f"## Since the last report{whose}", "", *(f"- {line}" for line in changes), ""]


def _failure(name: str, each: Told, scenarios: Mapping[str, Scenario]) -> Sequence[str]:
    failed = [run for run in each["runs"] if run["problems"]]
    if not failed:
        return ()
    problems = [f"- {problem}".replace("\n", "\n  ") for problem in failed[0]["problems"]]
    transcript = [f"> **{by}**: {text}".replace("\n", "\n> ") for by, text in failed[0]["transcript"]]
    spaced = [line for said in transcript for line in (said, ">")]
    return [f"## {name}", "", scenarios[name].about, "", *problems, "", *spaced[:-1], ""]


def _row(name: str, told: Mapping[str, Any]) -> list[str]:
    made = Score(**told)
    cost = f"{made.cost_micros / MICROS:.4f}"
    figures = [
        f"{made.pass_hat_k:.2f}",
        f"{made.turns:g}",
        f"{made.tokens:g}",
        cost,
        f"{made.p50:.2f}",
        f"{made.p95:.2f}",
    ]
    return [name, f"{made.passed}/{made.runs}", *figures]


def _share(told: Mapping[str, Any]) -> float:
    return told["passed"] / told["runs"] if told["runs"] else 0.0

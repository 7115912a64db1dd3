"""What runs come to: how often each scenario passes, how often k times in a row, what it cost, how long one waited."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

from tests.evals.judging import problems
from tests.evals.running import Run


@dataclass(frozen=True)
class Result:
    """One run, judged: no more of it than the report needs."""

    scenario: str
    problems: list[str]
    transcript: list[tuple[str, str]]
    turns: int
    tokens: int
    cost_micros: int
    latencies: list[float]
    seconds: float

    @property
    def has_passed(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Score:
    runs: int
    passed: int
    # The chance that so many runs as were made would all pass.
    pass_hat_k: float
    turns: float
    tokens: float
    cost_micros: float
    p50: float
    p95: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judged(run: Run, *, seconds: float) -> Result:
    return Result(
        scenario=run.scenario.name,
        problems=problems(run),
        transcript=[(said.by, said.text) for said in run.transcript],
        turns=run.used.turns,
        tokens=run.used.input_tokens + run.used.output_tokens,
        cost_micros=run.used.cost_micros,
        latencies=[round(latency, 3) for latency in run.latencies],
        seconds=round(seconds, 2),
    )


def broken(scenario: str, why: str) -> Result:
    """A run that never came to its end."""
    return Result(scenario, [f"trouble: {why}"], [], 0, 0, 0, [], 0.0)


def pass_hat(passed: int, runs: int, k: int) -> float:
    """The share of all ways to draw k of the runs in which every one has passed."""
    return comb(passed, k) / comb(runs, k) if runs >= k > 0 else 0.0


def score(results: Sequence[Result]) -> Score:
    """Of the runs of one scenario."""
    runs, passed = len(results), sum(result.has_passed for result in results)
    return _scored(results, passed, pass_hat(passed, runs, runs))


def overall(by_scenario: dict[str, list[Result]], k: int) -> Score:
    results = [result for each in by_scenario.values() for result in each]
    hats = [pass_hat(sum(result.has_passed for result in each), len(each), k) for each in by_scenario.values()]
    return _scored(results, sum(result.has_passed for result in results), statistics.fmean(hats) if hats else 0.0)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _scored(results: Sequence[Result], passed: int, hat: float) -> Score:
    latencies = [latency for result in results for latency in result.latencies]
    return Score(
        runs=len(results),
        passed=passed,
        pass_hat_k=round(hat, 3),
        turns=round(_mean([result.turns for result in results]), 1),
        tokens=round(_mean([result.tokens for result in results])),
        cost_micros=round(_mean([result.cost_micros for result in results])),
        p50=round(percentile(latencies, 0.5), 3),
        p95=round(percentile(latencies, 0.95), 3),
    )


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0

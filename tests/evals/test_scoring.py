"""Scores, and the comparison with the last report."""

import json
from pathlib import Path

import pytest

from tests.evals import report, scenarios, scoring
from tests.evals.scenarios import Scenario, UnusableScenario
from tests.evals.scoring import Result


def result(name: str = "hours", *problems: str, latencies: tuple[float, ...] = (1.0,), tokens: int = 100) -> Result:
    return Result(name, list(problems), [("Ana", "Oi"), ("shop to Ana", "Olá!")], 1, tokens, 50, list(latencies), 2.0)


def told(*results: Result, k: int = 1) -> report.Told:
    by_scenario: dict[str, list[Result]] = {}
    for each in results:
        by_scenario.setdefault(each.scenario, []).append(each)
    return report.tell(by_scenario, model="offline", customer="scripted", k=k)


@pytest.fixture
def known() -> dict[str, Scenario]:
    return scenarios.load()


@pytest.mark.parametrize(
    ("passed", "runs", "k", "chance"),
    [(4, 4, 4, 1.0), (3, 4, 4, 0.0), (3, 4, 1, 0.75), (2, 4, 2, 1 / 6), (0, 0, 1, 0.0)],
)
def test_the_chance_that_k_runs_in_a_row_pass(passed: int, runs: int, k: int, chance: float) -> None:
    assert scoring.pass_hat(passed, runs, k) == pytest.approx(chance)


def test_a_scenario_is_scored_over_its_runs() -> None:
    made = scoring.score([result(latencies=(1.0, 2.0)), result("hours", "wrong", latencies=(9.0,), tokens=300)])

    assert (made.runs, made.passed, made.pass_hat_k) == (2, 1, 0.0)
    assert (made.tokens, made.cost_micros, made.p50, made.p95) == (200, 50, 2.0, 9.0)


def test_all_of_them_together_count_each_scenario_the_same() -> None:
    made = scoring.overall({"a": [result("a")] * 2, "b": [result("b"), result("b", "wrong")]}, 2)

    assert (made.runs, made.passed, made.pass_hat_k) == (4, 3, 0.5)


def test_nothing_run_is_nothing_passed() -> None:
    assert scoring.overall({}, 1).runs == 0


def test_what_got_better_and_worse_is_told() -> None:
    before = told(result("hours", "wrong"), result("english"), result("insults"))
    after = told(result("hours"), result("english", "wrong"), result("emergency"))

    assert report.compared(after, before) == [
        "hours: better, 0% → 100%",
        "english: WORSE, 100% → 0%",
    ]


def test_dearer_and_slower_is_told_where_it_is_more_than_noise() -> None:
    before = told(*(result(tokens=100, latencies=(1.0,)) for _ in range(3)))

    assert report.compared(told(result(tokens=110, latencies=(1.1,))), before) == []
    assert report.compared(told(result(tokens=200, latencies=(3.0,))), before) == [
        "overall: 100 → 200 tokens a run",
        "overall: 1 → 3 s p95",
    ]


def test_the_report_is_there_to_read_and_to_compare_with(tmp_path: Path, known: dict[str, Scenario]) -> None:
    path = tmp_path / "evals.json"
    assert report.last(path) is None
    first = told(result("hours"), result("english", "no reply says '70,00'"))

    page = report.write(first, known, report.last(path), path)

    assert "There is none to compare with." in page
    assert "| hours | 1/1 | 1.00 |" in page
    assert "- no reply says '70,00'" in page
    assert "> **Ana**: Oi" in page
    assert path.with_suffix(".md").read_text() == page
    assert report.last(path) == json.loads(json.dumps(first))
    assert "Nothing has changed." in report.write(first, known, report.last(path), path)


def test_there_are_enough_scenarios_and_each_says_what_it_is_about(known: dict[str, Scenario]) -> None:
    assert len(known) >= 40
    assert all(each.about and each.script for each in known.values())
    assert 10 <= sum(each.is_smoke for each in known.values()) <= 20


@pytest.mark.parametrize(
    "told", [{"says": "Oi"}, {"then": {"hodler": "ai"}}, {"script": [{"yell": "OI"}]}, {"reacts": {"proposal": "yes"}}]
)
def test_a_scenario_with_a_word_that_nobody_knows_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(UnusableScenario):
        scenarios.read({"name": "x", "about": "y", "script": ["Oi"], **told})


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[scenario]]\nname = "x"\nabout = "y"\nscript = ["Oi"]\n' * 2)

    with pytest.raises(UnusableScenario):
        scenarios.load(tmp_path)

"""The reply gate over many made-up shops: 200 bad replies, none of which passes, and 500 good ones, which do."""

import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from auzap.agent import gate
from auzap.agent.rules.replies import RULES
from tests.unit.gate_shop import make

CASES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "gate_cases" / "replies.toml").read_text())
SEED = 20261121
BAD, GOOD, GOOD_ENGLISH = 200, 470, 30
MOST_GOOD_STOPPED = 0.01


def bad_replies() -> list[tuple[int, str, str]]:
    """Every template of every rule, and again from the first, each in a shop of its own."""
    templates = [(rule, template) for rule, known in CASES["bad"].items() for template in known]
    templates += [(f"language of {asked}", text) for asked, texts in CASES["bad_language"].items() for text in texts]
    return [(SEED + place, *templates[place % len(templates)]) for place in range(BAD)]


def good_replies(templates: list[str], wanted: int, *, decorated: bool) -> list[tuple[int, str]]:
    rng = random.Random(SEED)
    return [
        (
            SEED + place,
            rng.choice(CASES["openings"]) + templates[place % len(templates)] + rng.choice(CASES["endings"])
            if decorated
            else templates[place % len(templates)],
        )
        for place in range(wanted)
    ]


@pytest.mark.parametrize(("seed", "rule", "template"), bad_replies())
def test_a_bad_reply_is_stopped_by_its_rule(seed: int, rule: str, template: str) -> None:
    rule, _, language = rule.partition(" of ")
    made = make(seed, language=language or "pt")
    reply = made.fill(template)

    assert rule in {problem.rule for problem in gate.problems(reply, made.facts)}, reply


def test_two_hundred_bad_replies_are_tried_and_every_template_of_every_rule() -> None:
    tried = bad_replies()

    assert len(tried) == BAD
    assert {(rule, template) for _, rule, template in tried} >= {
        (rule, template) for rule, templates in CASES["bad"].items() for template in templates
    }
    assert {rule.partition(" of ")[0] for _, rule, _ in tried} == RULES.keys() - {"length"}


def test_of_five_hundred_good_replies_hardly_one_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    stopped: list[str] = []
    for seed, template in good_replies(CASES["good"], GOOD, decorated=True):
        made = make(seed)
        found = gate.problems(reply := made.fill(template), made.facts)
        stopped += [f"{[problem.told for problem in found]}: {reply}"] if found else []
    for seed, template in good_replies(CASES["good_english"], GOOD_ENGLISH, decorated=False):
        made = make(seed, language="en")
        found = gate.problems(reply := made.fill(template), made.facts)
        stopped += [f"{[problem.told for problem in found]}: {reply}"] if found else []
    with capsys.disabled():
        print(f"\nreply gate: {len(stopped)} of {GOOD + GOOD_ENGLISH} good replies stopped (seed {SEED})")

    assert len(stopped) <= MOST_GOOD_STOPPED * (GOOD + GOOD_ENGLISH), "\n".join(stopped)

"""What is understood without a model: emergencies, urgency, and where the customer stands."""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.agent.emergencies import SENTENCES, is_emergency
from auzap.agent.rules.emergencies import DANGERS
from auzap.agent.tools.talking import Urgency
from auzap.agent.understanding import URGENCIES, journey, urgency
from auzap.text import folded

CASES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "gate_cases" / "emergencies.toml").read_text())
FEWEST = 40
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("said", CASES["emergency"])
def test_an_animal_in_danger_is_an_emergency(said: str) -> None:
    assert is_emergency([said])
    assert is_emergency(["Oi, bom dia", said])


@pytest.mark.parametrize("said", CASES["in_pieces"])
def test_an_emergency_is_understood_in_pieces(said: list[str]) -> None:
    assert is_emergency(said)
    assert not any(is_emergency([each]) for each in said[:-1])


@pytest.mark.parametrize("said", CASES["calm"])
def test_what_only_sounds_like_it_is_none(said: str) -> None:
    assert not is_emergency([said])
    assert not is_emergency(["Oi, bom dia", said, "obrigada"])


def test_there_are_enough_cases_of_either() -> None:
    assert len(set(CASES["emergency"])) >= FEWEST
    assert len(set(CASES["calm"])) >= FEWEST


@given(st.text(max_size=300))
def test_whatever_is_said_can_be_looked_at(said: str) -> None:
    assert is_emergency([said]) in {True, False}


def test_no_danger_is_hidden_from_its_pattern_by_its_signs() -> None:
    for said in CASES["emergency"]:
        for sentence in re.split(SENTENCES, said):
            known = folded(sentence)
            for signs, danger in DANGERS:
                assert not re.search(danger, known) or any(sign in f" {known} " for sign in signs), (said, danger)


@pytest.mark.parametrize("said", CASES["urgent"])
def test_loud_and_urgent_words_make_it_high(said: str) -> None:
    assert urgency([said], told="normal", intent="question", visits=0) == "high"


@pytest.mark.parametrize("said", CASES["unhurried"])
def test_other_words_leave_it_as_the_model_says(said: str) -> None:
    for told in URGENCIES:
        assert urgency([said], told=told, intent="question", visits=0) == told


@pytest.mark.parametrize(
    ("told", "intent", "visits", "expected"),
    [
        ("low", "complaint", 0, "high"),
        ("critical", "complaint", 0, "critical"),
        ("low", "question", 5, "low"),
        ("low", "question", 6, "high"),
        ("low", "emergency", 0, "critical"),
    ],
)
def test_a_complaint_and_a_regular_customer_are_seen_soon(
    told: Urgency, intent: str, visits: int, expected: Urgency
) -> None:
    assert urgency(["Oi"], told=told, intent=intent, visits=visits) == expected


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({}, "discovery"),
        ({"heard": 1}, "interest"),
        ({"heard": 4}, "interest"),
        ({"heard": 5}, "consideration"),
        ({"intent": "booking"}, "decision"),
        ({"heard": 9, "is_booked": True}, "decision"),
        ({"visits": 1, "last_visit": days_ago(3)}, "after_sale"),
        ({"visits": 2, "last_visit": days_ago(60), "is_booked": True}, "after_sale"),
        ({"visits": 3, "last_visit": days_ago(10)}, "loyal"),
        ({"visits": 9, "last_visit": days_ago(61)}, "at_risk"),
        ({"visits": 9, "last_visit": days_ago(61), "is_booked": True}, "loyal"),
    ],
)
def test_the_stage_of_the_way_follows_from_what_the_shop_knows(known: dict[str, Any], stage: str) -> None:
    facts = {"visits": 0, "last_visit": None, "is_booked": False, "intent": "question", "heard": 0} | known

    assert journey(**facts, now=NOW) == stage

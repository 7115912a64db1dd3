"""How long the agent takes to answer, as a person would."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from auzap.turns import pace

TURN = UUID("01990000-0000-7000-8000-000000000001")
LONG = timedelta(minutes=10)


def seconds(turn_id: UUID = TURN, **how: Any) -> float:
    known: dict[str, Any] = {
        "read": "quanto custa o banho",
        "typed": "x" * 200,
        "customer_took": timedelta(seconds=60),
        "hour": 15,
        "most": LONG,
    }
    return pace.delay(turn_id, **(known | how)).total_seconds()


def test_no_delay_is_no_delay() -> None:
    assert seconds(most=timedelta(0)) == 0


def test_the_shop_says_how_long_at_most() -> None:
    assert seconds(most=timedelta(seconds=4)) == 4


def test_nobody_answers_faster_than_a_thought() -> None:
    assert seconds(read="", typed="ok") == pytest.approx(0.8)
    assert seconds(read="", typed="ok", most=timedelta(seconds=0.5)) == 0.5


def test_reading_and_typing_take_their_time() -> None:
    # 220 words and 400 characters, a minute each, a fifth more or less.
    took = seconds(read="palavra " * 220, typed="x" * 400)
    assert 120 * 0.8 <= took <= 120 * 1.2


def test_a_turn_that_is_tried_again_takes_the_same_time() -> None:
    assert seconds() == seconds()
    assert len({seconds(UUID(int=number)) for number in range(20)}) > 10


@pytest.mark.parametrize(
    ("how", "faster"),
    [
        ({"customer_took": timedelta(seconds=29)}, 1.3),
        ({"customer_took": timedelta(seconds=121)}, 0.8),
        ({"customer_took": None}, 1),
        ({"hour": 23}, 0.85),
        ({"hour": 5}, 0.85),
        ({"hour": 6}, 1.1),
        ({"hour": 11}, 1.1),
        ({"hour": 12}, 1),
    ],
)
def test_pace_follows_the_customer_and_the_hour(how: dict[str, Any], faster: float) -> None:
    assert seconds(**how) == pytest.approx(seconds() / faster, rel=1e-3)


@pytest.mark.parametrize(("characters", "faster"), [(30, 2.5), (60, 1.8), (100, 1.3), (101, 1)])
def test_a_short_answer_comes_sooner(characters: int, faster: float) -> None:
    plain = 60 * characters / 400 / faster
    took = seconds(read="", typed="x" * characters)
    assert plain * 0.8 <= took <= plain * 1.2

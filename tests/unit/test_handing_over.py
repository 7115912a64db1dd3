"""Which trigger hands a conversation over: the first that applies, by the shop's own rules."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from auzap.agent.reply import Failure
from auzap.organizations.shop import HandOverRules
from auzap.texts import HAND_OVER_REASONS
from auzap.turns.handing_over import ALWAYS, BY_RULE, Situation, trigger

RULES = HandOverRules(
    score=None, most_turns=15, confidence=70, intents=frozenset({"complaint"}), on_price=False, in_hours_only=False
)
CALM = Situation(intent="question", confidence=90)


def decided(rules: HandOverRules = RULES, **now: Any) -> str | None:
    return trigger(replace(CALM, **now), rules)


def test_an_ordinary_answer_stays_with_the_agent() -> None:
    assert decided() is None


@pytest.mark.parametrize("failure", get_args(Failure.__value__))
def test_a_failed_reply_always_needs_a_person(failure: Failure) -> None:
    assert decided(failure=failure, is_staffed=False, asks_person=True, reason="queixa") == failure


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"asks_person": True}, "person"),
        ({"reason": "quer desconto"}, "agent"),
        ({"intent": "emergency"}, "emergency"),
        ({"intent": "emergency", "asks_person": True, "reason": "quer gente"}, "emergency"),
        ({"intent": "person"}, "agent"),
        ({"is_unreadable": True}, "unreadable"),
        ({"confidence": 69}, "confidence"),
        ({"confidence": 70}, None),
        ({"confidence": None}, None),
        ({"intent": "complaint"}, "intent"),
        ({"intent": "prices"}, None),
        ({"score": 1000}, None),
        ({"answers": 14}, None),
        ({"answers": 15}, "turns"),
    ],
)
def test_each_trigger_by_the_rules_of_a_new_shop(now: dict[str, Any], expected: str | None) -> None:
    assert decided(**now) == expected


@pytest.mark.parametrize(
    ("rules", "now", "expected"),
    [
        ({"score": 60}, {"score": 59}, None),
        ({"score": 60}, {"score": 60}, "score"),
        ({"on_price": True}, {"intent": "prices"}, "price"),
        ({"on_price": True}, {"intent": "question"}, None),
        ({"intents": frozenset({"booking"})}, {"intent": "booking"}, "intent"),
        ({"intents": frozenset[str]()}, {"intent": "complaint"}, None),
        ({"confidence": 0}, {"confidence": 0}, None),
        ({"most_turns": 3}, {"answers": 3}, "turns"),
    ],
)
def test_a_shop_has_rules_of_its_own(rules: dict[str, Any], now: dict[str, Any], expected: str | None) -> None:
    assert decided(replace(RULES, **rules), **now) == expected


OPTIONAL: list[dict[str, Any]] = [{"confidence": 10}, {"score": 99}, {"answers": 40}, {"intent": "prices"}]
URGENT: list[dict[str, Any]] = [
    {"asks_person": True},
    {"reason": "queixa"},
    {"intent": "emergency"},
    {"is_unreadable": True},
    {"intent": "complaint"},
    {"failure": "stuck"},
]
EAGER = replace(RULES, score=60, on_price=True)


@pytest.mark.parametrize("now", OPTIONAL)
def test_what_may_wait_stays_with_the_agent_while_nobody_is_there(now: dict[str, Any]) -> None:
    assert decided(EAGER, **now) is not None
    assert decided(EAGER, **now, is_staffed=False) is None


@pytest.mark.parametrize("now", OPTIONAL)
def test_a_shop_may_be_disturbed_in_its_hours_only(now: dict[str, Any]) -> None:
    in_hours = replace(EAGER, in_hours_only=True)

    assert decided(EAGER, **now, is_open=False) is not None
    assert decided(in_hours, **now, is_open=False) is None
    assert decided(in_hours, **now, is_open=True) is not None


@pytest.mark.parametrize("now", URGENT)
def test_what_may_not_wait_is_handed_over_at_any_hour(now: dict[str, Any]) -> None:
    in_hours = replace(EAGER, in_hours_only=True)
    assert decided(in_hours, **now, is_staffed=False, is_open=False) is not None


def test_the_first_that_applies_wins() -> None:
    everything: dict[str, Any] = {
        "failure": "reply_refused",
        "asks_person": True,
        "reason": "queixa",
        "is_unreadable": True,
        "confidence": 1,
        "intent": "complaint",
        "score": 99,
        "answers": 99,
    }
    order = ["reply_refused", "person", "agent", "unreadable", "confidence", "intent", "score", "turns"]
    calm = {"failure": None, "asks_person": False, "reason": None, "is_unreadable": False, "confidence": 90}
    calm |= {"intent": "question", "score": 0, "answers": 1}

    for name, condition in zip(order, list(everything), strict=True):
        assert decided(EAGER, **everything) == name
        everything[condition] = calm[condition]
    assert decided(EAGER, **everything) is None


@pytest.mark.parametrize("locale", HAND_OVER_REASONS)
def test_every_trigger_has_words_for_staff(locale: str) -> None:
    own = {*get_args(Failure.__value__), *(name for name, _ in ALWAYS), *(name for name, _, _ in BY_RULE)} - {"agent"}
    others = {"asked_by_agent", "arrived_late", "answered_on_phone", "dead_letter", "agent_off", "question_expired"}

    assert HAND_OVER_REASONS[locale].keys() == own | others

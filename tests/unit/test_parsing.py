"""The model's final answer is read however it is written, or it is None: never an exception, never raw JSON for a customer."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auzap.agent.parsing import INTENTS, LONGEST_CHOICE, LONGEST_REASON, LONGEST_TEXT, Answer, parse_answer
from auzap.agent.tools.talking import MOST_CHOICES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "response", "intent", "confidence", "should_handoff", "handoff_reason"])
            | st.text(max_size=10),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Oi! Como posso ajudar?", Answer("Oi! Como posso ajudar?")),
        ("  Oi!\n", Answer("Oi!")),
        ('"Oi!"', Answer("Oi!")),
        ('"Banho" é o serviço.', Answer('"Banho" é o serviço.')),
        ("[Pet Feliz] Oi!", Answer("[Pet Feliz] Oi!")),
        ('{"text": "Oi!", "intent": "greeting", "confidence": 90}', Answer("Oi!", "greeting", 90)),
        ('```json\n{"text": "Oi!", "intent": "greeting", "confidence": 90}\n```', Answer("Oi!", "greeting", 90)),
        ('```\n{"response": "Oi!"}```', Answer("Oi!")),
        ("```\nOi!\n```", Answer("Oi!")),
        ('{"text": "Oi!", "intent": " Greeting "}', Answer("Oi!", "greeting")),
        ('{"text": "Oi!", "intent": "buying a yacht"}', Answer("Oi!", "other")),
        ('{"text": "Oi!", "intent": 7}', Answer("Oi!", "other")),
        ('{"text": "Oi!", "score_delta": 99, "extracted_info": {"pet": "Rex"}}', Answer("Oi!")),
        (
            '{"text": "Oi!", "should_handoff": true, "handoff_reason": "quer gente"}',
            Answer("Oi!", handoff_reason="quer gente"),
        ),
        ('{"text": "Oi!", "should_handoff": "sim"}', Answer("Oi!", handoff_reason="asked_by_agent")),
        ('{"text": "Oi!", "should_handoff": false, "handoff_reason": "x"}', Answer("Oi!")),
        ('{"text": "O\\u0000i"}', Answer("O�i")),
        (
            '{"text": "Oi!", "intent": "lodging", "urgency": "High", "sentiment": "anxious", "choices": ["Hotel", "Creche"]}',
            Answer("Oi!", "lodging", urgency="high", sentiment="anxious", choices=("Hotel", "Creche")),
        ),
        ('{"text": "Oi!", "urgency": "panic", "sentiment": 5, "choices": "Hotel"}', Answer("Oi!")),
        (
            '{"text": "Oi!", "choices": [" **Banho** ", 7, "", "Banho\\ne tosa", "*Banho*"]}',
            Answer("Oi!", choices=("*Banho*", "Banho e tosa")),
        ),
    ],
)
def test_an_answer_is_read_as_it_was_meant(written: str, answer: Answer) -> None:
    assert parse_answer(written) == answer


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("O **Banho** custa R$ 60,00.", "O *Banho* custa R$ 60,00."),
        ("**Preço:** R$ 60,00\n**Hora:** 10:00", "*Preço:* R$ 60,00\n*Hora:* 10:00"),
        ("## Horários\n\n\n\n10:00", "*Horários*\n\n10:00"),
        ("### **Horários** ###", "*Horários*"),
        ("Oi!\n---\nTudo bem?\n* * *\n", "Oi!\nTudo bem?"),
        ("__Atenção__ e ~~R$ 70~~", "_Atenção_ e ~R$ 70~"),
        # As WhatsApp has it, or no markup at all.
        ("*Banho* às _10:00_, ok? - sim", "*Banho* às _10:00_, ok? - sim"),
        ("- Banho\n- Tosa\n1. Rex", "- Banho\n- Tosa\n1. Rex"),
        ("Código: ABC__12__X, 2 ** 3 ** 4? #1", "Código: ABC__12__X, 2 ** 3 ** 4? #1"),
    ],
)
def test_an_answer_looks_as_a_phone_shows_it(written: str, shown: str) -> None:
    assert parse_answer(written) == Answer(shown)
    assert parse_answer(json.dumps({"text": written})) == Answer(shown)


def test_of_what_is_offered_ten_options_are_read_each_as_long_as_a_row() -> None:
    read = parse_answer(json.dumps({"text": "Oi!", "choices": [f"{number} {'x' * 200}" for number in range(20)]}))

    assert read is not None
    assert [len(choice) for choice in read.choices] == [LONGEST_CHOICE] * MOST_CHOICES


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_is_read(intent: str) -> None:
    assert parse_answer(json.dumps({"text": "Oi!", "intent": intent})) == Answer("Oi!", intent)


@pytest.mark.parametrize(
    ("confidence", "read"),
    [
        ("90", 90),
        ("90.4", 90),
        ("0.85", 85),
        ("1", 1),
        ("1.0", 100),
        ("-5", 0),
        ("250", 100),
        ("1e999", 50),
        ("NaN", 50),
        ('"87"', 87),
        ('"87%"', 87),
        ('"0,9"', 90),
        ('"sure"', 50),
        ("null", 50),
        ("true", 50),
        ("[90]", 50),
        ('{"value": 90}', 50),
    ],
)
def test_confidence_is_brought_between_0_and_100(confidence: str, read: int) -> None:
    answer = parse_answer(f'{{"text": "Oi!", "confidence": {confidence}}}')

    assert answer
    assert answer.confidence == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "```json\n```",
        "---",
        "{",
        '{"text": "Oi',
        "{}",
        "[]",
        "[1, 2]",
        '{"text": ""}',
        '{"text": "  "}',
        '{"text": null}',
        '{"text": ["Oi"]}',
        '{"message": {"text": "Oi"}}',
        # A model that adds a receiver or a price thinks that it did something with it.
        '{"text": "Oi!", "phone": "+5511999990000"}',
        '{"text": "Oi!", "price": 1}',
        '{"a":' * 50_000,
        "[" * 50_000,
        '{"text": "Oi", "confidence": ' + "9" * 5_000 + "}",
    ],
)
def test_what_cannot_be_sent_is_none(written: str) -> None:
    assert parse_answer(written) is None


def test_an_answer_without_end_is_cut() -> None:
    bare = parse_answer("x" * 100_000)
    called = parse_answer(json.dumps({"text": "x" * 100_000, "should_handoff": True, "handoff_reason": "y" * 100_000}))

    assert bare == Answer("x" * LONGEST_TEXT)
    assert called == Answer("x" * LONGEST_TEXT, handoff_reason="y" * LONGEST_REASON)


@given(JSON)
@settings(max_examples=400)
def test_any_json_is_an_answer_or_none(value: Any) -> None:
    check(parse_answer(json.dumps(value)))


@given(JSON, st.sampled_from(["```json\n{}\n```", "```{}```", " {} ", '{{"text": {}}}', '{{"response": {}, "x": 1}}']))
@settings(max_examples=200)
def test_any_json_in_any_wrapping_is_an_answer_or_none(value: Any, wrapping: str) -> None:
    check(parse_answer(wrapping.format(json.dumps(value))))


@given(st.text(st.characters(), max_size=200) | st.text('{}[]",:`\\ntex1', max_size=60))
@settings(max_examples=400)
def test_any_text_is_an_answer_or_none(written: str) -> None:
    check(parse_answer(written))


def check(answer: Answer | None) -> None:
    if answer is None:
        return
    assert answer.text.strip()
    assert len(answer.text) <= LONGEST_TEXT
    assert answer.intent in INTENTS
    assert 0 <= answer.confidence <= 100
    assert answer.handoff_reason is None or 0 < len(answer.handoff_reason) <= LONGEST_REASON
    # PostgreSQL refuses these, and so does UTF-8.
    assert "\x00" not in answer.text
    answer.text.encode()

"""Texts and telephone numbers, whatever somebody wrote there: no exception, and nothing that a database refuses."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auzap.loose import is_deeper
from auzap.phone import e164, spellings
from auzap.text import clean, clean_json, folded
from tests.unit.nasty_strings import NASTY

ANY_TEXT = st.text(st.characters()) | st.sampled_from(NASTY)
DIGITS = st.text("0123456789+ -()٣９", max_size=24)
BOUNDED = settings(max_examples=300, deadline=None)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
def test_nasty_texts_are_cleaned_and_compared(text: str) -> None:
    cleaned = clean(text)

    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned
    folded(cleaned).encode()


@BOUNDED
@given(ANY_TEXT | DIGITS)
def test_a_number_is_e164_or_none(text: str) -> None:
    number = e164(text)

    assert number is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", number, re.ASCII)


@BOUNDED
@given(ANY_TEXT | DIGITS)
def test_spellings_begin_with_what_was_written_and_know_each_other(text: str) -> None:
    known = spellings(text)

    assert known[0] == text
    assert len(known) <= 2
    for spelling in known:
        assert set(spellings(spelling)) == set(known)
        # One line has one number.
        assert e164(spelling) == e164(text)


def nested(levels: int, inside: Any) -> Any:
    for level in range(levels):
        inside = [inside] if level % 2 else {"a\x00": inside}
    return inside


@pytest.mark.parametrize("levels", [0, 1, 100, 999, 1_000, 1_001, 20_000])
def test_cleaning_goes_as_deep_as_there_is_something_to_clean(levels: int) -> None:
    cleaned = clean_json(nested(levels, "\ud800\x00"))

    for level in reversed(range(levels)):
        cleaned = cleaned[0] if level % 2 else cleaned["a\ufffd"]
    assert cleaned == "\ufffd\ufffd"


@pytest.mark.parametrize("levels", [0, 1, 2, 100, 20_000])
def test_depth_is_counted_to_the_level(levels: int) -> None:
    value = nested(levels, "x")

    assert not is_deeper(value, levels)
    assert levels == 0 or is_deeper(value, levels - 1)


@BOUNDED
@given(
    st.recursive(
        ANY_TEXT | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
        max_leaves=6,
    )
)
def test_cleaning_what_is_clean_changes_nothing(value: Any) -> None:
    cleaned = clean_json(value)

    assert clean_json(cleaned) == cleaned
    json.dumps(cleaned, ensure_ascii=False).encode()

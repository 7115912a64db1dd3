"""What may be stored and compared."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.text import clean, clean_json, folded

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x00\ud800\udbff\udc00\udfff\ufeff🐾"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
)


@given(ANY_TEXT)
def test_clean_text_can_be_stored(text: str) -> None:
    cleaned = clean(text)

    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


def scrubbed(text: str) -> str:
    """The rule, said another way: halves in order are one character, other halves and NUL are replaced."""
    joined = re.sub(
        "[\ud800-\udbff][\udc00-\udfff]",
        lambda pair: chr(0x10000 + (ord(pair[0][0]) - 0xD800 << 10) + ord(pair[0][1]) - 0xDC00),
        text,
    )
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", joined)


@given(ANY_TEXT)
def test_cleaning_replaces_what_cannot_be_stored_and_changes_nothing_else(text: str) -> None:
    assert clean(text) == scrubbed(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("Olá, tudo bem? 🐶", "Olá, tudo bem? 🐶"),
        ("a\x00b", "a�b"),
        ("a\ud83db", "a�b"),
        ("b\udc36c", "b�c"),
        ("fim\ud83d", "fim�"),
        ("\udc36\ud83d", "��"),
        ("\ud83d\ud83d\udc36", "�🐶"),
        # Two halves in order are the character they make.
        ("\ud83d\udc36", "🐶"),
        ("\ufeffoi", "\ufeffoi"),
    ],
)
def test_only_what_the_database_refuses_is_replaced(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(ANY_JSON)
def test_clean_json_can_be_stored_and_keeps_its_shape(value: Any) -> None:
    cleaned = clean_json(value)

    written = json.dumps(cleaned, ensure_ascii=False)
    written.encode("utf-8")
    assert "\\u0000" not in json.dumps(cleaned).replace("\\\\", "")
    assert type(cleaned) is type(value)


def test_keys_are_cleaned_too() -> None:
    assert clean_json({"a\x00": [{"\ud800": "b\x00"}, 1, None, 0.5, True]}) == {"a�": [{"�": "b�"}, 1, None, 0.5, True]}


@pytest.mark.parametrize(
    ("text", "folded_text"),
    [
        ("  SIM,  Confirmo! ", "sim, confirmo!"),
        ("Não", "nao"),
        ("Ação\n\tÓtima", "acao otima"),
        ("STRASSE ß", "strasse ss"),
        ("①②", "12"),
        ("👍🏽", "👍🏽"),
        ("", ""),
    ],
)
def test_folding_forgets_case_accents_and_spacing(text: str, folded_text: str) -> None:
    assert folded(text) == folded_text


@given(ANY_TEXT)
def test_folding_twice_is_folding_once_for_spacing_and_case(text: str) -> None:
    once = folded(text)

    assert once == " ".join(once.split())
    assert once == once.casefold()

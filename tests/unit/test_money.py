"""Money as a Brazilian reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.money import brl


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "R$ 0,00"),
        (5, "R$ 0,05"),
        (50, "R$ 0,50"),
        (8000, "R$ 80,00"),
        (99999, "R$ 999,99"),
        (123450, "R$ 1.234,50"),
        (100000000, "R$ 1.000.000,00"),
        (-8050, "-R$ 80,50"),
    ],
)
def test_centavos_are_written_as_reais(cents: int, written: str) -> None:
    assert brl(cents) == written


@given(st.integers(-(10**12), 10**12))
def test_no_centavo_is_lost(cents: int) -> None:
    digits = brl(cents).translate(str.maketrans("", "", "R$ .,"))

    assert int(digits) == cents

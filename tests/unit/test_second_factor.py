"""Codes of the moment, as RFC 6238 has them."""

import pytest

from auzap.identity import second_factor

# Appendix B of the RFC: the time, and the last six figures of its code for SHA-1.
SECRET = b"12345678901234567890"
VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_a_code_is_that_of_the_rfc(at: int, code: str) -> None:
    assert second_factor.code_of(SECRET, at // second_factor.PERIOD) == code

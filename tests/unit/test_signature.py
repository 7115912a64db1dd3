"""The webhook's signature: the provider's own vectors pass, and nothing else does, whatever its bytes."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.channels.whatsapp.signature import is_signed, sign

BODY = b'{"entry":[{"id":"1"}]}'
CURRENT, PREVIOUS = "current-secret", "previous-secret"
SECRETS = (CURRENT, PREVIOUS)


def by(secret: str, body: bytes = BODY) -> str:
    """Computed here once more, by the other interface of the standard library."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


RIGHT = "sha256=" + by(CURRENT)

ACCEPTED = {
    "the current secret": (BODY, RIGHT, SECRETS),
    "the previous secret, while it is rotated": (BODY, "sha256=" + by(PREVIOUS), SECRETS),
    "the previous secret first": (BODY, RIGHT, (PREVIOUS, CURRENT)),
    "only one secret": (BODY, RIGHT, (CURRENT,)),
    "an unset secret beside a set one": (BODY, RIGHT, ("", CURRENT)),
    "an empty body": (b"", "sha256=" + by(CURRENT, b""), SECRETS),
    "a body that ends with a line end": (BODY + b"\n", "sha256=" + by(CURRENT, BODY + b"\n"), SECRETS),
    "bytes that are no text": (b"\xff\x00\xfe", "sha256=" + by(CURRENT, b"\xff\x00\xfe"), SECRETS),
    "a secret that is no ASCII": (BODY, "sha256=" + by("chave-ção"), ("chave-ção",)),
    # Written down, so that a change of both sides of the comparison would show.
    "a known vector": (
        b"what do ya want for nothing?",
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ("Jefe",),
    ),
}

REFUSED = {
    "no header": (BODY, "", SECRETS),
    "the prefix alone": (BODY, "sha256=", SECRETS),
    "no prefix": (BODY, by(CURRENT), SECRETS),
    "the old algorithm's prefix": (BODY, "sha1=" + by(CURRENT), SECRETS),
    "the old algorithm": (BODY, "sha1=" + hmac.new(CURRENT.encode(), BODY, hashlib.sha1).hexdigest(), SECRETS),
    "a prefix in upper case": (BODY, "SHA256=" + by(CURRENT), SECRETS),
    "digits in upper case": (BODY, "sha256=" + by(CURRENT).upper(), SECRETS),
    "the prefix twice": (BODY, "sha256=" + RIGHT, SECRETS),
    "a space before": (BODY, " " + RIGHT, SECRETS),
    "a space after": (BODY, RIGHT + " ", SECRETS),
    "a line end after": (BODY, RIGHT + "\n", SECRETS),
    "a NUL after": (BODY, RIGHT + "\x00", SECRETS),
    "quotes around it": (BODY, f'"{RIGHT}"', SECRETS),
    "a digit missing": (BODY, RIGHT[:-1], SECRETS),
    "a digit too many": (BODY, RIGHT + "0", SECRETS),
    "the first digit wrong": (BODY, "sha256=" + ("0" if RIGHT[7] != "0" else "1") + RIGHT[8:], SECRETS),
    "the last digit wrong": (BODY, RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"), SECRETS),
    "two signatures joined": (BODY, RIGHT + "," + RIGHT, SECRETS),
    "letters beyond ASCII": (BODY, "sha256=é" + by(CURRENT)[1:], SECRETS),
    "digits of another script": (BODY, "sha256=" + "٣" * 64, SECRETS),
    "a lone surrogate": (BODY, "sha256=\ud800", SECRETS),
    "another secret": (BODY, "sha256=" + by("another"), SECRETS),
    "an empty secret": (BODY, "sha256=" + by(""), SECRETS),
    "an empty secret, when only that is configured": (BODY, "sha256=" + by(""), ("",)),
    "no secret configured": (BODY, RIGHT, ()),
    "another body": (BODY + b" ", RIGHT, SECRETS),
    "a line end behind the body": (BODY + b"\n", RIGHT, SECRETS),
    "a byte order mark before the body": (b"\xef\xbb\xbf" + BODY, RIGHT, SECRETS),
    "an empty body": (b"", RIGHT, SECRETS),
    "a longer algorithm": (BODY, "sha256=" + hmac.new(CURRENT.encode(), BODY, hashlib.sha512).hexdigest(), SECRETS),
    "the hash without a key": (BODY, "sha256=" + hashlib.sha256(BODY).hexdigest(), SECRETS),
    "the same JSON, written otherwise": (b'{"entry": [{"id": "1"}]}', RIGHT, SECRETS),
    "base64 in place of hexadecimal": (BODY, "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=", SECRETS),
}


@pytest.mark.parametrize(("body", "header", "secrets"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_body_the_provider_signed_is_accepted(body: bytes, header: str, secrets: tuple[str, ...]) -> None:
    assert is_signed(body, header, secrets)


@pytest.mark.parametrize(("body", "header", "secrets"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_without_an_exception(body: bytes, header: str, secrets: tuple[str, ...]) -> None:
    assert not is_signed(body, header, secrets)


@given(body=st.binary(max_size=300), bit=st.integers(0))
def test_one_flipped_bit_is_refused(body: bytes, bit: int) -> None:
    signed = sign(body, CURRENT)
    flipped = bytearray(body or b"\x00")
    flipped[bit // 8 % len(flipped)] ^= 1 << bit % 8

    assert is_signed(body, signed, SECRETS)
    assert not is_signed(bytes(flipped), signed, SECRETS)


@given(header=st.text(st.characters()))
def test_no_header_raises(header: str) -> None:
    assert not is_signed(BODY, header, SECRETS)


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(REFUSED) >= 25

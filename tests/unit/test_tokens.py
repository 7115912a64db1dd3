"""Tokens of sign-in: what we write is read, and nothing that anybody else might write."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auzap.identity import tokens
from auzap.identity.tokens import BadToken, Bearer, Challenged, Keys, SigningKey
from auzap.ids import OrganizationId, SessionId, UserId

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
KEY = SigningKey("of-now", b"the key that signs, of 32 bytes.")
FORMER = SigningKey("former", b"the key that signed, of 32 bytes")
STRANGE = SigningKey("of-now", b"a key that is not one of our own")
KEYS = Keys((KEY, FORMER), (b"refresh", b"former"))
BEARER = Bearer(
    SessionId(UUID("019a0000-0000-7000-8000-000000000001")),
    UserId(UUID("019a0000-0000-7000-8000-000000000002")),
    OrganizationId(UUID("019a0000-0000-7000-8000-000000000003")),
)
CHALLENGED = Challenged(BEARER.user_id, BEARER.organization_id)
HEADER = {"alg": "HS256", "kid": "of-now", "typ": "JWT"}
CLAIMS: dict[str, Any] = {
    "iss": "auzap",
    "aud": "auzap-api",
    "typ": "access",
    "sub": str(BEARER.user_id),
    "org": str(BEARER.organization_id),
    "jti": "a-name-for-it",
    "iat": AT,
    "nbf": AT,
    "exp": AT + 900,
    "sid": str(BEARER.session_id),
}


def packed(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(text: str, secret: bytes = KEY.secret, digest: str = "sha256") -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), digest)).rstrip(b"=").decode()


def token(claims: Any = CLAIMS, *, header: Any = HEADER, secret: bytes = KEY.secret, digest: str = "sha256") -> str:
    text = f"{packed(header)}.{packed(claims)}"
    return f"{text}.{signed(text, secret, digest)}"


def saying(**changed: Any) -> str:
    """Signed by our own key, with other claims."""
    return token({**CLAIMS, **changed})


def without(claim: str) -> str:
    return token({name: value for name, value in CLAIMS.items() if name != claim})


def with_header(**changed: Any) -> str:
    return token(header={**HEADER, **changed})


def parts() -> list[str]:
    return token().split(".")


def resigned(header: str, body: str) -> str:
    return f"{header}.{body}.{signed(f'{header}.{body}')}"


def twice(claim: str, value: Any) -> str:
    """The claim once more, behind the right one."""
    return token(json.dumps(CLAIMS)[:-1] + f', "{claim}": {json.dumps(value)}}}')


def as_rs256() -> str:
    """By the old trick: what verifies is no public key here, but a library that is asked would take any secret for one."""
    return token(header={**HEADER, "alg": "RS256"})


FORGED: dict[str, Callable[[], str]] = {
    # The algorithm.
    "alg none, unsigned": lambda: f"{packed({'alg': 'none', 'typ': 'JWT'})}.{packed(CLAIMS)}.",
    "alg none, signed": lambda: with_header(alg="none"),
    "alg None": lambda: with_header(alg="None"),
    "alg nOnE without a third part": lambda: f"{packed({'alg': 'nOnE'})}.{packed(CLAIMS)}",
    "alg missing": lambda: token(header={"kid": "of-now", "typ": "JWT"}),
    "alg null": lambda: with_header(alg=None),
    "alg a list": lambda: with_header(alg=["HS256"]),
    "alg in small letters": lambda: with_header(alg="hs256"),
    "alg HS384": lambda: token(header={**HEADER, "alg": "HS384"}, digest="sha384"),
    "alg HS512": lambda: token(header={**HEADER, "alg": "HS512"}, digest="sha512"),
    "alg HS256, signed with SHA-384": lambda: token(digest="sha384"),
    "alg RS256": as_rs256,
    "alg ES256": lambda: with_header(alg="ES256"),
    "alg PS256": lambda: with_header(alg="PS256"),
    "alg EdDSA": lambda: with_header(alg="EdDSA"),
    # The header.
    "another kid": lambda: with_header(kid="of-tomorrow"),
    "kid missing": lambda: token(header={"alg": "HS256", "typ": "JWT"}),
    "kid a path": lambda: with_header(kid="../../dev/null"),
    "kid an injection": lambda: with_header(kid="of-now' UNION SELECT 'key"),
    "kid a number": lambda: with_header(kid=1),
    "kid of the former key, signed by the one of now": lambda: with_header(kid="former"),
    "typ missing": lambda: token(header={"alg": "HS256", "kid": "of-now"}),
    "typ JWE": lambda: with_header(typ="JWE"),
    "a key in the header": lambda: with_header(jwk={"kty": "oct", "k": packed("x")}),
    "an address of keys in the header": lambda: with_header(jku="https://evil.example/keys"),
    "a certificate in the header": lambda: with_header(x5c=["MIIB"]),
    "crit": lambda: with_header(crit=["exp"]),
    "an unencoded payload asked for": lambda: with_header(b64=False, crit=["b64"]),
    "compressed": lambda: with_header(zip="DEF"),
    "the header's fields in another order": lambda: token(header=dict(reversed(HEADER.items()))),
    "the header with spaces": lambda: token(header=json.dumps(HEADER)),
    "the header twice encoded": lambda: resigned(packed(parts()[0]), parts()[1]),
    "the header with padding": lambda: resigned(parts()[0] + "=", parts()[1]),
    # The signature.
    "another key": lambda: token(secret=STRANGE.secret),
    "an empty key": lambda: token(secret=b""),
    "the key's name as the key": lambda: token(secret=b"of-now"),
    "no signature": lambda: ".".join([*parts()[:2], ""]),
    "half a signature": lambda: token()[:-20],
    "a signature of another body": lambda: ".".join([parts()[0], packed({**CLAIMS, "sid": CLAIMS["sub"]}), parts()[2]]),
    "a signature with padding": lambda: token() + "=",
    "a signature of which the last bits are others": lambda: token()[:-1] + other_last(token()),
    "a signature in hexadecimal": lambda: ".".join([*parts()[:2], base64.urlsafe_b64decode(parts()[2] + "=").hex()]),
    "a signature that is not ASCII": lambda: ".".join([*parts()[:2], "ç" * 43]),
    "a hash instead of a signature": lambda: ".".join(
        [*parts()[:2], packed(hashlib.sha256(".".join(parts()[:2]).encode()).hexdigest())]
    ),
    # The form.
    "nothing": lambda: "",
    "one part": lambda: parts()[0],
    "two parts": lambda: ".".join(parts()[:2]),
    "four parts": lambda: token() + ".x",
    "five parts, as JWE has": lambda: ".".join(["x"] * 5),
    "dots": lambda: "..",
    "a space before": lambda: " " + token(),
    "a space behind": lambda: token() + " ",
    "a line break in it": lambda: token()[:30] + "\n" + token()[30:],
    "NUL in it": lambda: token() + "\0",
    "not ASCII": lambda: token() + "é",
    "with the scheme": lambda: f"Bearer {token()}",
    "as JSON": lambda: json.dumps({"protected": parts()[0], "payload": parts()[1], "signature": parts()[2]}),
    "300 kB": lambda: saying(jti="x" * 300_000),
    "300 kB of dots": lambda: "." * 300_000,
    "300 kB of header": lambda: "A" * 300_000,
    # Claims that our own key has signed: a mistake of ours elsewhere must not be one here.
    "no claims": lambda: token({}),
    "a list of claims": lambda: token([CLAIMS]),
    "a text": lambda: token('"claims"'),
    "no JSON": lambda: token("{"),
    "deep JSON": lambda: token("[" * 400),
    "not UTF-8": lambda: resigned(parts()[0], base64.urlsafe_b64encode(b'{"sid": "\xff"}').decode().rstrip("=")),
    **{f"without {claim}": lambda claim=claim: without(claim) for claim in CLAIMS},
    "a claim too many": lambda: saying(role="owner"),
    "another issuer": lambda: saying(iss="other"),
    "an issuer in a list": lambda: saying(iss=["auzap"]),
    "another audience": lambda: saying(aud="auzap-panel"),
    "an audience in a list": lambda: saying(aud=["auzap-api"]),
    "an audience among others": lambda: saying(aud=["auzap-api", "other"]),
    "a challenge as access": lambda: tokens.challenge(KEYS, CHALLENGED, now=NOW),
    "a refresh token's kind": lambda: saying(typ="refresh"),
    "a kind in a list": lambda: saying(typ=["access"]),
    "sid a number": lambda: saying(sid=1),
    "sid null": lambda: saying(sid=None),
    "sid a list": lambda: saying(sid=[CLAIMS["sid"]]),
    "sid an object": lambda: saying(sid={"id": CLAIMS["sid"]}),
    "sid not an id": lambda: saying(sid="everybody"),
    "sid an injection": lambda: saying(sid="' OR 1=1 --"),
    "sub not an id": lambda: saying(sub="1"),
    "org a list": lambda: saying(org=[CLAIMS["org"]]),
    "org not an id": lambda: saying(org="*"),
    "jti a number": lambda: saying(jti=1),
    "the session twice": lambda: twice("sid", str(UUID(int=1))),
    "the audience twice": lambda: twice("aud", "auzap-api"),
    "the end twice": lambda: twice("exp", AT + 90_000),
    # Time.
    "over a second ago": lambda: saying(exp=AT),
    "over for a year": lambda: saying(iat=AT - 32_000_000, nbf=AT - 32_000_000, exp=AT - 31_000_000),
    "not good yet": lambda: saying(nbf=AT + 31),
    "made in the future": lambda: saying(iat=AT + 3_600),
    "an end as text": lambda: saying(exp=str(AT + 900)),
    "an end as a fraction": lambda: saying(exp=AT + 900.5),
    "an end that is true": lambda: saying(exp=True),
    "no end": lambda: saying(exp=None),
    "an end without end": lambda: token(json.dumps(CLAIMS).replace(str(AT + 900), "Infinity")),
    "an end that is no number": lambda: token(json.dumps(CLAIMS).replace(str(AT + 900), "NaN")),
    "an end before its beginning": lambda: saying(exp=AT - 1),
    "a beginning beyond all numbers": lambda: token({**CLAIMS, "nbf": int("9" * 320)}),
    "a beginning as text": lambda: saying(nbf="now"),
    "a making as a list": lambda: saying(iat=[AT]),
}


def other_last(text: str) -> str:
    """Of the last sign of 32 bytes only four bits count: this one decodes to the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(text[-1]) ^ 1]


def test_what_we_write_we_read() -> None:
    assert tokens.bearer_of(KEYS, tokens.access_token(KEYS, BEARER, now=NOW), now=NOW) == BEARER
    assert tokens.challenged_by(KEYS, tokens.challenge(KEYS, CHALLENGED, now=NOW), now=NOW) == CHALLENGED
    # The table below begins from one that is good.
    assert tokens.bearer_of(KEYS, token(), now=NOW) == BEARER


@pytest.mark.parametrize("name", FORGED)
def test_what_somebody_else_might_write_is_refused(name: str) -> None:
    with pytest.raises(BadToken):
        tokens.bearer_of(KEYS, FORGED[name](), now=NOW)


def test_the_table_is_long_enough_and_says_each_attack_once() -> None:
    written = {name: forge() for name, forge in FORGED.items()}

    assert len(written) >= 100
    assert len(set(written.values())) == len(written)


def test_an_access_token_answers_no_challenge() -> None:
    with pytest.raises(BadToken):
        tokens.challenged_by(KEYS, tokens.access_token(KEYS, BEARER, now=NOW), now=NOW)


@pytest.mark.parametrize(
    ("later", "holds"), [(0, True), (899, True), (900, False), (901, False), (-30, True), (-31, False)]
)
def test_an_access_token_holds_for_a_quarter_of_an_hour(later: int, holds: bool) -> None:
    written = tokens.access_token(KEYS, BEARER, now=NOW)
    at = NOW + timedelta(seconds=later)

    if holds:
        assert tokens.bearer_of(KEYS, written, now=at) == BEARER
    else:
        with pytest.raises(BadToken):
            tokens.bearer_of(KEYS, written, now=at)


def test_a_challenge_holds_for_five_minutes() -> None:
    written = tokens.challenge(KEYS, CHALLENGED, now=NOW)

    assert tokens.challenged_by(KEYS, written, now=NOW + timedelta(seconds=299)) == CHALLENGED
    with pytest.raises(BadToken):
        tokens.challenged_by(KEYS, written, now=NOW + timedelta(seconds=300))


def test_while_keys_are_rotated_tokens_of_both_hold_and_then_the_old_ones_do_not() -> None:
    before, after = Keys((FORMER,), (b"former",)), Keys((KEY,), (b"refresh",))
    old, new = (tokens.access_token(keys, BEARER, now=NOW) for keys in (before, KEYS))

    assert tokens.bearer_of(KEYS, old, now=NOW) == tokens.bearer_of(KEYS, new, now=NOW) == BEARER
    for keys, written in ((after, old), (before, new)):
        with pytest.raises(BadToken):
            tokens.bearer_of(keys, written, now=NOW)


def test_keys_come_from_the_secret_and_none_is_short() -> None:
    secret = {"current": "c" * 32, "former": ["f" * 32]}

    made = tokens.keys_from(secret)

    assert len({key.id for key in made.signing}) == len(set(made.refresh)) == 2
    assert tokens.keys_from({"current": "c" * 32}).signing[0] == made.signing[0]
    for short in ({"current": "c" * 31}, {"current": "c" * 32, "former": ["f" * 31]}):
        with pytest.raises(ValueError, match="32 characters"):
            tokens.keys_from(short)
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey("short", b"x" * 31)


def test_the_child_of_a_refresh_token_is_known_to_whoever_has_the_key_alone() -> None:
    first, second = tokens.children_of(KEYS, "parent")

    assert [first, second] == tokens.children_of(KEYS, "parent")
    assert first != tokens.children_of(KEYS, "another")[0]
    assert tokens.children_of(Keys((KEY,), (b"former",)), "parent") == [second]
    assert len(tokens.new_secret()) == len(first) == 43

"""Access tokens, which we sign and only we read; and refresh tokens, of which only hashes are kept."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auzap.ids import OrganizationId, SessionId, UserId
from auzap.loose import mapping

ISSUER, AUDIENCE = "auzap", "auzap-api"
# What a token is for: to ask with, or to give the second factor to.
ACCESS, CHALLENGE = "access", "second-factor"
GOOD_FOR = timedelta(minutes=15)
CHALLENGE_GOOD_FOR = timedelta(minutes=5)
# By so much two machines' clocks may differ.
LEEWAY = timedelta(seconds=30)
LONGEST = 1_000
SHORTEST_SECRET = 32
CLAIMS = {"iss", "aud", "typ", "sub", "org", "jti", "iat", "nbf", "exp"}


class BadToken(Exception):
    """Not a token of ours, or not any more. Which of the two is nobody's business."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    id: str
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError("a signing key needs at least 32 bytes")

    @property
    def header(self) -> str:
        return _packed({"alg": "HS256", "kid": self.id, "typ": "JWT"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs, and what refresh tokens are made of: first the key of now, then those that are being rotated in or out."""

    signing: tuple[SigningKey, ...]
    refresh: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bearer:
    """What an access token names. Only the session is looked up; the others tell whose the request is before it is."""

    session_id: SessionId
    user_id: UserId
    organization_id: OrganizationId


@dataclass(frozen=True, slots=True)
class Challenged:
    """Whose password was right, and which shop they want to enter."""

    user_id: UserId
    organization_id: OrganizationId


def access_token(keys: Keys, bearer: Bearer, *, now: datetime) -> str:
    claims = _claims(ACCESS, bearer.user_id, bearer.organization_id, GOOD_FOR, now)
    return _signed(keys, {**claims, "sid": str(bearer.session_id)})


def bearer_of(keys: Keys, token: str, *, now: datetime) -> Bearer:
    claims = _read(keys, token, ACCESS, CLAIMS | {"sid"}, now)
    person, organization = _whose(claims)
    return Bearer(SessionId(_id(claims["sid"])), person, organization)


def challenge(keys: Keys, challenged: Challenged, *, now: datetime) -> str:
    return _signed(keys, _claims(CHALLENGE, challenged.user_id, challenged.organization_id, CHALLENGE_GOOD_FOR, now))


def challenged_by(keys: Keys, token: str, *, now: datetime) -> Challenged:
    return Challenged(*_whose(_read(keys, token, CHALLENGE, CLAIMS, now)))


def new_secret() -> str:
    """256 bits for whoever holds it: a first refresh token, a link, a key of a program."""
    return secrets.token_urlsafe(32)


def children_of(keys: Keys, parent: str) -> list[str]:
    """The refresh token after this one, by each key: the same for whoever asks again with the same."""
    return [_text(hmac.digest(key, parent.encode(), "sha256")) for key in keys.refresh]


def hashed(secret: str) -> bytes:
    """How a secret of 256 bits is kept: it needs no salt, and must be found by its hash."""
    return hashlib.sha256(secret.encode()).digest()


def keys_from(secret: dict[str, Any]) -> Keys:
    """As the secret store keeps them: `current`, and in `former` those whose tokens may still, or already, be about."""
    known = (secret["current"], *secret.get("former", []))
    if any(len(each) < SHORTEST_SECRET for each in known):
        raise ValueError("a key of sign-in needs at least 32 characters")
    return Keys(
        tuple(_signing_key(each) for each in known),
        tuple(hmac.digest(each.encode(), b"refresh", "sha256") for each in known),
    )


def _signing_key(known: str) -> SigningKey:
    made = hmac.digest(known.encode(), b"access", "sha256")
    return SigningKey(hashlib.sha256(made).hexdigest()[:8], made)


def _claims(
    kind: str, person: UserId, organization: OrganizationId, good_for: timedelta, now: datetime
) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": kind,
        "sub": str(person),
        "org": str(organization),
        "jti": secrets.token_urlsafe(12),
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(good_for.total_seconds()),
    }


def _signed(keys: Keys, claims: dict[str, Any]) -> str:
    key = keys.signing[0]
    signed = f"{key.header}.{_packed(claims)}"
    return f"{signed}.{_signature(key, signed)}"


def _read(keys: Keys, token: str, kind: str, named: set[str], now: datetime) -> dict[str, Any]:
    """The claims of a token that says exactly what we write into one of this kind, and holds now.

    Its header must be, letter for letter, one that we write: there is no algorithm to choose.
    """
    header, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    key = next((known for known in keys.signing if known.header == header), None)
    if key is None or len(token) > LONGEST or not token.isascii():
        raise BadToken
    if not hmac.compare_digest(_signature(key, f"{header}.{body}").encode(), signature.encode()):
        raise BadToken
    claims = _unpacked(body)
    if claims.keys() != named or (claims["iss"], claims["aud"], claims["typ"]) != (ISSUER, AUDIENCE, kind):
        raise BadToken
    times = [claims[name] for name in ("iat", "nbf", "exp")]
    if any(type(each) is not int for each in times) or not isinstance(claims["jti"], str):
        raise BadToken
    issued, begins, ends = times
    at = int(now.timestamp())
    if max(issued, begins) > at + int(LEEWAY.total_seconds()) or at >= ends:
        raise BadToken
    return claims


def _whose(claims: dict[str, Any]) -> tuple[UserId, OrganizationId]:
    return UserId(_id(claims["sub"])), OrganizationId(_id(claims["org"]))


def _id(said: Any) -> UUID:
    try:
        return UUID(said)
    except (ValueError, TypeError, AttributeError):
        raise BadToken from None


def _signature(key: SigningKey, signed: str) -> str:
    return _text(hmac.digest(key.secret, signed.encode(), "sha256"))


def _packed(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _unpacked(text: str) -> dict[str, Any]:
    try:
        return mapping(
            json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), object_pairs_hook=_each_once)
        )
    except (ValueError, binascii.Error, RecursionError):
        raise BadToken from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    claims = dict(pairs)
    if len(claims) != len(pairs):
        raise ValueError("a claim is there twice")
    return claims


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

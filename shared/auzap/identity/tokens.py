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

from auzap.ids import SessionId
from auzap.loose import mapping

ISSUER, AUDIENCE, KIND = "auzap", "auzap-api", "access"
GOOD_FOR = timedelta(minutes=15)
# By so much two machines' clocks may differ.
LEEWAY = timedelta(seconds=30)
LONGEST = 1_000
SHORTEST_SECRET = 32


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
    """The one that signs, and those whose tokens still hold while they are rotated; and what refresh tokens come from."""

    signing: SigningKey
    former: tuple[SigningKey, ...]
    refresh: bytes


def access_token(keys: Keys, session_id: SessionId, *, now: datetime) -> str:
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": KIND,
        "sid": str(session_id),
        "jti": secrets.token_urlsafe(12),
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(GOOD_FOR.total_seconds()),
    }
    signed = f"{keys.signing.header}.{_packed(claims)}"
    return f"{signed}.{_signature(keys.signing, signed)}"


def session_of(keys: Keys, token: str, *, now: datetime) -> SessionId:
    """The session that a token names. Its header must be, letter for letter, one that we write: there is no algorithm to choose."""
    header, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    key = next((known for known in (keys.signing, *keys.former) if known.header == header), None)
    if key is None or len(token) > LONGEST or not token.isascii():
        raise BadToken
    if not hmac.compare_digest(_signature(key, f"{header}.{body}").encode(), signature.encode()):
        raise BadToken
    claims = _unpacked(body)
    at = now.timestamp()
    begins, ends = claims.get("nbf"), claims.get("exp")
    if (claims.get("iss"), claims.get("aud"), claims.get("typ")) != (ISSUER, AUDIENCE, KIND):
        raise BadToken
    if type(begins) is not int or type(ends) is not int or not isinstance(claims.get("jti"), str):
        raise BadToken
    if at < begins - LEEWAY.total_seconds() or at >= ends:
        raise BadToken
    try:
        return SessionId(UUID(claims["sid"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadToken from None


def new_secret() -> str:
    """256 bits for whoever holds it: a first refresh token, a link, a key of a program."""
    return secrets.token_urlsafe(32)


def child_of(keys: Keys, parent: str) -> str:
    """The refresh token after this one: the same for whoever asks again with the same."""
    return _text(hmac.digest(keys.refresh, parent.encode(), "sha256"))


def hashed(secret: str) -> bytes:
    """How a secret of 256 bits is kept: it needs no salt, and must be found by its hash."""
    return hashlib.sha256(secret.encode()).digest()


def keys_from(secret: dict[str, Any]) -> Keys:
    """As the secret store keeps them: `current`, and in `former` those of before whose tokens may still be about."""
    first, *former = [_signing_key(known) for known in (secret["current"], *secret.get("former", []))]
    return Keys(first, tuple(former), hmac.digest(secret["current"].encode(), b"refresh", "sha256"))


def _signing_key(known: str) -> SigningKey:
    if len(known) < SHORTEST_SECRET:
        raise ValueError("a key of sign-in needs at least 32 characters")
    made = hmac.digest(known.encode(), b"access", "sha256")
    return SigningKey(hashlib.sha256(made).hexdigest()[:8], made)


def _signature(key: SigningKey, signed: str) -> str:
    return _text(hmac.digest(key.secret, signed.encode(), "sha256"))


def _packed(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _unpacked(text: str) -> dict[str, Any]:
    try:
        return mapping(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, binascii.Error, RecursionError):
        raise BadToken from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""The signature of a webhook: HMAC-SHA256 of the raw body under the app's secret."""

import hmac
from collections.abc import Sequence

PREFIX = "sha256="


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Under any of the secrets: there are two while one is rotated. Compared as bytes, in constant time."""
    given = header.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets if secret)


def sign(body: bytes, secret: str) -> str:
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()

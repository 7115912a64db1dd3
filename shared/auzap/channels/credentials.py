"""Providers' tokens at rest: AES-GCM under the tenant's data key, which KMS unwraps for that tenant only."""

import base64
import functools
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auzap.aws.client import AwsClient
from auzap.ids import OrganizationId

NONCE = 12


def opened(kms: AwsClient, organization_id: OrganizationId, *, wrapped_key: bytes, sealed: bytes) -> str:
    key = unwrapped(kms, organization_id, wrapped_key)
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], organization_id.bytes).decode()


def sealed(key: bytes, organization_id: OrganizationId, token: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, token.encode(), organization_id.bytes)


def new_key(kms: AwsClient, master_key: str, organization_id: OrganizationId) -> bytes:
    """A data key for a tenant that has none, wrapped."""
    answer = kms.call(
        "GenerateDataKey",
        {"KeyId": master_key, "KeySpec": "AES_256", "EncryptionContext": _context(organization_id)},
    )
    return base64.b64decode(answer["CiphertextBlob"])


def pin(key: bytes, number: str) -> str:
    """The six digits under which we register a number: always the same ones, and kept nowhere."""
    digest = hmac.digest(key, f"pin:{number}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


@functools.lru_cache(maxsize=128)
def unwrapped(kms: AwsClient, organization_id: OrganizationId, wrapped_key: bytes) -> bytes:
    answer = kms.call(
        "Decrypt",
        {
            "CiphertextBlob": base64.b64encode(wrapped_key).decode(),
            "EncryptionContext": _context(organization_id),
        },
    )
    return base64.b64decode(answer["Plaintext"])


def _context(organization_id: OrganizationId) -> dict[str, str]:
    return {"organization_id": str(organization_id)}

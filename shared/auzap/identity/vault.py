"""What seals the secrets of second factors, so that the database alone cannot read them."""

import base64
from dataclasses import dataclass

from auzap.aws.client import AwsClient
from auzap.ids import UserId


@dataclass(frozen=True, slots=True)
class Vault:
    """A key of KMS. What is sealed for one person opens for no other."""

    kms: AwsClient
    key: str

    def seal(self, plain: bytes, person: UserId) -> bytes:
        given = {"KeyId": self.key, "Plaintext": _text(plain), "EncryptionContext": _context(person)}
        return base64.b64decode(self.kms.call("Encrypt", given)["CiphertextBlob"])

    def open(self, sealed: bytes, person: UserId) -> bytes:
        given = {"KeyId": self.key, "CiphertextBlob": _text(sealed), "EncryptionContext": _context(person)}
        return base64.b64decode(self.kms.call("Decrypt", given)["Plaintext"])


def _context(person: UserId) -> dict[str, str]:
    return {"user_id": str(person)}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""The second factor: a code of the moment, from a secret that only the person's device and the house know; or a recovery code."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.identity import tokens
from auzap.ids import UserId

PERIOD, DIGITS = 30, 6
# A code of the period before or after also counts: clocks differ, and people type.
DRIFT = 1
SECRET_BYTES = 20
RECOVERY_CODES = 10
# Without what is easily mistaken.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class WrongCode(Refusal):
    def __init__(self) -> None:
        super().__init__("wrong_code")


class AlreadyOn(Refusal):
    def __init__(self) -> None:
        super().__init__("already_on")


class Vault(Protocol):
    """What seals a secret so that the database alone cannot read it."""

    def seal(self, plain: bytes, person: UserId) -> bytes: ...
    def open(self, sealed: bytes, person: UserId) -> bytes: ...


def offer(database: Database, vault: Vault, person: UserId, *, account: str) -> str:
    """A new secret as the address that an authenticator app reads. It counts from its first code on."""
    secret = secrets.token_bytes(SECRET_BYTES)
    ((is_offered,),) = database.lookup("SELECT app.offer_totp(%s, %s)", [person, vault.seal(secret, person)])
    if not is_offered:
        raise AlreadyOn
    shown = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/AuZap:{quote(account)}?secret={shown}&issuer=AuZap&digits={DIGITS}&period={PERIOD}"


def confirm(database: Database, vault: Vault, person: UserId, code: str, *, now: datetime) -> list[str]:
    """The first code turns it on; the recovery codes are shown this once."""
    check(database, vault, person, code, now=now)
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    database.lookup("SELECT app.set_recovery_codes(%s, %s)", [person, [tokens.hashed(each) for each in codes]])
    return codes


def check(database: Database, vault: Vault, person: UserId, code: str, *, now: datetime) -> None:
    """Right once: neither the same code nor an older one counts again."""
    given = code.strip().lower().replace(" ", "")
    if not given.isdigit():
        ((is_used,),) = database.lookup("SELECT app.use_recovery_code(%s, %s)", [person, tokens.hashed(given)])
        if not is_used:
            raise WrongCode
        return
    ((sealed, _),) = database.lookup("SELECT secret, is_confirmed FROM app.totp_of(%s)", [person]) or ((None, False),)
    if sealed is None:
        raise WrongCode
    secret = vault.open(bytes(sealed), person)
    at = int(now.timestamp()) // PERIOD
    step = next(
        (each for each in range(at - DRIFT, at + DRIFT + 1) if hmac.compare_digest(code_of(secret, each), given)), None
    )
    if step is None:
        raise WrongCode
    ((is_new,),) = database.lookup("SELECT app.use_totp(%s, %s)", [person, step])
    if not is_new:
        raise WrongCode


def turn_off(database: Database, person: UserId) -> None:
    database.lookup("SELECT app.remove_totp(%s)", [person])


def code_of(secret: bytes, step: int) -> str:
    """RFC 6238, with SHA-1 as every authenticator app has it."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)

"""The second factor: a code of the moment, from a secret that only the person's device and the house know; or a recovery code."""

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import quote

from auzap.db.connection import Database
from auzap.errors import Refusal
from auzap.identity import tokens
from auzap.identity.origin import Origin
from auzap.identity.vault import Vault
from auzap.ids import UserId

PERIOD, DIGITS = 30, 6
# A code of the period before or after also counts: clocks differ, and people type.
DRIFT = 1
SECRET_BYTES = 20
# Four times six signs are 118 bits: as many as need no slow hash.
RECOVERY_CODES, GROUPS, GROUP = 10, 4, 6
# Without what is easily mistaken.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
MOST_TRIES, TRIES_WITHIN = 5, timedelta(minutes=15)


class WrongCode(Refusal):
    def __init__(self) -> None:
        super().__init__("wrong_code")


class TooManyCodes(Refusal):
    """So many wrong ones that for a while none is looked at, the right one neither."""

    def __init__(self) -> None:
        super().__init__("too_many_codes")
        self.retry_after = int(TRIES_WITHIN.total_seconds())


class AlreadyOn(Refusal):
    def __init__(self) -> None:
        super().__init__("already_on")


class NotOn(Refusal):
    def __init__(self) -> None:
        super().__init__("not_on")


def offer(database: Database, vault: Vault, person: UserId) -> str:
    """A new secret as the address that an authenticator app reads. It counts from its first code on."""
    secret = secrets.token_bytes(SECRET_BYTES)
    ((is_offered, account),) = database.lookup(
        "SELECT app.offer_totp(%s, %s), app.me(%s) ->> 'email'", [person, vault.seal(secret, person), person]
    )
    if not is_offered:
        raise AlreadyOn
    shown = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/AuZap:{quote(account)}?secret={shown}&issuer=AuZap&digits={DIGITS}&period={PERIOD}"


def confirm(database: Database, vault: Vault, person: UserId, code: str, origin: Origin, *, now: datetime) -> list[str]:
    """The first code turns it on; the recovery codes are shown this once."""
    if is_on(database, person):
        raise AlreadyOn
    check(database, vault, person, code, origin, now=now)
    return _new_codes(database, person, origin)


def renew_codes(
    database: Database, vault: Vault, person: UserId, code: str, origin: Origin, *, now: datetime
) -> list[str]:
    """Other recovery codes in place of those of before."""
    if not is_on(database, person):
        raise NotOn
    check(database, vault, person, code, origin, now=now)
    return _new_codes(database, person, origin)


def turn_off(database: Database, vault: Vault, person: UserId, code: str, origin: Origin, *, now: datetime) -> None:
    if not is_on(database, person):
        raise NotOn
    check(database, vault, person, code, origin, now=now)
    database.lookup_from(origin.address, "SELECT app.remove_totp(%s, %s)", [person, origin.device])


def check(database: Database, vault: Vault, person: UserId, code: str, origin: Origin, *, now: datetime) -> None:
    """Right once: neither the same code nor an older one counts again."""
    ((may_try,),) = database.lookup("SELECT app.may_try_code(%s, %s, %s)", [person, MOST_TRIES, TRIES_WITHIN])
    if not may_try:
        raise TooManyCodes
    given = "".join(c for c in code.lower() if c.isalnum())
    is_code = len(given) == DIGITS
    if not (
        _is_totp(database, vault, person, given, origin, now)
        if is_code
        else _is_recovery(database, person, given, origin)
    ):
        database.lookup_from(origin.address, "SELECT app.refuse_code(%s, %s)", [person, origin.device])
        raise WrongCode


def is_on(database: Database, person: UserId) -> bool:
    found = database.lookup("SELECT is_confirmed FROM app.totp_of(%s)", [person])
    return bool(found) and found[0][0]


def code_of(secret: bytes, step: int) -> str:
    """RFC 6238, with SHA-1 as every authenticator app has it."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def _is_totp(database: Database, vault: Vault, person: UserId, given: str, origin: Origin, now: datetime) -> bool:
    found = database.lookup("SELECT secret FROM app.totp_of(%s)", [person])
    if not found or found[0][0] is None:
        return False
    secret = vault.open(bytes(found[0][0]), person)
    at = int(now.timestamp()) // PERIOD
    steps = [
        step
        for step in range(at - DRIFT, at + DRIFT + 1)
        if hmac.compare_digest(code_of(secret, step).encode(), given.encode())
    ]
    if not steps:
        return False
    ((is_new,),) = database.lookup_from(
        origin.address, "SELECT app.use_totp(%s, %s, %s)", [person, steps[0], origin.device]
    )
    return is_new


def _is_recovery(database: Database, person: UserId, given: str, origin: Origin) -> bool:
    ((is_used,),) = database.lookup_from(
        origin.address, "SELECT app.use_recovery_code(%s, %s, %s)", [person, tokens.hashed(given), origin.device]
    )
    return is_used


def _new_codes(database: Database, person: UserId, origin: Origin) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
    hashes = [tokens.hashed(each.replace("-", "")) for each in codes]
    database.lookup_from(origin.address, "SELECT app.set_recovery_codes(%s, %s, %s)", [person, hashes, origin.device])
    return codes

"""Passwords: how good one must be, and how it is kept."""

import functools
from importlib import resources
from typing import TYPE_CHECKING

from auzap.errors import Refusal
from auzap.text import folded

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1_000
# As much work as OWASP asks for at least; one more round of it costs a sign-in 20 ms.
MEMORY_KIB, ROUNDS, LANES = 19_456, 2, 1
# As people write them who mean to be clever.
SIGNS_FOR_LETTERS = str.maketrans("@4013$5", "aaoiess")
# Of a password that nobody knows: whoever is unknown is judged by it, for as long as anybody else.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$zAb8MvhrzhNiEadO4X6qbA$ZjHUvZ2SwjSugmG3ulyNRFAXdEZJUpIdh5SseK0OCa8"


class WeakPassword(Refusal):
    """`reason` is the name of the text that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = {"reason": reason}


def check(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Long enough, not among those that everybody tries first, and not made of what is known of the person."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword("too_short" if len(password) < SHORTEST else "too_long")
    plain = folded(password)
    if _is_common(plain):
        raise WeakPassword("too_common")
    if any(len(known) >= 4 and folded(known) in plain for known in about):
        raise WeakPassword("too_personal")


def hashed(password: str) -> str:
    return _hasher().hash(password)


def is_right(kept: str | None, given: str) -> bool:
    """Takes as long for somebody we do not know."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(kept or NOBODYS, given)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    return _hasher().check_needs_rehash(kept)


def _is_common(plain: str) -> bool:
    """Few different signs; or a word that everybody thinks of, once or again and again, whatever figures stand around it."""
    return len(set(plain)) < 5 or any(_is_known(spelled) for spelled in (plain, plain.translate(SIGNS_FOR_LETTERS)))


def _is_known(plain: str) -> bool:
    word = plain.strip("0123456789!@#$%&*.,;:-_+=? ")
    known = _common()
    return (
        not word
        or any(word == each * (len(word) // len(each)) for each in known)
        or not known.isdisjoint("".join(filter(str.isalnum, each)) for each in (plain, word))
    )


@functools.cache
def _hasher() -> "PasswordHasher":
    # Here: only who judges a password loads it.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)


@functools.cache
def _common() -> frozenset[str]:
    return frozenset((resources.files("auzap.identity") / "common_passwords.txt").read_text("utf-8").split())

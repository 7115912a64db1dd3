"""How long a person would take to read, and to type the answer."""

import random
from datetime import timedelta
from uuid import UUID

WORDS_READ_A_MINUTE = 220
CHARACTERS_TYPED_A_MINUTE = 400
SCATTER = 0.2
SHORTEST = 0.8
# A short answer is on the tip of the tongue: up to so many characters, so much faster.
SHORT = ((30, 2.5), (60, 1.8), (100, 1.3))
# Who answers within so many seconds is answered faster, who takes his time slower.
QUICK, QUICKER = 30, 1.3
SLOW, SLOWER = 120, 0.8
NIGHT_BEGINS, MORNING_BEGINS, MORNING_ENDS = 22, 6, 12
AT_NIGHT, IN_THE_MORNING = 0.85, 1.1


def delay(
    turn_id: UUID, *, read: str, typed: str, customer_took: timedelta | None, hour: int, most: timedelta
) -> timedelta:
    """From the customer's last message to the answer; the same turn always takes the same time. No `most`, no delay."""
    if not most:
        return timedelta(0)
    seconds = 60 * (len(read.split()) / WORDS_READ_A_MINUTE + len(typed) / CHARACTERS_TYPED_A_MINUTE)
    seconds /= _of_length(len(typed)) * _of_customer(customer_took) * _of_hour(hour)
    seconds *= random.Random(turn_id.int).uniform(1 - SCATTER, 1 + SCATTER)  # noqa: S311 - a pace, not a secret
    return min(timedelta(seconds=max(seconds, SHORTEST)), most)


def _of_length(characters: int) -> float:
    return next((faster for most, faster in SHORT if characters <= most), 1)


def _of_customer(took: timedelta | None) -> float:
    if took is None:
        return 1
    seconds = took.total_seconds()
    return QUICKER if seconds < QUICK else SLOWER if seconds > SLOW else 1


def _of_hour(hour: int) -> float:
    if hour >= NIGHT_BEGINS or hour < MORNING_BEGINS:
        return AT_NIGHT
    return IN_THE_MORNING if hour < MORNING_ENDS else 1
